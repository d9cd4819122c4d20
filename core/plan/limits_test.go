package plan_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
)

// defaults are the limits of a profile without configuration.
var defaults = plan.Limits{
	Removals:           plan.RemovalLimit{Count: 5, Percent: 5, Ceiling: 100},
	MembershipRemovals: plan.MembershipLimit{Percent: 20, Minimum: 10, TotalPercent: 10, TotalCeiling: 1000},
	Updates:            plan.UpdateLimit{Percent: 30, Minimum: 50, Ceiling: 500},
}

func limited(change ...func(*plan.Limits)) func(*scene) {
	return func(s *scene) {
		s.Limits = defaults
		for _, c := range change {
			c(&s.Limits)
		}
	}
}

func span(from, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = from + i
	}
	return list
}

// unwanted takes people out of the desired state.
func unwanted(numbers ...int) func(*scene) {
	return func(s *scene) {
		for _, n := range numbers {
			delete(s.Desired.Users, guid(n))
		}
	}
}

// renamed gives people another name in the directory.
func renamed(numbers ...int) func(*scene) {
	return func(s *scene) {
		for _, n := range numbers {
			u := s.Desired.Users[guid(n)]
			u.Fields.Name += "!"
			s.Desired.Users[guid(n)] = u
		}
	}
}

// TestObjectLimits is the arithmetic of rule 13 for removals and updates.
func TestObjectLimits(t *testing.T) {
	tests := map[string]struct {
		why               string
		population, count int
		update            bool
		limits            func(*plan.Limits)
		limit             int
	}{
		"Count":             {why: "Five of forty: the count is more than five percent.", population: 40, count: 5, limit: 5},
		"CountExceeded":     {why: "Six of forty.", population: 40, count: 6, limit: 5},
		"HundredIsCount":    {why: "Five percent of a hundred are five.", population: 100, count: 6, limit: 5},
		"PercentRoundsDown": {why: "Five percent of 139 are six, not seven.", population: 139, count: 7, limit: 6},
		"Percent":           {why: "Five percent of 140 are seven.", population: 140, count: 7, limit: 7},
		"Ceiling":           {why: "Never more than the ceiling.", population: 140, count: 5, limits: func(l *plan.Limits) { l.Removals.Ceiling = 4 }, limit: 4},
		"HalfOfFour":        {why: "Of four at most two, whatever the count.", population: 4, count: 2, limit: 2},
		"HalfOfFourOver":    {why: "Three of four are more than half.", population: 4, count: 3, limit: 2},
		"HalfOfFive":        {why: "Half of five is two.", population: 5, count: 3, limit: 2},
		"HalfOfNine":        {why: "Half of nine is four, less than the count.", population: 9, count: 5, limit: 4},
		"AllOfThree":        {why: "Below four there is no half.", population: 3, count: 3, limit: 5},
		"Nothing":           {why: "A limit of nothing lets nothing through.", population: 10, count: 1, limits: func(l *plan.Limits) { l.Removals = plan.RemovalLimit{} }, limit: 0},
		"HalfBeatsPercent":  {why: "No percentage is more than half.", population: 10, count: 6, limits: func(l *plan.Limits) { l.Removals.Percent = 100 }, limit: 5},

		"UpdatePercent":        {why: "Thirty percent of fifty.", update: true, population: 50, count: 15, limit: 15},
		"UpdatePercentOver":    {why: "Sixteen of fifty.", update: true, population: 50, count: 16, limit: 15},
		"UpdateRoundsDown":     {why: "Thirty percent of 59 are 17.", update: true, population: 59, count: 18, limit: 17},
		"UpdateBelowMinimum":   {why: "Below the minimum the percentage does not count, the half does.", update: true, population: 49, count: 24, limit: 24},
		"UpdateBelowOver":      {why: "Twenty-five of 49 are more than half.", update: true, population: 49, count: 25, limit: 24},
		"UpdateFew":            {why: "Three of three may change.", update: true, population: 3, count: 3, limit: 500},
		"UpdateCeiling":        {why: "Never more than the ceiling.", update: true, population: 100, count: 10, limits: func(l *plan.Limits) { l.Updates.Ceiling = 9 }, limit: 9},
		"UpdateCeilingOfFew":   {why: "Below the minimum too.", update: true, population: 40, count: 10, limits: func(l *plan.Limits) { l.Updates.Ceiling = 9 }, limit: 9},
		"UpdateMinimumReached": {why: "The minimum itself counts.", update: true, population: 10, count: 4, limits: func(l *plan.Limits) { l.Updates.Minimum = 10 }, limit: 3},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			some, class, rule := unwanted(span(0, tc.count)...), plan.LimitRemovals, plan.RuleLimitRemovals
			if tc.update {
				some, class, rule = renamed(span(0, tc.count)...), plan.LimitUpdates, plan.RuleLimitUpdates
			}
			steps := []func(*scene){crowd(0, tc.population), some, limited()}
			if tc.limits != nil {
				steps[2] = limited(tc.limits)
			}
			got := plan.Diff(build(steps...))
			want := []plan.LimitUse{{
				Class: class, Kind: identity.KindUser, Domain: corp, Count: tc.count, Population: tc.population,
				Limit: tc.limit, Margin: tc.limit - tc.count, Exceeded: tc.count > tc.limit,
			}}
			if d := cmp.Diff(want, got.Limits); d != "" {
				t.Errorf("%s\nlimits (-want +got):\n%s", tc.why, d)
			}
			held := 0
			for _, h := range got.Holds {
				if h.Rule.Code == rule {
					held++
				}
			}
			if all := map[bool]int{true: tc.count}[tc.count > tc.limit]; held != all || len(got.Changes) != tc.count-all {
				t.Errorf("%s\nthe whole class or nothing is held: %d held, %d not, of %d", tc.why, held, len(got.Changes), tc.count)
			}
			if n := plan.LimitCount(plan.Document{Changes: got.Changes, Holds: got.Holds}, class); n != tc.count {
				t.Errorf("%s\n--allow has to name %d, not %d", tc.why, n, tc.count)
			}
		})
	}
}

