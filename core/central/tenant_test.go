package central_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
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
func options(tb testing.TB, s *tenanttest.Server) central.Options {
	tb.Helper()
	log := &bytes.Buffer{}
	tb.Cleanup(func() {
		for _, word := range []string{s.Secret, "Bearer", "access_token", "hunter2"} {
			if strings.Contains(log.String(), word) {
				tb.Errorf("the log holds %q", word)
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
			Groups: identity.Embedded{Total: len(u.Groups), Counted: true, Shown: append([]string{}, u.Groups...)},
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
	in, err := c.Memberships(ctx, users[1].ID)
	if want := slices.Sorted(slices.Values([]string{groups[0].ID, groups[1].ID})); err != nil || !slices.Equal(in, want) {
		t.Errorf("the user is in %v, want %v: %v", in, want, err)
	}
	counts := map[string]int{
		"POST " + tenant.RouteToken: 1, "GET " + tenant.RouteWhoAmI: 1,
		"GET " + tenant.RouteUsers: 3, "GET " + tenant.RouteGroups: 1, "GET " + tenant.RouteGroupUsers: 4, "GET " + tenant.RouteUserGroups: 1,
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
	if _, err := w.CreateUser(ctx, identity.Fields{Name: "Other", Email: "ANN@example.com"}, nil); fault.Code(err) != "central.conflict.email" {
		t.Errorf("an address twice: %v", err)
	}
	if _, err := w.CreateGroup(ctx, identity.Fields{Name: "verkauf & büro"}); fault.Code(err) != "central.conflict.name" {
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
	if err := w.DeleteGroup(ctx, g.ID); fault.Code(err) != "central.conflict.notEmpty" {
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
