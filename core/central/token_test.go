package central

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"adsync/core/fault"
)

func TestRefusedSecretIsSentOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		why    string
		status int
		header http.Header
		reply  string
		code   string
		says   string
	}{
		"WrongSecret": {
			why:    "Many wrong secrets lock an account; one is enough to know.",
			status: 401, reply: `{"errorCode":"oauth.invalid_client_secret","message":"Unauthorized","trackingId":"tr-1"}`,
			code: "central.credential.refused", says: "status 401 oauth.invalid_client_secret: Unauthorized (correlation tr-1)",
		},
		"UnknownClient": {
			why:    "A mistyped client id needs other advice than a wrong secret.",
			status: 401, reply: `{"errorCode":"oauth.client_app_does_not_exist","message":"Unauthorized"}`,
			code: "central.credential.unknown", says: "oauth.client_app_does_not_exist",
		},
		"Expired": {
			why:    "A secret that has ended is not mistyped.",
			status: 401, reply: `{"errorCode":"oauth.client_secret_expired","message":"Unauthorized"}`,
			code: "central.credential.expired", says: "oauth.client_secret_expired",
		},
		"Blocked": {
			why:    "Where one may not be served from, a new secret helps nothing.",
			status: 403, reply: `{"errorCode":"oauth.region_blocked","message":"Forbidden"}`,
			code: "central.regionBlocked", says: "oauth.region_blocked",
		},
		"Legal": {
			why:    "The status alone says it too.",
			status: 451, code: "central.regionBlocked", says: "status 451",
		},
		"Echo": {
			why:    "What a server repeats of the request must not come out.",
			status: 400, reply: `{"errorCode":"oauth.invalid_client","message":"client_secret=` + testSecret + ` s3cr3t%2Fwith%2Bsigns is wrong"}`,
			code: "central.credential.refused", says: "client_secret=[secret] [secret] is wrong",
		},
		"BodyIsNoJSON": {
			why:    "The body of the identity service is never repeated raw.",
			status: 403, reply: `<html>` + testSecret + `</html>`,
			code: "central.credential.refused", says: "status 403: Forbidden",
		},
		"Redirect": {
			why:    "A secret follows no redirect, wherever it leads.",
			status: 307, header: http.Header{"Location": {"https://evil.example/token"}},
			code: "central.token", says: "redirect",
		},
		"OK": {
			why:    "The field errorCode is there on success too; only another value is a refusal.",
			status: 200, reply: `{"access_token":"x","errorCode":"oauth.expired","expires_in":3600}`,
			code: "central.credential.expired", says: "oauth.expired",
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, step{want: granted.want, body: granted.body, status: tc.status, header: tc.header, reply: tc.reply})
			_, err := s.Connect(t.Context())
			if fault.Code(err) != tc.code || !strings.Contains(fmt.Sprint(err), tc.says) {
				t.Errorf("%s\ngot  %s %v\nwant %s %s", tc.why, fault.Code(err), err, tc.code, tc.says)
			}
			silent(t, "the error", fmt.Sprintf("%v %+v %#v", err, err, err))
			if _, again := s.Users(t.Context()); !errors.Is(again, err) {
				t.Errorf("the second call gave %v", again)
			}
		})
	}
}

