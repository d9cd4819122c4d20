package policy

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
)

// TestDevicesSitInOneGroup decides which group of a computer goes first.
func TestDevicesSitInOneGroup(t *testing.T) {
	const dom = "corp.example"
	in := []identity.Match{{Base: "DC=corp"}}
	snapshot := identity.Snapshot{
		Domains: []identity.Domain{{Name: dom, DN: "DC=corp", NetBIOS: "CORP"}},
		Groups: []identity.Group{
			{GUID: "g-all", SID: "S-all", CN: "Domain Computers", Domain: dom, Matched: in},
			{GUID: "g-sales", CN: "Sales", Domain: dom, Members: []identity.GUID{"pc"}, Matched: in},
			{GUID: "g-outer", CN: "Outer", Domain: dom, Members: []identity.GUID{"g-sales", "srv"}, Matched: in},
			{GUID: "g-hidden", CN: "Hidden", Domain: dom, Members: []identity.GUID{"off", "pc"}},
		},
		Devices: []identity.Device{
			{GUID: "pc", Name: "Long-Named-Computer", DNSName: "long-named-computer.corp.example", Account: "LONG-NAMED-COMP$", Domain: dom, ControlKnown: true, PrimaryGroup: "S-all", Matched: in},
			{GUID: "srv", Name: "SRV", Domain: dom, ControlKnown: true, PrimaryGroup: "S-all", Matched: in},
			{GUID: "lone", Name: "LONE", Domain: dom, ControlKnown: true, PrimaryGroup: "S-all", Matched: in},
			{GUID: "off", Name: "OFF", Domain: dom, ControlKnown: true, Disabled: true, Matched: in},
			{GUID: "dim", Name: "DIM", Domain: dom, Matched: in},
			{GUID: "far", Name: "FAR", Domain: dom, ControlKnown: true, Matched: []identity.Match{{Base: "OU=Other,DC=corp"}}},
		},
	}
	for name, tc := range map[string]struct {
		why    string
		order  []string
		groups map[identity.GUID][]identity.GUID
		wanted []identity.GUID
	}{
		"No order": {
			why:    "Nested groups count, and the primary group only where nothing else does.",
			groups: map[identity.GUID][]identity.GUID{"pc": {"g-outer", "g-sales"}, "srv": {"g-outer"}, "lone": {"g-all"}},
			wanted: []identity.GUID{"g-all", "g-outer", "g-sales"},
		},
		"Order": {
			why: "The first that is named goes first.", order: []string{"sales", "Outer"},
			groups: map[identity.GUID][]identity.GUID{"pc": {"g-sales"}, "srv": {"g-outer"}, "lone": {"g-all"}},
			wanted: []identity.GUID{"g-all", "g-outer", "g-sales"},
		},
		"Primary": {
			why: "The order goes before all, and a group that nobody sits in is none.", order: []string{"Domain Computers"},
			groups: map[identity.GUID][]identity.GUID{"pc": {"g-all"}, "srv": {"g-all"}, "lone": {"g-all"}},
			wanted: []identity.GUID{"g-all"},
		},
		"Glob": {
			why: "A pattern that names several decides nothing among them.", order: []string{"*"},
			groups: map[identity.GUID][]identity.GUID{"pc": {"g-all", "g-outer", "g-sales"}, "srv": {"g-all", "g-outer"}, "lone": {"g-all"}},
			wanted: []identity.GUID{"g-all", "g-outer", "g-sales"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := Rules{SyncDevices: true, Domains: map[string]DomainRules{dom: {Include: true}}, Under: func(_, _ string) bool { return true }}
			for _, text := range tc.order {
				p, err := ParsePatterns([]string{text})
				if err != nil {
					t.Fatal(err)
				}
				r.GroupOrder = append(r.GroupOrder, p)
			}
			// Under answers true, so that a base that is not configured is the domain.
			d := Desire(snapshot, r)
			got := map[identity.GUID][]identity.GUID{}
			for id, x := range d.Devices {
				got[id] = x.Groups
			}
			if diff := cmp.Diff(tc.groups, got); diff != "" {
				t.Errorf("%s\ngroups (-want +got):\n%s", tc.why, diff)
			}
			wanted := []identity.GUID{}
			for id := range d.DeviceGroups {
				wanted = append(wanted, id)
			}
			if slices.Sort(wanted); !slices.Equal(wanted, tc.wanted) {
				t.Errorf("%s\nwanted %v, want %v", tc.why, wanted, tc.wanted)
			}
			if len(d.Groups) != 0 {
				t.Errorf("a group of computers became one of people: %v", d.Groups)
			}
			out := map[identity.GUID]string{"off": d.Out["off"].Code, "dim": d.Out["dim"].Code, "far": d.Out["far"].Code}
			if diff := cmp.Diff(map[identity.GUID]string{"off": "disabled", "dim": ReasonUnreadable, "far": "filter.devices"}, out); diff != "" || d.Unsure["dim"] == "" {
				t.Errorf("left out (-want +got):\n%s", diff)
			}
			want := []string{"long-named-comp", "long-named-computer"}
			if diff := cmp.Diff(want, d.Devices["pc"].Hosts); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
		})
	}
	if d := Desire(snapshot, Rules{Domains: map[string]DomainRules{dom: {Include: true}}}); len(d.Devices)+len(d.DeviceGroups) != 0 {
		t.Error("devices are wanted though they are not synchronised")
	}
}
