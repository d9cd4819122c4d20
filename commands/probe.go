package commands

import (
	"context"
	"errors"
	"slices"
	"time"

	"adsync/core/central"
	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/incumbent"
	"adsync/core/plan"
	"adsync/core/schedule"
	"adsync/core/secret"
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

// budgetLine is what is used of the rate budget of the credential.
type budgetLine struct {
	Span   string `json:"span"`
	Most   int    `json:"most"`
	Made   int    `json:"made"`
	Left   int    `json:"left"`
	WaitMs int64  `json:"waitMs"` // until there is room for another call
}

// spanNames are the words for the spans of the budget.
var spanNames = map[time.Duration]string{
	time.Second: "second", time.Minute: "minute", time.Hour: "hour", 24 * time.Hour: "day",
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

func (p *probing) warn(code, text string) {
	p.doc.Warnings = append(p.doc.Warnings, problemLine{Code: code, Text: text})
}

// task names the account of the scheduled task: what one account has and may
// says nothing of another.
func (p *probing) task() {
	spec := scheduleSpec(p.config)
	if spec.Mode == schedule.Never {
		return
	}
	account := first(spec.Account, "SYSTEM")
	p.doc.Task = &probedTask{Account: account, Same: spec.RunsAs(p.doc.By.Account, p.doc.By.SID)}
	if !p.doc.Task.Same {
		p.warn("probe.otherAccount", "this was tried as "+p.doc.By.Account+" and proves nothing for the scheduled task, which runs as "+account)
	}
}

// utility looks for the original utility: two that synchronise the same people
// undo each other's work.
func (p *probing) utility() {
	if service, runs := incumbent.Running(); runs {
		p.warn("utility.running", "the service "+service+" runs on this computer: stop it before adsync synchronises the same people")
	}
}

// gate is what a run is refused for before it begins.
func (p *probing) gate(ctx context.Context) error {
	if _, err := p.try("validation", func() (string, error) {
		v, err := p.validFor(ctx, p.config)
		if err != nil {
			return "", err
		}
		return "validated at " + v.At.Format(time.RFC3339), nil
	}); err != nil {
		return err
	}
	_, err := p.try("scope", func() (string, error) {
		if !includesDomain(p.config) {
			return "", fault.New("config.scope.domains", "no domain is included",
				fault.Then(p.command("directory", "domains"), "list the domains of the forest"))
		}
		return "", nil
	})
	return err
}

// central goes the way to Sophos Central step by step, each at a host of its own.
func (p *probing) central(ctx context.Context) error {
	const credential, signIn, whoAmI, read = "central.credential", "central.signIn", "central.whoAmI", "central.read"
	var client *central.Client
	well, err := p.try(credential, func() (string, error) {
		made, held, err := p.centralClient(ctx, p.config)
		client = made
		return held.User, err
	})
	if err != nil {
		return err
	}
	if !well {
		p.skipped(signIn, whoAmI, read)
		p.doc.Hosts = p.hosts()
		return nil
	}
	defer func() { p.doc.Hosts = client.Proxies() }()
	if well, err = p.try(signIn, func() (string, error) { return p.config.Central.IdentityURL, client.SignIn(ctx) }); err != nil || !well {
		p.skipped(whoAmI, read)
		return err
	}
	well, err = p.try(whoAmI, func() (string, error) {
		_, err := client.Connect(ctx)
		p.doc.CredentialKind = client.Account().Kind
		return p.config.Central.GlobalURL, err
	})
	if err != nil || !well {
		p.skipped(read)
		return err
	}
	_, err = p.try(read, func() (string, error) {
		tenant, err := client.TryDirectory(ctx)
		if err != nil {
			return "", err
		}
		p.doc.Tenant = &tenant
		return tenant.APIHost, tenantFits(p.config, tenant.ID, tenant.Name)
	})
	return err
}

// hosts are the hosts of the configuration with the way to each, which needs no
// credential.
func (p *probing) hosts() []central.HostProxy {
	client, err := central.New(central.Options{
		IdentityURL: p.config.Central.IdentityURL, GlobalURL: p.config.Central.GlobalURL,
		Proxy: central.Proxy{Mode: p.config.Proxy.Mode, URL: p.config.Proxy.URL}, Environ: p.env.Getenv,
		Now: p.env.Now, Secret: func() string { return "" },
	})
	if err != nil {
		return []central.HostProxy{} // the check of the credential has told it
	}
	return client.Proxies()
}

// directory connects, binds, and asks what the account may read.
func (p *probing) directory(ctx context.Context) error {
	_, err := p.try("directory", func() (string, error) {
		report, err := p.validateDirectory(ctx, p.config)
		if err != nil {
			return "", err
		}
		for _, w := range report.Warnings {
			p.warn("directory.warning", w)
		}
		return report.Server + " as " + report.BoundAs, nil
	})
	return err
}

// budget tells how many calls are left, whichever process made those before.
func (p *probing) budget(ctx context.Context) error {
	held, err := p.entry(secret.Central)
	if err != nil || held == nil {
		return nil //nolint:nilerr // the check of the credential has told it
	}
	b, err := p.rateBudget(p.config, held.User)
	if err != nil {
		return err
	}
	usage, err := b.Usage(ctx)
	for _, u := range usage {
		p.doc.Budget = append(p.doc.Budget, budgetLine{
			Span: spanNames[u.Span], Most: u.Most, Made: u.Made, Left: max(u.Most-u.Made, 0), WaitMs: u.Wait.Milliseconds(),
		})
	}
	return err
}
