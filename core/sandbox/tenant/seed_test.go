package tenant_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
)

func TestSeedRefuses(t *testing.T) {
	cases := map[string]struct {
		why    string
		users  []tenant.User
		groups []tenant.Group
	}{
		"NamelessUser":  {why: "A user has a name.", users: []tenant.User{{Email: "n@example.com"}}},
		"NamelessGroup": {why: "So has a group.", groups: []tenant.Group{{}}},
		"SameID":        {why: "An id is one user's.", users: []tenant.User{{ID: id(annN), Name: "N"}}},
		"SameEmail":     {why: "An address is one user's.", users: []tenant.User{{Name: "N", Email: "ANN@example.com"}}},
		"EmailTwice":    {why: "Also within a seed.", users: []tenant.User{{Name: "N", Email: "n@example.com"}, {Name: "M", Email: "N@example.com"}}},
		"SameGroupID":   {why: "An id is one group's.", groups: []tenant.Group{{ID: id(staffN), Name: "N"}}},
		"SameName":      {why: "A name is one group's.", groups: []tenant.Group{{Name: "STAFF"}}},
		"UnknownMember": {why: "Members exist.", groups: []tenant.Group{{Name: "N", Members: []string{id(nobodyN)}}}},
		"UnknownGroup":  {why: "So do groups.", users: []tenant.User{{Name: "N", Groups: []string{id(nobodyN)}}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			usersBefore, groupsBefore := w.Users(), w.Groups()
			if err := w.Seed(tc.users, tc.groups); fault.Code(err) != "sandbox.seed" {
				t.Errorf("%s\nerror %v, want sandbox.seed", tc.why, err)
			}
			if d := cmp.Diff(usersBefore, w.Users()) + cmp.Diff(groupsBefore, w.Groups()); d != "" {
				t.Errorf("%s\nsomething was added (-before +after):\n%s", tc.why, d)
			}
		})
	}
}

func TestSeedTakesBothSides(t *testing.T) {
	w := newWorld(t, nil)
	people := []tenant.User{{Name: "N", Groups: []string{id(staffN), id(900)}}, {Name: "M"}}
	if err := w.Seed(people[1:], nil); err != nil {
		t.Fatal(err)
	}
	if people[1].ID == "" {
		t.Fatal("the new id is not in the slice")
	}
	people[0].ID = id(800)
	if err := w.Seed(people[:1], []tenant.Group{{ID: id(900), Name: "Later", Members: []string{people[1].ID, id(800)}}}); err != nil {
		t.Fatal(err)
	}
	checkBothSides(t, w)
	if n := len(members(w, id(900))); n != 2 {
		t.Errorf("%d members, want 2: a membership named from both sides is one", n)
	}
}

func TestDrop(t *testing.T) {
	w := newWorld(t, nil)
	w.Drop(id(adaN), id(crowd), id(nobodyN))
	checkBothSides(t, w)
	for _, path := range []string{users + "/{ada}", groups + "/{crowd}"} {
		if res := w.ask(t, http.MethodGet, path, ""); res.Code != http.StatusNotFound {
			t.Errorf("%s: status %d, want 404", path, res.Code)
		}
	}
}

func TestSaveAndLoad(t *testing.T) {
	w := newWorld(t, nil)
	var file bytes.Buffer
	if err := w.Save(&file); err != nil {
		t.Fatal(err)
	}
	saved := file.String()
	other := newWorld(t, nil)
	other.Drop(id(annN), id(staffN))
	if err := other.Load(strings.NewReader(saved)); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(w.Users(), other.Users()) + cmp.Diff(w.Groups(), other.Groups()); d != "" {
		t.Errorf("(-saved +loaded):\n%s", d)
	}
	checkBothSides(t, other)
	if res := other.ask(t, http.MethodPost, users, `{"name":"N","email":"ann@example.com"}`); res.Code != http.StatusConflict {
		t.Errorf("status %d for an address that was loaded, want 409", res.Code)
	}
	for _, broken := range []string{"", "{}", `{"format":2}`, `{"format":1,"users":[{"id":"x"}]}`} {
		if err := other.Load(strings.NewReader(broken)); err == nil {
			t.Errorf("%q was loaded", broken)
		}
	}
	if d := cmp.Diff(w.Users(), other.Users()); d != "" {
		t.Errorf("a refused file changed the tenant:\n%s", d)
	}
}

