package apply_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"adsync/core/apply"
	"adsync/core/identity"
	"adsync/core/plan"
)

// picture is what a preview reads of this world.
func (w *world) picture() apply.Picture {
	p := apply.Picture{Links: slices.Collect(maps.Values(w.ledger.links))}
	for id, u := range w.central.users {
		u.Groups = w.central.embedded(w.central.groupsOf(id))
		p.Users = append(p.Users, u)
	}
	for _, g := range w.central.groups {
		g.Users = w.central.embedded(g.Members)
		p.Groups = append(p.Groups, g)
	}
	return p
}

// rehearsed carries out what the world has, and compares the calls with those of
// the rehearsal and with the least that any tool needs.
func (w *world) rehearsed(t *testing.T) apply.Run {
	t.Helper()
	want, err := apply.Rehearse(t.Context(), slices.Concat(w.changes, w.holds), w.picture())
	if err != nil {
		t.Fatal(err)
	}
	if least := plan.LowerBound(slices.Concat(w.changes, w.holds)); least > want {
		t.Errorf("%d calls were rehearsed, the least is %d", want, least)
	}
	cuts := w.cuts() // before the run makes something longer
	run := w.do(t)
	w.made, w.foreseen = w.made+run.Summary.Calls, w.foreseen+want
	if run.Summary.Calls != want && cuts || run.Outcome != apply.Complete {
		t.Errorf("%d calls were made, %d rehearsed; %v\n%v", run.Summary.Calls, want, w.outcomes(run), w.central.log)
	}
	return run
}

// cuts reports whether the picture shows from what number on Central cuts a list:
// what nobody has seen cannot be foreseen.
func (w *world) cuts() bool {
	if w.central.embed == 0 {
		return true
	}
	p := w.picture()
	return slices.ContainsFunc(p.Users, func(u identity.CentralUser) bool { return !u.Groups.Whole() }) ||
		slices.ContainsFunc(p.Groups, func(g identity.CentralGroup) bool { return !g.Users.Whole() })
}

// TestRehearsal compares the estimate with what runs without trouble need, over
// random plans and over all that Central may show of memberships: to the call, and
// within five in a hundred where it is not known from what number on it cuts.
func TestRehearsal(t *testing.T) {
	made, foreseen := 0, 0
	for seed := range uint64(200) {
		s := newSoak(seed)
		for round := range 3 {
			s.desire()
			s.lifted(s.diff())
			s.journal, s.runID = &journal{}, fmt.Sprintf("run-%d", round)
			s.clock = start
			if s.rehearsed(t); t.Failed() {
				t.Fatalf("seed %d round %d", seed, round)
			}
		}
		made, foreseen = made+s.made, foreseen+s.foreseen
	}
	t.Logf("%d calls, %d foreseen", made, foreseen)
	if off := made - foreseen; max(off, -off)*20 > made {
		t.Errorf("%d calls, %d foreseen", made, foreseen)
	}
}

// crowd is so many people of ours, in Central.
func (w *world) crowd(n int) (ids []string) {
	for i := range n {
		ids = append(ids, w.user(i, "").ID)
	}
	return ids
}

// TestRehearsalOfMany does so for numbers that take several calls and pages.
func TestRehearsalOfMany(t *testing.T) {
	for embed := range 3 {
		w := newWorld()
		w.central.embed = []int{0, 10, 500}[embed]
		ids := w.crowd(330)
		w.group(1, ids[:230]...)
		w.group(2, ids[:120]...)
		w.group(3, ids[:120]...)
		for n := 230; n < 330; n++ {
			w.member(plan.MembershipAdd, 1, n)
		}
		for n := range 70 {
			w.member(plan.MembershipRemove, 2, n)
			w.rename(n, fmt.Sprintf("U%d", n), "new")
		}
		for n := 100; n < 160; n++ {
			w.removeUser(n)
		}
		w.removeGroup(3, ids[:120]...)
		w.changes = plan.Sequence(w.changes)
		w.rehearsed(t)
	}
}

