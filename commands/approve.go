package commands

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"adsync/core/approval"
	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/plan"
	"adsync/output"
)

type approveCmd struct {
	ID      string    `arg:"" help:"Id of the plan, or a prefix of at least 8 characters."`
	Comment string    `sep:"none" placeholder:"TEXT" help:"A comment for the record."`
	For     duration  `placeholder:"DURATION" help:"How long the approval counts: 90m, 24h, 7d."`
	Only    []string  `sep:"none" placeholder:"CLASS|CHANGE-ID" help:"Cover these alone; - reads ids from stdin."`
	Except  []string  `sep:"none" placeholder:"CLASS|CHANGE-ID" help:"Leave these out; - reads ids from stdin."`
	Allow   []allowed `sep:"none" placeholder:"CLASS=COUNT" help:"Lift a limit for this plan: removals, membershipRemovals or updates."`
	Reason  string    `sep:"none" placeholder:"TEXT" help:"Why a limit is lifted."`
	Policy  bool      `help:"Approve what the policy of the configuration allows, with this account's policy key."`
}

// allowed is a limit to lift, as it is typed: removals=42.
type allowed approval.Allow

// UnmarshalText reads what is typed.
func (a *allowed) UnmarshalText(text []byte) error {
	class, count, found := strings.Cut(string(text), "=")
	n, err := strconv.Atoi(count)
	if !found || err != nil || n < 0 {
		return fmt.Errorf("%q is not CLASS=COUNT, for example removals=42", text)
	}
	a.Class, a.Count = class, n
	return nil
}

func (approveCmd) Help() string {
	return `CLASS is an action: create, update, remove, adopt, membershipAdd, membershipRemove. Without --only the approval covers every change of the plan. Examples:

    adsync approve 3f9a1c02 --comment 'new staff of November'

    adsync approve 3f9a1c02 --only create --only update

    adsync approve 3f9a1c02 --allow removals=42 --reason 'the office in Rome is closed'

A comment that begins with a dash is given as --comment='- like this'.`
}

// approvalDocument is an approval as approve prints it.
type approvalDocument struct {
	approval.Document
	// ID stays empty and hides the id of the approval: from a pipeline of
	// PowerShell the id of a document goes before its plan.
	ID       string            `json:"id,omitempty"`
	Approval string            `json:"approval"` // its id
	Covered  int               `json:"covered"`  // changes that the approval covers
	Left     int               `json:"left"`     // changes and holds that wait for a person
	Waiting  []waitingChange   `json:"waiting"`  // chosen, but left out
	Newer    *newerPlan        `json:"newer"`    // how the newest plan differs; null where this is it
	Warnings []approvalWarning `json:"warnings"` // what may surprise
	Next     []fault.Next      `json:"next"`
}

type waitingChange struct {
	Change string     `json:"change"`
	Rule   plan.Coded `json:"rule"`
}

type approvalWarning struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

func (c *approveCmd) precheck() error {
	switch {
	case c.Policy && (len(c.Only)+len(c.Except)+len(c.Allow) > 0 || c.Reason != ""):
		return fault.New("usage.approve.policy", "--policy takes no --only, --except, --allow or --reason",
			fault.Hint("what a policy approves stands in policy of config.json"))
	case len(c.Allow) > 0 && strings.TrimSpace(c.Reason) == "":
		return fault.New("usage.approve.reason", "a limit is lifted with a reason only", fault.Hint("add --reason TEXT"))
	}
	return planNamed(c.ID)
}

// Run signs an approval.
func (c *approveCmd) Run(ctx context.Context, s *session) error {
	if done, err := s.skipScheduled(ctx); done || err != nil {
		return err
	}
	p, err := s.loadNamedPlan(c.ID)
	if err != nil {
		return err
	}
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	if err := s.sameConfiguration(ctx, p, cfg); err != nil {
		return err
	}
	if cfg, err = s.stricter(ctx, cfg); err != nil {
		return err
	}
	if err := s.approvable(p, cfg); err != nil {
		return err
	}
	if c.Policy {
		return c.byPolicy(ctx, s, p, cfg)
	}
	return c.byPerson(ctx, s, p, cfg)
}

// approvable refuses a plan that is too old.
func (s *session) approvable(p savedPlan, cfg config.Config) error {
	if age := s.env.Now().Sub(p.Doc.CreatedAt); age > time.Duration(cfg.Approval.PlanDays)*24*time.Hour {
		return fault.New("approval.planExpired",
			fmt.Sprintf("the plan was made on %s, more than %d days ago", p.Doc.CreatedAt.Format(time.DateOnly), cfg.Approval.PlanDays),
			fault.Then(s.command("preview"), "make a new plan"))
	}
	return nil
}

