package commands

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/store"
)

type applyCmd struct {
	ID string `arg:"" optional:"" help:"Id of the plan; otherwise the only one that is approved and not carried out."`
}

func (applyCmd) Help() string {
	return `Examples:

    adsync apply

    adsync apply 3f9a1c02`
}

func (c *applyCmd) precheck() error {
	if c.ID == "" {
		return nil
	}
	return planNamed(c.ID)
}

// Run carries out what is approved of a plan.
func (c *applyCmd) Run(ctx context.Context, s *session) error {
	if done, err := s.skipScheduled(ctx); done || err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	st, none, err := c.choose(ctx, s)
	if err != nil {
		return err
	}
	if none {
		return s.skipApply(ctx)
	}
	if len(st.Runs) > 0 && st.Runs[0].Doc.Outcome == apply.Interrupted {
		return s.resume(ctx, st.Runs[0])
	}
	if st.used() {
		return s.print(ctx, s.runOutput(st.Runs[0].Doc))
	}
	if st.Refusal != nil {
		if s.globals.Scheduled && fault.Is(st.Refusal, "approval.missing") {
			return s.skipApply(ctx)
		}
		return st.Refusal
	}
	if !st.open() {
		if s.globals.Scheduled {
			return s.skipApply(ctx)
		}
		return fault.New("approval.missing", "nothing of the plan is approved", fault.Then(s.command("approve", st.ID), "approve it"))
	}
	return s.carryOut(ctx, st)
}

// choose returns the plan that is meant. None is true where the scheduled task
// has nothing to do.
func (c *applyCmd) choose(ctx context.Context, s *session) (st standing, none bool, err error) {
	if c.ID != "" {
		p, err := s.loadNamedPlan(c.ID)
		if err != nil {
			return standing{}, false, err
		}
		st, err = s.standing(ctx, p)
		return st, false, err
	}
	all, err := s.openPlans(ctx)
	if err != nil {
		return standing{}, false, err
	}
	// A run that was broken off goes on before anything new begins.
	runs, err := s.allRuns()
	if err != nil {
		return standing{}, false, err
	}
	if len(all) == 0 && len(runs) > 0 && runs[0].Doc.Outcome == apply.Interrupted {
		p, err := s.loadPlan(runs[0].Header.Plan)
		if err != nil {
			return standing{}, false, err
		}
		st, err = s.standing(ctx, p)
		return st, false, err
	}
	switch {
	case len(all) == 1:
		return all[0], false, nil
	case len(all) == 0 && s.globals.Scheduled:
		return standing{}, true, nil
	case len(all) == 0:
		return standing{}, false, fault.New("approval.missing", "no plan is approved and not carried out",
			fault.Then(s.command("plan", "list"), "list the plans"), fault.Then(s.command("preview"), "make a plan"))
	case s.globals.Scheduled:
		oldest := slices.MinFunc(all, func(a, b standing) int { return a.Doc.CreatedAt.Compare(b.Doc.CreatedAt) })
		return oldest, false, nil
	}
	options := []fault.Option{fault.Hint("name the one that is meant")}
	for _, st := range all {
		options = append(options, fault.Details(fmt.Sprintf("%s of %s: %d approved changes left", st.ID, st.Doc.CreatedAt.Format(time.RFC3339), len(st.left()))),
			fault.Then(s.command("apply", st.ID), "carry out the plan of "+st.Doc.CreatedAt.Format(time.RFC3339)))
	}
	return standing{}, false, fault.New("usage.plan.several", fmt.Sprintf("%d plans are approved and not carried out", len(all)), options...)
}

// lock takes the profile's lock. What it returns lets go of it.
func (s *session) lock(ctx context.Context) (func(), error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	unlock, err := p.Lock(ctx)
	if err != nil {
		return nil, err
	}
	s.locked = true
	return func() {
		s.locked = false
		if err := unlock(); err != nil {
			s.log.WarnContext(ctx, "cannot unlock the profile", "error", err.Error())
		}
	}, nil
}

// carryOut begins a run of a plan.
func (s *session) carryOut(ctx context.Context, st standing) error {
	job, err := s.job(ctx, st.savedPlan)
	if err != nil {
		return err
	}
	ids := st.left()
	job.Ended = st.Ended
	job.Approved = map[string]bool{}
	for _, id := range ids {
		job.Approved[id] = true
	}
	by, err := s.actor()
	if err != nil {
		return err
	}
	id, err := runID(s.env.Now())
	if err != nil {
		return err
	}
	job.Header = apply.Header{Format: 1, ID: id, Plan: st.ID, StartedAt: utc(s.env.Now()), By: by, Changes: ids}
	for _, a := range st.Granted.Approvals {
		job.Header.Approvals = append(job.Header.Approvals, a.ID)
	}
	line, err := apply.HeaderLine(job.Header)
	if err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	journal, err := p.NewRun(id, line)
	if err != nil {
		return err
	}
	s.began = true
	job.Journal = journal
	s.log.InfoContext(ctx, "run begins", "runId", id, "plan", st.ID, "changes", len(ids))
	r, err := apply.Do(ctx, job)
	return s.ended(ctx, st.savedPlan, journal, r, err)
}

// ended closes the record of a run, accepts the configuration where the run does
// so, and prints the run.
func (s *session) ended(ctx context.Context, p savedPlan, journal *store.Journal, r apply.Run, err error) error {
	if cerr := journal.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	s.runs = nil
	s.log.InfoContext(ctx, "run ends", "runId", r.ID, "outcome", string(r.Outcome), "calls", r.Summary.Calls)
	if err := s.acceptBy(context.WithoutCancel(ctx), p, r); err != nil {
		return err
	}
	return s.end(ctx, s.runOutput(r), runCodes(ctx, r)...)
}

// job returns what every run of a plan needs: the configuration that the plan
// was made under, both sides, and the ledger.
func (s *session) job(ctx context.Context, p savedPlan) (apply.Job, error) {
	cfg, err := s.configuration()
	if err != nil {
		return apply.Job{}, err
	}
	if err := s.sameConfiguration(ctx, p, cfg); err != nil {
		return apply.Job{}, err
	}
	client, _, err := s.centralClient(ctx, cfg)
	if err != nil {
		return apply.Job{}, err
	}
	tenant, err := client.Connect(ctx)
	if err != nil {
		return apply.Job{}, err
	}
	if tenant.ID != p.Doc.Tenant.ID {
		return apply.Job{}, fault.New("stale.tenant", "the plan is for another tenant than the credential's",
			fault.Then(s.command("preview"), "make a plan for this tenant"))
	}
	ledger, err := s.ledger(ctx, p.Doc.Tenant.ID)
	if err != nil {
		return apply.Job{}, err
	}
	source, err := s.source(cfg)
	if err != nil {
		return apply.Job{}, err
	}
	return apply.Job{
		Plan: p.Doc, Target: client.Writer(), Source: source, Ledger: ledger,
		ReadBack: readBack(cfg), Now: s.env.Now, Log: s.log, Progress: s.shows.count("applying"),
	}, nil
}

// runID returns a new id; ids sort by time.
func runID(now time.Time) (string, error) {
	b := make([]byte, 3)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return now.UTC().Format("20060102T150405Z") + "-" + hex.EncodeToString(b), nil
}
