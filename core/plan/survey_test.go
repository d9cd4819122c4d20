package plan_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
)

// tenancy is a Central of users and groups, of which lists show the first few.
type tenancy struct {
	users  []identity.CentralUser
	groups []identity.CentralGroup
	in     map[string][]string // group -> users
	of     map[string][]string // user -> groups
}

// newTenancy lets each object show at most so many; nobody says more than counted
// of them how many there are.
func newTenancy(r *rand.Rand, users, groups, shown, odds int, counted bool) *tenancy {
	w := &tenancy{in: map[string][]string{}, of: map[string][]string{}}
	for u := range users {
		for g := range groups {
			if r.IntN(odds) == 0 {
				user, group := fmt.Sprintf("u%04d", u), fmt.Sprintf("g%04d", g)
				w.in[group], w.of[user] = append(w.in[group], user), append(w.of[user], group)
			}
		}
	}
	embed := func(ids []string) identity.Embedded {
		return identity.Embedded{Total: len(ids), Counted: counted || r.IntN(2) == 0, Shown: ids[:min(len(ids), shown)]}
	}
	for u := range users {
		id := fmt.Sprintf("u%04d", u)
		w.users = append(w.users, identity.CentralUser{ID: id, Groups: embed(w.of[id])})
	}
	for g := range groups {
		id := fmt.Sprintf("g%04d", g)
		w.groups = append(w.groups, identity.CentralGroup{ID: id, Users: embed(w.in[id])})
	}
	return w
}

// survey reads until everything is known, and returns what that cost. Groups of
// an even number are wanted, or all.
func (w *tenancy) survey(t *testing.T, guess map[string][]string, all bool) int {
	t.Helper()
	s := plan.NewSurvey(w.users, w.groups, func(g identity.CentralGroup) bool { return w.wants(g.ID, all) }, guess)
	cost := 0
	for range len(w.users) + len(w.groups) + 1 {
		r, more := s.Next()
		if !more {
			for _, g := range w.groups {
				got, known := s.Members(g.ID)
				if known != w.wants(g.ID, all) {
					t.Fatalf("%s: known %v", g.ID, known)
				}
				if d := cmp.Diff(w.in[g.ID], got, cmpopts.EquateEmpty()); known && d != "" {
					t.Fatalf("%s (-want +got):\n%s", g.ID, d)
				}
			}
			return cost
		}
		ids := w.of[r.ID]
		if r.Kind == identity.KindGroup {
			ids = w.in[r.ID]
		}
		cost += plan.Pages(len(ids))
		s.Saw(r, ids)
	}
	t.Fatal("something is read twice")
	return 0
}

func (w *tenancy) wants(group string, all bool) bool { return all || int(group[len(group)-1])%2 == 0 }

// sides is what the groups that are wanted and do not show all cost by
// themselves, and what the users that do not.
func (w *tenancy) sides(all bool) (byGroup, byUser int) {
	for _, g := range w.groups {
		if w.wants(g.ID, all) && !g.Users.Whole() {
			byGroup += plan.Pages(g.Users.Total)
		}
	}
	for _, u := range w.users {
		if !u.Groups.Whole() {
			byUser += plan.Pages(u.Groups.Total)
		}
	}
	return byGroup, byUser
}

// least is what the best choice of lists costs, by trying them all.
func (w *tenancy) least(all bool) int {
	type hidden struct{ u, g int }
	var edges []hidden
	for g, group := range w.groups {
		for u, user := range w.users {
			free := group.Users.Whole() || slices.Contains(group.Users.Shown, user.ID) || slices.Contains(user.Groups.Shown, group.ID)
			if w.wants(group.ID, all) && slices.Contains(w.in[group.ID], user.ID) && !free {
				edges = append(edges, hidden{u, g})
			}
		}
	}
	best := 1 << 20
	for choice := range uint(1) << (len(w.users) + len(w.groups)) {
		sum := 0
		for u, user := range w.users {
			if choice>>u&1 > 0 {
				sum += plan.Pages(user.Groups.Total)
			}
		}
		for g, group := range w.groups {
			if choice>>(len(w.users)+g)&1 > 0 {
				sum += plan.Pages(group.Users.Total)
			}
		}
		if sum < best && !slices.ContainsFunc(edges, func(e hidden) bool { return choice>>e.u&1+choice>>(len(w.users)+e.g)&1 == 0 }) {
			best = sum
		}
	}
	return best
}

