package central_test

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// options are those of a client for a running tenant; what is logged is looked
// through for secrets at the end.
func options(t *testing.T, s *tenanttest.Server) central.Options {
	t.Helper()
	log := &bytes.Buffer{}
	t.Cleanup(func() {
		for _, word := range []string{s.Secret, "Bearer", "access_token", "hunter2"} {
			if strings.Contains(log.String(), word) {
				t.Errorf("the log holds %q", word)
			}
		}
	})
	return central.Options{
		IdentityURL: s.URL, GlobalURL: s.URL, CAFile: s.CAFile, ClientID: s.ClientID,
		Secret: func() string { return s.Secret }, Version: "9.9.9", Now: time.Now,
		Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}
}

func dial(t *testing.T, o central.Options) *central.Client {
	t.Helper()
	c, err := central.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// company fills a tenant with people, a small group and a large one.
func company(t *testing.T, s *tenanttest.Server, people int) (users []tenant.User, groups []tenant.Group) {
	t.Helper()
	for i := range people {
		users = append(users, tenant.User{
			Name: fmt.Sprintf("User %d", i), Email: fmt.Sprintf("user%d@example.com", i), ExchangeLogin: fmt.Sprintf(`CORP\user%d`, i),
		})
	}
	users[0].Source = tenant.SourceActiveDirectory
	groups = []tenant.Group{{Name: "All", Description: "everybody"}, {Name: "Few"}, {Name: "None"}}
	if err := s.Tenant.Seed(users, groups); err != nil {
		t.Fatal(err)
	}
	w := dial(t, options(t, s)).Writer()
	var ids []string
	for _, u := range users[1:] {
		ids = append(ids, u.ID)
	}
	for batch := range slices.Chunk(ids, central.MaxAdd) {
		if err := w.AddMembers(t.Context(), groups[0].ID, batch); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.AddMembers(t.Context(), groups[1].ID, ids[:2]); err != nil {
		t.Fatal(err)
	}
	s.Tenant.Reset()
	return users, groups
}

func TestReadingATenant(t *testing.T) {
	t.Parallel()
	s := tenanttest.Start(t, tenant.Options{})
	users, groups := company(t, s, 251)
	c, ctx := dial(t, options(t, s)), t.Context()

	got, err := c.Connect(ctx)
	want := identity.Tenant{ID: s.Tenant.ID(), APIHost: s.RegionURL}
	if d := gocmp.Diff(want, got); d != "" || err != nil {
		t.Fatalf("tenant: %v (-want +got):\n%s", err, d)
	}
	all, err := c.Users(ctx)
	if err != nil || len(all) != len(users) {
		t.Fatalf("got %d users of %d: %v", len(all), len(users), err)
	}
	for i, u := range s.Tenant.Users() {
		want := identity.CentralUser{
			ID: u.ID, Source: identity.Source(u.Source), CreatedAt: all[i].CreatedAt, UpdatedAt: all[i].UpdatedAt,
			Fields: identity.Fields{Name: u.Name, Email: u.Email, ExchangeLogin: u.ExchangeLogin},
		}
		if d := gocmp.Diff(want, all[i]); d != "" || all[i].UpdatedAt.IsZero() {
			t.Fatalf("user %d (-want +got):\n%s", i, d)
		}
	}
	some, err := c.Groups(ctx)
	if err != nil || len(some) != 3 {
		t.Fatalf("got %v %v", some, err)
	}
	for _, g := range some {
		known := map[string]bool{"All": false, "Few": true, "None": true}[g.Fields.Name]
		total := map[string]int{"All": 250, "Few": 2}[g.Fields.Name]
		if g.MembersKnown != known || g.Total != total || known && len(g.Members) != total {
			t.Errorf("group %+v", g)
		}
	}
	members, err := c.Members(ctx, groups[0].ID)
	if err != nil || len(members) != 250 || slices.Contains(members, users[0].ID) {
		t.Errorf("got %d members: %v", len(members), err)
	}
	if _, err := c.Members(ctx, users[0].ID); fault.Code(err) != "central.notFound" {
		t.Errorf("members of what is no group: %v", err)
	}
	counts := map[string]int{
		"POST " + tenant.RouteToken: 1, "GET " + tenant.RouteWhoAmI: 1,
		"GET " + tenant.RouteUsers: 3, "GET " + tenant.RouteGroups: 1, "GET " + tenant.RouteGroupUsers: 4,
	}
	if d := gocmp.Diff(counts, s.Tenant.Counts()); d != "" {
		t.Errorf("calls (-want +got):\n%s", d)
	}
	if c.Calls() != s.Tenant.Total() {
		t.Errorf("%d calls counted, %d made", c.Calls(), s.Tenant.Total())
	}
	for _, call := range s.Tenant.Calls() {
		if call.UserAgent != "adsync/9.9.9" {
			t.Errorf("%s came from %s", call.Route, call.UserAgent)
		}
	}
}

func TestReadingByIDFromATenant(t *testing.T) {
	t.Parallel()
	s := tenanttest.Start(t, tenant.Options{})
	users, groups := company(t, s, 120)
	c, ctx := dial(t, options(t, s)), t.Context()
	var ids []string
	for _, u := range users {
		ids = append(ids, strings.ToUpper(u.ID))
	}
	const gone = "00000000-0000-0000-0000-00000000dead"
	found, err := c.UsersByID(ctx, append(ids, gone))
	if err != nil || len(found) != len(users) || found[ids[7]].Fields.Name != "User 7" {
		t.Errorf("got %d: %v", len(found), err)
	}
	if _, there := found[gone]; there {
		t.Error("who is not there was found")
	}
	some, err := c.GroupsByID(ctx, []string{gone, groups[1].ID})
	if err != nil || len(some) != 1 || len(some[groups[1].ID].Members) != 2 {
		t.Errorf("got %v: %v", some, err)
	}
	if n := s.Tenant.Count("GET", tenant.RouteUsers); n != 3 {
		t.Errorf("%d calls for 121 ids, not 3", n)
	}
}

func TestWritingToATenant(t *testing.T) {
	t.Parallel()
	s := tenanttest.Start(t, tenant.Options{})
	c, ctx := dial(t, options(t, s)), t.Context()
	w := c.Writer()

	g, err := w.CreateGroup(ctx, identity.Fields{Name: "Verkauf & Büro", Description: "販売"})
	if err != nil || g.Source != identity.SourceCustom {
		t.Fatal(g, err)
	}
	ann := identity.Fields{Name: "Ann Lee", FirstName: "Ann", Email: "ann@example.com", ExchangeLogin: `CORP\ann`}
	u, err := w.CreateUser(ctx, ann, []string{g.ID})
	if err != nil || u.Fields != ann {
		t.Fatal(u, err)
	}
	bob, err := w.CreateUser(ctx, identity.Fields{Name: "Bob", ExchangeLogin: `CORP\bob`}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.CreateUser(ctx, identity.Fields{Name: "Other", Email: "ANN@example.com"}, nil); fault.Code(err) != "central.conflict" {
		t.Errorf("an address twice: %v", err)
	}
	if _, err := w.CreateGroup(ctx, identity.Fields{Name: "verkauf & büro"}); fault.Code(err) != "central.conflict" {
		t.Errorf("a name twice: %v", err)
	}
	if u, err = w.UpdateUser(ctx, u.ID, identity.Fields{LastName: "Lee"}); err != nil || u.Fields.LastName != "Lee" || u.Fields.FirstName != "Ann" {
		t.Errorf("update: %+v %v", u, err)
	}
	if g, err = w.UpdateGroup(ctx, g.ID, identity.Fields{Name: "Verkauf"}); err != nil || g.Fields.Description != "販売" {
		t.Errorf("update: %+v %v", g, err)
	}
	for email, login := range map[string]string{"ann@EXAMPLE.com": "", "": `corp\BOB`} {
		if found, err := w.FindUser(ctx, email, login); err != nil || found == nil {
			t.Errorf("finding %q %q: %v %v", email, login, found, err)
		}
	}
	if found, err := w.FindGroup(ctx, "VERKAUF"); err != nil || found == nil || found.ID != g.ID {
		t.Errorf("finding the group: %v %v", found, err)
	}
	if err := w.AddMembers(ctx, g.ID, []string{bob.ID}); err != nil {
		t.Error(err)
	}
	if err := w.DeleteGroup(ctx, g.ID); fault.Code(err) != "central.conflict" {
		t.Errorf("deleting a group that is not empty: %v", err)
	}
	members, err := w.Members(ctx, g.ID)
	if d := gocmp.Diff(slices.Sorted(slices.Values([]string{u.ID, bob.ID})), members); d != "" || err != nil {
		t.Errorf("members: %v (-want +got):\n%s", err, d)
	}
	for _, step := range []func() error{
		func() error { return w.RemoveMembers(ctx, g.ID, []string{u.ID, bob.ID}) },
		func() error { return w.DeleteGroup(ctx, g.ID) },
		func() error { return w.DeleteUser(ctx, u.ID) },
		func() error { return w.DeleteUser(ctx, u.ID) }, // Central says the same when there is none
		func() error { return w.DeleteUser(ctx, bob.ID) },
	} {
		if err := step(); err != nil {
			t.Error(err)
		}
	}
	if err := w.DeleteGroup(ctx, g.ID); fault.Code(err) != "central.notFound" {
		t.Errorf("deleting a group that is not there: %v", err)
	}
	if left := len(s.Tenant.Users()) + len(s.Tenant.Groups()); left != 0 {
		t.Errorf("%d objects are left", left)
	}
	if c.Calls() != s.Tenant.Total() {
		t.Errorf("%d calls counted, %d made", c.Calls(), s.Tenant.Total())
	}
}

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule tenant.Rule
		made bool
	}{
		"CutBefore":   {tenant.Rule{CutBefore: true}, false},
		"CutAfter":    {tenant.Rule{CutAfter: true}, true},
		"500After":    {tenant.Rule{Status: 500, Effect: true}, true},
		"502":         {tenant.Rule{Status: 502}, false},
		"NoJSON":      {tenant.Rule{Status: 201, Body: "<html>", Effect: true}, true},
		"SilentAfter": {tenant.Rule{Status: 504, Effect: true, Delay: 2 * time.Second}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tenanttest.Start(t, tenant.Options{})
			o := options(t, s)
			o.Timeout = time.Second
			w := dial(t, o).Writer()
			tc.rule.Method, tc.rule.Route = "POST", tenant.RouteUsers
			s.Tenant.Fault(tc.rule)
			_, err := w.CreateUser(t.Context(), identity.Fields{Name: "Ann", Email: "ann@example.com"}, nil)
			if e, ok := errors.AsType[*central.Error](err); !ok || !e.Unclear || fault.Code(err) != "central.unclear" {
				t.Errorf("got %v", err)
			}
			found, err := w.FindUser(t.Context(), "ann@example.com", "")
			if err != nil || (found != nil) != tc.made {
				t.Errorf("read back: %v %v, made: %t", found, err, tc.made)
			}
			if n := s.Tenant.Count("POST", tenant.RouteUsers); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}

func TestReadsSurviveFaults(t *testing.T) {
	t.Parallel()
	s := tenanttest.Start(t, tenant.Options{})
	company(t, s, 150)
	c := dial(t, options(t, s))
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteUsers, CutBefore: true, Times: 1})
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteUsers, After: 1, Status: 429, RetryAfter: "1", Times: 1})
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteToken, Status: 503, Times: 1})
	if users, err := c.Users(t.Context()); err != nil || len(users) != 150 {
		t.Errorf("got %d: %v", len(users), err)
	}
	if c.Calls() != s.Tenant.Total() {
		t.Errorf("%d calls counted, %d made", c.Calls(), s.Tenant.Total())
	}
	s.Tenant.ClearFaults()
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteGroups, Body: `{"pages":{"current":1,"size":100,"maxSize":100}}`})
	if _, err := c.Groups(t.Context()); fault.Code(err) != "central.malformed" {
		t.Errorf("a 200 without items: %v", err)
	}
}

