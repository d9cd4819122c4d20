package policy_test

import (
	"testing"

	"adsync/core/policy"
)

func TestPatterns(t *testing.T) {
	tests := map[string]struct {
		why     string
		pattern string
		value   string
		want    bool
	}{
		"Exact":         {"The whole value, without regard to case.", "Ann Lee", "ANN lee", true},
		"ExactPart":     {"Not a part of it.", "Ann", "Ann Lee", false},
		"ExactUmlaut":   {"Case is folded beyond ASCII.", "JÖRG", "jörg", true},
		"Star":          {"Any text.", "svc-*", "SVC-backup", true},
		"StarDN":        {"Separators of DNs and paths are text like any other.", "*,ou=x/y,*", `CN=a\,b,OU=x/y,DC=c`, true},
		"StarBackslash": {"DOMAIN\\account too.", "corp*", `CORP\ann`, true},
		"Backslash":     {"A backslash in a glob is itself.", `corp\*`, `CORP\ann`, true},
		"BackslashNot":  {"And nothing else.", `corp\*`, `EAST\ann`, false},
		"Question":      {"One character.", "an?", "ann", true},
		"QuestionNot":   {"Not none.", "an?", "an", false},
		"Class":         {"One of some.", "room[0-9]", "Room7", true},
		"ClassNot":      {"None of them.", "room[0-9]", "RoomX", false},
		"Expression":    {"An expression finds anywhere.", "/adm/", "Tier0-ADMIN", true},
		"Anchored":      {"Unless it is anchored.", "/^adm$/", "Tier0-ADMIN", false},
		"SlashAlone":    {"Two slashes are no expression.", "//", "//", true},
		"EmptyValue":    {"Somebody without a mail address is not excluded by a pattern for all addresses.", "*", "", false},
		"EmptyValueExp": {"Nor by an expression that matches nothing.", "/^$/", "", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := patterns(t, tc.pattern).Match("", tc.value); got != tc.want {
				t.Errorf("%s\n%q on %q: %v", tc.why, tc.pattern, tc.value, got)
			}
		})
	}
	for _, bad := range []string{"", "[a", "/(/", "a[]"} {
		if _, err := policy.ParsePatterns([]string{bad}); err == nil {
			t.Errorf("%q is taken: a list that silently matches nobody protects nobody", bad)
		}
	}
	if (policy.Patterns{}).Match("ann") {
		t.Error("no pattern matches nobody")
	}
}
