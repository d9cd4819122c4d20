package commands

import (
	"context"
	"strconv"
	"strings"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/schedule"
)

type scheduleSetCmd struct {
	Daily        []string  `xor:"mode" required:"" placeholder:"HH:MM" help:"Every day, or on --days, at these times."`
	Days         []string  `placeholder:"DAY" help:"With --daily: mon, tue, wed, thu, fri, sat, sun."`
	Every        *duration `xor:"mode" required:"" placeholder:"DURATION" help:"At even intervals: 30m, 4h, 1d."`
	Never        bool      `xor:"mode" required:"" help:"Do not run by itself."`
	Unregistered bool      `xor:"mode" required:"" hidden:"" help:"Remember that the task was removed; Register-AdsyncTask.ps1 says so."`
	Registered   bool      `xor:"mode" required:"" hidden:"" help:"Remember that the task has this schedule; Register-AdsyncTask.ps1 says so."`
	Account      *string   `sep:"none" placeholder:"NAME" help:"Account of the task; SYSTEM where it is never set."`
}

func (scheduleSetCmd) Help() string {
	return `Examples:

    adsync schedule set --daily 02:00 --days mon,wed,fri

    adsync schedule set --every 4h

    adsync schedule set --never`
}

func (c *scheduleSetCmd) needsValidation() bool { return !c.Never && !c.Unregistered && !c.Registered }

func (c *scheduleSetCmd) precheck() error {
	if len(c.Days) > 0 && len(c.Daily) == 0 {
		return fault.New("usage.schedule.days", "--days goes with --daily")
	}
	if (c.Unregistered || c.Registered) && c.Account != nil {
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
	if c.Unregistered || c.Registered {
		return c.register(ctx, s)
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

// register remembers the schedule that the task has, or that there is no task; the
// schedule itself stays.
func (c *scheduleSetCmd) register(ctx context.Context, s *session) error {
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	if c.Registered {
		err = s.setRegistered(ctx, scheduleSpec(cfg))
	} else {
		err = s.unsetRegistered(ctx)
	}
	if err != nil {
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
