package directory

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/fault"
)

func TestUnderBase(t *testing.T) {
	for _, tc := range []struct {
		why, dn, base string
		want          bool
	}{
		{"below", "CN=a,OU=b,DC=c", "OU=b,DC=c", true},
		{"the base itself", "OU=b,DC=c", "OU=b,DC=c", true},
		{"above", "DC=c", "OU=b,DC=c", false},
		{"beside", "CN=a,OU=x,DC=c", "OU=b,DC=c", false},
		{"case", "cn=A,ou=B,dc=C", "OU=b,DC=c", true},
		{"blanks", "CN=a, OU=b ,DC=c", "OU=b,DC=c", true},
		{"a name that ends like the base is not below it", `CN=a\,OU=b,DC=c`, "OU=b,DC=c", false},
		{"nor is one that merely ends in the same text", "CN=a,OU=xb,DC=c", "b,DC=c", false},
		{"escapes", `CN=a,OU=Sales\, EMEA,DC=c`, `ou=sales\2c emea,DC=c`, true},
		{"letters beyond ASCII", "CN=a,OU=MÜNCHEN,DC=c", `OU=m\c3\bcnchen,DC=c`, true},
		{"not by accents", "CN=a,OU=Munchen,DC=c", "OU=München,DC=c", false},
		{"no DN", "nonsense", "DC=c", false},
		{"no base", "CN=a,DC=c", "", false},
	} {
		if got := UnderBase(tc.dn, tc.base); got != tc.want {
			t.Errorf("%s: UnderBase(%q, %q) is %v", tc.why, tc.dn, tc.base, got)
		}
	}
}

func TestParentDN(t *testing.T) {
	for dn, want := range map[string]string{
		"CN=a,OU=b,DC=c": "OU=b,DC=c", `CN=Lee\, Ann, OU=b`: "OU=b", `CN=a\\,OU=b`: "OU=b", "DC=c": "", "": "", `CN=a\`: "",
		"CN=x\\0ADEL:1234,CN=Deleted Objects,DC=c": "CN=Deleted Objects,DC=c",
	} {
		if got := ParentDN(dn); got != want {
			t.Errorf("ParentDN(%q) is %q, want %q", dn, got, want)
		}
	}
}

func TestParseReference(t *testing.T) {
	const guid = "aa966704-a878-4771-9824-b1155df6bab0"
	for text, want := range map[string]reference{
		"CN=a,DC=b":                             {dn: "CN=a,DC=b"},
		"<GUID=" + guid + ">;<SID=S-1-5>;CN=a":  {guid: guid, dn: "CN=a"},
		"<GUID=" + guid + ">;CN=<a>\\;,DC=b":    {guid: guid, dn: "CN=<a>\\;,DC=b"},
		"<SID=S-1-5-21-1>;CN=S-1-5-21-1,CN=F":   {dn: "CN=S-1-5-21-1,CN=F"},
		"<GUID=nonsense>;CN=a":                  {dn: "CN=a"},
		"<GUID=" + guid:                         {dn: "<GUID=" + guid},
		"<TTL=3>;<GUID=" + guid + ">;CN=a,DC=b": {guid: guid, dn: "CN=a,DC=b"},
	} {
		if got := parseReference(text); got != want {
			t.Errorf("%q gives %+v, want %+v", text, got, want)
		}
	}
}

func TestSameDN(t *testing.T) {
	for _, tc := range []struct {
		why, a, b string
		want      bool
	}{
		{"ways to escape a comma", `CN=Lee\, Ann,DC=c`, `CN=Lee\2c Ann,DC=c`, true},
		{"case of the digits", `CN=Lee\2C Ann,DC=c`, `CN=Lee\2c Ann,DC=c`, true},
		{"a blank at the end, escaped in two ways", `CN=a\ ,DC=c`, `CN=a\20,DC=c`, true},
		{"it is part of the name", `CN=a\20,DC=c`, `CN=a,DC=c`, false},
		{"one that is not escaped is none", `CN=a ,DC=c`, `CN=a,DC=c`, true},
		{"a leading blank", `CN=\ a,DC=c`, `CN=\20a,DC=c`, true},
		{"blanks within count", `CN=a  b,DC=c`, `CN=a b,DC=c`, false},
		{"a backslash before the closing blank", `CN=a\\ ,DC=c`, `CN=a\5c,DC=c`, true},
		{"a plus within a value", `CN=a\+b,DC=c`, `CN=a\2bb,DC=c`, true},
		{"two values of one part", `CN=a+UID=b,DC=c`, `uid=b+cn=a,DC=c`, true},
		{"are not one value with a plus", `CN=a+UID=b,DC=c`, `CN=a\+UID\=b,DC=c`, false},
		{"UTF-8 byte by byte", `OU=M\C3\BCnchen,DC=c`, `OU=MÜNCHEN,DC=c`, true},
		{"other scripts", `CN=\E5\B1\B1,DC=c`, `CN=山,DC=c`, true},
		{"an encoded value", `CN=#04024869,DC=c`, `CN=Hi,DC=c`, true},
		{"a number sign in a name", `CN=\#1,DC=c`, `CN=\231,DC=c`, true},
		{"an equals sign", `CN=a=b,DC=c`, `CN=a\=b,DC=c`, true},
		{"a line feed, as in deleted objects", "CN=a\\0ADEL:1,DC=c", "CN=a\\0adel:1,DC=c", true},
		{"names of attributes", `2.5.4.3=a,OID.0.9.2342.19200300.100.1.25=c`, `CN=a,DC=c`, true},
		{"the order of parts counts", `CN=a,OU=b,DC=c`, `OU=b,CN=a,DC=c`, false},
		{"bytes that are no text", `CN=\ff,DC=c`, `CN=\fe,DC=c`, false},
		{"no control byte passes for a separator", "CN=a+OU=b", "CN=a\\01ou\\00b", false},
	} {
		if got := sameDN(tc.a, tc.b); got != tc.want {
			t.Errorf("%s: %q and %q: %v", tc.why, tc.a, tc.b, got)
		}
	}
}

