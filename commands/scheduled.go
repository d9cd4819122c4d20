package commands

import (
	"context"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/schedule"
	"adsync/output"
)

// skipDocument is what a step of the scheduled task prints that has nothing to
// do.
type skipDocument struct {
	Format  int      `json:"format"`
	Skipped skipBody `json:"skipped"`
}

type skipBody struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// skip ends a step of the scheduled task with 0 and says why.
func (s *session) skip(ctx context.Context, code, text string) error {
	return s.print(ctx, output.Document{Type: "skipped", Value: skipDocument{Format: 1, Skipped: skipBody{Code: code, Text: text}}})
}

// skipApply ends apply where the scheduled task has nothing to carry out.
func (s *session) skipApply(ctx context.Context) error {
	return s.skip(ctx, "apply.nothing", "nothing is approved and not carried out")
}

// skipScheduled ends a step of the scheduled task while the schedule says never.
func (s *session) skipScheduled(ctx context.Context) (bool, error) {
	if !s.globals.Scheduled {
		return false, nil
	}
	c, err := s.configuration()
	if err != nil {
		return false, err
	}
	if c.Schedule.Mode != schedule.Never {
		return false, nil
	}
	return true, s.skip(ctx, "schedule.never", "schedule.mode is never")
}

// recordFailure keeps a record of a scheduled step that failed before there was
// a run: nobody sees what it prints. That another run holds the lock and that
// the arguments are wrong is no failure of the step.
func (s *session) recordFailure(ctx context.Context, err error) {
	code := exitCode(err)
	if !s.globals.Scheduled || s.began || err == nil || code == exitUsage || fault.Is(err, "run.busy") {
		return
	}
	if _, printed := asStatus(err); printed {
		return
	}
	if rerr := s.writeFailure(ctx, err, code); rerr != nil {
		s.log.ErrorContext(ctx, "cannot record the failed step", "error", rerr.Error())
	}
}

func (s *session) writeFailure(_ context.Context, failed error, code int) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	by, err := s.actor()
	if err != nil {
		return err
	}
	now := s.env.Now()
	id, err := runID(now)
	if err != nil {
		return err
	}
	b := body(failed)
	lines, err := apply.FailedStep(apply.Header{Format: 1, ID: id, StartedAt: utc(now), By: by}, s.path, code,
		apply.Problem{Code: b.Code, Message: b.Message, Hint: b.Hint}, utc(now))
	if err != nil {
		return err
	}
	journal, err := p.NewRun(id, lines[0])
	if err != nil {
		return err
	}
	for _, line := range lines[1:] {
		if err := journal.Append(line); err != nil {
			_ = journal.Close()
			return err
		}
	}
	return journal.Close()
}
