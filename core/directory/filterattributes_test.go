package directory_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/directory"
)

func TestFilterAttributes(t *testing.T) {
	for filter, want := range map[string][]string{
		"":                   nil,
		"(department=Sales)": {"department"},
		"(&(objectClass=user)(|(Department=Sales)(title=*Boss*))(department=*))": {"department", "title"},
		"(&(mail=*)(!(extensionAttribute1=no)))":                                 {"mail"},
		"(!(|(a=1)(!(b=2))))":                                                    {"b"},
		"(memberOf=CN=Team,DC=corp,DC=example)":                                  nil,
		"displayName=Lee, Ann":                                                   {"displayname"},
		"(userAccountControl:1.2.840.113556.1.4.803:=512)":                       {"useraccountcontrol"},
		"(:dn:2.4.6.8:=x)":                                                       nil,
		"(not a filter":                                                          nil,
	} {
		if d := cmp.Diff(want, directory.FilterAttributes(filter)); d != "" {
			t.Errorf("%s (-want +got):\n%s", filter, d)
		}
	}
}
