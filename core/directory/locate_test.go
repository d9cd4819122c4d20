package directory_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"adsync/core/directory"
)

// silent is a DNS that never answers for SRV records.
type silent struct{ names }

func (silent) LookupSRV(ctx context.Context, _, _, _ string) (string, []*net.SRV, error) {
	<-ctx.Done()
	return "", nil, ctx.Err()
}

func dialSilent(ctx context.Context, f *fake) error {
	_, port, _ := net.SplitHostPort(f.address)
	n, _ := strconv.Atoi(port)
	c, err := directory.Dial(ctx, directory.Options{
		Servers: []string{"dc1.corp.example"}, Port: n, Security: directory.SecurityNone,
		User: "ann", Password: func() string { return "x" }, Resolver: silent{}, Now: time.Now,
	})
	if err != nil {
		return err
	}
	return c.Close()
}

// TestSilentDNS: a host is reached though nobody answers whether it is a domain.
func TestSilentDNS(t *testing.T) {
	f := serve(t, (&fake{}).says("dc1.corp.example", fakeBase, nil))
	start := time.Now()
	if err := dialSilent(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	if d := time.Since(start); d > 5*time.Second {
		t.Errorf("took %s", d)
	}
}

// TestSilentDNSOnce: it is waited for once, however many names are asked for: the
// servers that are configured, and then the other domains of the forest.
func TestSilentDNSOnce(t *testing.T) {
	ca := newAuthority(t)
	certificate := ca.issue(t, func(c *x509.Certificate) { c.DNSNames = []string{"dc1.corp.example"} })
	l, err := tls.Listen("tcp", fakeHost+":0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	f := (&fake{}).listen(t, l).says("dc1.corp.example", fakeBase, nil)
	root := f.search
	f.search = func(s *search) bool {
		if !strings.HasPrefix(s.base, "CN=Partitions,") {
			return root(s)
		}
		s.all(
			partition("CORP", fakeBase, "corp.example", "3"), partition("CHILD", childBase, "child.corp.example", "3"),
			partition("SALES", "DC=sales,"+fakeBase, "sales.corp.example", "3"),
		)
		return true
	}
	resolver := &together{asked: map[string]bool{"child.corp.example": false, "sales.corp.example": false}, all: make(chan struct{})}
	o := f.options()
	o.Servers, o.Resolver, o.Timeout = []string{"gone1.corp.example", "gone2.corp.example", "gone3.corp.example", "dc1.corp.example"}, resolver, time.Minute
	o.Security, o.CAFile = directory.SecurityLDAPS, ca.file(t)
	start := time.Now()
	c, err := directory.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Domains(t.Context()); err != nil { // asks the controllers of the other domains
		t.Fatal(err)
	}
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("took %s", d)
	}
	select {
	case <-resolver.all:
	default:
		t.Errorf("DNS was not asked for all other domains at once: %v", resolver.asked)
	}
}

// together is a DNS that is silent until it was asked for all of some domains.
type together struct {
	missingHosts
	mu    sync.Mutex
	asked map[string]bool
	all   chan struct{} // closed when it was
}

func (r *together) LookupSRV(ctx context.Context, _, _, name string) (string, []*net.SRV, error) {
	name = strings.TrimPrefix(name, "dc._msdcs.")
	r.mu.Lock()
	if before, known := r.asked[name]; known && !before {
		r.asked[name] = true
		if !slices.Contains(slices.Collect(maps.Values(r.asked)), false) {
			close(r.all)
		}
	}
	_, known := r.asked[name]
	r.mu.Unlock()
	if !known {
		return r.missingHosts.LookupSRV(ctx, "", "", name)
	}
	select {
	case <-ctx.Done():
		return "", nil, ctx.Err()
	case <-r.all:
		return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
}

// missingHosts knows no host but one.
type missingHosts struct{ silent }

func (missingHosts) LookupHost(_ context.Context, host string) ([]string, error) {
	if host == "dc1.corp.example" {
		return []string{fakeHost}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// TestSilentDNSCancelled: whoever waits for DNS can stop within a second.
func TestSilentDNSCancelled(t *testing.T) {
	f := serve(t, (&fake{}).says("dc1.corp.example", fakeBase, nil))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	start := time.Now()
	if err := dialSilent(ctx, f); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if d := time.Since(start); d > time.Second {
		t.Errorf("took %s", d)
	}
}
