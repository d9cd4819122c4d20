package apply_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/apply"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// TestKilledAnywhere is the law of the package: a run that meets any trouble,
// and is killed anywhere, any number of times, and is resumed until it is over,
// makes nothing twice, forgets nothing, touches nothing that is not ours, and
// leaves nothing to plan. ADSYNC_SOAK=1 tries many more.
func TestKilledAnywhere(t *testing.T) {
	seeds := uint64(300)
	if os.Getenv("ADSYNC_SOAK") != "" {
		seeds = 20000
	}
	var kills, troubles, resumes int
	for seed := range seeds {
		s := newSoak(seed)
		for round := range 3 {
			s.desire()
			s.round(t, round)
			if t.Failed() {
				t.Fatalf("seed %d round %d", seed, round)
			}
		}
		kills, troubles, resumes = kills+s.kills, troubles+s.troubles, resumes+s.resumes
	}
	t.Logf("%d seeds: %d kills, %d other troubles, %d resumes", seeds, kills, troubles, resumes)
	if kills == 0 || troubles == 0 {
		t.Error("nothing was tried")
	}
}

// soak is a world whose directory changes from round to round.
type soak struct {
	*world
	r                        *rand.Rand
	n, shift                 int
	desired                  identity.State
	foreign                  map[string]identity.Fields
	kills, troubles, resumes int
}

func newSoak(seed uint64) *soak {
	s := &soak{world: newWorld(), r: rand.New(rand.NewPCG(seed, 3)), foreign: map[string]identity.Fields{}}
	s.n = 2 + s.r.IntN(12)
	for i := range 2 {
		f := identity.Fields{Name: fmt.Sprintf("hand-made %d", i), Email: fmt.Sprintf("hand%d@x", i)}
		s.foreign[s.stranger(fmt.Sprintf("x%d", i), f).ID] = f
	}
	if s.r.IntN(2) == 0 {
		s.central.lag = time.Minute
	}
	s.central.embed = s.r.IntN(5)
	return s
}

// desire makes up what the directory wants next. Addresses are handed down from
// one person to another, never in a ring.
func (s *soak) desire() {
	s.desired = identity.State{Users: map[identity.GUID]identity.WantedUser{}, Groups: map[identity.GUID]identity.WantedGroup{}}
	s.shift += s.r.IntN(2)
	for i := range s.n {
		if s.r.IntN(5) == 0 {
			continue
		}
		f := person(i, fmt.Sprintf("m%d@x.example", i+s.shift))
		f.Name = fmt.Sprintf("U%d.%d", i, s.r.IntN(2))
		if i%3 == 0 {
			f.Email = ""
		}
		s.desired.Users[guid(i)] = identity.WantedUser{GUID: guid(i), Display: f.Name, Account: fmt.Sprintf("u%d", i), NetBIOS: "CORP", Fields: f}
	}
	for i := range s.n/2 + 1 {
		name := fmt.Sprintf("G%d", i)
		g := identity.WantedGroup{GUID: guid(1000 + i), Display: name, Fields: identity.Fields{Name: name, Description: fmt.Sprintf("d%d", s.r.IntN(3))}}
		for _, id := range slices.Sorted(maps.Keys(s.desired.Users)) {
			if s.r.IntN(2) == 0 {
				g.Members = append(g.Members, id)
			}
		}
		if len(g.Members) > 0 && s.r.IntN(4) > 0 {
			s.desired.Groups[g.GUID] = g
		}
	}
}

func (s *soak) diff() plan.Result {
	return plan.Diff(s.input(slices.Collect(maps.Values(s.central.users)), slices.Collect(maps.Values(s.central.groups))))
}

