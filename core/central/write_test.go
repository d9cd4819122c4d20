package central

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/identity"
)

const (
	userReply  = `{"id":"U1","name":"Ann Lee","email":"ann@example.com","source":{"type":"custom"},"updatedAt":"2026-11-24T10:00:00.000Z"}`
	groupReply = `{"id":"G1","name":"Staff","source":{"type":"custom"},"users":{"total":0,"itemsCount":0,"items":[]}}`
)

func TestWrites(t *testing.T) {
	for name, tc := range map[string]struct {
		why  string
		step step
		call func(context.Context, *Writer) error
		code string
	}{
		"CreateUser": {
			why: "What is empty is not sent: an empty text is refused.",
			step: step{
				want: "POST /common/v1/directory/users", status: 201, reply: userReply,
				body: `{"name":"Ann Lee","email":"ann@example.com","groupIds":["g1","g2"]}`,
			},
			call: func(ctx context.Context, w *Writer) error {
				got, err := w.CreateUser(ctx, identity.Fields{Name: "Ann Lee", Email: "ann@example.com", Description: "of groups"}, []string{"g1", "g2"})
				if err == nil && (got.ID != "u1" || got.Fields.Email != "ann@example.com" || got.UpdatedAt.IsZero()) {
					return fault.New("test", "got "+got.ID)
				}
				return err
			},
		},
		"CreateUser without groups": {
			why:  "An empty list of groups is not sent either.",
			step: step{want: "POST /common/v1/directory/users", reply: userReply, body: `{"name":"Ann Lee","exchangeLogin":"CORP\\ann"}`},
			call: func(ctx context.Context, w *Writer) error {
				_, err := w.CreateUser(ctx, identity.Fields{Name: "Ann Lee", ExchangeLogin: `CORP\ann`}, []string{})
				return err
			},
		},
		"UpdateUser": {
			why:  "A patch has what differs and nothing else.",
			step: step{want: "PATCH /common/v1/directory/users/u1", reply: userReply, body: `{"lastName":"Lee"}`},
			call: func(ctx context.Context, w *Writer) error {
				_, err := w.UpdateUser(ctx, "u1", identity.Fields{LastName: "Lee"})
				return err
			},
		},
		"UpdateUser lost": {
			why:  "An object without id came back: what happened is not known.",
			step: step{want: "PATCH /common/v1/directory/users/u1", reply: `{}`},
			call: func(ctx context.Context, w *Writer) error {
				_, err := w.UpdateUser(ctx, "u1", identity.Fields{LastName: "Lee"})
				return err
			},
			code: "central.unclear",
		},
		"DeleteUser": {
			why:  "Deleting has no body.",
			step: step{want: "DELETE /common/v1/directory/users/u1", reply: `{"deleted":true}`},
			call: func(ctx context.Context, w *Writer) error { return w.DeleteUser(ctx, "u1") },
		},
		"DeleteUser not deleted": {
			why:  "A success that does not say so is none.",
			step: step{want: "DELETE /common/v1/directory/users/u1", reply: `{"deleted":false}`},
			call: func(ctx context.Context, w *Writer) error { return w.DeleteUser(ctx, "u1") },
			code: "central.unclear",
		},
		"CreateGroup": {
			why:  "Without description none is sent.",
			step: step{want: "POST /common/v1/directory/user-groups", status: 201, reply: groupReply, body: `{"name":"Staff"}`},
			call: func(ctx context.Context, w *Writer) error {
				got, err := w.CreateGroup(ctx, identity.Fields{Name: "Staff"})
				if err == nil && (!got.MembersKnown || got.ID != "g1") {
					return fault.New("test", "got "+got.ID)
				}
				return err
			},
		},
		"UpdateGroup": {
			why:  "A patch has what differs and nothing else.",
			step: step{want: "PATCH /common/v1/directory/user-groups/g1", reply: groupReply, body: `{"description":"All"}`},
			call: func(ctx context.Context, w *Writer) error {
				_, err := w.UpdateGroup(ctx, "g1", identity.Fields{Description: "All"})
				return err
			},
		},
		"DeleteGroup": {
			why:  "A group that is not empty is refused by Central.",
			step: step{want: "DELETE /common/v1/directory/user-groups/g1", status: 409},
			call: func(ctx context.Context, w *Writer) error { return w.DeleteGroup(ctx, "g1") },
			code: "central.conflict",
		},
		"AddMembers": {
			why:  "Ids go in the body.",
			step: step{want: "POST /common/v1/directory/user-groups/g1/users", status: 201, reply: `{"addedUsers":[]}`, body: `{"ids":["a","b"]}`},
			call: func(ctx context.Context, w *Writer) error { return w.AddMembers(ctx, "g1", []string{"a", "b"}) },
		},
		"RemoveMembers": {
			why: "Ids go in the query; who is not there is no longer a member.",
			step: step{
				want:  "DELETE /common/v1/directory/user-groups/g1/users?ids=a,b",
				reply: `{"removedUsers":[{"id":"a"}],"errors":{"usersNotFound":["b"]}}`,
			},
			call: func(ctx context.Context, w *Writer) error { return w.RemoveMembers(ctx, "g1", []string{"a", "b"}) },
		},
		"AddToGroups": {
			why:  "The same from the side of the user.",
			step: step{want: "POST /common/v1/directory/users/u1/groups", status: 201, reply: `{"addedToGroups":[]}`, body: `{"ids":["a","b"]}`},
			call: func(ctx context.Context, w *Writer) error { return w.AddToGroups(ctx, "u1", []string{"a", "b"}) },
		},
		"RemoveFromGroups": {
			why: "Ids go in the query; a group that the user is not in is left already.",
			step: step{
				want:  "DELETE /common/v1/directory/users/u1/groups?ids=a,b",
				reply: `{"removedFromGroups":[{"id":"a"}],"errors":{"groupsNotFound":["b"]}}`,
			},
			call: func(ctx context.Context, w *Writer) error { return w.RemoveFromGroups(ctx, "u1", []string{"a", "b"}) },
		},
		"Odd id": {
			why:  "An id cannot lead to another route.",
			step: step{want: "DELETE /common/v1/directory/users/../user-groups/g1?x", reply: `{"deleted":true}`},
			call: func(ctx context.Context, w *Writer) error { return w.DeleteUser(ctx, "../user-groups/g1?x") },
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, []step{tc.step}, func(t *testing.T, s *session) {
				if err := tc.call(t.Context(), s.Writer()); fault.Code(err) != tc.code {
					t.Errorf("%s\ngot %v", tc.why, err)
				}
			})
		})
	}
}

