package schedule

import (
	"fmt"
	"strconv"
	"time"

	"adsync/core/fault"
)

// Duration is a length of time as people type it here: a whole number and one
// of s, m, h, d ("90m", "24h", "7d"). Go's own durations know no days.
type Duration time.Duration

const maxDuration = 36500 * 24 * time.Hour

// ParseDuration reads a Duration of more than nothing and up to a hundred years.
func ParseDuration(s string) (time.Duration, error) {
	wrong := fault.New("usage.duration", fmt.Sprintf("%q is no duration", s), fault.Hint("durations are 90m, 24h or 7d"))
	if len(s) < 2 {
		return 0, wrong
	}
	unit, ok := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour}[s[len(s)-1]]
	n, err := strconv.Atoi(s[:len(s)-1])
	if !ok || err != nil || s[0] < '0' || s[0] > '9' || n == 0 || n > int(maxDuration/unit) {
		return 0, wrong
	}
	return time.Duration(n) * unit, nil
}

// UnmarshalText reads what ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := ParseDuration(string(text))
	if err != nil {
		return err
	}
	*d = Duration(parsed)
	return nil
}

// String is the shortest form that ParseDuration reads.
func (d Duration) String() string {
	t := time.Duration(d)
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if t != 0 && t%u.unit == 0 {
			return strconv.FormatInt(int64(t/u.unit), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(t/time.Second), 10) + "s"
}
