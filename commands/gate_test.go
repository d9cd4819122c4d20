package commands

import (
	"strings"
	"testing"
)

// gated are command lines for the whole grammar, with whether the gate keeps
// them out while no credential is validated. Commands whose gate depends on
// their arguments are there for both sides.
var gated = []struct {
	line string
	shut bool
}{
	{"version", false},
	{"credential set central --user x", false},
	{"credential set proxy --user x", false},
	{"credential set directory --user x", true},
	{"credential set smtp --user x", true},
	{"credential set webhook", true},
	{"credential list", false},
	{"credential remove central", false},
	{"credential remove proxy", false},
	{"credential remove directory", true},
	{"credential remove smtp", true},
	{"credential remove webhook", true},
	{"central validate", false},
	{"directory validate", false},
	{"directory domains", false},
	{"scope show", false},
	{"scope domain include corp.example", true},
	{"scope domain exclude corp.example", true},
	{"scope base add corp.example x --users", true},
	{"scope base remove corp.example x --users", true},
	{"scope base confirm corp.example x --reason y", true},
	{"scope filter set corp.example cn=a --users", true},
	{"scope filter clear corp.example --users", true},
	{"scope accounts --include-disabled=true", true},
	{"scope exclude add --users x", true},
	{"scope exclude remove --users x", true},
	{"scope protect add --users x", true},
	{"scope protect remove --users x", true},
	{"config show", false},
	{"config set central.tenant x", false},
	{"config set proxy.mode none", false},
	{"config set rate.perHour 900", false},
	{"config set directory.servers dc1.corp.example", true},
	{"config set scope.includeDisabled true", true},
	{"config set attributes.name .cn", true},
	{"config set limits.removals.count 10", true},
	{"config set approval.hours 10", true},
	{"config set schedule.mode never", true},
	{"config set alerts.eventLog false", true},
	{"config set retention.days 10", true},
	{"config add exclude.users x", true},
	{"config remove exclude.users x", true},
	{"config remove policy.approve update", true},
	{"config unset limits.removals.count", true},
	{"config unset central.tenant", false},
	{"config unset proxy.mode", false},
	{"config unset rate.perHour", false},
	{"config check", false},
	{"config path", false},
	{"preview", true},
	{"preview --no-save --summary", true},
	{"preview --from corp.json", true},
	{"snapshot save corp.json", true},
	{"explain anna.silva", false},
	{"plan list", false},
	{"plan show", false},
	{"plan remove 3f9a1c02", false},
	{"approve 3f9a1c02", true},
	{"approve 3f9a1c02 --policy", true},
	{"revoke 3f9a1c02", false},
	{"approver list", false},
	{"approver enroll", true},
	{"approver enroll --policy-only", true},
	{"apply", true},
	{"apply 3f9a1c02", true},
	{"apply --yes", true},
	{"run list", false},
	{"run show", false},
	{"run resume", true},
	{"schedule show", false},
	{"schedule set --never", false},
	{"schedule set --daily 02:00", true},
	{"schedule set --every 4h", true},
	{"schedule xml", true},
	{"probe", false},
	{"status", false},
	{"status --check", false},
	{"sandbox status", false},
	{"sandbox stop", false},
	{"sandbox start", false},
	{"sandbox serve", false},
	{"sandbox change add x", false},
	{"sandbox change rename x y", false},
	{"sandbox change move x y", false},
	{"sandbox change disable x", false},
	{"sandbox change enable x", false},
	{"sandbox change delete x", false},
	{"sandbox change mail x", false},
	{"sandbox change member add x y", false},
	{"sandbox change member remove x y", false},
	{"sandbox change ou rename x y", false},
	{"sandbox change ou move x y", false},
	{"sandbox change --scenario hires", false},
	{"sandbox seed tenant.json", false},
	{"sandbox calls", false},
	{"sandbox clock", false},
	{"sandbox fault add --status 500", false},
	{"sandbox fault list", false},
	{"sandbox fault clear", false},
	{"sandbox reset", false},
}

// TestGateOfEveryCommand types every command of the grammar into a profile
// without a validated credential (row S2).
func TestGateOfEveryCommand(t *testing.T) {
	w := newWorld(t)
	w.vars["ADSYNC_PROFILE"] = "default"
	covered := map[string]bool{}
	for _, tc := range gated {
		words := strings.Fields(tc.line)
		path := pathOf(words)
		covered[path] = true
		if path == "sandbox serve" {
			continue // its gate is open, and it would go on for good
		}
		w.stdin = "geheim\n"
		r := w.run(words...)
		kept := strings.Contains(r.stdout, `"error": {`) && strings.Contains(r.stdout, `"code": "config.central.notvalidated"`)
		if kept != tc.shut || tc.shut && r.code != exitConfig {
			t.Errorf("%s: exit %d, kept out %v, want %v\n%s", tc.line, r.code, kept, tc.shut, r.stdout)
		}
		if tc.shut && !strings.Contains(r.stdout, `"command": "adsync central validate"`) {
			t.Errorf("%s: the way to the validation is not named", tc.line)
		}
		if r.stderr != "" {
			t.Errorf("%s: stderr %q", tc.line, r.stderr)
		}
	}
	for _, n := range leaves(t) {
		if path := commandPath(n); !covered[path] {
			t.Errorf("%s: not tried", path)
		}
	}
}
