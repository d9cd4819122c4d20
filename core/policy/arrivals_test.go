package policy_test

import (
	"strings"
	"testing"
	"time"

	"adsync/core/identity"
	"adsync/core/policy"
)

// The objects of these tests have real objectGUIDs: what is remembered holds
// their bytes.
const (
	annID   identity.GUID = "00000000-0000-0000-0000-00000000000a"
	benID   identity.GUID = "00000000-0000-0000-0000-00000000000b"
	groupA  identity.GUID = "00000000-0000-0000-0000-0000000000a1"
	groupB  identity.GUID = "00000000-0000-0000-0000-0000000000b1"
	groupC  identity.GUID = "00000000-0000-0000-0000-0000000000c1"
	staffID identity.GUID = "00000000-0000-0000-0000-0000000000d1"
)

const thisMorning = "2026-11-24 08:00"

// groupsOf reads a filter of these tests: names of groups, "dept" for anything
// else, "!" before a group that is left out, all of them between "&" or "|".
func groupsOf(filter string) identity.Clause {
	set := identity.Clause{Set: '|'}
	if strings.Contains(filter, "&") {
		set.Set = '&'
	}
	for _, name := range strings.FieldsFunc(filter, func(r rune) bool { return r == '&' || r == '|' }) {
		part := identity.Clause{}
		if bare := strings.TrimPrefix(name, "!"); len(bare) == 1 {
			part.Group = "CN=" + bare + ",OU=Groups," + dcs
		}
		if strings.HasPrefix(name, "!") {
			part = identity.Clause{Set: '!', Parts: []identity.Clause{part}}
		}
		set.Parts = append(set.Parts, part)
	}
	return set
}

// chained is a snapshot with Ann and Ben in OU=Staff and the groups A, in it B,
// in it C; member says who is in which.
func chained(member map[identity.GUID][]identity.GUID) identity.Snapshot {
	s := snapshot(groups(group("A", member[groupA]), group("B", member[groupB]), group("C", member[groupC])))
	for i, id := range []identity.GUID{groupA, groupB, groupC} {
		s.Groups[i].GUID = id
	}
	for name, id := range map[string]identity.GUID{"Ann": annID, "Ben": benID} {
		s.People = s.People.With(person(name, func(p *identity.Person) { p.GUID, p.CreatedAt = id, now.AddDate(-1, 0, 0) }))
	}
	s.Containers = []identity.Container{{GUID: staffID, DN: staff, Domain: corp}}
	s.Servers = []identity.Server{{Domain: corp, Name: "dc1", InvocationID: "I", HighestUSN: 500}}
	s.TakenAt = now
	return s
}

