package sandbox_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/sandbox"
	"adsync/core/sandbox/tenant"
)

// TestControlOfTheTenant does over the wire what tests do in one process.
func TestControlOfTheTenant(t *testing.T) {
	dir := t.TempDir()
	info, end := serve(t, dir)
	c, err := sandbox.Connect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	rule := tenant.Rule{Route: tenant.RouteToken, Status: 503, Delay: time.Millisecond, Times: 1}
	want := []tenant.Strike{{ID: 1, Rule: rule}}
	if rules, err := c.AddFault(ctx, rule); !cmp.Equal(want, rules) || err != nil {
		t.Errorf("the rules are %+v, %v", rules, err)
	}
	if status, _ := token(t, info); status != 503 {
		t.Errorf("status %d of a call that was to go wrong", status)
	}
	if status, _ := token(t, info); status != http.StatusOK {
		t.Errorf("status %d of the next", status)
	}
	want[0].Fitted, want[0].Struck = 2, 1
	if rules, err := c.Faults(ctx); !cmp.Equal(want, rules) || err != nil {
		t.Errorf("the rules are %+v, %v", rules, err)
	}
	if counts, err := c.Counts(ctx); counts["POST "+tenant.RouteToken] != 2 || err != nil {
		t.Errorf("the counts are %v, %v", counts, err)
	}
	if _, err := c.AddFault(ctx, tenant.Rule{Damage: "burnt"}); fault.Code(err) != "usage.sandbox.fault" {
		t.Errorf("a rule that makes no sense: %v", err)
	}
	if _, err := c.ClearFaults(ctx, 9); fault.Code(err) != "usage.sandbox.fault" {
		t.Errorf("a rule that is not there: %v", err)
	}
	if now, err := c.Forward(ctx, 90*time.Minute); now.Ahead != "1h30m0s" || time.Until(now.Now) < 89*time.Minute || err != nil {
		t.Errorf("the clock is %+v, %v", now, err)
	}
	planted, err := c.Plant(ctx, strings.NewReader(`{"users": [{"name": "Ada"}], "groups": [{"name": "G", "members": ["ada"]}]}`))
	if planted != (tenant.Planted{Users: 1, Groups: 1, Memberships: 1}) || err != nil {
		t.Errorf("planted %+v, %v", planted, err)
	}
	if _, err := c.Plant(ctx, strings.NewReader(`{"groups": [{"name": "g"}]}`)); fault.Code(err) != "usage.sandbox.seed" {
		t.Errorf("a name that is taken: %v", err)
	}
	if err := c.Reset(ctx); err != nil {
		t.Error(err)
	}
	rules, err := c.Faults(ctx)
	now, err2 := c.Clock(ctx)
	counts, err3 := c.Counts(ctx)
	if len(rules)+len(counts) > 0 || now.Ahead != "0s" || err != nil || err2 != nil || err3 != nil {
		t.Errorf("after the reset: %v %+v %v", rules, now, counts)
	}
	end()
	serve(t, dir)
	if c, err = sandbox.Connect(ctx, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Plant(ctx, strings.NewReader(`{"groups": [{"name": "g"}]}`)); fault.Code(err) != "usage.sandbox.seed" {
		t.Errorf("what was planted is gone after a restart: %v", err)
	}
}

// TestControlStandsApart: the paths of control are none of the API's, and its
// token opens nothing there.
func TestControlStandsApart(t *testing.T) {
	info, _ := serve(t, t.TempDir())
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: trust(t, info), DisableKeepAlives: true}}
	for _, base := range []string{info.Central.GlobalURL, info.Central.RegionURL} {
		for _, path := range []string{"/faults", "/calls", "/counts", "/clock", "/seed", "/reset", "/stop", "/change", "/status"} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+info.Secrets.ControlToken)
			res, err := h.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != http.StatusNotFound {
				t.Errorf("%s: status %d", path, res.StatusCode)
			}
			_ = res.Body.Close()
		}
	}
}
