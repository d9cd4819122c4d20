package plan

import (
	"fmt"
	"maps"
	"slices"

	"adsync/core/identity"
)

// removeGroups drafts the removal of the groups of ours that no device is to sit
// in: those that we put there are taken out with it.
func (f *fleet) removeGroups() {
	for _, key := range slices.Sorted(maps.Keys(f.links)) {
		l := f.links[key]
		g, there := f.groups[l.CentralID]
		switch {
		case len(f.wanted[key]) > 0:
		case !there && f.Gone[l.CentralID]:
			f.forget = append(f.forget, key)
		case !there:
			f.lag(l)
		case f.lagsIn(key), slices.ContainsFunc(f.in[g.ID], func(e identity.Endpoint) bool { return f.stays(e, key) }):
			f.same.add(identity.KindDeviceGroup, 1) // somebody may have to stay in it
		default:
			f.removeGroup(l, g)
		}
	}
}

// lagsIn says that a device which we put into a group is missing in Central's list
// alone: that nothing sits in the group is not known.
func (f *fleet) lagsIn(key identity.GUID) bool {
	for id := range f.Ours[key] {
		if f.unlisted[id] {
			return true
		}
	}
	return false
}

func (f *fleet) removeGroup(l identity.Link, g identity.EndpointGroup) {
	c := f.add(draft{
		Change: Change{
			Action: Remove, Kind: identity.KindDeviceGroup, Type: l.Type, ObjectGUID: l.GUID, Name: l.Name, Domain: l.Domain, CentralID: l.CentralID,
			Before: whole(g.Fields), Cause: f.Leaving(l), Limit: LimitRemovals,
		},
		frees: nameKey(g.Fields.Name),
	})
	switch {
	case f.Owners[l.CentralID] != "":
		c.hold(RuleOwnedElsewhere, fmt.Sprintf("the profile %s owns it too", f.Owners[l.CentralID]))
	case f.protectsDevice(l, g.Fields.Name):
		c.hold(RuleProtected, "the protect list names it")
	case f.Membership != "":
		c.hold(RuleIncomplete, f.Membership)
	case f.unproven(l) != "":
		c.hold(f.doubt(l), f.unproven(l))
	}
	for _, e := range f.in[g.ID] {
		dl, linked := f.linked[e.ID]
		move, moves := f.moves(e)
		switch {
		case moves && move == nil:
			c.hold(RuleNeeds, fmt.Sprintf("it holds %s, which has yet to be put into its own group", e.Hostname))
		case moves:
			c.Needs = append(c.Needs, move.ID)
		case !linked || !f.Ours[l.Key()][dl.GUID]:
			c.hold(RuleForeignMembers, fmt.Sprintf("the group holds %q, which adsync did not put there", e.Hostname))
		default:
			c.Members = append(c.Members, e.ID)
			f.guardLeave(c, l, dl)
		}
	}
	for _, id := range c.Members {
		f.precedes(c, f.linked[id])
	}
	c.staying = len(c.Members)
	f.recreated(c)
}

// recreated holds the making of a group and the removal of what looks like its
// former self: to remove the one and make the other would take its policies with
// it.
func (f *fleet) recreated(old *draft) {
	if old.Cause.Code != CauseGroupDeleted && old.Cause.Code != CauseNotFound {
		return
	}
	for _, key := range slices.Sorted(maps.Keys(f.creates)) {
		x := f.creates[key]
		if x.takes != old.frees || x.Type != old.Type {
			continue
		}
		text := fmt.Sprintf("%s was deleted and made again in the directory (objectGUID %s, then %s): neither removed nor made before a person says that they are one", x.Name, old.ObjectGUID, x.ObjectGUID)
		x.Cause, x.CentralID, old.Cause = Coded{CauseRecreated, text}, old.CentralID, Coded{CauseRecreated, text}
		x.hold(RuleMatched, text)
		old.hold(RuleMatched, text)
	}
}
