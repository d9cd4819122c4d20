package tenant_test

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
)

// step is one line of a case and what belongs to it.
type step struct {
	line   int
	kind   byte // '>' a call, '<' its reply, '@' what happens meanwhile
	text   string
	header [][2]string
	body   string
}

// conformance is a case of the table.
type conformance struct {
	why   string
	steps []step
}

// readConformance takes the table apart.
func readConformance(t *testing.T) []conformance {
	t.Helper()
	data, err := os.ReadFile("testdata/conformance.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []conformance
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimRight(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		if why, is := strings.CutPrefix(line, "= "); is {
			cases = append(cases, conformance{why: why})
			continue
		}
		if len(cases) == 0 {
			t.Fatalf("line %d is before the first case", number)
		}
		c := &cases[len(cases)-1]
		if strings.ContainsRune("><@", rune(line[0])) {
			c.steps = append(c.steps, step{line: number, kind: line[0], text: strings.TrimSpace(line[1:])})
			continue
		}
		if line[0] != ' ' || len(c.steps) == 0 {
			t.Fatalf("line %d: %q", number, line)
		}
		s := &c.steps[len(c.steps)-1]
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		if s.body == "" && !strings.ContainsAny(name, `{"= `) {
			s.header = append(s.header, [2]string{name, strings.TrimSpace(value)})
			continue
		}
		s.body += strings.TrimSpace(line)
	}
	return cases
}

// accounts are the words of the table for ids.
var accounts = strings.NewReplacer(
	"{tenant}", tenant.DefaultTenantID, "{TENANT}", strings.ToUpper(tenant.DefaultTenantID),
	"{partner}", partnerAccount, "{organization}", orgAccount,
	"{laptop}", id(laptopN), "{server}", id(serverN), "{synced}", id(syncedN), "{pc}", id(211), "{sales}", id(salesN),
)

func spell(text string) string { return names.Replace(accounts.Replace(text)) }

// secrets are those of the further credentials.
var secrets = map[string]string{partnerID: "p", orgID: "o", "reader": "r", "manager": "m"}

// TestConformance holds the simulator against the table, call by call. Whatever
// the client believes of the API, this is where the simulator gets it from.
func TestConformance(t *testing.T) {
	covered := map[string][]int{}
	for _, c := range readConformance(t) {
		t.Run(c.why, func(t *testing.T) {
			w := fleet(t)
			tokens := map[string]string{"": w.token}
			for name, secret := range secrets {
				tokens[name] = w.newToken(t, name, secret)
			}
			w.Reset()
			var res *httptest.ResponseRecorder
			for _, s := range c.steps {
				switch s.kind {
				case '@':
					w.happen(t, s)
				case '>':
					res = w.conform(t, s, tokens)
				case '<':
					checkReply(t, s, res)
				}
			}
			for _, call := range w.Calls() {
				key := call.Method + " " + call.Route
				covered[key] = append(covered[key], call.Status)
			}
		})
	}
	for route, statuses := range documented() {
		for _, status := range statuses {
			if !slices.Contains(covered[route], status) {
				t.Errorf("no case has %s answer %d", route, status)
			}
		}
	}
	for _, route := range tenant.Routes() {
		if documented()[route] == nil {
			t.Errorf("%s is not among what is documented", route)
		}
	}
}

// happen is what a line with @ says.
func (w *world) happen(t *testing.T, s step) {
	t.Helper()
	if rate, is := strings.CutPrefix(s.text, "rate "); is {
		var r tenant.Rate
		if _, err := fmt.Sscanf(rate, "%d/min", &r.PerMinute); err != nil {
			t.Fatalf("line %d: %v", s.line, err)
		}
		w.clock.advance(time.Minute) // what was before does not count
		w.SetRate(r)
		return
	}
	if s.text == "silent" {
		w.SetRetryAfter(tenant.RetryUnnamed)
		return
	}
	d, err := time.ParseDuration(s.text)
	if err != nil {
		t.Fatalf("line %d: %v", s.line, err)
	}
	w.clock.advance(d)
}

// conform makes a call of the table.
func (w *world) conform(t *testing.T, s step, tokens map[string]string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, _ := strings.Cut(s.text, " ")
	host := base
	if strings.HasPrefix(path, "/common/") || strings.HasPrefix(path, "/endpoint/") {
		host = region
	}
	header := map[string]string{"Authorization": "Bearer " + tokens[""], "X-Tenant-ID": tenant.DefaultTenantID}
	if s.body != "" {
		header["Content-Type"] = "application/json"
	}
	for _, h := range s.header {
		header[h[0]] = spell(h[1])
		if token := tokens[h[1]]; h[0] == "Authorization" && h[1] != "" && token != "" {
			header[h[0]] = "Bearer " + token
		}
	}
	return w.call(t, method, host+spell(path), spell(s.body), header)
}

// checkReply compares a reply with that of the table.
func checkReply(t *testing.T, s step, res *httptest.ResponseRecorder) {
	t.Helper()
	if fmt.Sprint(res.Code) != s.text {
		t.Errorf("line %d: status %d, want %s: %s", s.line, res.Code, s.text, res.Body)
		return
	}
	for _, h := range s.header {
		got, want := res.Header().Get(h[0]), h[1]
		if got != want && (want != "*" || got == "") && (want != "-" || got != "") {
			t.Errorf("line %d: the header %s is %q, want %q", s.line, h[0], got, want)
		}
	}
	var want, got any
	if err := json.Unmarshal([]byte(spell(s.body)), &want); err != nil {
		t.Fatalf("line %d: the table is no JSON: %v", s.line, err)
	}
	if err := json.Unmarshal(res.Body.Bytes(), &got); err != nil {
		t.Errorf("line %d: the reply is no JSON: %v", s.line, err)
		return
	}
	if d := deviates("", want, got); d != "" {
		t.Errorf("line %d: %s\nin %s", s.line, d, res.Body)
	}
}

// deviates says where a reply is not what the table has. Other than a case of a
// single route, the table names all that is there.
func deviates(path string, want, got any) string {
	if want == "*" && got != nil && got != "" {
		return ""
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, want an object", path, got)
		}
		known := map[string]bool{}
		for name, value := range w {
			plain, optional := strings.CutSuffix(name, "?")
			known[plain] = true
			have, there := g[plain]
			if !there && optional {
				continue
			}
			if d := deviates(path+"."+plain, value, have); d != "" {
				return d
			}
		}
		for name := range g {
			if !known[name] {
				return fmt.Sprintf("%s.%s is not known of the API", path, name)
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s is %v, want %d of them", path, got, len(w))
		}
		for i := range w {
			if d := deviates(fmt.Sprintf("%s[%d]", path, i), w[i], g[i]); d != "" {
				return d
			}
		}
		return ""
	}
	if want == got {
		return ""
	}
	return fmt.Sprintf("%s is %v, want %v", path, got, want)
}

// documented are the answers of each route that its documentation names, and
// those that every route has been seen to give.
func documented() map[string][]int {
	u, g := tenant.RouteUsers, tenant.RouteGroups
	return map[string][]int{
		"POST " + tenant.RouteToken:              {200, 401},
		"GET " + tenant.RouteWhoAmI:              {200, 401},
		"GET " + tenant.RoutePartner:             {200, 403},
		"GET " + tenant.RoutePartnerOne:          {200, 404},
		"GET " + tenant.RouteOrganization:        {200, 403},
		"GET " + tenant.RouteOrganizations:       {200},
		"GET " + u:                               {200, 400, 401, 403},
		"POST " + u:                              {201, 400, 403, 404, 409, 429},
		"GET " + tenant.RouteUser:                {200, 404, 429},
		"PATCH " + tenant.RouteUser:              {200, 400, 404, 409},
		"DELETE " + tenant.RouteUser:             {200, 409},
		"GET " + tenant.RouteUserGroups:          {200, 404},
		"POST " + tenant.RouteUserGroups:         {201, 404, 409},
		"DELETE " + tenant.RouteUserGroups:       {200, 404, 409},
		"DELETE " + tenant.RouteUserGroup:        {200, 404, 409},
		"GET " + g:                               {200, 400},
		"POST " + g:                              {201, 400, 404, 409},
		"GET " + tenant.RouteGroup:               {200, 404},
		"PATCH " + tenant.RouteGroup:             {200, 404, 409},
		"DELETE " + tenant.RouteGroup:            {200, 409},
		"GET " + tenant.RouteGroupUsers:          {200, 404},
		"POST " + tenant.RouteGroupUsers:         {201, 404, 409},
		"DELETE " + tenant.RouteGroupUsers:       {200, 404},
		"DELETE " + tenant.RouteGroupUser:        {200, 404, 409},
		"GET " + tenant.RouteEndpoints:           {200, 400},
		"GET " + tenant.RouteEndpoint:            {200, 404},
		"GET " + tenant.RouteEndpointGroups:      {200},
		"POST " + tenant.RouteEndpointGroups:     {201, 400, 409},
		"GET " + tenant.RouteEndpointGroup:       {200, 404},
		"PATCH " + tenant.RouteEndpointGroup:     {200, 400, 404},
		"DELETE " + tenant.RouteEndpointGroup:    {200, 409},
		"GET " + tenant.RouteEndpointGroupAll:    {200, 404},
		"POST " + tenant.RouteEndpointGroupAll:   {201, 404, 409},
		"DELETE " + tenant.RouteEndpointGroupAll: {200},
		"DELETE " + tenant.RouteEndpointGroupOne: {200},
	}
}
