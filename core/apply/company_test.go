package apply_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/apply"
	api "adsync/core/central"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// company is a thousand people in a hundred groups, whose Central is a simulated
// tenant over HTTP and TLS.
type company struct {
	*soak

	tenant *tenant.Tenant
	client *api.Client
}

func newCompany(t *testing.T) *company {
	t.Helper()
	server := tenanttest.Start(t, tenant.Options{})
	c := &company{soak: newSoak(1), tenant: server.Tenant}
	var err error
	if c.client, err = api.New(api.Options{
		IdentityURL: server.URL, GlobalURL: server.URL, CAFile: server.CAFile, ClientID: server.ClientID,
		Secret: func() string { return server.Secret }, Now: time.Now,
	}); err != nil {
		t.Fatal(err)
	}
	c.desired = identity.State{Users: map[identity.GUID]identity.WantedUser{}, Groups: map[identity.GUID]identity.WantedGroup{}}
	for n := range 1000 {
		c.wants(n, person(n, fmt.Sprintf("m%d@x.example", n)))
	}
	for g := range 100 {
		name := fmt.Sprintf("G%d", g)
		w := identity.WantedGroup{GUID: guid(1000 + g), Display: name, Fields: identity.Fields{Name: name}}
		for n := range 1000 {
			if (n*7+g*13)%17 == 0 || n%100 == g {
				w.Members = append(w.Members, guid(n+10_000))
			}
		}
		c.desired.Groups[w.GUID] = w
	}
	return c
}

func (c *company) wants(n int, f identity.Fields) {
	id := guid(n + 10_000)
	c.desired.Users[id] = identity.WantedUser{GUID: id, Display: f.Name, Account: fmt.Sprintf("u%d", n), NetBIOS: "CORP", Fields: f}
}

// plan reads the tenant and makes a plan of all, limits lifted.
func (c *company) plan(t *testing.T) apply.Picture {
	t.Helper()
	users, err := c.client.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	groups, err := c.client.Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	survey := plan.NewSurvey(users, groups, func(identity.CentralGroup) bool { return true }, nil)
	if r, more := survey.Next(); more {
		t.Fatalf("%v is to be read, though everybody shows all his groups", r)
	}
	for i, g := range groups {
		groups[i].Members, groups[i].MembersKnown = survey.Members(g.ID)
	}
	in := c.input(users, groups)
	c.lifted(plan.Diff(in))
	return apply.Picture{Users: users, Groups: groups, Links: in.Links}
}

// carryOut does the plan, and holds that it took the calls that were foreseen and
// that the wire shows nothing read twice.
func (c *company) carryOut(t *testing.T, run string) (calls, least int) {
	t.Helper()
	picture := c.plan(t)
	changes := plan.Sequence(slices.Concat(c.changes, c.holds))
	foreseen, err := apply.Rehearse(t.Context(), changes, picture)
	if err != nil {
		t.Fatal(err)
	}
	c.tenant.Reset()
	c.journal, c.runID = &journal{}, run
	j := c.job(t)
	j.Target = c.client.Writer()
	c.begin(t, j)
	done, err := apply.Do(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	if done.Outcome != apply.Complete || done.Summary.Done != len(changes) {
		t.Fatalf("%s %+v of %d changes: %v", done.Outcome, done.Summary, len(changes), done.Error)
	}
	calls, least = c.tenant.Total(), plan.LowerBound(changes)
	t.Logf("%d changes, %d calls, %d foreseen, at least %d", len(changes), calls, foreseen, least)
	if calls != foreseen || calls != done.Summary.Calls {
		t.Errorf("%d calls, %d foreseen, %d in the run's record: %v", calls, foreseen, done.Summary.Calls, c.tenant.Counts())
	}
	c.readOnce(t)
	c.plan(t)
	if len(c.changes)+len(c.holds) > 0 {
		t.Errorf("a second plan has %v %v", names(c.changes), names(c.holds))
	}
	return calls, least
}

// readOnce holds that no object is read that was read or made before.
func (c *company) readOnce(t *testing.T) {
	t.Helper()
	seen := map[string]bool{}
	for _, call := range c.tenant.Calls() {
		if call.Method != http.MethodGet {
			continue
		}
		ids := strings.Split(call.Query.Get("ids"), ",")
		if ids[0] == "" {
			ids = []string{call.Path + "?" + call.Query.Get("page")}
		}
		for _, id := range ids {
			if seen[id] {
				t.Errorf("%s is read twice", id)
			}
			seen[id] = true
		}
	}
}

// TestCompany makes a thousand people and a hundred groups from nothing in the
// least number of calls there is, and then changes some of them.
func TestCompany(t *testing.T) {
	c := newCompany(t)
	calls, least := c.carryOut(t, "run-1")
	if calls != least || calls != 1100 {
		t.Errorf("from nothing: %d calls, the least is %d, of 1,100 objects", calls, least)
	}
	for n := range 120 { // some are renamed, some leave
		f := person(n, fmt.Sprintf("m%d@x.example", n))
		f.Name = fmt.Sprintf("Renamed %d", n)
		c.wants(n, f)
	}
	gone := map[identity.GUID]bool{}
	for n := 900; n < 930; n++ {
		delete(c.desired.Users, guid(n+10_000))
		gone[guid(n+10_000)] = true
	}
	for g := range 100 { // everybody of a tenth of the groups moves on by one
		w := c.desired.Groups[guid(1000+g)]
		w.Members = slices.DeleteFunc(slices.Clone(w.Members), func(id identity.GUID) bool { return gone[id] })
		if g < 10 {
			w.Members = w.Members[:len(w.Members)/2]
			for n := 400 + g; n < 500; n += 10 {
				if id := guid(n + 10_000); !slices.Contains(w.Members, id) {
					w.Members = append(w.Members, id)
				}
			}
		}
		c.desired.Groups[w.GUID] = w
	}
	if calls, least = c.carryOut(t, "run-2"); calls > least+least/10 {
		t.Errorf("changed: %d calls, the least is %d", calls, least)
	}
}
