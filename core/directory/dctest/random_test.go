package dctest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/dctest"
)

// requests are what is read under faults.
var requests = []directory.Request{
	{
		Attributes: []string{"department", "proxyAddresses"},
		Scopes:     []directory.Scope{{Domain: dctest.Domain, Users: []directory.Search{{}}, Groups: []directory.Search{{}}}},
	},
	{
		// Two bases for people, one of them below the other, and one for groups.
		Attributes: []string{"department"},
		Scopes: []directory.Scope{{
			Domain: dctest.Domain,
			Users:  []directory.Search{{Bases: []directory.Base{{DN: dctest.Staff}, {DN: dctest.Sales}, {DN: dctest.Others}}}},
			Groups: []directory.Search{{Bases: []directory.Base{{DN: dctest.Teams}}}},
		}},
	},
}

// TestRandomFaults plays random faults over a reading: either it is the truth, or
// it is marked as incomplete where it is not.
func TestRandomFaults(t *testing.T) {
	rounds, first := 1000, uint64(1)
	if os.Getenv("ADSYNC_SOAK") != "" {
		rounds = 10_000
	}
	if only := os.Getenv("ADSYNC_FAULT_SEED"); only != "" {
		n, err := strconv.ParseUint(only, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		rounds, first = 1, n
	}
	w := dctest.NewWorld(t, dctest.Options{})
	var truths []*truth
	for _, r := range requests {
		truths = append(truths, learn(t, w, r))
	}
	var exact, marked, failed atomic.Int32
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range 48 {
		workers.Go(func() {
			for seed := range seeds {
				truth := truths[seed%uint64(len(truths))]
				name, problems, out := round(t, w, truth, seed)
				switch {
				case out.err != nil:
					failed.Add(1)
				case truth.exact(out):
					exact.Add(1)
				default:
					marked.Add(1)
				}
				if len(problems) > 0 {
					t.Errorf("seed %d: %s\nerror %v\n%s\n%s\nrepeat with ADSYNC_FAULT_SEED=%d go test -run TestRandomFaults ./core/directory/dctest",
						seed, name, out.err, strings.Join(problems[:min(len(problems), 3)], "\n"), reads(out), seed)
				}
			}
		})
	}
	for i := range rounds {
		seeds <- first + uint64(i)
	}
	close(seeds)
	workers.Wait()
	t.Logf("%d rounds: %d the truth, %d marked as incomplete, %d errors", rounds, exact.Load(), marked.Load(), failed.Load())
	if rounds > 1 && (exact.Load() == 0 || marked.Load() == 0 || failed.Load() == 0) {
		t.Error("the faults do not come to all outcomes")
	}
}

func round(t *testing.T, w *dctest.World, truth *truth, seed uint64) (string, []string, outcome) {
	t.Helper()
	name, lies, script := random(seed)
	c := w.Controller(t)
	defer c.Stop()
	c.Play(script)
	ctx, cancel := context.WithTimeout(t.Context(), roundTime)
	defer cancel()
	o := c.Options()
	o.Timeout = 400 * time.Millisecond
	out := truth.look(ctx, o)
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return name, []string{fmt.Sprintf("it did not end within %s", roundTime)}, out
	}
	return name, truth.wrong(out, !lies), out
}

func reads(out outcome) string {
	var b strings.Builder
	for _, r := range out.coverage.Reads {
		fmt.Fprintf(&b, "%s %s: %d entries, complete %v %s %s\n", r.Kind, r.Base, r.Entries, r.Complete, r.Code, r.Reason)
	}
	return b.String()
}
