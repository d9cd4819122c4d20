package apply_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// central is a Sophos Central in memory that enforces what the real one does:
// unique addresses and group names, groups that must be empty before they go,
// objects that cannot be written, ids that must exist.
type central struct {
	fleet
	now    func() time.Time
	users  map[string]identity.CentralUser
	groups map[string]identity.CentralGroup
	calls  int
	log    []string // "CreateUser ann@corp.example", writes and reads
	next   int
	lag    time.Duration // how long a search does not see what was made
	// embed is how many members or groups an object shows; 0: it does not even
	// say how many there are.
	embed int
	// trouble is asked before each call: nil lets it through.
	trouble func(op string) *trouble
}

// trouble is what befalls a call.
type trouble struct {
	effect bool   // the write takes effect before
	err    error  // the answer
	then   func() // happens before the answer: a cancelled context, a kill
}

func newCentral(now func() time.Time) *central {
	return &central{fleet: newFleet(), now: now, users: map[string]identity.CentralUser{}, groups: map[string]identity.CentralGroup{}}
}

// do makes a call of n requests.
func (c *central) do(ctx context.Context, op string, n int, effect func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c.calls += n
	c.log = append(c.log, op)
	var t *trouble
	if c.trouble != nil {
		t = c.trouble(op)
	}
	if t == nil {
		return effect()
	}
	if t.effect {
		if err := effect(); err != nil {
			return err
		}
	}
	if t.then != nil {
		t.then()
	}
	return t.err
}

func notFound(what string) error { return fault.New("central.notFound", "404 "+what) }
func conflict(what string) error { return fault.New("central.conflict", "409 "+what) }
func unclear() error             { return fault.New("central.unclear", "no answer within 30s") }

func (c *central) Calls() int { return c.calls }

func (c *central) UsersByID(ctx context.Context, ids []string) (map[string]identity.CentralUser, error) {
	found := map[string]identity.CentralUser{}
	err := c.do(ctx, fmt.Sprintf("UsersByID %d", len(ids)), 1, func() error {
		if len(ids) > 50 {
			return fault.New("central.invalid", "400 too many ids")
		}
		for _, id := range ids {
			if u, ok := c.users[id]; ok {
				u.Groups = c.embedded(c.groupsOf(id))
				found[id] = u
			}
		}
		return nil
	})
	return found, err
}

func (c *central) GroupsByID(ctx context.Context, ids []string) (map[string]identity.CentralGroup, error) {
	found := map[string]identity.CentralGroup{}
	err := c.do(ctx, fmt.Sprintf("GroupsByID %d", len(ids)), 1, func() error {
		if len(ids) > 50 {
			return fault.New("central.invalid", "400 too many ids")
		}
		for _, id := range ids {
			if g, ok := c.groups[id]; ok {
				g.Users = c.embedded(g.Members)
				found[id] = g
			}
		}
		return nil
	})
	return found, err
}

func (c *central) Members(ctx context.Context, group string) (ids []string, err error) {
	err = c.do(ctx, "Members "+c.groups[group].Fields.Name, plan.Pages(len(c.groups[group].Members)), func() error {
		g, ok := c.groups[group]
		if !ok {
			return notFound("group " + group)
		}
		ids = slices.Clone(g.Members)
		return nil
	})
	return ids, err
}

func (c *central) embedded(ids []string) identity.Embedded {
	if c.embed == 0 {
		return identity.Embedded{}
	}
	return identity.Embedded{Total: len(ids), Counted: true, Shown: ids[:min(len(ids), c.embed)]}
}

