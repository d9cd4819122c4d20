package dirtest

import (
	"maps"
	"testing"
)

// The company. Accounts begin with "dt-", so that they are told apart from what
// else the directory holds.
const (
	staff     = "OU=Staff"
	emea      = `OU=Sales\, EMEA,OU=Staff`
	elsewhere = "OU=Elsewhere"
	teams     = "OU=Teams"
)

type person struct {
	rdn, ou, account string
	attributes       map[string][]string
}

var people = []person{
	{"CN=Ann Archer", staff, "dt-ann", map[string][]string{
		"displayName": {"Ann Archer"}, "givenName": {"Ann"}, "sn": {"Archer"}, "mail": {"ann@dirtest.example"},
		"department": {"Sales"}, "proxyAddresses": {"SMTP:ann@dirtest.example", "smtp:a.archer@dirtest.example"},
	}},
	{`CN=Lee\, Ben`, emea, "dt-ben", map[string][]string{
		"displayName": {"Lee, Ben"}, "givenName": {"Ben"}, "sn": {"Lee"}, "mail": {"ben@dirtest.example"}, "department": {"Sales"},
		"proxyAddresses": {"SMTP:ben@dirtest.example"},
	}},
	{"CN=Jürgen Müller", staff, "dt-juergen", map[string][]string{
		"displayName": {"Jürgen Müller"}, "givenName": {"Jürgen"}, "sn": {"Müller"}, "mail": {"juergen@dirtest.example"},
	}},
	{"CN=山田 花子", staff, "dt-hanako", map[string][]string{"displayName": {"山田 花子"}, "mail": {"hanako@dirtest.example"}}},
	{"CN=Dora Disabled", staff, "dt-dora", map[string][]string{"displayName": {"Dora Disabled"}, "userAccountControl": {"546"}}},
	// 2015-12-31T00:00:00Z
	{"CN=Eve Expired", staff, "dt-eve", map[string][]string{"mail": {"eve@dirtest.example"}, "accountExpires": {"130959936000000000"}}},
	{"CN=Finn (Temp) \\+ Co*", elsewhere, "dt-finn", map[string][]string{"accountExpires": {"9223372036854775807"}}},
	{"CN=HealthMailboxdirtest", elsewhere, "dt-health", nil},
}

type group struct {
	rdn, account, kind string
	members            []string // accounts of people, or groups above
}

const (
	security     = "-2147483646"
	distribution = "2"
)

var companyGroups = []group{
	{"CN=Nested", "dt-nested", security, []string{"dt-dora", "dt-hanako"}},
	{`CN=Sales\, all \+ more`, "dt-sales", security, []string{"dt-ann", "dt-ben", "dt-nested"}},
	{"CN=Mailing", "dt-mailing", distribution, []string{"dt-juergen"}},
	{"CN=Nobody", "dt-nobody", security, nil},
}

func (s *suite) dn(account string) string {
	for _, p := range people {
		if p.account == account {
			return p.rdn + "," + p.ou + "," + s.ou
		}
	}
	for _, g := range companyGroups {
		if g.account == account {
			return g.rdn + "," + teams + "," + s.ou
		}
	}
	panic("no " + account)
}

func (s *suite) build(t *testing.T) {
	t.Helper()
	s.ou = "OU=Dirtest," + s.Base
	s.Change.Add(t, s.ou, map[string][]string{"objectClass": {"organizationalUnit"}})
	for _, ou := range []string{staff, emea, elsewhere, teams} {
		s.Change.Add(t, ou+","+s.ou, map[string][]string{"objectClass": {"organizationalUnit"}})
	}
	for _, p := range people {
		attributes := map[string][]string{
			"objectClass": {"user"}, "sAMAccountName": {p.account}, "userAccountControl": {"544"},
		}
		maps.Copy(attributes, p.attributes)
		s.Change.Add(t, s.dn(p.account), attributes)
	}
	s.Change.Add(t, "CN=A Contact,"+elsewhere+","+s.ou, map[string][]string{"objectClass": {"contact"}, "mail": {"contact@partner.example"}})
	s.Change.Add(t, "CN=DTPC,"+elsewhere+","+s.ou, map[string][]string{
		"objectClass": {"computer"}, "sAMAccountName": {"DTPC$"}, "userAccountControl": {"4128"},
	})
	for _, g := range companyGroups {
		attributes := map[string][]string{
			"objectClass": {"group"}, "sAMAccountName": {g.account}, "groupType": {g.kind}, "description": {"Group " + g.account},
		}
		for _, m := range g.members {
			attributes["member"] = append(attributes["member"], s.dn(m))
		}
		s.Change.Add(t, s.dn(g.account), attributes)
	}
	s.Change.AddValues(t, s.dn("dt-mailing"), "member", "CN=A Contact,"+elsewhere+","+s.ou)
}
