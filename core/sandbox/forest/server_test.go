package forest_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/sandbox/authority"
	"adsync/core/sandbox/forest"
)

const password = "Sandbox-1!"

var today = time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC)

// site is a running forest and what a client needs to talk to it.
type site struct {
	*forest.Forest
	server *forest.Server
	tls    *tls.Config
}

func open(t *testing.T, change func(*forest.Options)) site {
	t.Helper()
	ca, err := authority.New(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := ca.Issue(time.Now().Add(-time.Hour), time.Now().Add(time.Hour), forest.Host, "localhost", "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	o := forest.Options{Now: func() time.Time { return today }, Certificate: cert, Password: password}
	if change != nil {
		change(&o)
	}
	f := forest.New(o)
	s, err := f.Listen(t.Context(), forest.Ports{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca.PEM())
	return site{Forest: f, server: s, tls: &tls.Config{RootCAs: pool, ServerName: forest.Host, MinVersion: tls.VersionTLS12}}
}

// secure connects over LDAPS.
func (s site) secure(t *testing.T) *ldap.Conn {
	t.Helper()
	return s.dial(t, "ldaps://"+s.server.LDAPS)
}

func (s site) dial(t *testing.T, url string) *ldap.Conn {
	t.Helper()
	c, err := ldap.DialURL(url, ldap.DialWithTLSConfig(s.tls))
	if err != nil {
		t.Fatal(err)
	}
	c.SetTimeout(10 * time.Second)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// as connects and signs in.
func (s site) as(t *testing.T, account string) *ldap.Conn {
	t.Helper()
	c := s.secure(t)
	if err := c.Bind(account+"@"+forest.Domain, password); err != nil {
		t.Fatal(err)
	}
	return c
}

func ask(base string, scope int, filter string, attributes ...string) *ldap.SearchRequest {
	return ldap.NewSearchRequest(base, scope, ldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil)
}

func TestWholeDomainInPages(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, forest.Reader)
	r, err := c.SearchWithPaging(ask(forest.BaseDN, ldap.ScopeWholeSubtree, "(&(objectCategory=person)(objectClass=user))", "cn"), 50)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Entries); n < 200 || n > 260 {
		t.Errorf("%d people, expected a company of about 200", n)
	}
	seen := make(map[string]bool)
	for _, e := range r.Entries {
		if seen[e.DN] {
			t.Errorf("%s came twice", e.DN)
		}
		seen[e.DN] = true
	}
}
