package tenant_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"adsync/core/sandbox/tenant"
)

func TestAccounts(t *testing.T) {
	upper := strings.ToUpper(orgAccount)
	cases := map[string]struct {
		why            string
		client, secret string
		path           string
		header         map[string]string
		status         int
		want           string
	}{
		"Tenant": {
			why: "A tenant learns where its data is.", client: tenant.DefaultClientID, secret: tenant.DefaultSecret,
			path: tenant.RouteWhoAmI, status: 200,
			want: `{"id":"` + tenant.DefaultTenantID + `","idType":"tenant","apiHosts":{"global":"` + base + `","dataRegion":"` + region + `"}}`,
		},
		"Partner": {
			why: "A partner has no region.", client: partnerID, secret: "p", path: tenant.RouteWhoAmI, status: 200,
			want: `{"id":"` + partnerAccount + `","idType":"partner","apiHosts":{"global":"` + base + `","dataRegion":null}}`,
		},
		"Organization": {
			why: "The id of an organization has been seen in capitals.", client: orgID, secret: "o", path: tenant.RouteWhoAmI, status: 200,
			want: `{"id":"` + upper + `","idType":"organization","apiHosts":{"global":"` + base + `","dataRegion":null}}`,
		},
		"WhoAmIQuery": {
			why: "Unknown parameters are refused.", client: partnerID, secret: "p", path: tenant.RouteWhoAmI + "?x=1", status: 400,
		},
		"PartnerTenants": {
			why: "Each tenant names its host.", client: partnerID, secret: "p", path: tenant.RoutePartner + "?pageTotal=true&pageSize=1&page=2",
			header: map[string]string{"X-Partner-ID": partnerAccount}, status: 200,
			want: `{"items":[{"id":"` + id(7) + `","name":"Other","dataGeography":"*","dataRegion":"*","billingType":"*","apiHost":"` + region + `","status":"*"}],
				"pages":{"current":2,"size":1,"total":2,"items":2,"maxSize":100}}`,
		},
		"PartnerWithoutHeader": {
			why: "The partner is named in a header.", client: partnerID, secret: "p", path: tenant.RoutePartner, status: 401,
		},
		"PartnerWithForeignHeader": {
			why: "And it is the caller's own.", client: partnerID, secret: "p", path: tenant.RoutePartner,
			header: map[string]string{"X-Partner-ID": orgAccount}, status: 403,
		},
		"PartnerOne": {
			why: "One tenant by id.", client: partnerID, secret: "p", path: tenant.RoutePartner + "/" + id(7),
			header: map[string]string{"X-Partner-ID": partnerAccount}, status: 200, want: `{"id":"` + id(7) + `","name":"Other"}`,
		},
		"PartnerNone": {
			why: "An unknown tenant.", client: partnerID, secret: "p", path: tenant.RoutePartner + "/" + id(8),
			header: map[string]string{"X-Partner-ID": partnerAccount}, status: 404,
		},
		"OrganizationTenants": {
			why: "Ids are compared without case.", client: orgID, secret: "o", path: tenant.RouteOrganization + "?page=3",
			header: map[string]string{"X-Organization-ID": upper}, status: 200, want: `{"items":[],"pages":{"current":3,"size":50,"total":null}}`,
		},
		"OrganizationOne": {
			why: "One tenant by id.", client: orgID, secret: "o", path: tenant.RouteOrganization + "/" + tenant.DefaultTenantID,
			header: map[string]string{"X-Organization-ID": orgAccount}, status: 200, want: `{"name":"Sandbox"}`,
		},
		"TenantAsksForTenants": {
			why: "A tenant has no tenants.", client: tenant.DefaultClientID, secret: tenant.DefaultSecret, path: tenant.RoutePartner,
			header: map[string]string{"X-Partner-ID": tenant.DefaultTenantID}, status: 403,
		},
		"PartnerReadsTenant": {
			why: "A partner works on a tenant with the tenant's header alone.", client: partnerID, secret: "p", path: region + tenant.RouteUsers,
			header: map[string]string{"X-Tenant-ID": tenant.DefaultTenantID}, status: 200,
		},
		"PartnerSendsBoth": {
			why: "Two headers contradict one another.", client: partnerID, secret: "p", path: region + tenant.RouteUsers,
			header: map[string]string{"X-Tenant-ID": tenant.DefaultTenantID, "X-Partner-ID": partnerAccount}, status: 403,
		},
		"DirectoryOnGlobalHost": {
			why: "The directory is on the regional host.", client: tenant.DefaultClientID, secret: tenant.DefaultSecret, path: base + tenant.RouteUsers,
			header: map[string]string{"X-Tenant-ID": tenant.DefaultTenantID}, status: 404,
		},
		"WhoAmIOnRegionalHost": {
			why: "Who-am-I is on the global host.", client: tenant.DefaultClientID, secret: tenant.DefaultSecret, path: region + tenant.RouteWhoAmI, status: 404,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			header := map[string]string{"Authorization": "Bearer " + w.newToken(t, tc.client, tc.secret)}
			maps.Copy(header, tc.header)
			address := tc.path
			if strings.HasPrefix(address, "/") {
				address = base + address
			}
			res := w.call(t, http.MethodGet, address, "", header)
			if res.Code != tc.status {
				t.Errorf("%s\nstatus %d, want %d: %s", tc.why, res.Code, tc.status, res.Body)
			}
			checkBody(t, tc.why, tc.want, res)
		})
	}
}

func TestRoles(t *testing.T) {
	cases := map[string]struct {
		why                 string
		client, secret      string
		reads, writes, whom int
	}{
		"Management":    {why: "Management is the least that may write.", client: "manager", secret: "m", reads: 200, writes: 201, whom: 200},
		"ReadOnly":      {why: "Read-Only reads.", client: "reader", secret: "r", reads: 200, writes: 403, whom: 200},
		"DirectorySync": {why: "Nobody has said that Directory Sync may use these routes.", client: "uploader", secret: "u", reads: 403, writes: 403, whom: 200},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.token = w.newToken(t, tc.client, tc.secret)
			if res := w.ask(t, http.MethodGet, tenant.RouteUsers, ""); res.Code != tc.reads {
				t.Errorf("%s\nreads: status %d, want %d", tc.why, res.Code, tc.reads)
			}
			res := w.ask(t, http.MethodPost, tenant.RouteUsers, `{"name":"New"}`)
			if res.Code != tc.writes {
				t.Errorf("%s\nwrites: status %d, want %d", tc.why, res.Code, tc.writes)
			}
			if tc.writes == http.StatusForbidden {
				checkBody(t, tc.why, `{"error":"Forbidden","correlationId":"*","requestId":"*","createdAt":"*","message":null}`, res)
			}
			res = w.call(t, http.MethodGet, base+tenant.RouteWhoAmI, "", map[string]string{"Authorization": "Bearer " + w.token})
			if res.Code != tc.whom {
				t.Errorf("%s\nwho-am-I: status %d, want %d", tc.why, res.Code, tc.whom)
			}
		})
	}
}
