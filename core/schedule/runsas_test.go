package schedule

import "testing"

// TestRunsAs: a name may be written in several ways, and two domains may have one
// account name each.
func TestRunsAs(t *testing.T) {
	const sid = "S-1-5-21-1-2-3-1104"
	for _, tc := range []struct {
		account, name, sid string
		want               bool
	}{
		{"", `NT AUTHORITY\SYSTEM`, "S-1-5-18", true},
		{"SYSTEM", `NT-AUTORITÄT\SYSTEM`, "S-1-5-18", true},
		{"", `CORP\ann`, sid, false},
		{`CORP\svc-adsync`, `NT AUTHORITY\SYSTEM`, "S-1-5-18", false},
		{`corp\SVC-adsync`, `CORP\svc-adsync`, sid, true},
		{`OTHER\svc-adsync`, `CORP\svc-adsync`, sid, false},
		{`svc-adsync@corp.example`, `CORP\svc-adsync`, sid, true},
		{`.\svc-adsync`, `SERVER1\svc-adsync`, sid, true},
		{`svc-adsync`, `CORP\svc-adsync`, sid, true},
		{`svc`, `CORP\svc-adsync`, sid, false},
		{sid, `CORP\svc-adsync`, sid, true},
		{`CORP\gmsa$`, `CORP\gmsa$`, sid, true},
		{"root", "root", "S-1-22-1-0", true},
	} {
		if got := (Spec{Account: tc.account}).RunsAs(tc.name, tc.sid); got != tc.want {
			t.Errorf("the task of %q run as %s (%s): %v, want %v", tc.account, tc.name, tc.sid, got, tc.want)
		}
	}
}
