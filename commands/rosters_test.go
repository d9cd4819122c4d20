package commands

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/central"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
	"adsync/output"
)

// memory is a profile beside a tenant that shows one member of each group and one
// group of each user: 40 people in four groups, who are all ours. The first group
// is the one that its members show; the other three have to be read.
type memory struct {
	*world
	*session

	tenant *tenant.Tenant
	client *central.Client
	links  []identity.Link
	users  []tenant.User
	groups []tenant.Group
}

func newMemory(t *testing.T) *memory {
	t.Helper()
	w := newWorld(t)
	made := 0
	server := tenanttest.Start(t, tenant.Options{Embedded: 1, NewID: func() string { // shown is who was made first
		made++
		return fmt.Sprintf("%08d-0000-4000-8000-000000000000", made)
	}})
	m := &memory{world: w, tenant: server.Tenant, users: make([]tenant.User, 40), groups: make([]tenant.Group, 4)}
	for i := range m.users {
		m.users[i].Name = fmt.Sprintf("User %d", i)
	}
	for i := range m.groups {
		m.groups[i].Name = fmt.Sprintf("Group %d", i)
	}
	if err := m.tenant.Seed(m.users, nil); err != nil {
		t.Fatal(err)
	}
	for i, u := range m.users {
		for _, g := range []int{i % 4, (i + 1) % 4} {
			m.groups[g].Members = append(m.groups[g].Members, u.ID)
		}
		m.links = append(m.links, identity.Link{GUID: guidOf(i), Kind: identity.KindUser, CentralID: u.ID, Since: w.now()})
	}
	if err := m.tenant.Seed(nil, m.groups); err != nil {
		t.Fatal(err)
	}
	for i, g := range m.groups {
		m.links = append(m.links, identity.Link{GUID: guidOf(1000 + i), Kind: identity.KindGroup, CentralID: g.ID, Since: w.now()})
	}
	var err error
	if m.client, err = central.New(central.Options{
		IdentityURL: server.URL, GlobalURL: server.URL, CAFile: server.CAFile, ClientID: server.ClientID,
		Secret: func() string { return server.Secret }, Now: time.Now,
	}); err != nil {
		t.Fatal(err)
	}
	if m.session, err = newSession(w.env(os.Stderr, os.Stderr), globals{}, output.Options{Format: output.JSON}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(m.close)
	p, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.PutLink(t.Context(), m.links...); err != nil {
		t.Fatal(err)
	}
	return m
}

func guidOf(n int) identity.GUID {
	return identity.GUID(fmt.Sprintf("%08x-0000-0000-0000-000000000000", n))
}

// look reads Central as preview does, and says how many lists of members and of
// groups that took, and what was taken from memory.
func (m *memory) look(t *testing.T) (in plan.Input, held map[string]time.Time, lists int) {
	t.Helper()
	in = plan.Input{Links: m.links}
	ours := map[string]identity.Link{}
	for _, l := range m.links {
		ours[l.CentralID] = l
	}
	var err error
	if in.Users, err = m.client.Users(t.Context()); err != nil {
		t.Fatal(err)
	}
	if in.Groups, err = m.client.Groups(t.Context()); err != nil {
		t.Fatal(err)
	}
	m.tenant.Reset()
	if held, err = m.members(t.Context(), m.client, &in, ours); err != nil {
		t.Fatal(err)
	}
	return in, held, m.lists()
}

func (m *memory) lists() int {
	return m.tenant.Count("GET", tenant.RouteGroupUsers) + m.tenant.Count("GET", tenant.RouteUserGroups)
}

// check compares what was found with what the tenant holds.
func (m *memory) check(t *testing.T, in plan.Input) {
	t.Helper()
	for i, g := range m.tenant.Groups() {
		if d := cmp.Diff(g.Members, in.Groups[i].Members); d != "" || !in.Groups[i].MembersKnown {
			t.Errorf("%s (-want +got):\n%s", g.Name, d)
		}
	}
}

func (m *memory) keep(t *testing.T, in plan.Input, held map[string]time.Time) {
	t.Helper()
	if err := m.keepRosters(t.Context(), in, held, m.now()); err != nil {
		t.Fatal(err)
	}
}

// TestMembersAreRemembered reads what has changed, and nothing else, for a day.
func TestMembersAreRemembered(t *testing.T) {
	m := newMemory(t)
	in, held, lists := m.look(t)
	m.check(t, in)
	if len(held) != 0 || lists != 3 {
		t.Errorf("at first: %d groups from memory, %d lists", len(held), lists)
	}
	m.keep(t, in, held)
	m.later(20 * time.Hour)
	in, held, lists = m.look(t)
	m.check(t, in)
	if len(held) != 3 || lists != 0 {
		t.Errorf("again: %d groups from memory, %d lists", len(held), lists)
	}
	m.keep(t, in, held) // the memory is not younger by this

	writer := m.client.Writer()
	if err := writer.AddMembers(t.Context(), m.groups[0].ID, []string{m.users[1].ID}); err != nil {
		t.Fatal(err)
	}
	in, held, lists = m.look(t)
	m.check(t, in)
	// The groups of the new member are read, whose number of groups is another; of
	// the group itself the members show it.
	if len(held) != 1 || lists != 2 {
		t.Errorf("after a change by hand: %d groups from memory, %d lists", len(held), lists)
	}
	p, err := m.open()
	if err != nil {
		t.Fatal(err)
	}
	m.keep(t, in, held)
	// What adsync does itself is followed.
	if err := writer.RemoveFromGroups(t.Context(), m.users[1].ID, []string{m.groups[0].ID}); err != nil {
		t.Fatal(err)
	}
	if err := p.Leave(t.Context(), guidOf(1000), guidOf(1)); err != nil {
		t.Fatal(err)
	}
	in, held, lists = m.look(t)
	m.check(t, in)
	if len(held) != 3 || lists != 0 {
		t.Errorf("after a change of our own: %d groups from memory, %d lists", len(held), lists)
	}
	m.later(5 * time.Hour)
	if _, held, _ = m.look(t); len(held) != 2 {
		t.Errorf("a day after the first reading %d groups are from memory, want the two that were read again", len(held))
	}
}

// TestNobodyLosesByMemory takes nothing away on the word of the last reading.
func TestNobodyLosesByMemory(t *testing.T) {
	m := newMemory(t)
	in, held, _ := m.look(t)
	m.keep(t, in, held)
	// By hand, so that all that is shown stays as it is: users 5 and 7 change places.
	writer := m.client.Writer()
	for _, err := range []error{
		writer.RemoveMembers(t.Context(), m.groups[2].ID, []string{m.users[5].ID}),
		writer.AddMembers(t.Context(), m.groups[3].ID, []string{m.users[5].ID}),
		writer.RemoveMembers(t.Context(), m.groups[3].ID, []string{m.users[7].ID}),
		writer.AddMembers(t.Context(), m.groups[2].ID, []string{m.users[7].ID}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	in, held, lists := m.look(t)
	if len(held) != 3 || lists != 0 {
		t.Fatalf("%d groups from memory, %d lists: nothing to doubt", len(held), lists)
	}
	in.Accepted = true
	in.Leaving = func(identity.Link) plan.Coded { return plan.Coded{Code: plan.CauseMovedOut} }
	in.Desired = identity.State{Users: map[identity.GUID]identity.WantedUser{}, Groups: map[identity.GUID]identity.WantedGroup{}}
	for i, u := range m.users {
		in.Desired.Users[guidOf(i)] = identity.WantedUser{GUID: guidOf(i), Display: u.Name, Fields: identity.Fields{Name: u.Name}}
	}
	for i, g := range m.tenant.Groups() { // the directory has made the same change
		want := identity.WantedGroup{GUID: guidOf(1000 + i), Display: g.Name, Fields: identity.Fields{Name: g.Name}}
		for _, id := range g.Members {
			n := slices.IndexFunc(m.users, func(u tenant.User) bool { return u.ID == id })
			want.Members = append(want.Members, guidOf(n))
		}
		slices.Sort(want.Members)
		in.Desired.Groups[want.GUID] = want
	}
	if err := m.reread(t.Context(), m.client, &in, held); err != nil {
		t.Fatal(err)
	}
	m.check(t, in)
	if r := plan.Diff(in); len(r.Changes)+len(r.Holds) > 0 {
		t.Errorf("nothing is to be done, and planned is %v %v", r.Changes, r.Holds)
	}
	if lists := m.lists(); lists != 2 || len(held) != 1 {
		t.Errorf("%d lists, %d groups from memory: want the two read again that somebody was to leave", lists, len(held))
	}
}
