package apply_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"adsync/core/apply"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox/tenant"
)

// calm is a wired world in which nothing goes wrong but what its test says.
func calm(t *testing.T) *wired {
	t.Helper()
	site := newSite()
	t.Cleanup(site.server.Close)
	w := newWired(site, 1)
	w.tenant.SetQuirks(tenant.Quirks{})
	w.strict = false
	w.dial()
	w.journal, w.runID = &journal{}, "run-1"
	w.desired = identity.State{Users: map[identity.GUID]identity.WantedUser{}, Groups: map[identity.GUID]identity.WantedGroup{}}
	t.Cleanup(w.part)
	return w
}

// wants makes somebody, or a group, that the directory has and Central does not.
func (w *wired) wants(n int, mail string) {
	f := person(n, mail)
	w.desired.Users[guid(n)] = identity.WantedUser{GUID: guid(n), Display: f.Name, Account: f.Name, NetBIOS: "CORP", Fields: f}
}

func (w *wired) wantsGroup(n int, name string) {
	id := guid(1000 + n)
	w.desired.Groups[id] = identity.WantedGroup{GUID: id, Display: name, Fields: identity.Fields{Name: name}, Members: []identity.GUID{guid(1)}}
}

// plan plans what is wanted from what Central answers.
func (w *wired) plan(t *testing.T) plan.Result {
	t.Helper()
	in, ok := w.read(t)
	if !ok {
		t.FailNow()
	}
	r := plan.Diff(in)
	w.changes, w.holds = r.Changes, nil
	return r
}

// run carries the plan out in one process.
func (w *wired) run(t *testing.T, n int) apply.Run {
	t.Helper()
	return w.session(t.Context(), t, w.time(), n)
}

func (w *wired) posts(route string) int { return w.tenant.Count(http.MethodPost, route) }

// hand is what a person makes in the console.
func (w *wired) hand(t *testing.T, users []tenant.User, groups []tenant.Group) {
	t.Helper()
	if err := w.tenant.Seed(users, groups); err != nil {
		t.Fatal(err)
	}
}

// TestDuplicateAtTheWrite: somebody made by hand between the plan and the write
// has what is unique of ours. That is stale, written once, and the next plan
// holds it.
func TestDuplicateAtTheWrite(t *testing.T) {
	for name, tc := range map[string]struct {
		why    string
		route  string
		before func(t *testing.T, w *wired) // what is there and ours before the plan
		wanted func(w *wired)
		rival  func(t *testing.T, w *wired)
		stale  string // name of the change
		rule   string // of the hold in the next plan
	}{
		"Mail": {
			why: "An address is taken at the write.", route: tenant.RouteUsers,
			wanted: func(w *wired) { w.wants(1, "one@x.example") },
			rival: func(t *testing.T, w *wired) {
				t.Helper()
				w.hand(t, []tenant.User{{Name: "Rival", Email: "ONE@x.example"}}, nil)
			},
			stale: "U1", rule: plan.RuleMatched,
		},
		"ManagedMail": {
			why: "An address is taken by somebody whom a directory service manages.", route: tenant.RouteUsers,
			wanted: func(w *wired) { w.wants(1, "one@x.example") },
			rival: func(t *testing.T, w *wired) {
				t.Helper()
				w.hand(t, []tenant.User{{Name: "Rival", Email: "one@x.example", Source: tenant.SourceEntra}}, nil)
			},
			stale: "U1", rule: plan.RuleManaged,
		},
		"Group": {
			why: "The name of a group is taken at the write.", route: tenant.RouteGroups,
			wanted: func(w *wired) { w.wants(1, "one@x.example"); w.wantsGroup(1, "Team") },
			rival:  func(t *testing.T, w *wired) { t.Helper(); w.hand(t, nil, []tenant.Group{{Name: "TEAM"}}) },
			stale:  "Team", rule: plan.RuleMatched,
		},
		"Update": {
			why: "An address that ours is to get is taken at the write.",
			before: func(t *testing.T, w *wired) {
				t.Helper()
				w.wants(1, "one@x.example")
				w.plan(t)
				if r := w.run(t, 0); r.Outcome != apply.Complete {
					t.Fatalf("%+v", r)
				}
				w.journal, w.runID = &journal{}, "run-2"
			},
			wanted: func(w *wired) { w.wants(1, "new@x.example") },
			rival: func(t *testing.T, w *wired) {
				t.Helper()
				w.hand(t, []tenant.User{{Name: "Rival", Email: "new@x.example"}}, nil)
			},
			stale: "U1", rule: plan.RuleValueTaken,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := calm(t)
			if tc.before != nil {
				tc.before(t, w)
			}
			tc.wanted(w)
			w.plan(t)
			tc.rival(t, w)
			w.tenant.Reset()
			r := w.run(t, 0)
			if o := w.outcomes(r); r.Outcome != apply.Complete || !slices.ContainsFunc(o, func(s string) bool {
				return s == "create "+tc.stale+" stale stale.exists" || s == "update "+tc.stale+" stale stale.exists"
			}) {
				t.Errorf("%s\n%s %v", tc.why, r.Outcome, o)
			}
			if tc.route != "" && w.posts(tc.route) != 1 {
				t.Errorf("%s\nit was sent %d times", tc.why, w.posts(tc.route))
			}
			again := w.plan(t)
			if !slices.ContainsFunc(again.Holds, func(c plan.Change) bool { return c.Name == tc.stale && c.Rule.Code == tc.rule }) {
				t.Errorf("%s\nthe next plan: changes %v, holds %+v", tc.why, names(again.Changes), again.Holds)
			}
		})
	}
}

