package commands

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// duration is a span of time that also knows days: 90m, 24h, 7d.
type duration time.Duration

// UnmarshalText reads what is typed.
func (d *duration) UnmarshalText(text []byte) error {
	s := string(text)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, err := strconv.Atoi(days)
		if err != nil || n <= 0 || n > 36500 {
			return fmt.Errorf("%q is no duration such as 90m, 24h or 7d", s)
		}
		*d = duration(time.Duration(n) * 24 * time.Hour)
		return nil
	}
	v, err := time.ParseDuration(s)
	if err != nil || v <= 0 {
		return fmt.Errorf("%q is no duration such as 90m, 24h or 7d", s)
	}
	*d = duration(v)
	return nil
}

// date is a day or a time; without a zone it is local.
type date struct{ time.Time }

// UnmarshalText reads what is typed.
func (d *date) UnmarshalText(text []byte) error {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, string(text), time.Local); err == nil {
			d.Time = t.UTC()
			return nil
		}
	}
	return fmt.Errorf("%q is no date such as 2026-11-24 or 2026-11-24T10:15", text)
}
