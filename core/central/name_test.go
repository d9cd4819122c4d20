package central

import (
	"strings"
	"testing"

	"adsync/core/fault"
)

// who-am-I does not tell the tenant's name; what the tenant lists does.
func TestTheTenantsName(t *testing.T) {
	named := strings.ReplaceAll(item(0), `"tenant":{`, `"tenant":{"name":"Acme AG",`)
	one := func(items string) string {
		return `{"items":[` + items + `],"pages":{"current":1,"size":1,"maxSize":100,"total":1,"items":1}}`
	}
	try := step{want: "GET " + usersPath + "?page=1&pageSize=1&pageTotal=true&sort=id:asc"}
	for name, tc := range map[string]struct {
		why, reply string
		status     int
		want, code string
	}{
		"Named":     {why: "The first user shows it.", reply: one(named), want: "Acme AG"},
		"Untold":    {why: "Where nothing tells it, it stays unknown.", reply: one(item(0))},
		"Nobody":    {why: "A tenant without users is one all the same.", reply: listOf(1, 1, 0, 0)},
		"Forbidden": {why: "A role that may not read the directory is found out.", reply: `{"error":"Forbidden"}`, status: 403, code: "central.forbidden"},
		"Other":     {why: "Another tenant's object is no answer.", reply: one(strings.ReplaceAll(named, tenantID, "22222222-2222-2222-2222-222222222222")), code: "central.malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			ask := try
			ask.reply, ask.status = tc.reply, tc.status
			bubble(t, []step{ask}, func(t *testing.T, s *session) {
				t.Helper()
				got, err := s.TryDirectory(t.Context())
				if fault.Code(err) != tc.code || got.Name != tc.want || err == nil && got.ID != tenantID {
					t.Errorf("%s\ngot %+v, %v", tc.why, got, err)
				}
				if s.Tenant().Name != tc.want {
					t.Errorf("%s\nkept %q", tc.why, s.Tenant().Name)
				}
			})
		})
	}
}

func TestTheTenantsNameIsKept(t *testing.T) {
	named := strings.ReplaceAll(listOf(1, 100, 2, 0), `"tenant":{`, `"tenant":{"name":"Acme AG",`)
	bubble(t, []step{{want: "GET " + usersPath, reply: named}, tenant}, func(t *testing.T, s *session) {
		t.Helper()
		if name := s.Tenant().Name; name != "" {
			t.Errorf("before anything was read: %q", name)
		}
		if _, err := s.Users(t.Context()); err != nil {
			t.Fatal(err)
		}
		if name := s.Tenant().Name; name != "Acme AG" {
			t.Errorf("after a list: %q", name)
		}
		again, err := s.Connect(t.Context())
		if err != nil || again.Name != "Acme AG" {
			t.Errorf("asked again who we are: %q, %v", again.Name, err)
		}
	})
}
