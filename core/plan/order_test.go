package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/plan"
)

// change makes a change for tests of lists, with the id that belongs to it.
func change(a plan.Action, k identity.Kind, n int, name string, more ...func(*plan.Change)) plan.Change {
	c := plan.Change{Action: a, Kind: k, ObjectGUID: guid(n), Name: name, Domain: corp, Cause: plan.Coded{Code: plan.CauseNew, Text: "new"}, From: plan.FromData}
	if a != plan.Create {
		c.CentralID = cid(n)
	}
	switch a {
	case plan.Create, plan.Adopt:
		c.After = &plan.Values{Name: &c.Name}
	case plan.Update:
		c.Before, c.After = &plan.Values{Name: new("old")}, &plan.Values{Name: &c.Name}
	case plan.Remove:
		c.Before = &plan.Values{Name: &c.Name}
	case plan.MembershipAdd, plan.MembershipRemove:
	}
	for _, m := range more {
		m(&c)
	}
	var group identity.GUID
	if c.Group != nil {
		group = c.Group.ObjectGUID
	}
	c.ID = plan.ChangeID(a, k, c.ObjectGUID, group)
	return c
}

func in(n int, name string) func(*plan.Change) {
	return func(c *plan.Change) {
		c.Group, c.GroupCentralID = &plan.Ref{ObjectGUID: guid(n), Name: name}, cid(n)
	}
}

func needs(others ...plan.Change) func(*plan.Change) {
	return func(c *plan.Change) {
		for _, o := range others {
			c.Needs = append(c.Needs, o.ID)
		}
	}
}

func begins(groups ...int) func(*plan.Change) {
	return func(c *plan.Change) {
		for _, n := range groups {
			c.MemberOf = append(c.MemberOf, plan.Ref{ObjectGUID: guid(n), Name: fmt.Sprintf("G%d", n)})
		}
	}
}

func held(rule string) func(*plan.Change) {
	return func(c *plan.Change) { c.Rule = &plan.Coded{Code: rule, Text: rule} }
}

const (
	user  = identity.KindUser
	group = identity.KindGroup
)

func TestChangeIDIsStable(t *testing.T) {
	// Approvals and run records name changes by these ids for 400 days.
	for want, got := range map[string]string{
		"4e81a9ac76ae1457": plan.ChangeID(plan.Create, user, "00000001-0000-0000-0000-000000000000", ""),
		"7fe869821515fb34": plan.ChangeID(plan.MembershipAdd, user, "00000001-0000-0000-0000-000000000000", "00000002-0000-0000-0000-000000000000"),
	} {
		if got != want {
			t.Errorf("id %s, was %s", got, want)
		}
	}
	seen := map[string]bool{}
	for _, a := range plan.Actions {
		for _, k := range []identity.Kind{user, group, identity.KindDeviceGroup} {
			for _, g := range []identity.GUID{"", "x", "y"} {
				id := plan.ChangeID(a, k, "x", g)
				if seen[id] {
					t.Errorf("%s %s in %s has the id of another change", a, k, g)
				}
				seen[id] = true
			}
		}
	}
}

