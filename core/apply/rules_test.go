package apply_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// TestRules has a case for every rule about a single run.
func TestRules(t *testing.T) {
	for name, tc := range map[string]struct {
		why     string
		set     func(w *world)
		want    []string // outcomes
		writes  []string
		outcome apply.Ending
		code    string // of the run's error
		asked   [][]string
	}{
		"CreatesWithGroups": {
			why: "A new user begins with the groups of the plan, those of this run included.",
			set: func(w *world) {
				w.group(1)
				w.createGroup(2)
				w.createUser(1, "u1@x", 1, 2)
			},
			want:   []string{"create G2 done", "create U1 done"},
			writes: []string{"CreateGroup G2", "CreateUser U1"},
		},
		"NotApproved": {
			why: "What is not approved is not carried out, and what needs it waits.",
			set: func(w *world) {
				w.createGroup(1)
				g := w.changes[0]
				w.changes = nil
				w.createUser(1, "u1@x")
				w.changes[0].Needs = []string{g.ID}
			},
			want:    []string{"create U1 skipped needs.unapproved"},
			outcome: apply.Partial,
		},
		"NeedFailed": {
			why: "What needs a change that failed is skipped, and can be tried again.",
			set: func(w *world) {
				g := w.createGroup(1)
				w.createUser(1, "u1@x", 1)
				w.changes[1].Needs = []string{g.ID}
				w.on("CreateGroup", 1, trouble{err: fault.New("central.invalid", "400")})
			},
			want:    []string{"create G1 failed central.invalid", "create U1 skipped needs.failed"},
			writes:  []string{"CreateGroup G1"},
			outcome: apply.Partial,
		},
		"NeedStale": {
			why: "Stale is final, so what needs it is stale too and the plan can be used up.",
			set: func(w *world) {
				w.user(1, "u1@x")
				w.group(1, "c1")
				u := w.removeUser(1)
				w.removeGroup(1, "c1")
				w.changes[1].Needs = []string{u.ID}
				w.source.why = map[string]string{u.ID: "it is back"}
			},
			want:  []string{"remove U1 stale stale.directory", "remove G1 stale stale.needs"},
			asked: [][]string{{"remove U1", "remove G1"}},
		},
		"GroupNotThere": {
			why: "Without its group a user would have to be touched twice; it waits.",
			set: func(w *world) {
				w.createUser(1, "u1@x", 7)
			},
			want:    []string{"create U1 skipped needs.failed"},
			outcome: apply.Partial,
		},
		"MailTaken": {
			why: "A conflict at the write is a duplicate that came since the plan.",
			set: func(w *world) {
				w.stranger("x", person(9, "U1@X"))
				w.createUser(1, "u1@x")
				w.createUser(2, "u2@x")
			},
			want:   []string{"create U1 stale stale.exists", "create U2 done"},
			writes: []string{"CreateUser U1", "CreateUser U2"},
		},
		"GroupGoneAtCreate": {
			why: "A group that vanished fails the create; another run may put it right.",
			set: func(w *world) {
				w.group(1)
				delete(w.central.groups, "cg1")
				w.createUser(1, "u1@x", 1)
			},
			want:    []string{"create U1 failed central.notFound"},
			writes:  []string{"CreateUser U1"},
			outcome: apply.Partial,
		},
		"MadeAgain": {
			why: "Deleted by hand is a 404 by its id at the write too; what is back is not made twice.",
			set: func(w *world) {
				w.user(1, "u1@x")
				w.user(2, "u2@x")
				delete(w.central.users, "c1")
				for i, mail := range []string{"u1@x", "new@x"} {
					w.createUser(i+1, mail)
					w.changes[i].Cause.Code = plan.CauseCentralDeleted
				}
			},
			want:   []string{"create U1 done", "create U2 stale stale.exists"},
			writes: []string{"CreateUser U1"},
		},
		"Updates": {
			why: "Only the fields of after are sent; as after is done already; anything else is stale.",
			set: func(w *world) {
				for n := range 6 {
					w.user(n, "")
				}
				w.rename(0, "U0", "A0")
				w.rename(1, "Z", "U1")
				w.rename(2, "Z", "A2")
				w.rename(3, "U3", "A3")
				delete(w.central.users, "c3")
				w.rename(4, "U4", "A4")
				u := w.central.users["c4"]
				u.Source = "activeDirectory"
				w.central.users["c4"] = u
				w.rename(5, "U5", "A5")
				delete(w.ledger.links, guid(5))
			},
			want: []string{
				"update A0 done", "update A2 stale stale.changed", "update A3 stale stale.missing", "update A4 stale stale.managed",
				"update A5 stale stale.unlinked", "update U1 already",
			},
			writes: []string{"UpdateUser c0"},
		},
		"UpdateOfAnEmptyField": {
			why: "A text that is empty in before means that Central has none.",
			set: func(w *world) {
				w.user(1, "")
				w.add(plan.Change{
					Action: plan.Update, Kind: identity.KindUser, ObjectGUID: guid(1), Name: "U1", CentralID: "c1",
					Before: &plan.Values{Email: new("")}, After: &plan.Values{Email: new("u1@x")},
				})
			},
			want:   []string{"update U1 done"},
			writes: []string{"UpdateUser c1"},
		},
		"AnotherLink": {
			why: "The ledger names another object by now: that one is not what was approved.",
			set: func(w *world) {
				w.user(1, "u1@x")
				w.removeUser(1)
				w.ledger.links[guid(1)] = identity.Link{GUID: guid(1), CentralID: "other"}
			},
			want: []string{"remove U1 stale stale.unlinked"},
		},
		"Removals": {
			why: "Whole and as planned is removed; gone is done already; anything else is stale.",
			set: func(w *world) {
				for n := range 4 {
					w.user(n, fmt.Sprintf("u%d@x", n))
					w.removeUser(n)
				}
				delete(w.central.users, "c1")
				u := w.central.users["c2"]
				u.Fields.FirstName = "by hand"
				w.central.users["c2"] = u
				u = w.central.users["c3"]
				u.Source = "azureActiveDirectory"
				w.central.users["c3"] = u
			},
			want:   []string{"remove U0 done", "remove U1 already", "remove U2 stale stale.changed", "remove U3 stale stale.managed"},
			writes: []string{"DeleteUser c0"},
		},
		"RemovalsAreAskedForAtOnce": {
			why: "The directory is asked about every removal before the first, and about nothing else while the plan is young.",
			set: func(w *world) {
				for n := range 3 {
					w.user(n, "")
				}
				w.rename(0, "U0", "A")
				w.removeUser(1)
				c := w.removeUser(2)
				w.source.why = map[string]string{c.ID: "enabled again"}
			},
			want:   []string{"update A done", "remove U1 done", "remove U2 stale stale.directory"},
			writes: []string{"UpdateUser c0", "DeleteUser c1"},
			asked:  [][]string{{"remove U1", "remove U2"}},
		},
		"DirectoryAway": {
			why: "What has to be asked is skipped without an answer; the rest goes on.",
			set: func(w *world) {
				w.user(1, "")
				w.createUser(2, "u2@x")
				w.removeUser(1)
				w.source.err = fault.New("directory.unreachable", "no server answers")
			},
			want:    []string{"create U2 done", "remove U1 skipped directory.unreachable"},
			writes:  []string{"CreateUser U2"},
			outcome: apply.Partial,
			asked:   [][]string{{"remove U1"}},
		},
		"OldPlan": {
			why: "After a quarter of an hour everything is asked for again.",
			set: func(w *world) {
				w.user(1, "")
				w.createUser(2, "u2@x")
				c := w.createUser(3, "u3@x")
				w.removeUser(1)
				w.clock = start.Add(16 * time.Minute)
				w.source.why = map[string]string{c.ID: "left the group"}
			},
			want:   []string{"create U2 done", "create U3 stale stale.directory", "remove U1 done"},
			writes: []string{"CreateUser U2", "DeleteUser c1"},
			asked:  [][]string{{"create U2", "create U3"}, {"remove U1"}},
		},
		"GroupRemoval": {
			why: "Our members are taken out first, in one call, then the group goes.",
			set: func(w *world) {
				w.user(1, "")
				w.user(2, "")
				w.group(1, "c1", "c2")
				w.removeUser(1)
				w.removeGroup(1, "c1", "c2")
			},
			want:   []string{"remove U1 done", "remove G1 done"},
			writes: []string{"DeleteUser c1", "RemoveMembers G1 1", "DeleteGroup cg1"},
			asked:  [][]string{{"remove U1", "remove G1"}},
		},
		"ForeignMember": {
			why: "A group that holds somebody else's member is left as it is.",
			set: func(w *world) {
				w.user(1, "")
				w.stranger("x", person(9, ""))
				w.group(1, "c1", "x")
				w.removeGroup(1, "c1")
			},
			want: []string{"remove G1 stale stale.foreignMembers"},
		},
		"ForeignMemberAtTheLastMoment": {
			why: "Central does not remove a group that is not empty, and neither do we insist.",
			set: func(w *world) {
				w.group(1)
				w.stranger("x", person(9, ""))
				w.removeGroup(1)
				w.on("DeleteGroup", 1, trouble{err: conflict("not empty")})
			},
			want:   []string{"remove G1 stale stale.foreignMembers"},
			writes: []string{"DeleteGroup cg1"},
		},
		"MemberGoneAtGroupRemoval": {
			why: "A 404 for a member is not the answer that the group is gone.",
			set: func(w *world) {
				w.user(1, "")
				w.group(1, "c1")
				w.removeGroup(1, "c1")
				w.on("RemoveMembers", 1, trouble{err: notFound("user c1")})
			},
			want:   []string{"remove G1 stale stale.changed"},
			writes: []string{"RemoveMembers G1 1"},
		},
		"RemovedMember": {
			why: "Whoever was removed is no member any more, also of a group that was read before.",
			set: func(w *world) {
				w.user(1, "")
				w.user(2, "")
				w.group(1, "c1")
				w.member(plan.MembershipAdd, 1, 2)
				w.removeUser(1)
				w.removeGroup(1, "c1", "c2")
			},
			want:   []string{"membershipAdd U2 done", "remove U1 done", "remove G1 done"},
			writes: []string{"AddMembers G1 1", "DeleteUser c1", "RemoveMembers G1 1", "DeleteGroup cg1"},
		},
		"LongRun": {
			why: "What was read longer than a quarter of an hour ago is read again: object, members, directory.",
			set: func(w *world) {
				for n := range 6 {
					w.user(n, "")
				}
				w.group(1, "c3")
				w.rename(1, "U1", "A1")
				w.rename(2, "U2", "A2")
				w.member(plan.MembershipAdd, 1, 0)
				w.member(plan.MembershipRemove, 1, 3)
				w.removeUser(4)
				w.removeUser(5)
				later := func(do func()) trouble {
					return trouble{effect: true, then: func() { w.clock = w.clock.Add(16 * time.Minute); do() }}
				}
				w.on("UpdateUser", 1, later(func() {
					u := w.central.users["c2"]
					u.Fields.Name = "by hand"
					w.central.users["c2"] = u
				}))
				w.on("AddMembers", 1, later(func() { w.central.part("cg1", "c3") }))
				w.on("DeleteUser", 1, later(func() {}))
			},
			want: []string{
				"update A1 done", "update A2 stale stale.changed", "membershipAdd U0 done", "membershipRemove U3 already",
				"remove U4 done", "remove U5 done",
			},
			writes: []string{"UpdateUser c1", "AddMembers G1 1", "DeleteUser c4", "DeleteUser c5"},
			asked: [][]string{
				{"update A2", "membershipAdd U0", "membershipRemove U3"},
				{"membershipRemove U3"},
				{"remove U4", "remove U5"},
				{"remove U5"},
			},
		},
		"Memberships": {
			why: "Neighbours of one group share a call; who is in already, or is not ours, is left out.",
			set: func(w *world) {
				for n := range 4 {
					w.user(n, "")
				}
				w.group(1, "c0")
				for n := range 4 {
					w.member(plan.MembershipAdd, 1, n)
				}
				delete(w.ledger.links, guid(3))
			},
			want:   []string{"membershipAdd U3 stale stale.unlinked", "membershipAdd U0 already", "membershipAdd U1 done", "membershipAdd U2 done"},
			writes: []string{"AddMembers G1 2"},
		},
		"MembersLeave": {
			why: "Who is not in the group any more is done already.",
			set: func(w *world) {
				w.user(1, "")
				w.user(2, "")
				w.group(1, "c1")
				w.member(plan.MembershipRemove, 1, 1)
				w.member(plan.MembershipRemove, 1, 2)
			},
			want:   []string{"membershipRemove U2 already", "membershipRemove U1 done"},
			writes: []string{"RemoveMembers G1 1"},
		},
		"BadMember": {
			why: "One user who is gone does not keep the others of the call out of the group.",
			set: func(w *world) {
				w.group(1)
				for n := range 4 {
					w.user(n, "")
					w.member(plan.MembershipAdd, 1, n)
				}
				delete(w.central.users, "c2")
			},
			want:   []string{"membershipAdd U0 done", "membershipAdd U1 done", "membershipAdd U2 stale stale.missing", "membershipAdd U3 done"},
			writes: []string{"AddMembers G1 4", "AddMembers G1 2", "AddMembers G1 2", "AddMembers G1 1", "AddMembers G1 1"},
		},
		"MemberWhoWasNotMade": {
			why: "A user whose create did not end well joins nothing.",
			set: func(w *world) {
				w.group(1)
				w.createUser(1, "u1@x")
				w.member(plan.MembershipAdd, 1, 1)
				w.on("CreateUser", 1, trouble{err: fault.New("central.invalid", "400")})
			},
			want:    []string{"create U1 failed central.invalid", "membershipAdd U1 skipped needs.failed"},
			writes:  []string{"CreateUser U1"},
			outcome: apply.Partial,
		},
		"MemberOfTheSamePlan": {
			why: "Users and groups made by this run are found through the ledger.",
			set: func(w *world) {
				w.createGroup(1)
				w.createUser(1, "u1@x")
				w.member(plan.MembershipAdd, 1, 1)
			},
			want:   []string{"create G1 done", "create U1 done", "membershipAdd U1 done"},
			writes: []string{"CreateGroup G1", "CreateUser U1", "AddMembers G1 1"},
		},
		"GroupOfMembershipsGone": {
			why: "A group that was deleted by hand takes no members.",
			set: func(w *world) {
				w.user(1, "")
				w.group(1)
				w.member(plan.MembershipAdd, 1, 1)
				delete(w.central.groups, "cg1")
			},
			// Who is asked shows that he is not in it; Central refuses the rest.
			writes: []string{"AddMembers  1"},
			want:   []string{"membershipAdd U1 stale stale.missing"},
		},
		"LiftedHold": {
			why: "A hold that a person lifted is carried out where its kind belongs.",
			set: func(w *world) {
				w.user(1, "")
				w.group(1)
				w.removeUser(1)
				w.holds, w.changes = []plan.Change{w.changes[0]}, nil
				w.holds[0].Rule = &plan.Coded{Code: plan.RuleLimitRemovals}
				w.createUser(2, "u2@x")
				w.removeGroup(1)
			},
			want:   []string{"create U2 done", "remove U1 done", "remove G1 done"},
			writes: []string{"CreateUser U2", "DeleteUser c1", "DeleteGroup cg1"},
		},
		"OneBadObject": {
			why: "An object that Central refuses does not stop the rest.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.createUser(2, "u2@x")
				w.on("CreateUser", 1, trouble{err: fault.New("central.invalid", "400")})
			},
			want:    []string{"create U1 failed central.invalid", "create U2 done"},
			writes:  []string{"CreateUser U1", "CreateUser U2"},
			outcome: apply.Partial,
		},
		"RefusedCredential": {
			why: "A refused credential would be refused for everything else.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.createUser(2, "u2@x")
				w.on("CreateUser", 1, trouble{err: fault.New("central.credential.refused", "401")})
			},
			want:    []string{"create U1 failed central.credential.refused"},
			writes:  []string{"CreateUser U1"},
			outcome: apply.Interrupted, code: "central.credential.refused",
		},
		"CentralAwayAtARead": {
			why: "What was not begun has no result; the run can be resumed.",
			set: func(w *world) {
				w.user(1, "")
				w.rename(1, "U1", "A")
				w.on("UsersByID", 1, trouble{err: fault.New("central.unreachable", "no connection")})
			},
			outcome: apply.Interrupted, code: "central.unreachable",
		},
		"SameErrorTenTimes": {
			why: "The same error ten times in a row is not about the objects.",
			set: func(w *world) {
				for n := 10; n < 25; n++ {
					w.createUser(n, fmt.Sprintf("u%d@x", n))
					w.on("CreateUser", n-9, trouble{err: fault.New("central.forbidden", "403")})
				}
			},
			want:    each("create U%d failed central.forbidden", 10, 20),
			writes:  each("CreateUser U%d", 10, 20),
			outcome: apply.Interrupted, code: "central.forbidden",
		},
		"ErrorsInterrupted": {
			why: "A success between the errors says that going on is worth it.",
			set: func(w *world) {
				for n := 10; n < 25; n++ {
					w.createUser(n, fmt.Sprintf("u%d@x", n))
					if n != 18 {
						w.on("CreateUser", n-9, trouble{err: fault.New("central.forbidden", "403")})
					}
				}
			},
			want: slices.Concat(each("create U%d failed central.forbidden", 10, 18), []string{"create U18 done"},
				each("create U%d failed central.forbidden", 19, 25)),
			writes:  each("CreateUser U%d", 10, 25),
			outcome: apply.Partial,
		},
		"RateLimitedForLong": {
			why: "Limited beyond an hour: the run ends, and can be resumed.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.createUser(2, "u2@x")
				w.on("CreateUser", 1, trouble{err: fault.New("central.rateLimited", "429")})
			},
			want: []string{"create U1 failed central.rateLimited"}, writes: []string{"CreateUser U1"},
			outcome: apply.Interrupted, code: "central.rateLimited",
		},
		"JournalFull": {
			why: "What cannot be journaled is not sent, and nothing after it.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.createUser(2, "u2@x")
				w.journal.hook = func(n int) (bool, bool, error) {
					if n >= 3 {
						return false, false, errors.New("no space left on device")
					}
					return false, false, nil
				}
			},
			want: []string{"create U1 done"}, writes: []string{"CreateUser U1"},
			outcome: apply.Interrupted, code: "store.journal",
		},
		"LedgerBroken": {
			why: "A write that cannot be entered in the ledger has no result, so that resume enters it; nothing more is sent.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.createUser(2, "u2@x")
				w.ledger.fail = fault.New("store.full", "no space left on device")
			},
			writes:  []string{"CreateUser U1"},
			outcome: apply.Interrupted, code: "store.full",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			tc.set(w)
			run := w.do(t)
			got := w.outcomes(run)
			if d := cmp.Diff(tc.want, got, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\noutcomes (-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(tc.writes, w.writes(), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nwrites (-want +got):\n%s", tc.why, d)
			}
			if tc.outcome == "" {
				tc.outcome = apply.Complete
			}
			code := ""
			if run.Error != nil {
				code = run.Error.Code
			}
			if run.Outcome != tc.outcome || code != tc.code {
				t.Errorf("%s\nthe run ended %s %q, want %s %q", tc.why, run.Outcome, code, tc.outcome, tc.code)
			}
			if tc.asked != nil {
				if d := cmp.Diff(tc.asked, w.source.asked); d != "" {
					t.Errorf("%s\nasked (-want +got):\n%s", tc.why, d)
				}
			}
			w.consistent(t, run)
		})
	}
}

// each formats the numbers from one to before another.
func each(format string, from, to int) []string {
	var list []string
	for n := from; n < to; n++ {
		list = append(list, fmt.Sprintf(format, n))
	}
	return list
}

// consistent holds what is true after every run: the journal gives the same
// document, the calls add up, and each result's object is what the ledger says.
func (w *world) consistent(t *testing.T, run apply.Run) {
	t.Helper()
	sum := 0
	for _, r := range run.Results {
		sum += r.Calls
	}
	if run.Outcome != apply.Interrupted && sum != run.Summary.Calls {
		t.Errorf("the results have %d calls, the summary %d", sum, run.Summary.Calls)
	}
	if w.journal.hook != nil {
		return
	}
	again, underway, err := apply.Replay(w.journal.lines, false)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(run, again, cmpopts.EquateEmpty(), cmpopts.EquateApproxTime(0)); d != "" {
		t.Errorf("the journal gives another document (-run +journal):\n%s", d)
	}
	if run.Outcome == apply.Complete && len(underway) > 0 {
		t.Errorf("under way after a complete run: %v", underway)
	}
}
