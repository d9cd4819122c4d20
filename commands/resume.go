package commands

import (
	"context"
	"time"

	"adsync/core/apply"
	"adsync/core/fault"
)

// resume goes on with a run, under the approvals it began with unless they were
// revoked, for a week.
func (s *session) resume(ctx context.Context, r pastRun) error {
	saved, err := s.loadPlan(r.Header.Plan)
	if err != nil {
		return err
	}
	if err := s.mayResume(ctx, r); err != nil {
		return err
	}
	st, err := s.standing(ctx, saved)
	if err != nil {
		return err
	}
	if fault.Is(st.Refusal, codeChain) {
		return st.Refusal
	}
	job, err := s.job(ctx, saved)
	if err != nil {
		return err
	}
	job.Header, job.Lines = r.Header, r.Lines
	job.Approved = map[string]bool{}
	for _, id := range r.Header.Changes {
		job.Approved[id] = true
	}
	job.Ended = map[string]apply.Outcome{}
	for _, other := range st.Runs {
		if other.ID == r.ID {
			continue
		}
		for _, result := range other.Doc.Results {
			if o, ended := st.Ended[result.Change]; ended && o == result.Outcome {
				job.Ended[result.Change] = o
			}
		}
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	journal, err := p.OpenRun(r.ID)
	if err != nil {
		return err
	}
	s.began = true
	job.Journal = journal
	s.log.InfoContext(ctx, "run goes on", "runId", r.ID, "plan", saved.ID)
	run, err := apply.Resume(ctx, job)
	return s.ended(ctx, saved, journal, run, err)
}

// resumeFor is how long a run may go on under the approval it began with.
const resumeFor = 7 * 24 * time.Hour

func (s *session) mayResume(ctx context.Context, r pastRun) error {
	if s.env.Now().After(r.Header.StartedAt.Add(resumeFor)) {
		return fault.New("approval.expired", "run "+r.ID+" began more than seven days ago and does not go on",
			fault.Then(s.command("preview"), "make a new plan"))
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	revoked, err := p.Revoked(ctx)
	if err != nil {
		return err
	}
	for _, id := range r.Header.Approvals {
		if _, gone := revoked[id]; gone {
			return fault.New("approval.revoked", "approval "+id+", under which run "+r.ID+" began, was revoked",
				fault.Then(s.command("preview"), "make a new plan"))
		}
	}
	return nil
}
