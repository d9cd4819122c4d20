package commands

import (
	"context"
	"errors"
	"slices"

	"adsync/core/central"
	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/output"
)

type probeCmd struct{}

func (probeCmd) Help() string {
	return `Everything that a run needs is tried as the account that calls this, and nothing is changed. A check that
fails has its code, its text and its hint, and decides the exit code; of several the first in the order of
precedence. A refused secret is sent once. Examples:

    adsync probe --output table

    adsync probe --jq .hosts`
}

// The results of a check.
const (
	checkWell    = "well"
	checkFailed  = "failed"
	checkSkipped = "skipped" // another one that it needs has failed
)

// probeDocument is what a run of this account would meet.
type probeDocument struct {
	Format int        `json:"format"`
	Well   bool       `json:"well"`
	By     plan.Actor `json:"by"`
	// Task is the account of the scheduled task, null where the schedule is never.
	Task           *probedTask         `json:"task"`
	Checks         []check             `json:"checks"`
	Hosts          []central.HostProxy `json:"hosts"` // and the way to each, as far as they are known
	CredentialKind string              `json:"credentialKind"`
	Tenant         *identity.Tenant    `json:"tenant"`
	Budget         []budgetLine        `json:"budget"`
	Warnings       []problemLine       `json:"warnings"`
	Next           []fault.Next        `json:"next"`
}

// probedTask says whether the account that was tried is the one of the task.
type probedTask struct {
	Account string `json:"account"`
	Same    bool   `json:"same"`
}

// check is one thing that a run needs.
type check struct {
	Name      string   `json:"name"`
	Result    string   `json:"result"`
	Code      string   `json:"code"`
	Text      string   `json:"text"`
	Hint      string   `json:"hint"`
	Details   []string `json:"details"`
	ElapsedMs int64    `json:"elapsedMs"`
}

// probing is a probe under way.
type probing struct {
	*session
	config config.Config
	doc    probeDocument
	codes  []int
}

// Run tries one thing after the other. What fails is a line of the document.
func (probeCmd) Run(ctx context.Context, s *session) error {
	c, err := s.configuration()
	if err != nil {
		return err
	}
	p := &probing{session: s, config: c, doc: probeDocument{
		Format: 1, Checks: []check{}, Hosts: []central.HostProxy{}, Budget: []budgetLine{}, Warnings: []problemLine{}, Next: []fault.Next{},
	}}
	if p.doc.By, err = s.actor(); err != nil {
		return err
	}
	p.task()
	p.utility()
	for _, part := range []func(context.Context) error{p.gate, p.central, p.directory, p.budget} {
		if err := part(ctx); err != nil {
			return err
		}
	}
	p.doc.Well = worst(append(p.codes, exitOK)...) == exitOK
	return s.end(ctx, output.Document{Type: "probe", Value: p.doc, Lists: []output.List{
		{Field: "checks", Type: "check", Columns: []string{"name", "result", "code", "text", "hint"}},
		{Field: "hosts", Type: "host", Columns: []string{"host", "used", "url", "from"}},
		{Field: "budget", Type: "budget", Columns: []string{"span", "made", "most", "left"}},
		{Field: "warnings", Type: "warning"},
		{Field: "next", Type: "next"},
	}}, p.codes...)
}

// try makes one check; text is what is said where it goes well. Whoever
// interrupts the program ends the probe.
func (p *probing) try(name string, work func() (text string, err error)) (well bool, ended error) {
	p.shows.say("trying " + name)
	began := p.env.Now()
	text, err := work()
	line := check{Name: name, Result: checkWell, Text: text, Details: []string{}, ElapsedMs: p.env.Now().Sub(began).Milliseconds()}
	switch {
	case errors.Is(err, context.Canceled):
		return false, err
	case err != nil:
		p.placed(err)
		b := body(err)
		line.Result, line.Code, line.Text, line.Hint, line.Details = checkFailed, b.Code, b.Message, b.Hint, b.Details
		p.codes = append(p.codes, exitCode(err))
		for _, n := range b.Next {
			if !slices.Contains(p.doc.Next, n) {
				p.doc.Next = append(p.doc.Next, n)
			}
		}
	}
	p.doc.Checks = append(p.doc.Checks, line)
	return err == nil, nil
}

// skipped notes checks that need one that has failed.
func (p *probing) skipped(names ...string) {
	for _, name := range names {
		p.doc.Checks = append(p.doc.Checks, check{Name: name, Result: checkSkipped, Details: []string{}})
	}
}

func (p *probing) remark(code, text string) {
	p.doc.Warnings = append(p.doc.Warnings, problemLine{Code: code, Text: text})
}