func TestSequence(t *testing.T) {
	removal := change(plan.Remove, user, 9, "Zoe")
	tests := map[string]struct {
		why  string
		in   []plan.Change
		want []string
	}{
		"Phases": {
			why: "Groups, people, updates, memberships, then removals, groups last.",
			in: []plan.Change{
				change(plan.Remove, group, 1005, "R"), change(plan.Remove, user, 5, "Eve"), change(plan.MembershipRemove, user, 4, "Dan", in(1004, "M")),
				change(plan.MembershipAdd, user, 3, "Cid", in(1004, "M")), change(plan.Update, user, 2, "Bob"), change(plan.Create, user, 1, "Ann"), change(plan.Create, group, 1001, "G"),
			},
			want: []string{"create group G", "create user Ann", "update user Bob", "put Cid into M", "take Dan out of M", "remove user Eve", "remove group R"},
		},
		"Groups": {
			why: "Memberships of one group stand together, additions before removals, so that calls can be batched.",
			in: []plan.Change{
				change(plan.MembershipAdd, user, 1, "Ann", in(1002, "B")), change(plan.MembershipRemove, user, 2, "Bob", in(1001, "A")),
				change(plan.MembershipAdd, user, 3, "Cid", in(1001, "A")), change(plan.MembershipAdd, user, 1, "Ann", in(1001, "A")),
			},
			want: []string{"put Ann into A", "put Cid into A", "take Bob out of A", "put Ann into B"},
		},
		"Needs": {
			why:  "What frees a value comes first, whatever the phase.",
			in:   []plan.Change{change(plan.Create, user, 1, "Ann", needs(removal)), removal, change(plan.Update, user, 2, "Bob")},
			want: []string{"remove user Zoe", "create user Ann", "update user Bob"},
		},
		"NeedsNotThere": {
			why:  "A need that is not in the list moves nothing.",
			in:   []plan.Change{change(plan.Create, user, 1, "Ann", needs(removal))},
			want: []string{"create user Ann"},
		},
		"Ring": {
			why:  "Bytes that were changed by hand may hold a ring: nothing is lost and it ends.",
			in:   []plan.Change{change(plan.Update, user, 9, "Zoe", needs(change(plan.Update, user, 1, "Ann"))), change(plan.Update, user, 1, "Ann", needs(change(plan.Update, user, 9, "Zoe")))},
			want: []string{"update user Zoe", "update user Ann"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			before := slices.Clone(tc.in)
			var got []string
			for _, c := range plan.Sequence(tc.in) {
				got = append(got, deed(c))
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(before, tc.in); d != "" {
				t.Errorf("the argument was changed (-want +got):\n%s", d)
			}
			slices.Reverse(tc.in)
			for i, c := range plan.Sequence(tc.in) {
				if name != "Ring" && deed(c) != tc.want[i] {
					t.Errorf("%s\nthe order depends on the order of the argument: %s at %d", tc.why, deed(c), i)
				}
			}
		})
	}
}

func TestOnly(t *testing.T) {
	g := change(plan.Create, group, 1000, "G")
	bob := change(plan.Remove, user, 2, "Bob", needs(change(plan.Update, user, 3, "Cid")))
	ann := change(plan.Create, user, 1, "Ann", needs(g, bob))
	list := []plan.Change{g, ann, bob, change(plan.Update, user, 3, "Cid"), change(plan.Update, user, 4, "Dan")}
	tests := map[string]struct {
		why  string
		who  identity.GUID
		want []string
	}{
		"Needs":  {why: "With all that it needs, and what that needs, in order.", who: guid(1), want: []string{"create group G", "create user Ann", "remove user Bob", "update user Cid"}},
		"Alone":  {why: "What needs it does not come along.", who: guid(3), want: []string{"update user Cid"}},
		"Nobody": {why: "An empty list, never null.", who: guid(99), want: []string{}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := plan.Only(list, func(c plan.Change) bool { return c.ObjectGUID == tc.who })
			names := []string{}
			for _, c := range got {
				names = append(names, deed(c))
			}
			if d := cmp.Diff(tc.want, names); d != "" || got == nil {
				t.Errorf("%s\n(-want +got):\n%s", tc.why, d)
			}
		})
	}
}

func TestBatches(t *testing.T) {
	var list []plan.Change
	for i := range 201 {
		list = append(list, change(plan.MembershipAdd, user, i, "P", in(1000, "A")))
	}
	for i := range 51 {
		list = append(list, change(plan.MembershipRemove, user, i+300, "P", in(1000, "A")))
	}
	list = append(list, change(plan.MembershipRemove, user, 1, "P", in(1001, "B")), change(plan.Update, user, 1, "P"), change(plan.Update, user, 2, "P"))
	var got []int
	for _, b := range plan.Batches(list) {
		got = append(got, len(b.Changes))
	}
	if d := cmp.Diff([]int{100, 100, 1, 50, 1, 1, 1, 1}, got); d != "" {
		t.Errorf("one action, one group, as many as a call holds (-want +got):\n%s", d)
	}
}

// TestBatchesAreFewest compares the calls of memberships with the least there are,
// and holds that none is lost, sent twice or from a side that is not its own.
func TestBatchesAreFewest(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 9))
		var list []plan.Change
		for u := range 1 + r.IntN(8) {
			for g := range 1 + r.IntN(8) {
				if a := r.IntN(4); a < 2 {
					list = append(list, change([]plan.Action{plan.MembershipAdd, plan.MembershipRemove}[a], user, u, "P", in(1000+g, "G")))
				}
			}
		}
		sent := map[string]bool{}
		calls := 0
		for _, b := range plan.Batches(list) {
			calls++
			for _, c := range b.Changes {
				first := b.Changes[0]
				same := c.Group.ObjectGUID == first.Group.ObjectGUID
				if b.By == identity.KindUser {
					same = c.ObjectGUID == first.ObjectGUID
				}
				if sent[c.ID] || !same || c.Action != first.Action {
					t.Fatalf("seed %d: %s of %s in %s", seed, c.Action, c.ObjectGUID, c.Group.ObjectGUID)
				}
				sent[c.ID] = true
			}
		}
		reads := 0
		if len(list) > 0 {
			reads = 1 // so few are seen in one call
		}
		if len(sent) != len(list) || calls+reads != plan.LowerBound(list) {
			t.Errorf("seed %d: %d of %d changes in %d calls, the least is %d", seed, len(sent), len(list), calls, plan.LowerBound(list)-reads)
		}
	}
}
