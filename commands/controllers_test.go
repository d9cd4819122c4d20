package commands

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"adsync/core/directory/dctest"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// controllers sets a profile up that reads scripted domain controllers, tried in
// their order, for a simulated tenant.
func (w *world) controllers(list ...*dctest.Controller) {
	w.t.Helper()
	w.vars["ADSYNC_PROFILE"] = "main"
	central := tenanttest.Start(w.t, tenant.Options{Now: w.now})
	servers := []string{"config", "set", "directory.servers"}
	for _, c := range list {
		servers = append(servers, c.Host)
	}
	for _, set := range [][]string{
		{"central.identityUrl", central.URL},
		{"central.globalUrl", central.URL},
		{"central.caFile", central.CAFile},
		{"rate.perSecond", "10000"},
		{"rate.perMinute", "100000"},
		{"rate.perHour", "1000000"},
		{"rate.perDay", "10000000"},
	} {
		w.must(ok, append([]string{"config", "set"}, set...)...)
	}
	w.stdin = central.Secret + "\n"
	w.must(ok, "credential", "set", "central", "--user", central.ClientID)
	w.must(ok, "central", "validate")
	for _, set := range [][]string{{"directory.security", "none"}, {"directory.bind", "simple"}, {"directory.port", strconv.Itoa(list[0].Port)}} {
		w.must(ok, append([]string{"config", "set"}, set...)...)
	}
	w.must(ok, servers...)
	w.stdin = dctest.Password + "\n"
	w.must(ok, "credential", "set", "directory", "--user", list[0].Options().User)
	w.must(ok, "scope", "domain", "include", dctest.Domain)
}

// without is a controller that does not know some people yet, nor that they
// belong to any group.
func without(people map[string]bool) dctest.Script {
	return func(_ *dctest.Request, a *dctest.Answer) {
		a.Entries = slices.DeleteFunc(a.Entries, func(e dctest.Entry) bool { return people[e.DN()] })
		for i, e := range a.Entries {
			for _, attribute := range e.Attributes {
				if attribute.Name == "member" {
					a.Entries[i] = e.With("member", slices.DeleteFunc(slices.Clone(attribute.Values), func(v string) bool {
						return people[dctest.Entry{Name: v}.DN()]
					})...)
				}
			}
		}
	}
}

// tally counts changes or holds by rule, action, kind and cause.
func tally(d map[string]any, field string) map[string]int {
	n := map[string]int{}
	list, _ := d[field].([]any)
	for _, e := range list {
		c, _ := e.(map[string]any)
		cause, _ := c["cause"].(map[string]any)
		what := fmt.Sprintf("%v %v %v", c["action"], c["kind"], cause["code"])
		if rule, held := c["rule"].(map[string]any); held {
			what = fmt.Sprintf("%v %s", rule["code"], what)
		}
		count, _ := c["count"].(float64)
		n[what] += max(1, int(count))
	}
	return n
}

