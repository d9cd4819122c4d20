package central

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

func TestConflictsAreToldApart(t *testing.T) {
	for name, tc := range map[string]struct{ why, reply, code string }{
		"Email":    {"Another user has it.", `{"error":"conflict","message":"The email address is already in use"}`, "central.conflict.email"},
		"Name":     {"Another group has it.", `{"error":"conflict","message":"Group names must be unique"}`, "central.conflict.name"},
		"Managed":  {"Nobody but the directory service may.", `{"message":"User is synced from Active Directory"}`, "central.conflict.managed"},
		"NotEmpty": {"It has members.", `{"message":"Only empty groups can be deleted"}`, "central.conflict.notEmpty"},
		"Admin":    {"It is an address too, and more.", `{"message":"cannot remove the email address an admin signs in with"}`, "central.conflict.admin"},
		"Code":     {"The word may stand in the code.", `{"error":"emailInUse"}`, "central.conflict.email"},
		"Silent":   {"What is not told is not guessed.", `{"error":"Conflict"}`, "central.conflict"},
		"Empty":    {"A body may be missing.", ``, "central.conflict"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, []step{{want: "POST " + usersPath, status: http.StatusConflict, reply: tc.reply}}, func(t *testing.T, s *session) {
				_, err := s.Writer().CreateUser(t.Context(), fieldsOf("Ann"), nil)
				if fault.Code(err) != tc.code || !fault.Is(err, "central.conflict") {
					t.Errorf("%s\ngot %s %v, want %s", tc.why, fault.Code(err), err, tc.code)
				}
			})
		})
	}
}

func TestUnknownFieldsAreCounted(t *testing.T) {
	const item = `{"id":"%","name":"Ann","source":{"type":"custom","since":1},"tenant":{"id":"` + tenantID + `"},"licence":{"a":1},"domain":"x","Email":"a@b.c"}`
	reply := `{"items":[` + item + `,{"id":"2","source":{"type":"custom"},"licence":null}],"pages":{"current":1,"size":100,"total":1,"items":2,"hint":""},"` + testToken + `":1}`
	bubble(t, []step{{want: "GET " + usersPath, reply: reply}}, func(t *testing.T, s *session) {
		users, err := s.Users(t.Context())
		if err != nil || len(users) != 2 || users[0].Fields.Email != "a@b.c" {
			t.Fatalf("got %v %v", users, err)
		}
		want := map[string]int{"items[].licence": 2, "items[].source.since": 1, "pages.hint": 1, testToken: 1}
		if d := cmp.Diff(want, s.UnknownFields()); d != "" {
			t.Errorf("unknown fields (-want +got):\n%s", d)
		}
		names := []string{"items[].licence", "items[].source.since", "pages.hint", "[secret]"}
		if d := cmp.Diff(names, s.UnknownNames()); d != "" {
			t.Errorf("names (-want +got):\n%s", d)
		}
	})
}
