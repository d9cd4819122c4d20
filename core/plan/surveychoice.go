package plan

import (
	"maps"
	"slices"

	"adsync/core/identity"
)

// errand is a reading, and for a user the groups for whose sake he is read; nil
// for all.
type errand struct {
	Reading
	sake []*seatedGroup
}

func (s *Survey) needed(e errand) bool {
	if e.Kind == identity.KindGroup {
		return s.groups[e.ID].open()
	}
	return !s.users[s.places[e.ID]].closed && (e.sake == nil || slices.ContainsFunc(e.sake, (*seatedGroup).open))
}

func (s *Survey) cost(list []errand) int {
	n := 0
	for _, e := range list {
		n += s.pages(e.Reading)
	}
	return n
}

func (s *Survey) pages(r Reading) int {
	if r.Kind == identity.KindGroup {
		return s.groups[r.ID].pages
	}
	return s.users[s.places[r.ID]].pages
}

// choose fills the queue: the cover of what is guessed, or all users where they
// are fewer pages.
func (s *Survey) choose(open []*seatedGroup) {
	var pairs []Pair
	sake := map[string][]*seatedGroup{}
	groups := map[string]bool{}
	for _, g := range open {
		guessed := s.guessed(g)
		if s.alone(g) || len(g.members)+len(guessed) != g.total {
			groups[g.id] = true // the guess cannot be all of it
			continue
		}
		for _, id := range guessed {
			pairs = append(pairs, Pair{User: id, Group: g.id})
			sake[id] = append(sake[id], g)
		}
	}
	users, more := Cover(pairs,
		func(id string) int { return s.pages(Reading{identity.KindUser, id}) },
		func(id string) int { return s.pages(Reading{identity.KindGroup, id}) })
	maps.Copy(groups, more)
	s.queue = nil
	for _, g := range open {
		if groups[g.id] {
			s.queue = append(s.queue, errand{Reading: Reading{identity.KindGroup, g.id}})
		}
	}
	for _, id := range slices.Sorted(maps.Keys(users)) {
		s.queue = append(s.queue, errand{Reading{identity.KindUser, id}, sake[id]})
	}
	if all := s.everybody(open); s.cost(all) < s.cost(s.queue) {
		s.queue = all
	}
}

// guessed are the members that a group is believed to have beside those known.
func (s *Survey) guessed(g *seatedGroup) []string {
	var list []string
	for _, id := range s.guess[g.id] {
		if at, listed := s.places[id]; listed && !s.users[at].closed && !g.members[at] {
			list = append(list, id)
		}
	}
	return list
}

// everybody is the way by the users, but for groups that only their own list can
// show.
func (s *Survey) everybody(open []*seatedGroup) []errand {
	var list []errand
	for _, u := range s.users {
		if !u.closed {
			list = append(list, errand{Reading: Reading{identity.KindUser, u.id}})
		}
	}
	for _, g := range open {
		if s.alone(g) {
			list = append(list, errand{Reading: Reading{identity.KindGroup, g.id}})
		}
	}
	return list
}
