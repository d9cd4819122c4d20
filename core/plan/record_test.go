package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
)

// TestDiffRecord says which memberships are to be recorded as ours, and which no
// longer, so that whoever leaves later is not taken for somebody put in by hand.
func TestDiffRecord(t *testing.T) {
	list := func(users ...int) map[identity.GUID][]identity.GUID {
		var ids []identity.GUID
		for _, n := range users {
			ids = append(ids, guid(n))
		}
		return map[identity.GUID][]identity.GUID{guid(1000): ids}
	}
	type lists struct {
		Joined, Parted map[identity.GUID][]identity.GUID
	}
	for name, tc := range map[string]struct {
		why  string
		in   []func(*scene)
		want lists
	}{
		"Same":      {"Recorded, in Central and in the directory.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G", 1), wantsGroup(1000, "G", 1), ours(1000, 1)}, lists{}},
		"Joined":    {"Put in by hand, and then in the directory too: ours.", []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1, 2), ours(1000, 1)}, lists{Joined: list(2)}},
		"Never":     {"Nothing recorded yet: whatever both sides have.", []func(*scene){crowd(1, 3), knowsGroup(1000, "G", 1, 2, 3), wantsGroup(1000, "G", 1, 2)}, lists{Joined: list(1, 2)}},
		"Parted":    {"Taken out by hand, and gone from the directory too.", []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 2), wantsGroup(1000, "G", 2), ours(1000, 1, 2)}, lists{Parted: list(1)}},
		"TakenOut":  {"By hand alone: it is ours, and put back.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1), ours(1000, 1)}, lists{}},
		"Left":      {"In the directory alone: ours until it is taken out.", []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 2), ours(1000, 1, 2)}, lists{}},
		"Hidden":    {"Central did not show the members: nothing is known.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G"), ours(1000, 1), hidden(1000)}, lists{}},
		"Stranger":  {"Somebody else's member is nobody of ours.", []func(*scene){has(1, "A", ""), knowsGroup(1000, "G", 1), wantsGroup(1000, "G", 1)}, lists{}},
		"Unlinked":  {"A group that is not ours.", []func(*scene){keeps(1, "A", ""), hasGroup(1000, "G", 1), wantsGroup(1000, "G", 1)}, lists{}},
		"Undesired": {"A group that is going takes nobody in.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G", 1)}, lists{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := plan.Diff(build(tc.in...))
			if d := cmp.Diff(tc.want, lists{r.Joined, r.Parted}, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.why, d)
			}
		})
	}
}

// TestDeviceRecord says which places of devices are kept on record. A list of
// Central that lags gives nothing up; what is gone does.
func TestDeviceRecord(t *testing.T) {
	known := []func(*scene){
		fleet, computer(2000, 3000), computer(2001), wantsDevices(3000, "Sales"), knowsDevices(3000, "Sales (computers)", pc, 2000, 2001),
	}
	noGroups := set(func(in *plan.Input) { in.EndpointGroups = nil })
	noEndpoints := set(func(in *plan.Input) { in.Endpoints = nil })
	gone := func(ids ...string) func(*scene) {
		return set(func(in *plan.Input) {
			for _, id := range ids {
				in.Gone[id] = true
			}
		})
	}
	for name, tc := range map[string]struct {
		why    string
		in     []func(*scene)
		forget []identity.GUID
		parted []identity.GUID
	}{
		"Whole":         {"Both are there.", nil, nil, nil},
		"GroupLags":     {"The list does not hold the group: its devices are not forgotten.", []func(*scene){noGroups}, nil, nil},
		"GroupGone":     {"Nothing sits in a group that is gone.", []func(*scene){noGroups, gone("g3000")}, []identity.GUID{guid(2000), guid(2001)}, nil},
		"EndpointsLag":  {"The list does not hold the endpoints.", []func(*scene){noEndpoints}, nil, nil},
		"EndpointsGone": {"What is gone is forgotten.", []func(*scene){noEndpoints, gone("e2000", "e2001")}, []identity.GUID{guid(2000), guid(2001)}, []identity.GUID{guid(2000), guid(2001)}},
		"EndpointGone":  {"One that is gone takes nobody with it.", []func(*scene){noEndpoints, gone("e2001")}, []identity.GUID{guid(2001)}, []identity.GUID{guid(2001)}},
	} {
		t.Run(name, func(t *testing.T) {
			r := plan.Diff(build(slices.Concat(known, tc.in)...))
			if d := cmp.Diff(tc.forget, r.Forget, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nforgotten (-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(tc.parted, r.Parted[identity.Key(guid(3000), pc)], cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nparted (-want +got):\n%s", tc.why, d)
			}
		})
	}
}