// TestReadBackOverTheWire: the answer to a create is lost, with or without its
// effect. What is found by address, login or name is ours; what is not is sent
// again only where a second one would be refused.
func TestReadBackOverTheWire(t *testing.T) {
	lost, never := tenant.Rule{Method: "POST", CutAfter: true, Times: 1}, tenant.Rule{Method: "POST", CutBefore: true, Times: 1}
	for name, tc := range map[string]struct {
		why     string
		wanted  func(w *wired)
		fault   tenant.Rule
		search  string // the field that is searched
		posts   int
		outcome apply.Outcome
	}{
		"ByMail":      {"Found by its address.", func(w *wired) { w.wants(1, "one@x.example") }, on(lost, tenant.RouteUsers), "email", 1, apply.Done},
		"ByLogin":     {"Without one by its login.", func(w *wired) { w.wants(1, "") }, on(lost, tenant.RouteUsers), "exchangeLogin", 1, apply.Done},
		"ByName":      {"A group by its name.", func(w *wired) { w.wants(1, "one@x.example"); w.wantsGroup(1, "Team") }, on(lost, tenant.RouteGroups), "name", 1, apply.Done},
		"NotThere":    {"Not there, and unique: sent again.", func(w *wired) { w.wants(1, "one@x.example") }, on(never, tenant.RouteUsers), "email", 2, apply.Done},
		"NoGroup":     {"A group too.", func(w *wired) { w.wants(1, "one@x.example"); w.wantsGroup(1, "Team") }, on(never, tenant.RouteGroups), "name", 2, apply.Done},
		"NotProvable": {"Without an address there might be two: not sent again.", func(w *wired) { w.wants(1, "") }, on(never, tenant.RouteUsers), "exchangeLogin", 1, apply.Unknown},
		"Spoiled":     {"A reply that is no JSON is a lost answer.", func(w *wired) { w.wants(1, "one@x.example") }, on(tenant.Rule{Method: "POST", Damage: tenant.DamageMalformed, Times: 1}, tenant.RouteUsers), "email", 1, apply.Done},
		"HalfRead":    {"So is one that ends in its middle.", func(w *wired) { w.wants(1, "one@x.example") }, on(tenant.Rule{Method: "POST", Damage: tenant.DamageCutBody, Times: 1}, tenant.RouteUsers), "email", 1, apply.Done},
		"Failure":     {"500, and it was made.", func(w *wired) { w.wants(1, "one@x.example") }, on(tenant.Rule{Method: "POST", Status: 500, Effect: true, Times: 1}, tenant.RouteUsers), "email", 1, apply.Done},
	} {
		t.Run(name, func(t *testing.T) {
			w := calm(t)
			tc.wanted(w)
			w.plan(t)
			w.tenant.Reset()
			w.tenant.Fault(tc.fault)
			r := w.run(t, 0)
			if first := r.Results[0]; first.Outcome != tc.outcome || w.posts(tc.fault.Route) != tc.posts {
				t.Errorf("%s\n%v after %d posts, want %s after %d", tc.why, w.outcomes(r), w.posts(tc.fault.Route), tc.outcome, tc.posts)
			}
			if !slices.ContainsFunc(w.tenant.Calls(), func(c tenant.Call) bool {
				return c.Method == http.MethodGet && c.Route == tc.fault.Route && c.Query.Get("searchFields") == tc.search
			}) {
				t.Errorf("%s\nit was not looked for by %s", tc.why, tc.search)
			}
			if tc.outcome == apply.Unknown {
				return
			}
			if again := w.plan(t); len(again.Changes)+len(again.Holds) > 0 {
				t.Errorf("%s\nthe next plan has %v %+v", tc.why, names(again.Changes), again.Holds)
			}
		})
	}
}

