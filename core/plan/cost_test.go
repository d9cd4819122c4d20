package plan_test

import (
	"testing"

	"adsync/core/plan"
)

func TestSeconds(t *testing.T) {
	tests := map[string]struct {
		why                                       string
		calls, perSecond, perMinute, perHour, day int
		want                                      int
	}{
		"None":      {"No call takes no time.", 0, 10, 100, 1000, 200000, 0},
		"One":       {"A begun second is a second.", 1, 10, 100, 1000, 200000, 1},
		"Second":    {"Ten a second.", 100, 10, 100, 1000, 200000, 10},
		"Minute":    {"The 101st waits for the next minute.", 101, 10, 100, 1000, 200000, 61},
		"People":    {"Three hundred are minutes, not a third of an hour.", 300, 10, 100, 1000, 200000, 130},
		"Hour":      {"A thousand fit into the hour.", 1000, 10, 100, 1000, 200000, 550},
		"OverHour":  {"The next waits for the next hour.", 1001, 10, 100, 1000, 200000, 3601},
		"TwoHours":  {"And so on.", 2500, 10, 100, 1000, 200000, 2*3600 + 4*60 + 10},
		"OverDay":   {"A day is longer than its hours.", 21, 10, 0, 0, 20, 86401},
		"Unlimited": {"A rate of 0 is none.", 100000, 0, 0, 0, 0, 0},
		"NoSecond":  {"Only the minute paces.", 250, 0, 100, 0, 0, 120},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := plan.Seconds(tc.calls, tc.perSecond, tc.perMinute, tc.perHour, tc.day); got != tc.want {
				t.Errorf("%s\n%d seconds, want %d", tc.why, got, tc.want)
			}
		})
	}
}

func memberships(a plan.Action, pairs ...[2]int) []plan.Change {
	var list []plan.Change
	for _, p := range pairs {
		list = append(list, change(a, user, p[0], "P", in(p[1], "G")))
	}
	return list
}

func TestLowerBound(t *testing.T) {
	var many, updates []plan.Change
	for i := range 201 {
		many = append(many, memberships(plan.MembershipAdd, [2]int{i, 1000})...)
	}
	for i := range 51 {
		updates = append(updates, change(plan.Update, user, i, "P"))
	}
	again := func(c *plan.Change) { c.Cause.Code = plan.CauseCentralDeleted }
	tests := map[string]struct {
		why  string
		in   []plan.Change
		want int
	}{
		"Nothing":      {why: "Nothing to do."},
		"Objects":      {why: "One write for each object, memberships of new people included, and one read for each kind that was there.", in: []plan.Change{change(plan.Create, user, 1, "A", begins(1000, 1001)), change(plan.Update, user, 2, "B"), change(plan.Remove, group, 1002, "G"), change(plan.Adopt, user, 3, "C")}, want: 4 + 2},
		"Nobody":       {why: "What the run makes itself is not read before.", in: []plan.Change{change(plan.Create, group, 1000, "G"), change(plan.MembershipAdd, user, 1, "P", in(1000, "G"))}, want: 2},
		"Again":        {why: "Made again: first is asked whether the old one is gone.", in: []plan.Change{change(plan.Create, user, 1, "A", again)}, want: 2},
		"Shown":        {why: "Who is read for an update shows his memberships with it.", in: append(memberships(plan.MembershipAdd, [2]int{1, 1000}), change(plan.Update, user, 1, "A")), want: 2 + 1},
		"Bulk":         {why: "Fifty are read in one call.", in: updates, want: 51 + 2},
		"Batches":      {why: "A call adds a hundred, and the group may show who is in it.", in: many, want: 3 + 1},
		"OneGroup":     {why: "Three people into one group: one call for the group.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{2, 1000}, [2]int{3, 1000}), want: 1 + 1},
		"OnePerson":    {why: "One person into three groups: one call for the person.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{1, 1002}), want: 1 + 1},
		"Cross":        {why: "Ann into three groups and three others into one of them: two calls cover all.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{1, 1002}, [2]int{2, 1000}, [2]int{3, 1000}), want: 2 + 1},
		"Square":       {why: "Two people into the same two groups.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{2, 1000}, [2]int{2, 1001}), want: 2 + 1},
		"Augment":      {why: "The first choice of a group has to be given up for another.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{2, 1000}), want: 2 + 1},
		"AddAndRemove": {why: "Adding and taking out are calls of their own.", in: append(memberships(plan.MembershipAdd, [2]int{1, 1000}), memberships(plan.MembershipRemove, [2]int{2, 1000})...), want: 2 + 1},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := plan.LowerBound(tc.in); got != tc.want {
				t.Errorf("%s\n%d, want %d", tc.why, got, tc.want)
			}
		})
	}
}
