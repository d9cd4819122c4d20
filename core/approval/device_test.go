package approval

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// moving is a plan in which a device sits elsewhere, with the group that would be
// made for it, and one that is moved between groups of ours.
func moving() plan.Document {
	leaves := func(c *plan.Change) { c.Leaves = &plan.Ref{Name: "Other"} }
	return document(
		change("m", plan.MembershipAdd, leaves), change("x", plan.MembershipAdd),
		change("g", plan.Create, held("device.elsewhere")), change("d", plan.MembershipAdd, held("device.elsewhere"), needs("g"), leaves),
		change("e", plan.MembershipAdd, held("device.elsewhere"), leaves), change("s", plan.MembershipAdd, held("device.severalGroups")),
	)
}

// TestLiftedByID approves a hold by its id, and by nothing else.
func TestLiftedByID(t *testing.T) {
	for name, tc := range map[string]struct {
		why     string
		only    []string
		changes []string
		code    string
	}{
		"Everything": {why: "Without its id it stays.", changes: []string{"m", "x"}},
		"Class":      {why: "A class is no id.", only: []string{"membershipAdd"}, changes: []string{"m", "x"}},
		"ID":         {why: "Its id lifts it.", only: []string{"e"}, changes: []string{"e"}},
		"Needed":     {why: "The group that is made for it comes along.", only: []string{"d"}, changes: []string{"g", "d"}},
		"Other":      {why: "No other hold is lifted so.", only: []string{"s"}, code: "approval.held"},
		"Both":       {why: "Beside others.", only: []string{"x", "e"}, changes: []string{"x", "e"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Select(moving(), tc.only, nil, nil)
			if fault.Code(err) != tc.code {
				t.Fatalf("%s\ngot %v, want %q", tc.why, err, tc.code)
			}
			if d := cmp.Diff(tc.changes, s.Changes, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nchanges (-want +got):\n%s", tc.why, d)
			}
			if tc.code != "" {
				return
			}
			g, err := Decide(moving(), digest, []Document{sign(t, 'a', Document{Changes: s.Changes, Whole: s.Whole})}, nil, roster(t), start)
			if d := cmp.Diff(tc.changes, slices.Collect(maps.Keys(g.Changes)), cmpopts.EquateEmpty(), cmpopts.SortSlices(less)); err != nil || d != "" {
				t.Errorf("%s\ngranted: %v (-want +got):\n%s", tc.why, err, d)
			}
		})
	}
}

func less(a, b string) bool { return a < b }

// TestPolicyMovesNothing leaves every device that leaves a group for another to a
// person, whoever signs what.
func TestPolicyMovesNothing(t *testing.T) {
	ids, left := ByPolicy(moving(), []string{"create", "membershipAdd"}, map[string]int{"create": 9, "membershipAdd": 9}, nil, func(identity.GUID) bool { return false })
	if d := cmp.Diff([]string{"x"}, ids); d != "" || left != 5 {
		t.Errorf("%d left, approved (-want +got):\n%s", left, d)
	}
	for _, id := range []string{"m", "e"} {
		_, err := Decide(moving(), digest, []Document{sign(t, 'p', Document{Changes: []string{id}, Policy: true})}, nil, roster(t), start)
		if err == nil {
			t.Errorf("a policy key has approved the move %s", id)
		}
	}
}
