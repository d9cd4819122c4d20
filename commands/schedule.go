package commands

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/schedule"
	"adsync/output"
)

// registeredKey is where the profile keeps what was registered last.
const registeredKey = "schedule.registered"

// registered is the schedule that was handed out to be registered.
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

type scheduleSetCmd struct {
	Daily        []string  `xor:"mode" required:"" placeholder:"HH:MM" help:"Every day, or on --days, at these times."`
	Days         []string  `placeholder:"DAY" help:"With --daily: mon, tue, wed, thu, fri, sat, sun."`
	Every        *duration `xor:"mode" required:"" placeholder:"DURATION" help:"At even intervals: 30m, 4h, 1d."`
	Never        bool      `xor:"mode" required:"" help:"Do not run by itself."`
	Unregistered bool      `xor:"mode" required:"" hidden:"" help:"Remember that the task was removed; Register-AdsyncTask.ps1 says so."`
	Account      *string   `sep:"none" placeholder:"NAME" help:"Account of the task; SYSTEM where it is never set."`
}

func (scheduleSetCmd) Help() string {
	return `Examples:

    adsync schedule set --daily 02:00 --days mon,wed,fri

    adsync schedule set --every 4h

    adsync schedule set --never`
}

func (c *scheduleSetCmd) needsValidation() bool { return !c.Never && !c.Unregistered }

func (c *scheduleSetCmd) precheck() error {
	if len(c.Days) > 0 && len(c.Daily) == 0 {
		return fault.New("usage.schedule.days", "--days goes with --daily")
	}
	if c.Unregistered && c.Account != nil {
		return fault.New("usage.schedule.account", "--account goes with a schedule")
	}
	if c.Every != nil && time.Duration(*c.Every)%time.Minute != 0 {
		return fault.New("usage.schedule.every", "the interval is in whole minutes")
	}
	return nil
}

// Run writes the schedule to config.json. Registering the task is up to
// Register-AdsyncTask.ps1.
func (c *scheduleSetCmd) Run(ctx context.Context, s *session) error {
	if c.Unregistered {
		return c.unregister(ctx, s)
	}
	changes := [][]string{}
	switch {
	case c.Never:
		changes = append(changes, []string{"schedule.mode", schedule.Never})
	case c.Every != nil:
		span := time.Duration(*c.Every)
		changes = append(changes, []string{"schedule.mode", schedule.Every},
			[]string{"schedule.everyMinutes", strconv.Itoa(int(span / time.Minute))})
	default:
		changes = append(changes, []string{"schedule.mode", schedule.Daily},
			append([]string{"schedule.times"}, c.Daily...), append([]string{"schedule.days"}, lower(c.Days)...))
	}
	if c.Account != nil {
		changes = append(changes, []string{"schedule.account", *c.Account})
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	data, err := p.ReadConfig()
	if err != nil {
		return err
	}
	for _, change := range changes {
		if len(change) == 1 {
			data, _, err = config.SetJSON(data, change[0], []byte("[]"))
		} else {
			data, _, err = config.Set(data, change[0], change[1:])
		}
		if err != nil {
			return err
		}
	}
	cfg, err := parseConfig(data)
	if err != nil {
		return err
	}
	if err := scheduleSpec(cfg).Check(); err != nil {
		return err
	}
	if err := p.WriteConfig(data); err != nil {
		return err
	}
	return s.printSchedule(ctx, cfg)
}

// unregister forgets the schedule that was registered, and changes none.
func (c *scheduleSetCmd) unregister(ctx context.Context, s *session) error {
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	if err := p.Unset(ctx, registeredKey); err != nil {
		return err
	}
	return s.printSchedule(ctx, cfg)
}

func lower(texts []string) []string {
	out := []string{}
	for _, t := range texts {
		out = append(out, strings.ToLower(t))
	}
	return out
}

type scheduleXMLCmd struct {
	File       string `placeholder:"FILE" help:"Write the task to this file, as UTF-16, the form that schtasks /xml reads."`
	Script     string `placeholder:"FILE" help:"Path of Invoke-AdsyncScheduledRun.ps1; otherwise the one beside the program."`
	NoTriggers bool   `help:"Leave the triggers out: the task then runs on demand only."`
}

func (scheduleXMLCmd) Help() string {
	return `Example:

    adsync schedule xml --file task.xml`
}

// Run prints the definition of the task. With its triggers it is what gets
// registered, so that is remembered.
func (c *scheduleXMLCmd) Run(ctx context.Context, s *session) error {
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	spec := scheduleSpec(cfg)
	script := c.Script
	if script == "" {
		program, err := s.env.Program()
		if err != nil {
			return fmt.Errorf("find the program: %w", err)
		}
		script = filepath.Join(filepath.Dir(program), "Invoke-AdsyncScheduledRun.ps1")
	}
	text, err := schedule.XML(spec, schedule.Action{
		Profile: s.name, Home: s.home, Script: script, Start: s.env.Now(), NoTriggers: c.NoTriggers,
	})
	if err != nil {
		return err
	}
	if c.File != "" {
		if err := os.WriteFile(c.File, schedule.UTF16(text), 0o600); err != nil {
			return fault.New("usage.schedule.file", "the file cannot be written", fault.Cause(err))
		}
	}
	if !c.NoTriggers || spec.Mode == schedule.Never {
		p, err := s.open()
		if err != nil {
			return err
		}
		if err := p.Set(ctx, registeredKey, registered{Digest: spec.Digest(), At: utc(s.env.Now())}); err != nil {
			return err
		}
	}
	if s.out.Format == output.Table && s.out.Filter == nil {
		_, err := io.WriteString(s.env.Stdout, text)
		return err
	}
	return s.print(ctx, output.Document{Type: "task", Value: struct {
		Format int    `json:"format"`
		XML    string `json:"xml"`
		Task   string `json:"task"`
		File   string `json:"file"`
	}{1, text, schedule.TaskName(s.name), c.File}})
}
