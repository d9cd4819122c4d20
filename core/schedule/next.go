package schedule

import (
	"slices"
	"strings"
	"time"
)

// anchor is where the even intervals of Every are counted from: a midnight by
// the clock on the wall, so that intervals which divide a day start at the same
// times every day.
var anchor = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// Next returns the first start that is due after a time, in that time's zone;
// ok is false where none ever is. The random delay comes on top.
func (s Spec) Next(after time.Time) (next time.Time, ok bool) {
	if s.Check() != nil {
		return time.Time{}, false
	}
	wall := wallClock(after)
	switch s.Mode {
	case Daily:
		// A week and a day: the same weekday next week may be the first.
		for day := range 9 {
			for _, c := range s.clocks() {
				at := midnight(wall).AddDate(0, 0, day).Add(time.Duration(c) * time.Minute)
				if at := inZone(at, after.Location()); at.After(after) && s.on(at.Weekday()) {
					return at, true
				}
			}
		}
	case Every:
		// Where the clock is put forward or back, one start may be passed over.
		for at := s.firstAfter(wall.Add(-2 * time.Hour)); ; at = at.Add(s.interval()) {
			if at := inZone(at, after.Location()); at.After(after) {
				return at, true
			}
		}
	}
	return time.Time{}, false
}

func (s Spec) interval() time.Duration { return time.Duration(s.EveryMinutes) * time.Minute }

// firstAfter is the first even interval after a time of the clock on the wall.
func (s Spec) firstAfter(wall time.Time) time.Time {
	n := wall.Sub(anchor) / s.interval()
	at := anchor.Add(n * s.interval())
	for !at.After(wall) {
		at = at.Add(s.interval())
	}
	return at
}

func (s Spec) on(day time.Weekday) bool {
	week := s.week()
	return len(week) == 0 || slices.Contains(week, day.String())
}

// wallClock is what the clock on the wall shows, as a time without a zone.
func wallClock(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC)
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
}

func inZone(wall time.Time, zone *time.Location) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), 0, 0, zone)
}

// boundary is a time as the task schema has it: without a zone it is the
// machine's own, and follows its summer time.
func boundary(wall time.Time) string { return wall.Format("2006-01-02T15:04:05") }

// system reports whether the account is SYSTEM, which logs on without a
// password.
func system(account string) bool {
	switch a := strings.ToLower(account); a {
	case "", "system", "s-1-5-18":
		return true
	default:
		return strings.HasSuffix(a, `\system`)
	}
}