// TestMembershipLimits is the arithmetic of rule 13 for memberships.
func TestMembershipLimits(t *testing.T) {
	group := func(n, size, stay int) func(*scene) {
		return func(s *scene) {
			from := (n - 1000) * 100
			crowd(from, size)(s)
			knowsGroup(n, string(rune('A'+n-1000)), span(from, size)...)(s)
			wantsGroup(n, string(rune('A'+n-1000)), span(from, stay)...)(s)
		}
	}
	total := func(count, population, limit int) plan.LimitUse {
		return plan.LimitUse{Class: plan.LimitMembershipRemovals, Kind: identity.KindUser, Count: count, Population: population, Limit: limit, Margin: limit - count, Exceeded: count > limit}
	}
	of := func(n, count, population, limit int) plan.LimitUse {
		u := total(count, population, limit)
		u.Domain, u.Group = corp, &plan.Ref{ObjectGUID: guid(n), Name: string(rune('A' + n - 1000))}
		return u
	}
	tests := map[string]struct {
		why  string
		in   []func(*scene)
		want []plan.LimitUse // of memberships
		held []string        // groups whose membership removals are held
		goes []string
	}{
		"Percent": {why: "Twenty percent of a group of ten.", in: []func(*scene){group(1000, 10, 8)}, want: []plan.LimitUse{of(1000, 2, 10, 2), total(2, 10, 5)}, goes: []string{"A"}},
		"Over":    {why: "Three of ten: all three are held.", in: []func(*scene){group(1000, 10, 7)}, want: []plan.LimitUse{of(1000, 3, 10, 2), total(3, 10, 5)}, held: []string{"A"}},
		"Small":   {why: "Below the minimum half may go.", in: []func(*scene){group(1000, 9, 5)}, want: []plan.LimitUse{of(1000, 4, 9, 4), total(4, 9, 4)}, goes: []string{"A"}},
		"SmallOver": {
			why: "Five of nine are more than half.", in: []func(*scene){group(1000, 9, 4)}, want: []plan.LimitUse{of(1000, 5, 9, 4), total(5, 9, 4)}, held: []string{"A"},
		},
		"Tiny": {why: "Of three two may go: there is no half below four.", in: []func(*scene){group(1000, 3, 1)}, want: []plan.LimitUse{of(1000, 2, 3, 3), total(2, 3, 10)}, goes: []string{"A"}},
		"OneGroupOver": {
			why: "One group over its limit holds that group only.", in: []func(*scene){group(1000, 10, 7), group(1001, 10, 9)},
			want: []plan.LimitUse{of(1000, 3, 10, 2), of(1001, 1, 10, 2), total(4, 20, 10)}, held: []string{"A"}, goes: []string{"B"},
		},
		"TotalOver": {
			why: "Over all groups max(minimum, ten percent): the whole class is held.",
			in:  []func(*scene){group(1000, 30, 24), group(1001, 30, 24)}, want: []plan.LimitUse{of(1000, 6, 30, 6), of(1001, 6, 30, 6), total(12, 60, 10)}, held: []string{"A", "B"},
		},
		"TotalPercent": {
			why: "Ten percent of 120 are more than the minimum.",
			in:  []func(*scene){group(1000, 60, 54), group(1001, 60, 54)}, want: []plan.LimitUse{of(1000, 6, 60, 12), of(1001, 6, 60, 12), total(12, 120, 12)}, goes: []string{"A", "B"},
		},
		"TotalCeiling": {
			why: "Never more than the ceiling.", in: []func(*scene){group(1000, 60, 54), limited(func(l *plan.Limits) { l.MembershipRemovals.TotalCeiling = 5 })},
			want: []plan.LimitUse{of(1000, 6, 60, 12), total(6, 60, 5)}, held: []string{"A"},
		},
		"WithRemovedPerson": {
			why: "A membership that ends with its person counts with that removal.", in: []func(*scene){group(1000, 10, 8), unwanted(8, 9)},
		},
		"RemovedGroup": {
			why: "The removal of a group counts the memberships of those who stay.", in: []func(*scene){group(1000, 10, 8), group(1001, 2, 0), set(func(in *plan.Input) { delete(in.Desired.Groups, guid(1001)) })},
			want: []plan.LimitUse{of(1000, 2, 10, 2), total(4, 12, 6)}, goes: []string{"A", "remove B"},
		},
		"RemovedGroupOver": {
			why:  "Over the total the whole class is held, the group's removal with it.",
			in:   []func(*scene){group(1000, 10, 8), group(1001, 9, 0), set(func(in *plan.Input) { delete(in.Desired.Groups, guid(1001)) })},
			want: []plan.LimitUse{of(1000, 2, 10, 2), total(11, 19, 9)}, held: []string{"A", "remove B"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := plan.Diff(build(append([]func(*scene){limited()}, tc.in...)...))
			uses := slices.DeleteFunc(slices.Clone(got.Limits), func(u plan.LimitUse) bool { return u.Class != plan.LimitMembershipRemovals })
			if d := cmp.Diff(tc.want, uses, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nlimits (-want +got):\n%s", tc.why, d)
			}
			about := func(list []plan.Change) []string {
				var names []string
				for _, c := range list {
					switch {
					case c.Action == plan.MembershipRemove:
						names = append(names, c.Group.Name)
					case c.Action == plan.Remove && c.Kind == identity.KindGroup:
						names = append(names, "remove "+c.Name)
					}
				}
				slices.Sort(names)
				return slices.Compact(names)
			}
			if d := cmp.Diff(tc.held, about(got.Holds), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nheld (-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(tc.goes, about(got.Changes), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nnot held (-want +got):\n%s", tc.why, d)
			}
			want := 0
			if len(tc.want) > 0 {
				want = tc.want[len(tc.want)-1].Count
			}
			if n := plan.LimitCount(plan.Document{Changes: got.Changes, Holds: got.Holds}, plan.LimitMembershipRemovals); n != want {
				t.Errorf("%s\n--allow has to name %d, not %d", tc.why, n, want)
			}
		})
	}
}

func TestLimitsByKindAndDomain(t *testing.T) {
	east := func(numbers ...int) func(*scene) {
		return func(s *scene) {
			for i := range s.Links {
				if slices.ContainsFunc(numbers, func(n int) bool { return guid(n) == s.Links[i].GUID }) {
					s.Links[i].Domain = "east.example"
				}
			}
		}
	}
	got := plan.Diff(build(
		limited(), crowd(0, 40), unwanted(span(0, 6)...), crowd(100, 20), unwanted(100), east(span(100, 20)...),
		knowsGroup(1000, "A"), knowsGroup(1001, "B"), wantsGroup(1001, "B"),
	))
	use := func(k identity.Kind, domain string, count, population, limit int) plan.LimitUse {
		return plan.LimitUse{Class: plan.LimitRemovals, Kind: k, Domain: domain, Count: count, Population: population, Limit: limit, Margin: limit - count, Exceeded: count > limit}
	}
	want := []plan.LimitUse{use(identity.KindGroup, corp, 1, 2, 5), use(identity.KindUser, corp, 6, 40, 5), use(identity.KindUser, "east.example", 1, 20, 5)}
	if d := cmp.Diff(want, got.Limits); d != "" {
		t.Errorf("each kind and domain has a limit of its own (-want +got):\n%s", d)
	}
	var goes []string
	for _, c := range got.Changes {
		goes = append(goes, deed(c))
	}
	if d := cmp.Diff([]string{"remove user P100", "remove group A"}, goes); d != "" {
		t.Errorf("only the one that exceeds is held (-want +got):\n%s", d)
	}
	if n := plan.LimitCount(plan.Document{Changes: got.Changes, Holds: got.Holds}, plan.LimitRemovals); n != 8 {
		t.Errorf("--allow removals= takes the number of all removals of the plan, 8, not %d", n)
	}
}

func TestHeldChangesCount(t *testing.T) {
	got := plan.Diff(build(limited(), crowd(0, 40), unwanted(span(0, 6)...), unproven(0, 1, 2)))
	rules := map[string]int{}
	for _, h := range got.Holds {
		rules[h.Rule.Code]++
	}
	if d := cmp.Diff(map[string]int{plan.RuleIncomplete: 3, plan.RuleLimitRemovals: 3}, rules); d != "" {
		t.Errorf("what another rule holds counts all the same, and keeps that rule (-want +got):\n%s", d)
	}
}

// TestEmptiedGroups is the part of rule 13 on groups that lost everybody.
func TestEmptiedGroups(t *testing.T) {
	tests := map[string]struct {
		why   string
		in    []func(*scene)
		cause string
		held  bool
	}{
		"Three":     {why: "Three who stay, and none belongs to it any more: a person's decision, always.", in: []func(*scene){knowsGroup(1000, "G", 0, 1, 2)}, cause: plan.CauseGroupEmpty, held: true},
		"Two":       {why: "Two may have left.", in: []func(*scene){knowsGroup(1000, "G", 0, 1)}, cause: plan.CauseGroupEmpty},
		"Deleted":   {why: "A group that was deleted is gone for sure.", in: []func(*scene){knowsGroup(1000, "G", 0, 1, 2)}, cause: plan.CauseGroupDeleted},
		"AllLeave":  {why: "The removals of its people are in the plan.", in: []func(*scene){knowsGroup(1000, "G", 0, 1, 2), unwanted(0, 1, 2)}, cause: plan.CauseGroupEmpty},
		"MostLeave": {why: "Two stay of five.", in: []func(*scene){knowsGroup(1000, "G", 0, 1, 2, 3, 4), unwanted(0, 1, 2)}, cause: plan.CauseGroupEmpty},
		"SomeLeave": {why: "Three stay of five.", in: []func(*scene){knowsGroup(1000, "G", 0, 1, 2, 3, 4), unwanted(0, 1)}, cause: plan.CauseGroupEmpty, held: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			in := build(append([]func(*scene){crowd(0, 40)}, append(tc.in, leaving(tc.cause, 1000))...)...)
			r := plan.Diff(in)
			held := slices.ContainsFunc(r.Holds, func(c plan.Change) bool { return deed(c) == "remove group G" && c.Rule.Code == plan.RuleLimitRemovals })
			goes := slices.ContainsFunc(r.Changes, func(c plan.Change) bool { return deed(c) == "remove group G" })
			if held != tc.held || goes == tc.held {
				t.Errorf("%s\n%v", tc.why, told(r))
			}
			for _, u := range r.Limits {
				if u.Class == plan.LimitRemovals && u.Kind == identity.KindGroup && u.Exceeded != tc.held {
					t.Errorf("%s\nthe plan shows %+v", tc.why, u)
				}
			}
		})
	}
}

func TestOrigin(t *testing.T) {
	for accepted, want := range map[bool]plan.Origin{true: plan.FromData, false: plan.FromConfig} {
		r := plan.Diff(build(wants(1, "Ann", ""), knows(2, "Bob", "", managedUser), set(func(in *plan.Input) { in.Accepted = accepted })))
		for _, c := range slices.Concat(r.Changes, r.Holds) {
			if c.From != want {
				t.Errorf("accepted %v: %s is from %s", accepted, deed(c), c.From)
			}
		}
	}
}

func TestForgetAndSeen(t *testing.T) {
	r := plan.Diff(build(
		links(1, 2, 1000, 1001), set(func(in *plan.Input) { in.Gone = map[string]bool{"c1": true, "c1000": true} }),
		knows(3, "Old", "old@x"), wants(3, "Cid", "cid@x"), knowsGroup(1002, "Old"), wantsGroup(1002, "G"),
	))
	if d := cmp.Diff([]identity.GUID{guid(1), guid(1000)}, r.Forget); d != "" {
		t.Errorf("a link is forgotten when nobody wants its object and Central says it is gone (-want +got):\n%s", d)
	}
	want := []identity.Link{
		{GUID: guid(3), Kind: identity.KindUser, CentralID: "c3", Domain: corp, DN: "CN=3", Account: "u3", Name: "Cid", Mail: "cid@x", Sent: person(3, "Old", "old@x"), Answered: person(3, "Old", "old@x")},
		{GUID: guid(1002), Kind: identity.KindGroup, CentralID: "c1002", Domain: corp, DN: "CN=1002", Account: "g", Name: "G", Sent: identity.Fields{Name: "Old"}, Answered: identity.Fields{Name: "Old"}},
	}
	if d := cmp.Diff(want, r.Seen); d != "" {
		t.Errorf("the ledger remembers the directory's values of now (-want +got):\n%s", d)
	}
}
