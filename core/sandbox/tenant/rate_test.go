package tenant_test

import (
	"net/http"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
)

func TestRate(t *testing.T) {
	type step struct {
		after  time.Duration // since the step before
		calls  int
		passed int
		retry  string // of the calls refused
	}
	cases := map[string]struct {
		why    string
		rate   tenant.Rate
		format tenant.RetryAfter
		steps  []step
	}{
		"None":   {why: "Zero is no limit.", steps: []step{{calls: 500, passed: 500}}},
		"Second": {why: "The eleventh call in a second is refused.", rate: tenant.Rate{PerSecond: 10}, steps: []step{{time.Second, 11, 10, "1"}, {time.Second, 11, 10, "1"}}},
		"Slides": {
			why: "A window is any second, not the clock's.", rate: tenant.Rate{PerSecond: 10},
			steps: []step{{after: 1500 * time.Millisecond, calls: 10, passed: 10}, {600 * time.Millisecond, 10, 0, "1"}, {after: 400 * time.Millisecond, calls: 10, passed: 10}},
		},
		"Minute": {why: "The wait is as long as the window needs.", rate: tenant.Rate{PerMinute: 100}, steps: []step{{after: time.Minute, calls: 100, passed: 100}, {10 * time.Second, 1, 0, "50"}}},
		"Rounds": {why: "Parts of a second are rounded up: who obeys gets through.", rate: tenant.Rate{PerMinute: 1}, steps: []step{{after: time.Minute, calls: 1, passed: 1}, {100 * time.Millisecond, 1, 0, "60"}}},
		"Hour":   {why: "Refused calls do not count.", rate: tenant.Rate{PerHour: 3}, steps: []step{{time.Hour, 5, 3, "3600"}, {59 * time.Minute, 2, 0, "60"}, {time.Minute, 5, 3, "3600"}}},
		"Day":    {why: "The longest wait is told.", rate: tenant.Rate{PerSecond: 1, PerDay: 1}, steps: []step{{24 * time.Hour, 2, 1, "86400"}}},
		"Date":   {why: "A wait may be told as a date.", rate: tenant.Rate{PerMinute: 1}, format: tenant.RetryDate, steps: []step{{time.Minute, 2, 1, "Tue, 24 Nov 2026 10:02:00 GMT"}}},
		"Silent": {why: "Or not at all.", rate: tenant.Rate{PerMinute: 1}, format: tenant.RetryUnnamed, steps: []step{{time.Minute, 2, 1, ""}}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *tenant.Options) { o.RetryAfter, o.TokenLife = tc.format, 1000*time.Hour })
			w.SetRate(tc.rate)
			for i, s := range tc.steps {
				w.clock.advance(s.after)
				passed := 0
				for range s.calls {
					res := w.ask(t, http.MethodGet, users, "")
					switch res.Code {
					case http.StatusOK:
						passed++
					case http.StatusTooManyRequests:
						if got := res.Header().Get("Retry-After"); got != s.retry {
							t.Errorf("%s\nstep %d: Retry-After %q, want %q", tc.why, i, got, s.retry)
						}
						checkBody(t, tc.why, `{"error":"TooManyRequests","correlationId":"*","requestId":"*"}`, res)
					default:
						t.Fatalf("status %d", res.Code)
					}
				}
				if passed != s.passed {
					t.Errorf("%s\nstep %d: %d calls passed, want %d", tc.why, i, passed, s.passed)
				}
			}
		})
	}
}

func TestRateIsPerCredential(t *testing.T) {
	w := newWorld(t, nil)
	reader := w.newToken(t, "reader", "r")
	w.clock.advance(time.Minute)
	w.SetRate(tenant.Rate{PerMinute: 2})
	if a, b := w.ask(t, http.MethodGet, users, "").Code, w.ask(t, http.MethodGet, users, "").Code; a != 200 || b != 200 {
		t.Fatalf("status %d and %d, want 200", a, b)
	}
	if res := w.call(t, http.MethodPost, base+tenant.RouteToken, form(tenant.DefaultClientID, tenant.DefaultSecret).Encode(), formHeader); res.Code != 429 || res.Header().Get("Retry-After") != "60" {
		t.Errorf("a third call, for a token: status %d, Retry-After %q, want 429 and 60", res.Code, res.Header().Get("Retry-After"))
	}
	w.token = reader
	if res := w.ask(t, http.MethodGet, users, ""); res.Code != 200 {
		t.Errorf("another credential: status %d, want 200", res.Code)
	}
}
