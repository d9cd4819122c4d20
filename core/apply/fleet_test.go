package apply_test

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
)

// fleet is the part of a Central in memory that is about devices. An endpoint sits
// in one group, a group takes its own type, and only an empty one goes.
type fleet struct {
	endpoints map[string]identity.Endpoint
	kinds     map[string]identity.EndpointGroup
}

func newFleet() fleet {
	return fleet{endpoints: map[string]identity.Endpoint{}, kinds: map[string]identity.EndpointGroup{}}
}

func (c *central) EndpointsByID(ctx context.Context, ids []string) (map[string]identity.Endpoint, error) {
	found := map[string]identity.Endpoint{}
	err := c.do(ctx, fmt.Sprintf("EndpointsByID %d", len(ids)), 1, func() error {
		if len(ids) > 50 {
			return fault.New("central.invalid", "400 too many ids")
		}
		for _, id := range ids {
			if e, ok := c.endpoints[id]; ok {
				found[id] = e
			}
		}
		return nil
	})
	return found, err
}

func (c *central) EndpointGroupsByID(ctx context.Context, ids []string) (map[string]identity.EndpointGroup, error) {
	found := map[string]identity.EndpointGroup{}
	err := c.do(ctx, fmt.Sprintf("EndpointGroupsByID %d", len(ids)), 1, func() error {
		for _, id := range ids {
			if g, ok := c.kinds[id]; ok {
				found[id] = g
			}
		}
		return nil
	})
	return found, err
}

func (c *central) EndpointsOf(ctx context.Context, group string) (list []identity.Endpoint, err error) {
	err = c.do(ctx, "EndpointsOf "+c.kinds[group].Fields.Name, 1, func() error {
		if _, ok := c.kinds[group]; !ok {
			return notFound("group " + group)
		}
		for _, e := range c.endpoints {
			if e.Group == group {
				list = append(list, e)
			}
		}
		return nil
	})
	slices.SortFunc(list, func(a, b identity.Endpoint) int { return strings.Compare(a.ID, b.ID) })
	return list, err
}

func (c *central) FindEndpointGroup(ctx context.Context, name string) (found *identity.EndpointGroup, err error) {
	err = c.do(ctx, "FindEndpointGroup "+name, 1, func() error {
		for _, g := range c.kinds {
			if strings.EqualFold(g.Fields.Name, name) && c.now().Sub(g.CreatedAt) >= c.lag {
				found = &g
			}
		}
		return nil
	})
	return found, err
}

func (c *central) CreateEndpointGroup(ctx context.Context, f identity.Fields, t identity.DeviceType) (g identity.EndpointGroup, err error) {
	err = c.do(ctx, "CreateEndpointGroup "+f.Name, 1, func() error {
		for _, other := range c.kinds {
			if strings.EqualFold(other.Fields.Name, f.Name) {
				return conflict("name")
			}
		}
		c.next++
		g = identity.EndpointGroup{ID: fmt.Sprintf("neweg%d", c.next), Type: t, Fields: f, CreatedAt: c.now()}
		c.kinds[g.ID] = g
		return nil
	})
	return g, err
}

func (c *central) UpdateEndpointGroup(ctx context.Context, id string, f identity.Fields) (g identity.EndpointGroup, err error) {
	err = c.do(ctx, "UpdateEndpointGroup "+id, 1, func() error {
		held, ok := c.kinds[id]
		if !ok {
			return notFound("group " + id)
		}
		g = held
		g.Fields.Name = f.Name
		c.kinds[id] = g
		return nil
	})
	return g, err
}

func (c *central) DeleteEndpointGroup(ctx context.Context, id string) error {
	return c.do(ctx, "DeleteEndpointGroup "+id, 1, func() error {
		if _, ok := c.kinds[id]; !ok {
			return notFound("group " + id)
		}
		for _, e := range c.endpoints {
			if e.Group == id {
				return conflict("not empty")
			}
		}
		delete(c.kinds, id)
		return nil
	})
}

func (c *central) AddEndpoints(ctx context.Context, group string, ids []string) (a identity.EndpointsAdded, err error) {
	err = c.do(ctx, fmt.Sprintf("AddEndpoints %s %d", group, len(ids)), 1, func() error {
		g, ok := c.kinds[group]
		if !ok {
			return notFound("group " + group)
		}
		for _, id := range ids {
			switch e, there := c.endpoints[id]; {
			case !there:
				a.NotFound = append(a.NotFound, id)
			case e.Type != g.Type:
				a.WrongType = append(a.WrongType, id)
			case e.Group != group:
				e.Group = group
				c.endpoints[id] = e
				a.Added = append(a.Added, id)
			}
		}
		return nil
	})
	return a, err
}

func (c *central) RemoveEndpoints(ctx context.Context, group string, ids []string) error {
	return c.do(ctx, fmt.Sprintf("RemoveEndpoints %s %d", group, len(ids)), 1, func() error {
		for _, id := range ids {
			if e := c.endpoints[id]; e.Group == group {
				e.Group = ""
				c.endpoints[id] = e
			}
		}
		return nil
	})
}