func TestWritesThatAreNotSent(t *testing.T) {
	many := slices.Repeat([]string{"u"}, MaxAdd+1)
	bubble(t, nil, func(t *testing.T, s *session) {
		ctx, w := t.Context(), s.Writer()
		if _, err := s.Connect(ctx); err != nil {
			t.Fatal(err)
		}
		_, user := w.UpdateUser(ctx, "u", identity.Fields{Description: "of groups only"})
		_, group := w.UpdateGroup(ctx, "g", identity.Fields{Email: "of users only"})
		for name, err := range map[string]error{
			"user": user, "group": group,
			"add none": w.AddMembers(ctx, "g", nil), "add many": w.AddMembers(ctx, "g", many),
			"remove none": w.RemoveMembers(ctx, "g", nil), "remove many": w.RemoveMembers(ctx, "g", many[:MaxRemove+1]),
			"join none": w.AddToGroups(ctx, "u", nil), "join many": w.AddToGroups(ctx, "u", many),
			"leave none": w.RemoveFromGroups(ctx, "u", nil), "leave many": w.RemoveFromGroups(ctx, "u", many[:MaxRemove+1]),
		} {
			if fault.Code(err) != "internal.request" {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
}

func TestFinding(t *testing.T) {
	people := `{"items":[
		{"id":"1","email":"ann@example.com.au","exchangeLogin":"CORP\\ann2","source":{"type":"custom"}},
		{"id":"2","email":"Ann@Example.com","exchangeLogin":"corp\\Ann","source":{"type":"custom"}}],
		"pages":{"current":1,"size":100,"maxSize":100,"total":1,"items":2}}`
	groups := strings.NewReplacer("email", "name", "ann@", "Staff ", "Ann@Example.com", "STAFF").Replace(people)
	ask := func(path, field, text, reply string) step {
		return step{want: "GET " + path + "?page=1&pageSize=100&pageTotal=true&search=" + text + "&searchFields=" + field + "&sort=id:asc", reply: reply}
	}
	bubble(t, []step{
		ask(usersPath, "email", "ann@example.com", people),
		ask(usersPath, "email", "bob@example.com", people),
		ask(usersPath, "exchangeLogin", `CORP\ann`, people),
		ask(usersPath, "exchangeLogin", `CORP\ann`, strings.Replace(people, "ann2", "ANN", 1)),
		ask(groupsPath, "name", "Staff", groups),
		ask(groupsPath, "name", "Sta", groups),
	}, func(t *testing.T, s *session) {
		ctx := t.Context()
		if u, err := s.FindUser(ctx, "ann@example.com", `CORP\bob`); err != nil || u == nil || u.ID != "2" {
			t.Errorf("by mail: got %v %v", u, err)
		}
		if u, err := s.FindUser(ctx, "bob@example.com", `CORP\ann`); err != nil || u != nil {
			t.Errorf("by another mail: got %v %v; with a mail the login does not count", u, err)
		}
		if u, err := s.FindUser(ctx, "", `CORP\ann`); err != nil || u == nil || u.ID != "2" {
			t.Errorf("by login: got %v %v", u, err)
		}
		if u, err := s.FindUser(ctx, "", `CORP\ann`); fault.Code(err) != "central.ambiguous" {
			t.Errorf("two with one login: got %v %v", u, err)
		}
		if g, err := s.FindGroup(ctx, "Staff"); err != nil || g == nil || g.ID != "2" {
			t.Errorf("group: got %v %v", g, err)
		}
		if g, err := s.FindGroup(ctx, "Sta"); err != nil || g != nil {
			t.Errorf("part of a name: got %v %v", g, err)
		}
		if _, err := s.FindUser(ctx, "", ""); fault.Code(err) != "internal.request" {
			t.Errorf("by nothing: got %v", err)
		}
	})
}

func TestReadingByID(t *testing.T) {
	var ids []string
	for i := range 51 {
		ids = append(ids, fmt.Sprintf("U%03d", i))
	}
	ask := "GET " + usersPath + "?ids="
	rest := "&page=1&pageSize=100&pageTotal=true&sort=id:asc"
	bubble(t, []step{
		{want: ask + strings.ToLower(strings.Join(ids[:50], ",")) + rest, reply: listOf(1, 100, 49, 0)},
		{want: ask + "u050" + rest, reply: strings.Replace(listOf(1, 100, 51, 50), `"total":1,"items":51`, `"total":1,"items":1`, 1)},
		{want: ask + "u000" + rest, reply: listOf(1, 100, 2, 0)},
	}, func(t *testing.T, s *session) {
		got, err := s.UsersByID(t.Context(), append(ids, "u050", ids[0]))
		if err != nil || len(got) != 51 || got["U000"].ID != "u000" || got["u050"].ID != "u050" || got["U050"].ID != "u050" {
			t.Errorf("got %d %v", len(got), err)
		}
		if _, there := got["U049"]; there {
			t.Error("U049 was not in the reply")
		}
		if _, err := s.UsersByID(t.Context(), ids[:1]); fault.Code(err) != "central.malformed" {
			t.Errorf("a reply with more than was asked for gave %v", err)
		}
		if got, err := s.GroupsByID(t.Context(), nil); err != nil || cmp.Diff(map[string]identity.CentralGroup{}, got) != "" {
			t.Errorf("no ids: got %v %v", got, err)
		}
	})
}
