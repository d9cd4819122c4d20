package central_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/sandbox/authority"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// inspector is a proxy that opens TLS: it shows a certificate of its own.
type inspector struct {
	certificate *tls.Certificate
	far         *http.Transport
}

func (p *inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		return
	}
	near, _, err := hijacker.Hijack()
	if err != nil {
		return
	}
	defer func() { _ = near.Close() }()
	_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
	opened := tls.Server(near, &tls.Config{Certificates: []tls.Certificate{*p.certificate}, MinVersion: tls.VersionTLS12})
	reader := bufio.NewReader(opened)
	for {
		q, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		q.URL.Scheme, q.URL.Host, q.RequestURI = "https", r.Host, ""
		res, err := p.far.RoundTrip(q)
		if err != nil {
			return
		}
		err = res.Write(opened)
		_ = res.Body.Close()
		if err != nil {
			return
		}
	}
}

// inspecting is what every proxy that opens TLS is tried with: it is named and
// given nothing, and passes with its authority in central.caFile.
func inspecting(t *testing.T, s *tenanttest.Server, address string, ca *authority.Authority) {
	t.Helper()
	o := options(t, s)
	o.Proxy = central.Proxy{Mode: central.ProxyManual, URL: address}
	_, err := dial(t, o).Connect(t.Context())
	if fault.Code(err) != "proxy.inspects" || !strings.Contains(err.Error(), address) || !strings.Contains(err.Error(), "issued by") {
		t.Errorf("got %s %v", fault.Code(err), err)
	}
	if s.Tenant.Total() != 0 {
		t.Error("the secret was given to whoever opened the connection")
	}

	theirs, err := os.ReadFile(s.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	o.CAFile = filepath.Join(t.TempDir(), "both.pem")
	if err := os.WriteFile(o.CAFile, slices.Concat(theirs, ca.PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t, o).Users(t.Context()); err != nil {
		t.Errorf("with its authority in central.caFile: %v", err)
	}
}

// issued is an authority with a certificate of it for this computer.
func issued(t *testing.T) (*authority.Authority, *tls.Certificate) {
	t.Helper()
	now := time.Now()
	ca, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := ca.Issue(now.Add(-time.Hour), now.Add(time.Hour), "127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	return ca, certificate
}

func TestInspectedTLS(t *testing.T) {
	t.Parallel()
	ca, certificate := issued(t)
	far := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: (&net.Dialer{}).DialContext}
	t.Cleanup(far.CloseIdleConnections)
	proxy := httptest.NewServer(&inspector{certificate, far})
	t.Cleanup(proxy.Close)
	inspecting(t, tenanttest.Start(t, tenant.Options{}), proxy.URL, ca)
}

// TestSquidInspects has a real squid open TLS, which takes one built with OpenSSL.
func TestSquidInspects(t *testing.T) {
	t.Parallel()
	if says, err := exec.CommandContext(t.Context(), "squid", "-v").Output(); err != nil || !strings.Contains(string(says), "--with-openssl") {
		t.Skip("skipped: squid is not installed, or cannot open TLS (package squid-openssl)")
	}
	ca, certificate := issued(t)
	key, err := x509.MarshalPKCS8PrivateKey(certificate.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	var chain []byte
	for _, der := range certificate.Certificate {
		chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	chain = append(chain, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...)
	address := startSquid(t, map[string]string{"inspector.pem": string(chain)},
		"http_port ADDRESS ssl-bump generate-host-certificates=off tls-cert=DIR/inspector.pem", "ssl_bump bump all", "http_access allow all",
		"tls_outgoing_options flags=DONT_VERIFY_PEER,DONT_VERIFY_DOMAIN", "sslproxy_cert_error allow all")
	inspecting(t, tenanttest.Start(t, tenant.Options{}), address, ca)
}
