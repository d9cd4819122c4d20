package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"adsync/core/identity"
	"adsync/core/plan"
)

// garage is the part of a world that is about devices: a Central that enforces its
// rules after each write, and the ledger. People's groups take names too.
type garage struct {
	endpoints map[string]identity.Endpoint
	groups    map[string]identity.EndpointGroup
	links     map[identity.GUID]identity.Link
	ours      map[identity.GUID]map[identity.GUID]bool
	desired   map[identity.GUID]identity.WantedDevice
	wanted    map[identity.GUID]identity.WantedDeviceGroup
	next      int
	lift      bool // a person moves what sits elsewhere
	did       map[string]int
}

func newGarage(r *rand.Rand, n int) *garage {
	g := &garage{
		endpoints: map[string]identity.Endpoint{}, groups: map[string]identity.EndpointGroup{}, links: map[identity.GUID]identity.Link{},
		ours: map[identity.GUID]map[identity.GUID]bool{}, lift: r.IntN(2) == 0, did: map[string]int{},
	}
	kind := func() identity.DeviceType {
		return []identity.DeviceType{identity.TypeComputer, identity.TypeServer}[r.IntN(2)]
	}
	for i := range n/2 + 1 {
		t, id := kind(), fmt.Sprintf("eg%d", i)
		name := fmt.Sprintf("G%d (%ss)", r.IntN(n+1), t)
		if g.taken(name, "") {
			continue
		}
		g.groups[id] = identity.EndpointGroup{ID: id, Type: t, Fields: identity.Fields{Name: name}}
		if r.IntN(3) > 0 {
			l := identity.Link{GUID: guid(6000 + i), Type: t, Kind: identity.KindDeviceGroup, CentralID: id, Domain: corp, Name: name}
			g.links[l.Key()], g.ours[l.Key()] = l, map[identity.GUID]bool{}
		}
	}
	for i := range n + 2 {
		e := identity.Endpoint{ID: fmt.Sprintf("e%d", i), Type: kind(), Hostname: fmt.Sprintf("PC%d", i)}
		switch r.IntN(8) {
		case 0:
			e.Hostname = fmt.Sprintf("pc%d.local", r.IntN(n+2))
		case 1:
			e.Type = "securityVm"
		}
		for _, id := range slices.Sorted(maps.Keys(g.groups)) {
			if g.groups[id].Type == e.Type && r.IntN(4) == 0 {
				e.Group = id
			}
		}
		g.endpoints[e.ID] = e
		for _, key := range slices.Sorted(maps.Keys(g.links)) {
			if l := g.links[key]; l.CentralID == e.Group && l.Kind == identity.KindDeviceGroup && r.IntN(3) > 0 {
				g.links[guid(5000+i)] = identity.Link{GUID: guid(5000 + i), Kind: identity.KindDevice, CentralID: e.ID, Domain: corp, Name: e.Hostname}
				g.ours[key][guid(5000+i)] = true
			}
		}
	}
	g.desire(r, n)
	return g
}

func (g *garage) desire(r *rand.Rand, n int) {
	g.desired, g.wanted = map[identity.GUID]identity.WantedDevice{}, map[identity.GUID]identity.WantedDeviceGroup{}
	for i := range n/2 + 2 {
		if r.IntN(5) > 0 {
			name := fmt.Sprintf("G%d", r.IntN(n+2))
			g.wanted[guid(6000+i)] = identity.WantedDeviceGroup{GUID: guid(6000 + i), Domain: corp, DN: name, Display: name, Fields: identity.Fields{Name: name}}
		}
	}
	for i := range n + 3 {
		if r.IntN(6) == 0 {
			continue
		}
		x := identity.WantedDevice{GUID: guid(5000 + i), Domain: corp, DN: fmt.Sprint(i), Display: fmt.Sprintf("PC%d", i), Hosts: []string{fmt.Sprintf("pc%d", i)}, Groups: []identity.GUID{}}
		if r.IntN(8) == 0 {
			x.Hosts = append(x.Hosts, fmt.Sprintf("pc%d", r.IntN(n)))
			slices.Sort(x.Hosts)
			x.Hosts = slices.Compact(x.Hosts)
		}
		for _, id := range slices.Sorted(maps.Keys(g.wanted)) {
			if len(x.Groups) == 0 || r.IntN(12) == 0 {
				x.Groups = append(x.Groups, id)
			}
		}
		slices.Sort(x.Groups)
		g.desired[x.GUID] = x
	}
}

func (g *garage) into(in *plan.Input) {
	in.Devices, in.Desired.Devices, in.Desired.DeviceGroups, in.Ours = true, g.desired, g.wanted, g.ours
	for _, e := range g.endpoints {
		in.Endpoints = append(in.Endpoints, e)
	}
	for _, x := range g.groups {
		in.EndpointGroups = append(in.EndpointGroups, x)
	}
	for _, l := range g.links {
		in.Links = append(in.Links, l)
	}
}

// remember keeps what a preview keeps.
func (g *garage) remember(r plan.Result) {
	for _, l := range r.Seen {
		if l.Kind == identity.KindDevice || l.Kind == identity.KindDeviceGroup {
			g.put(l)
		}
	}
	for _, key := range r.Forget {
		g.forget(key)
	}
	for key, devices := range r.Joined {
		for _, id := range devices {
			if g.ours[key] != nil && g.links[id].CentralID != "" {
				g.ours[key][id] = true
			}
		}
	}
	for key, devices := range r.Parted {
		for _, id := range devices {
			delete(g.ours[key], id)
		}
	}
}

