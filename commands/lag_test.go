package commands

import (
	"fmt"
	"testing"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"

	"github.com/google/go-cmp/cmp"
)

// TestLag: the controller of now lags by 500 objects behind that of the last
// complete read. What the second one shows still waits, alone.
func TestLag(t *testing.T) {
	const domain = "corp.example"
	id := func(i int) identity.GUID { return identity.GUID(fmt.Sprintf("00000000-0000-0000-0000-%012d", i)) }
	server := func(name string) []identity.Server {
		return []identity.Server{{Domain: domain, Name: name, InvocationID: name}}
	}
	read := []identity.Read{{Domain: domain, Kind: identity.ReadUsers, Complete: true}}
	cut := []identity.Read{{Domain: domain, Kind: identity.ReadUsers}}
	removal := func(i int) plan.Change {
		return plan.Change{Action: plan.Remove, Kind: identity.KindUser, ObjectGUID: id(i), Domain: domain}
	}
	part := func(i int) plan.Change {
		return plan.Change{Action: plan.MembershipRemove, Kind: identity.KindUser, ObjectGUID: id(i), Domain: domain, Group: &plan.Ref{ObjectGUID: id(9000)}}
	}
	wanted := policy.Desired{}
	wanted.Users = map[identity.GUID]identity.WantedUser{}
	members := []identity.GUID{}
	for i := range 500 {
		wanted.Users[id(i)] = identity.WantedUser{GUID: id(i)}
		members = append(members, id(i))
	}
	wanted.Groups = map[identity.GUID]identity.WantedGroup{id(9000): {GUID: id(9000), Members: members}}
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
			l := lagOf(r, tc.last, policy.Desired{}, wanted)
			for i := range 704 {
				if got := l.change(removal(i)) != ""; got != tc.waits(i) {
					t.Fatalf("%s: object %d waits: %v (%s)", tc.why, i, got, l.change(removal(i)))
				}
			}
			if got := l.change(part(1)) != ""; got != tc.member {
				t.Errorf("%s: the membership waits: %v", tc.why, got)
			}
			if got := l.change(part(600)) != ""; got != tc.left {
				t.Errorf("%s: the membership that both lack waits: %v", tc.why, got)
			}
		})
	}
}

// TestLagDispute: what the controller of now would make or change waits where
// that of the last complete read shows it otherwise.
func TestLagDispute(t *testing.T) {
	const corp, child = "corp.example", "child.corp.example"
	server := func(domain, name string) identity.Server {
		return identity.Server{Domain: domain, Name: name, InvocationID: name}
	}
	read := func(complete bool) []identity.Read {
		return []identity.Read{{Domain: corp, Kind: identity.ReadUsers, Complete: complete}}
	}
	desired := func(name string, members ...identity.GUID) policy.Desired {
		var d policy.Desired
		d.Users = map[identity.GUID]identity.WantedUser{"same": {Fields: identity.Fields{Name: "Ann"}}, "other": {Fields: identity.Fields{Name: name}}}
		d.Groups = map[identity.GUID]identity.WantedGroup{"group": {Fields: identity.Fields{Name: "Staff"}, Members: members}}
		return d
	}
	first := desired("Lee", "new", "same")
	first.Users["new"] = identity.WantedUser{Fields: identity.Fields{Name: "Bob"}}
	first.Groups["fresh"] = identity.WantedGroup{Members: []identity.GUID{"new"}}
	second := desired("Leigh", "same")
	group := &plan.Ref{ObjectGUID: "group"}
	cases := map[string]struct {
		change plan.Change
		waits  bool
	}{
		"Create":            {plan.Change{Action: plan.Create, Kind: identity.KindUser, ObjectGUID: "new", Domain: corp}, true},
		"CreateBoth":        {plan.Change{Action: plan.Create, Kind: identity.KindUser, ObjectGUID: "same", Domain: corp, MemberOf: []plan.Ref{*group}}, false},
		"CreateIntoGroup":   {plan.Change{Action: plan.Create, Kind: identity.KindUser, ObjectGUID: "same", Domain: corp, MemberOf: []plan.Ref{*group, {ObjectGUID: "fresh"}}}, true},
		"CreateElsewhere":   {plan.Change{Action: plan.Create, Kind: identity.KindUser, ObjectGUID: "new", Domain: child}, false},
		"Adopt":             {plan.Change{Action: plan.Adopt, Kind: identity.KindUser, ObjectGUID: "other", Domain: corp}, true},
		"Update":            {plan.Change{Action: plan.Update, Kind: identity.KindUser, ObjectGUID: "other", Domain: corp}, true},
		"UpdateBoth":        {plan.Change{Action: plan.Update, Kind: identity.KindUser, ObjectGUID: "same", Domain: corp}, false},
		"GroupBoth":         {plan.Change{Action: plan.Update, Kind: identity.KindGroup, ObjectGUID: "group", Domain: corp}, false},
		"GroupOfElsewhere":  {plan.Change{Action: plan.Create, Kind: identity.KindGroup, ObjectGUID: "fresh", Domain: child}, true},
		"MembershipAdd":     {plan.Change{Action: plan.MembershipAdd, Kind: identity.KindUser, ObjectGUID: "new", Domain: corp, Group: group}, true},
		"MembershipAddBoth": {plan.Change{Action: plan.MembershipAdd, Kind: identity.KindUser, ObjectGUID: "same", Domain: corp, Group: group}, false},
	}
	last := &lastRead{Servers: []identity.Server{server(corp, "dc1"), server(child, "dc9")}}
	now := identity.Snapshot{Servers: []identity.Server{server(corp, "dc2"), server(child, "dc9")}}
	then := &identity.Snapshot{Servers: last.Servers, Reads: read(true)}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			l := lagOf(reading{snapshot: now, second: then}, last, first, second)
			if got := l.change(tc.change); (got != "") != tc.waits {
				t.Errorf("waits: %q, want a wait: %v", got, tc.waits)
			}
			for why, r := range map[string]reading{
				"the same controllers answer":         {snapshot: *then},
				"no second controller says otherwise": {snapshot: now},
				"the second was not read to the end":  {snapshot: now, second: &identity.Snapshot{Servers: last.Servers, Reads: read(false)}},
			} {
				l := lagOf(r, last, first, second)
				if got := l.change(tc.change); got != "" {
					t.Errorf("waits though %s: %s", why, got)
				}
			}
		})
	}
}

