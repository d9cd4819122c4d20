package commands

import (
	"context"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/plan"
)

type previewCmd struct {
	FailOnChanges bool     `help:"End with 10 where the plan is not empty."`
	NoSave        bool     `help:"Do not save the plan; it can then not be approved."`
	Summary       bool     `help:"Leave the changes out."`
	Only          []string `sep:"none" placeholder:"WHO" help:"Plan for this person or group alone."`
	From          string   `placeholder:"SNAPSHOT" help:"Plan from a saved snapshot in place of the directory; such a plan is never saved."`
}

func (previewCmd) Help() string {
	return `Nothing is written to Sophos Central. Examples:

    adsync preview --output table

    adsync preview --fail-on-changes --summary

    adsync preview --only anna.silva@corp.example

    adsync preview --from corp.json --summary`
}

// Run reads both sides, makes and saves a plan, and prints it.
func (c *previewCmd) Run(ctx context.Context, s *session) error {
	if done, err := s.skipScheduled(ctx); done || err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	save := !c.NoSave && c.From == ""
	if c.From == "" {
		if err := s.settle(ctx); err != nil {
			return err
		}
	}
	doc, err := s.plan(ctx, planOptions{Only: c.Only, Save: save, From: c.From})
	if err != nil {
		return err
	}
	data, err := plan.Encode(doc)
	if err != nil {
		return err
	}
	p := savedPlan{Doc: doc}
	p.ID, p.SHA256 = plan.Digest(data)
	if save {
		profile, err := s.open()
		if err != nil {
			return err
		}
		if _, _, err := profile.SavePlan(data); err != nil {
			return err
		}
		if err := s.keepDeciding(ctx, doc.Inputs.Config); err != nil {
			return err
		}
		s.log.InfoContext(ctx, "plan saved", "plan", p.ID, "changes", len(doc.Changes), "holds", len(doc.Holds))
	}
	codes := []int{}
	if len(doc.Holds) > 0 || !doc.Complete {
		codes = append(codes, exitHeld)
	}
	if c.FailOnChanges && len(doc.Changes) > 0 {
		codes = append(codes, exitChanges)
	}
	return s.end(ctx, s.planOutput(p, c.Summary), codes...)
}

// settle finds out what became of the writes that were under way when a run was
// broken off, and enters it in the ledger. Nothing is written to Central.
func (s *session) settle(ctx context.Context) error {
	runs, err := s.allRuns()
	if err != nil {
		return err
	}
	for _, r := range runs {
		_, open, err := apply.Replay(r.Lines, false)
		if err != nil || len(open) == 0 {
			continue // allRuns has named records that cannot be read
		}
		if err := s.settleRun(ctx, r); err != nil {
			return err
		}
		s.runs = nil
	}
	return nil
}

func (s *session) settleRun(ctx context.Context, r pastRun) error {
	saved, err := s.loadPlan(r.Header.Plan)
	if fault.Is(err, "usage.plan.unknown") {
		s.log.WarnContext(ctx, "the plan of a broken-off run is gone", "runId", r.ID)
		return nil
	}
	if err != nil {
		return err
	}
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	client, _, err := s.centralClient(ctx, cfg)
	if err != nil {
		return err
	}
	ledger, err := s.ledger(ctx, saved.Doc.Tenant.ID)
	if err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	journal, err := p.OpenRun(r.ID)
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "reading back what was under way", "runId", r.ID)
	_, err = apply.SettleUnderway(ctx, apply.Job{
		Header: r.Header, Plan: saved.Doc, Target: client.Writer(), Ledger: ledger, Journal: journal,
		ReadBack: readBack(cfg), Lines: r.Lines, Now: s.env.Now, Log: s.log,
	})
	if cerr := journal.Close(); err == nil {
		err = cerr
	}
	return err
}
