package commands

import (
	"context"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/schedule"
	"adsync/output"
)

// registeredKey is where the profile keeps what was registered last.
const registeredKey = "schedule.registered"

// registered is the schedule that the task has.
type registered struct {
	Digest string    `json:"digest"`
	At     time.Time `json:"at"`
}

// scheduleSpec returns the schedule of the configuration.
func scheduleSpec(c config.Config) schedule.Spec {
	return schedule.Spec{
		Mode: c.Schedule.Mode, Times: c.Schedule.Times, Days: c.Schedule.Days, EveryMinutes: c.Schedule.EveryMinutes,
		Account: c.Schedule.Account, RandomDelayMinutes: c.Schedule.RandomDelayMinutes, LimitHours: c.Schedule.LimitHours,
	}
}

// scheduleDocument is what schedule show and schedule set print.
type scheduleDocument struct {
	Format     int           `json:"format"`
	Schedule   schedule.Spec `json:"schedule"`
	Task       string        `json:"task"`
	Registered bool          `json:"registered"` // the task has this schedule
	NextRun    *time.Time    `json:"nextRun"`
	Problems   []problemLine `json:"problems"`
	Next       []fault.Next  `json:"next"`
}

// problemLine is something that wants looking after.
type problemLine struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// isRegistered reports whether the schedule is the one that was registered. A
// schedule that never runs needs no registration.
func (s *session) isRegistered(ctx context.Context, spec schedule.Spec) (registered, bool, error) {
	p, err := s.open()
	if err != nil {
		return registered{}, false, err
	}
	var r registered
	known, err := p.Get(ctx, registeredKey, &r)
	if err != nil {
		return r, false, err
	}
	if !known {
		return r, spec.Mode == schedule.Never, nil
	}
	return r, r.Digest == spec.Digest(), nil
}

// setRegistered remembers that the task has a schedule.
func (s *session) setRegistered(ctx context.Context, spec schedule.Spec) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Set(ctx, registeredKey, registered{Digest: spec.Digest(), At: utc(s.env.Now())})
}

// unsetRegistered remembers that there is no task.
func (s *session) unsetRegistered(ctx context.Context) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Unset(ctx, registeredKey)
}

func (s *session) printSchedule(ctx context.Context, c config.Config) error {
	spec := scheduleSpec(c)
	_, ok, err := s.isRegistered(ctx, spec)
	if err != nil {
		return err
	}
	d := scheduleDocument{
		Format: 1, Schedule: spec, Task: schedule.TaskName(s.name), Registered: ok,
		Problems: []problemLine{}, Next: []fault.Next{},
	}
	if next, due := spec.Next(s.env.Now()); due {
		d.NextRun = new(utc(next))
	}
	if !ok {
		d.Problems = append(d.Problems, notRegistered)
		d.Next = append(d.Next, s.registerNext())
	}
	return s.print(ctx, output.Document{Type: "schedule", Value: d, Lists: []output.List{
		{Field: "problems", Type: "problem"}, {Field: "next", Type: "next"},
	}})
}

var notRegistered = problemLine{
	Code: "schedule.notRegistered",
	Text: "the task of Task Scheduler does not have this schedule; Register-AdsyncTask.ps1 registers it",
}

// registerNext is the command that registers the task.
func (s *session) registerNext() fault.Next {
	line := "Register-AdsyncTask.ps1 -Profile " + quoted(s.name)
	if s.globals.Home != "" {
		line += " -HomePath " + quoted(s.globals.Home)
	}
	return fault.Next{Command: line, Why: "give the task this schedule"}
}

type scheduleShowCmd struct{}

func (scheduleShowCmd) Help() string {
	return `Example:

    adsync schedule show --output table`
}

// Run prints the schedule.
func (scheduleShowCmd) Run(ctx context.Context, s *session) error {
	c, err := s.configuration()
	if err != nil {
		return err
	}
	return s.printSchedule(ctx, c)
}
