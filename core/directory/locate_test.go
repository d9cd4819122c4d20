package directory_test

import (
	"context"
	"errors"
	"net"
	"strconv"
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

// TestSilentDNSOnce: it is waited for once, however many names are asked for.
func TestSilentDNSOnce(t *testing.T) {
	f := serve(t, (&fake{}).says("dc1.corp.example", fakeBase, nil))
	o := f.options()
	o.Servers, o.Resolver, o.Timeout = []string{"gone1.corp.example", "gone2.corp.example", "gone3.corp.example", "dc1.corp.example"}, missingHosts{}, time.Minute
	start := time.Now()
	c, err := directory.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Domains(t.Context()); err != nil { // asks the controllers of another domain
		t.Fatal(err)
	}
	if d := time.Since(start); d > 4*time.Second {
		t.Errorf("took %s", d)
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
