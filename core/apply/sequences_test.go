package apply_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"adsync/core/apply"
	"adsync/core/plan"
)

// TestFaultSequences is the law of TestKilledAnywhere over real HTTP: with the
// client of Sophos Central on this side and the simulated tenant on the other,
// and whatever a network does between them. Every plan is made of what the
// client read; where it said that a list is whole, it has to be the tenant's.
// ADSYNC_SOAK=1 tries ten thousand.
func TestFaultSequences(t *testing.T) {
	seeds := uint64(300)
	if os.Getenv("ADSYNC_SOAK") != "" {
		seeds = 10_000
	}
	var all tally
	var workers sync.WaitGroup
	var next atomic.Uint64
	for range 2 {
		workers.Go(func() {
			site := newSite()
			defer site.server.Close()
			for seed := next.Add(1) - 1; seed < seeds && !t.Failed(); seed = next.Add(1) - 1 {
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) { sequence(t, site, seed, &all) })
			}
		})
	}
	workers.Wait()
	t.Logf("%d sequences: %d plans, %d failed reads, %d sessions, %d calls; %d kills, %d cancellations, faults %v",
		all.sequences, all.plans, all.unread, all.sessions, all.calls, all.kills, all.cancels, all.faults)
	if all.sequences == int(seeds) && (all.kills == 0 || all.cancels == 0 || all.unread == 0 || len(all.faults) < len(faults())) {
		t.Error("not everything was tried")
	}
}

// sequence is what happens to one company under one seed: three states that its
// directory wants, each planned and carried out under trouble.
func sequence(t *testing.T, site *site, seed uint64, all *tally) {
	t.Helper()
	w := newWired(site, seed)
	defer all.add(&w.tally)
	defer w.part()
	for round := range 3 {
		w.desire()
		if w.sync(t, round); t.Failed() {
			t.Errorf("round %d; repeat it: ADSYNC_SOAK=1 go test ./core/apply -run 'TestFaultSequences/%d$'", round, seed)
			return
		}
	}
}

// tally counts what was tried.
type tally struct {
	mu                                                        sync.Mutex
	sequences, plans, unread, sessions, calls, kills, cancels int
	faults                                                    map[string]int
}

func (a *tally) add(b *tally) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sequences++
	a.plans, a.unread, a.sessions = a.plans+b.plans, a.unread+b.unread, a.sessions+b.sessions
	a.calls, a.kills, a.cancels = a.calls+b.calls, a.kills+b.kills, a.cancels+b.cancels
	if a.faults == nil {
		a.faults = map[string]int{}
	}
	for name, n := range b.faults {
		a.faults[name] += n
	}
}

// sync plans and applies until nothing is left to do, and looks at what came of
// it. What is freed by one plan comes with the next.
func (w *wired) sync(t *testing.T, round int) {
	t.Helper()
	for again := range 5 {
		w.at.Add(int64(time.Hour))
		w.budget = w.r.IntN(9)
		in, ok := w.read(t)
		if !ok {
			return
		}
		w.lifted(plan.Diff(in))
		for _, c := range w.changes {
			if c.Cause.Code == plan.CauseCentralChanged || c.Cause.Code == plan.CauseCentralDeleted {
				t.Errorf("%v, though nobody else changed anything", names([]plan.Change{c}))
			}
		}
		if len(w.changes)+len(w.holds) == 0 {
			w.check(t)
			return
		}
		w.runID = fmt.Sprintf("run-%d-%d", round, again)
		if w.apply(t); t.Failed() {
			return
		}
	}
	t.Errorf("five plans, and there still are changes: %v holds %v", names(w.changes), names(w.holds))
}

// read asks Central until it has answered in full. What the client calls whole
// is compared with what the tenant holds.
func (w *wired) read(t *testing.T) (in plan.Input, ok bool) {
	t.Helper()
	var err error
	for try := range 20 {
		if try >= 12 {
			w.budget = 0
		}
		ctx, cancel := context.WithCancel(t.Context())
		w.cancel = cancel
		killed := kill(func() { in, err = w.list(ctx) })
		cancel()
		if killed || w.dead.Load() {
			w.revive()
			w.tally.unread++
			continue
		}
		if err == nil {
			w.tally.plans++
			w.compare(t, in)
			return in, !t.Failed()
		}
		w.tally.unread++
		w.at.Add(int64(time.Minute))
		w.dial()
	}
	t.Errorf("twenty times Central could not be read, the last: %v", err)
	return in, false
}

// revive starts a new process after a kill.
func (w *wired) revive() {
	w.tally.kills++
	w.dead.Store(false)
	w.tenant.ClearFaults()
	w.dial()
}

func (w *wired) list(ctx context.Context) (plan.Input, error) {
	users, err := w.client.Users(ctx)
	if err != nil {
		return plan.Input{}, err
	}
	groups, err := w.client.Groups(ctx)
	if err != nil {
		return plan.Input{}, err
	}
	for i, g := range groups {
		if g.MembersKnown {
			continue
		}
		if groups[i].Members, err = w.client.Members(ctx, g.ID); err != nil {
			return plan.Input{}, err
		}
		groups[i].MembersKnown = true
	}
	return w.input(users, groups), nil
}

// apply runs and resumes until nothing is left to try again.
func (w *wired) apply(t *testing.T) {
	t.Helper()
	w.journal = &journal{}
	made := w.time()
	var last apply.Run
	for session := range 30 {
		w.tally.sessions++
		if session >= 20 {
			w.budget = 0
		}
		ctx, cancel := context.WithCancel(t.Context())
		w.cancel = cancel
		w.journal.hook = w.disk()
		var run apply.Run
		killed := kill(func() { run = w.session(ctx, t, made, session) })
		cancel()
		last = run
		dead := w.dead.Load()
		if killed || dead {
			w.revive()
		}
		w.at.Add(int64(w.r.IntN(40)) * int64(time.Minute))
		if t.Failed() {
			return
		}
		if !killed && run.Outcome == apply.Complete {
			if run.Summary.Stale > 0 {
				t.Errorf("stale, though nobody else changed anything: %v", w.outcomes(run))
			}
			return
		}
		if !killed && !dead {
			w.dial()
		}
	}
	t.Errorf("thirty sessions did not bring the run to an end; the last: %s %+v %v", last.Outcome, last.Error, w.outcomes(last))
}

// disk kills before or after a line is kept.
func (w *wired) disk() func(int) (bool, bool, error) {
	return func(int) (before, after bool, err error) {
		if w.dead.Load() {
			return true, false, nil
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.budget == 0 || w.chance.IntN(60) > 0 {
			return false, false, nil
		}
		w.budget--
		first := w.chance.IntN(2) == 0
		return first, !first, nil
	}
}

// session is one process.
func (w *wired) session(ctx context.Context, t *testing.T, made time.Time, n int) apply.Run {
	t.Helper()
	j := w.job(t)
	j.Plan.CreatedAt, j.Header.StartedAt = made, made
	j.Now = w.time
	j.Target = w.client.Writer()
	if n == 0 {
		w.begin(t, j)
	}
	j.Lines = slices.Clone(w.journal.lines)
	if n > 0 && w.r.IntN(4) == 0 { // a preview between
		if _, err := apply.SettleUnderway(ctx, j); err != nil && errors.Is(err, errKilled) {
			t.Fatal(err)
		}
		j.Lines = slices.Clone(w.journal.lines)
	}
	do := apply.Resume
	if n == 0 {
		do = apply.Do
	}
	run, err := do(ctx, j)
	if err != nil {
		t.Error(err)
	}
	return run
}