func TestCallLog(t *testing.T) {
	w := newWorld(t, nil)
	w.ask(t, http.MethodGet, users+"?page=2&sort=id:asc", "")
	w.ask(t, http.MethodPost, users, `{"name":"N","groupIds":["{staff}","{empty}"]}`)
	w.ask(t, http.MethodPost, groups+"/{nobody}/users", `{"ids":["{bob}"]}`)
	w.ask(t, http.MethodGet, "/nothing", "")
	w.newToken(t, "reader", "r")
	var got []string
	for _, c := range w.Calls() {
		if c.RequestID == "" || !c.At.Equal(w.clock.at) {
			t.Errorf("%s %s has no id or time", c.Method, c.Path)
		}
		got = append(got, fmt.Sprint(c.Method, " ", c.Route, " ", c.Query.Get("page"), " ", c.Fields, " ", c.IDs, " ", c.Status))
	}
	want := []string{
		"GET " + users + " 2 [] 0 200",
		"POST " + users + "  [groupIds name] 2 201",
		"POST " + tenant.RouteGroupUsers + "  [ids] 1 404",
		"GET   [] 0 404",
		"POST " + tenant.RouteToken + "  [client_id client_secret grant_type scope] 0 200",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if d := cmp.Diff(map[string]int{"GET " + users: 1, "POST " + users: 1, "POST " + tenant.RouteGroupUsers: 1, "GET ": 1, "POST " + tenant.RouteToken: 1}, w.Counts()); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	if data, err := json.Marshal(w.Calls()); err != nil || bytes.Contains(data, []byte("sandbox-secret")) {
		t.Errorf("the log holds a secret, or is no JSON: %v", err)
	}
	w.Reset()
	if w.Total() != 0 || len(w.Calls()) != 0 {
		t.Error("calls after Reset")
	}
}

// Uniqueness holds when everybody calls at once; the race detector reads along.
func TestConcurrency(t *testing.T) {
	w := newWorld(t, nil)
	var made sync.Map
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			for i := range 25 {
				body := fmt.Sprintf(`{"name":"N","email":"n%d@example.com","groupIds":["{staff}"]}`, i)
				if w.ask(t, http.MethodPost, users, body).Code == http.StatusCreated {
					made.Store(fmt.Sprint(n, " ", i), true)
				}
				w.ask(t, http.MethodGet, users+"?sort=name:asc", "")
				w.ask(t, http.MethodPost, groups+"/{empty}/users", `{"ids":["{bob}"]}`)
				w.ask(t, http.MethodDelete, groups+"/{empty}/users?ids={bob}", "")
				_, _ = w.Calls(), w.Users()
			}
		})
	}
	wg.Wait()
	n := 0
	made.Range(func(any, any) bool { n++; return true })
	if n != 25 {
		t.Errorf("%d users made of 25 addresses", n)
	}
	checkBothSides(t, w)
}

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		seedMany(b, tenant.New(tenant.Options{Now: newClock().now, BaseURL: func() string { return base }}), 100_000)
	}
}

func BenchmarkListPage(b *testing.B) {
	w := newWorld(b, nil)
	seedMany(b, w.Tenant, 100_000)
	for b.Loop() {
		w.ask(b, http.MethodGet, users+"?sort=id:asc&pageSize=100&page=900&pageTotal=true", "")
	}
}

func seedMany(b *testing.B, t *tenant.Tenant, n int) {
	b.Helper()
	people, teams := make([]tenant.User, n), make([]tenant.Group, n/100)
	for i := range teams {
		teams[i] = tenant.Group{ID: id(1_000_000 + i), Name: fmt.Sprint("Team ", i)}
	}
	for i := range people {
		people[i] = tenant.User{Name: fmt.Sprint("Person ", i), Email: fmt.Sprintf("p%d@example.com", i), Groups: []string{teams[i%len(teams)].ID, teams[0].ID}}
	}
	if err := t.Seed(people, teams); err != nil {
		b.Fatal(err)
	}
}
