package apply_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// TestLedgerOfACreate looks at what the ledger gets of an object that was made:
// until a preview has read everything again, nothing else tells where it was.
func TestLedgerOfACreate(t *testing.T) {
	seen := &plan.Object{DN: "CN=U1,OU=Staff,DC=corp,DC=example", SID: "S-1-5-21-1-1", Account: "u1", Bases: []string{"OU=Staff,DC=corp,DC=example"}, Critical: true}
	for name, tc := range map[string]struct {
		why string
		set func(w *world)
	}{
		"Answered": {"A create that is answered.", func(*world) {}},
		"ReadBack": {"One that is read back after a kill.", func(w *world) {
			w.on("CreateUser", 1, trouble{effect: true, then: func() { panic(errKilled) }})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.createUser(1, "u1@x")
			w.changes[0].Object = seen
			tc.set(w)
			if kill(func() { w.do(t) }) {
				w.resume(t)
			}
			want := identity.Link{
				GUID: guid(1), Kind: identity.KindUser, CentralID: "u-1", Origin: identity.Created, Since: start, Run: "run-1",
				Domain: "corp.example", DN: seen.DN, SID: seen.SID, Account: seen.Account, Name: "U1", Mail: "u1@x", Bases: seen.Bases,
				Critical: true, Sent: person(1, "u1@x"), Answered: person(1, "u1@x"),
			}
			if d := cmp.Diff(want, w.ledger.links[guid(1)]); d != "" {
				t.Errorf("%s\nthe ledger (-want +got):\n%s", tc.why, d)
			}

			w.changes, w.journal, w.runID = nil, &journal{}, "run-2"
			u := w.central.users["u-1"]
			from, to := u.Fields.Name, "Other"
			w.add(plan.Change{
				Action: plan.Update, Kind: identity.KindUser, ObjectGUID: guid(1), Name: to, Domain: "corp.example", CentralID: u.ID,
				Before: &plan.Values{Name: &from}, After: &plan.Values{Name: &to},
			})
			w.do(t)
			want.Name, want.Sent.Name, want.Answered.Name = to, to, to
			if d := cmp.Diff(want, w.ledger.links[guid(1)]); d != "" {
				t.Errorf("%s\nthe ledger after an update (-want +got):\n%s", tc.why, d)
			}
		})
	}
}

