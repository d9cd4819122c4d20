package apply_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/apply"
	"adsync/core/plan"
)

// TestStopped covers the end of the context, as Ctrl+C makes it.
func TestStopped(t *testing.T) {
	for name, tc := range map[string]struct {
		why     string
		trouble func(w *world, cancel func()) trouble
		waits   []time.Duration // 1, 4 and 10 seconds otherwise
		member  bool            // a membership in place of a create
		want    []string
		takes   time.Duration
		users   int
	}{
		"Finished": {
			why: "A write that is answered within the time of grace is done; nothing is begun after it.",
			trouble: func(_ *world, cancel func()) trouble {
				return trouble{effect: true, then: func() { cancel(); time.Sleep(3 * time.Second) }}
			},
			want: []string{"create U1 done"}, takes: 3 * time.Second, users: 1,
		},
		"ReadBack": {
			why: "One that is cut off is read back.",
			trouble: func(_ *world, cancel func()) trouble {
				return trouble{effect: true, err: unclear(), then: func() { cancel(); time.Sleep(10 * time.Second) }}
			},
			want: []string{"create U1 done"}, takes: 11 * time.Second, users: 1,
		},
		"NotThere": {
			why: "One that cannot be found within the time of grace is unknown, not sent again.",
			trouble: func(_ *world, cancel func()) trouble {
				return trouble{err: unclear(), then: func() { cancel() }}
			},
			want: []string{"create U1 unknown central.unclear"}, takes: 10 * time.Second,
		},
		"NotSentAgain": {
			why: "Nothing is sent again once the run is stopped.",
			trouble: func(_ *world, cancel func()) trouble {
				return trouble{err: unclear(), then: func() { cancel() }}
			},
			waits: []time.Duration{time.Second},
			want:  []string{"create U1 unknown central.unclear"}, takes: time.Second,
		},
		"MembersNotSentAgain": {
			why: "Neither are memberships.",
			trouble: func(_ *world, cancel func()) trouble {
				return trouble{err: unclear(), then: func() { cancel() }}
			},
			waits: []time.Duration{time.Second}, member: true,
			want: []string{"membershipAdd U1 unknown central.unclear"}, takes: time.Second, users: 2,
		},
		"NotSent": {
			why: "One that still waited for the budget was not sent, and says so.",
			trouble: func(_ *world, cancel func()) trouble {
				return trouble{err: context.Canceled, then: func() { cancel() }}
			},
			want: []string{"create U1 skipped interrupted"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld()
				time.Sleep(time.Until(start))
				w.real, w.waits = true, []time.Duration{time.Second, 4 * time.Second, 10 * time.Second}
				if tc.waits != nil {
					w.waits = tc.waits
				}
				ctx, cancel := context.WithCancel(t.Context())
				if tc.member {
					w.user(1, "")
					w.group(1)
					w.member(plan.MembershipAdd, 1, 1)
					w.user(2, "")
					w.removeUser(2)
				} else {
					w.createUser(1, "u1@x")
					w.createUser(2, "u2@x")
				}
				w.on("CreateUser", 1, tc.trouble(w, cancel))
				w.on("AddMembers", 1, tc.trouble(w, cancel))
				j := w.job(t)
				w.begin(t, j)
				run, err := apply.Do(ctx, j)
				if err != nil {
					t.Fatal(err)
				}
				if d := cmp.Diff(tc.want, w.outcomes(run), cmpopts.EquateEmpty()); d != "" {
					t.Errorf("%s\noutcomes (-want +got):\n%s", tc.why, d)
				}
				if run.Outcome != apply.Interrupted || run.Error == nil || run.Error.Code != "interrupted" {
					t.Errorf("%s\nthe run ended %s %v", tc.why, run.Outcome, run.Error)
				}
				if took := w.now().Sub(start); took != tc.takes {
					t.Errorf("%s\ntook %s, want %s", tc.why, took, tc.takes)
				}
				if len(w.central.users) != tc.users || len(w.ledger.links)-len(w.central.groups) != tc.users {
					t.Errorf("%s\n%d users and %d links, want %d users", tc.why, len(w.central.users), len(w.ledger.links), tc.users)
				}
				w.consistent(t, run)
			})
		})
	}
}
