package forest_test

import (
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/sandbox/forest"
)

// BenchmarkRead reads 10,000 people in plain pages, with the client's share.
func BenchmarkRead(b *testing.B) {
	f := forest.New(forest.Options{Now: time.Now, Password: password, PlainBinds: true})
	if err := f.Populate(10_000); err != nil {
		b.Fatal(err)
	}
	s, err := f.Listen(b.Context(), forest.Ports{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	c, err := ldap.DialURL("ldap://" + s.LDAP)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = c.Close() })
	if err := c.Bind(forest.Reader+"@"+forest.Domain, password); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r, err := c.SearchWithPaging(ask(forest.BaseDN, ldap.ScopeWholeSubtree, "(&(objectCategory=person)(objectClass=user))",
			"cn", "mail", "displayName", "givenName", "sn", "sAMAccountName", "objectGUID", "objectSid", "userAccountControl", "memberOf"), 1000)
		if err != nil || len(r.Entries) < 10_000 {
			b.Fatalf("%d entries, %v", len(r.Entries), err)
		}
	}
}
