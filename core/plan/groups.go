package plan

import (
	"fmt"
	"maps"
	"slices"

	"adsync/core/identity"
)

// groupChanges drafts creates, updates and removals of groups.
func (d *diff) groupChanges() {
	d.removeGroups()
	losers := d.duplicates(identity.KindGroup)
	for _, id := range slices.Sorted(maps.Keys(d.Desired.Groups)) {
		g := d.Desired.Groups[id]
		l, linked := d.links[id]
		var f *draft
		switch {
		case linked && d.present(l):
			f = d.updateGroup(g, l)
		case linked && d.lagging(l):
			continue
		default:
			f = d.createGroup(g, linked)
		}
		if other, loses := losers[id]; loses {
			text := fmt.Sprintf("%s has the same name %s", other, g.Fields.Name)
			d.warn(RuleDuplicateName, id, g.Display, text)
			if f != nil {
				f.hold(RuleDuplicateName, text)
			}
		}
	}
}

func (d *diff) createGroup(g identity.WantedGroup, again bool) *draft {
	f := d.add(draft{
		Change: Change{
			Action: Create, Kind: identity.KindGroup, ObjectGUID: g.GUID, Name: g.Display, Domain: g.Domain,
			After: whole(g.Fields), Cause: Coded{CauseNew, "people in scope belong to it, and it is not in Sophos Central"},
			Object: &Object{DN: g.DN, SID: g.SID, Account: g.Account, Bases: g.Bases, Critical: g.Critical},
		},
		takes: nameKey(g.Fields.Name),
	})
	if again {
		f.Cause = Coded{CauseCentralDeleted, "deleted in Sophos Central by hand, and still in scope"}
	}
	if holder, taken := d.holders[f.takes]; taken {
		other, people := d.groups[holder]
		if _, ours := d.byID[holder]; people && !ours {
			d.holdMatchedGroup(f, other)
		}
	}
	if old := d.lost[f.takes]; old != nil {
		d.pair(f, old, g.CreatedAt)
	}
	return f
}

func (d *diff) holdMatchedGroup(f *draft, other identity.CentralGroup) {
	f.CentralID = other.ID
	f.Cause = Coded{CauseMatchedName, fmt.Sprintf("a group of Sophos Central has the name %q", other.Fields.Name)}
	switch {
	case d.Owners[other.ID] != "":
		f.hold(RuleOwnedElsewhere, fmt.Sprintf("the group %q (%s) in Sophos Central belongs to the profile %s", other.Fields.Name, other.ID, d.Owners[other.ID]))
	case other.Source != identity.SourceCustom:
		f.hold(RuleManaged, managedText(other.Source))
	default:
		f.hold(RuleMatched, fmt.Sprintf("the group %q (%s) in Sophos Central has the name and was not made by adsync", other.Fields.Name, other.ID))
	}
}

func (d *diff) updateGroup(g identity.WantedGroup, l identity.Link) *draft {
	have := d.groups[l.CentralID]
	c := compare(g.Fields, have.Fields, l)
	d.notes(c, l.GUID, g.Display)
	if c.after == nil {
		d.same.add(identity.KindGroup, 1)
		return nil
	}
	f := d.add(draft{
		Change: Change{
			Action: Update, Kind: identity.KindGroup, ObjectGUID: g.GUID, Name: g.Display, Domain: g.Domain, CentralID: l.CentralID,
			Before: c.before, After: c.after, Cause: c.cause(), Limit: LimitUpdates,
		},
	})
	f.renames(c.before, c.after)
	d.guardUpdate(f, l, have.Source)
	return f
}
