package policy_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/policy"
)

// TestInnerGroups asks what it proves that a group which was in another does not
// come back.
func TestInnerGroups(t *testing.T) {
	group := func(id, domain string, members ...identity.GUID) identity.Group {
		return identity.Group{GUID: identity.GUID(id), DN: "CN=" + id + "," + dcs, Domain: domain, Members: members}
	}
	whole := []identity.Group{group("inner", corp, "ann"), group("outer", corp, "inner", "ben"), group("single", corp, "ann")}
	inner := policy.InnerGroups(identity.Snapshot{Groups: whole})
	if d := cmp.Diff([]policy.InnerGroup{{GUID: "inner", DN: "CN=inner," + dcs, Domain: corp}}, inner); d != "" {
		t.Fatalf("inner groups (-want +got):\n%s", d)
	}
	for name, tc := range map[string]struct {
		why       string
		groups    []identity.Group
		where     map[identity.GUID]identity.Whereabouts
		confirmed time.Time
		doubted   string // the domain whose groups are
	}{
		"There":     {why: "It was read.", groups: whole},
		"Hidden":    {why: "Another group names it still.", where: map[identity.GUID]identity.Whereabouts{"inner": {Presence: identity.Nowhere, Listed: true}}, doubted: corp},
		"TakenOut":  {why: "No group names it any more.", where: map[identity.GUID]identity.Whereabouts{"inner": {Presence: identity.Nowhere}}},
		"LeftOut":   {why: "It is there when asked for, and the search for all groups did not show it.", where: map[identity.GUID]identity.Whereabouts{"inner": {Presence: identity.Live, Domain: corp}}, doubted: corp},
		"Deleted":   {why: "It is among the deleted.", where: map[identity.GUID]identity.Whereabouts{"inner": {Presence: identity.Deleted, Listed: true}}},
		"Elsewhere": {why: "It was moved into another domain, whose groups ought to show it.", where: map[identity.GUID]identity.Whereabouts{"inner": {Presence: identity.Live, Domain: east}}, doubted: east},
		"NotRead":   {why: "It was moved into a domain that is not read.", where: map[identity.GUID]identity.Whereabouts{"inner": {Presence: identity.Live, Domain: "west.corp.example"}}},
		"Confirmed": {why: "A person has said that it is meant.", where: map[identity.GUID]identity.Whereabouts{"inner": {Presence: identity.Nowhere, Listed: true}}, confirmed: now},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot(func(s *identity.Snapshot) {
				s.Groups = tc.groups
				s.Reads = append(s.Reads, identity.Read{Domain: corp, Base: dcs, Kind: identity.ReadGroups, Entries: 9, Complete: true},
					identity.Read{Domain: east, Base: dce, Kind: identity.ReadGroups, Entries: 9, Complete: true})
			})
			r := rules(func(r *policy.Rules) {
				r.Inner = inner
				if !tc.confirmed.IsZero() {
					r.Confirmed = []policy.Confirmed{{Domain: corp, DN: dcs, At: tc.confirmed, Reason: "meant"}}
				}
			})
			c := policy.Judge(s, nil, tc.where, r)
			doubted := ""
			for _, read := range c.Reads {
				if read.Code == "directory.read.group" && !read.Complete {
					doubted = read.Domain
				}
			}
			if doubted != tc.doubted || (c.Membership() != "") != (tc.doubted != "") {
				t.Errorf("%s\ndoubted %q, memberships %q, want %q", tc.why, doubted, c.Membership(), tc.doubted)
			}
		})
	}
	if got := policy.UnreadInner(identity.Snapshot{Groups: whole[1:]}, inner); !slices.Equal(got, []identity.GUID{"inner"}) {
		t.Errorf("unread %v", got)
	}
}

// TestGroupWithoutMembers: a group that holds groups alone and shows none of them
// any more is contradicted by what they say they belong to.
func TestGroupWithoutMembers(t *testing.T) {
	ann := identity.Person{GUID: "ann", Account: "ann", Display: "Ann", Domain: corp, DN: "CN=Ann," + dcs, ControlKnown: true}
	ann.Matched = []identity.Match{{Base: dcs}}
	inner := identity.Group{GUID: "inner", CN: "inner", DN: "CN=inner," + dcs, Domain: corp, Members: []identity.GUID{"ann"}, MembersListed: 1, MemberOf: []string{"CN=outer," + dcs}}
	outer := identity.Group{GUID: "outer", CN: "outer", DN: "CN=outer," + dcs, Domain: corp, Members: []identity.GUID{}}
	s := snapshot(func(s *identity.Snapshot) {
		s.People, s.Groups = identity.PeopleOf(ann), []identity.Group{inner, outer}
	})
	if d := policy.Desire(s, rules()); d.Unsure["outer"] == "" || d.Unsure["inner"] != "" {
		t.Errorf("unsure of %v, want the outer group alone", d.Unsure)
	}
}
