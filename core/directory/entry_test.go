package directory

import (
	"testing"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

func TestParseRange(t *testing.T) {
	for _, tc := range []struct {
		name        string
		attribute   string
		first, last int
		ok          bool
	}{
		{"member;range=0-1499", "member", 0, 1499, true},
		{"member;range=1500-*", "member", 1500, -1, true},
		{"member;Range=0-0", "member", 0, 0, true},
		{"member;binary;range=5-9", "member", 5, 9, true},
		{"member", "", 0, 0, false},
		{"member;range=", "", 0, 0, false},
		{"member;range=5", "", 0, 0, false},
		{"member;range=9-5", "", 0, 0, false},
		{"member;range=-1-5", "", 0, 0, false},
		{"member;range=0-99999999999999999999", "", 0, 0, false},
		{";range=0-1", "", 0, 0, false},
		{"member;range=*-5", "", 0, 0, false},
	} {
		attribute, first, last, ok := parseRange(tc.name)
		if attribute != tc.attribute || first != tc.first || last != tc.last || ok != tc.ok {
			t.Errorf("%q gives %q %d %d %v", tc.name, attribute, first, last, ok)
		}
	}
}

func FuzzRange(f *testing.F) {
	for _, seed := range []string{"member;range=0-1499", "member;range=1500-*", "a;b;range=1-2", "member;range=", ";range=0-*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		attribute, first, last, ok := parseRange(name)
		if !ok {
			if attribute != "" || first != 0 || last != 0 {
				t.Fatalf("%q is no range, and gives %q %d %d", name, attribute, first, last)
			}
			return
		}
		if attribute == "" || first < 0 || last < -1 || last >= 0 && last < first {
			t.Fatalf("%q gives %q %d %d", name, attribute, first, last)
		}
	})
}

func TestRangedValues(t *testing.T) {
	e := ldap.NewEntry("CN=a", map[string][]string{"member": {}, "member;range=0-1": {"x", "y"}})
	values, open := rangedValues(e, "MEMBER")
	if diff := cmp.Diff([]string{"x", "y"}, values); diff != "" || open == nil || open.next != 2 {
		t.Errorf("%v, %+v", values, open)
	}
	e = ldap.NewEntry("CN=a", map[string][]string{"member;range=0-*": {"x", "y"}})
	if values, open = rangedValues(e, "member"); len(values) != 2 || open != nil {
		t.Errorf("a range that ends in a star is whole: %v, %+v", values, open)
	}
}

func TestCarries(t *testing.T) {
	for name, tc := range map[string]struct {
		attributes map[string][]string
		want       bool
	}{
		"Nothing":    {nil, false},
		"Empty":      {map[string][]string{"member": {}}, false},
		"Values":     {map[string][]string{"MEMBER": {"x"}}, true},
		"Range":      {map[string][]string{"member": {}, "Member;Range=0-0": {"x"}}, true},
		"EmptyRange": {map[string][]string{"member;range=0-9": {}}, true}, // there are more
		"PastTheEnd": {map[string][]string{"member;range=9-*": {}}, false},
		"Nonsense":   {map[string][]string{"member;range=x-y": {}}, true}, // there is something to be counted
		"Longer":     {map[string][]string{"memberOf": {"x"}, "memberOf;range=0-1": {"x", "y"}}, false},
	} {
		e := ldap.NewEntry("CN=a", tc.attributes)
		if got := carries(e, "member"); got != tc.want {
			t.Errorf("%s: %v, want %v", name, got, tc.want)
		}
		if got := len(shown(e, []string{"member"})) > 0; got != tc.want {
			t.Errorf("%s: shown %v, want %v", name, got, tc.want)
		}
	}
}

func TestSIDText(t *testing.T) {
	for in, want := range map[string]string{
		"\x01\x02\x00\x00\x00\x00\x00\x05\x20\x00\x00\x00\x20\x02\x00\x00":                                                 "S-1-5-32-544",
		"\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\xff\xff\xff\xff\x01\x00\x00\x00\x02\x00\x00\x00\xf4\x01\x00\x00": "S-1-5-21-4294967295-1-2-500",
		"\x01\x00\x00\x00\x00\x00\x00\x05": "S-1-5",
		"\x01\x05\x00\x00\x00\x00\x00\x05": "", "": "", "S-1-5-21": "",
	} {
		if got := sidText([]byte(in)); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

func TestSystem(t *testing.T) {
	sid := func(rid byte) string {
		return "\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00" + string([]byte{rid, 1, 0, 0})
	}
	for name, tc := range map[string]struct {
		attributes map[string][]string
		want       bool
	}{
		"Administrator":      {map[string][]string{"objectSid": {sid(0xf4)}}, true},
		"Guest":              {map[string][]string{"objectSid": {sid(0xf5)}}, true},
		"krbtgt":             {map[string][]string{"objectSid": {sid(0xf6)}}, true},
		"SomebodyElse":       {map[string][]string{"objectSid": {sid(0xf7)}, "cn": {"Ann"}}, false},
		"SystemMailbox":      {map[string][]string{"cn": {"SystemMailbox{1f05a927-0000}"}}, true},
		"HealthMailbox":      {map[string][]string{"cn": {"healthmailboxc3d7722"}}, true},
		"Federated":          {map[string][]string{"cn": {"FederatedEmail.4c1f4d8b"}}, true},
		"Discovery":          {map[string][]string{"cn": {"DiscoverySearchMailbox {D919BA05}"}}, true},
		"ArbitrationByType":  {map[string][]string{"cn": {"Any"}, "msExchRecipientTypeDetails": {"8388608"}}, true},
		"UserMailbox":        {map[string][]string{"cn": {"Any"}, "msExchRecipientTypeDetails": {"1"}}, false},
		"SharedMailbox":      {map[string][]string{"cn": {"Any"}, "msExchRecipientTypeDetails": {"4"}}, false},
		"NamedAdministrator": {map[string][]string{"cn": {"Administrator"}, "objectSid": {sid(0xf9)}}, false},
	} {
		if got := system(ldap.NewEntry("CN=x", tc.attributes)); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestPartitionOf(t *testing.T) {
	// Samba hides nCName of a domain that the controller does not hold.
	hidden := partitionOf(ldap.NewEntry("CN=CHILD", map[string][]string{"dnsRoot": {"Child.corp.example"}, "nETBIOSName": {"CHILD"}, "systemFlags": {"3"}}))
	want := partition{dn: "DC=child,DC=corp,DC=example", domain: true, entry: identity.Domain{
		Name: "child.corp.example", NetBIOS: "CHILD", DN: "DC=child,DC=corp,DC=example",
	}}
	if diff := cmp.Diff(want, hidden, cmp.AllowUnexported(partition{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
