package apply_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox/tenant"
)

func (w *wired) compare(t *testing.T, in plan.Input) {
	t.Helper()
	var users []identity.CentralUser
	for _, u := range w.tenant.Users() {
		users = append(users, identity.CentralUser{ID: u.ID, Source: identity.Source(u.Source), Fields: fieldsOf(u)})
	}
	var groups []identity.CentralGroup
	for _, g := range w.tenant.Groups() {
		groups = append(groups, identity.CentralGroup{
			ID: g.ID, Source: identity.Source(g.Source), Fields: identity.Fields{Name: g.Name, Description: g.Description}, Members: g.Members, Total: len(g.Members),
		})
	}
	times := cmpopts.IgnoreTypes(time.Time{}, identity.Embedded{})
	if d := cmp.Diff(users, in.Users, times, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("the client said that these are all users (-tenant +client):\n%s", d)
	}
	if d := cmp.Diff(groups, in.Groups, times, cmpopts.EquateEmpty(), cmpopts.IgnoreFields(identity.CentralGroup{}, "MembersKnown", "Total")); d != "" {
		t.Errorf("the client said that these are all groups (-tenant +client):\n%s", d)
	}
}

func fieldsOf(u tenant.User) identity.Fields {
	return identity.Fields{Name: u.Name, FirstName: u.FirstName, LastName: u.LastName, Email: u.Email, ExchangeLogin: u.ExchangeLogin}
}

// check compares the tenant with what the directory wants, object by object.
func (w *wired) check(t *testing.T) {
	t.Helper()
	ours, groupsOf := map[identity.GUID]string{}, map[string]identity.GUID{}
	for id, l := range w.ledger.links {
		ours[id], groupsOf[l.CentralID] = l.CentralID, id
	}
	var others []tenant.User
	seen := map[identity.GUID]identity.Fields{}
	for _, u := range w.tenant.Users() {
		id, is := groupsOf[u.ID]
		if !is {
			others = append(others, u)
			continue
		}
		seen[id] = fieldsOf(u)
	}
	if d := cmp.Diff(w.others, others); d != "" {
		t.Errorf("who is not ours was touched, or one of ours stands for nobody (-before +now):\n%s", d)
	}
	wanted := map[identity.GUID]identity.Fields{}
	for id, u := range w.desired.Users {
		wanted[id] = u.Fields
		if had := seen[id]; u.Fields.Email == "" { // an address cannot be cleared
			f := u.Fields
			f.Email = had.Email
			wanted[id] = f
		}
	}
	if d := cmp.Diff(wanted, seen); d != "" {
		t.Errorf("our users (-wanted +Central):\n%s", d)
	}
	w.checkGroups(t, groupsOf)
	if len(ours) != len(w.desired.Users)+len(w.desired.Groups) {
		t.Errorf("the ledger has %d links for %d users and %d groups", len(ours), len(w.desired.Users), len(w.desired.Groups))
	}
}

func (w *wired) checkGroups(t *testing.T, byID map[string]identity.GUID) {
	t.Helper()
	type team struct {
		Fields  identity.Fields
		Members []identity.GUID
	}
	var others []tenant.Group
	seen, wanted := map[identity.GUID]team{}, map[identity.GUID]team{}
	for _, g := range w.tenant.Groups() {
		id, is := byID[g.ID]
		if !is {
			others = append(others, g)
			continue
		}
		one := team{Fields: identity.Fields{Name: g.Name, Description: g.Description}}
		for _, m := range g.Members {
			one.Members = append(one.Members, byID[m])
		}
		slices.Sort(one.Members)
		seen[id] = one
	}
	for id, g := range w.desired.Groups {
		members := slices.Clone(g.Members)
		slices.Sort(members)
		wanted[id] = team{g.Fields, members}
	}
	if d := cmp.Diff(w.groups, others); d != "" {
		t.Errorf("groups that are not ours were touched, or one of ours stands for none (-before +now):\n%s", d)
	}
	if d := cmp.Diff(wanted, seen); d != "" {
		t.Errorf("our groups (-wanted +Central):\n%s", d)
	}
}
