package apply_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// TestUnclear has a case for every way in which a write without a clear answer
// can be found out about. The waits before the looks are 1, 4 and 10 seconds.
func TestUnclear(t *testing.T) {
	lost := trouble{err: unclear()}
	landed := trouble{err: unclear(), effect: true}
	for name, tc := range map[string]struct {
		why   string
		set   func(w *world)
		want  []string
		log   []string // all calls
		takes time.Duration
		links int // in the ledger at the end
	}{
		"CreateLanded": {
			why: "Found and equal to what was sent is done.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.on("CreateUser", 1, landed)
			},
			want:  []string{"create U1 done"},
			log:   []string{"CreateUser U1", "FindUser u1@x"},
			takes: time.Second, links: 1,
		},
		"CreateLost": {
			why: "Not found after all waits, the address would refuse a second one: it is sent once more.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.on("CreateUser", 1, lost)
			},
			want:  []string{"create U1 done"},
			log:   []string{"CreateUser U1", "FindUser u1@x", "FindUser u1@x", "FindUser u1@x", "CreateUser U1"},
			takes: 15 * time.Second, links: 1,
		},
		"CreateLostTwice": {
			why: "Once more, not for ever.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.on("CreateUser", 1, lost)
				w.on("CreateUser", 2, lost)
			},
			want: []string{"create U1 unknown central.unclear"},
			log: []string{
				"CreateUser U1", "FindUser u1@x", "FindUser u1@x", "FindUser u1@x",
				"CreateUser U1", "FindUser u1@x", "FindUser u1@x", "FindUser u1@x",
			},
			takes: 30 * time.Second,
		},
		"CreateSeenLate": {
			why: "Searches lag: the second attempt meets the first, and that is ours.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.central.lag = 20 * time.Second
				w.on("CreateUser", 1, landed)
			},
			want:  []string{"create U1 done"},
			log:   []string{"CreateUser U1", "FindUser u1@x", "FindUser u1@x", "FindUser u1@x", "CreateUser U1", "FindUser u1@x", "FindUser u1@x"},
			takes: 20 * time.Second, links: 1,
		},
		"CreateSeenLateAndCentralAway": {
			why: "A refusal of the second attempt says nothing about the first.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.central.lag = time.Hour
				w.on("CreateUser", 1, landed)
				w.on("CreateUser", 2, trouble{err: fault.New("central.unreachable", "no connection")})
			},
			want:  []string{"create U1 unknown central.unreachable"},
			log:   []string{"CreateUser U1", "FindUser u1@x", "FindUser u1@x", "FindUser u1@x", "CreateUser U1"},
			takes: 15 * time.Second,
		},
		"CreateWithoutMailLost": {
			why: "Nothing would refuse a second user without an address: it is not sent again.",
			set: func(w *world) {
				w.createUser(1, "")
				w.on("CreateUser", 1, lost)
			},
			want:  []string{"create U1 unknown central.unclear"},
			log:   []string{"CreateUser U1", `FindUser CORP\u1`, `FindUser CORP\u1`, `FindUser CORP\u1`},
			takes: 15 * time.Second,
		},
		"CreateWithoutMailLanded": {
			why: "Without an address it is read back by the login.",
			set: func(w *world) {
				w.createUser(1, "")
				w.on("CreateUser", 1, landed)
			},
			want:  []string{"create U1 done"},
			log:   []string{"CreateUser U1", `FindUser CORP\u1`},
			takes: time.Second, links: 1,
		},
		"CreateFoundOlder": {
			why: "What was there before is not ours, however alike.",
			set: func(w *world) {
				w.createUser(1, "")
				w.stranger("x", person(1, ""))
				w.on("CreateUser", 1, lost)
			},
			want:  []string{"create U1 stale stale.exists"},
			log:   []string{"CreateUser U1", `FindUser CORP\u1`},
			takes: time.Second,
		},
		"CreateFoundDifferent": {
			why: "Found and different: somebody else's, made meanwhile.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.on("CreateUser", 1, trouble{err: unclear(), then: func() {
					f := person(7, "u1@x")
					u := w.stranger("x", f)
					u.CreatedAt = w.now()
					w.central.users["x"] = u
				}})
			},
			want:  []string{"create U1 stale stale.exists"},
			log:   []string{"CreateUser U1", "FindUser u1@x"},
			takes: time.Second,
		},
		"CreateFoundSomebodyElses": {
			why: "An object that stands for another one is not taken from it.",
			set: func(w *world) {
				w.createUser(1, "")
				u := w.stranger("x", person(1, ""))
				u.CreatedAt = time.Time{}
				w.central.users["x"] = u
				w.ledger.links[guid(5)] = identity.Link{GUID: guid(5), CentralID: "x"}
				w.on("CreateUser", 1, lost)
			},
			want:  []string{"create U1 stale stale.exists"},
			log:   []string{"CreateUser U1", `FindUser CORP\u1`},
			takes: time.Second, links: 1,
		},
		"GroupLanded": {
			why: "Groups are read back by their names.",
			set: func(w *world) {
				w.createGroup(1)
				w.on("CreateGroup", 1, landed)
			},
			want:  []string{"create G1 done"},
			log:   []string{"CreateGroup G1", "FindGroup G1"},
			takes: time.Second, links: 1,
		},
		"UpdateLanded": {
			why: "As after: done.",
			set: func(w *world) {
				w.user(1, "")
				w.rename(1, "U1", "A")
				w.on("UpdateUser", 1, landed)
			},
			want:  []string{"update A done"},
			log:   []string{"UsersByID 1", "UpdateUser c1", "UsersByID 1"},
			takes: time.Second, links: 1,
		},
		"UpdateLost": {
			why: "Still as before: once more.",
			set: func(w *world) {
				w.user(1, "")
				w.rename(1, "U1", "A")
				w.on("UpdateUser", 1, lost)
			},
			want:  []string{"update A done"},
			log:   []string{"UsersByID 1", "UpdateUser c1", "UsersByID 1", "UsersByID 1", "UsersByID 1", "UpdateUser c1"},
			takes: 15 * time.Second, links: 1,
		},
		"UpdateDifferent": {
			why: "Neither before nor after: somebody changed it meanwhile.",
			set: func(w *world) {
				w.user(1, "")
				w.rename(1, "U1", "A")
				w.on("UpdateUser", 1, trouble{err: unclear(), then: func() {
					u := w.central.users["c1"]
					u.Fields.Name = "by hand"
					w.central.users["c1"] = u
				}})
			},
			want:  []string{"update A stale stale.changed"},
			log:   []string{"UsersByID 1", "UpdateUser c1", "UsersByID 1"},
			takes: time.Second, links: 1,
		},
		"RemovalLanded": {
			why: "Gone: done, and out of the ledger.",
			set: func(w *world) {
				w.user(1, "")
				w.removeUser(1)
				w.on("DeleteUser", 1, landed)
			},
			want:  []string{"remove U1 done"},
			log:   []string{"UsersByID 1", "DeleteUser c1", "UsersByID 1"},
			takes: time.Second,
		},
		"GroupRemovalLost": {
			why: "A group whose members were taken out is tried again from the list of its members.",
			set: func(w *world) {
				w.user(1, "")
				w.group(1, "c1")
				w.removeGroup(1, "c1")
				w.on("DeleteGroup", 1, lost)
			},
			want: []string{"remove G1 done"},
			log: []string{
				"GroupsByID 1", "Members G1", "RemoveMembers G1 1", "DeleteGroup cg1", "GroupsByID 1", "GroupsByID 1", "GroupsByID 1",
				"Members G1", "DeleteGroup cg1",
			},
			takes: 15 * time.Second, links: 1,
		},
		"MembersLanded": {
			why: "All in the group: done.",
			set: func(w *world) {
				w.user(1, "")
				w.user(2, "")
				w.group(1)
				w.member(plan.MembershipAdd, 1, 1)
				w.member(plan.MembershipAdd, 1, 2)
				w.on("AddMembers", 1, landed)
			},
			want:  []string{"membershipAdd U1 done", "membershipAdd U2 done"},
			log:   []string{"GroupsByID 1", "Members G1", "AddMembers G1 2", "Members G1"},
			takes: time.Second, links: 3,
		},
		"MembersHalfLanded": {
			why: "Who is in is done, who is not is sent once more.",
			set: func(w *world) {
				w.user(1, "")
				w.user(2, "")
				w.group(1)
				w.member(plan.MembershipAdd, 1, 1)
				w.member(plan.MembershipAdd, 1, 2)
				w.on("AddMembers", 1, trouble{err: unclear(), then: func() { w.central.join("cg1", "c1") }})
			},
			want:  []string{"membershipAdd U1 done", "membershipAdd U2 done"},
			log:   []string{"GroupsByID 1", "Members G1", "AddMembers G1 2", "Members G1", "Members G1", "Members G1", "AddMembers G1 1"},
			takes: 15 * time.Second, links: 3,
		},
		"CannotBeReadBack": {
			why: "Where Central cannot be read either, nothing is known, and the run ends.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.on("CreateUser", 1, landed)
				w.on("FindUser", 1, trouble{err: fault.New("central.unreachable", "no connection")})
			},
			want:  []string{"create U1 unknown central.unreachable"},
			log:   []string{"CreateUser U1", "FindUser u1@x"},
			takes: time.Second,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				time.Sleep(time.Until(start)) // the clock of the bubble begins in 2000
				w.real, w.waits = true, []time.Duration{time.Second, 4 * time.Second, 10 * time.Second}
				tc.set(w)
				run := w.do(t)
				if d := cmp.Diff(tc.want, w.outcomes(run)); d != "" {
					t.Errorf("%s\noutcomes (-want +got):\n%s", tc.why, d)
				}
				if d := cmp.Diff(tc.log, w.central.log); d != "" {
					t.Errorf("%s\ncalls (-want +got):\n%s", tc.why, d)
				}
				if took := w.now().Sub(start); took != tc.takes {
					t.Errorf("%s\ntook %s, want %s", tc.why, took, tc.takes)
				}
				if len(w.ledger.links) != tc.links {
					t.Errorf("%s\n%d links in the ledger, want %d", tc.why, len(w.ledger.links), tc.links)
				}
				w.consistent(t, run)
			})
		})
	}
}
