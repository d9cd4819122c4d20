package central

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

func after(text string) http.Header { return http.Header{"Retry-After": {text}} }

func fieldsOf(name string) identity.Fields { return identity.Fields{Name: name} }

func TestReadsAreRetried(t *testing.T) {
	const get = "GET " + usersPath
	ok := step{want: get, reply: listOf(1, 100, 0, 0)}
	reset := errors.New("read: connection reset by peer")
	for name, tc := range map[string]struct {
		why      string
		steps    []step
		code     string
		min, max time.Duration
	}{
		"Passes": {
			why:   "A failure that passes is nobody's business.",
			steps: []step{{want: get, status: 500}, {want: get, err: reset}, {want: get, status: 503}, ok},
			min:   1750 * time.Millisecond, max: 3500 * time.Millisecond,
		},
		"Stays": {
			why:   "Four tries, then the truth.",
			steps: []step{{want: get, status: 502}, {want: get, status: 502}, {want: get, status: 502}, {want: get, status: 502}},
			code:  "central.unreachable", min: 1750 * time.Millisecond, max: 3500 * time.Millisecond,
		},
		"Slow": {
			why: "Four silences of 30 seconds are what one call waits at most.",
			steps: []step{
				{want: get, after: time.Minute},
				{want: get, after: time.Minute},
				{want: get, after: time.Minute},
				{want: get, after: time.Minute},
			},
			code: "central.unreachable", min: 120 * time.Second, max: 124 * time.Second,
		},
		"ServerNamesTime": {
			why:   "The server's word on when beats our own.",
			steps: []step{{want: get, status: 503, header: after("20")}, ok},
			min:   20 * time.Second, max: 20 * time.Second,
		},
		"ServerAsksTooMuch": {
			why:   "A disturbance of an hour is reported, not waited for.",
			steps: []step{{want: get, status: 503, header: after("3600")}},
			code:  "central.unreachable",
		},
		"Permanent": {
			why:   "What will be the same the next time is not tried again.",
			steps: []step{{want: get, status: 403, reply: `{"error":"Forbidden"}`}},
			code:  "central.forbidden",
		},
		"LimitInSeconds": {
			why:   "Seven seconds are seven seconds.",
			steps: []step{{want: get, status: 429, header: after("7")}, ok},
			min:   7 * time.Second, max: 7 * time.Second,
		},
		"LimitByDate": {
			why: "A date is taken against the server's clock, which may differ from ours.",
			steps: []step{{want: get, status: 429, header: http.Header{
				"Date": {"Tue, 24 Nov 2026 10:15:00 GMT"}, "Retry-After": {"Tue, 24 Nov 2026 10:25:00 GMT"},
			}}, ok},
			min: 10 * time.Minute, max: 10 * time.Minute,
		},
		"LimitByDateWithoutClock": {
			why:   "Without the server's clock ours is all there is: a bubble begins in 2000.",
			steps: []step{{want: get, status: 429, header: after("Sat, 01 Jan 2000 00:01:00 GMT")}, ok},
			min:   time.Minute, max: time.Minute,
		},
		"LimitInThePast": {
			why:   "A date that has gone by means now, and now is not a storm.",
			steps: []step{{want: get, status: 429, header: after("Fri, 31 Dec 1999 23:00:00 GMT")}, ok},
			min:   time.Second, max: time.Second,
		},
		"LimitFarAway": {
			why:   "A date in years is no wait.",
			steps: []step{{want: get, status: 429, header: after("Fri, 31 Dec 2100 23:00:00 GMT")}},
			code:  "central.rateLimited",
		},
		"LimitBeyondNumbers": {
			why:   "More seconds than a number holds are more than an hour, not none at all.",
			steps: []step{{want: get, status: 429, header: after("99999999999999999999")}},
			code:  "central.rateLimited",
		},
		"LimitNegative": {
			why:   "What is no wait is guessed.",
			steps: []step{{want: get, status: 429, header: after("-30")}, ok},
			min:   2500 * time.Millisecond, max: 5 * time.Second,
		},
		"Deadline": {
			why:   "Two minutes for all tries, whatever the server asks for between them.",
			steps: []step{{want: get, status: 503, header: after("70")}, {want: get, status: 503, header: after("70")}},
			code:  "central.unreachable", min: 70 * time.Second, max: 70 * time.Second,
		},
		"LimitUnnamed": {
			why:   "Without a word from the server the waits grow.",
			steps: []step{{want: get, status: 429}, {want: get, status: 429}, {want: get, status: 429, header: after("soon")}, ok},
			min:   17500 * time.Millisecond, max: 35 * time.Second,
		},
		"LimitOfNothing": {
			why:   "A wait of zero must not become a storm.",
			steps: []step{{want: get, status: 429, header: after("0")}, ok},
			min:   time.Second, max: time.Second,
		},
		"LimitOfAnHour": {
			why:   "An hour in all is the most; what is asked beyond is not waited for.",
			steps: []step{{want: get, status: 429, header: after("3000")}, {want: get, status: 429, header: after("601")}},
			code:  "central.rateLimited", min: 3000 * time.Second, max: 3000 * time.Second,
		},
		"LimitDoesNotUseUpTries": {
			why: "Waiting as told is no failure: the deadline of retries does not count it.",
			steps: []step{
				{want: get, status: 429, header: after("600")},
				{want: get, status: 500},
				{want: get, status: 500},
				{want: get, status: 429, header: after("600")},
				{want: get, status: 500},
				ok,
			},
			min: 1201 * time.Second, max: 1204 * time.Second,
		},
		"NoSuchHost": {
			why:   "A name that does not exist will not exist in a second.",
			steps: []step{{want: get, err: &net.DNSError{Name: "x", IsNotFound: true}}},
			code:  "central.unreachable",
		},
	} {
		t.Run(name, func(t *testing.T) {
			took := bubble(t, tc.steps, func(t *testing.T, s *session) {
				_, err := s.Users(t.Context())
				if fault.Code(err) != tc.code || (err != nil) != (tc.code != "") {
					t.Errorf("%s\ngot %s %v, want %q", tc.why, fault.Code(err), err, tc.code)
				}
			})
			if took < tc.min || took > tc.max {
				t.Errorf("%s\nit took %s, want %s to %s", tc.why, took, tc.min, tc.max)
			}
		})
	}
}