// input is what is planned from, with limits that hold nothing.
func (s *soak) input(users []identity.CentralUser, groups []identity.CentralGroup) plan.Input {
	in := plan.Input{
		Desired: s.desired, Accepted: true, Gone: map[string]bool{},
		Leaving: func(identity.Link) plan.Coded { return plan.Coded{Code: plan.CauseMovedOut} },
		Limits: plan.Limits{
			Removals:           plan.RemovalLimit{Count: 1 << 20, Percent: 100, Ceiling: 1 << 20},
			MembershipRemovals: plan.MembershipLimit{Percent: 100, Minimum: 1 << 20, TotalPercent: 100, TotalCeiling: 1 << 20},
			Updates:            plan.UpdateLimit{Percent: 100, Minimum: 1 << 20, Ceiling: 1 << 20},
		},
		Links: slices.Collect(maps.Values(s.ledger.links)),
		Users: users, Groups: groups,
	}
	for one := range s.ledger.ours {
		if in.Ours == nil {
			in.Ours = map[identity.GUID]map[identity.GUID]bool{}
		}
		if in.Ours[one.group] == nil {
			in.Ours[one.group] = map[identity.GUID]bool{}
		}
		in.Ours[one.group][one.user] = true
	}
	return in
}

// lifted is what a person would approve: everything, limits lifted.
func (s *soak) lifted(p plan.Result) {
	s.changes, s.holds = p.Changes, nil
	for _, h := range p.Holds {
		if fault.Is(fault.New(h.Rule.Code, ""), "limit") {
			s.holds = append(s.holds, h)
		}
	}
}

// round plans, applies with trouble, resumes until it is over, and looks at what
// came of it. Half a population may hold a limit, and what is freed by it comes
// with a second plan.
func (s *soak) round(t *testing.T, round int) {
	t.Helper()
	for again := range 5 {
		s.lifted(s.diff())
		for _, c := range s.changes {
			if c.Cause.Code == plan.CauseCentralChanged {
				t.Errorf("%v, though nobody else changed anything", names([]plan.Change{c}))
			}
		}
		if len(s.changes)+len(s.holds) == 0 {
			s.check(t)
			return
		}
		s.runID = fmt.Sprintf("run-%d-%d", round, again)
		s.clock = s.clock.Add(time.Hour)
		s.apply(t)
		if t.Failed() {
			return
		}
	}
	t.Errorf("five plans, and there still are changes: %v holds %v", names(s.changes), names(s.holds))
}

func names(changes []plan.Change) []string {
	var list []string
	for _, c := range changes {
		list = append(list, fmt.Sprintf("%s %s %s", c.Action, c.Kind, c.Name))
	}
	return list
}