func on(r tenant.Rule, route string) tenant.Rule {
	r.Route = route
	return r
}

// TestWithoutAddressSentOnceInFifteenMinutes: only when lists had the time to show
// it is what cannot be found not there.
func TestWithoutAddressSentOnceInFifteenMinutes(t *testing.T) {
	w := calm(t)
	w.wants(1, "")
	w.plan(t)
	w.tenant.Reset()
	w.tenant.Fault(tenant.Rule{Method: "POST", Route: tenant.RouteUsers, CutBefore: true, Times: 1})
	w.run(t, 0)
	w.at.Add(int64(14 * time.Minute))
	if r := w.run(t, 1); r.Summary.Unknown != 1 || w.posts(tenant.RouteUsers) != 1 {
		t.Errorf("after 14 minutes: %v, %d posts", w.outcomes(r), w.posts(tenant.RouteUsers))
	}
	w.at.Add(int64(2 * time.Minute))
	if r := w.run(t, 2); r.Summary.Done != 1 || w.posts(tenant.RouteUsers) != 2 {
		t.Errorf("after 16 minutes: %v, %d posts", w.outcomes(r), w.posts(tenant.RouteUsers))
	}
	if again := w.plan(t); len(again.Changes)+len(again.Holds) > 0 {
		t.Errorf("the next plan has %v", names(again.Changes))
	}
}

// TestReadBackTakesNobodyElse: after a create that never arrived, somebody of the
// same address and values is found, who was there before. He is not ours.
func TestReadBackTakesNobodyElse(t *testing.T) {
	w := calm(t)
	w.wants(1, "one@x.example")
	w.plan(t)
	f := person(1, "one@x.example")
	w.hand(t, []tenant.User{{Name: f.Name, Email: f.Email, ExchangeLogin: f.ExchangeLogin, CreatedAt: w.time().Add(-time.Hour)}}, nil)
	w.tenant.Fault(tenant.Rule{Method: "POST", Route: tenant.RouteUsers, CutBefore: true, Times: 1})
	if r := w.run(t, 0); r.Summary.Stale != 1 || len(w.ledger.links) != 0 {
		t.Errorf("%v, %d links", w.outcomes(r), len(w.ledger.links))
	}
}
