package apply

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"adsync/core/identity"
	"adsync/core/plan"
)

// stage is a Central of what some changes are about. It says yes to everything.
type stage struct {
	DeviceTarget // nil: nothing of devices is rehearsed

	users  map[string]identity.CentralUser
	groups map[string]identity.CentralGroup
	// members has the users of each group, in the groups of each user: all that
	// are known. More counts those that Central has beside them.
	members, in map[string]map[string]bool
	more        map[string]int
	show        display
	ledger      linkbook
	calls, made int
}

// display is how much of a list inside an object Central shows: whether it says
// how many there are, and from what number on it cuts, -1 for never.
type display struct {
	counted bool
	most    int
}

// newStage holds what the changes name, and the groups of the ledger.
func newStage(changes []plan.Change, p Picture) *stage {
	s := &stage{
		users: map[string]identity.CentralUser{}, groups: map[string]identity.CentralGroup{},
		members: map[string]map[string]bool{}, in: map[string]map[string]bool{}, more: map[string]int{},
		ledger: linkbook{make(map[identity.GUID]identity.Link, len(p.Links)), make(map[string]identity.GUID, len(p.Links))},
	}
	for _, l := range p.Links {
		s.ledger.links[l.Key()], s.ledger.owners[l.CentralID] = l, l.Key()
	}
	named := map[string]bool{}
	for _, c := range changes {
		named[c.CentralID], named[c.GroupCentralID] = true, true
		for _, g := range c.MemberOf {
			named[s.ledger.links[g.ObjectGUID].CentralID] = true
		}
		for _, id := range c.Members {
			named[id] = true
		}
	}
	s.show = display{counted: true, most: -1}
	for _, g := range p.Groups {
		s.show.learn(g.Users)
		if named[g.ID] {
			s.groups[g.ID] = g
			s.seat(g.ID, g.Members...)
			s.more[g.ID] = max(0, g.Users.Total-len(g.Members))
		}
	}
	for _, u := range p.Users {
		s.show.learn(u.Groups)
		if named[u.ID] {
			s.users[u.ID] = u
			s.more[u.ID] = max(0, u.Groups.Total-len(s.in[u.ID]))
		}
	}
	return s
}

// learn finds out from what Central has shown how it shows lists. Where it cuts is
// not known before something was cut.
func (d *display) learn(e identity.Embedded) {
	d.counted = d.counted && e.Counted
	if e.Counted && !e.Whole() {
		d.most = max(d.most, len(e.Shown))
	}
}

func (s *stage) seat(group string, users ...string) {
	for _, u := range users {
		enter(s.members, group, u)
		enter(s.in, u, group)
	}
}

func (s *stage) part(group string, users ...string) {
	for _, u := range users {
		delete(s.members[group], u)
		delete(s.in[u], group)
	}
}

func enter(in map[string]map[string]bool, id, other string) {
	if in[id] == nil {
		in[id] = map[string]bool{}
	}
	in[id][other] = true
}

// inside is the list inside an object.
func (s *stage) inside(id string, known map[string]bool) identity.Embedded {
	d := s.show
	e := identity.Embedded{Total: len(known) + s.more[id], Counted: d.counted}
	if d.counted && (d.most < 0 || e.Total <= d.most) {
		e.Shown = slices.Sorted(maps.Keys(known))
		for i := range s.more[id] {
			e.Shown = append(e.Shown, fmt.Sprintf("other-%d", i))
		}
	}
	return e
}

func (s *stage) Calls() int { return s.calls }

func (s *stage) id() string {
	s.calls++
	s.made++
	return fmt.Sprintf("new-%d", s.made)
}

func (s *stage) UsersByID(_ context.Context, ids []string) (map[string]identity.CentralUser, error) {
	found := map[string]identity.CentralUser{}
	for _, id := range ids {
		if u, ok := s.users[id]; ok {
			u.Groups = s.inside(id, s.in[id])
			found[id] = u
		}
	}
	s.calls += (len(ids) + plan.MaxRead - 1) / plan.MaxRead
	return found, nil
}

