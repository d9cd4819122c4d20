package central_test

import (
	"cmp"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

func TestLostAnswers(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		rule tenant.Rule
		made bool
	}{
		"CutBefore":   {tenant.Rule{CutBefore: true}, false},
		"CutAfter":    {tenant.Rule{CutAfter: true}, true},
		"500After":    {tenant.Rule{Status: 500, Effect: true}, true},
		"502":         {tenant.Rule{Status: 502}, false},
		"NoJSON":      {tenant.Rule{Status: 201, Body: "<html>", Effect: true}, true},
		"SilentAfter": {tenant.Rule{Status: 504, Effect: true, Delay: 2 * time.Second}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tenanttest.Start(t, tenant.Options{})
			o := options(t, s)
			o.Timeout = time.Second
			w := dial(t, o).Writer()
			tc.rule.Method, tc.rule.Route = "POST", tenant.RouteUsers
			s.Tenant.Fault(tc.rule)
			_, err := w.CreateUser(t.Context(), identity.Fields{Name: "Ann", Email: "ann@example.com"}, nil)
			if e, ok := errors.AsType[*central.Error](err); !ok || !e.Unclear || fault.Code(err) != "central.unclear" {
				t.Errorf("got %v", err)
			}
			found, err := w.FindUser(t.Context(), "ann@example.com", "")
			if err != nil || (found != nil) != tc.made {
				t.Errorf("read back: %v %v, made: %t", found, err, tc.made)
			}
			if n := s.Tenant.Count("POST", tenant.RouteUsers); n != 1 {
				t.Errorf("it was sent %d times", n)
			}
		})
	}
}

func TestReadsSurviveFaults(t *testing.T) {
	t.Parallel()
	s := tenanttest.Start(t, tenant.Options{})
	company(t, s, 150)
	c := dial(t, options(t, s))
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteUsers, CutBefore: true, Times: 1})
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteUsers, After: 1, Status: 429, RetryAfter: "1", Times: 1})
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteToken, Status: 503, Times: 1})
	if users, err := c.Users(t.Context()); err != nil || len(users) != 150 {
		t.Errorf("got %d: %v", len(users), err)
	}
	if c.Calls() != s.Tenant.Total() {
		t.Errorf("%d calls counted, %d made", c.Calls(), s.Tenant.Total())
	}
	s.Tenant.ClearFaults()
	s.Tenant.Fault(tenant.Rule{Route: tenant.RouteGroups, Body: `{"pages":{"current":1,"size":100,"maxSize":100}}`})
	if _, err := c.Groups(t.Context()); fault.Code(err) != "central.malformed" {
		t.Errorf("a 200 without items: %v", err)
	}
}

func TestAuthorityInDER(t *testing.T) {
	t.Parallel()
	s := tenanttest.Start(t, tenant.Options{})
	data, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	o := options(t, s)
	o.CAFile = filepath.Join(t.TempDir(), "ca.cer")
	if err := os.WriteFile(o.CAFile, block.Bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t, o).Connect(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTokenThatEndsEarly(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var ahead time.Duration
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(ahead)
	}
	s := tenanttest.Start(t, tenant.Options{Now: clock})
	w := dial(t, options(t, s)).Writer()
	if _, err := w.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	mu.Lock()
	ahead = 2 * time.Hour // Central's clock alone: our token looks fresh
	mu.Unlock()
	if _, err := w.CreateGroup(t.Context(), identity.Fields{Name: "Staff"}); err != nil {
		t.Error(err)
	}
	if n := s.Tenant.Count("POST", tenant.RouteToken); n != 2 {
		t.Errorf("%d tokens, not 2", n)
	}
}

func TestRefusalsOfATenant(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*central.Options)
		code   string
		calls  map[string]int
	}{
		"WrongSecret": {
			func(o *central.Options) { o.Secret = func() string { return "hunter2" } }, "central.credential.refused",
			map[string]int{"POST " + tenant.RouteToken: 1},
		},
		"UnknownClient": {
			func(o *central.Options) { o.ClientID = "nobody" }, "central.credential.unknown",
			map[string]int{"POST " + tenant.RouteToken: 1},
		},
		"ExpiredSecret": {
			func(o *central.Options) { o.ClientID = "old" }, "central.credential.expired",
			map[string]int{"POST " + tenant.RouteToken: 1},
		},
		"BlockedRegion": {
			func(o *central.Options) { o.ClientID = "far" }, "central.regionBlocked",
			map[string]int{"POST " + tenant.RouteToken: 1},
		},
		"Role": {
			func(o *central.Options) { o.ClientID = "looker" }, "central.forbidden",
			map[string]int{"POST " + tenant.RouteToken: 1, "GET " + tenant.RouteWhoAmI: 1, "GET " + tenant.RouteUsers: 2},
		},
		"Partner": {
			func(o *central.Options) { o.ClientID = "partner" }, "central.tenant.required",
			map[string]int{"POST " + tenant.RouteToken: 1, "GET " + tenant.RouteWhoAmI: 2, "GET " + tenant.RoutePartner: 2},
		},
		"UnknownAuthority": {func(o *central.Options) { o.CAFile = "" }, "central.certificate.unknownAuthority", map[string]int{}},
		"Expired": {
			func(o *central.Options) { o.Now = func() time.Time { return time.Now().AddDate(200, 0, 0) } },
			"central.certificate.expired",
			map[string]int{},
		},
		"WrongName": {
			func(o *central.Options) { o.IdentityURL = strings.Replace(o.IdentityURL, "127.0.0.1", "localhost", 1) },
			"central.certificate.name",
			map[string]int{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := tenanttest.Start(t, tenant.Options{Clients: []tenant.Client{
				{ID: "old", Secret: tenant.DefaultSecret, Expires: time.Now().Add(-time.Hour)},
				{ID: "far", Secret: tenant.DefaultSecret, Blocked: true},
				{ID: "looker", Secret: tenant.DefaultSecret, Role: tenant.RoleForensics},
				{ID: "partner", Secret: tenant.DefaultSecret, Kind: tenant.KindPartner, AccountID: "0f6c2f9e-6f0b-4c0e-9a55-000000000001"},
			}})
			o := options(t, s)
			tc.change(&o)
			c := dial(t, o)
			for range 2 {
				_, err := c.Users(t.Context())
				if fault.Code(err) != tc.code || strings.Contains(fmt.Sprintf("%+v", err), cmp.Or(o.Secret(), "?")) {
					t.Errorf("got %v, want %s", err, tc.code)
				}
			}
			got := s.Tenant.Counts()
			maps.DeleteFunc(got, func(_ string, n int) bool { return n == 0 })
			if d := gocmp.Diff(tc.calls, got); d != "" {
				t.Errorf("calls (-want +got):\n%s", d)
			}
		})
	}
}
