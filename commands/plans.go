package commands

import (
	"context"
	"fmt"
	"slices"
	"time"

	"adsync/core/fault"
	"adsync/core/plan"
	"adsync/core/store"
	"adsync/output"
)

// savedPlan is a plan as it lies on disk, read once.
type savedPlan struct {
	ID     string
	SHA256 string
	Doc    plan.Document
}

// loadPlan reads a saved plan by its id or a prefix of it. The digest of the
// bytes has been checked against the id.
func (s *session) loadPlan(id string) (savedPlan, error) {
	p, err := s.open()
	if err != nil {
		return savedPlan{}, err
	}
	full, data, err := p.Plan(id)
	if err != nil {
		return savedPlan{}, err
	}
	doc, err := plan.Decode(data)
	if err != nil {
		return savedPlan{}, err
	}
	return savedPlan{ID: full, SHA256: digest(data), Doc: doc}, nil
}

// loadNamedPlan is loadPlan for what acts on the plan: it wants to be told which
// one, latest may have become another meanwhile.
func (s *session) loadNamedPlan(id string) (savedPlan, error) {
	if err := planNamed(id); err != nil {
		return savedPlan{}, err
	}
	return s.loadPlan(id)
}

// planNamed refuses what cannot be the id of one certain plan.
func planNamed(id string) error {
	if id == latest {
		return fault.New("usage.plan.name", "latest names no plan where something is approved, applied or removed",
			fault.Hint("name the plan by its id; adsync plan list shows the plans"))
	}
	return store.PlanName(id)
}

// latest is the name of the newest plan.
const latest = "latest"

// planDocument is a plan as preview and plan show print it.
type planDocument struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"`
	plan.Document
	Next []fault.Next `json:"next"`
}

// planSummary is a plan without its changes: the empty field hides the one of
// the embedded plan.
type planSummary struct {
	planDocument
	Changes *struct{} `json:"changes,omitempty"`
}

// planOutput returns how a plan is printed, its holds folded.
func (s *session) planOutput(p savedPlan, summary bool) output.Document {
	d := planDocument{ID: p.ID, SHA256: p.SHA256, Document: p.Doc, Next: s.planNext(p)}
	d.Holds = plan.Fold(p.Doc.Holds)
	out := output.Document{
		Type: "plan", Value: d, Closing: "summary", Grids: []string{"summary"},
		Lists: []output.List{
			{Field: "changes", Type: "change", Columns: []string{"id", "action", "kind", "name", "group.name", "cause.text"}},
			{Field: "holds", Type: "hold", Columns: []string{"id", "action", "kind", "name", "count", "rule.text"}},
			{Field: "warnings", Type: "warning", Columns: []string{"code", "name", "text"}},
			{Field: "reads", Type: "read", Columns: readColumns},
			{Field: "limits", Type: "limit", Columns: []string{"class", "kind", "domain", "group.name", "count", "population", "limit", "margin"}},
			{Field: "next", Type: "next"},
		},
	}
	if summary {
		out.Value = planSummary{planDocument: d}
	}
	return out
}

// planNext says what leads on from a plan.
func (s *session) planNext(p savedPlan) []fault.Next {
	next := []fault.Next{}
	if !p.Doc.Applyable {
		return next
	}
	if len(p.Doc.Changes) > 0 {
		next = append(next, s.next("sign every change of this plan", "approve", p.ID))
	}
	return append(next, s.allowNext(p)...)
}

// allowNext is the command that lifts the limits a plan exceeds, with the numbers
// it has to name.
func (s *session) allowNext(p savedPlan) []fault.Next {
	words := []string{"approve", p.ID}
	for _, class := range []string{plan.LimitRemovals, plan.LimitMembershipRemovals, plan.LimitUpdates} {
		if slices.ContainsFunc(p.Doc.Limits, func(l plan.LimitUse) bool { return l.Exceeded && l.Class == class }) {
			words = append(words, "--allow", fmt.Sprintf("%s=%d", class, plan.LimitCount(p.Doc, class)))
		}
	}
	if len(words) == 2 {
		return nil
	}
	return []fault.Next{s.next("lift the limits for this plan, with a reason of your own", append(words, "--reason", "TEXT")...)}
}

type planListCmd struct{}

func (planListCmd) Help() string {
	return `Example:

    adsync plan list --output table`
}

