package apply_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/apply"
	"adsync/core/identity"
	"adsync/core/plan"
)

var start = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// ledger is a ledger in memory that can be told to fail.
type ledger struct {
	links map[identity.GUID]identity.Link
	ours  map[seat]bool
	fail  error
}

// seat is a membership.
type seat struct{ group, user identity.GUID }

func (l *ledger) Link(_ context.Context, id identity.GUID) (identity.Link, bool, error) {
	k, ok := l.links[id]
	return k, ok, nil
}

func (l *ledger) Owner(_ context.Context, id string) (identity.GUID, bool, error) {
	for g, k := range l.links {
		if k.CentralID == id {
			return g, true, nil
		}
	}
	return "", false, nil
}

func (l *ledger) Put(ctx context.Context, k identity.Link) error {
	if err := cmp.Or(l.fail, ctx.Err()); err != nil {
		return err
	}
	if before, known := l.links[k.Key()]; known && before.CentralID != k.CentralID {
		l.vacate(k.Key())
	}
	l.links[k.Key()] = k
	return nil
}

func (l *ledger) Delete(ctx context.Context, id identity.GUID) error {
	if err := cmp.Or(l.fail, ctx.Err()); err != nil {
		return err
	}
	delete(l.links, id)
	l.vacate(id)
	return nil
}

func (l *ledger) vacate(id identity.GUID) {
	maps.DeleteFunc(l.ours, func(s seat, _ bool) bool { return s.group == id || s.user == id })
}

func (l *ledger) Join(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return l.seat(ctx, group, users, func(s seat) { l.ours[s] = true })
}

func (l *ledger) Leave(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return l.seat(ctx, group, users, func(s seat) { delete(l.ours, s) })
}

func (l *ledger) seat(ctx context.Context, group identity.GUID, users []identity.GUID, enter func(seat)) error {
	if err := cmp.Or(l.fail, ctx.Err()); err != nil {
		return err
	}
	for _, u := range users {
		if l.links[group].GUID != "" && l.links[u].GUID != "" {
			enter(seat{group, u})
		}
	}
	return nil
}

// errKilled is what a process that is killed panics with here.
var errKilled = errors.New("killed")

// journal keeps lines; hook may refuse one, or kill before or after it is kept.
type journal struct {
	lines [][]byte
	hook  func(n int) (before, after bool, err error)
	n     int
}

func (j *journal) Append(line []byte) error {
	j.n++
	var before, after bool
	if j.hook != nil {
		var err error
		if before, after, err = j.hook(j.n); err != nil {
			return err
		}
	}
	if before {
		panic(errKilled)
	}
	j.lines = append(j.lines, slices.Clone(line))
	if after {
		panic(errKilled)
	}
	return nil
}

// source answers "still wanted", but for the changes that it is told about.
type source struct {
	why   map[string]string
	err   error
	asked [][]string // names of the changes, by question
}

func (s *source) Ask(_ context.Context, changes []plan.Change) (map[string]string, error) {
	var names []string
	said := map[string]string{}
	for _, c := range changes {
		names = append(names, string(c.Action)+" "+c.Name)
		said[c.ID] = s.why[c.ID]
	}
	s.asked = append(s.asked, names)
	if s.err != nil {
		return nil, s.err
	}
	return said, nil
}

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
