package apply_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

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
