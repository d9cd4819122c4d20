package tenant_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
)

func TestToken(t *testing.T) {
	good := form(tenant.DefaultClientID, tenant.DefaultSecret)
	without := func(name string) url.Values {
		f := form(tenant.DefaultClientID, tenant.DefaultSecret)
		f.Del(name)
		return f
	}
	with := func(name, value string) url.Values {
		f := without(name)
		f.Set(name, value)
		return f
	}
	cases := map[string]struct {
		why    string
		form   url.Values
		header map[string]string
		query  string
		status int
		want   string
	}{
		"Right": {
			why: "errorCode is there in success too.", form: good, status: 200,
			want: `{"access_token":"*","errorCode":"success","expires_in":3600,"message":"OK","refresh_token":"*","token_type":"bearer","trackingId":"*"}`,
		},
		"WrongSecret": {
			why: "The identity host has an error body of its own.", form: with("client_secret", "x"), status: 401,
			want: `{"errorCode":"oauth.invalid_client_secret","message":"Unauthorized","trackingId":"*","access_token":null,"error":null}`,
		},
		"UnknownClient": {
			why: "An unknown client is told apart from a wrong secret.", form: with("client_id", "x"), status: 401,
			want: `{"errorCode":"oauth.client_app_does_not_exist","message":"Unauthorized","trackingId":"*"}`,
		},
		"NoGrant":     {why: "Every field is needed.", form: without("grant_type"), status: 400, want: `{"errorCode":"oauth.invalid_request"}`},
		"NoClient":    {why: "Every field is needed.", form: without("client_id"), status: 400, want: `{"errorCode":"oauth.invalid_request"}`},
		"NoSecret":    {why: "Every field is needed.", form: without("client_secret"), status: 400, want: `{"errorCode":"oauth.invalid_request"}`},
		"NoScope":     {why: "Every field is needed.", form: without("scope"), status: 400, want: `{"errorCode":"oauth.invalid_request"}`},
		"WrongScope":  {why: "The scope is token.", form: with("scope", "openid"), status: 400, want: `{"errorCode":"oauth.invalid_scope"}`},
		"WrongGrant":  {why: "Nothing needs the refresh grant.", form: with("grant_type", "refresh_token"), status: 400, want: `{"errorCode":"oauth.unsupported_grant_type"}`},
		"FurtherForm": {why: "Four fields are all there are.", form: with("audience", "x"), status: 400},
		"JSON":        {why: "The form is a form.", form: good, header: map[string]string{"Content-Type": "application/json"}, status: 400},
		"Basic": {
			why: "A client that tries Basic first sends a wrong secret twice.", form: good, status: 400,
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic eDp5"},
		},
		"InQuery": {why: "A secret does not belong into an address.", form: good, query: "?scope=token", status: 400},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			header := tc.header
			if header == nil {
				header = formHeader
			}
			res := w.call(t, http.MethodPost, base+tenant.RouteToken+tc.query, tc.form.Encode(), header)
			if res.Code != tc.status {
				t.Errorf("%s\nstatus %d, want %d: %s", tc.why, res.Code, tc.status, res.Body)
			}
			checkBody(t, tc.why, tc.want, res)
		})
	}
}

func TestSecretsThatAreNotServed(t *testing.T) {
	w := newWorld(t, nil)
	w.AddClient(tenant.Client{ID: "old", Secret: "o", Expires: w.clock.now().Add(time.Hour)})
	w.AddClient(tenant.Client{ID: "far", Secret: "f", Blocked: true})
	send := func(id, secret string) *httptest.ResponseRecorder {
		return w.call(t, http.MethodPost, base+tenant.RouteToken, form(id, secret).Encode(), formHeader)
	}
	if res := send("old", "o"); res.Code != http.StatusOK {
		t.Errorf("status %d before the end, want 200", res.Code)
	}
	w.clock.advance(time.Hour)
	for _, tc := range []struct {
		id, secret string
		status     int
		want       string
	}{
		{"old", "o", 401, `{"errorCode":"oauth.client_secret_expired","message":"Unauthorized","trackingId":"*"}`},
		{"old", "x", 401, `{"errorCode":"oauth.invalid_client_secret"}`},
		{"far", "f", 403, `{"errorCode":"oauth.region_blocked","message":"Forbidden","trackingId":"*"}`},
	} {
		res := send(tc.id, tc.secret)
		if res.Code != tc.status {
			t.Errorf("%s: status %d, want %d", tc.id, res.Code, tc.status)
		}
		checkBody(t, tc.id, tc.want, res)
	}
}

func TestRefusedSecrets(t *testing.T) {
	w := newWorld(t, nil)
	w.RefuseSecrets(true)
	send := func() int {
		return w.call(t, http.MethodPost, base+tenant.RouteToken, form(tenant.DefaultClientID, tenant.DefaultSecret).Encode(), formHeader).Code
	}
	if got := send(); got != http.StatusUnauthorized {
		t.Errorf("status %d while secrets are refused, want 401", got)
	}
	w.RefuseSecrets(false)
	if got := send(); got != http.StatusOK {
		t.Errorf("status %d once they are not, want 200", got)
	}
	if n := w.Count(http.MethodPost, tenant.RouteToken); n != 2 {
		t.Errorf("%d calls counted, want 2", n)
	}
}

func TestTokenEnds(t *testing.T) {
	cases := map[string]struct {
		why    string
		life   time.Duration
		do     func(*world)
		status int
	}{
		"Young":   {why: "A token holds for an hour.", do: func(w *world) { w.clock.advance(time.Hour - time.Second) }, status: 200},
		"Old":     {why: "After an hour it is worthless.", do: func(w *world) { w.clock.advance(time.Hour) }, status: 401},
		"Short":   {why: "The life can be set.", life: time.Minute, do: func(w *world) { w.clock.advance(time.Minute) }, status: 401},
		"Revoked": {why: "A token can end before its time.", do: func(w *world) { w.RevokeTokens() }, status: 401},
		"Made up": {why: "Tokens are given out, not made up.", do: func(w *world) { w.token = "x" }, status: 401},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(o *tenant.Options) { o.TokenLife = tc.life })
			tc.do(w)
			res := w.ask(t, http.MethodGet, tenant.RouteUsers, "")
			if res.Code != tc.status {
				t.Errorf("%s\nstatus %d, want %d", tc.why, res.Code, tc.status)
			}
			if tc.status == http.StatusUnauthorized {
				checkBody(t, tc.why, `{"error":"Unauthorized","correlationId":"*","requestId":"*","message":null,"createdAt":null}`, res)
			}
		})
	}
}
