package policy_test

import (
	"testing"

	"adsync/core/identity"
	"adsync/core/policy"
)

// TestRenamedBase: a base that was renamed and followed by its objectGUID is the
// base, also where an absence is judged and where a cause is found.
func TestRenamedBase(t *testing.T) {
	const renamed = "OU=Personnel," + dcs
	filtered := func(r *policy.Rules) {
		twoBases(r)
		d := r.Domains[corp]
		d.Users.Filter = "(memberOf=CN=Sync," + dcs + ")"
		r.Domains[corp] = d
	}
	moved := func(s *identity.Snapshot) {
		bases(s)
		s.Reads[0].Standing = renamed
	}
	for name, tc := range map[string]struct {
		why   string
		s     identity.Snapshot
		rules func(*policy.Rules)
		where string // the place of Ann now
		held  bool
		code  string
	}{
		"Empty":    {"an empty answer is no proof while Ann stands below the new name", snapshot(moved, empty(staff, identity.ReadUsers)), filtered, renamed, true, ""},
		"Missing":  {"no rule keeps Ann out of the search, and yet it did not return her", snapshot(moved), twoBases, renamed, true, ""},
		"Filtered": {"Ann did not move with the base: the filter lets her go", snapshot(moved), filtered, renamed, false, "filter.users"},
		"OldName":  {"below a new OU of the old name Ann is out of the base", snapshot(moved), twoBases, staff, false, "moved.out"},
		"MovedOut": {"elsewhere she is too", snapshot(moved), twoBases, "OU=Leavers," + dcs, false, "moved.out"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rules(tc.rules).Follow(tc.s)
			l, w := link("Ann", below(staff)), live("Ann", tc.where)
			c := policy.Judge(tc.s, links(l), where(w), r)
			if why := c.Absence(l); (why != "") != tc.held {
				t.Errorf("%s\nheld: %q", tc.why, why)
			}
			if tc.code == "" {
				return
			}
			if got := policy.Leaving(l, policy.Desire(tc.s, r), w, r, nil); got.Code != tc.code {
				t.Errorf("%s\n%+v, want %s", tc.why, got, tc.code)
			}
		})
	}
}
