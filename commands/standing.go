package commands

import (
	"context"
	"slices"
	"time"

	"adsync/core/apply"
	"adsync/core/approval"
	"adsync/core/fault"
)

// standing is how things are with one plan at this moment: what its approvals
// let through, and what its runs have made of that.
type standing struct {
	savedPlan
	Granted approval.Granted
	Refusal error // why no approval counts; nil where one does
	Files   []approval.Document
	Runs    []pastRun // of this plan, newest first
	// Ended are the outcomes of changes that no run will try again.
	Ended map[string]apply.Outcome
}

// codeChain says that approvers.jsonl cannot be trusted: what carries out or
// signs stops at it, whatever plan is meant.
const codeChain = "approval.chain"

// standing finds out how things are with a plan now.
func (s *session) standing(ctx context.Context, p savedPlan) (standing, error) {
	return s.standingAt(ctx, p, s.env.Now())
}

// standingAt is standing with the approvals that counted at a moment.
func (s *session) standingAt(ctx context.Context, p savedPlan, at time.Time) (standing, error) {
	st := standing{savedPlan: p, Ended: map[string]apply.Outcome{}}
	runs, err := s.runsOf(p.ID)
	if err != nil {
		return st, err
	}
	st.Runs = runs
	met := []string{}
	for _, r := range slices.Backward(runs) {
		for _, result := range r.Doc.Results {
			switch result.Outcome {
			case apply.Done, apply.Already:
				met = append(met, result.Change)
				st.Ended[result.Change] = result.Outcome
			case apply.Stale:
				st.Ended[result.Change] = result.Outcome
			case apply.Failed, apply.Unknown, apply.Skipped:
			}
		}
	}
	profile, err := s.open()
	if err != nil {
		return st, err
	}
	files, err := profile.Approvals(p.ID)
	if err != nil {
		return st, err
	}
	var raw [][]byte
	for _, f := range files {
		raw = append(raw, f.Data)
		if d, err := approval.Decode(f.Data); err == nil {
			st.Files = append(st.Files, d)
		}
	}
	revoked, err := profile.Revoked(ctx)
	if err != nil {
		return st, err
	}
	roster, err := s.roster()
	if fault.Is(err, codeChain) {
		st.Refusal = err // nobody's signature can be told; what only shows goes on
		return st, nil
	}
	if err != nil {
		return st, err
	}
	st.Granted, st.Refusal = approval.DecideFiles(p.Doc, p.SHA256, raw, revoked, roster, at, met...)
	return st, nil
}

// approved reports whether an approval counts now.
func (st standing) approved() bool { return st.Refusal == nil }

// left returns the approved changes that no run has ended, in the order of the
// plan.
func (st standing) left() []string {
	var ids []string
	for _, c := range slices.Concat(st.Doc.Changes, st.Doc.Holds) {
		_, granted := st.Granted.Changes[c.ID]
		if _, ended := st.Ended[c.ID]; granted && !ended {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// accepts reports whether carrying the plan out accepts its configuration, and
// nothing of it has been carried out yet: of an empty plan too.
func (st standing) accepts() bool {
	return st.Granted.Whole && st.Granted.Person && st.Doc.Whole && !st.Doc.ConfigAccepted && len(st.Runs) == 0
}

// open reports whether apply has something to do.
func (st standing) open() bool {
	return st.approved() && (len(st.left()) > 0 || st.accepts())
}

// used reports whether a run has been made and left nothing to do.
func (st standing) used() bool { return len(st.Runs) > 0 && !st.open() }

// openPlans returns the plans that are approved and not carried out, newest
// first. Files that cannot be read are passed over; plan list names them.
func (s *session) openPlans(ctx context.Context) ([]standing, error) {
	profile, err := s.open()
	if err != nil {
		return nil, err
	}
	files, err := profile.Plans()
	if err != nil {
		return nil, err
	}
	var all []standing
	for _, f := range files {
		saved, err := s.loadPlan(f.ID)
		if fault.Is(err, "profile") {
			return nil, err
		}
		if err != nil {
			s.log.WarnContext(ctx, "a plan cannot be read", "plan", f.ID, "error", err.Error())
			continue
		}
		st, err := s.standing(ctx, saved)
		if err != nil {
			return nil, err
		}
		if fault.Is(st.Refusal, codeChain) {
			return nil, st.Refusal
		}
		if st.open() {
			all = append(all, st)
		}
	}
	return all, nil
}

// pastRun is a run as its record says it.
type pastRun struct {
	ID     string
	Header apply.Header
	Doc    apply.Run
	Lines  [][]byte
}

// loadRun reads the record of a run. Running says whether a run may be under way
// now: otherwise one without an end was interrupted.
func (s *session) loadRun(id string, running bool) (pastRun, error) {
	p, err := s.open()
	if err != nil {
		return pastRun{}, err
	}
	full, lines, err := p.RunLines(id)
	if err != nil {
		return pastRun{}, err
	}
	doc, _, err := apply.Replay(lines, running)
	if err != nil {
		return pastRun{}, err
	}
	h, err := apply.ReadHeader(lines[0])
	return pastRun{ID: full, Header: h, Doc: doc, Lines: lines}, err
}

// allRuns returns every run, newest first.
func (s *session) allRuns() ([]pastRun, error) {
	if s.runs != nil {
		return s.runs, nil
	}
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	ids, err := p.Runs()
	if err != nil {
		return nil, err
	}
	running, err := s.underway()
	if err != nil {
		return nil, err
	}
	var all []pastRun
	s.unread = nil
	for i, id := range ids {
		r, err := s.loadRun(id, running && i == 0)
		if err != nil {
			s.log.Warn("a run record cannot be read", "run", id, "error", err.Error())
			s.unread = append(s.unread, id)
			continue
		}
		all = append(all, r)
	}
	s.runs = all
	return all, nil
}

// underway reports whether a run of another process may be going on.
func (s *session) underway() (bool, error) {
	if s.locked {
		return false, nil
	}
	p, err := s.open()
	if err != nil {
		return false, err
	}
	_, busy, err := p.Busy()
	return busy, err
}

// runsOf returns the runs of one plan, newest first.
func (s *session) runsOf(planID string) ([]pastRun, error) {
	all, err := s.allRuns()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(all), func(r pastRun) bool { return r.Header.Plan != planID }), nil
}

// resumable reports whether run resume would go on with a run.
func resumable(r apply.Run) bool {
	switch r.Outcome {
	case apply.Interrupted:
		return true
	case apply.Partial:
		return r.Summary.Failed+r.Summary.Unknown+r.Summary.Skipped > 0
	case apply.Complete, apply.Broken, apply.Running:
	}
	return false
}

// utc returns a time as documents have it.
func utc(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
