package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

// In each process of the race: enough calls to fill the second three times over.
const raceCalls = 15

var raceRate = Rate{PerSecond: 10, PerMinute: 1000, PerHour: 1000, PerDay: 1000}

// most is the largest number of calls in any stretch of this length.
func most(calls []time.Time, length time.Duration) int {
	n := 0
	for i := range calls {
		j := i
		for j < len(calls) && calls[j].Sub(calls[i]) < length {
			j++
		}
		n = max(n, j-i)
	}
	return n
}

func TestBudget(t *testing.T) {
	tests := map[string]struct {
		why      string
		rate     Rate
		calls    int
		min, max time.Duration
	}{
		"AtOnce": {
			why: "A few calls do not wait at all.", calls: 10, max: 0,
		},
		"Second": {
			why: "The second paces.", calls: 30, min: 2 * time.Second, max: 2200 * time.Millisecond,
		},
		"Minute": {
			why: "300 people are four minutes, not 22: the hour does not pace while it is not short.", calls: 370,
			min: 3 * time.Minute, max: 3*time.Minute + 20*time.Second,
		},
		"Hour": {
			why: "When the hour has run short it paces.", calls: 1010, min: time.Hour, max: 62 * time.Minute,
		},
		"Day": {
			why: "So does the day.", rate: Rate{PerSecond: 100, PerMinute: 100, PerHour: 100, PerDay: 150}, calls: 151,
			min: 24 * time.Hour, max: 24*time.Hour + 16*time.Minute,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				s, err := OpenShared(home, time.Now)
				if err != nil {
					t.Fatal(err)
				}
				b := s.Budget("client", tc.rate)
				began := time.Now()
				var calls []time.Time
				for range tc.calls {
					if err := b.Take(t.Context()); err != nil {
						t.Fatal(err)
					}
					calls = append(calls, time.Now())
				}
				if took := time.Since(began); took < tc.min || took > tc.max {
					t.Errorf("%s\ntook %v, want %v to %v", tc.why, took, tc.min, tc.max)
				}
				for _, sp := range b.spans {
					if n := most(calls, sp.length); n > sp.most {
						t.Errorf("%s\n%d calls within %v, at most %d", tc.why, n, sp.length, sp.most)
					}
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestUsage tells what is used of each span without taking any of it, to another
// process too.
func TestUsage(t *testing.T) {
	home := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		look := func(client string) []Usage {
			s, err := OpenShared(home, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			all, err := s.Budget(client, Rate{PerSecond: 3, PerMinute: 100}).Usage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			return all
		}
		none := []Usage{{time.Second, 3, 0, 0}, {time.Minute, 100, 0, 0}, {time.Hour, 1000, 0, 0}, {24 * time.Hour, 200000, 0, 0}}
		if d := cmp.Diff(none, look("client")); d != "" {
			t.Errorf("before the first call (-want +got):\n%s", d)
		}
		if _, err := os.Stat(filepath.Join(home, sharedFile)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("looking made the file: %v", err)
		}
		s, err := OpenShared(home, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := s.Budget("client", Rate{PerSecond: 3, PerMinute: 100}).Take(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		used := []Usage{{time.Second, 3, 3, 1050 * time.Millisecond}, {time.Minute, 100, 3, 0}, {time.Hour, 1000, 3, 0}, {24 * time.Hour, 200000, 3, 0}}
		for range 2 {
			if d := cmp.Diff(used, look("client")); d != "" {
				t.Errorf("after three calls (-want +got):\n%s", d)
			}
		}
		if d := cmp.Diff(none, look("other")); d != "" {
			t.Errorf("of another credential (-want +got):\n%s", d)
		}
		time.Sleep(2 * time.Second)
		used[0].Made, used[0].Wait = 0, 0
		if d := cmp.Diff(used, look("client")); d != "" {
			t.Errorf("two seconds later (-want +got):\n%s", d)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestBudgetIsKept(t *testing.T) {
	home := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		rate := Rate{PerSecond: 5, PerMinute: 5, PerHour: 5, PerDay: 5}
		take := func(client string) time.Duration {
			s, err := OpenShared(home, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			for range 5 {
				if err := s.Budget(client, rate).Take(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			return time.Since(began)
		}
		if d := take("one"); d != 0 {
			t.Errorf("the first calls waited %v", d)
		}
		if d := take("two"); d != 0 {
			t.Errorf("another credential waited %v", d)
		}
		if d := take("one"); d < 24*time.Hour {
			t.Errorf("a later process waited %v only", d)
		}
	})
}

func TestBudgetEndsWithTheContext(t *testing.T) {
	home := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s, err := OpenShared(home, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		b := s.Budget("client", Rate{PerSecond: 1, PerMinute: 1})
		if err := b.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began := time.Now()
		if err := b.Take(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 5*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
}

func TestClockSetBack(t *testing.T) {
	now := clock()
	s, err := OpenShared(t.TempDir(), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	b := s.Budget("client", Rate{PerSecond: 1, PerMinute: 1, PerHour: 1, PerDay: 1})
	if err := b.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = now.Add(-365 * 24 * time.Hour)
	db, err := s.db(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if wait, err := b.try(t.Context(), db); wait != 0 || err != nil {
		t.Errorf("calls of a year to come hold up those of today: %v, %v", wait, err)
	}
}

func TestProcessesShareABudget(t *testing.T) {
	home := t.TempDir()
	one, endOne := process(t, "budget", home)
	two, endTwo := process(t, "budget", home)
	var calls []time.Time
	for _, line := range []func() string{one, two} {
		for text := line(); text != ""; text = line() {
			n, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Fatalf("the other process says %q", text)
			}
			calls = append(calls, time.Unix(0, n))
		}
	}
	if err := errors.Join(endOne(), endTwo()); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(calls, time.Time.Compare)
	if len(calls) != 2*raceCalls {
		t.Fatalf("%d calls", len(calls))
	}
	// The times are taken a moment after the calls were counted.
	if n := most(calls, 800*time.Millisecond); n > raceRate.PerSecond {
		t.Errorf("%d calls of both within a second, at most %d", n, raceRate.PerSecond)
	}
	if took := calls[len(calls)-1].Sub(calls[0]); took < 1900*time.Millisecond {
		t.Errorf("30 calls at 10 a second took %v", took)
	}
}

func TestOwners(t *testing.T) {
	ctx := t.Context()
	s, err := OpenShared(t.TempDir(), clock)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range 2 {
		if err := s.Claim(ctx, "tenant", "one", "a", "b"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Claim(ctx, "tenant", "two", "c", "b"); fault.Code(err) != "store.owned" {
		t.Errorf("owned elsewhere: %v", err)
	}
	if err := s.Claim(ctx, "other tenant", "two", "b"); err != nil {
		t.Errorf("ids belong to a tenant: %v", err)
	}
	if err := s.Release(ctx, "tenant", "two", "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Release(ctx, "tenant", "one", "b"); err != nil {
		t.Fatal(err)
	}
	got, err := s.Owners(ctx, "tenant")
	if err != nil || len(got) != 1 || got["a"] != "one" {
		t.Errorf("got %v, %v", got, err)
	}
}

func BenchmarkTake(b *testing.B) {
	s, err := OpenShared(b.TempDir(), time.Now)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	budget := s.Budget("client", Rate{1e9, 1e9, 1e9, 1e9})
	for b.Loop() {
		if err := budget.Take(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