// TestSecondControllerLags: the controller of the first run is gone, and the one
// that is left does not know 500 of its people yet.
func TestSecondControllerLags(t *testing.T) {
	forest := dctest.NewWorld(t, dctest.Options{People: 680, MaxPageSize: 1000, MaxValRange: 5000})
	one := forest.Controller(t)
	two := forest.Controller(t, dctest.At("127.0.0.2", one.Port), dctest.Named("dc2."+dctest.Domain, "0123456789abcdef", nil))
	w := newWorld(t)
	w.controllers(one, two)
	const lags = 500
	late := map[string]bool{}
	one.Play(func(_ *dctest.Request, a *dctest.Answer) {
		for _, e := range a.Entries {
			if e.Value("sAMAccountName") >= "p0100" && e.Value("userAccountControl") == "512" && len(late) < lags {
				late[e.DN()] = true
			}
		}
	})
	first := w.preview()
	if len(late) != lags {
		t.Fatalf("%d people", len(late))
	}
	w.must(ok, "approve", first)
	w.must([]int{exitOK}, "apply")
	if d := w.must([]int{exitOK}, "preview"); len(tally(d, "changes"))+len(tally(d, "holds")) > 0 {
		t.Fatalf("after the run: %v %v", tally(d, "changes"), tally(d, "holds"))
	}

	one.Stop()
	two.Play(without(late))
	waits := func(why, hold string) {
		t.Helper()
		d := w.must([]int{exitHeld}, "preview")
		if changes, held := tally(d, "changes"), tally(d, "holds"); len(changes) > 0 || len(held) != 1 || held[hold] != lags {
			t.Fatalf("%s\nchanges %v, holds %v; want %d of %q alone", why, changes, held, lags, hold)
		}
	}
	const lag = "directory.lag remove user notFound"
	waits("Nobody leaves whom another controller does not know.", lag)
	waits("Nor at the second look.", lag)
	w.later(23 * time.Hour)
	waits("Nor a day long.", lag)
	if d := w.must([]int{exitHeld}, "preview", "--only", "p0300"); len(tally(d, "changes")) > 0 {
		t.Errorf("a plan of one person changes %v", tally(d, "changes"))
	}

	two.Play(nil)
	if d := w.must([]int{exitOK}, "preview"); len(tally(d, "changes"))+len(tally(d, "holds")) > 0 {
		t.Fatalf("it has caught up: %v %v", tally(d, "changes"), tally(d, "holds"))
	}
	two.Play(without(late))
	waits("Now it is the controller of the last complete read: whom it loses, it has lost without a trace.", "read.incomplete remove user notFound")
}

// TestControllerGoneForGood: after a day the controller that is left is simply
// the controller; what it does not know is a person's to remove.
func TestControllerGoneForGood(t *testing.T) {
	forest := dctest.NewWorld(t, dctest.Options{People: 400, MaxPageSize: 1000, MaxValRange: 5000})
	one := forest.Controller(t)
	two := forest.Controller(t, dctest.At("127.0.0.2", one.Port), dctest.Named("dc2."+dctest.Domain, "0123456789abcdef", nil))
	w := newWorld(t)
	w.controllers(one, two)
	w.must(ok, "approver", "enroll", "--policy-only")
	w.must(ok, "approve", w.preview())
	w.must([]int{exitOK}, "apply")
	w.preview()

	one.Stop()
	var late map[string]bool
	two.Play(func(_ *dctest.Request, a *dctest.Answer) {
		for _, e := range a.Entries {
			if account := e.Value("sAMAccountName"); account == "p0100" || account == "p0200" {
				late[e.DN()] = true
			}
		}
		without(late)(nil, a)
	})
	late = map[string]bool{}
	const removal = "remove user notFound"
	if d := w.must([]int{exitHeld}, "preview"); tally(d, "holds")["directory.lag "+removal] != 2 {
		t.Fatalf("holds %v", tally(d, "holds"))
	}
	w.later(25 * time.Hour)
	d := w.must(ok, "preview")
	if tally(d, "changes")[removal] != 2 || len(tally(d, "holds")) > 0 {
		t.Fatalf("a day later: changes %v, holds %v", tally(d, "changes"), tally(d, "holds"))
	}
	id, _ := d["id"].(string)
	if signed := w.must(ok, "approve", id, "--policy"); signed["covered"] != float64(0) {
		t.Errorf("the policy removes %v whom the directory does not know", signed["covered"])
	}
}

// TestDatabaseSetBack: nothing goes on with a controller whose database is older
// than it was, though another was read meanwhile.
func TestDatabaseSetBack(t *testing.T) {
	forest := dctest.NewWorld(t, dctest.Options{})
	one := forest.Controller(t)
	two := forest.Controller(t, dctest.At("127.0.0.2", one.Port), dctest.Named("dc2."+dctest.Domain, "0123456789abcdef", nil))
	w := newWorld(t)
	w.controllers(one, two)
	w.preview()
	one.Play(func(_ *dctest.Request, a *dctest.Answer) { a.Close() })
	w.preview()
	one.Play(func(r *dctest.Request, a *dctest.Answer) {
		for i, e := range a.Entries {
			if r.Root() && e.Value("highestCommittedUSN") != "" {
				a.Entries[i] = e.With("highestCommittedUSN", "7")
			}
		}
	})
	w.refused(20, "directory.rollback", "preview")
}
