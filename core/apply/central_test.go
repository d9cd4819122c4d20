package apply_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
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
