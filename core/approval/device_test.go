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
	device := func(c *plan.Change) { c.Kind = identity.KindDevice }
	group := func(c *plan.Change) { c.Kind = identity.KindDeviceGroup }
	elsewhere := held("device.elsewhere")
	return document(
		change("m", plan.MembershipAdd, device, leaves), change("x", plan.MembershipAdd, device),
		change("g", plan.Create, group, elsewhere), change("d", plan.MembershipAdd, device, elsewhere, needs("g"), leaves), change("f", plan.MembershipAdd, device, elsewhere, needs("g"), leaves),
		change("e", plan.MembershipAdd, device, elsewhere, leaves), change("s", plan.MembershipAdd, device, held("device.severalGroups")),
	)
}

// TestLiftedByID approves a hold by its id, and by nothing else.
func TestLiftedByID(t *testing.T) {
	for name, tc := range map[string]struct {
		why          string
		only, except []string
		changes      []string
		code         string
	}{
		"Everything": {why: "Without its id it stays.", changes: []string{"m", "x"}},
		"Class":      {why: "A class is no id.", only: []string{"membershipAdd"}, changes: []string{"m", "x"}},
		"ID":         {why: "Its id lifts it.", only: []string{"e"}, changes: []string{"e"}},
		"Needed":     {why: "The group that is made for it comes along.", only: []string{"d"}, changes: []string{"g", "d"}},
		"Other":      {why: "No other hold is lifted so.", only: []string{"s"}, code: "approval.held"},
		"Both":       {why: "Beside others.", only: []string{"x", "e"}, changes: []string{"x", "e"}},
		"Group":      {why: "A group is made for a device, not by itself.", only: []string{"g"}, code: "approval.held"},
		"GroupToo":   {why: "Beside its device it may be named.", only: []string{"g", "d"}, changes: []string{"g", "d"}},
		"Excepted":   {why: "Without the device its group is not made.", only: []string{"d"}, except: []string{"d"}},
		"LastOne":    {why: "Without the last one neither.", only: []string{"x", "d", "f"}, except: []string{"d", "f"}, changes: []string{"x"}},
		"OneOfTwo":   {why: "For another device it is.", only: []string{"d", "f"}, except: []string{"d"}, changes: []string{"g", "f"}},
		"ClassOut":   {why: "A class that is excepted takes its devices out.", only: []string{"d", "f"}, except: []string{"membershipAdd"}},
		"GroupOut":   {why: "Without its group a device goes nowhere.", only: []string{"d"}, except: []string{"g"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Select(moving(), tc.only, tc.except, nil)
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

// TestGroupAlone does not believe an approval of a group that would be made for a
// device, and of no device.
func TestGroupAlone(t *testing.T) {
	_, err := Decide(moving(), digest, []Document{sign(t, 'a', Document{Changes: []string{"g"}})}, nil, roster(t), start)
	if fault.Code(err) != "approval.change" {
		t.Errorf("the group alone: %v", err)
	}
}

// TestPolicyMovesNothing leaves every device that leaves a group for another to a
// person, whoever signs what.
func TestPolicyMovesNothing(t *testing.T) {
	ids, left := ByPolicy(moving(), []string{"create", "membershipAdd"}, map[string]int{"create": 9, "membershipAdd": 9}, nil, func(identity.GUID) bool { return false })
	if d := cmp.Diff([]string{"x"}, ids); d != "" || left != 6 {
		t.Errorf("%d left, approved (-want +got):\n%s", left, d)
	}
	for _, id := range []string{"m", "e"} {
		_, err := Decide(moving(), digest, []Document{sign(t, 'p', Document{Changes: []string{id}, Policy: true})}, nil, roster(t), start)
		if err == nil {
			t.Errorf("a policy key has approved the move %s", id)
		}
	}
}