// TestOurMemberships looks at which memberships the ledger counts as ours after
// a run, and that it does so before the journal says that they are done.
func TestOurMemberships(t *testing.T) {
	killed := func(w *world, op string) {
		w.on(op, 1, trouble{effect: true, then: func() { panic(errKilled) }})
	}
	for name, tc := range map[string]struct {
		why    string
		set    func(w *world)
		want   []seat
		settle bool // read back only
	}{
		"Added": {why: "Two of one call.", set: func(w *world) {
			w.trio()
			w.member(plan.MembershipAdd, 1, 1)
			w.member(plan.MembershipAdd, 1, 2)
		}, want: seats(1, 2)},
		"AddedAlready": {why: "Who is there as planned is ours too.", set: func(w *world) {
			w.trio("c1")
			w.member(plan.MembershipAdd, 1, 1)
			w.member(plan.MembershipAdd, 1, 2)
		}, want: seats(1, 2)},
		"AddRefused": {why: "Only who was let in.", set: func(w *world) {
			w.trio()
			delete(w.central.users, "c1")
			w.member(plan.MembershipAdd, 1, 1)
			w.member(plan.MembershipAdd, 1, 2)
		}, want: seats(2)},
		"AddUnclear": {why: "No answer, and found when read back.", set: func(w *world) {
			w.trio()
			w.member(plan.MembershipAdd, 1, 1)
			w.on("AddMembers", 1, trouble{effect: true, err: unclear()})
		}, want: seats(1)},
		"AddKilled": {why: "Killed after the call, and resumed.", set: func(w *world) {
			w.trio()
			w.member(plan.MembershipAdd, 1, 1)
			killed(w, "AddMembers")
		}, want: seats(1)},
		"AddSettled": {why: "Killed after the call, and read back alone.", set: func(w *world) {
			w.trio()
			w.member(plan.MembershipAdd, 1, 1)
			killed(w, "AddMembers")
		}, want: seats(1), settle: true},
		"AddUnwritten": {why: "Killed instead of the result's line: entered before.", set: func(w *world) {
			w.trio()
			w.member(plan.MembershipAdd, 1, 1)
			w.journal.hook = killAt(2, false)
			w.source.why = map[string]string{w.changes[0].ID: "left meanwhile"}
		}, want: seats(1)},
		"Removed": {why: "Taken out.", set: func(w *world) {
			w.trio("c1", "c2")
			w.ours(1, 2)
			w.member(plan.MembershipRemove, 1, 1)
		}, want: seats(2)},
		"RemovedAlready": {why: "Somebody else has taken them out.", set: func(w *world) {
			w.trio("c2")
			w.ours(1, 2)
			w.member(plan.MembershipRemove, 1, 1)
		}, want: seats(2)},
		"RemoveKilled": {why: "Killed after the call, and resumed.", set: func(w *world) {
			w.trio("c1", "c2")
			w.ours(1, 2)
			w.member(plan.MembershipRemove, 1, 1)
			killed(w, "RemoveMembers")
		}, want: seats(2)},
		"Created": {why: "A user begins with its groups.", set: func(w *world) {
			w.group(1)
			w.createUser(1, "u1@x", 1)
		}, want: seats(1)},
		"CreateKilled": {why: "Also where that is read back.", set: func(w *world) {
			w.group(1)
			w.createUser(1, "u1@x", 1)
			killed(w, "CreateUser")
		}, want: seats(1)},
		"MadeAgain": {why: "What was deleted by hand takes its memberships with it.", set: func(w *world) {
			w.trio()
			w.ours(1, 2)
			delete(w.central.users, "c1")
			w.createUser(1, "u1@x")
			w.changes[0].Cause.Code = plan.CauseCentralDeleted
		}, want: seats(2)},
		"UserRemoved": {why: "Who is removed belongs to nothing.", set: func(w *world) {
			w.trio("c1", "c2")
			w.ours(1, 2)
			w.removeUser(1)
		}, want: seats(2)},
		"GroupRemoved": {why: "Nobody belongs to a group that is removed.", set: func(w *world) {
			w.trio("c1", "c2")
			w.ours(1, 2)
			w.removeGroup(1, "c1", "c2")
		}},
		"GroupEmptied": {why: "Taken out of a group that could not be removed.", set: func(w *world) {
			w.trio("c1", "c2")
			w.ours(1, 2)
			w.removeGroup(1, "c1", "c2")
			w.on("DeleteGroup", 1, trouble{err: fault.New("central.forbidden", "403")})
		}},
		"GroupEmptiedAndKilled": {why: "Also where what was taken out is only found when it goes on.", set: func(w *world) {
			w.trio("c1", "c2")
			w.ours(1, 2)
			w.removeGroup(1, "c1", "c2")
			w.on("DeleteGroup", 1, trouble{err: fault.New("central.forbidden", "403")})
			killed(w, "RemoveMembers")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			tc.set(w)
			if kill(func() { w.do(t) }) {
				w.journal.hook = nil
				if tc.settle {
					j := w.job(t)
					j.Lines, j.Approved, j.Source = slices.Clone(w.journal.lines), nil, nil
					if _, err := apply.SettleUnderway(t.Context(), j); err != nil {
						t.Fatal(err)
					}
				} else {
					w.resume(t)
				}
			}
			want := map[seat]bool{}
			for _, s := range tc.want {
				want[s] = true
			}
			if d := cmp.Diff(want, w.ledger.ours); d != "" {
				t.Errorf("%s\nour memberships (-want +got):\n%s", tc.why, d)
			}
		})
	}
}

// trio puts two users and a group of ours into Central and the ledger.
func (w *world) trio(members ...string) {
	w.user(1, "")
	w.user(2, "")
	w.group(1, members...)
}

// ours records memberships of the group of trio.
func (w *world) ours(users ...int) {
	for _, s := range seats(users...) {
		w.ledger.ours[s] = true
	}
}

func seats(users ...int) []seat {
	var list []seat
	for _, n := range users {
		list = append(list, seat{guid(1001), guid(n)})
	}
	return list
}
