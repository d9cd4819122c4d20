package apply_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
)

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