// TestLastReadKeeps: neither a domain that one read leaves out nor what an older
// version remembered is forgotten.
func TestLastReadKeeps(t *testing.T) {
	corp := identity.Server{Domain: "corp.example", Name: "dc1.corp.example", InvocationID: "a", HighestUSN: 10}
	child := identity.Server{Domain: "child.corp.example", Name: "dc9.child.corp.example", InvocationID: "b", HighestUSN: 20}
	now := corp
	now.HighestUSN = 11
	got := (&lastRead{Servers: []identity.Server{corp, child}}).with([]identity.Server{now})
	if d := cmp.Diff([]identity.Server{now, child}, got); d != "" {
		t.Errorf("a domain left out (-want +got):\n%s", d)
	}
	old := singleServer{Server: "dc1.corp.example", Invocation: "a", HighestUSN: 10}.servers()
	if d := cmp.Diff([]identity.Server{corp}, old); d != "" {
		t.Errorf("an older version (-want +got):\n%s", d)
	}
	if err := rolledBack([]identity.Server{{Domain: "corp.example", InvocationID: "a", HighestUSN: 9}}, meet(nil, old, time.Now())); fault.Code(err) != "directory.rollback" {
		t.Errorf("a database set back after an upgrade: %v", err)
	}
}

// TestSuccessor: what a new controller lacks waits for a day from its first
// answer, whichever answers between, and then it is the controller.
func TestSuccessor(t *testing.T) {
	const domain = "corp.example"
	server := func(name string) []identity.Server {
		return []identity.Server{{Domain: domain, Name: name, InvocationID: name}}
	}
	start := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	last := lastRead{At: start, Servers: server("dc1"), People: 7}
	for _, step := range []struct {
		after time.Duration
		name  string
		waits bool
	}{
		{0, "dc2", true},
		{time.Hour, "dc2", true},
		{20 * time.Hour, "dc3", true},
		{24*time.Hour - time.Second, "dc2", true},
		{24 * time.Hour, "dc3", true}, // its own day has just begun
		{24 * time.Hour, "dc2", false},
		{44 * time.Hour, "dc3", false},
		{45 * time.Hour, "dc1", false},
	} {
		at := start.Add(step.after)
		if got := last.replaced(server(step.name), at); (len(got) > 0) != step.waits || step.waits && got[0].Name != "dc1" {
			t.Errorf("%s after %s stands in for %v, want a wait: %v", step.name, step.after, got, step.waits)
		}
		if last = last.waiting(server(step.name), at); last.At != start || last.Servers[0].Name != "dc1" || last.People != 7 {
			t.Fatalf("the last complete read is forgotten: %+v", last)
		}
	}
	if len(last.Successors) != 2 || !last.Successors[0].Since.Equal(start) {
		t.Errorf("successors %+v", last.Successors)
	}
}

// TestRollback: a database is known again by its invocation id, whichever
// controllers were read between, and for as long as it may come back.
func TestRollback(t *testing.T) {
	at := time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)
	server := func(id string, usn int64) []identity.Server {
		return []identity.Server{{Domain: "corp.example", Name: "dc-" + id, InvocationID: id, HighestUSN: usn}}
	}
	known := meet(nil, server("a", 900), at)
	known = meet(known, server("b", 50), at.Add(time.Hour))
	known = meet(known, server("a", 800), at.Add(2*time.Hour)) // never becomes less
	known = meet(known, server("", 1), at)
	for name, tc := range map[string]struct {
		why   string
		now   []identity.Server
		known []metController
		want  string
	}{
		"Lower":     {"set back", server("a", 899), known, "directory.rollback"},
		"Same":      {"nothing was written meanwhile", server("a", 900), known, ""},
		"Higher":    {"it has gone on", server("b", 51), known, ""},
		"New":       {"restored as it should be: another invocation id", server("c", 10), known, ""},
		"Unknown":   {"the account may not read the invocation id", server("", 10), known, ""},
		"Forgotten": {"it may not come back any more", server("a", 1), meet(known, nil, at.Add(metFor+2*time.Hour)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			if err := rolledBack(tc.now, tc.known); fault.Code(err) != tc.want {
				t.Errorf("%s: %v, want %q", tc.why, err, tc.want)
			}
		})
	}
}
