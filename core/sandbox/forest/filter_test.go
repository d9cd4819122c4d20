package forest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/sandbox/forest"
)

// accounts are the account names that a filter finds in the whole domain.
func accounts(t *testing.T, c *ldap.Conn, filter string) []string {
	t.Helper()
	r, err := c.SearchWithPaging(ask(forest.BaseDN, ldap.ScopeWholeSubtree, filter, "sAMAccountName"), 500)
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	out := []string{}
	for _, e := range r.Entries {
		out = append(out, e.GetAttributeValue("sAMAccountName"))
	}
	slices.Sort(out)
	return out
}

// entry reads one object by a filter.
func entry(t *testing.T, c *ldap.Conn, filter string, attributes ...string) *ldap.Entry {
	t.Helper()
	r, err := c.Search(ask(forest.BaseDN, ldap.ScopeWholeSubtree, filter, attributes...))
	if err != nil {
		t.Fatalf("%s: %v", filter, err)
	}
	if len(r.Entries) != 1 {
		t.Fatalf("%s: %d entries, expected one", filter, len(r.Entries))
	}
	return r.Entries[0]
}

func TestFilters(t *testing.T) {
	c := open(t, nil).as(t, forest.Reader)
	julia := entry(t, c, "(sAMAccountName=julia.weber)", "objectGUID", "objectSid", "whenCreated")
	guid := julia.GetRawAttributeValue("objectGUID")
	text, err := identity.GUIDFromBytes(guid)
	if err != nil {
		t.Fatal(err)
	}
	var escaped strings.Builder
	for _, b := range guid {
		fmt.Fprintf(&escaped, `\%02x`, b)
	}
	dn := ldap.EscapeFilter(julia.DN)
	both := []string{"julia.weber", "julia.weber-klein"}
	one := []string{"julia.weber"}
	cycle := "CN=Project Alpha Core,OU=Groups," + forest.BaseDN
	for name, tc := range map[string]struct {
		why    string
		filter string
		want   []string
	}{
		"Case":              {"Values are compared without case.", "(MAIL=JULIA.WEBER@CORP.EXAMPLE)", both},
		"Accents":           {"And without accents.", "(displayName=ivy muller)", []string{"ivy.mueller"}},
		"OID":               {"An attribute may be named by its OID.", "(0.9.2342.19200300.100.1.3=julia.weber@corp.example)", both},
		"Approximate":       {"There is no approximation.", "(mail~=julia.weber@corp.example)", both},
		"Initial":           {"A substring at the beginning.", "(sAMAccountName=julia.*)", both},
		"Middle":            {"In the middle and at the end, in order.", "(sAMAccountName=j*.web*klein)", []string{"julia.weber-klein"}},
		"Overlap":           {"The pieces of a substring do not overlap.", "(sAMAccountName=julia.weber*weber)", []string{}},
		"CJK":               {"Other scripts are texts like any.", "(sn=山田)", []string{"taro.yamada"}},
		"And":               {"All have to hold.", "(&(sn=Weber)(givenName=Julia)(objectClass=user))", one},
		"Or":                {"One has to hold.", "(|(sAMAccountName=julia.weber)(sAMAccountName=none))", one},
		"Not":               {"An absent attribute makes a comparison false and not undefined.", "(&(sAMAccountName=julia.weber)(!(info=x)))", one},
		"Empty or":          {"An OR of nothing is false.", "(|)", []string{}},
		"Empty and":         {"An AND of nothing is true.", "(&(sAMAccountName=julia.weber)(&))", one},
		"Unknown":           {"An unknown attribute is undefined.", "(noSuchThing=x)", []string{}},
		"Not unknown":       {"And so is its negation.", "(&(sAMAccountName=julia.weber)(!(noSuchThing=x)))", []string{}},
		"Unknown beside":    {"Undefined does not spoil an OR.", "(|(sAMAccountName=julia.weber)(noSuchThing=x))", one},
		"Not a number":      {"A value of the wrong syntax is undefined.", "(&(sAMAccountName=julia.weber)(!(userAccountControl=abc)))", []string{}},
		"Number":            {"Numbers are compared as numbers.", "(&(sAMAccountName=julia.weber)(userAccountControl>=99)(userAccountControl<=1000))", one},
		"Negative":          {"groupType is signed.", "(&(sAMAccountName=Berlin Office)(groupType>=-1))", []string{"Berlin Office"}},
		"Large":             {"64 bits.", "(&(sAMAccountName=julia.weber)(accountExpires=9223372036854775807))", one},
		"Time":              {"Times are compared as times.", "(&(sAMAccountName=julia.weber)(whenCreated>=20160101000000.0Z)(whenCreated<=20260101000000.0Z))", one},
		"No time":           {"What is no time is undefined.", "(&(sAMAccountName=julia.weber)(whenCreated>=yesterday))", []string{}},
		"Boolean":           {"TRUE and FALSE in capitals.", "(&(isCriticalSystemObject=TRUE)(objectClass=user)(sAMAccountName=Guest))", []string{"Guest"}},
		"Bits":              {"All bits of the mask.", "(&(sAMAccountName=dc1$)(userAccountControl:1.2.840.113556.1.4.803:=532480))", []string{"DC1$"}},
		"Bits missing":      {"One bit is not all of them.", "(&(sAMAccountName=dc1$)(userAccountControl:1.2.840.113556.1.4.803:=8194))", []string{}},
		"Any bit":           {"One bit is enough.", "(&(sAMAccountName=dc1$)(userAccountControl:1.2.840.113556.1.4.804:=8194))", []string{"DC1$"}},
		"Unknown rule":      {"A rule that the directory does not have is undefined.", "(sAMAccountName:2.5.13.2:=julia.weber)", []string{}},
		"GUID bytes":        {"An objectGUID by its bytes.", "(objectGUID=" + escaped.String() + ")", one},
		"GUID text":         {"And by its text.", "(objectGUID=" + string(text) + ")", one},
		"SID text":          {"A SID by its text.", "(objectSid=" + forest.SIDText(string(julia.GetRawAttributeValue("objectSid"))) + ")", one},
		"Member":            {"A DN with an escaped comma, escaped again for the filter.", "(&(member=" + dn + ")(cn=Sales))", []string{"Sales"}},
		"Member by GUID":    {"A DN may be one by GUID.", "(&(member=<GUID=" + string(text) + ">)(cn=Sales))", []string{"Sales"}},
		"DN case":           {"DNs are compared by their rules and not as text.", "(&(member=" + strings.ToUpper(strings.ReplaceAll(dn, "OU=Staff", "ou = STAFF")) + ")(cn=Sales))", []string{"Sales"}},
		"Not a DN":          {"A value that is no DN is undefined.", "(member=nobody)", []string{}},
		"DN substring":      {"DNs have no substrings.", "(distinguishedName=*Staff*)", []string{}},
		"By own DN":         {"distinguishedName can be asked for.", "(distinguishedName=" + dn + ")", one},
		"Class by OID":      {"A class may be named by OID.", "(&(objectClass=1.2.840.113556.1.5.9)(sAMAccountName=julia.weber))", one},
		"Category":          {"person is a category by the short name of a class.", "(&(objectCategory=person)(sAMAccountName=julia.weber))", one},
		"Category of user":  {"So is user, which has the category of person.", "(&(objectCategory=user)(sAMAccountName=julia.weber))", one},
		"Category by DN":    {"Or the DN of the class.", "(&(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=corp,DC=example)(sAMAccountName=julia.weber))", one},
		"Computers":         {"A computer is a user by class and not by category.", "(&(objectClass=user)(objectCategory=person)(sAMAccountName=LT-1200$))", []string{}},
		"inetOrgPerson":     {"inetOrgPerson descends from user.", "(&(objectClass=user)(objectClass=inetOrgPerson))", []string{"ines.linux"}},
		"Users by type":     {"Trust accounts, computers and gMSAs are no users by sAMAccountType.", "(&(sAMAccountType=805306368)(|(sAMAccountName=PARTNER$)(sAMAccountName=LT-1200$)(sAMAccountName=svc-sql$)))", []string{}},
		"Chain up":          {"memberOf over any number of groups.", "(&(memberOf:1.2.840.113556.1.4.1941:=CN=All Staff,OU=Groups,DC=corp,DC=example)(sAMAccountName=julia.weber))", one},
		"Chain in a circle": {"Groups that contain each other in a circle end.", "(&(memberOf:1.2.840.113556.1.4.1941:=" + cycle + ")(objectClass=group))", []string{"Project Alpha", "Project Alpha Core", "Project Alpha Leads"}},
		"Chain down":        {"The groups somebody is in, through others too.", "(&(member:1.2.840.113556.1.4.1941:=" + dn + ")(cn=All Staff))", []string{"All Staff"}},
		"Chain to nobody":   {"The chain of an object that is not there is empty.", "(memberOf:1.2.840.113556.1.4.1941:=CN=None," + forest.BaseDN + ")", []string{}},
		"ANR":               {"First and last name, begun.", "(anr=jul web)", both},
	} {
		t.Run(name, func(t *testing.T) {
			got := accounts(t, c, tc.filter)
			if d := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\n%s (-want +got):\n%s", tc.why, tc.filter, d)
			}
		})
	}
}

