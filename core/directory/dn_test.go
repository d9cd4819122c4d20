package directory

import (
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

func FuzzDN(f *testing.F) {
	for _, seed := range []string{
		"CN=a,DC=b", `CN=Lee\, Ann+OU=x,DC=b`, `cn=\20a\ ,dc=#0401`, "CN=\x00", `CN=x\0ADEL:1,DC=c`, "OU=ſK,DC=ß", ";", `\`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, dn string) {
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
