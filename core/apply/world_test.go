package apply_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/apply"
	"adsync/core/identity"
	"adsync/core/plan"
)

var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// world is everything around a run.
type world struct {
	clock   time.Time
	real    bool // the clock is that of the bubble
	central *central
	ledger  *ledger
	source  *source
	journal *journal
	changes []plan.Change
	holds   []plan.Change
	waits   []time.Duration
	runID   string
	made    int // calls
	// foreseen are the calls that were rehearsed.
	foreseen int
}

func newWorld() *world {
	w := &world{clock: start, source: &source{}, journal: &journal{}, ledger: &ledger{links: map[identity.GUID]identity.Link{}, ours: map[seat]bool{}}, runID: "run-1"}
	w.central = newCentral(w.now)
	return w
}

func (w *world) now() time.Time {
	if w.real {
		return time.Now()
	}
	return w.clock
}

func guid(n int) identity.GUID {
	return identity.GUID(fmt.Sprintf("%08x-0000-0000-0000-000000000000", n))
}

// user puts a user of ours into Central and the ledger.
func (w *world) user(n int, mail string) identity.CentralUser {
	u := w.stranger(fmt.Sprintf("c%d", n), person(n, mail))
	w.ledger.links[guid(n)] = identity.Link{GUID: guid(n), Kind: identity.KindUser, CentralID: u.ID, Origin: identity.Created, Run: "run-0", Name: u.Fields.Name, Sent: u.Fields, Answered: u.Fields}
	return u
}

func person(n int, mail string) identity.Fields {
	return identity.Fields{Name: fmt.Sprintf("U%d", n), Email: mail, ExchangeLogin: fmt.Sprintf(`CORP\u%d`, n)}
}

// stranger puts a user who is nobody's into Central.
func (w *world) stranger(id string, f identity.Fields) identity.CentralUser {
	u := identity.CentralUser{ID: id, Source: identity.SourceCustom, Fields: f, CreatedAt: start.Add(-24 * time.Hour)}
	w.central.users[id] = u
	return u
}

// group puts a group of ours into Central and the ledger.
func (w *world) group(n int, members ...string) identity.CentralGroup {
	g := identity.CentralGroup{ID: fmt.Sprintf("cg%d", n), Source: identity.SourceCustom, Fields: identity.Fields{Name: fmt.Sprintf("G%d", n)}, Members: members, Total: len(members), MembersKnown: true, CreatedAt: start.Add(-24 * time.Hour)}
	w.central.groups[g.ID] = g
	w.ledger.links[guid(1000+n)] = identity.Link{GUID: guid(1000 + n), Kind: identity.KindGroup, CentralID: g.ID, Origin: identity.Created, Run: "run-0", Name: g.Fields.Name}
	return g
}

func values(f identity.Fields) *plan.Values {
	v := &plan.Values{}
	for _, x := range []struct {
		to   **string
		from string
	}{{&v.Name, f.Name}, {&v.FirstName, f.FirstName}, {&v.LastName, f.LastName}, {&v.Email, f.Email}, {&v.ExchangeLogin, f.ExchangeLogin}, {&v.Description, f.Description}} {
		if x.from != "" {
			*x.to = new(x.from)
		}
	}
	return v
}

func (w *world) add(c plan.Change) plan.Change {
	c.ID = plan.ChangeID(c.Action, c.Kind, c.Key(), c.GroupKey())
	w.changes = append(w.changes, c)
	return c
}

func (w *world) createUser(n int, mail string, groups ...int) plan.Change {
	c := plan.Change{Action: plan.Create, Kind: identity.KindUser, ObjectGUID: guid(n), Name: fmt.Sprintf("U%d", n), Domain: "corp.example", After: values(person(n, mail))}
	for _, g := range groups {
		c.MemberOf = append(c.MemberOf, plan.Ref{ObjectGUID: guid(1000 + g), Name: fmt.Sprintf("G%d", g)})
	}
	return w.add(c)
}

func (w *world) createGroup(n int) plan.Change {
	name := fmt.Sprintf("G%d", n)
	return w.add(plan.Change{Action: plan.Create, Kind: identity.KindGroup, ObjectGUID: guid(1000 + n), Name: name, After: values(identity.Fields{Name: name})})
}

