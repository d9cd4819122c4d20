package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/identity"
)

// join drafts that devices are put into the group that they belong to.
func (f *fleet) join() {
	for _, key := range slices.Sorted(maps.Keys(f.wanted)) {
		l, linked := f.links[key]
		_, there := f.groups[l.CentralID]
		if f.creates[key] == nil && (!linked || !there) {
			continue // missing in Central's list alone
		}
		for _, id := range f.wanted[key] {
			if e := f.matched[id]; f.creates[key] != nil || e.Group != l.CentralID {
				f.put(key, l, f.Desired.Devices[id], e)
			}
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.matched)) {
		if x := f.Desired.Devices[id]; len(x.Groups) > 1 {
			f.undecided(x, f.matched[id])
		}
	}
}

func (f *fleet) put(key identity.GUID, l identity.Link, x identity.WantedDevice, e identity.Endpoint) {
	g, t, fields := f.named(key)
	c := f.add(draft{
		Change: Change{
			Action: MembershipAdd, Kind: identity.KindDevice, Type: t, ObjectGUID: x.GUID, Name: x.Display, Domain: x.Domain, CentralID: e.ID,
			Group: &Ref{g.GUID, fields.Name}, Cause: Coded{CauseJoinedGroup, fmt.Sprintf("sits in %s by the directory", g.Display)},
			Object: &Object{DN: x.DN, SID: x.SID, Account: x.Account, Bases: x.Bases, Critical: x.Critical},
		},
	})
	create := f.creates[key]
	if create != nil {
		c.Needs = []string{create.ID}
	} else {
		c.GroupCentralID = l.CentralID
		if f.Ours[key][x.GUID] {
			c.Cause = Coded{CauseCentralChanged, "taken out of the group in Sophos Central by hand; put back"}
		}
	}
	f.leaves(c, x, e)
	switch {
	case f.Owners[e.ID] != "":
		c.hold(RuleOwnedElsewhere, fmt.Sprintf("the profile %s has put the endpoint into a group", f.Owners[e.ID]))
	case f.Owners[l.CentralID] != "":
		c.hold(RuleOwnedElsewhere, fmt.Sprintf("the profile %s owns the group", f.Owners[l.CentralID]))
	case f.protectsDevice(identity.Link{Kind: identity.KindDevice, Name: x.Display, Account: x.Account, DN: x.DN}, e.Hostname, e.ID):
		c.hold(RuleProtected, "a list names it that keeps it as it is")
	case f.Choice != "":
		c.hold(RuleIncomplete, f.Choice)
	}
}

// leaves says what a device leaves by being put into a group: it sits in one.
func (f *fleet) leaves(c *draft, x identity.WantedDevice, e identity.Endpoint) {
	if e.Group == "" {
		return
	}
	from, ours := f.ours[e.Group]
	name := f.groups[e.Group].Fields.Name
	c.Leaves, c.LeavesCentralID = &Ref{Name: name}, e.Group
	// Of a computer that has another endpoint by now the old one was put there.
	known := f.linked[e.ID].GUID == x.GUID
	if !ours || !known || !f.Ours[from.Key()][x.GUID] {
		c.hold(RuleElsewhere, fmt.Sprintf("it sits in the group %q of Sophos Central, and adsync did not put it there: a person moves it with approve --only and this id", name))
		return
	}
	c.Leaves, c.Limit = f.ref(from), LimitMembershipRemovals
	c.Cause.Text += fmt.Sprintf(", and is moved out of %s", name)
	f.guardLeave(c, from, f.linked[e.ID])
}

// guardLeave holds what takes a device out of a group of ours where that is not
// proven.
func (f *fleet) guardLeave(c *draft, group, device identity.Link) {
	switch {
	case f.protectsDevice(group, f.groups[group.CentralID].Fields.Name) || f.protectsDevice(device):
		c.hold(RuleProtected, "a list names the device or the group that keeps it as it is")
	case f.Membership != "":
		c.hold(RuleIncomplete, f.Membership)
	case f.unproven(group) != "":
		c.hold(f.doubt(group), f.unproven(group))
	case f.unproven(device) != "":
		c.hold(f.doubt(device), f.unproven(device))
	}
}

