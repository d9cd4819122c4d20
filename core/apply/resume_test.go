package apply_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/plan"
)

// killAt kills at the nth line of the journal, once.
func killAt(n int, kept bool) func(int) (bool, bool, error) {
	return func(i int) (bool, bool, error) { return i == n && !kept, i == n && kept, nil }
}

// TestResume kills a run and goes on with it.
func TestResume(t *testing.T) {
	for name, tc := range map[string]struct {
		why    string
		set    func(w *world)
		later  time.Duration
		want   []string
		writes []string // of both sessions
		asked  int
	}{
		"BeforeTheWrite": {
			why: "Journaled and not sent: read back, then sent.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.journal.hook = killAt(1, true)
			},
			want: []string{"create U1 done"}, writes: []string{"CreateUser U1"}, asked: 1,
		},
		"AfterTheWrite": {
			why: "Sent and entered in the ledger, but without a result: done, not sent again.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.journal.hook = killAt(2, false)
			},
			want: []string{"create U1 done"}, writes: []string{"CreateUser U1"},
		},
		"BeforeTheLedger": {
			why: "Sent, and killed before the ledger knew: found, and entered.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				w.on("CreateUser", 1, trouble{effect: true, then: func() { panic(errKilled) }})
			},
			want: []string{"create U1 done"}, writes: []string{"CreateUser U1"},
		},
		"WithoutMailAtOnce": {
			why: "Not found within a quarter of an hour proves nothing of a user without an address.",
			set: func(w *world) {
				w.createUser(1, "")
				w.journal.hook = killAt(1, true)
			},
			later: 14 * time.Minute,
			want:  []string{"create U1 unknown central.unclear"},
		},
		"WithoutMailLater": {
			why: "After that it does.",
			set: func(w *world) {
				w.createUser(1, "")
				w.journal.hook = killAt(1, true)
			},
			later: 16 * time.Minute,
			want:  []string{"create U1 done"}, writes: []string{"CreateUser U1"}, asked: 1,
		},
		"Update": {
			why: "As after: done; the ledger gets what was sent.",
			set: func(w *world) {
				w.user(1, "")
				w.rename(1, "U1", "A")
				w.on("UpdateUser", 1, trouble{effect: true, then: func() { panic(errKilled) }})
			},
			want: []string{"update A done"}, writes: []string{"UpdateUser c1"},
		},
		"Removal": {
			why: "Gone: done, and out of the ledger.",
			set: func(w *world) {
				w.user(1, "")
				w.removeUser(1)
				w.on("DeleteUser", 1, trouble{effect: true, then: func() { panic(errKilled) }})
			},
			want: []string{"remove U1 done"}, writes: []string{"DeleteUser c1"}, asked: 1, // before the kill
		},
		"Batch": {
			why: "Each membership of a call that was under way is looked at.",
			set: func(w *world) {
				w.user(1, "")
				w.user(2, "")
				w.group(1)
				w.member(plan.MembershipAdd, 1, 1)
				w.member(plan.MembershipAdd, 1, 2)
				w.on("AddMembers", 1, trouble{then: func() { w.central.join("cg1", "c2"); panic(errKilled) }})
			},
			want:   []string{"membershipAdd U2 done", "membershipAdd U1 done"},
			writes: []string{"AddMembers G1 2", "AddMembers G1 1"}, asked: 1,
		},
		"WhatFailedIsTriedAgain": {
			why: "Failed and skipped are tried again, done is final.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				g := w.createGroup(1)
				w.createUser(2, "u2@x", 1)
				w.changes[2].Needs = []string{g.ID}
				w.on("CreateGroup", 1, trouble{err: fault.New("central.invalid", "400")})
			},
			want:   []string{"create G1 done", "create U1 done", "create U2 done"},
			writes: []string{"CreateGroup G1", "CreateUser U1", "CreateGroup G1", "CreateUser U2"}, asked: 1,
		},
		"Unwanted": {
			why: "A resumed run asks the directory before every change.",
			set: func(w *world) {
				w.createUser(1, "u1@x")
				c := w.createUser(2, "u2@x")
				w.journal.hook = killAt(2, true)
				w.source.why = map[string]string{c.ID: "disabled"}
			},
			want: []string{"create U1 done", "create U2 stale stale.directory"}, writes: []string{"CreateUser U1"}, asked: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			tc.set(w)
			kill(func() { w.do(t) })
			w.journal.hook = nil
			w.clock = w.clock.Add(tc.later)
			run := w.resume(t)
			if d := cmp.Diff(tc.want, w.outcomes(run)); d != "" {
				t.Errorf("%s\noutcomes (-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(tc.writes, w.writes(), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nwrites (-want +got):\n%s", tc.why, d)
			}
			if len(w.source.asked) != tc.asked {
				t.Errorf("%s\nthe directory was asked %v", tc.why, w.source.asked)
			}
			for id, l := range w.ledger.links {
				if u, ok := w.central.users[l.CentralID]; ok && l.Sent.Name != u.Fields.Name {
					t.Errorf("%s\nthe ledger has %q as sent for %s, Central has %q", tc.why, l.Sent.Name, id, u.Fields.Name)
				}
			}
			again, _, err := apply.Replay(w.journal.lines, false)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(run, again); d != "" {
				t.Errorf("the journal gives another document (-run +journal):\n%s", d)
			}
		})
	}
}

