package central

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"adsync/core/fault"
)

// TestReferences reads lists of which only the ids matter.
func TestReferences(t *testing.T) {
	const path = groupsPath + "/g1/users"
	part := func(reply string) step {
		return step{want: "GET " + path + "?fields=id&page=1&pageSize=100&pageTotal=true&sort=id:asc", reply: reply}
	}
	entire := func(reply string) step {
		return step{want: "GET " + path + "?page=1&pageSize=100&pageTotal=true&sort=id:asc", reply: reply}
	}
	ids := func(list ...string) string {
		var items []string
		for _, id := range list {
			items = append(items, fmt.Sprintf(`{"id":%q}`, id))
		}
		return fmt.Sprintf(`{"items":[%s],"pages":{"current":1,"size":100,"maxSize":100,"total":1,"items":%d}}`, strings.Join(items, ","), len(list))
	}
	refused := part("")
	refused.status = 400
	for name, tc := range map[string]struct {
		why   string
		steps []step
		want  []string
		code  string
	}{
		"Part":    {why: "Only the ids are asked for.", steps: []step{part(ids("A", "b"))}, want: []string{"a", "b"}},
		"Ignored": {why: "Whole objects hold the ids too.", steps: []step{part(listOf(1, 100, 2, 0))}, want: []string{"u000", "u001"}},
		"Refused": {why: "A server that refuses to answer in part is asked for all.", steps: []step{refused, entire(listOf(1, 100, 1, 0))}, want: []string{"u000"}},
		"Without ids": {
			why:   "What answers in part without the ids is asked for all.",
			steps: []step{part(`{"items":[{}],"pages":{"current":1,"size":100,"maxSize":100,"total":1,"items":1}}`), entire(listOf(1, 100, 1, 0))},
			want:  []string{"u000"},
		},
		"Another tenant": {
			why: "Somebody else's people are nobody to decide on, in part or not.",
			steps: []step{
				part(`{"items":[{"id":"a","tenant":{"id":"other"}}],"pages":{"current":1,"size":100,"maxSize":100}}`),
				entire(`{"items":[{"id":"a","tenant":{"id":"other"}}],"pages":{"current":1,"size":100,"maxSize":100}}`),
			},
			code: "central.malformed",
		},
		"Missing": {why: "A group that is not there has no members, which is not an empty list.", steps: []step{{want: "GET " + path, status: 404}}, code: "central.notFound"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, tc.steps, func(t *testing.T, s *session) {
				got, err := s.Members(t.Context(), "g1")
				if fault.Code(err) != tc.code || !slices.Equal(got, tc.want) {
					t.Errorf("%s\ngot %v, %v; want %v, %q", tc.why, got, err, tc.want, tc.code)
				}
			})
		})
	}
}

// TestRefusedPartsAreRefusedOnce asks for whole objects from the start once
// Central has refused parts.
func TestRefusedPartsAreRefusedOnce(t *testing.T) {
	refused := step{want: "GET " + groupsPath + "/g1/users?fields=id&page=1&pageSize=100&pageTotal=true&sort=id:asc", status: 400}
	whole := func(path string) step {
		return step{want: "GET " + path + "?page=1&pageSize=100&pageTotal=true&sort=id:asc", reply: listOf(1, 100, 1, 0)}
	}
	bubble(t, []step{refused, whole(groupsPath + "/g1/users"), whole(groupsPath + "/g2/users"), whole(usersPath + "/u1/groups")}, func(t *testing.T, s *session) {
		for _, group := range []string{"g1", "g2"} {
			if _, err := s.Members(t.Context(), group); err != nil {
				t.Error(err)
			}
		}
		if _, err := s.Memberships(t.Context(), "u1"); err != nil {
			t.Error(err)
		}
	})
}

// TestGroupsOfUserAreWhole reads the groups of a user in one call, of which no
// document says that it answers in part. The members of a group come in part
// after it as before.
func TestGroupsOfUserAreWhole(t *testing.T) {
	steps := []step{
		{want: "GET " + usersPath + "/u1/groups?page=1&pageSize=100&pageTotal=true&sort=id:asc", reply: listOf(1, 100, 2, 0)},
		{want: "GET " + groupsPath + "/g1/users?fields=id&page=1&pageSize=100&pageTotal=true&sort=id:asc", reply: listOf(1, 100, 1, 0)},
	}
	bubble(t, steps, func(t *testing.T, s *session) {
		if ids, err := s.Memberships(t.Context(), "u1"); err != nil || !slices.Equal(ids, []string{"u000", "u001"}) {
			t.Errorf("%v, %v", ids, err)
		}
		if _, err := s.Members(t.Context(), "g1"); err != nil {
			t.Error(err)
		}
	})
}
