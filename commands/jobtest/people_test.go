package jobtest

import (
	"maps"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/plan"
)

// object finds one entry by its account.
func (w *world) object(t *testing.T, account string, attributes ...string) *ldap.Entry {
	t.Helper()
	conn := w.dc.Conn(t)
	defer func() { _ = conn.Close() }()
	found := find(t, conn, w.dc.Base, "(sAMAccountName="+ldap.EscapeFilter(account)+")", attributes...)
	if len(found) != 1 {
		t.Fatalf("%d objects have the account %s", len(found), account)
	}
	return found[0]
}

func (w *world) dn(t *testing.T, account string) string {
	t.Helper()
	return w.object(t, account, "cn").DN
}

func (w *world) rdn(t *testing.T, account string) string {
	t.Helper()
	return "CN=" + ldap.EscapeDN(w.object(t, account, "cn").GetAttributeValue("cn"))
}

// guid returns an objectGUID as text.
func (w *world) guid(t *testing.T, dn string) string {
	t.Helper()
	conn := w.dc.Conn(t)
	defer func() { _ = conn.Close() }()
	reply, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
		"(objectClass=*)", []string{"objectGUID"}, nil))
	if err != nil || len(reply.Entries) != 1 {
		t.Fatalf("%s: %v", dn, err)
	}
	return guidText(reply.Entries[0].GetRawAttributeValue("objectGUID"))
}

// add makes somebody in an OU below the base.
func (w *world) add(t *testing.T, ou, account, display string, attributes map[string][]string) string {
	t.Helper()
	dn := "CN=" + ldap.EscapeDN(display) + "," + ou + w.people
	all := map[string][]string{"objectClass": {"user"}, "sAMAccountName": {account}, "displayName": {display}, "userAccountControl": {"544"}}
	maps.Copy(all, attributes)
	w.dc.Add(t, dn, all)
	return dn
}

const (
	sales   = "OU=Sales,"
	finance = "OU=Finance,"
	support = "OU=Support,"
)

// Of the generated people, those whose number leaves 9 by 20 are disabled, and
// those that leave 4 by 33 have no mail.
var peopleSteps = []step{
	{
		name: "First", why: "the first run makes everybody, and is always a person's",
		plan: tally{"create user new": 950, "create group new": 103}, from: plan.FromConfig, warned: "user.noEmail",
	},
	{
		name: "Added", why: "new people come with their groups, the disabled one does not come",
		do: func(t *testing.T, w *world) {
			nora := w.add(t, sales, "nora.lind", "Nora Lind", map[string][]string{"givenName": {"Nora"}, "sn": {"Lind"}, "mail": {"nora.lind@example.com"}})
			jun := w.add(t, "", "jun", "高橋 純", map[string][]string{"givenName": {"純"}, "sn": {"高橋"}})
			w.add(t, support, "ex", "Ex Employee", map[string][]string{"userAccountControl": {"546"}})
			w.dc.Add(t, "CN=Projekt Müller & Söhne,OU=Groups,"+w.dc.Base, map[string][]string{
				"objectClass": {"group"}, "sAMAccountName": {"projekt"}, "description": {"Neu"}, "member": {nora, jun, w.dn(t, "u000010")},
			})
		},
		plan: tally{"create user new": 2, "create group new": 1, "membershipAdd user joined.group": 1}, warned: "user.noEmail",
	},
	{
		name: "RenamedAndMoved", why: "a rename is an update; a new CN alone, where there is a displayName, and a move within the base are nothing",
		do: func(t *testing.T, w *world) {
			w.dc.Move(t, w.dn(t, "u000011"), "CN=Somebody Else", "")
			dn := w.dc.Move(t, w.dn(t, "u000012"), "CN=Anna Meyer-Öz", "")
			w.dc.Set(t, dn, "displayName", "Anna Meyer-Öz")
			w.dc.Set(t, dn, "sn", "Meyer-Öz")
			w.dc.Set(t, w.dn(t, "u000013"), "sn", "Archer")
			w.dc.Set(t, w.dn(t, "u000014"), "sAMAccountName", "v000014")
			for _, account := range []string{"u000020", "u000025", "u000030"} {
				w.dc.Move(t, w.dn(t, account), w.rdn(t, account), finance+w.people)
			}
		},
		plan: tally{"update user renamed": 1, "update user changed": 2},
	},
	{
		name: "MailPassedOn", why: "a new address is an update; whose address goes to somebody else gives it up first",
		do: func(t *testing.T, w *world) {
			w.dc.Set(t, w.dn(t, "u000031"), "mail", "first.last@example.com")
			w.dc.Set(t, w.dn(t, "u000032"), "mail", "U000032@Example.com") // the spelling alone
			w.dc.Set(t, w.dn(t, "u000033"), "mail", "new33@example.com")
			w.dc.Set(t, w.dn(t, "u000034"), "mail", "u000033@example.com")
			w.dc.Set(t, w.dn(t, "u000035"), "mail", "u000034@example.com")
		},
		plan: tally{"update user changed": 5},
	},
	{
		name: "MailTaken", why: "an address that is empty in the directory stays in Central, so nobody else can have it",
		do: func(t *testing.T, w *world) {
			w.dc.Set(t, w.dn(t, "u000036"), "mail")
			w.dc.Set(t, w.dn(t, "u000038"), "mail", "u000036@example.com")
		},
		held: tally{"value.taken update user changed": 1}, warned: "value.cleared",
	},
	{
		name: "MailSwapped", why: "two who exchange their addresses are held; the rest goes on",
		do: func(t *testing.T, w *world) {
			w.dc.Set(t, w.dn(t, "u000038"), "mail", "u000038@example.com")
			w.kept["u000036"] = "u000036@example.com"
			w.dc.Set(t, w.dn(t, "u000041"), "mail", "u000042@example.com")
			w.dc.Set(t, w.dn(t, "u000042"), "mail", "u000041@example.com")
			w.dc.Set(t, w.dn(t, "u000043"), "mail", "forty.three@example.com")
		},
		plan: tally{"update user changed": 1}, held: tally{"value.taken update user changed": 2}, remains: 2, warned: "value.cleared",
	},
	{
		name: "Leavers", why: "who is disabled, deleted or moved out of the base goes, each with the cause",
		do: func(t *testing.T, w *world) {
			w.dc.Set(t, w.dn(t, "u000041"), "mail", "u000041@example.com")
			w.dc.Set(t, w.dn(t, "u000042"), "mail", "u000042@example.com")
			for _, account := range []string{"u000050", "u000051", "u000053"} {
				w.dc.Set(t, w.dn(t, account), "userAccountControl", "514")
			}
			w.dc.Delete(t, w.dn(t, "u000054"))
			w.dc.Delete(t, w.dn(t, "u000055"))
			for _, account := range []string{"u000060", "u000061"} {
				w.dc.Move(t, w.dn(t, account), w.rdn(t, account), "CN=Users,"+w.dc.Base)
			}
		},
		plan: tally{"remove user disabled": 3, "remove user deleted": 2, "remove user moved.out": 2},
	},
	{
		name: "MovedBack", why: "who comes back, enabled or moved, is made again",
		do: func(t *testing.T, w *world) {
			w.dc.Move(t, w.dn(t, "u000060"), w.rdn(t, "u000060"), support+w.people)
			w.dc.Set(t, w.dn(t, "u000050"), "userAccountControl", "512")
		},
		plan: tally{"create user moved.in": 1, "create user new": 1},
	},
}