// planLine is a plan in the list.
type planLine struct {
	ID        string    `json:"id"`
	SHA256    string    `json:"sha256"`
	CreatedAt time.Time `json:"createdAt"`
	Complete  bool      `json:"complete"`
	Applyable bool      `json:"applyable"`
	Whole     bool      `json:"whole"`
	Changes   int       `json:"changes"`
	Holds     int       `json:"holds"`
	Removals  int       `json:"removals"`
	Approved  bool      `json:"approved"` // by an approval that counts now
	Used      bool      `json:"used"`     // a run has ended every approved change
	Problem   string    `json:"problem"`  // of a file that cannot be read; "" otherwise
}

// Run lists the saved plans, newest first.
func (planListCmd) Run(ctx context.Context, s *session) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	files, err := p.Plans()
	if err != nil {
		return err
	}
	lines := []planLine{}
	for _, f := range files {
		line := planLine{ID: f.ID, SHA256: f.SHA256, CreatedAt: f.SavedAt.UTC()}
		saved, err := s.loadPlan(f.ID)
		if err != nil {
			line.Problem = err.Error()
			lines = append(lines, line)
			continue
		}
		line.CreatedAt, line.Complete, line.Applyable, line.Whole = saved.Doc.CreatedAt, saved.Doc.Complete, saved.Doc.Applyable, saved.Doc.Whole
		line.Changes, line.Holds, line.Removals = len(saved.Doc.Changes), saved.Doc.Summary.Held.Total, saved.Doc.Summary.Remove.Total
		state, err := s.standing(ctx, saved)
		if err != nil {
			return err
		}
		line.Approved, line.Used = state.approved(), state.used()
		lines = append(lines, line)
	}
	return s.print(ctx, output.Document{
		Type: "plans",
		Value: struct {
			Format int        `json:"format"`
			Plans  []planLine `json:"plans"`
		}{1, lines},
		Lists: []output.List{{
			Field: "plans", Type: "plan",
			Columns: []string{"id", "createdAt", "changes", "holds", "removals", "complete", "approved", "used", "problem"},
		}},
	})
}

type planShowCmd struct {
	ID      string `arg:"" optional:"" default:"latest" help:"Id of the plan, a prefix of at least 8 characters, or latest."`
	Only    string `sep:"none" placeholder:"RULE" help:"Show the holds of one rule only, each by name."`
	Summary bool   `help:"Leave the changes out."`
}

func (planShowCmd) Help() string {
	return `Examples:

    adsync plan show latest --output table

    adsync plan show 3f9a1c02 --only limit.removals`
}

// Run prints a saved plan.
func (c *planShowCmd) Run(ctx context.Context, s *session) error {
	p, err := s.loadPlan(c.ID)
	if err != nil {
		return err
	}
	d := s.planOutput(p, c.Summary)
	if c.Only == "" {
		return s.print(ctx, d)
	}
	if !slices.ContainsFunc(plan.Rules, func(r plan.Code) bool { return r.Code == c.Only }) {
		return fault.New("usage.plan.rule", c.Only+" is no rule that holds changes back")
	}
	whole := planDocument{ID: p.ID, SHA256: p.SHA256, Document: p.Doc, Next: s.planNext(p)}
	whole.Holds = slices.DeleteFunc(slices.Clone(p.Doc.Holds), func(h plan.Change) bool {
		return h.Rule == nil || h.Rule.Code != c.Only
	})
	d.Value = whole
	if c.Summary {
		d.Value = planSummary{planDocument: whole}
	}
	return s.print(ctx, d)
}

type planRemoveCmd struct {
	ID string `arg:"" help:"Id of the plan, or a prefix of at least 8 characters."`
}

func (planRemoveCmd) Help() string {
	return `Example:

    adsync plan remove 3f9a1c02`
}

// Run removes a saved plan. What a run has begun stays: it may have to go on.
func (c *planRemoveCmd) Run(ctx context.Context, s *session) error {
	if err := planNamed(c.ID); err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	id, _, err := p.Plan(c.ID)
	if err != nil && !fault.Is(err, "approval.changed") {
		return err
	}
	runs, err := s.runsOf(id)
	if err != nil {
		return err
	}
	for _, r := range runs {
		if resumable(r.Doc) {
			return fault.New("usage.plan.running", "run "+r.ID+" of this plan has not ended",
				fault.Then(s.command("run", "resume", r.ID), "go on with it"))
		}
	}
	if err := p.RemovePlan(id); err != nil {
		return err
	}
	return s.print(ctx, output.Document{Type: "plan", Value: struct {
		Format  int    `json:"format"`
		Removed string `json:"removed"`
	}{1, id}})
}