// busy never lets anybody through.
type busy struct{ header http.Header }

func (b busy) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusTooManyRequests, Header: b.header, Request: r, Body: http.NoBody}, nil
}

// TestWaitingEnds: guesses stop growing at five minutes, and all waits together
// end within the hour.
func TestWaitingEnds(t *testing.T) {
	for name, header := range map[string]http.Header{"Unnamed": {}, "Named": after("400"), "Zero": after("0")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := build(Options{
					IdentityURL: "https://id.sophos.com", GlobalURL: "https://api.central.sophos.com", ClientID: "client",
					Secret: func() string { return testSecret }, Now: time.Now,
				})
				if err != nil {
					t.Fatal(err)
				}
				c.carry(busy{header})
				began := time.Now()
				if err := c.SignIn(t.Context()); fault.Code(err) != "central.rateLimited" {
					t.Errorf("got %v", err)
				}
				if took := time.Since(began); took < 50*time.Minute || took > time.Hour {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestJitter spreads what waits: clients that failed together must not come back
// together.
func TestJitter(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 1000 {
		d := jitter(time.Second)
		if d < time.Second/2 || d > time.Second {
			t.Fatalf("a wait of %s for a second", d)
		}
		seen[d.Truncate(50*time.Millisecond)] = true
	}
	if len(seen) < 10 {
		t.Errorf("only %d different waits", len(seen))
	}
}

func TestWritesAreNotRepeatedBlindly(t *testing.T) {
	dial := &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	for name, tc := range map[string]struct {
		why     string
		answers []step
		code    string
		unclear bool
	}{
		"Timeout":        {"It may have been carried out.", []step{{after: time.Minute}}, "central.unclear", true},
		"Reset":          {"It may have been carried out.", []step{{err: errors.New("connection reset")}}, "central.unclear", true},
		"Broken pipe":    {"Part of it went out.", []step{{err: &net.OpError{Op: "write", Err: os.ErrClosed}}}, "central.unclear", true},
		"Status 500":     {"Seen: 500, and the object was there.", []step{{status: 500, reply: `{"error":"internal","requestId":"r"}`}}, "central.unclear", true},
		"Status 503":     {"A gateway does not know what happened behind it.", []step{{status: 503, header: after("1")}}, "central.unclear", true},
		"Redirect":       {"Somebody else answered, after we do not know what.", []step{{status: 302}}, "central.unclear", true},
		"Empty reply":    {"It says success and not what.", []step{{status: 201}}, "central.unclear", true},
		"HTML":           {"It says success, and is not Central's.", []step{{reply: "<html>"}}, "central.unclear", true},
		"Conflict":       {"Central said no.", []step{{status: 409, reply: `{"error":"conflict","message":"taken"}`}}, "central.conflict", false},
		"Not found":      {"Central said no.", []step{{status: 404}}, "central.notFound", false},
		"Invalid":        {"Central said no.", []step{{status: 400}}, "central.invalid", false},
		"Forbidden":      {"Central said no.", []step{{status: 403}}, "central.forbidden", false},
		"Limit":          {"A 429 was not carried out: it is sent again.", []step{{status: 429, header: after("9")}, {status: 409}}, "central.conflict", false},
		"No connection":  {"Nothing went out: it is sent again.", []step{{err: dial}, {status: 409}}, "central.conflict", false},
		"Never connects": {"Nothing went out at all.", []step{{err: dial}, {err: dial}, {err: dial}, {err: dial}}, "central.unreachable", false},
	} {
		for method, call := range map[string]func(context.Context, *Writer) error{
			"POST " + usersPath: func(ctx context.Context, w *Writer) error {
				_, err := w.CreateUser(ctx, fieldsOf("Ann"), nil)
				return err
			},
			"PATCH " + usersPath + "/u": func(ctx context.Context, w *Writer) error {
				_, err := w.UpdateUser(ctx, "u", fieldsOf("Ann"))
				return err
			},
			"DELETE " + groupsPath + "/g": func(ctx context.Context, w *Writer) error { return w.DeleteGroup(ctx, "g") },
			"POST " + groupsPath + "/g/users": func(ctx context.Context, w *Writer) error {
				return w.AddMembers(ctx, "g", []string{"u"})
			},
			"DELETE " + groupsPath + "/g/users": func(ctx context.Context, w *Writer) error {
				return w.RemoveMembers(ctx, "g", []string{"u"})
			},
		} {
			t.Run(name+"/"+method, func(t *testing.T) {
				var steps []step
				for _, a := range tc.answers {
					a.want = method
					steps = append(steps, a)
				}
				bubble(t, steps, func(t *testing.T, s *session) {
					err := call(t.Context(), s.Writer())
					e, _ := errors.AsType[*Error](err)
					if fault.Code(err) != tc.code || (e != nil && e.Unclear) != tc.unclear {
						t.Errorf("%s\ngot %s %+v, want %s", tc.why, fault.Code(err), err, tc.code)
					}
				})
			})
		}
	}
}

func TestCancelling(t *testing.T) {
	t.Run("WhileAWriteIsUnderWay", func(t *testing.T) {
		bubble(t, []step{{want: "POST " + usersPath, after: 20 * time.Second}}, func(t *testing.T, s *session) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			_, err := s.Writer().CreateUser(ctx, fieldsOf("Ann"), nil)
			e, ok := errors.AsType[*Error](err)
			if !ok || !e.Unclear || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v: it was sent, so it is unclear, and cancelled", err)
			}
		})
	})
	t.Run("BeforeAWrite", func(t *testing.T) {
		bubble(t, nil, func(t *testing.T, s *session) {
			if _, err := s.Connect(t.Context()); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := s.Writer().CreateUser(ctx, fieldsOf("Ann"), nil)
			if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.Canceled) {
				t.Errorf("got %v: nothing was sent", err)
			}
		})
	})
	t.Run("WhileWaiting", func(t *testing.T) {
		took := bubble(t, []step{{want: "POST " + usersPath, status: 429, header: after("600")}}, func(t *testing.T, s *session) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			_, err := s.Writer().CreateUser(ctx, fieldsOf("Ann"), nil)
			if _, ok := errors.AsType[*Error](err); ok || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v: a 429 was not carried out", err)
			}
		})
		if took != 5*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestBudgetSaysNo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := build(Options{
			IdentityURL: "https://id.sophos.com", GlobalURL: "https://api.central.sophos.com", ClientID: "client",
			Secret: func() string { return testSecret }, Now: time.Now, Budget: empty{},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.carry(&script{t: t})
		if _, err := c.Connect(t.Context()); fault.Code(err) != "store.locked" || !strings.Contains(err.Error(), "signing in") {
			t.Errorf("got %v", err)
		}
	})
}

type empty struct{}

func (empty) Take(context.Context) error {
	return fault.New("store.locked", "the budget cannot be read")
}

// TestWaitsAreTold: whoever shows how far things are hears of each wait, once
// when it begins and once when it is over.
func TestWaitsAreTold(t *testing.T) {
	var told []string
	bubble(t, []step{
		{want: "GET " + usersPath, status: 429, header: after("7")},
		{want: "GET " + usersPath, status: 429, header: after("9")},
		{want: "GET " + usersPath, reply: listOf(1, 100, 0, 0)},
	}, func(t *testing.T, s *session) {
		t.Helper()
		began := time.Now()
		note := func(what string) { told = append(told, what+" "+time.Since(began).String()) }
		s.o.Waits = func() func() {
			note("waits")
			return func() { note("over") }
		}
		if _, err := s.Users(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	if want := []string{"waits 0s", "over 7s", "waits 7s", "over 16s"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}