// undecided holds a device that belongs to several groups of which none goes first.
func (f *fleet) undecided(x identity.WantedDevice, e identity.Endpoint) {
	var names []string
	for _, id := range x.Groups {
		names = append(names, f.Desired.DeviceGroups[id].Display)
	}
	slices.Sort(names)
	_, t, fields := f.named(identity.Key(x.Groups[0], e.Type))
	c := f.add(draft{
		Change: Change{
			Action: MembershipAdd, Kind: identity.KindDevice, Type: t, ObjectGUID: x.GUID, Name: x.Display, Domain: x.Domain, CentralID: e.ID,
			Group: &Ref{x.Groups[0], fields.Name}, Cause: Coded{CauseJoinedGroup, "belongs to several groups in the directory"},
		},
	})
	c.hold(RuleSeveralGroups, fmt.Sprintf("it belongs to %s, and can sit in one group: put the one that goes first into scope.devices.groupOrder", strings.Join(names, ", ")))
}

// stays says that an endpoint which sits in a group of ours is not to be taken out
// of it: it belongs there, or it is not known that it does not.
func (f *fleet) stays(e identity.Endpoint, key identity.GUID) bool {
	if _, leave := f.alone[e.ID]; leave {
		return true
	}
	id, matched := f.computer[e.ID]
	groups := f.Desired.Devices[id].Groups
	object, _ := identity.SplitKey(key)
	return matched && slices.Contains(groups, object)
}

// moves returns the draft that puts an endpoint into another group of ours.
func (f *fleet) moves(e identity.Endpoint) (c *draft, moves bool) {
	id, matched := f.computer[e.ID]
	groups := f.Desired.Devices[id].Groups
	if !matched || len(groups) != 1 {
		return nil, false
	}
	return f.byKey[ChangeID(MembershipAdd, identity.KindDevice, id, identity.Key(groups[0], e.Type))], true
}

// leave drafts that devices which we put into a group of ours leave it, where they
// do not belong to it any more and to no other.
func (f *fleet) leave() {
	for _, key := range slices.Sorted(maps.Keys(f.links)) {
		l := f.links[key]
		if len(f.wanted[key]) == 0 {
			continue // all of them leave with the group
		}
		_, t := identity.SplitKey(key)
		for _, e := range f.in[l.CentralID] {
			dl, linked := f.linked[e.ID]
			_, moves := f.moves(e)
			switch {
			case f.stays(e, key) || moves:
				continue
			case !linked || !f.Ours[key][dl.GUID]:
				f.foreign[key]++
				continue
			}
			c := f.add(draft{
				Change: Change{
					Action: MembershipRemove, Kind: identity.KindDevice, Type: t, ObjectGUID: dl.GUID, Name: dl.Name, Domain: dl.Domain, CentralID: e.ID,
					Group: f.ref(l), GroupCentralID: l.CentralID, Cause: f.left(dl, f.ref(l).Name), Limit: LimitMembershipRemovals,
				},
			})
			if f.Owners[l.CentralID] != "" {
				c.hold(RuleOwnedElsewhere, fmt.Sprintf("the profile %s owns the group", f.Owners[l.CentralID]))
			}
			f.guardLeave(c, l, dl)
			f.precedes(c, dl)
		}
	}
}

// precedes makes the change by which a computer's old endpoint leaves a group come
// before the one that puts its new endpoint somewhere: the ledger knows one endpoint
// of a computer, and would not know the old one afterwards.
func (f *fleet) precedes(leave *draft, computer identity.Link) {
	e, matched := f.matched[computer.GUID]
	groups := f.Desired.Devices[computer.GUID].Groups
	if !matched || len(groups) != 1 {
		return
	}
	put := f.byKey[ChangeID(MembershipAdd, identity.KindDevice, computer.GUID, identity.Key(groups[0], e.Type))]
	if put != nil && !slices.Contains(leave.Needs, put.ID) {
		put.Needs = append(put.Needs, leave.ID)
	}
}

// left says why a device does not belong to a group any more.
func (f *fleet) left(device identity.Link, group string) Coded {
	x, in := f.Desired.Devices[device.GUID]
	switch {
	case !in:
		return f.Leaving(device)
	case len(x.Groups) == 0:
		return Coded{CauseLeftGroup, "no longer belongs to a group in the directory"}
	}
	return Coded{CauseLeftGroup, fmt.Sprintf("no longer sits in %s by the directory", group)}
}

// warnForeign names the groups of ours in which somebody else has put devices.
func (f *fleet) warnForeign() {
	for _, key := range slices.Sorted(maps.Keys(f.foreign)) {
		l := f.links[key]
		f.warn("device.foreign", l.GUID, l.Name, fmt.Sprintf("%d endpoints in it were put there by somebody else, and stay", f.foreign[key]))
	}
}
