// Package schedule turns the schedule of config.json into the definition of a
// scheduled task. It is pure: equal arguments give equal text, and the task
// says nothing that its schedule does not.
package schedule

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"adsync/core/fault"
)

// Spec is a schedule as config.json has it.
type Spec struct {
	Mode               string   `json:"mode"`  // Never, Daily, Every
	Times              []string `json:"times"` // HH:MM, with Daily
	Days               []string `json:"days"`  // mon ... sun, with Daily; none: every day
	EveryMinutes       int      `json:"everyMinutes"`
	Account            string   `json:"account"` // "": SYSTEM
	RandomDelayMinutes int      `json:"randomDelayMinutes"`
	LimitHours         int      `json:"limitHours"`
}

// The modes of a schedule.
const (
	Never = "never"
	Daily = "daily"
	Every = "every"
)

const (
	maxTriggers     = 48           // of the task schema
	maxEveryMinutes = 31 * 24 * 60 // Repetition/Interval: P31D
)

// days are the names of Spec.Days, in the order of the week.
var days = []struct{ short, long string }{
	{"mon", "Monday"},
	{"tue", "Tuesday"},
	{"wed", "Wednesday"},
	{"thu", "Thursday"},
	{"fri", "Friday"},
	{"sat", "Saturday"},
	{"sun", "Sunday"},
}

// Check reports what Task Scheduler would not take.
func (s Spec) Check() error {
	switch s.Mode {
	case Never, Daily, Every:
	default:
		return fault.New("usage.schedule.mode", fmt.Sprintf("the mode is %q, expected never, daily or every", s.Mode))
	}
	if s.RandomDelayMinutes < 0 || s.LimitHours < 1 {
		return fault.New("usage.schedule.limit", fmt.Sprintf(
			"a random delay of %d minutes and a limit of %d hours: expected 0 or more and 1 or more", s.RandomDelayMinutes, s.LimitHours))
	}
	if s.Mode == Every && (s.EveryMinutes < 1 || s.EveryMinutes > maxEveryMinutes) {
		return fault.New("usage.schedule.every", fmt.Sprintf("every %d minutes: expected 1 minute to 31 days", s.EveryMinutes))
	}
	if s.Mode != Daily {
		return nil
	}
	for _, d := range s.Days {
		if !slices.ContainsFunc(days, func(day struct{ short, long string }) bool { return day.short == d }) {
			return fault.New("usage.schedule.days", fmt.Sprintf("%q is no day, expected mon, tue, wed, thu, fri, sat or sun", d))
		}
	}
	for _, t := range s.Times {
		if _, err := parseClock(t); err != nil {
			return err
		}
	}
	switch n := len(s.clocks()); {
	case n == 0:
		return fault.New("usage.schedule.times", "a daily schedule without a time", fault.Hint("adsync schedule set --daily 02:00"))
	case n > maxTriggers:
		return fault.New("usage.schedule.tooMany",
			fmt.Sprintf("%d times a day, a scheduled task can have %d", n, maxTriggers),
			fault.Hint("adsync schedule set --every 15m runs at even intervals"))
	}
	return nil
}

// clock is a time of day in minutes.
type clock int

func parseClock(s string) (clock, error) {
	var hour, minute int
	if len(s) == 5 && s[2] == ':' && strings.Trim(s, "0123456789") == ":" {
		hour = int(s[0]-'0')*10 + int(s[1]-'0')
		minute = int(s[3]-'0')*10 + int(s[4]-'0')
		if hour < 24 && minute < 60 {
			return clock(hour*60 + minute), nil
		}
	}
	return 0, fault.New("usage.schedule.times", fmt.Sprintf("%q is no time of day, expected HH:MM", s))
}

// clocks are the times of day, in order and each once.
func (s Spec) clocks() []clock {
	var all []clock
	for _, t := range s.Times {
		if c, err := parseClock(t); err == nil {
			all = append(all, c)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// week are the days, in the order of the week and each once; none for every
// day.
func (s Spec) week() []string {
	var names []string
	for _, d := range days {
		if slices.Contains(s.Days, d.short) {
			names = append(names, d.long)
		}
	}
	if len(names) == len(days) {
		return nil
	}
	return names
}

// Digest tells two schedules apart by what a registered task would do. What the
// mode does not use does not count.
func (s Spec) Digest() string {
	text := s.Mode
	if s.Mode != Never {
		text = fmt.Sprintf("%s\n%v\n%v\n%d\n%s\n%d\n%d", s.Mode, s.usedClocks(), s.usedWeek(), s.usedEvery(),
			strings.ToLower(s.Account), s.RandomDelayMinutes, s.LimitHours)
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

func (s Spec) usedClocks() []clock {
	if s.Mode == Daily {
		return s.clocks()
	}
	return nil
}

func (s Spec) usedWeek() []string {
	if s.Mode == Daily {
		return s.week()
	}
	return nil
}

func (s Spec) usedEvery() int {
	if s.Mode == Every {
		return s.EveryMinutes
	}
	return 0
}