// TestArrivals: Ann is in scope now. What is proven of how she came in?
func TestArrivals(t *testing.T) {
	const highest = 100 // at the last complete read
	searched := func(filter string, nested bool, bases ...string) policy.SearchRules {
		return policy.SearchRules{Filter: filter, Nested: nested, Bases: bases}
	}
	inA := map[identity.GUID][]identity.GUID{groupA: {annID, benID}}
	through := map[identity.GUID][]identity.GUID{groupA: {groupB}, groupB: {groupC}, groupC: {annID, benID}}
	type usn = map[identity.GUID]int64 // of what has changed since
	for name, tc := range map[string]struct {
		why     string
		search  policy.SearchRules
		members map[identity.GUID][]identity.GUID
		changed usn
		before  func(*policy.Known)
		where   func(map[identity.GUID]identity.Whereabouts)
		code    string // "" is new
		text    string
	}{
		"Moved":      {why: "no filter keeps anybody out: only a move brings her in", search: searched("", false, staff), changed: usn{annID: 200}, code: "moved.in", text: "stands in " + staff + ", below a search base, and did not at the complete read of " + thisMorning},
		"UnitMoved":  {why: "or a move of what she stands in", search: searched("", false, staff), changed: usn{staffID: 200}, code: "moved.in"},
		"Whole":      {why: "without base and filter nobody comes in but who is new", search: searched("", false), changed: usn{annID: 200}},
		"Attributes": {why: "either may have changed", search: searched("dept", false, staff), changed: usn{annID: 200}},
		"AttributesUnitMoved": {
			why: "she is as she was, and the unit is not", search: searched("dept", false, staff), changed: usn{staffID: 200}, code: "moved.in",
		},
		"Joined":           {why: "in the whole domain only the group can have changed", search: searched("A", false), members: inA, changed: usn{annID: 200}, code: "joined.group", text: "joined CN=A,OU=Groups," + dcs + ", which"},
		"JoinedBelow":      {why: "below a base too, where nothing has moved", search: searched("A", false, staff), members: inA, changed: usn{groupA: 200}, code: "joined.group"},
		"JoinedOrMoved":    {why: "both may have brought her in", search: searched("A", false, staff), members: inA, changed: usn{annID: 200, groupA: 200}},
		"MovedAsMember":    {why: "she was in the group: it has not changed since", search: searched("A", false, staff), members: inA, changed: usn{annID: 200}, code: "moved.in"},
		"MovedAsOneOfTwo":  {why: "the other group may be new", search: searched("A&B", false, staff), members: map[identity.GUID][]identity.GUID{groupA: {annID}, groupB: {annID}}, changed: usn{annID: 200, groupB: 200}},
		"JoinedNested":     {why: "the group that she was put into is named with the one of the filter", search: searched("A", true), members: through, code: "joined.group", text: "joined CN=C,OU=Groups," + dcs + ", through which it belongs to CN=A"},
		"NestedDirectOnly": {why: "where nested groups do not count she is in by another way, which is not known", search: searched("A", false), members: through},
		"GroupJoined": {
			why: "C was put into B, with everybody in it", search: searched("A", true), members: through,
			before: func(k *policy.Known) {
				k.Groups = []policy.KnownGroup{{GUID: groupA, Groups: []identity.GUID{groupB}}, {GUID: groupB}}
			},
			code: "joined.group", text: "CN=C,OU=Groups," + dcs + ", which was put into CN=B",
		},
		"LeftUnwanted": {why: "whom the filter kept out by a group may have left it", search: searched("A&!B", false), members: inA},
		"ReturnedThen": {why: "she came back then: disabled, or held since", search: searched("", false, staff), before: func(k *policy.Known) { k.Domains[0].People = append(annID.Bytes(), k.Domains[0].People...) }},
		"OtherRules":   {why: "another base lets others in", search: searched("", false, staff), before: func(k *policy.Known) { k.Domains[0].Users.Bases = []string{sales} }},
		"OtherServer":  {why: "numbers of another controller say nothing", search: searched("", false, staff), before: func(k *policy.Known) { k.Domains[0].Server.InvocationID = "J" }},
		"MadeSince":    {why: "an object made later is new", search: searched("", false, staff), where: func(m map[identity.GUID]identity.Whereabouts) { w := m[annID]; w.CreatedUSN = 101; m[annID] = w }},
		"Replicated":   {why: "made long ago, and on this controller since", search: searched("", false, staff), where: func(m map[identity.GUID]identity.Whereabouts) { w := m[annID]; w.CreatedUSN = 300; m[annID] = w }},
		"AnotherAnswered": {
			why: "the one that was read died in between", search: searched("", false, staff),
			where: func(m map[identity.GUID]identity.Whereabouts) { w := m[annID]; w.Server = "dc2"; m[annID] = w },
		},
		"NotAsked": {why: "nothing is known of her", search: searched("", false, staff), where: func(m map[identity.GUID]identity.Whereabouts) { delete(m, annID) }},
		"HiddenUnit": {
			why: "what cannot be looked up may have moved", search: searched("A", false, staff), members: inA, changed: usn{groupA: 200},
			where: func(m map[identity.GUID]identity.Whereabouts) { delete(m, staffID) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := chained(tc.members)
			known := &policy.Known{Domains: []policy.KnownDomain{{
				Domain: corp, At: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC), Users: tc.search, People: benID.Bytes(),
				Server: identity.Server{Domain: corp, Name: "dc1", InvocationID: "I", HighestUSN: highest},
			}}}
			if tc.before != nil {
				tc.before(known)
			}
			r := rules(func(r *policy.Rules) {
				r.Domains[corp] = policy.DomainRules{Include: true, Users: tc.search}
				r.Groups, r.Known = groupsOf, known
			})
			a := policy.NewArrivals(s, nil, r)
			m := map[identity.GUID]identity.Whereabouts{}
			for _, id := range a.Ask() {
				changed := int64(50)
				if at := tc.changed[id]; at > 0 {
					changed = at
				}
				m[id] = identity.Whereabouts{GUID: id, Domain: corp, Presence: identity.Live, Server: "dc1", CreatedUSN: 10, ChangedUSN: changed}
			}
			if tc.where != nil {
				tc.where(m)
			}
			got, proven := a.Cause(annID, m)
			if got.Code != tc.code && proven || proven != (tc.code != "") || !strings.Contains(got.Text, tc.text) {
				t.Errorf("%s\n%v %s: %s; want %s: %s", tc.why, proven, got.Code, got.Text, tc.code, tc.text)
			}
			if _, proven := a.Cause(benID, m); proven {
				t.Error("Ben was here before")
			}
		})
	}
}

