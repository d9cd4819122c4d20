package directory

import (
	"errors"
	"strings"
	"testing"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

func TestNormaliseFilter(t *testing.T) {
	for _, tc := range []struct{ why, in, want string }{
		{"none", "", ""},
		{"none but blanks", "  \t", ""},
		{"a whole filter", "(cn=a)", "(cn=a)"},
		{"the form of the documentation", "memberOf=CN=testGroup, DC=myCompany, DC=com", "(memberOf=CN=testGroup,DC=myCompany,DC=com)"},
		{"its short form", "CN=testGroup", "(CN=testGroup)"},
		{"blanks around", "  CN = testGroup ", "(CN=testGroup)"},
		{"with brackets the blanks after commas go too", "(memberOf=CN=a, DC=b)", "(memberOf=CN=a,DC=b)"},
		{"and in a matching rule", "memberOf:1.2.840.113556.1.4.1941:=CN=a, DC=b", "(memberOf:1.2.840.113556.1.4.1941:=CN=a,DC=b)"},
		{"other values keep them", "displayName=Lee, Ann", "(displayName=Lee, Ann)"},
		{"and their blanks at the end within brackets", "(cn=a )", "(cn=a )"},
		{"an escaped comma of a name", `memberOf=CN=Lee\, Ann, DC=b`, `(memberOf=CN=Lee\5c, Ann,DC=b)`},
		{"the same already escaped", `(memberOf=CN=Lee\5c, Ann, DC=b)`, `(memberOf=CN=Lee\5c, Ann,DC=b)`},
		{"a name's hexadecimal escape", `memberOf=CN=Lee\2C Ann,DC=b`, `(memberOf=CN=Lee\5c2C Ann,DC=b)`},
		{"an escaped blank at the end of a part", `memberOf=CN=a\ , DC=b`, `(memberOf=CN=a\5c ,DC=b)`},
		{"an escaped backslash", `memberOf=CN=a\\ , DC=b`, `(memberOf=CN=a\5c\5c,DC=b)`},
		{"an escaped plus sign and more", `member=CN=a \+ b\=c\;d`, `(member=CN=a \5c+ b\5c=c\5c;d)`},
		{"brackets in a bare value", "cn=Sales (EMEA)", `(cn=Sales \28EMEA\29)`},
		{"brackets in a bare name", "memberOf=CN=Sales (EMEA), DC=b", `(memberOf=CN=Sales \28EMEA\29,DC=b)`},
		{"a backslash in a bare value", `homeDirectory=\\server\share`, `(homeDirectory=\5c\5cserver\5cshare)`},
		{"an escape of a filter stays", `cn=a\2a`, `(cn=a\2a)`},
		{"a star is a wildcard", "cn=Lee*", "(cn=Lee*)"},
		{"presence", "mail=*", "(mail=*)"},
		{"no value", "(cn=)", "(cn=)"},
		{"blanks and lines between conditions", "( & \n (cn=a)\t( ! (cn=b) ) )", "(&(cn=a)(!(cn=b)))"},
		{"and without the outer brackets", "&(cn=a)(cn=b)", "(&(cn=a)(cn=b))"},
		{"not without them", "!(cn=a)", "(!(cn=a))"},
		{"bits", "(userAccountControl:1.2.840.113556.1.4.803:=2)", "(userAccountControl:1.2.840.113556.1.4.803:=2)"},
		{"comparison", "(whenCreated>=20260101000000.0Z)", "(whenCreated>=20260101000000.0Z)"},
		{"approximately", "(sn~=lee)", "(sn~=lee)"},
		{"components of a DN", "(ou:dn:=Staff)", "(ou:dn:=Staff)"},
		{"an object identifier", "(2.5.4.3=a)", "(2.5.4.3=a)"},
		{"an option", "(cn;lang-de=a)", "(cn;lang-de=a)"},
		{"other scripts", "displayName=山田", "(displayName=山田)"},
		{"objectCategory by its short name", "(objectCategory=person)", "(objectCategory=person)"},
	} {
		got, err := NormaliseFilter(tc.in)
		if err != nil || got != tc.want {
			t.Errorf("%s: %q gives %q (%v), want %q", tc.why, tc.in, got, err, tc.want)
		}
	}
}

func TestNormaliseFilterRefuses(t *testing.T) {
	for _, tc := range []struct{ why, in, position string }{
		{"never closed", "(&(cn=a)", "position 1:"},
		{"the inner one never closed", "(&(cn=a", "position 3:"},
		{"closed twice", "(cn=a))", "position 7:"},
		{"text after the end", "(cn=a) and more", "position 7:"},
		{"no condition", "testGroup", "position 1:"},
		{"empty brackets", "()", "position 2:"},
		{"an empty set matches everybody", "(&)", "position 2:"},
		{"not of two", "(!(cn=a)(cn=b))", "position 2:"},
		{"brackets missing within", "(&cn=a)", "position 3:"},
		{"brackets around brackets without an operator", "((cn=a))", "position 2:"},
		{"an open bracket in a value", "(cn=a(b)", "position 6:"},
		{"a broken escape", `(cn=a\zz)`, "position 6:"},
		{"an escape cut short", `(cn=a\2)`, "position 6:"},
		{"no name", "(=a)", "position 2:"},
		{"blanks in the name", "(given name=a)", "position 2:"},
		{"position counts characters, not bytes", "(cn=ü))", "position 7:"},
		{"comparison with nothing", "(uid>=)", "position 7:"},
		{"too deep", strings.Repeat("(!", 100) + "(cn=a)" + strings.Repeat(")", 100), "nested too deeply"},
		{"not UTF-8", "(cn=\xff)", "UTF-8"},
	} {
		got, err := NormaliseFilter(tc.in)
		if fault.Code(err) != "config.filter.syntax" || !strings.Contains(err.Error(), tc.position) {
			t.Errorf("%s: %q gives %q, error %v, want %s", tc.why, tc.in, got, err, tc.position)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		"(cn=a)", "memberOf=CN=a, DC=b", `memberOf=CN=Lee\, Ann\ , DC=b`, "(&(a=b)(!(c=*)))", `cn=a\2a(b)`, `member=a\\ ,b`, "(a:dn:2.3:=x)", "&(a=b)", `owner=\5c\5c , x`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		normal, err := NormaliseFilter(text)
		if err != nil {
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != "config.filter.syntax" {
				t.Fatalf("%q: %v", text, err)
			}
			if !strings.Contains(e.Message, "position") {
				t.Fatalf("%q: no position in %v", text, err)
			}
			return
		}
		if normal == "" {
			return
		}
		if _, err := ldap.CompileFilter(normal); err != nil {
			t.Fatalf("%q gives %q, which does not compile: %v", text, normal, err)
		}
		if again, err := NormaliseFilter(normal); err != nil || again != normal {
			t.Fatalf("%q gives %q, and that gives %q (%v)", text, normal, again, err)
		}
	})
}
