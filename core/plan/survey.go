package plan

import (
	"cmp"
	"slices"

	"adsync/core/identity"
)

// Reading is one list to be read to its end: the members of a group, or the
// groups of a user.
type Reading struct {
	Kind identity.Kind
	ID   string // of Central
}

// Survey finds out who belongs to some groups of Central by reading lists from
// whichever side takes fewer pages.
//
// What the objects show themselves costs nothing: a membership is known when its
// group or its user shows it. A group is known when it was read, or when as many
// members of it were seen as it has; nothing is deduced otherwise. So the lists
// read must cover the memberships that are not shown: each by its group or by
// its user. The least number of pages is that of a minimum cover, each side
// weighed by its pages. Who belongs where is not known before, only guessed, from
// what was there the last time:
//
//   - where the guess is right, no choice of lists has fewer pages;
//   - without a guess, groups are read in the order of their pages, and each
//     shows memberships of users, until those that are left cost less from the
//     side of the users. That is a heuristic, but never dearer than the cheaper
//     of the two sides;
//   - where the guess is wrong, what was read for it comes on top of that, at
//     most the pages of the other side.
type Survey struct {
	users  []seatedUser
	places map[string]int // user -> place in users
	groups map[string]*seatedGroup
	guess  map[string][]string
	queue  []errand
	rest   int // pages of the users that are open
	left   int // how many those are
}

// seatedUser is a user, and how many of his groups are known.
type seatedUser struct {
	id     string
	pages  int
	total  int // groups, -1 where nobody says
	seen   int
	closed bool
}

// seatedGroup is a group and those of its members that are known.
type seatedGroup struct {
	id      string
	pages   int
	total   int // members, -1 where nobody says
	members map[int]bool
	wanted  bool
	read    bool
}

// NewSurvey begins with what the lists show. Guess has the members that groups
// are believed to have.
func NewSurvey(users []identity.CentralUser, groups []identity.CentralGroup, wanted func(identity.CentralGroup) bool, guess map[string][]string) *Survey {
	s := &Survey{places: make(map[string]int, len(users)), groups: map[string]*seatedGroup{}, guess: guess}
	for _, u := range users {
		s.user(u.ID, u.Groups)
	}
	for _, g := range groups {
		n := &seatedGroup{id: g.ID, pages: Pages(g.Users.Total), total: g.Users.Total, members: map[int]bool{}, wanted: wanted(g), read: g.Users.Whole()}
		if !g.Users.Counted {
			n.total = -1
		}
		s.groups[g.ID] = n
		for _, id := range g.Users.Shown {
			s.note(id, g.ID)
		}
	}
	for _, u := range users {
		for _, id := range u.Groups.Shown {
			if g := s.groups[id]; g == nil || !g.read {
				s.note(u.ID, id)
			}
		}
		if u.Groups.Whole() {
			s.close(s.places[u.ID])
		}
	}
	return s
}

// Pages is how many calls it takes to read a list of so many.
func Pages(n int) int { return max(1, calls(n, pageSize)) }

func (s *Survey) user(id string, e identity.Embedded) int {
	u := seatedUser{id: id, pages: Pages(e.Total), total: e.Total}
	if !e.Counted {
		u.total = -1
	}
	s.places[id] = len(s.users)
	s.users = append(s.users, u)
	s.rest, s.left = s.rest+u.pages, s.left+1
	return s.places[id]
}

// note enters that a user is in a group.
func (s *Survey) note(user, group string) {
	at, listed := s.places[user]
	if !listed { // made since the users were listed, so not to be read as one of them
		at = s.user(user, identity.Embedded{})
		s.close(at)
	}
	g := s.groups[group]
	if g == nil {
		g = &seatedGroup{id: group, total: -1, members: map[int]bool{}}
		s.groups[group] = g
	}
	if g.members[at] {
		return
	}
	g.members[at] = true
	u := &s.users[at]
	if u.seen++; u.seen == u.total {
		s.close(at)
	}
}

func (s *Survey) close(at int) {
	if u := &s.users[at]; !u.closed {
		u.closed = true
		s.rest, s.left = s.rest-u.pages, s.left-1
	}
}

// open reports whether members of a group may be missing.
func (g *seatedGroup) open() bool { return g.wanted && !g.read && len(g.members) != g.total }

// alone reports whether only its own list can show all members of a group: nobody
// says how many they are, or the users that are left cannot be all of them.
func (s *Survey) alone(g *seatedGroup) bool {
	missing := g.total - len(g.members)
	return missing < 0 || missing > s.left
}

// Next returns what to read next, false when everything is known.
func (s *Survey) Next() (Reading, bool) {
	open := s.open()
	if len(open) == 0 {
		return Reading{}, false
	}
	s.queue = slices.DeleteFunc(s.queue, func(e errand) bool { return !s.needed(e) })
	byGroup, alone := 0, 0
	for _, g := range open {
		byGroup += g.pages
		if s.alone(g) {
			alone += g.pages
		}
	}
	if len(s.queue) == 0 || s.cost(s.queue) > min(byGroup, s.rest+alone) {
		s.choose(open)
	}
	e := s.queue[0]
	s.queue = s.queue[1:]
	return e.Reading, true
}

// open are the groups that are not known yet, those of few pages first.
func (s *Survey) open() []*seatedGroup {
	var list []*seatedGroup
	for _, g := range s.groups {
		if g.open() {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b *seatedGroup) int {
		return cmp.Or(cmp.Compare(a.pages, b.pages), cmp.Compare(a.id, b.id))
	})
	return list
}

// Saw enters what a list held.
func (s *Survey) Saw(r Reading, ids []string) {
	if r.Kind == identity.KindGroup {
		g := s.groups[r.ID]
		before := g.members
		g.members, g.read = map[int]bool{}, true
		for _, id := range ids {
			if at, listed := s.places[id]; listed && before[at] {
				g.members[at] = true // counted already
			}
			s.note(id, g.id)
		}
		return
	}
	for _, id := range ids {
		if g := s.groups[id]; g == nil || !g.read { // its own list is the better witness
			s.note(r.ID, id)
		}
	}
	s.close(s.places[r.ID])
}

// Members are the members of a group, sorted; false where they are not known.
func (s *Survey) Members(group string) ([]string, bool) {
	g := s.groups[group]
	if g == nil || g.open() || !g.wanted {
		return nil, false
	}
	ids := make([]string, 0, len(g.members))
	for at := range g.members {
		ids = append(ids, s.users[at].id)
	}
	slices.Sort(ids)
	return ids, true
}
