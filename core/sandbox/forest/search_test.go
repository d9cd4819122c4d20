package forest_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/sandbox/forest"
)

func TestBasesAndScopes(t *testing.T) {
	c := open(t, nil).as(t, forest.Reader)
	sales := entry(t, c, "(&(objectClass=organizationalUnit)(ou=Sales))", "objectGUID")
	guid, err := identity.GUIDFromBytes(sales.GetRawAttributeValue("objectGUID"))
	if err != nil {
		t.Fatal(err)
	}
	users := entry(t, c, "(cn=Domain Users)", "objectSid")
	sid := forest.SIDText(string(users.GetRawAttributeValue("objectSid")))
	const unit = "(objectClass=organizationalUnit)"
	for name, tc := range map[string]struct {
		why     string
		base    string
		scope   int
		filter  string
		want    int
		code    uint16
		matched string
	}{
		"Base":          {"The object alone.", sales.DN, ldap.ScopeBaseObject, unit, 1, 0, ""},
		"BaseFiltered":  {"Which has to match.", sales.DN, ldap.ScopeBaseObject, "(objectClass=user)", 0, 0, ""},
		"One":           {"What is directly below, not itself.", "OU=Staff," + forest.BaseDN, ldap.ScopeSingleLevel, unit, 12, 0, ""},
		"Sub":           {"Itself and all below.", "OU=Staff," + forest.BaseDN, ldap.ScopeWholeSubtree, unit, 13, 0, ""},
		"GUID":          {"A base by objectGUID.", "<GUID=" + string(guid) + ">", ldap.ScopeBaseObject, unit, 1, 0, ""},
		"GUIDBytes":     {"By its bytes in hexadecimal.", fmt.Sprintf("<GUID=%x>", guid.Bytes()), ldap.ScopeBaseObject, unit, 1, 0, ""},
		"GUIDSubtree":   {"In any scope.", "<GUID=" + string(guid) + ">", ldap.ScopeWholeSubtree, unit, 1, 0, ""},
		"SID":           {"By SID.", "<SID=" + sid + ">", ldap.ScopeBaseObject, "(objectClass=group)", 1, 0, ""},
		"WKGUID":        {"A container by what it is for.", "<WKGUID=A9D1CA15768811D1ADED00C04FD8D5CD," + forest.BaseDN + ">", ldap.ScopeBaseObject, "(cn=Users)", 1, 0, ""},
		"Spaces":        {"A DN with spaces and in other case.", "ou = sales , OU=STAFF, dc=CORP,dc=example", ldap.ScopeBaseObject, unit, 1, 0, ""},
		"Escaped":       {"A comma in a value.", `OU=Legal\, Compliance,OU=Staff,` + forest.BaseDN, ldap.ScopeBaseObject, unit, 1, 0, ""},
		"EscapedHex":    {"The same in hexadecimal.", `OU=Legal\2C Compliance,OU=Staff,` + forest.BaseDN, ldap.ScopeBaseObject, unit, 1, 0, ""},
		"CJK":           {"Other scripts.", `OU=東京,OU=Staff,` + forest.BaseDN, ldap.ScopeBaseObject, unit, 1, 0, ""},
		"Missing":       {"The nearest object above is named.", "CN=x,OU=None,OU=Staff," + forest.BaseDN, ldap.ScopeWholeSubtree, unit, 0, ldap.LDAPResultNoSuchObject, "OU=Staff," + forest.BaseDN},
		"MissingGUID":   {"A GUID of nothing.", "<GUID=00000000-0000-4000-8000-000000000000>", ldap.ScopeBaseObject, unit, 0, ldap.LDAPResultNoSuchObject, ""},
		"Foreign":       {"A domain of another forest is somewhere else.", "DC=other,DC=test", ldap.ScopeWholeSubtree, unit, 0, ldap.LDAPResultReferral, ""},
		"Garbage":       {"What is no DN.", "not a dn", ldap.ScopeWholeSubtree, unit, 0, ldap.LDAPResultInvalidDNSyntax, ""},
		"RootSubtree":   {"The empty DN is for the rootDSE.", "", ldap.ScopeWholeSubtree, unit, 0, ldap.LDAPResultNoSuchObject, ""},
		"Partitions":    {"Domains by their flag.", "CN=Partitions,CN=Configuration," + forest.BaseDN, ldap.ScopeSingleLevel, "(systemFlags:1.2.840.113556.1.4.803:=2)", 1, 0, ""},
		"Schema":        {"The schema says what is single.", "CN=Schema,CN=Configuration," + forest.BaseDN, ldap.ScopeSingleLevel, "(&(lDAPDisplayName=description)(isSingleValued=FALSE)(attributeSyntax=2.5.5.12))", 1, 0, ""},
		"Settings":      {"The controller's own object.", "CN=Configuration," + forest.BaseDN, ldap.ScopeWholeSubtree, "(&(objectClass=nTDSDSA)(invocationId=*))", 1, 0, ""},
		"NotConfig":     {"A search of the domain stays in the domain.", forest.BaseDN, ldap.ScopeWholeSubtree, "(objectClass=crossRef)", 0, 0, ""},
		"DeletedHidden": {"The container of deleted objects is not there without its control.", "CN=Deleted Objects," + forest.BaseDN, ldap.ScopeBaseObject, "(objectClass=*)", 0, ldap.LDAPResultNoSuchObject, forest.BaseDN},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := c.Search(ask(tc.base, tc.scope, tc.filter, "1.1"))
			if tc.code != 0 {
				if !ldap.IsErrorWithCode(err, tc.code) {
					t.Fatalf("%s\n%v", tc.why, err)
				}
				if e, ok := errors.AsType[*ldap.Error](err); !ok || e.MatchedDN != tc.matched {
					t.Errorf("%s\nmatched %q in %v", tc.why, tc.matched, err)
				}
				return
			}
			if err != nil || len(r.Entries) != tc.want {
				t.Errorf("%s\n%d entries, %v", tc.why, len(r.Entries), err)
			}
		})
	}
}

