package tenant_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
)

const (
	base   = "https://central.test"
	region = "https://region.test"

	partnerID, partnerAccount = "partner", "aaaaaaaa-0000-4000-8000-000000000001"
	orgID, orgAccount         = "organization", "bbbbbbbb-0000-4000-8000-000000000001"
)

// id is a UUID that can be read.
func id(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// The people and groups of the world that every case begins with.
const (
	annN, bobN, adaN, eveN, rootN   = 1, 2, 3, 4, 5
	staffN, emptyN, adGroupN, crowd = 101, 102, 103, 104
	nobodyN                         = 999
)

// names stand for ids in the paths and bodies of a case.
var names = strings.NewReplacer(
	"{ann}", id(annN), "{bob}", id(bobN), "{ada}", id(adaN), "{eve}", id(eveN), "{root}", id(rootN),
	"{staff}", id(staffN), "{empty}", id(emptyN), "{adGroup}", id(adGroupN), "{crowd}", id(crowd),
	"{nobody}", id(nobodyN),
)

// clock is a time that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time          { return c.at }
func (c *clock) advance(d time.Duration) { c.at = c.at.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)} }

// world is a tenant with some objects of each kind.
type world struct {
	*tenant.Tenant
	clock *clock
	token string
}

func newWorld(tb testing.TB, edit func(*tenant.Options)) *world {
	tb.Helper()
	c := newClock()
	o := tenant.Options{
		Now:       c.now,
		BaseURL:   func() string { return base },
		RegionURL: func() string { return region },
		Tenants:   []tenant.Account{{ID: id(7), Name: "Other"}},
		Clients: []tenant.Client{
			{ID: partnerID, Secret: "p", Kind: tenant.KindPartner, AccountID: partnerAccount},
			{ID: orgID, Secret: "o", Kind: tenant.KindOrganization, AccountID: orgAccount},
			{ID: "reader", Secret: "r", Role: tenant.RoleReadOnly},
			{ID: "manager", Secret: "m", Role: tenant.RoleManagement},
			{ID: "uploader", Secret: "u", Role: tenant.RoleDirectorySync},
		},
	}
	if edit != nil {
		edit(&o)
	}
	w := &world{Tenant: tenant.New(o), clock: c}
	users := []tenant.User{
		{ID: id(annN), Name: "Ann Lee", FirstName: "Ann", LastName: "Lee", Email: "ann@example.com", ExchangeLogin: `EX\ann`},
		{ID: id(bobN), Name: `EX\bob`},
		{ID: id(adaN), Name: "Ada", Email: "ada@corp.example", Source: tenant.SourceActiveDirectory, Domain: "corp.example"},
		{ID: id(eveN), Name: "Eve", Email: "eve@cloud.example", Source: tenant.SourceEntra, Domain: "cloud.example"},
		{ID: id(rootN), Name: "Root", Email: "root@example.com", Admin: true},
	}
	for n := 11; n < 23; n++ {
		users = append(users, tenant.User{ID: id(n), Name: fmt.Sprintf("Extra %d", n), Groups: []string{id(crowd)}})
	}
	groups := []tenant.Group{
		{ID: id(staffN), Name: "Staff", Description: "All of us", Members: []string{id(annN), id(adaN)}},
		{ID: id(emptyN), Name: "Empty"},
		{ID: id(adGroupN), Name: "Domain Users", Source: tenant.SourceActiveDirectory, Members: []string{id(adaN)}},
		{ID: id(crowd), Name: "Crowd"},
	}
	if err := w.Seed(users, groups); err != nil {
		tb.Fatal(err)
	}
	w.token = w.newToken(tb, tenant.DefaultClientID, tenant.DefaultSecret)
	w.Reset()
	return w
}

// call sends one request past the network.
func (w *world) call(tb testing.TB, method, address, body string, header map[string]string) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequestWithContext(tb.Context(), method, address, strings.NewReader(body))
	for name, value := range header {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	recorder := httptest.NewRecorder()
	w.ServeHTTP(recorder, r)
	return recorder
}

func form(clientID, secret string) url.Values {
	return url.Values{
		"grant_type": {"client_credentials"}, "client_id": {clientID}, "client_secret": {secret}, "scope": {"token"},
	}
}

var formHeader = map[string]string{"Content-Type": "application/x-www-form-urlencoded"}

func (w *world) newToken(tb testing.TB, clientID, secret string) string {
	tb.Helper()
	res := w.call(tb, http.MethodPost, base+tenant.RouteToken, form(clientID, secret).Encode(), formHeader)
	token, _ := decode(tb, res)["access_token"].(string)
	if token == "" {
		tb.Fatalf("no token: %d", res.Code)
	}
	return token
}

// ask is a call as the tenant's own client makes it.
func (w *world) ask(tb testing.TB, method, path, body string) *httptest.ResponseRecorder {
	tb.Helper()
	header := map[string]string{"Authorization": "Bearer " + w.token, "X-Tenant-ID": tenant.DefaultTenantID}
	if body != "" {
		header["Content-Type"] = "application/json"
	}
	return w.call(tb, method, region+names.Replace(path), names.Replace(body), header)
}

func decode(tb testing.TB, res *httptest.ResponseRecorder) map[string]any {
	tb.Helper()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		tb.Fatal(err)
	}
	var v map[string]any
	if err := json.Unmarshal(data, &v); err != nil {
		tb.Fatalf("the reply is no JSON object: %q", data)
	}
	return v
}

// differs compares a reply with what a case wants of it: members that the case
// does not name may be anything, null stands for a member that is not there, and
// "*" for one that is.
func differs(path string, want, got any) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, want an object", path, got)
		}
		for name, value := range w {
			have, there := g[name]
			if value == nil {
				if there {
					return fmt.Sprintf("%s.%s is there: %v", path, name, have)
				}
				continue
			}
			if d := differs(path+"."+name, value, have); d != "" {
				return d
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s is %v, want %v", path, got, want)
		}
		for i := range w {
			if d := differs(fmt.Sprintf("%s[%d]", path, i), w[i], g[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if want == "*" && got != nil && got != "" || want == got {
		return ""
	}
	return fmt.Sprintf("%s is %v, want %v", path, got, want)
}

func checkBody(tb testing.TB, why, want string, res *httptest.ResponseRecorder) {
	tb.Helper()
	if want == "" {
		return
	}
	var w any
	if err := json.Unmarshal([]byte(names.Replace(want)), &w); err != nil {
		tb.Fatalf("the case is no JSON: %v", err)
	}
	if d := differs("reply", w, decode(tb, res)); d != "" {
		tb.Errorf("%s\n%s", why, d)
	}
}