// TestArrivalsOfTheLedger: whoever is in the ledger comes from Central, and is not
// asked about.
func TestArrivalsOfTheLedger(t *testing.T) {
	r := rules(func(r *policy.Rules) { r.Groups = groupsOf })
	known := policy.Know(chained(nil), r)
	known.Domains[0].People = nil
	r.Known = &known
	ben := link("Ben", func(l *identity.Link) { l.GUID = benID })
	ask := policy.NewArrivals(chained(nil), links(ben), r).Ask()
	if len(ask) != 2 || ask[0] != annID || ask[1] != staffID {
		t.Errorf("asked about %v, want Ann and where she stands", ask)
	}
}

// TestLeftNested: the groups by which somebody belonged to that of the filter are
// those of the last complete read; which of them was left is seen now.
func TestLeftNested(t *testing.T) {
	const filter = "A"
	in := func(names ...string) identity.Whereabouts {
		w := live("Ann", staff)
		w.GUID = annID
		for _, n := range names {
			w.MemberOf = append(w.MemberOf, "CN="+n+",OU=Groups,"+dcs)
		}
		return w
	}
	type members = map[identity.GUID][]identity.GUID
	through := members{groupA: {groupB}, groupB: {groupC}, groupC: {annID}}
	for name, tc := range map[string]struct {
		why         string
		before, now members
		where       identity.Whereabouts
		gone        identity.GUID // the group that is not there any more
		text        string
	}{
		"Direct":      {"no group stood between", members{groupA: {annID}}, nil, in(), "", "left CN=A,OU=Groups," + dcs + ", which the filter asks for, directly or through another group"},
		"Left":        {"she left the innermost", through, members{groupA: {groupB}, groupB: {groupC}}, in(), "", "left CN=C,OU=Groups," + dcs + ", through which it belonged to CN=A,"},
		"InnerLeft":   {"she did not move; C left B", through, members{groupA: {groupB}, groupC: {annID}}, in("C"), "", "CN=C,OU=Groups," + dcs + " left CN=B,OU=Groups," + dcs + ", through which it belonged to CN=A,"},
		"OuterLeft":   {"B left A", through, members{groupB: {groupC}, groupC: {annID}}, in("C"), "", "CN=B,OU=Groups," + dcs + " left CN=A,"},
		"InnerGone":   {"C was deleted", through, members{groupA: {groupB}}, in(), groupC, "CN=C,OU=Groups," + dcs + " is not there any more, through which it belonged to CN=A,"},
		"BetweenGone": {"B was deleted", through, members{groupC: {annID}}, in("C"), groupB, "CN=B,OU=Groups," + dcs + " is not there any more"},
		"NotKnown":    {"nothing was remembered", nil, nil, in(), "", "left CN=A,OU=Groups," + dcs + ", which the filter asks for, directly"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rules(func(r *policy.Rules) {
				r.Domains[corp] = policy.DomainRules{Include: true, Users: policy.SearchRules{Filter: filter, Nested: true}}
				r.Groups = groupsOf
			})
			known := policy.Know(chained(tc.before), r)
			r.Known = &known
			s := chained(tc.now)
			s.People = identity.People{}
			for i, g := range s.Groups {
				if g.GUID == tc.gone {
					s.Groups = append(s.Groups[:i], s.Groups[i+1:]...)
					break
				}
			}
			l := link("Ann", func(l *identity.Link) { l.GUID = annID })
			got := policy.Leaving(l, policy.Desire(s, r), tc.where, r, nil)
			if got.Code != "left.group" || !strings.Contains(got.Text, tc.text) {
				t.Errorf("%s\n%s: %s; want %s", tc.why, got.Code, got.Text, tc.text)
			}
		})
	}
}
