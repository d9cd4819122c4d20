package policy_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/policy"
)

func TestDesireGroups(t *testing.T) {
	inEast := func(p *identity.Person) {
		p.Domain, p.DN, p.Matched = east, "CN="+p.CN+","+dce, []identity.Match{{Base: dce}}
	}
	unmatched := func(g *identity.Group) { g.Matched = nil }
	names := func(p *identity.Person) { p.MemberOf = []string{"cn=hidden,ou=groups," + dcs} }
	tests := map[string]struct {
		why    string
		s      identity.Snapshot
		rules  func(*policy.Rules)
		in     map[identity.GUID][]identity.GUID // groups with members
		out    map[identity.GUID]string
		unsure []identity.GUID
	}{
		"Direct": {
			why: "Members in scope, sorted; the others are left out.",
			s:   snapshot(people(person("Bob"), person("Ann"), person("Cid", func(p *identity.Person) { p.Disabled = true })), groups(group("A", ids("Bob", "Cid", "Ann", "gone")))),
			in:  map[identity.GUID][]identity.GUID{"A": ids("Ann", "Bob")},
		},
		"Nested": {
			why: "Who belongs to an inner group belongs to the outer one.",
			s:   snapshot(people(person("Ann"), person("Bob")), groups(group("A", ids("B", "Bob")), group("B", ids("C")), group("C", ids("Ann")))),
			in:  map[identity.GUID][]identity.GUID{"A": ids("Ann", "Bob"), "B": ids("Ann"), "C": ids("Ann")},
		},
		"Cycle": {
			why: "AD allows groups that hold each other; all have the same people.",
			s:   snapshot(people(person("Ann"), person("Bob")), groups(group("A", ids("B", "A", "Ann")), group("B", ids("C")), group("C", ids("A", "Bob")))),
			in:  map[identity.GUID][]identity.GUID{"A": ids("Ann", "Bob"), "B": ids("Ann", "Bob"), "C": ids("Ann", "Bob")},
		},
		"CycleOverDomains": {
			why: "A universal group holds groups of another domain that hold it again.",
			s: snapshot(people(person("Ann"), person("Eve", inEast)),
				groups(group("A", ids("E", "Ann")), group("E", ids("A", "Eve"), groupInEast))),
			in: map[identity.GUID][]identity.GUID{"A": ids("Ann", "Eve"), "E": ids("Ann", "Eve")},
		},
		"ThroughUnwanted": {
			why:   "An inner group that no rule wants still carries membership.",
			s:     snapshot(people(person("Ann"), person("Eve", inEast)), groups(group("A", ids("B", "X", "E")), group("B", ids("Ann"), unmatched), group("X", ids("Ann")), group("E", ids("Eve"), groupInEast))),
			rules: func(r *policy.Rules) { r.ExcludeGroups = patterns(t, "X") },
			in:    map[identity.GUID][]identity.GUID{"A": ids("Ann", "Eve"), "E": ids("Eve")},
			out:   map[identity.GUID]string{"B": "filter.groups", "X": "excluded"},
		},
		"Primary": {
			why: "The primary group does not list its people in member; nested it counts too.",
			s: snapshot(people(person("Ann", func(p *identity.Person) { p.PrimaryGroup = "S-Users" }), person("Bob", func(p *identity.Person) { p.PrimaryGroup, p.Disabled = "S-Users", true })),
				groups(group("Users", nil), group("A", ids("Users")))),
			in: map[identity.GUID][]identity.GUID{"A": ids("Ann"), "Users": ids("Ann")},
		},
		"NoPrimary": {
			why: "A group whose SID could not be read is nobody's primary group.",
			s:   snapshot(people(person("Ann")), groups(group("A", nil, func(g *identity.Group) { g.SID = "" }))),
			out: map[identity.GUID]string{"A": "group.empty"},
		},
		"Empty": {
			why: "Groups follow users: without anybody in scope there is no group.",
			s:   snapshot(people(person("Ann", func(p *identity.Person) { p.Disabled = true })), groups(group("A", ids("Ann")), group("B", ids("A")), group("C", nil))),
			out: map[identity.GUID]string{"A": "group.empty", "B": "group.empty", "C": "group.empty"},
		},
		"DomainNotIncluded": {
			why:   "Groups of an excluded domain are out though their people are in.",
			s:     snapshot(people(person("Ann")), groups(group("E", ids("Ann"), groupInEast))),
			rules: func(r *policy.Rules) { r.Domains[east] = policy.DomainRules{} },
			out:   map[identity.GUID]string{"E": "domain.excluded"},
		},
		"Excluded": {
			why:   "By account, name, mail, DN, glob.",
			s:     snapshot(people(person("Ann")), groups(group("A", ids("Ann")), group("B", ids("Ann"), func(g *identity.Group) { g.Mail = "b@corp.example" }), group("Cat", ids("Ann")), group("D", ids("Ann")))),
			rules: func(r *policy.Rules) { r.ExcludeGroups = patterns(t, "a", "b@corp.example", "c?t", "/^cn=d,/") },
			out:   map[identity.GUID]string{"A": "excluded", "B": "excluded", "Cat": "excluded", "D": "excluded"},
		},
		"Filter": {
			why: "What the group filter does not return is out, below a base or without one.",
			s:   snapshot(people(person("Ann")), groups(group("A", ids("Ann"), unmatched))),
			rules: func(r *policy.Rules) {
				r.Domains[corp] = policy.DomainRules{Include: true, Groups: policy.SearchRules{Bases: []string{"OU=Groups," + dcs}, Filter: "(cn=X*)"}}
			},
			out: map[identity.GUID]string{"A": "filter.groups"},
		},
		"Base": {
			why: "Below none of the group bases.",
			s:   snapshot(people(person("Ann")), groups(group("A", ids("Ann"), unmatched))),
			rules: func(r *policy.Rules) {
				r.Domains[corp] = policy.DomainRules{Include: true, Groups: policy.SearchRules{Bases: []string{sales}}}
			},
			out: map[identity.GUID]string{"A": "base"},
		},
		"Hidden": {
			why:    "Hidden membership answers with no members and no error; memberOf gives it away.",
			s:      snapshot(people(person("Ann", names)), groups(group("Hidden", nil))),
			out:    map[identity.GUID]string{"Hidden": "group.empty"},
			unsure: ids("Hidden"),
		},
		"HiddenWithin": {
			why:    "The people of a hidden inner group are missing from the outer ones too: nothing may be taken from those either.",
			s:      snapshot(people(person("Ann", names), person("Bob")), groups(group("A", ids("B", "Bob")), group("B", ids("Hidden")), group("Hidden", nil), group("Other", ids("Bob")))),
			in:     map[identity.GUID][]identity.GUID{"A": ids("Bob"), "Other": ids("Bob")},
			out:    map[identity.GUID]string{"B": "group.empty", "Hidden": "group.empty"},
			unsure: ids("A", "B", "Hidden"),
		},
		"Fewer": {
			why:    "A range that claims to be the last and is not shows fewer members and no error; memberOf gives it away. Whoever is shown is in.",
			s:      snapshot(people(person("Ann", names), person("Bob", names)), groups(group("Hidden", ids("Bob", "gone")), group("A", ids("Hidden")))),
			in:     map[identity.GUID][]identity.GUID{"Hidden": ids("Bob"), "A": ids("Bob")},
			unsure: ids("Hidden", "A"),
		},
		"FewerOutOfScope": {
			why:    "Whoever is read and not in scope proves it as well.",
			s:      snapshot(people(person("Ann", names, func(p *identity.Person) { p.Disabled = true }), person("Bob")), groups(group("Hidden", ids("Bob")))),
			in:     map[identity.GUID][]identity.GUID{"Hidden": ids("Bob")},
			unsure: ids("Hidden"),
		},
		"FewerDevices": {
			why: "Computers name their groups too.",
			s: snapshot(people(person("Bob")), groups(group("Hidden", ids("Bob"))), func(s *identity.Snapshot) {
				s.Devices = []identity.Device{{GUID: "PC", DN: "CN=PC," + dcs, MemberOf: []string{"CN=Hidden,OU=Groups," + dcs}}}
			}),
			in:     map[identity.GUID][]identity.GUID{"Hidden": ids("Bob")},
			unsure: ids("Hidden"),
		},
		"Whole": {
			why: "A group that lists everybody who names it is read, in whatever order.",
			s:   snapshot(people(person("Ann", names), person("Bob", names)), groups(group("Hidden", ids("gone", "Bob", "Ann")))),
			in:  map[identity.GUID][]identity.GUID{"Hidden": ids("Ann", "Bob")},
		},
		"MoreThanNamed": {
			why: "A controller does not say in memberOf what a group of another domain lists: that is no contradiction.",
			s:   snapshot(people(person("Ann", names), person("Eve", inEast)), groups(group("Hidden", ids("Ann", "Eve")))),
			in:  map[identity.GUID][]identity.GUID{"Hidden": ids("Ann", "Eve")},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := rules()
			if tc.rules != nil {
				tc.rules(&r)
			}
			d := policy.Desire(tc.s, r)
			in, out, unsure := map[identity.GUID][]identity.GUID{}, map[identity.GUID]string{}, []identity.GUID{}
			for id, g := range d.Groups {
				in[id] = g.Members
			}
			for id, reason := range d.Out {
				if d.OutKind[id] == identity.KindGroup {
					out[id] = reason.Code
				}
			}
			for id := range d.Unsure {
				unsure = append(unsure, id)
			}
			sorted := cmpopts.SortSlices(func(a, b identity.GUID) bool { return a < b })
			if diff := cmp.Diff(tc.in, in, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\nin (-want +got):\n%s", tc.why, diff)
			}
			if diff := cmp.Diff(tc.out, out, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s\nout (-want +got):\n%s", tc.why, diff)
			}
			if diff := cmp.Diff(tc.unsure, unsure, cmpopts.EquateEmpty(), sorted); diff != "" {
				t.Errorf("%s\nunsure (-want +got):\n%s", tc.why, diff)
			}
		})
	}
}

func groupInEast(g *identity.Group) {
	g.Domain, g.DN, g.Matched = east, "CN="+g.CN+","+dce, []identity.Match{{Base: dce}}
}

func TestGroupNameWithDomain(t *testing.T) {
	s := snapshot(people(person("Ann")), groups(group("Staff", ids("Ann")), group("East", ids("Ann"), groupInEast)))
	d := policy.Desire(s, rules(func(r *policy.Rules) { r.DomainInGroupName = true }))
	got := map[identity.GUID]string{}
	for id, g := range d.Groups {
		got[id] = g.Fields.Name
	}
	if diff := cmp.Diff(map[identity.GUID]string{"Staff": "Staff (CORP)", "East": "East (EAST)"}, got); diff != "" {
		t.Errorf("two domains may have one group name; the NetBIOS name tells them apart (-want +got):\n%s", diff)
	}
}