func TestAttributesOfAnEntry(t *testing.T) {
	c := open(t, nil).as(t, forest.Reader)
	names := func(e *ldap.Entry) []string {
		var out []string
		for _, a := range e.Attributes {
			out = append(out, a.Name)
		}
		slices.Sort(out)
		return out
	}
	const anna = "(sAMAccountName=anna.smith)"
	got := names(entry(t, c, anna, "MAIL", "primaryGroupID", "noSuchThing", "info"))
	if d := cmp.Diff([]string{"mail", "primaryGroupID"}, got); d != "" {
		t.Errorf("names as the schema spells them, and nothing that has no value (-want +got):\n%s", d)
	}
	all := names(entry(t, c, anna, "*", "canonicalName"))
	for name, there := range map[string]bool{
		"memberOf": true, "distinguishedName": true, "objectSid": true, "canonicalName": true, "uSNChanged": true,
		"tokenGroups": false, "primaryGroupToken": false, "modifyTimeStamp": false,
	} {
		if slices.Contains(all, name) != there {
			t.Errorf("%s comes with *: %v, expected %v", name, !there, there)
		}
	}
	if got := entry(t, c, anna, "1.1"); len(got.Attributes) != 0 {
		t.Errorf("no attributes were asked for: %v", names(got))
	}
	token := entry(t, c, "(cn=Domain Users)", "primaryGroupToken").GetAttributeValue("primaryGroupToken")
	primary := entry(t, c, anna, "primaryGroupID", "memberOf")
	if token != "513" || primary.GetAttributeValue("primaryGroupID") != token {
		t.Errorf("primary group %s, Domain Users is %s", primary.GetAttributeValue("primaryGroupID"), token)
	}
	for _, dn := range primary.GetAttributeValues("memberOf") {
		if strings.Contains(dn, "Domain Users") {
			t.Error("the primary group stands in memberOf")
		}
	}
	r, err := c.Search(&ldap.SearchRequest{BaseDN: entry(t, c, anna).DN, Filter: "(objectClass=*)", Attributes: []string{"mail"}, TypesOnly: true})
	if err != nil || len(r.Entries) != 1 || len(r.Entries[0].Attributes) != 1 || len(r.Entries[0].Attributes[0].Values) != 0 {
		t.Errorf("types only: %v, %v", r, err)
	}
	sids := entry(t, c, anna, "tokenGroups").GetRawAttributeValues("tokenGroups")
	if len(sids) < 3 { // Management, All Staff, Domain Users at least
		t.Errorf("%d groups in the token", len(sids))
	}
}

