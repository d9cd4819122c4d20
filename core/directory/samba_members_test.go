package directory_test

import (
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/identity"
	"adsync/core/sandbox/forest"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

const (
	global      = "-2147483646"
	domainLocal = "-2147483644"
	universal   = "-2147483640"
)

// forestMembers: a condition on membership means the same in both domains,
// whichever of them the group, the groups within and the people are of.
func forestMembers(t *testing.T, f *sambaForest) {
	t.Helper()
	dn := map[string]string{}
	person := func(c *adtest.Controller, name string) { dn[name], _ = c.Account(t, name, nil) }
	for _, name := range []string{"r-ann", "r-bob"} {
		person(f.Root, name)
	}
	for _, name := range []string{"c-eva", "c-fred", "c-gus"} {
		person(f.Child, name)
	}
	build := func(c *adtest.Controller, name, kind string, members ...string) {
		t.Helper()
		var here, abroad []string
		for _, m := range members {
			if strings.HasSuffix(dn[m], ","+c.Base) && strings.Count(dn[m], "DC=") == strings.Count(c.Base, "DC=") {
				here = append(here, dn[m])
			} else {
				abroad = append(abroad, dn[m])
			}
		}
		dn[name] = c.Group(t, name, map[string][]string{"groupType": {kind}}, here...)
		if len(abroad) > 0 {
			c.AddAbroad(t, dn[name], f.another(c), abroad...)
		}
	}
	dn["c-users"] = "CN=Domain Users,CN=Users," + f.Child.Base
	build(f.Child, "c-global", global, "c-fred")
	build(f.Root, "r-universal", universal, "r-ann", "c-eva", "c-global")
	build(f.Child, "c-local", domainLocal, "r-universal", "r-bob", "c-gus")
	build(f.Root, "r-local", domainLocal, "r-bob")
	build(f.Root, "r-primary", universal, "c-users")
	build(f.Root, "r-ring", universal, "r-bob")
	build(f.Child, "c-ring", universal, "c-gus", "r-ring")
	f.Root.AddAbroad(t, dn["r-ring"], f.Child, dn["c-ring"])
	// What another domain calls its member is old by now.
	f.Child.Move(t, dn["c-eva"], "CN=Eva Renamed", "")

	for _, tc := range []struct {
		why, filter string
		nested      bool
		want        []string
	}{
		{"members of a universal group in both domains", "r-universal", false, []string{"c-eva", "r-ann"}},
		{"and those of a global group of the other domain within", "r-universal", true, []string{"c-eva", "c-fred", "r-ann"}},
		{"everybody else", "!r-universal", true, []string{"c-gus", "r-bob"}},
		{"a domain-local group with people of another domain", "c-local", false, []string{"c-gus", "r-bob"}},
		{"and with a universal group of it, in which there is a global one", "c-local", true, []string{"c-eva", "c-fred", "c-gus", "r-ann", "r-bob"}},
		{"nobody else is left", "!c-local", true, nil},
		{"a domain-local group has nobody of other domains unless they are in it", "r-local", true, []string{"r-bob"}},
		{"the primary group of the other domain is in it", "r-primary", true, []string{"c-eva", "c-fred", "c-gus"}},
		{"and no member itself", "r-primary", false, nil},
		{"the primary group of the other domain itself", "c-users", false, []string{"c-eva", "c-fred", "c-gus"}},
		{"groups that are in one another", "r-ring", true, []string{"c-gus", "r-bob"}},
		{"from the other side", "c-ring", true, []string{"c-gus", "r-bob"}},
		{"and one step of it", "c-ring", false, []string{"c-gus"}},
	} {
		t.Run(tc.why, func(t *testing.T) {
			name, not := strings.CutPrefix(tc.filter, "!")
			filter := "(memberOf=" + ldap.EscapeFilter(dn[name]) + ")"
			if not {
				filter = "(!" + filter + ")"
			}
			s := f.read(t, directory.Search{Filter: filter, NestedMemberOf: tc.nested}, f.Root.Domain)
			var got []string
			for p := range s.People.All() {
				if strings.HasPrefix(p.Account, "r-") || strings.HasPrefix(p.Account, "c-") {
					got = append(got, p.Account)
				}
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s, nested %v (-want +got):\n%s", filter, tc.nested, diff)
			}
			for _, r := range s.Reads {
				if !r.Complete {
					t.Errorf("%+v", r)
				}
			}
		})
	}
	s := f.read(t, directory.Search{}, f.Root.Domain)
	id := map[string]identity.GUID{}
	for p := range s.People.All() {
		id[p.Account] = p.GUID
	}
	for _, g := range s.Groups {
		id[g.Account] = g.GUID
	}
	at := slices.IndexFunc(s.Groups, func(g identity.Group) bool { return g.Account == "r-universal" })
	want := []identity.GUID{id["r-ann"], id["c-eva"], id["c-global"]}
	slices.Sort(want)
	if g := s.Groups[at]; !slices.Equal(g.Members, want) || g.MembersListed != 3 {
		t.Errorf("members %v of %d listed, want %v", g.Members, g.MembersListed, want)
	}
}

// another is the other domain of the forest.
func (f *sambaForest) another(c *adtest.Controller) *adtest.Controller {
	if c == f.Root {
		return f.Child
	}
	return f.Root
}

// forestForeign: a member of another forest has a name where that forest can be
// read, and its SID otherwise.
func forestForeign(t *testing.T, f *sambaForest) {
	t.Helper()
	olga, _ := f.Other.Account(t, "olga", nil)
	team := f.Other.Group(t, "o-team", nil)
	const nobody = "S-1-5-21-1-2-3-1105"
	sid := func(dn string) string { return forest.SIDText(f.Other.Read(t, dn, "objectSid")[0]) }
	group := f.Root.Group(t, "r-abroad", map[string][]string{"groupType": {domainLocal}})
	f.Root.AddForeign(t, group, sid(olga), sid(team), nobody)
	for _, tc := range []struct {
		why     string
		servers []string
		want    []string
	}{
		{"the other forest is not asked", []string{f.Root.Domain}, []string{sid(olga), sid(team), nobody}},
		{"a controller of it is configured", []string{f.Root.Domain, f.Other.Domain}, []string{
			`OTHER\o-team (` + sid(team) + ")", `OTHER\olga (` + sid(olga) + ")", nobody,
		}},
		{"it does not answer", []string{f.Root.Domain, "127.255.255.1"}, []string{sid(olga), sid(team), nobody}},
	} {
		t.Run(tc.why, func(t *testing.T) {
			s := f.read(t, directory.Search{}, tc.servers...)
			at := slices.IndexFunc(s.Groups, func(g identity.Group) bool { return g.Account == "r-abroad" })
			slices.Sort(tc.want)
			if diff := cmp.Diff(tc.want, s.Groups[at].Foreign); diff != "" {
				t.Errorf("foreign members (-want +got):\n%s", diff)
			}
			for _, r := range s.Reads {
				if !r.Complete {
					t.Errorf("%+v", r)
				}
			}
		})
	}
}