// TestCheaperSide counts the calls of memberships that one side covers better.
func TestCheaperSide(t *testing.T) {
	for name, tc := range map[string]struct {
		why    string
		embed  int
		people int
		groups int
		plan   func(w *world)
		want   []string
	}{
		"OnePerson": {
			why: "One person into many groups is one call about that person.", embed: 10, people: 2, groups: 5,
			plan: func(w *world) {
				for g := range 5 {
					w.member(plan.MembershipAdd, g, 1)
				}
			},
			want: []string{"UsersByID 1", "AddToGroups U1 5"},
		},
		"OneGroup": {
			why: "Many people into one group are one call about the group, and the people show whether they are in it.", embed: 10, people: 40, groups: 1,
			plan: func(w *world) {
				for n := range 40 {
					w.member(plan.MembershipAdd, 0, n)
				}
			},
			want: []string{"GroupsByID 1", "AddMembers G0 40"},
		},
		"Out": {
			why: "Memberships end the same way.", embed: 10, people: 4, groups: 3,
			plan: func(w *world) {
				for g := range 3 {
					w.central.join(fmt.Sprintf("cg%d", g), "c2")
					w.member(plan.MembershipRemove, g, 2)
				}
			},
			want: []string{"UsersByID 1", "RemoveFromGroups U2 3"},
		},
		"LargeGroup": {
			why: "Nobody lists a group of three hundred to add three people to it.", embed: 10, people: 310, groups: 1,
			plan: func(w *world) {
				for n := range 300 {
					w.central.join("cg0", fmt.Sprintf("c%d", n))
				}
				for n := 300; n < 303; n++ {
					w.member(plan.MembershipAdd, 0, n)
				}
			},
			want: []string{"GroupsByID 1", "UsersByID 3", "AddMembers G0 3"},
		},
		"NothingShown": {
			why: "Where nothing is shown a list is read, of the group here.", people: 40, groups: 1,
			plan: func(w *world) {
				for n := range 40 {
					w.member(plan.MembershipAdd, 0, n)
				}
			},
			want: []string{"GroupsByID 1", "Members G0", "AddMembers G0 40"},
		},
		"Updated": {
			why: "Who was read for an update is not read again for a membership.", embed: 10, people: 2, groups: 2,
			plan: func(w *world) {
				w.rename(1, "U1", "new")
				w.member(plan.MembershipAdd, 0, 1)
				w.member(plan.MembershipAdd, 1, 1)
			},
			want: []string{"UsersByID 1", "UpdateUser c1", "AddToGroups new 2"},
		},
		"RemovedGroup": {
			why: "A group that shows its members is not listed before it goes.", embed: 10, people: 2, groups: 1,
			plan: func(w *world) {
				w.central.join("cg0", "c1")
				w.removeGroup(0, "c1")
			},
			want: []string{"GroupsByID 1", "RemoveMembers G0 1", "DeleteGroup cg0"},
		},
		"Both": {
			why: "One person into three groups, and one of the groups filled: two calls, not three.", embed: 10, people: 6, groups: 3,
			plan: func(w *world) {
				for g := range 3 {
					w.member(plan.MembershipAdd, g, 0)
				}
				for n := 1; n < 5; n++ {
					w.member(plan.MembershipAdd, 0, n)
				}
			},
			want: []string{"UsersByID 1", "GroupsByID 1", "AddMembers G0 5", "AddToGroups U0 2"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.central.embed = tc.embed
			w.crowd(tc.people)
			for g := range tc.groups {
				w.group(g)
			}
			tc.plan(w)
			w.changes = plan.Sequence(w.changes)
			w.rehearsed(t)
			if !slices.Equal(w.central.log, tc.want) {
				t.Errorf("%s\ngot  %v\nwant %v", tc.why, w.central.log, tc.want)
			}
		})
	}
}

// TestCallsOfABatch gives the calls of a batch to the first of its changes, from
// either side.
func TestCallsOfABatch(t *testing.T) {
	for _, add := range []func(w *world, i int){
		func(w *world, i int) { w.member(plan.MembershipAdd, i, 1) },
		func(w *world, i int) { w.member(plan.MembershipAdd, 1, i) },
	} {
		w := newWorld()
		w.central.embed = 10
		w.crowd(4)
		for g := range 4 {
			w.group(g)
		}
		for i := range 4 {
			add(w, i)
		}
		run := w.rehearsed(t)
		for i, r := range run.Results {
			if want := map[bool]int{true: 2}[i == 0]; r.Calls != want || r.Outcome != apply.Done {
				t.Errorf("result %d: %s, %d calls, want %d", i, r.Outcome, r.Calls, want)
			}
			if g, ours := w.ledger.links[groupOf(w, r.Change)]; !ours || r.CentralID != g.CentralID {
				t.Errorf("result %d is about %s, want the group %s", i, r.CentralID, g.CentralID)
			}
		}
	}
}

func groupOf(w *world, change string) identity.GUID {
	for _, c := range w.changes {
		if c.ID == change {
			return c.Group.ObjectGUID
		}
	}
	return ""
}
