package directory_test

import (
	"strings"
	"testing"

	"adsync/core/directory"

	"github.com/go-ldap/ldap/v3"
)

// TestGrantsNameTheDomain: the lines for dsacls name the account with the domain
// that it is of, which another one may stand above.
func TestGrantsNameTheDomain(t *testing.T) {
	for dn, want := range map[string]string{
		"CN=svc,OU=Staff," + fakeBase:          `CORP\svc`,
		"CN=svc,OU=Staff," + childBase:         `CHILD\svc`,
		"CN=svc,OU=Staff,DC=sales," + fakeBase: `SALES\svc`, // behind its parent by name
	} {
		f := serve(t, &fake{})
		f.search = func(s *search) bool {
			if strings.HasPrefix(s.base, "CN=Partitions,") {
				s.all(
					partition("CORP", fakeBase, "corp.example", "3"), partition("CHILD", childBase, "child.corp.example", "3"),
					partition("SALES", "DC=sales,"+fakeBase, "sales.corp.example", "3"),
				)
				return true
			}
			if s.base != dn {
				return false
			}
			s.all(ldap.NewEntry(dn, map[string][]string{"objectGUID": {guidBytes(1, 1)}, "sAMAccountName": {"svc"}}))
			return true
		}
		report, err := f.dial(t, func(o *directory.Options) { o.User = dn }).Validate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Grants) == 0 {
			t.Fatalf("nothing is missing: %+v", report)
		}
		for _, g := range report.Grants {
			if !strings.Contains(g.Command, `"`+want+":") {
				t.Errorf("%s, want it for %s", g.Command, want)
			}
		}
	}
}
