package tenant

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
)

// Endpoint is a device that an agent has registered: the API has no route that
// makes one.
type Endpoint struct {
	ID       string `json:"id"` // "" when seeded: a new one
	Type     string `json:"type"`
	Hostname string `json:"hostname"`
	OS       string `json:"os,omitempty"`
	// Person is the user whom Central associates with it, Login the account that
	// signed in last, as DOMAIN\user.
	Person string `json:"person,omitempty"`
	Login  string `json:"login,omitempty"`
	Group  string `json:"group,omitempty"` // id of its group
	// Managed says that a directory service manages it: it is put into no group.
	Managed    bool      `json:"managed,omitempty"`
	LastSeenAt time.Time `json:"lastSeenAt"` // zero when seeded: now
}

// EndpointGroup is a group of endpoints of one type.
type EndpointGroup struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Type        string    `json:"type"`
	Managed     bool      `json:"managed,omitempty"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// devices are the endpoints and their groups, in the order of their ids.
type devices struct {
	endpoints []*Endpoint
	groups    []*EndpointGroup
}

func (d *devices) endpoint(id string) *Endpoint {
	i, there := slices.BinarySearchFunc(d.endpoints, id, func(e *Endpoint, id string) int { return strings.Compare(e.ID, id) })
	if !there {
		return nil
	}
	return d.endpoints[i]
}

func (d *devices) group(id string) *EndpointGroup {
	i, there := slices.BinarySearchFunc(d.groups, id, func(g *EndpointGroup, id string) int { return strings.Compare(g.ID, id) })
	if !there {
		return nil
	}
	return d.groups[i]
}

// named returns the group that has a name, nil for none.
func (d *devices) named(name string) *EndpointGroup {
	i := slices.IndexFunc(d.groups, func(g *EndpointGroup) bool { return strings.EqualFold(g.Name, name) })
	if i < 0 {
		return nil
	}
	return d.groups[i]
}

// in are the endpoints of a group.
func (d *devices) in(group string) []*Endpoint {
	var list []*Endpoint
	for _, e := range d.endpoints {
		if e.Group == group {
			list = append(list, e)
		}
	}
	return list
}

func (d *devices) add(g *EndpointGroup) {
	d.groups = append(d.groups, g)
	d.order()
}

func (d *devices) order() {
	slices.SortFunc(d.groups, func(a, b *EndpointGroup) int { return strings.Compare(a.ID, b.ID) })
	slices.SortFunc(d.endpoints, func(a, b *Endpoint) int { return strings.Compare(a.ID, b.ID) })
}

// SeedDevices registers endpoints as agents do, and makes groups as a person in the
// console does. New ids are set in the slices given; an error means that nothing
// was added.
func (t *Tenant) SeedDevices(endpoints []Endpoint, groups []EndpointGroup) error {
	now := t.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	fresh, err := t.devices.with(endpoints, groups, now, t.o.NewID)
	if err == nil {
		t.devices = fresh
	}
	return err
}

// with returns the devices with more of them.
func (d *devices) with(endpoints []Endpoint, groups []EndpointGroup, now time.Time, newID func() string) (devices, error) {
	fresh := devices{endpoints: slices.Clone(d.endpoints), groups: slices.Clone(d.groups)}
	for i := range groups {
		g := &groups[i]
		g.ID = cmp.Or(strings.ToLower(g.ID), newID())
		g.CreatedAt = firstTime(g.CreatedAt, now)
		g.UpdatedAt = firstTime(g.UpdatedAt, g.CreatedAt)
		switch {
		case fresh.named(g.Name) != nil || g.Name == "":
			return devices{}, fault.New("sandbox.seed", "the name "+g.Name+" of a group of endpoints is there twice, or empty")
		case !deviceType(g.Type):
			return devices{}, fault.New("sandbox.seed", "the group "+g.Name+" has no type")
		}
		fresh.add(new(*g))
	}
	for i := range endpoints {
		e := &endpoints[i]
		e.ID, e.LastSeenAt = cmp.Or(strings.ToLower(e.ID), newID()), firstTime(e.LastSeenAt, now)
		if g := fresh.group(e.Group); fresh.endpoint(e.ID) != nil || e.Group != "" && (g == nil || g.Type != e.Type) {
			return devices{}, fault.New("sandbox.seed", "the endpoint "+e.Hostname+" is there twice, or in a group that cannot hold it")
		}
		fresh.endpoints = append(fresh.endpoints, new(*e))
		fresh.order()
	}
	return fresh, nil
}

// Endpoints returns all endpoints in the order of their ids.
func (t *Tenant) Endpoints() []Endpoint {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Endpoint, 0, len(t.devices.endpoints))
	for _, e := range t.devices.endpoints {
		list = append(list, *e)
	}
	return list
}

// EndpointGroups returns all groups of endpoints in the order of their ids.
func (t *Tenant) EndpointGroups() []EndpointGroup {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]EndpointGroup, 0, len(t.devices.groups))
	for _, g := range t.devices.groups {
		list = append(list, *g)
	}
	return list
}

// MoveEndpoint puts an endpoint into a group, or with "" into none, past the API as
// a person in the console does.
func (t *Tenant) MoveEndpoint(id, group string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e := t.devices.endpoint(id); e != nil {
		e.Group = group
	}
}

// DropDevices removes endpoints and groups of endpoints past the API; unknown ids
// are passed over.
func (t *Tenant) DropDevices(ids ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.devices.endpoints = slices.DeleteFunc(t.devices.endpoints, func(e *Endpoint) bool { return slices.Contains(ids, e.ID) })
	t.devices.dropGroups(ids...)
}

func (d *devices) dropGroups(ids ...string) {
	d.groups = slices.DeleteFunc(d.groups, func(g *EndpointGroup) bool { return slices.Contains(ids, g.ID) })
	for _, e := range d.endpoints {
		if slices.Contains(ids, e.Group) {
			e.Group = ""
		}
	}
}

// The types that groups have.
const (
	typeComputer = "computer"
	typeServer   = "server"
)

func deviceType(t string) bool { return t == typeComputer || t == typeServer }
