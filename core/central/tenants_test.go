package central_test

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// agency is a partner or an organisation with more tenants than one page holds,
// two of them of one name.
func agency(t *testing.T, kind tenant.Kind) (central.Options, *tenanttest.Server) {
	t.Helper()
	o := tenant.Options{Name: "Corp Example", Clients: []tenant.Client{
		{ID: "agency", Secret: tenant.DefaultSecret, Kind: kind},
	}}
	for n := range 120 {
		o.Tenants = append(o.Tenants, tenant.Account{ID: fmt.Sprintf("00000000-0000-0000-0000-%012d", n), Name: fmt.Sprintf("Firm %03d", n)})
	}
	o.Tenants[118].Name = "firm 117"
	o.Tenants[119].APIHost = "https://evil.example"
	s := tenanttest.Start(t, o)
	c := options(t, s)
	c.ClientID = "agency"
	return c, s
}

func TestChoosingATenant(t *testing.T) {
	t.Parallel()
	for _, kind := range []tenant.Kind{tenant.KindPartner, tenant.KindOrganization} {
		list, one := tenant.RoutePartner, tenant.RoutePartnerOne
		if kind == tenant.KindOrganization {
			list, one = tenant.RouteOrganization, tenant.RouteOrganizations
		}
		for name, tc := range map[string]struct {
			why, want  string
			code       string
			says       string // in the details
			lines      int
			lists, one int
		}{
			"ID":        {why: "An id is asked for, not looked for.", want: strings.ToUpper(tenant.DefaultTenantID), one: 1},
			"Name":      {why: "A name is looked for in the whole list, without case.", want: " CORP example ", lists: 3},
			"None":      {why: "Without a choice there is a list to choose from.", code: "central.tenant.required", says: tenant.DefaultTenantID + ": Corp Example (eu01)", lines: 51, lists: 3},
			"Unknown":   {why: "Nobody is guessed.", want: "Corp", code: "central.tenant.unknown", says: "and 71 more", lines: 51, lists: 3},
			"UnknownID": {why: "Nobody is guessed.", want: "00000000-0000-0000-0000-00000000dead", code: "central.tenant.unknown", one: 1},
			"Ambiguous": {why: "Two of one name are told apart by id.", want: "FIRM 117", code: "central.tenant.ambiguous", says: "000000000118: firm 117", lines: 2, lists: 3},
			"Host":      {why: "A partner's list may not lead elsewhere either.", want: "Firm 119", code: "central.host", lists: 3},
		} {
			t.Run(string(kind)+"/"+name, func(t *testing.T) {
				t.Parallel()
				o, s := agency(t, kind)
				o.Tenant = tc.want
				c := dial(t, o)
				got, err := c.Connect(t.Context())
				if fault.Code(err) != tc.code || (err != nil) != (tc.code != "") {
					t.Fatalf("%s\ngot %s %v, want %q", tc.why, fault.Code(err), err, tc.code)
				}
				if e, ok := err.(*fault.Error); ok { //nolint:errorlint // it is returned bare
					if lines := strings.Join(e.Details, "\n"); !strings.Contains(lines, tc.says) || len(e.Details) != tc.lines {
						t.Errorf("%s\n%d details: %s", tc.why, len(e.Details), lines)
					}
				}
				if n := s.Tenant.Count("GET", list); n != tc.lists {
					t.Errorf("%s\n%d pages of the list were read, want %d", tc.why, n, tc.lists)
				}
				if n := s.Tenant.Count("GET", one); n != tc.one {
					t.Errorf("%s\nthe tenant was asked for %d times, want %d", tc.why, n, tc.one)
				}
				if tc.code != "" {
					return
				}
				want := identity.Tenant{ID: s.Tenant.ID(), Name: "Corp Example", DataRegion: "eu01", APIHost: s.RegionURL}
				if d := gocmp.Diff(want, got); d != "" {
					t.Errorf("%s (-want +got):\n%s", tc.why, d)
				}
				if users, err := c.Users(t.Context()); err != nil || len(users) != 0 {
					t.Errorf("%s\ngot %v %v", tc.why, users, err)
				}
				if a, err := c.WhoAmI(t.Context()); err != nil || a.Tenant != want || a.Kind != string(kind) {
					t.Errorf("asked again it is %+v %v", a, err)
				}
			})
		}
	}
}

func TestNoTenantAtAll(t *testing.T) {
	t.Parallel()
	o, s := agency(t, tenant.KindPartner)
	s.Tenant.Fault(tenant.Rule{Route: tenant.RoutePartner, Status: 200, Body: `{"items":[],"pages":{"current":1,"size":50,"maxSize":100,"total":0,"items":0}}`})
	if _, err := dial(t, o).Connect(t.Context()); fault.Code(err) != "central.tenant.unknown" {
		t.Errorf("got %v", err)
	}
	s.Tenant.ClearFaults()
	s.Tenant.Fault(tenant.Rule{Route: tenant.RoutePartner, Status: 200, Body: `{"items":[{"id":"x","name":"y"}],"pages":{"current":1,"size":50,"maxSize":100,"total":1,"items":1}}`})
	if _, err := dial(t, o).Connect(t.Context()); fault.Code(err) != "central.malformed" || !strings.Contains(err.Error(), "apiHost") {
		t.Errorf("a tenant without a host: %v", err)
	}
}
