package commands

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestErrorsNameTheProfile holds that the commands which an error names can be
// typed as they stand, also where core, which knows of no profile, named them.
func TestErrorsNameTheProfile(t *testing.T) {
	w := newWorld(t)
	for _, tc := range []struct {
		why, want string
		args      []string
	}{
		{"core named it", "adsync credential list --profile other", []string{"central", "validate", "--profile", "other"}},
		{"the home was given", "adsync credential list --profile other --home '" + w.home + "/a b'", []string{"central", "validate", "--profile", "other", "--home", w.home + "/a b"}},
		{"the step named it, once", "adsync central validate --profile other", []string{"preview", "--profile", "other"}},
		{"the default needs no name", "adsync credential list", []string{"central", "validate", "--profile", "default"}},
	} {
		e := w.run(append(tc.args, "--json")...)
		if !strings.Contains(e.stdout, `"command": "`+tc.want+`"`) {
			t.Errorf("%s: want %q in\n%s", tc.why, tc.want, e.stdout)
		}
	}
}

// TestLiftingNothingIsNoApproval holds that a limit which holds nothing is not
// lifted: the approval would cover nothing and say that it does.
func TestLiftingNothingIsNoApproval(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must([]int{exitOK}, "central", "validate")
	first := w.preview()
	w.must([]int{exitOK}, "approve", first)
	w.must([]int{exitOK}, "apply", first)
	w.must([]int{exitOK}, "sandbox", "change", "--scenario", "mail-swap")
	w.refused(exitUsage, "usage.approve.empty", "approve", w.preview(), "--allow", "updates=2", "--reason", "x")
}

// TestWhatCouldNotBeReadIsRefused refuses a base that names nothing in its domain
// when it is set, and an account that may not read when it is tried.
func TestWhatCouldNotBeReadIsRefused(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must([]int{exitOK}, "central", "validate")
	file := filepath.Join(t.TempDir(), "scope.json")
	for dn, code := range map[string]string{"Staff": "config.base.syntax", "OU=Staff,DC=other,DC=example": "config.base.outside"} {
		domains := `[{"name": "corp.example", "groups": {"bases": [{"dn": "` + dn + `"}]}}]`
		if err := os.WriteFile(file, []byte(domains), 0o600); err != nil {
			t.Fatal(err)
		}
		w.refused(exitConfig, code, "config", "set", "scope.domains", "--file", file)
	}
	w.must([]int{exitOK}, "directory", "validate")
	w.must([]int{exitOK}, "sandbox", "change", "--scenario", "lost-rights")
	w.refused(20, "directory.rights", "directory", "validate")
}
