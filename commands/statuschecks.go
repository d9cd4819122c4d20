package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"adsync/core/apply"
	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/plan"
	"adsync/core/schedule"
)

type noteFunc func(code int, p problemLine)

func (s *session) statusValidation(ctx context.Context, cfg config.Config, d *statusDocument, note noteFunc) error {
	v, err := s.validFor(ctx, cfg)
	switch {
	case err == nil:
		d.Tenant, d.ValidatedAt = &v.Tenant, &v.At
	case fault.Is(err, "config.central.notvalidated"):
		b := body(err)
		note(exitConfig, problemLine{Code: b.Code, Text: b.Message})
		d.Next = append(d.Next, b.Next...)
	default:
		return err
	}
	if !includesDomain(cfg) {
		note(exitConfig, problemLine{Code: "config.scope.domains", Text: "no domain is included"})
		d.Next = append(d.Next, s.next("list the domains of the forest", "directory", "domains"))
	}
	if k, err := s.keeper(); err == nil {
		held, err := k.List()
		if err != nil {
			return err
		}
		for _, e := range held {
			if e.ExpiresAt != nil && e.ExpiresAt.Sub(s.env.Now()) < 14*24*time.Hour {
				note(exitOK, problemLine{Code: "credential.expires", Text: fmt.Sprintf("the %s secret ends at %s", e.Purpose, e.ExpiresAt.UTC().Format(time.RFC3339))})
			}
		}
	}
	d.LastRead, err = s.remembered(ctx)
	return err
}

// includesDomain reports whether there is anything to read.
func includesDomain(c config.Config) bool {
	for _, d := range c.Scope.Domains {
		if d.Include {
			return true
		}
	}
	return false
}

// listsDomain reports whether the configuration says anything of a domain.
func listsDomain(c config.Config, name string) bool {
	return slices.ContainsFunc(c.Scope.Domains, func(d config.Domain) bool { return strings.EqualFold(d.Name, name) })
}

func (s *session) statusRuns(d *statusDocument, note noteFunc) error {
	runs, err := s.allRuns()
	if err != nil {
		return err
	}
	for _, id := range s.unread {
		note(exitPartial, problemLine{Code: "store.run.malformed", Text: "the record of run " + id + " cannot be read, so nobody knows how it ended"})
	}
	for i, r := range runs {
		line := lineOfRun(r)
		if i == 0 {
			d.LastRun = &line
		}
		if r.Doc.Outcome == apply.Complete {
			d.LastGoodRun = &line
			break
		}
	}
	if d.Running, err = s.underway(); err != nil {
		return err
	}
	if len(runs) == 0 {
		return nil
	}
	switch last := runs[0]; last.Doc.Outcome {
	case apply.Interrupted, apply.Partial:
		note(exitPartial, problemLine{Code: "run." + string(last.Doc.Outcome), Text: "run " + last.ID + " did not carry out everything"})
		d.Next = append(d.Next, s.next("go on with it", "run", "resume", last.ID))
	case apply.Broken:
		note(exitPartial, problemLine{Code: "run.failed", Text: last.Doc.Step + " of the scheduled task failed: " + last.Doc.Error.Message})
	case apply.Complete, apply.Running:
	}
	return nil
}