func TestReferencesToOtherContexts(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, forest.Reader)
	want := []string{
		"ldaps://DomainDnsZones.corp.example/DC=DomainDnsZones,DC=corp,DC=example",
		"ldaps://ForestDnsZones.corp.example/DC=ForestDnsZones,DC=corp,DC=example",
		"ldaps://corp.example/CN=Configuration,DC=corp,DC=example",
	}
	find := func(base string, controls ...ldap.Control) []string {
		r := ask(base, ldap.ScopeWholeSubtree, "(cn=Anna Smith)")
		r.Controls = controls
		got, err := c.SearchWithPaging(r, 100)
		if err != nil {
			t.Fatal(err)
		}
		return got.Referrals
	}
	if d := cmp.Diff(want, find(forest.BaseDN)); d != "" {
		t.Errorf("from the root of the domain (-want +got):\n%s", d)
	}
	if got := find("OU=Staff," + forest.BaseDN); len(got) != 0 {
		t.Errorf("from a unit: %v", got)
	}
	if got := find(forest.BaseDN, ldap.NewControlString("1.2.840.113556.1.4.1339", true, "")); len(got) != 0 {
		t.Errorf("with the control that wants none: %v", got)
	}
	s.AddDomain("emea.corp.example", "EMEA", "DC=emea,"+forest.BaseDN)
	if got := find(forest.BaseDN); !slices.Contains(got, "ldaps://emea.corp.example/DC=emea,DC=corp,DC=example") {
		t.Errorf("to the domain of another controller: %v", got)
	}
	_, err := c.Search(ask("OU=Staff,DC=emea,"+forest.BaseDN, ldap.ScopeWholeSubtree, "(cn=*)"))
	if !ldap.IsErrorWithCode(err, ldap.LDAPResultReferral) {
		t.Errorf("a base in it: %v", err)
	}
	r, err := c.Search(ask("CN=Partitions,CN=Configuration,"+forest.BaseDN, ldap.ScopeSingleLevel, "(nETBIOSName=EMEA)", "nCName"))
	if err != nil || len(r.Entries) != 1 || r.Entries[0].GetAttributeValue("nCName") != "DC=emea,"+forest.BaseDN {
		t.Errorf("its cross reference: %v, %v", r, err)
	}
}

func TestUnknownControls(t *testing.T) {
	c := open(t, nil).as(t, forest.Reader)
	r := ask(forest.BaseDN, ldap.ScopeBaseObject, "(objectClass=*)", "cn")
	r.Controls = []ldap.Control{critical{"1.2.3.4", 0xff}}
	if _, err := c.Search(r); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailableCriticalExtension) {
		t.Errorf("critical: %v", err)
	}
	// go-ldap writes TRUE as 0x01, which is TRUE as well.
	r.Controls = []ldap.Control{critical{"1.2.3.4", 0x01}}
	if _, err := c.Search(r); !ldap.IsErrorWithCode(err, ldap.LDAPResultUnavailableCriticalExtension) {
		t.Errorf("critical, as go-ldap writes it: %v", err)
	}
	r.Controls = []ldap.Control{critical{"1.2.3.4", 0}}
	if _, err := c.Search(r); err != nil {
		t.Errorf("not critical: %v", err)
	}
}

// critical is a control whose criticality is one particular byte.
type critical struct {
	oid   string
	value byte
}

func (c critical) GetControlType() string { return c.oid }
func (c critical) String() string         { return c.oid }
func (c critical) Encode() *ber.Packet {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, c.oid, ""))
	b := ber.Encode(ber.ClassUniversal, ber.TypePrimitive, ber.TagBoolean, nil, "")
	b.Data.WriteByte(c.value)
	p.AppendChild(b)
	return p
}
