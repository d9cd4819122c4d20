package central_test

import (
	"fmt"
	"net/http"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// TestDevices reads more endpoints than a page holds and writes groups of them.
func TestDevices(t *testing.T) {
	t.Parallel()
	s := tenanttest.Start(t, tenant.Options{})
	var seeds []tenant.Endpoint
	for i := range 1203 {
		seeds = append(seeds, tenant.Endpoint{Type: []string{"computer", "server"}[i%2], Hostname: fmt.Sprintf("PC-%04d", i)})
	}
	if err := s.Tenant.SeedDevices(seeds, nil); err != nil {
		t.Fatal(err)
	}
	w, ctx := dial(t, options(t, s)).Writer(), t.Context()
	all, err := w.Endpoints(ctx)
	if err != nil || len(all) != len(seeds) || s.Tenant.Count(http.MethodGet, tenant.RouteEndpoints) != 3 {
		t.Fatalf("%d endpoints of %d in %d calls: %v", len(all), len(seeds), s.Tenant.Count(http.MethodGet, tenant.RouteEndpoints), err)
	}
	g, err := w.CreateEndpointGroup(ctx, identity.Fields{Name: "Sales (computers)"}, identity.TypeComputer)
	want := identity.EndpointGroup{ID: g.ID, Type: identity.TypeComputer, Fields: identity.Fields{Name: "Sales (computers)"}, Counted: true, CreatedAt: g.CreatedAt}
	if d := gocmp.Diff(want, g); err != nil || d != "" || g.ID == "" || g.CreatedAt.IsZero() {
		t.Fatalf("made: %v (-want +got):\n%s", err, d)
	}
	const nobody = "00000000-0000-4000-8000-000000000001"
	got, err := w.AddEndpoints(ctx, g.ID, []string{seeds[0].ID, seeds[1].ID, nobody})
	if d := gocmp.Diff(identity.EndpointsAdded{Added: []string{seeds[0].ID}, NotFound: []string{nobody}, WrongType: []string{seeds[1].ID}}, got); err != nil || d != "" {
		t.Errorf("added: %v (-want +got):\n%s", err, d)
	}
	byID, err := w.EndpointsByID(ctx, []string{seeds[0].ID, nobody})
	if d := gocmp.Diff(map[string]identity.Endpoint{seeds[0].ID: {ID: seeds[0].ID, Type: "computer", Hostname: "PC-0000", Group: g.ID}}, byID); err != nil || d != "" {
		t.Errorf("by id: %v (-want +got):\n%s", err, d)
	}
	if in, err := w.EndpointsOf(ctx, g.ID); err != nil || len(in) != 1 {
		t.Errorf("in the group: %v %v", in, err)
	}
	if err := w.DeleteEndpointGroup(ctx, g.ID); fault.Code(err) != "central.conflict.notEmpty" {
		t.Errorf("removing a group with somebody in it: %v", err)
	}
	if again, err := w.UpdateEndpointGroup(ctx, g.ID, identity.Fields{Description: "of Sales"}); err != nil || again.Fields.Description != "of Sales" || again.Total != 1 {
		t.Errorf("updated: %+v %v", again, err)
	}
	if found, err := w.FindEndpointGroup(ctx, "SALES (computers)"); err != nil || found == nil || found.ID != g.ID {
		t.Errorf("found: %+v %v", found, err)
	}
	if err := w.RemoveEndpoints(ctx, g.ID, []string{seeds[0].ID, seeds[2].ID}); err != nil {
		t.Error(err)
	}
	if err := w.DeleteEndpointGroup(ctx, g.ID); err != nil {
		t.Error(err)
	}
	if left, err := w.EndpointGroups(ctx); err != nil || len(left) != 0 {
		t.Errorf("left: %v %v", left, err)
	}
	if names := w.UnknownNames(); len(names) != 0 {
		t.Errorf("unknown fields: %v", names)
	}
}

// TestEndpointLists does not take a part of a list for the whole.
func TestEndpointLists(t *testing.T) {
	t.Parallel()
	const head = `{"items":[{"id":"e1","type":"computer"}],"pages":{"size":500,"maxSize":500`
	for name, tc := range map[string]struct {
		why  string
		body string
		code string
	}{
		"Cut":      {"The first page promises more than comes.", head + `,"items":2}}`, "central.list.changed"},
		"Again":    {"The next page has the same items.", head + `,"nextKey":"k"}}`, "central.list.changed"},
		"Round":    {"The next page is the same again, for ever.", `{"items":[],"pages":{"size":500,"nextKey":"k"}}`, "central.malformed"},
		"No items": {"A reply without items says nothing.", `{"pages":{"size":500}}`, "central.malformed"},
		"No pages": {"Whether there are more is not said.", `{"items":[]}`, "central.malformed"},
		"No type":  {"Without its type no group can be chosen.", `{"items":[{"id":"e1"}],"pages":{}}`, "central.malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			s := tenanttest.Start(t, tenant.Options{})
			s.Tenant.Fault(tenant.Rule{Route: tenant.RouteEndpoints, Status: http.StatusOK, Body: tc.body})
			c := dial(t, options(t, s))
			if all, err := c.Endpoints(t.Context()); fault.Code(err) != tc.code {
				t.Errorf("%s\ngot %v, %v", tc.why, all, err)
			}
		})
	}
}

// TestEndpointsCounted tells a group that says how many endpoints it has from one
// that does not.
func TestEndpointsCounted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		endpoints string
		total     int
		counted   bool
	}{
		"Some":    {`,"endpoints":{"total":3}`, 3, true},
		"None":    {`,"endpoints":{"total":0}`, 0, true},
		"Silent":  {``, 0, false},
		"Empty":   {`,"endpoints":{}`, 0, false},
		"Items":   {`,"endpoints":{"itemsCount":1,"items":[{"id":"e1"}]}`, 0, false},
		"Nothing": {`,"endpoints":null`, 0, false},
		"Less":    {`,"endpoints":{"total":-1}`, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := tenanttest.Start(t, tenant.Options{})
			s.Tenant.Fault(tenant.Rule{Route: tenant.RouteEndpointGroups, Status: http.StatusOK, Body: `{"items":[{"id":"g1","type":"computer","name":"Pilot"` + tc.endpoints + `}],"pages":{"current":1,"size":100,"maxSize":100,"total":1,"items":1}}`})
			got, err := dial(t, options(t, s)).EndpointGroups(t.Context())
			want := []identity.EndpointGroup{{ID: "g1", Type: identity.TypeComputer, Fields: identity.Fields{Name: "Pilot"}, Total: tc.total, Counted: tc.counted}}
			if d := gocmp.Diff(want, got); err != nil || d != "" {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
		})
	}
}