func (w *world) rename(n int, from, to string) plan.Change {
	return w.add(plan.Change{
		Action: plan.Update, Kind: identity.KindUser, ObjectGUID: guid(n), Name: to, CentralID: fmt.Sprintf("c%d", n),
		Before: &plan.Values{Name: &from}, After: &plan.Values{Name: &to},
	})
}

func (w *world) removeUser(n int) plan.Change {
	id := fmt.Sprintf("c%d", n)
	return w.add(plan.Change{Action: plan.Remove, Kind: identity.KindUser, ObjectGUID: guid(n), Name: fmt.Sprintf("U%d", n), CentralID: id, Before: values(w.central.users[id].Fields)})
}

func (w *world) removeGroup(n int, members ...string) plan.Change {
	id := fmt.Sprintf("cg%d", n)
	return w.add(plan.Change{Action: plan.Remove, Kind: identity.KindGroup, ObjectGUID: guid(1000 + n), Name: fmt.Sprintf("G%d", n), CentralID: id, Before: values(w.central.groups[id].Fields), Members: members})
}

func (w *world) member(action plan.Action, group, n int) plan.Change {
	return w.add(plan.Change{
		Action: action, Kind: identity.KindUser, ObjectGUID: guid(n), Name: fmt.Sprintf("U%d", n), CentralID: w.ledger.links[guid(n)].CentralID,
		Group: &plan.Ref{ObjectGUID: guid(1000 + group), Name: fmt.Sprintf("G%d", group)}, GroupCentralID: w.ledger.links[guid(1000+group)].CentralID,
	})
}

func (w *world) job(t *testing.T) apply.Job {
	t.Helper()
	h := apply.Header{ID: w.runID, Plan: "plan-1", StartedAt: w.now()}
	j := apply.Job{
		Plan:   plan.Document{CreatedAt: start, Changes: w.changes, Holds: w.holds},
		Target: w.central, Source: w.source, Ledger: w.ledger, Journal: w.journal, Now: w.now, ReadBack: w.waits,
		Approved: map[string]bool{},
	}
	for _, c := range slices.Concat(w.changes, w.holds) {
		j.Approved[c.ID] = true
		h.Changes = append(h.Changes, c.ID)
	}
	j.Header = h
	return j
}

// begin writes the header as the caller of a run does.
func (w *world) begin(t *testing.T, j apply.Job) {
	t.Helper()
	line, err := apply.HeaderLine(j.Header)
	if err != nil {
		t.Fatal(err)
	}
	w.journal.lines = append(w.journal.lines, line)
}

func (w *world) do(t *testing.T) apply.Run {
	t.Helper()
	j := w.job(t)
	w.begin(t, j)
	run, err := apply.Do(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func (w *world) resume(t *testing.T) apply.Run {
	t.Helper()
	j := w.job(t)
	j.Lines = slices.Clone(w.journal.lines)
	run, err := apply.Resume(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// kill runs f and reports whether it was killed.
func kill(f func()) (killed bool) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case errKilled:
			killed = true
		default:
			panic(p)
		}
	}()
	f()
	return false
}

// outcomes shows a run in short: "create U1 done", with the code of an error.
func (w *world) outcomes(run apply.Run) []string {
	var list []string
	for _, r := range run.Results {
		for _, c := range slices.Concat(w.changes, w.holds) {
			if c.ID != r.Change {
				continue
			}
			s := fmt.Sprintf("%s %s %s", c.Action, c.Name, r.Outcome)
			if r.Error != nil {
				s += " " + r.Error.Code
			}
			list = append(list, s)
		}
	}
	return list
}

// on makes trouble for the nth call whose name begins so.
func (w *world) on(prefix string, nth int, t trouble) {
	before := w.central.trouble
	seen := 0
	w.central.trouble = func(op string) *trouble {
		if strings.HasPrefix(op, prefix) {
			if seen++; seen == nth {
				return &t
			}
		}
		if before != nil {
			return before(op)
		}
		return nil
	}
}

// writes lists the calls that were no reads.
func (w *world) writes() []string {
	var list []string
	for _, op := range w.central.log {
		if !strings.Contains(op, "sByID") && !strings.HasPrefix(op, "EndpointsOf") && !strings.HasPrefix(op, "Members ") && !strings.HasPrefix(op, "Memberships ") && !strings.HasPrefix(op, "Find") {
			list = append(list, op)
		}
	}
	return list
}