// FuzzDN holds the laws of comparison: reflexive, symmetric, blind to case, to
// the order within a part, and to the way of writing.
func FuzzDN(f *testing.F) {
	for _, seed := range []string{
		"CN=a,DC=b", `CN=Lee\, Ann+OU=x,DC=b`, `cn=\20a\ ,dc=#0401`, "CN=\x00", `CN=x\0ADEL:1,DC=c`, "OU=ſK,DC=ß", ";", `\`,
		`CN=#04024869+UID=x\+y,DC=\C3\BC`, `CN=\ff,DC=b`,
	} {
		f.Add(seed, `CN=lee\2c ann,dc=B`)
	}
	f.Fuzz(func(t *testing.T, dn, other string) {
		if !sameDN(dn, dn) || sameDN(dn, other) != sameDN(other, dn) {
			t.Fatalf("%q and %q: neither reflexive nor symmetric", dn, other)
		}
		parent := ParentDN(dn)
		keys := rdnKeys(dn)
		if keys == nil {
			if UnderBase(dn, dn) {
				t.Fatalf("%q is no DN, and below itself", dn)
			}
			return
		}
		if !UnderBase(dn, dn) {
			t.Fatalf("%q is not below itself", dn)
		}
		if UnderBase(dn, other) && UnderBase(other, dn) && !sameDN(dn, other) {
			t.Fatalf("%q and %q stand below each other and differ", dn, other)
		}
		if len(keys) > 1 && !UnderBase(dn, parent) {
			t.Fatalf("%q is not below its parent %q", dn, parent)
		}
		if UnderBase(parent, dn) {
			t.Fatalf("the parent %q is below %q", parent, dn)
		}
		parsed, err := ldap.ParseDN(dn)
		if err != nil {
			t.Fatal(err)
		}
		if written := parsed.String(); rdnKeys(written) != nil && !sameDN(dn, written) {
			t.Fatalf("%q and %q name the same object", dn, written)
		}
		for _, rdn := range parsed.RDNs {
			slices.Reverse(rdn.Attributes)
			for _, a := range rdn.Attributes {
				a.Type = strings.ToUpper(a.Type)
			}
		}
		if turned := parsed.String(); rdnKeys(turned) != nil && !sameDN(dn, turned) {
			t.Fatalf("%q and %q name the same object", dn, turned)
		}
	})
}

func TestCheckBase(t *testing.T) {
	for name, tc := range map[string]struct{ why, dn, domain, code string }{
		"Unit":      {"A unit of the domain.", "OU=Staff, DC=corp, DC=example", "corp.example", ""},
		"Case":      {"Names are compared without case.", "ou=staff,dc=Corp,dc=EXAMPLE", "corp.Example", ""},
		"Head":      {"The whole domain.", "DC=corp,DC=example", "corp.example", ""},
		"NoDN":      {"A name alone is none.", "Staff", "corp.example", "config.base.syntax"},
		"Open":      {"So is what ends too early.", "OU=Staff,DC", "corp.example", "config.base.syntax"},
		"Foreign":   {"Another domain answers with a referral only.", "OU=Staff,DC=other,DC=example", "corp.example", "config.base.outside"},
		"Half":      {"Without its domain it stands nowhere.", "OU=Staff", "corp.example", "config.base.outside"},
		"Lookalike": {"A part of a name is no domain.", "OU=Staff,DC=xcorp,DC=example", "corp.example", "config.base.outside"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := CheckBase(tc.dn, tc.domain); fault.Code(err) != tc.code {
				t.Errorf("%s\n%v, want %q", tc.why, err, tc.code)
			}
		})
	}
}
