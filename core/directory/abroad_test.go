package directory_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
)

// TestAbroad: a member of another forest gets its name from a controller of that
// forest; those of this one are not troubled for it.
func TestAbroad(t *testing.T) {
	const sid, partnerBase = "S-1-5-21-1-2-3-1104", "DC=partner,DC=example"
	member := "CN=" + sid + ",CN=ForeignSecurityPrincipals," + fakeBase
	one := serve(t, &fake{groups: []*ldap.Entry{group(map[string][]string{"member": {member}})}}).says("dc1.corp.example", fakeBase, nil)
	two := serve(t, &fake{}).says("dc2.corp.example", fakeBase, nil)
	child := serve(t, &fake{}).says("dc1.child.corp.example", childBase, nil)
	odd := serve(t, &fake{}).says("elsewhere.example", childBase, nil)
	partner := serve(t, &fake{}).says("dc1.partner.example", partnerBase, map[string][]string{
		"rootDomainNamingContext": {partnerBase}, "configurationNamingContext": {"CN=Configuration," + partnerBase},
	})
	root := partner.search
	partner.search = func(s *search) bool {
		if !strings.Contains(s.filter, "objectSid=") {
			return root(s)
		}
		s.all(ldap.NewEntry("CN=zoe,"+partnerBase, map[string][]string{"objectSid": {sidBytes(1104)}, "sAMAccountName": {"zoe"}}))
		return true
	}
	dns := names{
		corpSRV:                                {one.srv("dc1.corp.example"), two.srv("dc2.corp.example")},
		childSRV:                               {child.srv("dc1.child.corp.example"), odd.srv("elsewhere.example")},
		"_ldap._tcp.dc._msdcs.partner.example": {partner.srv("dc1.partner.example")},
	}
	c := one.dial(t, inForest(dns, "corp.example", "child.corp.example", "partner.example"))
	for range 2 {
		snapshot, err := c.Read(t.Context(), corp)
		if err != nil {
			t.Fatal(err)
		}
		if got := snapshot.Groups[0].Foreign; !slices.Equal(got, []string{`partner.example\zoe (` + sid + `)`}) {
			t.Errorf("foreign %q", got)
		}
	}
	for name, f := range map[string]*fake{"dc2": two, "child": child, "odd": odd} {
		if f.logons() > 0 {
			t.Errorf("%s of this forest was logged on to", name)
		}
	}
	if partner.logons() != 1 {
		t.Errorf("%d logons at the other forest", partner.logons())
	}
}
