package commands

import (
	"context"
	"time"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/store"
	"adsync/output"
)

// runDocument is a run as apply, run resume and run show print it.
type runDocument struct {
	apply.Run
	Error *errorBody   `json:"error,omitempty"` // why it ended early
	Next  []fault.Next `json:"next"`
}

// runOutput returns how a run is printed.
func (s *session) runOutput(r apply.Run) output.Document {
	d := runDocument{Run: r, Next: []fault.Next{}}
	if d.Results == nil {
		d.Results = []apply.Result{}
	}
	if r.Error != nil {
		d.Error = &errorBody{Code: r.Error.Code, Message: r.Error.Message, Hint: r.Error.Hint, Details: []string{}, Next: []fault.Next{}}
	}
	if resumable(r) {
		d.Next = append(d.Next, s.next("go on with what was not done", "run", "resume", r.ID))
	}
	if r.Summary.Stale > 0 {
		d.Next = append(d.Next, s.next("plan again what has changed meanwhile", "preview"))
	}
	return output.Document{Type: "run", Value: d, Closing: "summary", Lists: []output.List{
		{Field: "results", Type: "result", Columns: []string{"change", "outcome", "calls", "error.code", "error.message"}},
		{Field: "next", Type: "next"},
	}}
}

// runCodes returns the exit codes that speak for a run. Stale changes are an end
// of their own: objects changed since the plan was made.
func runCodes(ctx context.Context, r apply.Run) []int {
	var codes []int
	if r.Error != nil {
		codes = append(codes, codeExit(r.Error.Code))
	}
	switch r.Outcome {
	case apply.Partial:
		codes = append(codes, exitPartial)
	case apply.Interrupted:
		if ctx.Err() != nil {
			codes = append(codes, exitInterrupted)
		}
		if len(codes) == 0 {
			codes = append(codes, exitPartial)
		}
	case apply.Complete, apply.Broken, apply.Running:
	}
	if r.Summary.Stale > 0 {
		codes = append(codes, exitStale)
	}
	return codes
}

type runListCmd struct{}

func (runListCmd) Help() string {
	return `Example:

    adsync run list --output table`
}

// runLine is a run in the list.
type runLine struct {
	ID         string        `json:"id"`
	Plan       *string       `json:"plan"`
	StartedAt  time.Time     `json:"startedAt"`
	FinishedAt *time.Time    `json:"finishedAt"`
	Outcome    apply.Ending  `json:"outcome"`
	Summary    apply.Summary `json:"summary"`
	Step       string        `json:"step"`  // of a scheduled step that failed before a run
	Error      string        `json:"error"` // code, "" of a run that ended by itself
}

// Run lists the runs, newest first.
func (runListCmd) Run(ctx context.Context, s *session) error {
	runs, err := s.allRuns()
	if err != nil {
		return err
	}
	lines := []runLine{}
	for _, r := range runs {
		lines = append(lines, lineOfRun(r))
	}
	return s.print(ctx, output.Document{
		Type: "runs",
		Value: struct {
			Format int       `json:"format"`
			Runs   []runLine `json:"runs"`
		}{1, lines},
		Lists: []output.List{{Field: "runs", Type: "run", Columns: []string{
			"id", "plan", "startedAt", "outcome", "summary.done", "summary.already", "summary.stale",
			"summary.failed", "summary.unknown", "summary.skipped", "summary.calls", "error",
		}}},
	})
}

func lineOfRun(r pastRun) runLine {
	line := runLine{
		ID: r.ID, Plan: r.Doc.Plan, StartedAt: r.Doc.StartedAt, Outcome: r.Doc.Outcome,
		Summary: r.Doc.Summary, Step: r.Doc.Step,
	}
	if !r.Doc.FinishedAt.IsZero() {
		line.FinishedAt = new(r.Doc.FinishedAt)
	}
	if r.Doc.Error != nil {
		line.Error = r.Doc.Error.Code
	}
	return line
}

type runShowCmd struct {
	ID string `arg:"" optional:"" default:"latest" help:"Id of the run, a prefix of it, or latest."`
}

func (runShowCmd) Help() string {
	return `Example:

    adsync run show latest --output table`
}

// Run prints what happened, change by change.
func (c *runShowCmd) Run(ctx context.Context, s *session) error {
	busy, err := s.underway()
	if err != nil {
		return err
	}
	r, err := s.loadRun(c.ID, busy)
	if err != nil {
		return err
	}
	if newest, err := s.allRuns(); err != nil {
		return err
	} else if busy && len(newest) > 0 && newest[0].ID != r.ID {
		if r, err = s.loadRun(r.ID, false); err != nil {
			return err
		}
	}
	return s.print(ctx, s.runOutput(r.Doc))
}

type runResumeCmd struct {
	ID string `arg:"" optional:"" help:"Id of the run; otherwise the newest."`
}

func (runResumeCmd) Help() string {
	return `An interrupted run is gone on with; of a partial one what failed or is unknown is tried again. Example:

    adsync run resume`
}

func (c *runResumeCmd) precheck() error {
	if c.ID == "" || c.ID == latest {
		return nil
	}
	return store.RunName(c.ID)
}

// Run goes on with a run.
func (c *runResumeCmd) Run(ctx context.Context, s *session) error {
	if done, err := s.skipScheduled(ctx); done || err != nil {
		return err
	}
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	r, err := s.loadRun(first(c.ID, latest), false)
	if fault.Is(err, "usage.run.unknown") && c.ID == "" && s.globals.Scheduled {
		return s.skip(ctx, "run.none", "there is no run to go on with")
	}
	if err != nil {
		return err
	}
	if !resumable(r.Doc) {
		return s.print(ctx, s.runOutput(r.Doc))
	}
	return s.resume(ctx, r)
}
