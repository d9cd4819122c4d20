package directory

import (
	"testing"
	"time"
)

func TestFiletime(t *testing.T) {
	for in, want := range map[string]time.Time{
		"0": {}, "9223372036854775807": {}, "": {}, "-1": {}, "nonsense": {},
		"130959936000000000": time.Date(2015, 12, 31, 0, 0, 0, 0, time.UTC),
		"130959936000000001": time.Date(2015, 12, 31, 0, 0, 0, 100, time.UTC),
		// 10000-01-01: a year that JSON cannot hold.
		"2650467744000000000": {},
	} {
		if got := expiry(in); !got.Equal(want) {
			t.Errorf("%q gives %v, want %v", in, got, want)
		}
	}
}

func TestInterval(t *testing.T) {
	for in, want := range map[string]struct {
		span    time.Duration
		endless bool
	}{
		"-18000000000": {30 * time.Minute, false}, "0": {}, "-1": {100, false}, "5": {},
		"-9223372036854775808": {0, true}, "": {0, true}, "soon": {0, true},
		"-92233720368547759": {0, true}, // 292 years: more than a Duration holds
	} {
		if span, endless := interval(in); span != want.span || endless != want.endless {
			t.Errorf("%q gives %v %v, want %+v", in, span, endless, want)
		}
	}
}

func TestGeneralized(t *testing.T) {
	at := time.Date(2026, 11, 24, 10, 30, 15, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"20261124103015.0Z":        at,
		"20261124103015Z":          at,
		"20261124103015.250Z":      at.Add(250 * time.Millisecond),
		"20261124103015,5Z":        at.Add(500 * time.Millisecond),
		"20261124113015.0+0100":    at,
		"20261124070015-0330":      at,
		"20261124123015+02":        at,
		"202611241030Z":            at.Add(-15 * time.Second),
		"202611241030.25Z":         at,
		"2026112410.5Z":            at.Add(-15 * time.Second),
		"20261124102960Z":          at.Add(-16 * time.Second), // a leap second
		"16010101000000.0Z":        time.Date(1601, 1, 1, 0, 0, 0, 0, time.UTC),
		"":                         {},
		"20261124103015":           {}, // which zone?
		"20261124103015.Z":         {},
		"20261324103015Z":          {},
		"20261124103015+2400":      {},
		"20261124103015+0160":      {},
		"20261124103015+1":         {},
		"20261124103015 0100":      {},
		"20261124103015.0Z ":       {},
		"2026112410301Z":           {},
		"yesterday":                {},
		"20261124103015.0z":        {},
		"20261124103015.0+01:00":   {},
		"20261124103015.000000-00": at,
	} {
		if got := generalized(in); !got.Equal(want) {
			t.Errorf("%q gives %v, want %v", in, got, want)
		}
	}
}

// FuzzGeneralized: whatever the text, no panic; and what the directory writes
// itself comes back as it went in.
func FuzzGeneralized(f *testing.F) {
	for _, seed := range []string{"20261124103015.0Z", "2026112410.5+0100", "20261124102960,123-03"} {
		f.Add(seed, int64(0))
	}
	f.Fuzz(func(t *testing.T, text string, seconds int64) {
		_ = generalized(text)
		at := time.Unix(seconds%200_000_000_000, 0).UTC()
		if at.Year() < 1601 || at.Year() > 9999 {
			return
		}
		if got := generalized(at.Format("20060102150405.0Z")); !got.Equal(at) {
			t.Fatalf("%v becomes %v", at, got)
		}
	})
}