func TestTokenThatEndsEarly(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var ahead time.Duration
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(ahead)
	}
	s := tenanttest.Start(t, tenant.Options{Now: clock})
	w := dial(t, options(t, s)).Writer()
	if _, err := w.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	ahead = 2 * time.Hour // Central's clock alone: our token looks fresh
	mu.Unlock()
	if _, err := w.CreateGroup(t.Context(), identity.Fields{Name: "Staff"}); err != nil {
		t.Error(err)
	}
	if n := s.Tenant.Count("POST", tenant.RouteToken); n != 2 {
		t.Errorf("%d tokens, not 2", n)
	}
}

func TestRefusalsOfATenant(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*central.Options)
		code   string
		calls  map[string]int
	}{
		"WrongSecret": {
			func(o *central.Options) { o.Secret = func() string { return "hunter2" } }, "central.credential.refused",
			map[string]int{"POST " + tenant.RouteToken: 1},
		},
		"UnknownClient": {
			func(o *central.Options) { o.ClientID = "nobody" }, "central.credential.unknown",
			map[string]int{"POST " + tenant.RouteToken: 1},
		},
		"Partner": {
			func(o *central.Options) { o.ClientID = "partner" }, "central.tenant.required",
			map[string]int{"POST " + tenant.RouteToken: 1, "GET " + tenant.RouteWhoAmI: 2},
		},
		"UnknownAuthority": {func(o *central.Options) { o.CAFile = "" }, "central.certificate.unknownAuthority", map[string]int{}},
		"WrongName": {
			func(o *central.Options) { o.IdentityURL = strings.Replace(o.IdentityURL, "127.0.0.1", "localhost", 1) },
			"central.certificate.name", map[string]int{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tenanttest.Start(t, tenant.Options{Clients: []tenant.Client{
				{ID: "partner", Secret: tenant.DefaultSecret, Kind: tenant.KindPartner, AccountID: "0f6c2f9e-6f0b-4c0e-9a55-000000000001"},
			}})
			o := options(t, s)
			tc.change(&o)
			c := dial(t, o)
			for range 2 {
				_, err := c.Users(t.Context())
				if fault.Code(err) != tc.code || strings.Contains(fmt.Sprintf("%+v", err), cmp.Or(o.Secret(), "?")) {
					t.Errorf("got %v, want %s", err, tc.code)
				}
			}
			got := s.Tenant.Counts()
			maps.DeleteFunc(got, func(_ string, n int) bool { return n == 0 })
			if d := gocmp.Diff(tc.calls, got); d != "" {
				t.Errorf("calls (-want +got):\n%s", d)
			}
		})
	}
}
