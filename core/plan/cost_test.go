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
	tests := map[string]struct {
		why  string
		in   []plan.Change
		want int
	}{
		"Nothing":      {why: "Nothing to do."},
		"Objects":      {why: "One write for each object, memberships of new people included.", in: []plan.Change{change(plan.Create, user, 1, "A", begins(1000, 1001)), change(plan.Update, user, 2, "B"), change(plan.Remove, group, 1002, "G"), change(plan.Adopt, user, 3, "C")}, want: 4},
		"OneGroup":     {why: "Three people into one group: one call for the group.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{2, 1000}, [2]int{3, 1000}), want: 1},
		"OnePerson":    {why: "One person into three groups: one call for the person.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{1, 1002}), want: 1},
		"Cross":        {why: "Ann into three groups and three others into one of them: two calls cover all.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{1, 1002}, [2]int{2, 1000}, [2]int{3, 1000}), want: 2},
		"Square":       {why: "Two people into the same two groups.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{2, 1000}, [2]int{2, 1001}), want: 2},
		"Augment":      {why: "The first choice of a group has to be given up for another.", in: memberships(plan.MembershipAdd, [2]int{1, 1000}, [2]int{1, 1001}, [2]int{2, 1000}), want: 2},
		"AddAndRemove": {why: "Adding and taking out are calls of their own.", in: append(memberships(plan.MembershipAdd, [2]int{1, 1000}), memberships(plan.MembershipRemove, [2]int{2, 1000})...), want: 2},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := plan.LowerBound(tc.in); got != tc.want {
				t.Errorf("%s\n%d, want %d", tc.why, got, tc.want)
			}
		})
	}
}

func TestCountCalls(t *testing.T) {
	var many []plan.Change
	for i := range 51 {
		many = append(many, change(plan.Update, user, i, "P"))
	}
	var joins, leaves []plan.Change
	for i := range 101 {
		joins = append(joins, change(plan.MembershipAdd, user, i, "P", in(1000, "G")))
	}
	for i := range 51 {
		leaves = append(leaves, change(plan.MembershipRemove, user, i, "P", in(1000, "G")))
	}
	made := change(plan.Create, group, 1000, "G")
	emptying := func(n int) func(*plan.Change) {
		return func(c *plan.Change) {
			for i := range n {
				c.Members = append(c.Members, cid(i))
			}
		}
	}
	again := func(c *plan.Change) { c.Cause.Code = plan.CauseCentralDeleted }
	tests := map[string]struct {
		why   string
		in    []plan.Change
		sizes map[string]int
		want  int
	}{
		"Nothing":         {why: "An empty plan costs nothing."},
		"Create":          {why: "A new person with groups is one call.", in: []plan.Change{change(plan.Create, user, 1, "A", begins(1000))}, want: 1},
		"CreateAgain":     {why: "Made again: first is asked whether the old one is gone.", in: []plan.Change{change(plan.Create, user, 1, "A", again)}, want: 2},
		"Update":          {why: "Read again, then written.", in: []plan.Change{change(plan.Update, user, 1, "A")}, want: 2},
		"Updates":         {why: "Reads take fifty at a time.", in: many, want: 53},
		"Remove":          {why: "Read again, then removed.", in: []plan.Change{change(plan.Remove, user, 1, "A")}, want: 2},
		"Mixed":           {why: "People and groups are read apart.", in: []plan.Change{change(plan.Update, user, 1, "A"), change(plan.Update, group, 1000, "G")}, want: 4},
		"Join":            {why: "The members are listed, then one is added.", in: joins[:1], sizes: map[string]int{"c1000": 3}, want: 2},
		"JoinMany":        {why: "A hundred a call, the members listed once.", in: joins, sizes: map[string]int{"c1000": 250}, want: 3 + 2},
		"JoinNewGroup":    {why: "The members of a group that the run makes are known.", in: append([]plan.Change{made}, joins...), want: 1 + 2},
		"Leave":           {why: "Fifty a call.", in: leaves, sizes: map[string]int{"c1000": 51}, want: 1 + 2},
		"RemoveGroup":     {why: "Read, listed, removed.", in: []plan.Change{change(plan.Remove, group, 1000, "G")}, sizes: map[string]int{"c1000": 0}, want: 3},
		"EmptyGroup":      {why: "Its members are taken out first, fifty a call.", in: []plan.Change{change(plan.Remove, group, 1000, "G", emptying(51))}, sizes: map[string]int{"c1000": 51}, want: 1 + 1 + 2 + 1},
		"EmptiedByPeople": {why: "Who is removed before is in it no more.", in: []plan.Change{change(plan.Remove, user, 0, "A"), change(plan.Remove, group, 1000, "G", emptying(1))}, sizes: map[string]int{"c1000": 1}, want: 2 + 3},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if got := plan.CountCalls(tc.in, tc.sizes); got != tc.want {
				t.Errorf("%s\n%d calls, want %d", tc.why, got, tc.want)
			}
			if bound := plan.LowerBound(tc.in); bound > plan.CountCalls(tc.in, tc.sizes) {
				t.Errorf("%s\nthe lower bound %d is above the calls", tc.why, bound)
			}
		})
	}
}