func (g *garage) put(l identity.Link) {
	if old := g.links[l.Key()]; old.CentralID != "" && old.CentralID != l.CentralID {
		for _, members := range g.ours {
			delete(members, l.Key())
		}
	}
	g.links[l.Key()] = l
}

func (g *garage) forget(key identity.GUID) {
	if g.links[key].Kind != identity.KindDevice && g.links[key].Kind != identity.KindDeviceGroup {
		return
	}
	delete(g.links, key)
	delete(g.ours, key)
	for _, members := range g.ours {
		delete(members, key)
	}
}

func (g *garage) taken(name, but string) bool {
	for id, x := range g.groups {
		if id != but && strings.EqualFold(x.Fields.Name, name) {
			return true
		}
	}
	return false
}

// carryOut does one change as Central would, or says why it refuses.
func (g *garage) carryOut(w *world, c plan.Change) error {
	deed := string(c.Action)
	switch {
	case c.Leaves != nil && c.Leaves.ObjectGUID == "":
		deed = "move from elsewhere"
	case c.Leaves != nil:
		deed = "move"
	case len(c.Members) > 0:
		deed = "remove full"
	}
	g.did[deed]++
	switch {
	case c.Kind == identity.KindDevice && c.Action == plan.MembershipAdd:
		return g.add(c)
	case c.Kind == identity.KindDevice && c.Action == plan.MembershipRemove:
		e, ours := g.endpoints[c.CentralID], g.ours[c.GroupKey()]
		if !ours[c.ObjectGUID] {
			return fmt.Errorf("%s is not ours in %s", c.Name, c.Group.Name)
		}
		if e.Group == c.GroupCentralID {
			e.Group = ""
			g.endpoints[e.ID] = e
		}
		delete(ours, c.ObjectGUID)
		return nil
	case c.Action == plan.Create:
		name := c.After.Fields().Name
		if g.taken(name, "") || w.nameTaken(name, "") {
			return fmt.Errorf("409 name %s", name)
		}
		g.next++
		x := identity.EndpointGroup{ID: fmt.Sprintf("neweg%d", g.next), Type: c.Type, Fields: c.After.Fields()}
		g.groups[x.ID] = x
		l := identity.Link{GUID: c.ObjectGUID, Type: c.Type, Kind: c.Kind, CentralID: x.ID, Domain: c.Domain, Name: c.Name}
		g.links[l.Key()], g.ours[l.Key()] = l, map[identity.GUID]bool{}
		return nil
	case c.Action == plan.Update:
		x, name := g.groups[c.CentralID], c.After.Fields().Name
		if g.taken(name, x.ID) || w.nameTaken(name, "") {
			return fmt.Errorf("409 name %s", name)
		}
		x.Fields.Name = name
		g.groups[x.ID] = x
		return nil
	case c.Action == plan.Remove:
		return g.remove(c)
	}
	return fmt.Errorf("no such change of devices")
}

func (g *garage) add(c plan.Change) error {
	l := g.links[c.GroupKey()]
	x, there := g.groups[l.CentralID]
	switch e := g.endpoints[c.CentralID]; {
	case !there:
		return fmt.Errorf("404 group %s", c.Group.Name)
	case e.Type != x.Type:
		return fmt.Errorf("wrong type")
	case e.Group != c.LeavesCentralID:
		return fmt.Errorf("%s sits in %q and not in %q", c.Name, e.Group, c.LeavesCentralID)
	default:
		e.Group = x.ID
		g.endpoints[e.ID] = e
	}
	for key, old := range g.links {
		if old.Kind == identity.KindDevice && old.CentralID == c.CentralID {
			g.forget(key)
		}
	}
	for _, members := range g.ours {
		delete(members, c.ObjectGUID)
	}
	g.put(identity.Link{GUID: c.ObjectGUID, Kind: identity.KindDevice, CentralID: c.CentralID, Domain: c.Domain, Name: c.Name})
	g.ours[c.GroupKey()][c.ObjectGUID] = true
	return nil
}

func (g *garage) remove(c plan.Change) error {
	for id, e := range g.endpoints {
		if e.Group != c.CentralID {
			continue
		}
		if !slices.Contains(c.Members, id) {
			return fmt.Errorf("409 group %s holds %s", c.Name, e.Hostname)
		}
		e.Group = ""
		g.endpoints[id] = e
	}
	delete(g.groups, c.CentralID)
	g.forget(c.Key())
	return nil
}

// check holds what must be true of every plan about devices.
func (g *garage) check(t *testing.T, r plan.Result) {
	t.Helper()
	for _, c := range r.Changes {
		switch {
		case c.Kind != identity.KindDevice:
		case c.LeavesCentralID != "" && (c.Leaves.ObjectGUID == "" || !g.ours[identity.Key(c.Leaves.ObjectGUID, c.Type)][c.ObjectGUID]):
			t.Fatalf("%s is moved out of %s, where somebody else put it", c.Name, c.Leaves.Name)
		case c.Action == plan.MembershipRemove && !g.ours[c.GroupKey()][c.ObjectGUID]:
			t.Fatalf("%s is taken out of %s, where somebody else put it", c.Name, c.Group.Name)
		}
	}
}

// noEmptyGroups holds row S11: a group of devices is made only for devices.
func (g *garage) noEmptyGroups(t *testing.T, done []plan.Change) {
	t.Helper()
	for _, c := range done {
		if c.Action != plan.Create || c.Kind != identity.KindDeviceGroup {
			continue
		}
		id := g.links[c.Key()].CentralID
		filled := false
		for _, e := range g.endpoints {
			filled = filled || e.Group == id
		}
		if !filled {
			t.Errorf("the group %s was made and nothing is in it", c.Name)
		}
	}
}
