package commands

import (
	"fmt"
	"testing"

	"adsync/core/identity"
	"adsync/core/policy"
)

// TestLag: the controller of now lags by 500 objects behind that of the last
// complete read. What the second one shows still waits, alone.
func TestLag(t *testing.T) {
	const domain = "corp.example"
	id := func(i int) identity.GUID { return identity.GUID(fmt.Sprintf("00000000-0000-0000-0000-%012d", i)) }
	link := func(i int) identity.Link { return identity.Link{GUID: id(i), Kind: identity.KindUser, Domain: domain} }
	server := func(name string) []identity.Server {
		return []identity.Server{{Domain: domain, Name: name, InvocationID: name}}
	}
	read := []identity.Read{{Domain: domain, Kind: identity.ReadUsers, Complete: true}}
	cut := []identity.Read{{Domain: domain, Kind: identity.ReadUsers}}
	wanted := policy.Desired{}
	wanted.Users = map[identity.GUID]identity.WantedUser{}
	members := []identity.GUID{}
	for i := range 500 {
		wanted.Users[id(i)] = identity.WantedUser{GUID: id(i)}
		members = append(members, id(i))
	}
	group := link(9000)
	wanted.Groups = map[identity.GUID]identity.WantedGroup{group.GUID: {GUID: group.GUID, Members: members}}
	where := map[identity.GUID]identity.Whereabouts{
		id(700): {Presence: identity.Deleted}, id(701): {Presence: identity.Live}, id(702): {Presence: identity.Nowhere}, id(703): {},
	}
	before := &lastRead{Servers: server("dc1")}
	for name, tc := range map[string]struct {
		why    string
		last   *lastRead
		now    string
		second *identity.Snapshot
		waits  func(i int) bool
		member bool // the membership of 1 waits
		left   bool // the membership of 600 waits
	}{
		"First": {why: "Nothing to compare with.", now: "dc2", waits: func(int) bool { return false }},
		"Same":  {why: "The controller of before.", last: before, now: "dc1", waits: func(int) bool { return false }},
		"Second": {
			why: "Only what the second still shows.", last: before, now: "dc2", second: &identity.Snapshot{Servers: server("dc1"), Reads: read},
			waits: func(i int) bool { return i < 500 }, member: true,
		},
		"SecondCut": {
			why: "A second read that is not complete confirms nothing.", last: before, now: "dc2", second: &identity.Snapshot{Servers: server("dc1"), Reads: cut},
			waits: func(i int) bool { return i != 700 && i != 701 }, member: true, left: true,
		},
		"SecondIsFirst": {
			why: "A name that leads to the same controller again confirms nothing.", last: before, now: "dc2", second: &identity.Snapshot{Servers: server("dc2"), Reads: read},
			waits: func(i int) bool { return i != 700 && i != 701 }, member: true, left: true,
		},
		"None": {
			why: "Found by its objectGUID, deleted or elsewhere, an object has left.", last: before, now: "dc2",
			waits: func(i int) bool { return i != 700 && i != 701 }, member: true, left: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := reading{snapshot: identity.Snapshot{Servers: server(tc.now)}, where: where, second: tc.second}
			l := lagOf(r, tc.last, wanted)
			for i := range 704 {
				if got := l.object(link(i)) != ""; got != tc.waits(i) {
					t.Fatalf("%s: object %d waits: %v (%s)", tc.why, i, got, l.object(link(i)))
				}
			}
			if got := l.membership(link(1), group) != ""; got != tc.member {
				t.Errorf("%s: the membership waits: %v", tc.why, got)
			}
			if got := l.membership(link(600), group) != ""; got != tc.left {
				t.Errorf("%s: the membership that both lack waits: %v", tc.why, got)
			}
		})
	}
}
