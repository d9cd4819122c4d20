package central

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	testSecret = "s3cr3t/with+signs"
	testToken  = "token-of-the-test"
	tenantID   = "11111111-1111-1111-1111-111111111111"
	region     = "https://api-eu01.central.sophos.com"
)

// step is one exchange of a script: what is expected, and what is answered.
type step struct {
	want   string // "GET /path?query", unescaped; the query may be left out
	body   string // expected, "" for any
	check  func(*testing.T, *http.Request)
	status int // 0: 200
	header http.Header
	reply  string
	err    error
	after  time.Duration // the answer takes as long
}

// script is a transport that plays its steps. An unexpected request fails the
// test, and so does a step that is left over.
type script struct {
	t     *testing.T
	steps []step
	next  int
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.t.Helper()
	got := r.Method + " " + r.URL.Path
	if s.next >= len(s.steps) {
		s.t.Errorf("unexpected request %s", got)
		return nil, errors.New("the script is over")
	}
	is := s.steps[s.next]
	s.next++
	if query, err := queryOf(r); err != nil {
		s.t.Error(err)
	} else if strings.Contains(is.want, "?") && query != "" {
		got += "?" + query
	}
	if is.want != got {
		s.t.Errorf("request %d:\ngot  %s\nwant %s", s.next, got, is.want)
	}
	if r.Body != nil {
		data, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		if is.body != "" && is.body != string(data) {
			s.t.Errorf("body of %s:\ngot  %s\nwant %s", got, data, is.body)
		}
		r.Body = io.NopCloser(bytes.NewReader(data))
	}
	if is.check != nil {
		is.check(s.t, r)
	}
	if is.after > 0 {
		select {
		case <-time.After(is.after):
		case <-r.Context().Done():
			return nil, r.Context().Err()
		}
	}
	if is.err != nil {
		return nil, is.err
	}
	header := is.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	status := is.status
	if status == 0 {
		status = http.StatusOK
	}
	return &http.Response{
		StatusCode: status, Status: fmt.Sprint(status), Header: header, Request: r,
		Body: io.NopCloser(strings.NewReader(is.reply)), ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// queryOf is the query in readable form, in the order of the names.
func queryOf(r *http.Request) (string, error) {
	var b strings.Builder
	values := r.URL.Query()
	for pair := range strings.SplitSeq(values.Encode(), "&") {
		name, _, _ := strings.Cut(pair, "=")
		if name == "" {
			continue
		}
		if len(values[name]) != 1 {
			return "", fmt.Errorf("%s stands there %d times", name, len(values[name]))
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + values.Get(name))
	}
	return b.String(), nil
}

// granted and tenant are the first two exchanges of every session.
var (
	granted = step{
		want: "POST " + signInPath,
		body: "client_id=client&client_secret=s3cr3t%2Fwith%2Bsigns&grant_type=client_credentials&scope=token",
		reply: `{"access_token":"` + testToken + `","errorCode":"success","expires_in":3600,` +
			`"message":"OK","refresh_token":"refresh-1","token_type":"bearer","trackingId":"t"}`,
	}
	tenant = step{
		want: "GET /whoami/v1",
		check: func(t *testing.T, r *http.Request) {
			t.Helper()
			if r.Header.Get("Authorization") != "Bearer "+testToken || r.Header.Get("X-Tenant-ID") != "" {
				t.Errorf("who-am-I has the headers %v", r.Header)
			}
		},
		reply: `{"id":"` + strings.ToUpper(tenantID) + `","idType":"tenant","apiHosts":{` +
			`"global":"https://api.central.sophos.com/","dataRegion":"http://api-eu01.central.sophos.com/"}}`,
	}
)

// budget counts what was taken.
type budget struct{ taken int }

func (b *budget) Take(context.Context) error {
	b.taken++
	return nil
}

// session is a client on a script, with what it logged and took.
type session struct {
	*Client
	budget *budget
	log    *bytes.Buffer
}

// play makes a client that finds the steps given, and checks at the end that
// they were all used, each paid for, and that nothing logged holds a secret.
func play(t *testing.T, steps ...step) *session {
	t.Helper()
	s := &session{budget: &budget{}, log: &bytes.Buffer{}}
	c, err := build(Options{
		IdentityURL: "https://id.sophos.com", GlobalURL: "https://api.central.sophos.com/",
		ClientID: "client", Secret: func() string { return testSecret },
		Budget: s.budget, Version: "1.2.3", Now: time.Now,
		Log: slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Client = c
	sc := &script{t: t, steps: steps}
	c.carry(sc)
	t.Cleanup(func() {
		if sc.next < len(sc.steps) {
			t.Errorf("%d replies were not used, the next is for %s", len(sc.steps)-sc.next, sc.steps[sc.next].want)
		}
		if c.Calls() != sc.next || s.budget.taken != sc.next {
			t.Errorf("%d requests, %d counted, %d taken from the budget", sc.next, c.Calls(), s.budget.taken)
		}
		silent(t, "the log", s.log.String())
	})
	return s
}

// bubble plays the steps after sign-in and who-am-I, in a bubble of its own
// time, and returns how long that took.
func bubble(t *testing.T, steps []step, f func(t *testing.T, s *session)) time.Duration {
	t.Helper()
	var took time.Duration
	synctest.Test(t, func(t *testing.T) {
		s := play(t, append([]step{granted, tenant}, steps...)...)
		began := time.Now()
		f(t, s)
		took = time.Since(began)
	})
	return took
}

// silent fails when a text holds a secret.
func silent(t *testing.T, what, text string) {
	t.Helper()
	for _, secret := range []string{testSecret, "s3cr3t%2Fwith%2Bsigns", testToken} {
		if strings.Contains(text, secret) {
			t.Errorf("%s holds a secret: %s", what, text)
		}
	}
}