func TestConstructedAttributesAreRefusedInFilters(t *testing.T) {
	c := open(t, nil).as(t, forest.Reader)
	for _, filter := range []string{"(tokenGroups=*)", "(!(primaryGroupToken=513))", "(&(cn=a)(canonicalName=x*))"} {
		_, err := c.Search(ask(forest.BaseDN, ldap.ScopeWholeSubtree, filter))
		if !ldap.IsErrorWithCode(err, ldap.LDAPResultInappropriateMatching) {
			t.Errorf("%s: %v", filter, err)
		}
	}
}

// FuzzFilter puts any bytes to the evaluator in place of a filter: it may refuse
// them and must not fail, and a negation never agrees with what it negates.
func FuzzFilter(f *testing.F) {
	for _, text := range []string{
		"(cn=*)", "(&(a=b)(|(c=d*e)(!(f>=1))))", "(member:1.2.840.113556.1.4.1941:=CN=a,DC=corp,DC=example)",
		"(:dn:2.4.6.8.10:=x)", `(objectGUID=\00\01)`, "(whenChanged<=20200101000000.0Z)", "(anr==Anna)",
	} {
		p, err := ldap.CompileFilter(text)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(p.Bytes())
	}
	dir := forest.New(forest.Options{})
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ber.DecodePacketErr(data)
		if err != nil {
			return
		}
		matched, err := dir.Count(p)
		if err != nil {
			return
		}
		negation := ber.Encode(ber.ClassContext, ber.TypeConstructed, 2, nil, "")
		negation.AppendChild(p)
		others, err := dir.Count(negation)
		if err != nil {
			return // one level deeper than is allowed
		}
		if all := dir.Size(); matched+others > all {
			t.Errorf("%d match and %d do not, of %d", matched, others, all)
		}
	})
}
