package directory

import (
	"strings"
	"testing"
)

var testSchema = definitions{}

func init() {
	for _, a := range []definition{
		{name: "cn", oid: "2.5.4.3", syntax: syntaxText},
		{name: "member", oid: "2.5.4.31", syntax: syntaxDN},
		{name: "memberOf", oid: "1.2.840.113556.1.2.102", syntax: syntaxDN},
		{name: "manager", oid: "0.9.2342.19200300.100.1.10", syntax: syntaxDN},
		{name: "extension", oid: "1.2.3.4", syntax: syntaxDN},
		{name: "objectCategory", oid: "1.2.840.113556.1.4.782", syntax: syntaxDN},
		{name: "objectClass", oid: "2.5.4.0", syntax: syntaxOID},
		{name: "userAccountControl", oid: "1.2.840.113556.1.4.8", syntax: syntaxInteger},
		{name: "accountExpires", oid: "1.2.840.113556.1.4.159", syntax: syntaxLarge},
		{name: "whenChanged", oid: "1.2.840.113556.1.2.3", syntax: syntaxTime},
		{name: "isDeleted", oid: "1.2.840.113556.1.2.48", syntax: syntaxBoolean},
		{name: "objectGUID", oid: "1.2.840.113556.1.4.2", syntax: syntaxOctets},
		{name: "objectSid", oid: "1.2.840.113556.1.4.146", syntax: syntaxSID},
		{name: "nTSecurityDescriptor", oid: "1.2.840.113556.1.2.281", syntax: syntaxDescriptor},
		{name: "tokenGroups", oid: "1.2.840.113556.1.4.1301", syntax: syntaxSID, constructed: true},
		{name: "aNR", oid: "1.2.840.113556.1.4.1208", syntax: syntaxText, constructed: true},
	} {
		testSchema[strings.ToLower(a.name)], testSchema[a.oid] = a, a
	}
}

func TestJudgeConditions(t *testing.T) {
	for filter, code := range map[string]string{
		"(cn=a)": "", "(CN=a*)": "", "(2.5.4.3=a)": "", "(cn>=a)": "", "(cn~=a)": "", "(cn=*)": "",
		"(userAccountControl=514)": "", "(userAccountControl>=-1)": "", "(userAccountControl=*)": "",
		"(userAccountControl:1.2.840.113556.1.4.803:=2147483648)": "",
		"(accountExpires>=132223104000000000)":                    "",
		"(whenChanged>=20260101000000.0Z)":                        "", "(whenChanged<=20260101000000Z)": "", "(whenChanged>=260101000000Z)": "",
		"(isDeleted=TRUE)": "", "(objectClass=user)": "", "(objectClass=1.2.840.113556.1.5.9)": "",
		"(objectCategory=person)": "", "(objectCategory=CN=Person,CN=Schema,CN=Configuration,DC=b)": "",
		"(memberOf=CN=a,DC=b)": "", "(memberOf:1.2.840.113556.1.4.1941:=CN=a,DC=b)": "", "(memberOf=<GUID=0001>)": "",
		`(objectGUID=\00\11\22\33\44\55\66\77\88\99\aa\bb\cc\dd\ee\ff)`: "", "(objectGUID=5b2c8f0a-7d2b-4f7c-9a5e-0c2b5f1d3e4a)": "",
		"(objectSid=S-1-5-21-1-2-3-1104)": "", "(anr=lee)": "",

		"(nickname=a)": "config.filter.attribute", "(cn;lang-de=a)": "config.filter.attribute", "(tokenGroups=S-1-5-32-545)": "config.filter.attribute",
		"(nTSecurityDescriptor=a)": "config.filter.attribute",
		"(cn=)":                    "config.filter.value", "(userAccountControl=abc)": "config.filter.value", "(userAccountControl>=foo)": "config.filter.value",
		"(userAccountControl=51*)": "config.filter.value", "(userAccountControl=4294967296)": "config.filter.value",
		"(accountExpires<=never)": "config.filter.value", "(whenChanged>=foo)": "config.filter.value", "(whenChanged>=2026-01-01)": "config.filter.value",
		"(isDeleted=true)": "config.filter.value", "(isDeleted>=TRUE)": "config.filter.value", "(memberOf=Sales)": "config.filter.value",
		"(memberOf=CN=Sales*)": "config.filter.value", "(memberOf>=CN=a,DC=b)": "config.filter.value", "(objectClass=us er)": "config.filter.value",
		"(objectClass>=user)": "config.filter.value", "(objectGUID=12)": "config.filter.value", "(objectSid=me)": "config.filter.value", "(anr=*)": "config.filter.value",
		"(userAccountControl:1.2.840.113556.1.4.803:=abc)": "config.filter.value",
		"(cn:dn:=a)":                     "config.filter.rule",
		"(cn:1.2.840.113556.1.4.803:=2)": "config.filter.rule", "(cn:1.2.840.113556.1.4.1941:=a)": "config.filter.rule", "(cn:2.5.13.2:=a)": "config.filter.rule",
	} {
		c, err := parseFilter(filter, testSchema.dn)
		if err != nil {
			t.Fatal(err)
		}
		if got := testSchema.judge(c); got.code != code {
			t.Errorf("%s: %q (%s), want %q", filter, got.code, got.what, code)
		}
	}
}

// TestSchemaDecidesOnNames: an attribute that no list knows holds names when the
// schema says so, and one of the list does not when it does not.
func TestSchemaDecidesOnNames(t *testing.T) {
	for text, want := range map[string]string{
		"extension=CN=Lee\\, Ann, DC=b": `(extension=CN=Lee\5c, Ann,DC=b)`,
		"(extension=CN=a, DC=b)":        `(extension=CN=a,DC=b)`,
		"(1.2.3.4=CN=a, DC=b)":          `(1.2.3.4=CN=a,DC=b)`,
		"(cn=CN=a, DC=b)":               `(cn=CN=a, DC=b)`,
	} {
		c, err := parseFilter(text, testSchema.dn)
		if err != nil || c.String() != want {
			t.Errorf("%s gives %v (%v), want %s", text, c, err, want)
		}
	}
}

func TestUnescape(t *testing.T) {
	for in, want := range map[string]string{`a\2a\5c,b`: `a*\,b`, `\c3\bc`: "ü", "plain": "plain", `\00`: "\x00"} {
		if got := unescape(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}