// TestSurvey holds what the Survey promises against all choices of lists.
func TestSurvey(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 6))
		w := newTenancy(r, 1+r.IntN(6), 1+r.IntN(5), r.IntN(3), 1+r.IntN(3), true)
		all := r.IntN(2) == 0
		byGroup, byUser := w.sides(all)
		if got, want := w.survey(t, w.in, all), w.least(all); got != want {
			t.Errorf("seed %d: a right guess took %d pages, the least is %d", seed, got, want)
		}
		if got := w.survey(t, nil, all); got > min(byGroup, byUser) {
			t.Errorf("seed %d: without a guess %d pages, %d by group and %d by user", seed, got, byGroup, byUser)
		}
		wrong := newTenancy(r, len(w.users), len(w.groups), 0, 1+r.IntN(3), true).in
		if got := w.survey(t, wrong, all); got > byGroup+byUser {
			t.Errorf("seed %d: with a wrong guess %d pages, %d by group and %d by user", seed, got, byGroup, byUser)
		}
	}
}

// TestSurveyWithoutNumbers reads the members of a group by its own list where
// nobody says how many they are.
func TestSurveyWithoutNumbers(t *testing.T) {
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := newTenancy(r, 1+r.IntN(8), 1+r.IntN(6), r.IntN(3), 1+r.IntN(3), false)
		w.survey(t, nil, true)
		w.survey(t, w.in, false)
	}
}

// TestSurveyOfACompany has the figures of the design: a thousand people in a
// hundred groups, of whom Central shows ten each.
func TestSurveyOfACompany(t *testing.T) {
	w := newTenancy(rand.New(rand.NewPCG(1, 8)), 1000, 100, 10, 8, true)
	byGroup, byUser := w.sides(true)
	got := w.survey(t, nil, true)
	t.Logf("%d pages by group, %d by user, %d read", byGroup, byUser, got)
	if byGroup >= byUser || got > byGroup {
		t.Errorf("%d pages, %d by group and %d by user", got, byGroup, byUser)
	}
	few := newTenancy(rand.New(rand.NewPCG(1, 8)), 1000, 100, 10, 20, true)
	if got := few.survey(t, nil, true); got >= 100 {
		t.Errorf("%d pages, though most people show all their groups", got)
	}
}

// TestSurveyDistrustsItself reads a group whose members do not come out as many
// as it says: somebody changed Central between two lists.
func TestSurveyDistrustsItself(t *testing.T) {
	whole := func(ids ...string) identity.Embedded {
		return identity.Embedded{Total: len(ids), Counted: true, Shown: ids}
	}
	users := []identity.CentralUser{{ID: "u1", Groups: whole("g")}, {ID: "u2", Groups: whole("g")}}
	for name, total := range map[string]int{"fewer": 1, "more": 3} {
		t.Run(name, func(t *testing.T) {
			groups := []identity.CentralGroup{{ID: "g", Users: identity.Embedded{Total: total, Counted: true}}}
			s := plan.NewSurvey(users, groups, func(identity.CentralGroup) bool { return true }, nil)
			r, more := s.Next()
			if want := (plan.Reading{Kind: identity.KindGroup, ID: "g"}); !more || r != want {
				t.Fatalf("%v %v, want %v", r, more, want)
			}
			s.Saw(r, []string{"u2", "new"})
			if got, known := s.Members("g"); !known || !slices.Equal(got, []string{"new", "u2"}) {
				t.Errorf("%v %v", got, known)
			}
		})
	}
}