func (c *central) groupsOf(user string) []string {
	ids := []string{}
	for _, id := range slices.Sorted(maps.Keys(c.groups)) {
		if slices.Contains(c.groups[id].Members, user) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (c *central) Memberships(ctx context.Context, user string) (ids []string, err error) {
	all := c.groupsOf(user)
	err = c.do(ctx, "Memberships "+c.users[user].Fields.Name, plan.Pages(len(all)), func() error {
		if _, ok := c.users[user]; !ok {
			return notFound("user " + user)
		}
		ids = all
		return nil
	})
	return ids, err
}

func (c *central) FindUser(ctx context.Context, email, login string) (found *identity.CentralUser, err error) {
	err = c.do(ctx, "FindUser "+email+login, 1, func() error {
		for _, id := range slices.Sorted(maps.Keys(c.users)) {
			u := c.users[id]
			hit := u.Fields.ExchangeLogin == login
			if email != "" {
				hit = u.Fields.Email == email
			}
			if hit && c.now().Sub(u.CreatedAt) >= c.lag {
				if found != nil {
					return fault.New("central.ambiguous", "several users")
				}
				found = &u
			}
		}
		return nil
	})
	if err != nil {
		found = nil
	}
	return found, err
}

func (c *central) FindGroup(ctx context.Context, name string) (found *identity.CentralGroup, err error) {
	err = c.do(ctx, "FindGroup "+name, 1, func() error {
		for _, g := range c.groups {
			if g.Fields.Name == name && c.now().Sub(g.CreatedAt) >= c.lag {
				found = &g
			}
		}
		return nil
	})
	return found, err
}

func (c *central) id(prefix string) string {
	c.next++
	return fmt.Sprintf("%s-%d", prefix, c.next)
}

func (c *central) mailTaken(mail, but string) bool {
	for id, u := range c.users {
		if mail != "" && id != but && strings.EqualFold(u.Fields.Email, mail) {
			return true
		}
	}
	return false
}

func (c *central) nameTaken(name, but string) bool {
	for id, g := range c.groups {
		if id != but && strings.EqualFold(g.Fields.Name, name) {
			return true
		}
	}
	return false
}

func (c *central) CreateUser(ctx context.Context, f identity.Fields, groups []string) (u identity.CentralUser, err error) {
	err = c.do(ctx, "CreateUser "+f.Name, 1, func() error {
		if c.mailTaken(f.Email, "") {
			return conflict("mail " + f.Email)
		}
		for _, g := range groups {
			if err := c.joinable(g); err != nil {
				return err
			}
		}
		u = identity.CentralUser{ID: c.id("u"), Source: identity.SourceCustom, Fields: f, CreatedAt: c.now(), UpdatedAt: c.now()}
		c.users[u.ID] = u
		for _, g := range groups {
			c.join(g, u.ID)
		}
		u.Groups = c.embedded(c.groupsOf(u.ID))
		return nil
	})
	return u, err
}

func (c *central) joinable(group string) error {
	g, ok := c.groups[group]
	if !ok {
		return notFound("group " + group)
	}
	if g.Source != identity.SourceCustom {
		return conflict("managed")
	}
	return nil
}

func (c *central) join(group, user string) {
	g := c.groups[group]
	if !slices.Contains(g.Members, user) {
		g.Members = append(slices.Clone(g.Members), user)
	}
	g.Total = len(g.Members)
	c.groups[group] = g
}

func (c *central) part(group, user string) {
	g := c.groups[group]
	g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(id string) bool { return id == user })
	g.Total = len(g.Members)
	c.groups[group] = g
}

// patch sets what is not empty.
func patch(to *identity.Fields, f identity.Fields) {
	for _, x := range []struct{ to, from *string }{
		{&to.Name, &f.Name},
		{&to.FirstName, &f.FirstName},
		{&to.LastName, &f.LastName},
		{&to.Email, &f.Email},
		{&to.ExchangeLogin, &f.ExchangeLogin},
		{&to.Description, &f.Description},
	} {
		if *x.from != "" {
			*x.to = *x.from
		}
	}
}

func (c *central) UpdateUser(ctx context.Context, id string, f identity.Fields) (u identity.CentralUser, err error) {
	err = c.do(ctx, "UpdateUser "+id, 1, func() error {
		var ok bool
		u, ok = c.users[id]
		switch {
		case !ok:
			return notFound("user " + id)
		case u.Source != identity.SourceCustom:
			return conflict("managed")
		case c.mailTaken(f.Email, id):
			return conflict("mail " + f.Email)
		}
		patch(&u.Fields, f)
		u.UpdatedAt = c.now()
		c.users[id] = u
		u.Groups = c.embedded(c.groupsOf(id))
		return nil
	})
	return u, err
}

func (c *central) DeleteUser(ctx context.Context, id string) error {
	return c.do(ctx, "DeleteUser "+id, 1, func() error {
		if u, ok := c.users[id]; ok && u.Source != identity.SourceCustom {
			return conflict("managed")
		}
		delete(c.users, id)
		for g := range c.groups {
			c.part(g, id)
		}
		return nil
	})
}

func (c *central) CreateGroup(ctx context.Context, f identity.Fields) (g identity.CentralGroup, err error) {
	err = c.do(ctx, "CreateGroup "+f.Name, 1, func() error {
		if c.nameTaken(f.Name, "") {
			return conflict("name " + f.Name)
		}
		g = identity.CentralGroup{ID: c.id("g"), Source: identity.SourceCustom, Fields: f, MembersKnown: true, CreatedAt: c.now(), UpdatedAt: c.now()}
		c.groups[g.ID] = g
		g.Users = c.embedded(nil)
		return nil
	})
	return g, err
}

func (c *central) UpdateGroup(ctx context.Context, id string, f identity.Fields) (g identity.CentralGroup, err error) {
	err = c.do(ctx, "UpdateGroup "+id, 1, func() error {
		var ok bool
		g, ok = c.groups[id]
		switch {
		case !ok:
			return notFound("group " + id)
		case g.Source != identity.SourceCustom:
			return conflict("managed")
		case f.Name != "" && c.nameTaken(f.Name, id):
			return conflict("name " + f.Name)
		}
		patch(&g.Fields, f)
		c.groups[id] = g
		g.Users = c.embedded(g.Members)
		return nil
	})
	return g, err
}

func (c *central) DeleteGroup(ctx context.Context, id string) error {
	return c.do(ctx, "DeleteGroup "+id, 1, func() error {
		g, ok := c.groups[id]
		switch {
		case !ok:
			return notFound("group " + id)
		case g.Source != identity.SourceCustom, len(g.Members) > 0:
			return conflict("managed or not empty")
		}
		delete(c.groups, id)
		return nil
	})
}

func (c *central) AddMembers(ctx context.Context, group string, ids []string) error {
	return c.do(ctx, fmt.Sprintf("AddMembers %s %d", c.groups[group].Fields.Name, len(ids)), 1, func() error {
		return c.members(group, ids, 100, c.join)
	})
}

func (c *central) RemoveMembers(ctx context.Context, group string, ids []string) error {
	return c.do(ctx, fmt.Sprintf("RemoveMembers %s %d", c.groups[group].Fields.Name, len(ids)), 1, func() error {
		return c.members(group, ids, 50, c.part)
	})
}

func (c *central) AddToGroups(ctx context.Context, user string, ids []string) error {
	return c.do(ctx, fmt.Sprintf("AddToGroups %s %d", c.users[user].Fields.Name, len(ids)), 1, func() error {
		return c.hers(user, ids, 100, c.join)
	})
}

func (c *central) RemoveFromGroups(ctx context.Context, user string, ids []string) error {
	return c.do(ctx, fmt.Sprintf("RemoveFromGroups %s %d", c.users[user].Fields.Name, len(ids)), 1, func() error {
		return c.hers(user, ids, 50, c.part)
	})
}

func (c *central) hers(user string, ids []string, most int, move func(group, user string)) error {
	switch u, ok := c.users[user]; {
	case !ok:
		return notFound("user " + user)
	case u.Source != identity.SourceCustom:
		return conflict("managed")
	case len(ids) == 0 || len(ids) > most:
		return fault.New("central.invalid", "400 number of ids")
	}
	for _, id := range ids {
		if err := c.joinable(id); err != nil {
			return err
		}
	}
	for _, id := range ids {
		move(id, user)
	}
	return nil
}

func (c *central) members(group string, ids []string, most int, move func(group, user string)) error {
	if err := c.joinable(group); err != nil {
		return err
	}
	if len(ids) == 0 || len(ids) > most {
		return fault.New("central.invalid", "400 number of ids")
	}
	for _, id := range ids {
		switch u, ok := c.users[id]; {
		case !ok:
			return notFound("user " + id)
		case u.Source != identity.SourceCustom:
			return conflict("managed")
		}
	}
	for _, id := range ids {
		move(group, id)
	}
	return nil
}
