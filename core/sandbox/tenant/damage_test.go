package tenant_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
)

// page is what a list showed, in short.
type page struct {
	ids          []string
	items, pages bool // whether they are there
	promised     int
	tenants      map[string]bool
}

func pageOf(tb testing.TB, body []byte) page {
	tb.Helper()
	var d struct {
		Items []struct {
			ID     string `json:"id"`
			Tenant struct {
				ID string `json:"id"`
			} `json:"tenant"`
		} `json:"items"`
		Pages *struct {
			Items *int `json:"items"`
		} `json:"pages"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		tb.Fatalf("%v in %q", err, body)
	}
	p := page{items: d.Items != nil, pages: d.Pages != nil, tenants: map[string]bool{}}
	for _, one := range d.Items {
		p.ids = append(p.ids, one.ID)
		p.tenants[one.Tenant.ID] = true
	}
	if d.Pages != nil && d.Pages.Items != nil {
		p.promised = *d.Pages.Items
	}
	return p
}

// TestDamage looks at two pages of four of the sixteen users, with and without
// the damage.
func TestDamage(t *testing.T) {
	for _, tc := range []struct {
		damage  tenant.Damage
		why     string
		changed func(one, two page, intact []page) bool
	}{
		{tenant.DamageMore, "An item more is promised than there is.", func(one, _ page, in []page) bool { return one.promised == in[0].promised+1 }},
		{tenant.DamageFewer, "An item less.", func(one, _ page, in []page) bool { return one.promised == in[0].promised-1 }},
		{tenant.DamageDropped, "The last item is missing.", func(one, _ page, in []page) bool { return cmp.Equal(one.ids, in[0].ids[:3]) }},
		{tenant.DamageDuplicate, "An item comes twice, another not at all.", func(one, _ page, in []page) bool {
			return cmp.Equal(one.ids, append(in[0].ids[:3:3], in[0].ids[0]))
		}},
		{tenant.DamageLater, "The second page begins too late.", func(one, two page, in []page) bool {
			return cmp.Equal(one.ids, in[0].ids) && cmp.Equal(two.ids[:3], in[1].ids[1:])
		}},
		{tenant.DamageEarlier, "The second page begins too early.", func(one, two page, in []page) bool {
			return cmp.Equal(one.ids, in[0].ids) && two.ids[0] == in[0].ids[3] && cmp.Equal(two.ids[1:], in[1].ids[:3])
		}},
		{tenant.DamageNoItems, "No list is not an empty list.", func(one, _ page, _ []page) bool { return !one.items && one.pages }},
		{tenant.DamageNoPages, "Nothing is said of pages.", func(one, _ page, _ []page) bool { return one.items && !one.pages }},
		{tenant.DamageTenant, "What another tenant has.", func(one, _ page, in []page) bool {
			return cmp.Equal(one.ids, in[0].ids) && !one.tenants[tenant.DefaultTenantID]
		}},
	} {
		t.Run(string(tc.damage), func(t *testing.T) {
			w := newWorld(t, nil)
			read := func(n int) page {
				return pageOf(t, w.ask(t, "GET", fmt.Sprintf("%s?pageSize=4&page=%d&pageTotal=true&sort=id:asc", users, n), "").Body.Bytes())
			}
			intact := []page{read(1), read(2)}
			w.Fault(tenant.Rule{Damage: tc.damage})
			if one, two := read(1), read(2); !tc.changed(one, two, intact) {
				t.Errorf("%s\n%+v\n%+v\nintact %+v", tc.why, one, two, intact)
			}
			w.ClearFaults()
			if d := cmp.Diff(intact[1].ids, read(2).ids); d != "" {
				t.Errorf("the damage outlives its rule:\n%s", d)
			}
		})
	}
}

// TestDamagedConnection: what is wrong with the bytes shows over the network only.
func TestDamagedConnection(t *testing.T) {
	for _, tc := range []struct {
		rule tenant.Rule
		why  string
		good func(body string, took time.Duration, err error) bool
	}{
		{tenant.Rule{Damage: tenant.DamageMalformed}, "The body stops in the middle, and is whole to HTTP.", func(body string, _ time.Duration, err error) bool {
			return err == nil && strings.HasPrefix(body, "{") && !json.Valid([]byte(body))
		}},
		{tenant.Rule{Damage: tenant.DamageCutBody}, "The connection ends in the middle of the body.", func(body string, _ time.Duration, err error) bool {
			return err != nil && body != "" && !json.Valid([]byte(body))
		}},
		{tenant.Rule{Damage: tenant.DamageSlow, Delay: 60 * time.Millisecond}, "It takes its time, and is whole.", func(body string, took time.Duration, err error) bool {
			return err == nil && json.Valid([]byte(body)) && took >= 60*time.Millisecond
		}},
	} {
		t.Run(string(tc.rule.Damage), func(t *testing.T) {
			s := newSession(t)
			s.Tenant.Fault(tc.rule)
			began := time.Now()
			status, body, _, err := s.create(t)
			if status != http.StatusCreated || !tc.good(body, time.Since(began), err) {
				t.Errorf("%s\n%d %q after %v: %v", tc.why, status, body, time.Since(began), err)
			}
			if n := len(s.Tenant.Users()); n != 1 {
				t.Errorf("%d users: the call was to be carried out", n)
			}
		})
	}
}

func TestOdds(t *testing.T) {
	strikes := func(seed uint64) string {
		w := newWorld(t, nil)
		w.Fault(tenant.Rule{Method: "GET", After: 10, Times: 20, Odds: 0.25, Seed: seed, Status: 500})
		var s strings.Builder
		for range 200 {
			s.WriteByte("5."[min(1, 500%max(1, w.ask(t, "GET", users, "").Code))])
		}
		if f := w.Faults(); len(f) != 1 || f[0].Struck != 20 || f[0].Fitted != 200 {
			t.Errorf("the rule says of itself %+v", f)
		}
		return s.String()
	}
	one := strikes(1)
	if strings.Count(one, "5") != 20 || strings.Contains(one[:10], "5") || strings.HasPrefix(one[10:], strings.Repeat("5", 20)) {
		t.Errorf("20 of 200 calls were to be struck, by chance, and none of the first ten: %s", one)
	}
	if strikes(1) != one || strikes(2) == one {
		t.Error("a seed chooses the calls")
	}
}

func TestRuleCheck(t *testing.T) {
	for name, tc := range map[string]struct {
		rule tenant.Rule
		good bool
	}{
		"Status":    {tenant.Rule{Status: 500}, true},
		"Delay":     {tenant.Rule{Delay: time.Second}, true},
		"Slow":      {tenant.Rule{Damage: tenant.DamageSlow, Delay: time.Second}, true},
		"Full":      {tenant.Rule{Method: "POST", Route: users, After: 1, Times: 2, Odds: 0.5, Seed: 3, Status: 500, Effect: true, RetryAfter: "1", Delay: time.Second}, true},
		"Nothing":   {tenant.Rule{Method: "POST"}, false},
		"Route":     {tenant.Rule{Route: "/x", Status: 500}, false},
		"Method":    {tenant.Rule{Method: "PATCH", Route: users, Status: 500}, false},
		"Both":      {tenant.Rule{CutBefore: true, CutAfter: true}, false},
		"Two":       {tenant.Rule{Damage: tenant.DamageSlow, Status: 500}, false},
		"Damage":    {tenant.Rule{Damage: "burnt"}, false},
		"BadStatus": {tenant.Rule{Status: 99}, false},
		"Odds":      {tenant.Rule{Status: 500, Odds: 2}, false},
		"Negative":  {tenant.Rule{Status: 500, After: -1}, false},
		"Effect":    {tenant.Rule{CutAfter: true, Effect: true}, false},
	} {
		if err := tc.rule.Check(); (err == nil) != tc.good || err != nil && fault.Code(err) != "usage.sandbox.fault" {
			t.Errorf("%s: %v", name, err)
		}
		data, err := json.Marshal(tc.rule)
		if err != nil {
			t.Fatal(err)
		}
		var back tenant.Rule
		if err := json.Unmarshal(data, &back); err != nil || back != tc.rule {
			t.Errorf("%s: %s came back as %+v, %v", name, data, back, err)
		}
	}
}

func TestClearingOneRule(t *testing.T) {
	w := newWorld(t, nil)
	first, second := w.Fault(tenant.Rule{Status: 500}), w.Fault(tenant.Rule{Status: 502})
	if n := w.ClearFaults(first); n != 1 || len(w.Faults()) != 1 || w.Faults()[0].ID != second {
		t.Errorf("%d were taken away, left are %+v", n, w.Faults())
	}
	if code := w.ask(t, "GET", users, "").Code; code != 502 {
		t.Errorf("status %d of the rule that is left", code)
	}
}
