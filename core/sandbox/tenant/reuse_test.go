package tenant_test

import "testing"

func TestValuesAreFreed(t *testing.T) {
	type call struct {
		method, path, body string
		status             int
	}
	cases := map[string]struct {
		why   string
		calls []call
	}{
		"EmailPatched": {
			why: "An address that was given up is free, the new one is taken.",
			calls: []call{
				{"PATCH", users + "/{ann}", `{"email":"ann.low@example.com"}`, 200},
				{"POST", users, `{"name":"N","email":"Ann.Low@example.com"}`, 409},
				{"POST", users, `{"name":"N","email":"ann@example.com"}`, 201},
			},
		},
		"UserDeleted": {
			why: "So is that of a deleted user.",
			calls: []call{
				{"DELETE", users + "/{ann}", "", 200},
				{"GET", users + "/{ann}", "", 404},
				{"POST", users, `{"name":"N","email":"ann@example.com"}`, 201},
				{"DELETE", users + "/{ann}", "", 200},
				{"POST", users, `{"name":"N","email":"ann@example.com"}`, 409},
			},
		},
		"GroupPatched": {
			why: "A name that was given up is free, the new one is taken.",
			calls: []call{
				{"PATCH", groups + "/{staff}", `{"name":"Team"}`, 200},
				{"POST", groups, `{"name":"team"}`, 409},
				{"POST", groups, `{"name":"Staff"}`, 201},
			},
		},
		"GroupDeleted": {
			why: "So is that of a deleted group.",
			calls: []call{
				{"DELETE", groups + "/{empty}", "", 200},
				{"GET", groups + "/{empty}", "", 404},
				{"POST", groups, `{"name":"Empty"}`, 201},
				{"POST", groups, `{"name":"Empty"}`, 409},
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			for i, c := range tc.calls {
				if res := w.ask(t, c.method, c.path, c.body); res.Code != c.status {
					t.Errorf("%s\ncall %d: status %d, want %d: %s", tc.why, i, res.Code, c.status, res.Body)
				}
			}
		})
	}
}