// apply runs and resumes until nothing is left to try again.
func (s *soak) apply(t *testing.T) {
	t.Helper()
	s.journal = &journal{}
	approvedAt := s.clock
	budget := s.r.IntN(7)
	for session := range 20 {
		if session >= 12 {
			budget = 0
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.misfortune(&budget, cancel)
		var run apply.Run
		killed := kill(func() { run = s.session(ctx, t, approvedAt, session) })
		cancel()
		s.clock = s.clock.Add(time.Duration(s.r.IntN(40)) * time.Minute)
		if killed {
			s.kills++
			continue
		}
		if t.Failed() {
			return
		}
		if run.Outcome == apply.Complete {
			if run.Summary.Stale > 0 {
				t.Errorf("stale, though nobody else changed anything: %v", s.outcomes(run))
			}
			return
		}
	}
	t.Error("twenty sessions did not bring the run to an end")
}

// session is one process.
func (s *soak) session(ctx context.Context, t *testing.T, created time.Time, n int) apply.Run {
	t.Helper()
	j := s.job(t)
	j.Plan.CreatedAt = created
	if n == 0 {
		s.begin(t, j)
		run, err := apply.Do(ctx, j)
		if err != nil {
			t.Fatal(err)
		}
		return run
	}
	s.resumes++
	if s.r.IntN(3) == 0 { // a preview between
		j.Lines = slices.Clone(s.journal.lines)
		if _, err := apply.SettleUnderway(ctx, j); err != nil && fault.Code(err) == "" && ctx.Err() == nil {
			t.Fatal(err)
		}
	}
	j.Lines = slices.Clone(s.journal.lines)
	run, err := apply.Resume(ctx, j)
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// misfortune makes trouble at random calls and lines, as long as the budget lasts.
func (s *soak) misfortune(budget *int, cancel func()) {
	take := func(odds int) bool {
		if *budget > 0 && s.r.IntN(odds) == 0 {
			*budget--
			return true
		}
		return false
	}
	s.journal.hook = func(int) (bool, bool, error) {
		if !take(25) {
			return false, false, nil
		}
		switch s.r.IntN(3) {
		case 0:
			return true, false, nil
		case 1:
			return false, true, nil
		}
		s.troubles++
		return false, false, fault.New("store.full", "no space left on device")
	}
	s.central.trouble = func(op string) *trouble {
		if !take(12) {
			return nil
		}
		write := len(op) < 5 || (op[:5] != "Users" && op[:5] != "Group" && op[:5] != "Membe" && op[:4] != "Find")
		if !write {
			s.troubles++
			return &trouble{err: fault.New("central.unreachable", "no connection")}
		}
		effect := s.r.IntN(2) == 0
		switch s.r.IntN(5) {
		case 0:
			return &trouble{effect: effect, then: func() { panic(errKilled) }}
		case 1:
			s.troubles++
			return &trouble{err: fault.New("central.unreachable", "no connection")}
		case 2:
			s.troubles++
			return &trouble{effect: effect, err: unclear(), then: cancel}
		case 3:
			s.troubles++
			return &trouble{err: fault.New("central.rateLimited", "429")}
		}
		s.troubles++
		return &trouble{effect: effect, err: unclear()}
	}
}

// check compares Central and the ledger with what is desired.
func (s *soak) check(t *testing.T) {
	t.Helper()
	for _, h := range s.diff().Holds {
		t.Errorf("%s of %s is held: %s", h.Action, h.Name, h.Rule.Text)
	}
	for id, f := range s.foreign {
		if d := cmp.Diff(f, s.central.users[id].Fields); d != "" {
			t.Errorf("somebody else's object was touched (-before +now):\n%s", d)
		}
	}
	owned := map[string]bool{}
	for id, l := range s.ledger.links {
		if owned[l.CentralID] {
			t.Errorf("two links to %s", l.CentralID)
		}
		owned[l.CentralID] = true
		if l.Kind == identity.KindUser {
			want, ok := s.desired.Users[id]
			if have := s.central.users[l.CentralID].Fields; ok && want.Fields.Email != "" && have != want.Fields {
				t.Errorf("%s is %+v, want %+v", id, have, want.Fields)
			}
		}
	}
	for id := range s.central.users {
		if _, foreign := s.foreign[id]; !foreign && !owned[id] {
			t.Errorf("%s (%s) stands for nobody", id, s.central.users[id].Fields.Name)
		}
	}
	for id := range s.central.groups {
		if !owned[id] {
			t.Errorf("%s (%s) stands for nothing", id, s.central.groups[id].Fields.Name)
		}
	}
	if d := cmp.Diff(s.seats(), s.ledger.ours); d != "" {
		t.Errorf("our memberships (-Central +recorded):\n%s", d)
	}
	if len(s.ledger.links) != len(s.desired.Users)+len(s.desired.Groups) || len(s.central.users) != len(s.desired.Users)+len(s.foreign) {
		t.Errorf("%d links, %d users in Central; desired are %d users and %d groups",
			len(s.ledger.links), len(s.central.users), len(s.desired.Users), len(s.desired.Groups))
	}
}

// seats are the memberships of Central whose both sides are ours.
func (s *soak) seats() map[seat]bool {
	byID := map[string]identity.GUID{}
	for id, l := range s.ledger.links {
		byID[l.CentralID] = id
	}
	list := map[seat]bool{}
	for id, g := range s.central.groups {
		for _, user := range g.Members {
			if group, u := byID[id], byID[user]; group != "" && u != "" {
				list[seat{group, u}] = true
			}
		}
	}
	return list
}
