//go:build unix

package commands

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
)

// TestProcessesShareTheRate runs the program several times at once, for two
// profiles with one credential: on the wire they are not faster than one.
func TestProcessesShareTheRate(t *testing.T) {
	const most, processes, each = 5, 8, 3
	w := newWorld(t)
	s := w.central(tenant.Options{})
	w.must(ok, "config", "set", "rate.perSecond", "5")
	w.must(ok, "central", "validate")
	w.vars["ADSYNC_PROFILE"] = "other"
	w.pointAt(s)
	w.must(ok, "config", "set", "rate.perSecond", "5")
	w.must(ok, "central", "validate")
	s.Tenant.Reset()

	var wait []func() error
	outs := make([]bytes.Buffer, processes)
	for i := range processes {
		w.vars["ADSYNC_PROFILE"] = []string{"sandbox", "other"}[i%2]
		var diag bytes.Buffer
		c := w.process(&outs[i], &diag, "central", "validate")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		wait = append(wait, c.Wait)
	}
	for i, done := range wait {
		if err := done(); err != nil {
			t.Errorf("%v: %s", err, outs[i].String())
		}
	}
	var at []time.Time
	for _, c := range s.Tenant.Calls() {
		at = append(at, c.At)
	}
	if len(at) != processes*each {
		t.Fatalf("%d calls, want %d", len(at), processes*each)
	}
	slices.SortFunc(at, time.Time.Compare)
	// A call is counted before it is sent, and comes some time later: over the
	// whole run that evens out, within one second it need not.
	if took, least := at[len(at)-1].Sub(at[0]), time.Duration(processes*each/most-1)*time.Second; took < least {
		t.Errorf("%d calls in %s, which takes %s at %d a second", len(at), took, least, most)
	}
	budget, _ := w.probed(exitConfig)
	if b, _ := budget["budget"].([]any); len(b) == 0 {
		t.Error("probe shows no budget")
	}
}

// TestWaitForCentralIsShown: a person at a console sees what a step waits for, a
// script sees nothing but the document.
func TestWaitForCentralIsShown(t *testing.T) {
	w := newWorld(t)
	s := w.central(tenant.Options{})
	for _, terminal := range []bool{true, false} {
		w.terminal = terminal
		s.Tenant.Fault(tenant.Rule{Route: tenant.RouteWhoAmI, Times: 1, Status: 429, RetryAfter: "2"})
		began := time.Now()
		r := w.run("central", "validate")
		if took := time.Since(began); r.code != exitOK || took < 2*time.Second {
			t.Fatalf("exit %d after %s\n%s%s", r.code, took, r.stdout, r.stderr)
		}
		if shown := strings.Contains(r.stderr, limitWait); shown != terminal || screen(r.stderr) != "" {
			t.Errorf("at a console %v, stderr is %q", terminal, r.stderr)
		}
	}
}
