package dirtest

import (
	"maps"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

// systemAccounts: what the domain and Exchange make for themselves is marked, what
// is no person at all is not read as one, and a person by nearly the same name is
// a person.
func (s *suite) systemAccounts(t *testing.T) {
	at := "OU=System,OU=Accounts," + s.ou
	for _, ou := range []string{"OU=Accounts," + s.ou, at} {
		s.Change.Add(t, ou, map[string][]string{"objectClass": {"organizationalUnit"}})
	}
	for name, attributes := range map[string]map[string][]string{
		"SystemMailbox{1f05a927-0000}":       {"sAMAccountName": {"SM_1"}},
		"HealthMailbox0a1b":                  {"sAMAccountName": {"HM_1"}},
		"FederatedEmail.4c1f4d8b":            {"sAMAccountName": {"SM_2"}},
		"DiscoverySearchMailbox {D919BA05}":  {"sAMAccountName": {"SM_3"}},
		"Migration.8f3e7716-2011-43e4-96b1":  {"sAMAccountName": {"SM_4"}},
		"Exchange Online-ApplicationAccount": {"sAMAccountName": {"EO_1"}},
		"Health Mailbox Team":                {"sAMAccountName": {"dt-team"}},
		"Migration Manager":                  {"sAMAccountName": {"dt-migration"}},
		"A Managed Service":                  {"objectClass": {"msDS-ManagedServiceAccount"}, "sAMAccountName": {"dt-msa$"}, "userAccountControl": {"4096"}},
		"An Older Service, an account":       {"sAMAccountName": {"dt-service"}, "servicePrincipalName": {"HTTP/dt-service"}},
	} {
		all := map[string][]string{"objectClass": {"user"}, "userAccountControl": {"544"}}
		maps.Copy(all, attributes)
		s.Change.Add(t, "CN="+ldap.EscapeDN(name)+","+at, all)
	}
	snapshot := s.read(t, directory.Scope{Users: []directory.Search{{Bases: []directory.Base{{DN: at}}}}})
	got := map[string]bool{}
	for p := range snapshot.People.All() {
		got[p.Account] = p.System
		if p.Class != identity.ClassUser || p.Critical {
			t.Errorf("%s: class %s, critical %v", p.Account, p.Class, p.Critical)
		}
	}
	want := map[string]bool{
		"SM_1": true, "HM_1": true, "SM_2": true, "SM_3": true, "SM_4": true, "EO_1": true,
		"dt-team": false, "dt-migration": false, "dt-service": false,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("accounts, and whether they are the system's (-want +got):\n%s", diff)
	}
	found := s.asker(t)("dt-msa$")
	if len(found.Found) != 1 || found.Found[0].Class != identity.ClassManaged || len(found.Found[0].Returned) > 0 {
		t.Errorf("a managed service account: found %v", names(found))
	}
	whole := s.read(t, directory.Scope{})
	critical := map[string]bool{}
	for p := range whole.People.All() {
		critical[p.Account] = p.Critical
	}
	if !critical["Administrator"] || !critical["krbtgt"] || critical["dt-service"] {
		t.Errorf("critical %v", critical)
	}
	for _, g := range whole.Groups {
		if (g.Account == "Domain Admins" || g.Account == "Administrators") && !g.Critical || g.Account == "dt-sales" && g.Critical {
			t.Errorf("%s: critical %v", g.Account, g.Critical)
		}
	}
}
