package plan

import (
	"slices"

	"adsync/core/identity"
)

// The most ids that one call of the API carries.
const (
	MaxRead   = 50  // objects read by their ids
	MaxAdd    = 100 // members added to a group
	MaxRemove = 50  // members taken out of a group
	pageSize  = 100 // members listed
)

// Batches cuts changes into what is carried out together: neighbouring
// membership changes of one action and one group as far as one call holds them,
// everything else by itself.
func Batches(changes []Change) [][]Change {
	var list [][]Change
	for len(changes) > 0 {
		n := 1
		for n < len(changes) && n < batchSize(changes[0]) && together(changes[0], changes[n]) {
			n++
		}
		list = append(list, changes[:n:n])
		changes = changes[n:]
	}
	return list
}

func batchSize(c Change) int {
	switch c.Action {
	case MembershipAdd:
		return MaxAdd
	case MembershipRemove:
		return MaxRemove
	case Create, Update, Remove, Adopt:
	}
	return 1
}

func together(a, b Change) bool {
	return a.Action == b.Action && a.Kind == b.Kind && a.Group != nil && b.Group != nil && a.GroupKey() == b.GroupKey()
}

// CountCalls counts the calls of the API that carrying out the changes costs
// when nothing goes wrong: the objects read again, the members of groups listed,
// and the writes. Sizes are the numbers of members that the groups have now, by
// Central id.
func CountCalls(changes []Change, sizes map[string]int) int {
	c := counter{
		sizes: sizes, users: map[string]bool{}, groups: map[string]bool{}, gone: map[string]bool{},
		made: map[identity.GUID]bool{}, listed: map[identity.GUID]bool{},
		grown: map[identity.GUID]int{}, taken: map[identity.GUID]map[string]bool{},
	}
	fleet := newFleetCounter()
	for _, batch := range Batches(changes) {
		switch batch[0].Kind {
		case identity.KindDevice, identity.KindDeviceGroup:
			fleet.batch(batch)
		case identity.KindUser, identity.KindGroup:
			c.batch(batch)
		}
	}
	return c.calls + calls(len(c.users), MaxRead) + calls(len(c.groups), MaxRead) + fleet.total()
}

// calls is how often something has to be called for n things, size at a time.
func calls(n, size int) int { return (n + size - 1) / size }

// counter follows what a run has seen and done.
type counter struct {
	sizes         map[string]int
	calls         int
	users, groups map[string]bool // objects to be read again
	gone          map[string]bool // users removed, by Central id
	made          map[identity.GUID]bool
	listed        map[identity.GUID]bool // groups whose members are known
	grown         map[identity.GUID]int
	taken         map[identity.GUID]map[string]bool // users taken out of a group
}

func (c *counter) batch(batch []Change) {
	first := batch[0]
	read := c.users
	if first.Kind == identity.KindGroup {
		read = c.groups
	}
	switch first.Action {
	case Create:
		c.calls++
		c.made[first.ObjectGUID] = true
		for _, g := range first.MemberOf {
			c.grown[g.ObjectGUID]++
		}
		if first.Cause.Code == CauseCentralDeleted {
			read[string(first.ObjectGUID)] = true
		}
	case Update, Adopt:
		c.calls++
		read[first.CentralID] = true
	case Remove:
		read[first.CentralID] = true
		if first.Kind == identity.KindGroup {
			c.removeGroup(first)
		}
		c.gone[first.CentralID] = true
		c.calls++
	case MembershipAdd, MembershipRemove:
		c.list(first.Group.ObjectGUID, c.sizes[first.GroupCentralID])
		c.calls++
		for _, x := range batch {
			c.member(x)
		}
	}
}

// list counts the reading of a group's members, once; a group that the run made
// itself is known.
func (c *counter) list(group identity.GUID, size int) {
	if !c.listed[group] && !c.made[group] {
		c.calls += max(1, calls(size+c.grown[group], pageSize))
	}
	c.listed[group] = true
}

func (c *counter) member(x Change) {
	if x.Action == MembershipAdd {
		c.grown[x.Group.ObjectGUID]++
		return
	}
	if c.taken[x.Group.ObjectGUID] == nil {
		c.taken[x.Group.ObjectGUID] = map[string]bool{}
	}
	c.taken[x.Group.ObjectGUID][x.CentralID] = true
}

func (c *counter) removeGroup(x Change) {
	left := len(slices.DeleteFunc(slices.Clone(x.Members), func(id string) bool {
		return c.gone[id] || c.taken[x.ObjectGUID][id]
	}))
	size, known := c.sizes[x.CentralID]
	if !known {
		size = len(x.Members)
	}
	c.list(x.ObjectGUID, size-(len(x.Members)-left))
	c.calls += calls(left, MaxRemove)
}