// TestSettleUnderway reads back without writing, as preview does.
func TestSettleUnderway(t *testing.T) {
	for name, tc := range map[string]struct {
		why     string
		effect  bool
		mail    string
		later   time.Duration
		want    []string
		outcome apply.Ending
		links   int
	}{
		"There":       {"What landed is entered in the ledger.", true, "u1@x", 0, []string{"create U1 done"}, apply.Interrupted, 1},
		"NotThere":    {"What did not is left to resume or another plan.", false, "u1@x", 16 * time.Minute, []string{"create U1 skipped interrupted"}, apply.Interrupted, 0},
		"CannotTell":  {"Too early to tell stays unknown: lists lag.", false, "u1@x", 14 * time.Minute, []string{"create U1 unknown central.unclear"}, apply.Interrupted, 0},
		"WithoutMail": {"What is found needs no waiting.", true, "", 0, []string{"create U1 done"}, apply.Interrupted, 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld()
			w.createUser(1, tc.mail)
			w.on("CreateUser", 1, trouble{effect: tc.effect, then: func() { panic(errKilled) }})
			kill(func() { w.do(t) })
			w.clock = w.clock.Add(tc.later)
			for range 2 { // the second time there is nothing left to say
				j := w.job(t)
				j.Lines, j.Approved, j.Source = slices.Clone(w.journal.lines), nil, nil
				run, err := apply.SettleUnderway(t.Context(), j)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(tc.want, w.outcomes(run)); d != "" {
					t.Errorf("%s\noutcomes (-want +got):\n%s", tc.why, d)
				}
				if run.Outcome != tc.outcome {
					t.Errorf("%s\nthe run ended %s, want %s", tc.why, run.Outcome, tc.outcome)
				}
				again, _, err := apply.Replay(w.journal.lines, false)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(run, again); d != "" {
					t.Errorf("the journal gives another document (-run +journal):\n%s", d)
				}
			}
			if len(w.journal.lines) != 3 {
				t.Errorf("%s\n%d lines in the journal, want header, begin and one result", tc.why, len(w.journal.lines))
			}
			if len(w.ledger.links) != tc.links {
				t.Errorf("%s\n%d links, want %d", tc.why, len(w.ledger.links), tc.links)
			}
			if writes := w.writes(); len(writes) != 1 {
				t.Errorf("%s\nwritten: %v", tc.why, writes)
			}
		})
	}
}

// TestReplay says how a run stands by its journal alone.
func TestReplay(t *testing.T) {
	const header = `{"t":"run","format":1,"id":"r","plan":"p","startedAt":"2026-11-24T10:00:00Z","by":{"account":"a","sid":"s"},"approvals":[],"changes":["x"]}`
	const done = `{"t":"result","change":"x","outcome":"done","calls":2,"error":null,"at":"2026-11-24T10:00:01Z"}`
	for name, tc := range map[string]struct {
		why      string
		lines    []string
		running  bool
		outcome  apply.Ending
		calls    int
		underway int
		code     string
	}{
		"Running":   {"A process that lives is at work.", []string{header, done}, true, apply.Running, 2, 0, ""},
		"Died":      {"Without an end and a process it was interrupted.", []string{header, `{"t":"begin","changes":["x"],"at":"2026-11-24T10:00:01Z"}`}, false, apply.Interrupted, 0, 1, ""},
		"Ended":     {"The calls of no change count too.", []string{header, done, `{"t":"end","outcome":"done","at":"2026-11-24T10:00:02Z","calls":1}`}, false, apply.Complete, 3, 0, ""},
		"Later":     {"Lines of a later version are passed over.", []string{header, `{"t":"note","text":"?"}`, done}, true, apply.Running, 2, 0, ""},
		"NoHeader":  {"A journal begins with its run.", []string{done}, false, "", 0, 0, "store.run.malformed"},
		"Malformed": {"A line that cannot be read hides what happened.", []string{header, `{"t":`, done}, false, "", 0, 0, "store.run.malformed"},
		"Empty":     {"An empty file is no run.", nil, false, "", 0, 0, "store.run.malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			var lines [][]byte
			for _, l := range tc.lines {
				lines = append(lines, []byte(l))
			}
			run, underway, err := apply.Replay(lines, tc.running)
			if fault.Code(err) != tc.code {
				t.Fatalf("%s\nerror %v, want code %q", tc.why, err, tc.code)
			}
			if run.Outcome != tc.outcome || run.Summary.Calls != tc.calls || len(underway) != tc.underway {
				t.Errorf("%s\ngot %s, %d calls, %d under way", tc.why, run.Outcome, run.Summary.Calls, len(underway))
			}
		})
	}
}

// TestFailedStep makes the record of a scheduled step that failed before a run.
func TestFailedStep(t *testing.T) {
	p := apply.Problem{Code: "directory.unreachable", Message: "no server answers"}
	lines, err := apply.FailedStep(apply.Header{ID: "r", StartedAt: start}, "preview", 20, p, start)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := apply.Replay(lines, false)
	if err != nil {
		t.Fatal(err)
	}
	want := apply.Run{Format: 1, ID: "r", StartedAt: start, FinishedAt: start, Outcome: apply.Broken, Results: []apply.Result{}, Error: &p, Step: "preview", ExitCode: 20}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the record (-want +got):\n%s", d)
	}
}
