package directory

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
)

func TestMembershipClauses(t *testing.T) {
	const a, b = "CN=A,DC=corp,DC=example", `CN=Lee\, Ann,DC=corp,DC=example`
	tests := map[string]struct {
		why, filter string
		want        identity.Clause
	}{
		"None":   {why: "No filter asks for no group.", filter: ""},
		"Broken": {why: "Nothing is known of it.", filter: "(memberOf=" + a},
		"Other":  {why: "A condition on something else.", filter: "(department=Sales)"},
		"Any":    {why: "Any group is no group.", filter: "(memberOf=*)"},
		"Bare":   {why: "As administrators write it.", filter: "memberOf=CN=A, DC=corp, DC=example", want: identity.Clause{Group: a}},
		"Chain":  {why: "Nested groups by the rule of the server.", filter: "(memberOf:1.2.840.113556.1.4.1941:=" + a + ")", want: identity.Clause{Group: a, Chain: true}},
		"Sets": {
			why: "The shape is kept, escapes are undone.", filter: `(&(department=Sales)(!(memberOf=CN=Lee\5c, Ann,DC=corp,DC=example)))`,
			want: identity.Clause{Set: '&', Parts: []identity.Clause{{}, {Set: '!', Parts: []identity.Clause{{Group: b}}}}},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, MembershipClauses(tc.filter)); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.why, d)
			}
		})
	}
}
