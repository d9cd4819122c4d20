package commands

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// depot is a Central that shows endpoints and groups, or refuses to.
type depot struct {
	endpoints []identity.Endpoint
	groups    []identity.EndpointGroup
	members   map[string][]identity.Endpoint
	listed    []string
	refuse    error
}

func (d *depot) Endpoints(context.Context) ([]identity.Endpoint, error) {
	return slices.Clone(d.endpoints), d.refuse
}

func (d *depot) EndpointGroups(context.Context) ([]identity.EndpointGroup, error) {
	return d.groups, d.refuse
}

func (d *depot) EndpointsOf(_ context.Context, group string) ([]identity.Endpoint, error) {
	d.listed = append(d.listed, group)
	return d.members[group], nil
}

func (d *depot) EndpointsByID(context.Context, []string) (map[string]identity.Endpoint, error) {
	return map[string]identity.Endpoint{"lagging": {ID: "lagging"}}, nil
}

func (d *depot) EndpointGroupsByID(context.Context, []string) (map[string]identity.EndpointGroup, error) {
	return map[string]identity.EndpointGroup{}, nil
}

// TestFiltered: of whoever is missing, what the filters ask for is looked up.
func TestFiltered(t *testing.T) {
	got := filtered(directory.Request{Scopes: []directory.Scope{{
		Users: []directory.Search{{Filter: "(department=Sales)"}}, Groups: []directory.Search{{Filter: "(info=x)"}},
		Devices: []directory.Search{{Filter: "(&(location=Hall)(department=Sales))"}},
	}}})
	if diff := cmp.Diff([]string{"department", "location"}, got); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

// TestDeviceChoice: before a write no group is made for devices, and none put into
// one, while not all groups are known of which one goes first.
func TestDeviceChoice(t *testing.T) {
	const dom, base = "corp.example", "OU=Groups,DC=corp"
	fields := identity.Fields{Name: "Sales"}
	desired := policy.Desired{State: identity.State{
		Devices:      map[identity.GUID]identity.WantedDevice{"pc": {GUID: "pc", Groups: []identity.GUID{"g"}}},
		DeviceGroups: map[identity.GUID]identity.WantedDeviceGroup{"g": {GUID: "g", Fields: fields}},
	}}
	named := desired.DeviceGroups["g"].Named(identity.TypeComputer)
	changes := map[string]plan.Change{
		"put":    {Action: plan.MembershipAdd, Kind: identity.KindDevice, ObjectGUID: "pc", Type: identity.TypeComputer, Group: &plan.Ref{ObjectGUID: "g"}},
		"create": {Action: plan.Create, Kind: identity.KindDeviceGroup, ObjectGUID: "g", Type: identity.TypeComputer, After: &plan.Values{Name: &named.Name}},
		"adopt":  {Action: plan.Adopt, Kind: identity.KindDeviceGroup, ObjectGUID: "g", Type: identity.TypeComputer, After: &plan.Values{Name: &named.Name}},
		"update": {Action: plan.Update, Kind: identity.KindDeviceGroup, ObjectGUID: "g", Type: identity.TypeComputer, After: &plan.Values{Name: &named.Name}},
	}
	for code, held := range map[string][]string{"": nil, policy.BaseMissing: {"adopt", "create", "put"}, policy.FilterMissing: {"adopt", "create", "put"}} {
		s := identity.Snapshot{Reads: []identity.Read{{Domain: dom, Base: base, Kind: identity.ReadGroups, Entries: 1, Complete: code == "", Code: code, Reason: code}}}
		l := look{view: view{desired: desired, coverage: policy.Judge(s, nil, nil, policy.Rules{})}}
		var got []string
		for name, c := range changes {
			if l.unwantedDevice(c, nil) != "" {
				got = append(got, name)
			}
		}
		slices.Sort(got)
		if diff := cmp.Diff(held, got); diff != "" {
			t.Errorf("%q: not to be done (-want +got):\n%s", code, diff)
		}
	}
}

// TestReadDevices believes neither of two lists alone, and no list of what it does
// not show.
func TestReadDevices(t *testing.T) {
	d := &depot{
		endpoints: []identity.Endpoint{{ID: "a", Group: "g1"}, {ID: "b"}, {ID: "c", Group: "g2"}, {ID: "d"}},
		groups: []identity.EndpointGroup{
			{ID: "g1", Total: 2, Counted: true}, {ID: "g2", Total: 1, Counted: true}, {ID: "g3", Counted: true}, {ID: "g4"},
		},
		members: map[string][]identity.Endpoint{"g1": {{ID: "a"}, {ID: "b"}}, "g4": {{ID: "d"}}},
	}
	in := plan.Input{Devices: true, Gone: map[string]bool{}, Links: []identity.Link{
		{Kind: identity.KindDevice, CentralID: "a"},
		{Kind: identity.KindDevice, CentralID: "lost"},
		{Kind: identity.KindDevice, CentralID: "lagging"},
		{Kind: identity.KindDeviceGroup, CentralID: "g9"},
		{Kind: identity.KindUser, CentralID: "u"},
	}}
	if err := readDevices(t.Context(), d, &in); err != nil {
		t.Fatal(err)
	}
	want := []identity.Endpoint{{ID: "a", Group: "g1"}, {ID: "b", Group: "g1"}, {ID: "c", Group: "g2"}, {ID: "d", Group: "g4"}}
	if diff := cmp.Diff(want, in.Endpoints); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"g1", "g4"}, d.listed); diff != "" {
		t.Errorf("members were listed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]bool{"lost": true, "g9": true}, in.Gone); diff != "" {
		t.Errorf("gone (-want +got):\n%s", diff)
	}
}

// TestDevicesUnavailable goes on without devices where Central does not show them,
// and stops where it is not known whether it would.
func TestDevicesUnavailable(t *testing.T) {
	for code, goes := range map[string]bool{"central.forbidden": true, "central.notFound": true, "central.unreachable": false} {
		in := plan.Input{Devices: true, Gone: map[string]bool{}, Links: []identity.Link{{Kind: identity.KindDevice, CentralID: "a"}}}
		err := readDevices(t.Context(), &depot{refuse: fault.New(code, "no")}, &in)
		switch {
		case goes && (err != nil || in.Devices || len(in.Warnings) != 1 || len(in.Gone) != 0):
			t.Errorf("%s: %v, devices %v, warnings %v, gone %v", code, err, in.Devices, in.Warnings, in.Gone)
		case !goes && err == nil:
			t.Errorf("%s is taken for a part of Central that is not there", code)
		}
	}
}
