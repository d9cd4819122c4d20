package commands

import (
	"context"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/sandbox"
	"adsync/core/sandbox/tenant"
	"adsync/output"
)

// toSandbox connects to the running sandbox.
func (s *session) toSandbox(ctx context.Context) (*sandbox.Client, error) {
	s.forSandbox()
	return sandbox.Connect(ctx, s.sandboxDir())
}

// printFaults prints the rules by which calls go wrong.
func (s *session) printFaults(ctx context.Context, rules []tenant.Strike) error {
	next := []fault.Next{}
	if len(rules) > 0 {
		next = append(next, s.next("take them away", "sandbox", "fault", "clear"))
	}
	return s.print(ctx, output.Document{
		Type: "faults",
		Value: struct {
			Format int             `json:"format"`
			Faults []tenant.Strike `json:"faults"`
			Next   []fault.Next    `json:"next"`
		}{1, append([]tenant.Strike{}, rules...), next},
		Lists: []output.List{{Field: "faults", Type: "fault", Columns: []string{
			"id", "rule.method", "rule.route", "rule.after", "rule.times", "rule.odds", "rule.status", "rule.effect", "rule.retryAfter",
			"rule.cutBefore", "rule.cutAfter", "rule.damage", "rule.delay", "fitted", "struck",
		}}, {Field: "next", Type: "next"}},
	})
}

type sandboxFaultAddCmd struct {
	Method     string   `sep:"none" placeholder:"METHOD" help:"Calls of this method only."`
	Route      string   `sep:"none" placeholder:"ROUTE" help:"Calls of this route only, as sandbox calls names it."`
	After      int      `placeholder:"COUNT" help:"Let so many calls pass first."`
	Times      int      `placeholder:"COUNT" help:"Strike so many calls; without it all."`
	Odds       float64  `placeholder:"P" help:"Strike a call with this probability, such as 0.1."`
	Seed       uint64   `placeholder:"N" help:"Choose the calls anew; the same seed chooses the same ones."`
	Status     int      `placeholder:"STATUS" help:"Answer with this status, and do not carry the call out."`
	Effect     bool     `help:"With --status: carry it out all the same."`
	Body       string   `sep:"none" placeholder:"TEXT" help:"Answer with this body."`
	RetryAfter string   `sep:"none" placeholder:"TEXT" help:"Send this as Retry-After."`
	Cut        string   `placeholder:"WHEN" help:"Close the connection without an answer, before or after the call is carried out."`
	Damage     string   `placeholder:"KIND" help:"Spoil the answer of a call that was carried out."`
	Delay      duration `placeholder:"TIME" help:"Answer late, by a time like 2s."`
}

func (sandboxFaultAddCmd) Help() string {
	return `Of several rules that fit a call the oldest that is not used up strikes. Rules are gone when the sandbox stops. KIND is one of

` + kinds() + `

Examples:

    adsync sandbox fault add --method POST --route /common/v1/directory/users --after 3 --times 1 --cut after

    adsync sandbox fault add --status 429 --retry-after 2 --times 5

    adsync sandbox fault add --method GET --damage later --odds 0.05 --seed 7`
}

// kinds are the kinds of damage, a line each.
func kinds() string {
	var b strings.Builder
	for _, d := range tenant.Damages() {
		b.WriteString("    " + string(d.Kind) + strings.Repeat(" ", max(1, 13-len(d.Kind))) + d.Text + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// Run adds a rule.
func (c *sandboxFaultAddCmd) Run(ctx context.Context, s *session) error {
	r := tenant.Rule{
		Method: strings.ToUpper(c.Method), Route: c.Route, After: c.After, Times: c.Times, Odds: c.Odds, Seed: c.Seed,
		Status: c.Status, Effect: c.Effect, Body: c.Body, RetryAfter: c.RetryAfter,
		Damage: tenant.Damage(c.Damage), Delay: time.Duration(c.Delay),
	}
	switch c.Cut {
	case "":
	case "before":
		r.CutBefore = true
	case "after":
		r.CutAfter = true
	default:
		return fault.New("usage.sandbox.fault", "a connection is cut before or after the call is carried out, not "+c.Cut,
			fault.Hint("--cut before or --cut after"))
	}
	if err := r.Check(); err != nil {
		return err
	}
	client, err := s.toSandbox(ctx)
	if err != nil {
		return err
	}
	rules, err := client.AddFault(ctx, r)
	if err != nil {
		return err
	}
	return s.printFaults(ctx, rules)
}

type sandboxFaultListCmd struct{}

func (sandboxFaultListCmd) Help() string {
	return `Shows of each rule how many calls it fitted and struck. Example:

    adsync sandbox fault list`
}

// Run lists the rules.
func (sandboxFaultListCmd) Run(ctx context.Context, s *session) error {
	client, err := s.toSandbox(ctx)
	if err != nil {
		return err
	}
	rules, err := client.Faults(ctx)
	if err != nil {
		return err
	}
	return s.printFaults(ctx, rules)
}

type sandboxFaultClearCmd struct {
	ID []int `arg:"" name:"id" optional:"" help:"Number of a rule; without one all rules."`
}

func (sandboxFaultClearCmd) Help() string {
	return `Prints the rules that are left. Examples:

    adsync sandbox fault clear 1

    adsync sandbox fault clear`
}

// Run takes rules away.
func (c *sandboxFaultClearCmd) Run(ctx context.Context, s *session) error {
	client, err := s.toSandbox(ctx)
	if err != nil {
		return err
	}
	rules, err := client.ClearFaults(ctx, c.ID...)
	if err != nil {
		return err
	}
	return s.printFaults(ctx, rules)
}