func TestTokenIsNotGuessedFromABrokenReply(t *testing.T) {
	for name, reply := range map[string]string{
		"HTML": `<html>sign in to the hotel</html>`, "Empty": ``, "NoToken": `{"errorCode":"success"}`, "Cut": `{"access_token":"tok`,
	} {
		t.Run(name, func(t *testing.T) {
			s := play(t, step{want: granted.want, reply: reply})
			if _, err := s.WhoAmI(t.Context()); fault.Code(err) != "central.malformed" {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestTokenIsRenewedEarly(t *testing.T) {
	empty := step{want: "GET " + usersPath, reply: listOf(1, 100, 0, 0)}
	bubble(t, []step{empty, granted, empty}, func(t *testing.T, s *session) {
		if _, err := s.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, wait := range []time.Duration{3600*time.Second - renewEarly - 2*time.Second, 2 * time.Second} {
			time.Sleep(wait)
			if _, err := s.Users(t.Context()); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestTokenIsRenewedOnceOn401(t *testing.T) {
	denied := step{want: "GET " + usersPath, status: 401, reply: `{"error":"Unauthorized","correlationId":"c-1","requestId":"r-1"}`}
	other := step{want: granted.want, reply: strings.ReplaceAll(granted.reply, testToken, "second")}
	t.Run("Passes", func(t *testing.T) {
		ok := step{want: "GET " + usersPath, reply: listOf(1, 100, 0, 0), check: func(t *testing.T, r *http.Request) {
			t.Helper()
			if r.Header.Get("Authorization") != "Bearer second" {
				t.Error("the old token was sent again")
			}
		}}
		bubble(t, []step{denied, other, ok}, func(t *testing.T, s *session) {
			if _, err := s.Users(t.Context()); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("Stays", func(t *testing.T) {
		bubble(t, []step{denied, other, denied}, func(t *testing.T, s *session) {
			_, err := s.Users(t.Context())
			e, ok := errors.AsType[*Error](err)
			if fault.Code(err) != "central.token" || !ok || e.RequestID != "r-1" || e.CorrelationID != "c-1" {
				t.Errorf("got %s %v", fault.Code(err), err)
			}
		})
	})
	t.Run("WriteToo", func(t *testing.T) {
		post := step{want: "POST " + groupsPath, status: 401}
		made := step{want: "POST " + groupsPath, status: 201, reply: `{"id":"G","source":{"type":"custom"}}`}
		bubble(t, []step{post, other, made}, func(t *testing.T, s *session) {
			if g, err := s.Writer().CreateGroup(t.Context(), fieldsOf("Staff")); err != nil || g.ID != "g" {
				t.Errorf("got %v %v", g, err)
			}
		})
	})
}

// TestTokenAndTheClock: a clock that was set changes when a token is renewed, and
// nothing else: one too many sign-ins, or a 401 that one sign-in settles.
func TestTokenAndTheClock(t *testing.T) {
	empty := step{want: "GET " + usersPath, reply: listOf(1, 100, 0, 0)}
	denied := step{want: "GET " + usersPath, status: 401}
	for name, tc := range map[string]struct {
		set   time.Duration
		steps []step
	}{
		"Forward":       {24 * time.Hour, []step{empty, granted, empty, empty}},
		"Back":          {-24 * time.Hour, []step{empty, empty, empty}},
		"BackTooLong":   {-24 * time.Hour, []step{empty, denied, granted, empty, empty}},
		"ForwardAndBad": {24 * time.Hour, []step{empty, granted, denied, granted, empty, empty}},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, tc.steps, func(t *testing.T, s *session) {
				t.Helper()
				var plus time.Duration
				s.o.Now = func() time.Time { return time.Now().Round(0).Add(plus) }
				for range 3 {
					if _, err := s.Users(t.Context()); err != nil {
						t.Error(err)
					}
					plus = tc.set
				}
			})
		})
	}
}

// crowd answers 401 to the first token and counts the sign-ins.
type crowd struct {
	mu      sync.Mutex
	signIns int
}

func (c *crowd) RoundTrip(r *http.Request) (*http.Response, error) {
	time.Sleep(time.Second)
	c.mu.Lock()
	defer c.mu.Unlock()
	status, body := http.StatusOK, listOf(1, 100, 0, 0)
	switch r.URL.Path {
	case signInPath:
		c.signIns++
		body = fmt.Sprintf(`{"access_token":"token-%d","errorCode":"success","expires_in":3600}`, c.signIns)
	case "/whoami/v1":
		body = tenant.reply
	default:
		if r.Header.Get("Authorization") != "Bearer token-2" {
			status, body = http.StatusUnauthorized, "{}"
		}
	}
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// TestTokenIsRenewedOnceForAll: ten calls that meet the same 401 sign in once.
func TestTokenIsRenewedOnceForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := build(Options{
			IdentityURL: "https://id.sophos.com", GlobalURL: "https://api.central.sophos.com", ClientID: "client",
			Secret: func() string { return testSecret }, Now: time.Now,
		})
		if err != nil {
			t.Fatal(err)
		}
		all := &crowd{}
		c.carry(all)
		var wg sync.WaitGroup
		for range 10 {
			wg.Go(func() {
				if _, err := c.Users(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if all.signIns != 2 {
			t.Errorf("%d sign-ins, want 2", all.signIns)
		}
	})
}

func TestSignInWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := play(t,
			step{want: granted.want, status: 503},
			step{want: granted.want, status: 429, header: http.Header{"Retry-After": {"30"}}},
			step{want: granted.want, err: errors.New("connection reset by peer")},
			granted, tenant)
		began := time.Now()
		got, err := s.Connect(t.Context())
		if err != nil || got.APIHost != region || got.ID != tenantID || got.DataRegion != "eu01" {
			t.Errorf("got %+v %v", got, err)
		}
		if took := time.Since(began); took < 30*time.Second || took > 32*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
