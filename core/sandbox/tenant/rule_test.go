package tenant_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// session calls a tenant over the network, as only there connections are cut.
type session struct {
	*tenanttest.Server
	token string
}

func newSession(t *testing.T) *session {
	t.Helper()
	s := &session{Server: tenanttest.Start(t, tenant.Options{})}
	r := s.request(t, http.MethodPost, s.URL+tenant.RouteToken, form(s.ClientID, s.Secret).Encode())
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, body, _, err := s.do(r)
	_, rest, found := strings.Cut(body, `"access_token":"`)
	if err != nil || status != http.StatusOK || !found {
		t.Fatalf("no token: %d %v", status, err)
	}
	s.token, _, _ = strings.Cut(rest, `"`)
	s.Tenant.Reset()
	return s
}

func (s *session) request(t *testing.T, method, address, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (s *session) do(r *http.Request) (status int, body string, header http.Header, err error) {
	res, err := s.Client().Do(r)
	if err != nil {
		return 0, "", nil, err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	return res.StatusCode, string(data), res.Header, err
}

func (s *session) create(t *testing.T) (status int, body string, header http.Header, err error) {
	t.Helper()
	r := s.request(t, http.MethodPost, s.RegionURL+tenant.RouteUsers, `{"name":"New"}`)
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("X-Tenant-ID", s.Tenant.ID())
	r.Header.Set("Content-Type", "application/json")
	return s.do(r)
}

func TestFaults(t *testing.T) {
	cases := map[string]struct {
		why    string
		rule   tenant.Rule
		cut    bool
		status int
		body   string // a part of it
		header string // Retry-After
		made   int
	}{
		"Status":    {why: "A gateway error has the gateway's body.", rule: tenant.Rule{Status: 503}, status: 503, body: `"error":"ServiceUnavailable"`},
		"Effect":    {why: "500, and it was made.", rule: tenant.Rule{Status: 500, Effect: true}, status: 500, made: 1},
		"CutBefore": {why: "No answer, and nothing was made.", rule: tenant.Rule{CutBefore: true}, cut: true},
		"CutAfter":  {why: "No answer, and it was made.", rule: tenant.Rule{CutAfter: true}, cut: true, made: 1},
		"Retry":     {why: "A made-up wait.", rule: tenant.Rule{Status: 429, RetryAfter: "7"}, status: 429, header: "7"},
		"Body":      {why: "A body that is none of ours.", rule: tenant.Rule{Status: 502, Body: "<h1>Bad gateway</h1>"}, status: 502, body: "<h1>"},
		"OtherBody": {why: "A reply that means nothing, after the effect.", rule: tenant.Rule{Body: "{}"}, status: 201, body: "{}", made: 1},
		"Delay":     {why: "A delay alone changes nothing.", rule: tenant.Rule{Delay: time.Millisecond}, status: 201, made: 1},
		"Route":     {why: "A rule for another route passes.", rule: tenant.Rule{Route: tenant.RouteGroups, Status: 500}, status: 201, made: 1},
		"Method":    {why: "And one for another method.", rule: tenant.Rule{Method: "PATCH", Status: 500}, status: 201, made: 1},
		"After":     {why: "The first calls may pass.", rule: tenant.Rule{After: 1, Status: 500}, status: 201, made: 1},
		"Fits":      {why: "A rule for this one strikes.", rule: tenant.Rule{Method: "POST", Route: tenant.RouteUsers, Status: 500}, status: 500},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s := newSession(t)
			s.Tenant.Fault(tc.rule)
			status, body, header, err := s.create(t)
			if (err != nil) != tc.cut {
				t.Fatalf("%s\nerror %v, want one: %v", tc.why, err, tc.cut)
			}
			if status != tc.status || !strings.Contains(body, tc.body) || header.Get("Retry-After") != tc.header {
				t.Errorf("%s\n%d %q Retry-After %q, want %d with %q, %q", tc.why, status, body, header.Get("Retry-After"), tc.status, tc.body, tc.header)
			}
			if n := len(s.Tenant.Users()); n != tc.made {
				t.Errorf("%s\n%d users afterwards, want %d", tc.why, n, tc.made)
			}
			calls := s.Tenant.Calls()
			if len(calls) != 1 || calls[0].Status != tc.status || calls[0].Faulted != (tc.made == 0 || tc.rule.Delay > 0 || tc.rule.Effect || tc.rule.CutAfter || tc.rule.Body != "") {
				t.Errorf("%s\nthe log has %+v", tc.why, calls)
			}
		})
	}
}

func TestFaultsEnd(t *testing.T) {
	s := newSession(t)
	s.Tenant.Fault(tenant.Rule{After: 1, Times: 2, Status: 500})
	s.Tenant.Fault(tenant.Rule{Times: 1, Status: 502})
	var got []int
	for range 5 {
		status, _, _, err := s.create(t)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, status)
	}
	// The second rule fits what the first lets pass.
	want := []int{502, 500, 500, 201, 201}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("statuses %v, want %v", got, want)
		}
	}
	s.Tenant.Fault(tenant.Rule{Status: 500})
	s.Tenant.ClearFaults()
	if status, _, _, _ := s.create(t); status != http.StatusCreated {
		t.Errorf("status %d once the rules are gone, want 201", status)
	}
}

// A caller that gives up does not stop what it asked for.
func TestImpatientCaller(t *testing.T) {
	s := newSession(t)
	s.Tenant.Fault(tenant.Rule{Delay: time.Hour})
	s.Client().Timeout = 50 * time.Millisecond
	if _, _, _, err := s.create(t); err == nil {
		t.Fatal("an answer came")
	}
	deadline := time.Now().Add(5 * time.Second)
	for len(s.Tenant.Users()) == 0 {
		if time.Now().After(deadline) {
			t.Fatal("the user was not made")
		}
		time.Sleep(5 * time.Millisecond)
	}
}