func (s *stage) GroupsByID(_ context.Context, ids []string) (map[string]identity.CentralGroup, error) {
	found := map[string]identity.CentralGroup{}
	for _, id := range ids {
		if g, ok := s.groups[id]; ok {
			g.Users = s.inside(id, s.members[id])
			found[id] = g
		}
	}
	s.calls += (len(ids) + plan.MaxRead - 1) / plan.MaxRead
	return found, nil
}

func (s *stage) Members(_ context.Context, id string) ([]string, error) {
	return s.listed(id, s.members[id]), nil
}

func (s *stage) Memberships(_ context.Context, id string) ([]string, error) {
	return s.listed(id, s.in[id]), nil
}

func (s *stage) listed(id string, known map[string]bool) []string {
	s.calls += plan.Pages(len(known) + s.more[id])
	return slices.Sorted(maps.Keys(known))
}

func (s *stage) FindUser(context.Context, string, string) (*identity.CentralUser, error) {
	s.calls++
	return nil, nil
}

func (s *stage) FindGroup(context.Context, string) (*identity.CentralGroup, error) {
	s.calls++
	return nil, nil
}

func (s *stage) CreateUser(_ context.Context, f identity.Fields, groups []string) (identity.CentralUser, error) {
	u := identity.CentralUser{ID: s.id(), Source: identity.SourceCustom, Fields: f}
	s.users[u.ID] = u
	for _, g := range groups {
		s.seat(g, u.ID)
	}
	u.Groups = s.inside(u.ID, s.in[u.ID])
	return u, nil
}

func (s *stage) UpdateUser(_ context.Context, id string, f identity.Fields) (identity.CentralUser, error) {
	s.calls++
	u := s.users[id]
	overwrite(&u.Fields, f)
	s.users[id] = u
	u.Groups = s.inside(id, s.in[id])
	return u, nil
}

func (s *stage) DeleteUser(_ context.Context, id string) error {
	s.calls++
	for g := range s.in[id] {
		delete(s.members[g], id)
	}
	delete(s.in, id)
	delete(s.users, id)
	return nil
}

func (s *stage) CreateGroup(_ context.Context, f identity.Fields) (identity.CentralGroup, error) {
	g := identity.CentralGroup{ID: s.id(), Source: identity.SourceCustom, Fields: f}
	s.groups[g.ID] = g
	g.Users = s.inside(g.ID, nil)
	return g, nil
}

func (s *stage) UpdateGroup(_ context.Context, id string, f identity.Fields) (identity.CentralGroup, error) {
	s.calls++
	g := s.groups[id]
	overwrite(&g.Fields, f)
	s.groups[id] = g
	g.Users = s.inside(id, s.members[id])
	return g, nil
}

// overwrite sets the fields that are not empty, as Central does.
func overwrite(to *identity.Fields, f identity.Fields) {
	all := &plan.Values{}
	held, given := texts(all, to), texts(all, &f)
	for i := range held {
		if *given[i].held != "" {
			*held[i].held = *given[i].held
		}
	}
}

func (s *stage) DeleteGroup(_ context.Context, id string) error {
	s.calls++
	delete(s.groups, id)
	return nil
}

func (s *stage) AddMembers(_ context.Context, group string, users []string) error {
	s.calls++
	s.seat(group, users...)
	return nil
}

func (s *stage) RemoveMembers(_ context.Context, group string, users []string) error {
	s.calls++
	s.part(group, users...)
	return nil
}

func (s *stage) AddToGroups(_ context.Context, user string, groups []string) error {
	s.calls++
	for _, g := range groups {
		s.seat(g, user)
	}
	return nil
}

func (s *stage) RemoveFromGroups(_ context.Context, user string, groups []string) error {
	s.calls++
	for _, g := range groups {
		s.part(g, user)
	}
	return nil
}
