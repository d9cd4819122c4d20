package commands

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"adsync/core/sandbox/authority"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// central makes a simulated tenant whose faults the test holds the one of the
// profile; its secret comes from the environment, which goes where the
// configuration says.
func (w *world) central(o tenant.Options) *tenanttest.Server {
	w.t.Helper()
	s := tenanttest.Start(w.t, o)
	w.vars["ADSYNC_CENTRAL_USER"], w.vars["ADSYNC_CENTRAL_SECRET"] = s.ClientID, s.Secret
	w.pointAt(s)
	return s
}

// pointAt configures the profile for a simulated tenant.
func (w *world) pointAt(s *tenanttest.Server) {
	w.t.Helper()
	w.must(ok, "config", "set", "central.identityUrl", s.URL)
	w.must(ok, "config", "set", "central.globalUrl", s.URL)
	w.must(ok, "config", "set", "central.caFile", s.CAFile)
	w.must(ok, "config", "set", "proxy.mode", "none")
}

// doorman is a proxy for CONNECT that asks for Basic, or for something else.
type doorman struct {
	want   string           // user:password
	scheme string           // "" for Basic
	status int              // what it answers to everybody, 0 for the way through
	detail string           // why, as squid says it
	shows  *tls.Certificate // it opens TLS itself
	passed atomic.Int64
	turned atomic.Int64
}

func (d *doorman) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	right := "Basic " + base64.StdEncoding.EncodeToString([]byte(d.want))
	if d.scheme != "" || d.want != "" && r.Header.Get("Proxy-Authorization") != right {
		d.turned.Add(1)
		challenge := `Basic realm="office"`
		if d.scheme != "" {
			challenge = d.scheme
		}
		w.Header().Set("Proxy-Authenticate", challenge)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	d.passed.Add(1)
	if d.status != 0 {
		w.Header().Set("X-Squid-Error", d.detail+" 0")
		w.WriteHeader(d.status)
		return
	}
	if hijacker, canHijack := w.(http.Hijacker); d.shows != nil && canHijack {
		near, _, err := hijacker.Hijack()
		if err != nil {
			return
		}
		_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
		_ = tls.Server(near, &tls.Config{Certificates: []tls.Certificate{*d.shows}, MinVersion: tls.VersionTLS12}).HandshakeContext(r.Context())
		_ = near.Close()
		return
	}
	far, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	hijacker, canHijack := w.(http.Hijacker)
	if !canHijack {
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

// TestProxyOnTheCommandLine goes through proxies as a user sets them up.
func TestProxyOnTheCommandLine(t *testing.T) {
	w := newWorld(t)
	w.central(tenant.Options{})
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	now := time.Now()
	ca, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := ca.Issue(now.Add(-time.Hour), now.Add(time.Hour), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, why      string
		proxy          *doorman // nil: nobody listens
		user, password string
		exit           int
		code           string
		turned         int64
	}{
		{"Unreachable", "A proxy that is not there is not Central's fault.", nil, "", "", 23, "proxy.unreachable", 0},
		{"NoSuchName", "Nor is one that is mistyped.", nil, "", "", 23, "proxy.unreachable.name", 0},
		{"Denied", "Its rules do not let Central's hosts pass.", &doorman{status: 403, detail: "ERR_ACCESS_DENIED"}, "", "", 23, "proxy.refused", 0},
		{"Upstream", "It lets pass, and finds nothing there.", &doorman{status: 503, detail: "ERR_CONNECT_FAIL"}, "", "", 23, "proxy.upstream", 0},
		{"NoNameThere", "It cannot resolve Central's name.", &doorman{status: 503, detail: "ERR_DNS_FAIL"}, "", "", 23, "proxy.upstream.name", 0},
		{"Inspects", "It opens TLS with an authority of its own.", &doorman{shows: theirs}, "", "", 23, "proxy.inspects", 0},
		{"NobodySaid", "It asks, and there is nobody to name.", &doorman{want: "svc:geheim-1"}, "", "", 23, "proxy.authRequired", 1},
		{"Bearer", "Named, because it cannot be met.", &doorman{scheme: "Bearer"}, "svc", "geheim-1", 23, "proxy.scheme", 1},
		{"Wrong", "A wrong password is sent once.", &doorman{want: "svc:geheim-1"}, "svc", "geheim-2", 23, "proxy.authRequired", 2},
		{"Right", "And the right one lets through.", &doorman{want: "svc:geheim-1"}, "svc", "geheim-1", 0, "", 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w.t = t
			address := closed.URL
			if tc.proxy != nil {
				s := httptest.NewServer(tc.proxy)
				t.Cleanup(s.Close)
				address = s.URL
			}
			if tc.code == "proxy.unreachable.name" {
				address = "http://proxy.invalid:3128"
			}
			w.must(ok, "config", "set", "proxy.url", address)
			if tc.user != "" {
				w.stdin = tc.password + "\n"
				w.must(ok, "credential", "set", "proxy", "--user", tc.user)
			}
			if tc.exit != 0 {
				w.refused(tc.exit, tc.code, "central", "validate")
				w.refused(40, "config.central.notvalidated", "preview")
				d, results := w.probed(40) // not validated, which comes first
				if results["central.signIn"] != "failed "+tc.code || results["central.read"] != "skipped" {
					t.Errorf("%s\nprobe says %v, want %s", tc.why, results, tc.code)
				}
				if !strings.Contains(fmt.Sprint(d["hosts"]), "url:"+address) {
					t.Errorf("%s\nprobe names %v, want %s", tc.why, d["hosts"], address)
				}
				tc.turned *= 2
			} else {
				d := w.must(ok, "central", "validate")
				if through, is := d["proxy"].(map[string]any); !is || through["used"] != true || through["url"] != address || through["from"] != "manual" {
					t.Errorf("%s\nproxy %v, want %s used", tc.why, d["proxy"], address)
				}
			}
			if tc.proxy != nil && tc.proxy.turned.Load() != tc.turned {
				t.Errorf("%s\nthe proxy turned %d away, want %d", tc.why, tc.proxy.turned.Load(), tc.turned)
			}
		})
	}
	w.t = t
	w.mustNotShow([]string{"geheim-1", "geheim-2"}, "svc")
	// Without the proxy it works again, and has to be validated again.
	w.must(ok, "config", "unset", "proxy.url")
	w.must(ok, "config", "set", "proxy.mode", "none")
	w.must(ok, "central", "validate")
}

// TestOtherAccounts asks which tenant is meant where a credential has several,
// and keeps the answer.
func TestOtherAccounts(t *testing.T) {
	for _, kind := range []tenant.Kind{tenant.KindPartner, tenant.KindOrganization} {
		t.Run(string(kind), func(t *testing.T) {
			w := newWorld(t)
			w.central(tenant.Options{Clients: []tenant.Client{{ID: "theirs", Secret: "s", Kind: kind}}})
			w.vars["ADSYNC_CENTRAL_USER"], w.vars["ADSYNC_CENTRAL_SECRET"] = "theirs", "s"
			w.keep("error-"+string(kind)+".json", 40, "central", "validate")
			w.refused(40, "config.central.notvalidated", "preview")
			w.refused(40, "central.tenant.unknown", "central", "validate", "--tenant", "nobody")
			w.keep("validation-"+string(kind)+".json", exitOK, "central", "validate", "--tenant", "SANDBOX")
			if d := w.must(ok, "config", "show"); !strings.Contains(fmt.Sprint(d["central"]), tenant.DefaultTenantID) {
				t.Errorf("the choice is not kept: %v", d["central"])
			}
			w.must(ok, "central", "validate")
		})
	}
}
