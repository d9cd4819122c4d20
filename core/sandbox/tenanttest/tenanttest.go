// Package tenanttest runs a simulated tenant for the length of a test: over real
// HTTP and TLS on loopback, with the directory on a host of its own, so that a
// client which does not ask who-am-I finds nothing.
package tenanttest

import (
	"cmp"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
)

// Server is a running tenant.
type Server struct {
	Tenant           *tenant.Tenant
	URL              string // identity and global host
	RegionURL        string // directory host, as who-am-I names it
	CAFile           string // PEM, what the certificates of both are checked with
	ClientID, Secret string

	client *http.Client
}

// Client returns an HTTP client that trusts the server.
func (s *Server) Client() *http.Client { return s.client }

// Start runs a tenant until the test ends. Options that are left out have
// defaults, the clock too; the URLs are set here.
func Start(tb testing.TB, o tenant.Options) *Server {
	tb.Helper()
	if o.Now == nil {
		o.Now = time.Now // a test that cares about time brings a clock
	}
	s := &Server{
		ClientID: cmp.Or(o.ClientID, tenant.DefaultClientID),
		Secret:   cmp.Or(o.Secret, tenant.DefaultSecret),
	}
	o.BaseURL = func() string { return s.URL }
	o.RegionURL = func() string { return s.RegionURL }
	s.Tenant = tenant.New(o)
	global, region := httptest.NewTLSServer(s.Tenant), httptest.NewTLSServer(s.Tenant)
	tb.Cleanup(global.Close)
	tb.Cleanup(region.Close)
	s.URL, s.RegionURL, s.client = global.URL, region.URL, global.Client()

	s.CAFile = filepath.Join(tb.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: global.Certificate().Raw})
	if err := os.WriteFile(s.CAFile, data, 0o600); err != nil {
		tb.Fatal(err)
	}
	return s
}