// byPerson signs with the account's own key.
func (c *approveCmd) byPerson(ctx context.Context, s *session, p savedPlan, cfg config.Config) error {
	st, err := s.standing(ctx, p)
	if err != nil {
		return err
	}
	only, except, err := c.lists(s)
	if err != nil {
		return err
	}
	var allow []approval.Allow
	for _, a := range c.Allow {
		allow = append(allow, approval.Allow(a))
	}
	if len(p.Doc.Changes) == 0 && len(allow) == 0 && len(only) == 0 && (p.Doc.ConfigAccepted || !p.Doc.Whole) {
		return fault.New("usage.approve.empty", "the plan has no changes to approve",
			fault.Hint("what it holds is settled in the directory or the configuration; only a limit is lifted, with --allow"))
	}
	if !p.Doc.Applyable && len(p.Doc.Changes) > 0 {
		return fault.New("usage.approve.notApplyable", "the plan cannot be applied, so it cannot be approved",
			fault.Then(s.command("preview"), "make a plan that is saved"))
	}
	chosen, err := approval.Select(p.Doc, only, except, allow, st.met()...)
	if err != nil {
		return err
	}
	if len(chosen.Changes) == 0 && len(p.Doc.Changes)+len(allow)+len(only) > 0 {
		return fault.New("usage.approve.empty", "nothing of the plan would be approved",
			fault.Hint("--only, --except and --allow leave nothing over; adsync plan show lists the classes, ids and limits"))
	}
	if ok, err := c.sure(s, p, chosen); err != nil || !ok {
		if err != nil {
			return err
		}
		return fault.New("approval.declined", "not approved")
	}
	key, err := s.personKey(ctx)
	if err != nil {
		return err
	}
	d, err := c.document(s, p, cfg)
	if err != nil {
		return err
	}
	d.Classes, d.Changes, d.Whole = chosen.Classes, chosen.Changes, chosen.Whole
	d.Allow, d.Reason = allow, c.Reason
	return c.finish(ctx, s, p, cfg, approvalDocument{Document: d, Waiting: waiting(chosen.Waiting), Left: left(p, chosen.Changes)}, key)
}

// left counts what an approval leaves of a plan.
func left(p savedPlan, covered []string) int {
	return max(0, len(p.Doc.Changes)+p.Doc.Summary.Held.Total-len(covered))
}

func waiting(all []approval.Waiting) []waitingChange {
	out := []waitingChange{}
	for _, w := range all {
		out = append(out, waitingChange{Change: w.Change, Rule: w.Rule})
	}
	return out
}

// lists returns --only and --except with what stdin has in the place of -.
func (c *approveCmd) lists(s *session) (only, except []string, err error) {
	read := false
	expand := func(entries []string) ([]string, error) {
		var out []string
		for _, e := range entries {
			if e != "-" {
				out = append(out, e)
				continue
			}
			if read {
				return nil, fault.New("usage.approve.stdin", "stdin can be read once only")
			}
			read = true
			content, err := decodeText(s.env.Stdin)
			if err != nil {
				return nil, fault.New("usage.approve.stdin", "stdin cannot be read", fault.Cause(err))
			}
			ids := strings.Fields(content)
			if len(ids) == 0 {
				return nil, fault.New("usage.approve.stdin", "stdin holds no id")
			}
			out = append(out, ids...)
		}
		return out, nil
	}
	if only, err = expand(c.Only); err != nil {
		return nil, nil, err
	}
	except, err = expand(c.Except)
	return only, except, err
}

// sure asks on a terminal before something is taken away or adopted.
func (c *approveCmd) sure(s *session, p savedPlan, chosen approval.Selection) (bool, error) {
	if s.globals.Yes || !s.canAsk() {
		return true, nil
	}
	counts := map[plan.Action]int{}
	ids := map[string]bool{}
	for _, id := range chosen.Changes {
		ids[id] = true
	}
	for _, change := range append(append([]plan.Change{}, p.Doc.Changes...), p.Doc.Holds...) {
		if ids[change.ID] {
			counts[change.Action]++
		}
	}
	if counts[plan.Remove]+counts[plan.MembershipRemove]+counts[plan.Adopt] == 0 {
		return true, nil
	}
	return s.confirm(fmt.Sprintf("Plan %s: %d created, %d updated, %d removed, %d adopted, %d memberships added, %d removed. Approve?",
		p.ID[:8], counts[plan.Create], counts[plan.Update], counts[plan.Remove], counts[plan.Adopt],
		counts[plan.MembershipAdd], counts[plan.MembershipRemove]))
}

// document returns what every approval of this command line has.
func (c *approveCmd) document(s *session, p savedPlan, cfg config.Config) (approval.Document, error) {
	by, err := s.actor()
	if err != nil {
		return approval.Document{}, err
	}
	span := time.Duration(c.For)
	if span == 0 {
		span = time.Duration(cfg.Approval.Hours) * time.Hour
	}
	now := utc(s.env.Now())
	return approval.Document{
		Format: 1, Profile: p.Doc.Profile, Plan: p.ID, SHA256: p.SHA256,
		By: approval.Signer{Account: by.Account, SID: by.SID}, At: now, Until: now.Add(span),
		Comment: c.Comment, Policy: c.Policy,
	}, nil
}

// approvalOutput returns how an approval is printed.
func approvalOutput(d approvalDocument) output.Document {
	return output.Document{Type: "approval", Value: d, Lists: []output.List{
		{Field: "waiting", Type: "waiting"}, {Field: "warnings", Type: "warning"}, {Field: "next", Type: "next"},
	}}
}
