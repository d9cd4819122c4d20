package central_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
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

func TestInspectedTLS(t *testing.T) {
	t.Parallel()
	now := time.Now()
	ca, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := ca.Issue(now.Add(-time.Hour), now.Add(time.Hour), "127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	s := tenanttest.Start(t, tenant.Options{})
	far := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: (&net.Dialer{}).DialContext}
	t.Cleanup(far.CloseIdleConnections)
	proxy := httptest.NewServer(&inspector{certificate, far})
	t.Cleanup(proxy.Close)

	o := options(t, s)
	o.Proxy = central.Proxy{Mode: central.ProxyManual, URL: proxy.URL}
	_, err = dial(t, o).Connect(t.Context())
	if fault.Code(err) != "proxy.inspects" || !strings.Contains(err.Error(), proxy.URL) || !strings.Contains(err.Error(), "issued by") {
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
