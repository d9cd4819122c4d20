package central_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// tunnel is a small proxy for CONNECT. Without status it joins the two sides
// when the credentials are right.
type tunnel struct {
	user, password string // "" for nobody
	status         int
	challenges     []string

	mu    sync.Mutex
	asked []string // hosts of CONNECT
}

func (p *tunnel) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.asked = append(p.asked, r.Method+" "+r.Host)
	p.mu.Unlock()
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.user+":"+p.password))
	switch {
	case p.status != 0:
		for _, c := range p.challenges {
			w.Header().Add("Proxy-Authenticate", c)
		}
		w.WriteHeader(p.status)
		return
	case p.user != "" && r.Header.Get("Proxy-Authorization") != want:
		w.Header().Set("Proxy-Authenticate", `Basic realm="the, proxy"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	case r.Method != http.MethodConnect:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	var d net.Dialer
	far, err := d.DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		_ = far.Close()
		return
	}
	near, _, err := hijacker.Hijack()
	if err != nil {
		_ = far.Close()
		return
	}
	_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

func through(t *testing.T, p *tunnel, user, password string) (central.Options, *tenanttest.Server, string) {
	t.Helper()
	s := tenanttest.Start(t, tenant.Options{})
	proxy := httptest.NewServer(p)
	t.Cleanup(proxy.Close)
	o := options(t, s)
	o.Proxy = central.Proxy{Mode: central.ProxyManual, URL: proxy.URL, User: user, Password: func() string { return password }}
	return o, s, proxy.URL
}

func TestManualProxy(t *testing.T) {
	t.Parallel()
	for name, p := range map[string]*tunnel{"Open": {}, "Basic": {user: "svc", password: "hunter2:x"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, s, address := through(t, p, p.user, p.password)
			c := dial(t, o)
			a, err := c.WhoAmI(t.Context())
			if d := gocmp.Diff(central.ProxyUse{Used: true, URL: address, From: central.FromManual}, a.Proxy); d != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, d)
			}
			if users, err := c.Users(t.Context()); err != nil || len(users) != 0 {
				t.Errorf("got %v %v", users, err)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			want := []string{"CONNECT " + strings.TrimPrefix(s.URL, "https://"), "CONNECT " + strings.TrimPrefix(s.RegionURL, "https://")}
			if p.user != "" {
				want = slices.Insert(want, 1, want[0]) // it is asked what it wants, once
			}
			if d := gocmp.Diff(want, p.asked); d != "" {
				t.Errorf("the proxy was asked (-want +got):\n%s", d)
			}
		})
	}
}

func TestProxyRefusals(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		why            string
		proxy          *tunnel
		user, password string
		code, says     string
		asked          int
	}{
		"NoCredentials":    {"It asks, and we have none.", &tunnel{user: "svc", password: "right"}, "", "", "proxy.authRequired", "asks for a user name", 1},
		"WrongCredentials": {"A wrong password is sent once.", &tunnel{user: "svc", password: "right"}, "svc", "hunter2", "proxy.authRequired", "refused the user name or the password (Basic)", 2},
		"NTLM":             {"It begins, and the proxy does not go on.", &tunnel{status: 407, challenges: []string{"NTLM"}}, "svc", "hunter2", "proxy.authRequired", "(NTLM)", 2},
		"Unknown":          {"Named, so that one knows what to change.", &tunnel{status: 407, challenges: []string{"Bearer", "Hoba x=y"}}, "svc", "hunter2", "proxy.scheme", "Bearer, Hoba", 1},
		"Negotiate": {
			"What cannot be done here is passed over.", &tunnel{status: 407, challenges: []string{"Negotiate", `Digest realm="a, b", nonce="c", qop="auth"`}},
			"svc", "hunter2", "proxy.authRequired", "(Digest)", 2,
		},
		"Strongest":  {"Of several the password itself is sent last.", &tunnel{status: 407, challenges: []string{"NTLM", `Basic realm="x"`}}, "svc", "hunter2", "proxy.authRequired", "(NTLM)", 2},
		"Forbidden":  {"The proxy's no is not Central's.", &tunnel{status: 403}, "", "", "proxy.refused", "answered 403 Forbidden", 1},
		"BadGateway": {"It may pass: asked four times.", &tunnel{status: 502}, "", "", "proxy.upstream", "answered 502", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, s, _ := through(t, tc.proxy, tc.user, tc.password)
			_, err := dial(t, o).Connect(t.Context())
			text := fmt.Sprintf("%+v", err)
			if fault.Code(err) != tc.code || !strings.Contains(text, tc.says) || strings.Contains(text, "hunter2") {
				t.Errorf("%s\ngot %s %v", tc.why, fault.Code(err), err)
			}
			if len(tc.proxy.asked) != tc.asked || s.Tenant.Total() != 0 {
				t.Errorf("%s\nthe proxy was asked %d times, Central %d", tc.why, len(tc.proxy.asked), s.Tenant.Total())
			}
		})
	}
}

func TestProxyOfPlainHTTP(t *testing.T) {
	t.Parallel()
	o, _, _ := through(t, &tunnel{user: "svc", password: "right"}, "svc", "hunter2")
	o.IdentityURL = "http://127.0.0.1:9"
	if _, err := dial(t, o).Connect(t.Context()); fault.Code(err) != "proxy.authRequired" {
		t.Errorf("got %v", err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	for name, tc := range map[string]struct {
		change func(*central.Options)
		code   string
	}{
		"Central": {func(o *central.Options) { o.IdentityURL = closed.URL }, "central.unreachable"},
		"Proxy":   {func(o *central.Options) { o.Proxy = central.Proxy{Mode: central.ProxyManual, URL: closed.URL} }, "proxy.unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, tenanttest.Start(t, tenant.Options{}))
			tc.change(&o)
			if _, err := dial(t, o).Connect(t.Context()); fault.Code(err) != tc.code {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("NoTLS", func(t *testing.T) {
		t.Parallel()
		plain := httptest.NewServer(http.NotFoundHandler())
		t.Cleanup(plain.Close)
		o := options(t, tenanttest.Start(t, tenant.Options{}))
		o.IdentityURL = strings.Replace(plain.URL, "http:", "https:", 1)
		if _, err := dial(t, o).Connect(t.Context()); fault.Code(err) != "central.unreachable" || !strings.Contains(err.Error(), "TLS") {
			t.Errorf("got %v", err)
		}
	})
}