func (s *session) statusPlans(ctx context.Context, cfg config.Config, d *statusDocument, note noteFunc) error {
	a, err := s.accepted(ctx)
	if err != nil {
		return err
	}
	if a == nil || a.Digest != digest(cfg.Deciding()) {
		note(exitHeld, problemLine{Code: "config.notAccepted", Text: "the configuration is not the one that a person approved and a run applied; until then the policy leaves what it causes to a person"})
	}
	st, err := s.speaking(ctx)
	if err != nil {
		if fault.Is(err, "profile") {
			return err
		}
		b := body(err)
		note(exitHeld, problemLine{Code: b.Code, Text: b.Message})
		return nil
	}
	if st.ID == "" {
		return nil
	}
	for _, w := range st.Doc.Warnings {
		if w.Code == "domain.unlisted" && !listsDomain(cfg, w.Name) {
			note(exitOK, problemLine{Code: w.Code, Text: w.Text})
		}
	}
	if fault.Is(st.Refusal, codeChain) {
		b := body(st.Refusal)
		note(exitHeld, problemLine{Code: b.Code, Text: b.Message})
	}
	pending, held := st.waiting()
	if d.Holds = held; held > 0 {
		note(exitHeld, problemLine{Code: "plan.held", Text: fmt.Sprintf("held: %d changes of plan %s", held, st.ID)})
		d.Next = append(d.Next, s.next("see why", "plan", "show", st.ID))
	}
	if pending.Changes == 0 {
		return nil
	}
	d.Pending = &pending
	note(exitHeld, problemLine{Code: "plan.pending", Text: fmt.Sprintf("waiting: %d changes of plan %s", pending.Changes, st.ID)})
	if pending.Approved {
		d.Next = append(d.Next, s.next("carry out what is approved", "apply", st.ID))
	} else if st.Doc.Applyable {
		d.Next = append(d.Next, s.next("sign every change of this plan", "approve", st.ID))
	}
	return nil
}

// speaking returns the newest plan that says how things are, none before the
// first: one that was made for some people alone says nothing of the others once
// nothing of it waits.
func (s *session) speaking(ctx context.Context) (standing, error) {
	p, err := s.open()
	if err != nil {
		return standing{}, err
	}
	files, err := p.Plans()
	if err != nil {
		return standing{}, err
	}
	for _, f := range files {
		saved, err := s.loadPlan(f.ID)
		if err != nil {
			return standing{}, err
		}
		st, err := s.standing(ctx, saved)
		if err != nil {
			return standing{}, err
		}
		if pending, _ := st.waiting(); saved.Doc.Whole || pending.Changes > 0 {
			return st, nil
		}
	}
	return standing{}, nil
}

// waiting counts what is left of a plan: what can be carried out or approved,
// holds that a person lifted among it, and what is still held.
func (st standing) waiting() (pending pendingPlan, held int) {
	pending = pendingPlan{Plan: st.ID, Since: st.Doc.CreatedAt, Approved: true}
	count := func(c plan.Change, granted bool) {
		pending.Changes++
		if c.Action == plan.Remove {
			pending.Removals++
		}
		pending.Approved = pending.Approved && granted
	}
	for _, c := range st.Doc.Changes {
		if _, ended := st.Ended[c.ID]; !ended {
			_, granted := st.Granted.Changes[c.ID]
			count(c, granted)
		}
	}
	for _, c := range st.Doc.Holds {
		_, ended := st.Ended[c.ID]
		_, granted := st.Granted.Changes[c.ID]
		switch {
		case ended:
		case granted:
			count(c, true)
		default:
			held++
		}
	}
	return pending, held
}

// overdueAfter is how long after a start was due it is overdue.
const overdueAfter = 2 * time.Hour

func (s *session) statusSchedule(ctx context.Context, cfg config.Config, d *statusDocument, note noteFunc) error {
	spec := scheduleSpec(cfg)
	if next, due := spec.Next(s.env.Now()); due {
		d.NextRun = new(utc(next))
	}
	r, ok, err := s.isRegistered(ctx, spec)
	if err != nil {
		return err
	}
	if !ok {
		note(exitOK, notRegistered)
		d.Next = append(d.Next, s.registerNext())
		return nil
	}
	if spec.Mode == schedule.Never {
		return nil
	}
	// The last sign of life: a registration, a run, or the plan of a preview.
	seen := r.At
	if d.LastRun != nil && d.LastRun.StartedAt.After(seen) {
		seen = d.LastRun.StartedAt
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	files, err := p.Plans()
	if err != nil {
		return err
	}
	if len(files) > 0 && files[0].SavedAt.After(seen) {
		seen = files[0].SavedAt
	}
	// Times of day are those of this machine, whatever zone was written down.
	if due, ok := spec.Next(seen.In(s.env.Now().Location())); ok && s.env.Now().After(due.Add(overdueAfter)) {
		d.Overdue = true
		note(exitPartial, problemLine{Code: "run.overdue", Text: "a run was due at " + utc(due).Format(time.RFC3339) + " and has not begun"})
	}
	return nil
}
