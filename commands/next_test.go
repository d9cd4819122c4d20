package commands

import (
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
