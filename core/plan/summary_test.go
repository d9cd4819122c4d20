package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/plan"
)

func TestSummarise(t *testing.T) {
	changes := []plan.Change{
		change(plan.Create, user, 1, "A", begins(1000, 1001)), change(plan.Create, group, 1000, "G"), change(plan.Update, user, 2, "B"), change(plan.Remove, group, 1002, "H"),
		change(plan.Remove, identity.KindDeviceGroup, 1003, "D"), change(plan.Adopt, user, 3, "C", begins(1000)),
		change(plan.MembershipAdd, user, 2, "B", in(1000, "G")), change(plan.MembershipRemove, user, 2, "B", in(1001, "H")),
	}
	holds := []plan.Change{change(plan.Remove, user, 7, "X", held("managed")), {Action: plan.Create, Kind: group, Count: 60}}
	warnings := []plan.Warning{{Code: "user.noEmail"}, {Code: "group.nameDuplicate"}, {Code: "device.unsupported"}, {Code: "domain.unlisted"}}
	want := plan.Summary{
		Create: plan.Counts{Users: 1, Groups: 1, Total: 2}, Update: plan.Counts{Users: 1, Total: 1}, Remove: plan.Counts{Groups: 1, Devices: 1, Total: 2},
		Adopt: plan.Counts{Users: 1, Total: 1}, MembershipAdd: plan.Counts{Users: 4, Total: 4}, MembershipRemove: plan.Counts{Users: 1, Total: 1},
		Held: plan.Counts{Users: 1, Groups: 60, Total: 61}, Warnings: plan.Counts{Users: 1, Groups: 1, Devices: 1, Total: 4}, Unchanged: plan.Counts{Users: 5, Total: 5},
	}
	if d := cmp.Diff(want, plan.Summarise(changes, holds, warnings, plan.Counts{Users: 5, Total: 5})); d != "" {
		t.Errorf("what a new person begins with counts among the additions (-want +got):\n%s", d)
	}
}

func TestFold(t *testing.T) {
	many := func(n int, rule, cause string) []plan.Change {
		var list []plan.Change
		for i := range n {
			list = append(list, change(plan.Remove, user, i, fmt.Sprintf("%s%d", cause, i), held(rule), func(c *plan.Change) { c.Cause = plan.Coded{Code: cause, Text: cause} }))
		}
		return list
	}
	fifty, more := many(50, "managed", "disabled"), many(51, "managed", "deleted")
	other := many(1, "protected", "deleted")
	folded := plan.Change{
		Action: plan.Remove, Kind: user, Domain: "corp.example", Cause: plan.Coded{Code: "deleted", Text: "deleted"}, From: plan.FromData, Rule: &plan.Coded{Code: "managed", Text: "managed"},
		Count: 51, Examples: []string{"deleted0", "deleted1", "deleted2", "deleted3", "deleted4"},
	}
	unlike := many(51, "managed", "deleted")
	unlike[50] = change(plan.Update, group, 99, "G", held("managed"), func(c *plan.Change) {
		c.Domain, c.From = "east.example", plan.FromConfig
		c.Cause, c.Rule = plan.Coded{Code: "deleted", Text: "G was deleted"}, &plan.Coded{Code: "managed", Text: "G is managed"}
	})
	mixed := plan.Change{
		Cause: plan.Coded{Code: "deleted", Text: "deleted from the directory"}, From: plan.FromConfig,
		Rule:  &plan.Coded{Code: "managed", Text: "another directory service manages the object in Central"},
		Count: 51, Examples: folded.Examples,
	}
	tests := map[string]struct {
		why      string
		in, want []plan.Change
	}{
		"Unlike": {why: "One hold does not say of all what is true of the first.", in: unlike, want: []plan.Change{mixed}},
		"None":   {why: "An empty list, never null.", want: []plan.Change{}},
		"Fifty":  {why: "Fifty of one rule and cause are shown one by one.", in: fifty, want: fifty},
		"More":   {why: "Fifty-one are one hold with five names.", in: more, want: []plan.Change{folded}},
		"Mixed":  {why: "Other rules and causes are not folded with them, and the order stays.", in: append(append(append([]plan.Change{}, other...), more...), fifty...), want: append([]plan.Change{other[0], folded}, fifty...)},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if d := cmp.Diff(tc.want, plan.Fold(tc.in)); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.why, d)
			}
		})
	}
}

func TestLiftable(t *testing.T) {
	one := []plan.Change{change(plan.Update, user, 1, "A")}
	for name, tc := range map[string]struct {
		why            string
		changes, holds []plan.Change
		want           bool
	}{
		"Empty":   {why: "Nothing to approve.", want: false},
		"Changes": {why: "Changes can be approved.", changes: one, want: true},
		"Limit":   {why: "So can holds of a limit.", holds: []plan.Change{change(plan.Remove, user, 1, "A", held(plan.RuleLimitRemovals))}, want: true},
		"Holds":   {why: "Other holds cannot.", holds: []plan.Change{change(plan.Remove, user, 1, "A", held(plan.RuleIncomplete))}, want: false},
	} {
		if got := plan.Liftable(tc.changes, tc.holds); got != tc.want {
			t.Errorf("%s: %s\n%v", name, tc.why, got)
		}
	}
}
