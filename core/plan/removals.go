package plan

import (
	"fmt"
	"maps"
	"slices"

	"adsync/core/identity"
)

// removals drafts the removal of every linked object that is no longer desired.
func (d *diff) removals() {
	for _, id := range slices.Sorted(maps.Keys(d.links)) {
		l := d.links[id]
		if d.desired(id) {
			continue
		}
		if !d.present(l) {
			if d.Gone[l.CentralID] {
				d.forget = append(d.forget, id)
			} else {
				d.lagging(l)
			}
			continue
		}
		if l.Kind == identity.KindGroup {
			continue // once the people are decided
		}
		d.removeUser(l)
	}
}

func (d *diff) removeUser(l identity.Link) {
	u := d.users[l.CentralID]
	f := d.add(draft{
		Change: Change{
			Action: Remove, Kind: identity.KindUser, ObjectGUID: l.GUID, Name: l.Name, Domain: l.Domain, CentralID: l.CentralID,
			Before: whole(u.Fields), Cause: d.Leaving(l), Limit: LimitRemovals,
		},
	})
	if u.Fields.Email != "" {
		f.frees = mailKey(u.Fields.Email)
	}
	if f.Cause.Code == CauseDeleted || f.Cause.Code == CauseNotFound {
		d.lost[mailOrNone(u.Fields.Email)] = f
		d.lost[accountKey(l.Domain, l.Account)] = f
	}
	d.guardRemoval(f, l, u.Source)
}

// guardRemoval holds a removal that a rule beside the limits forbids.
func (d *diff) guardRemoval(f *draft, l identity.Link, source identity.Source) {
	switch {
	case d.Owners[l.CentralID] != "":
		f.hold(RuleOwnedElsewhere, fmt.Sprintf("the profile %s owns it too", d.Owners[l.CentralID]))
	case source != identity.SourceCustom:
		f.hold(RuleManaged, managedText(source))
	case d.protects(l):
		f.hold(RuleProtected, "the protect list names it")
	case d.unproven(l) != "":
		f.hold(d.doubt(l), d.unproven(l))
	}
}

// unproven returns why nothing may be taken away from the object of a link, "" if
// it may.
func (d *diff) unproven(l identity.Link) string {
	if why := d.Unsure[l.GUID]; why != "" || d.Absence == nil {
		return why
	}
	return d.Absence(l)
}

// doubt returns the rule by which an absence that proves nothing is held.
func (d *diff) doubt(l identity.Link) string {
	if d.Unsure[l.GUID] == "" && d.Missing != nil && d.Missing(l) {
		return RuleBaseMissing
	}
	return RuleIncomplete
}

func managedText(s identity.Source) string {
	return fmt.Sprintf("Central says that %s manages it; turn that directory source off first, the API cannot write it", s)
}

// removeGroups drafts the removal of linked groups that are no longer desired:
// our members are taken out of the group with it.
func (d *diff) removeGroups() {
	for _, id := range slices.Sorted(maps.Keys(d.links)) {
		l := d.links[id]
		if l.Kind != identity.KindGroup || d.desired(id) || !d.present(l) {
			continue
		}
		g := d.groups[l.CentralID]
		f := d.add(draft{
			Change: Change{
				Action: Remove, Kind: identity.KindGroup, ObjectGUID: id, Name: l.Name, Domain: l.Domain, CentralID: l.CentralID,
				Before: whole(g.Fields), Cause: d.Leaving(l), Limit: LimitRemovals,
			},
			frees: nameKey(g.Fields.Name),
		})
		if f.Cause.Code == CauseGroupDeleted || f.Cause.Code == CauseNotFound {
			d.lost[nameKey(g.Fields.Name)] = f
		}
		d.guardRemoval(f, l, g.Source)
		if d.Membership != "" {
			f.hold(RuleIncomplete, d.Membership)
		}
		if !g.MembersKnown {
			f.hold(RuleIncomplete, "Central did not show the members of the group")
		}
		for _, member := range slices.Sorted(slices.Values(g.Members)) {
			d.removedGroupMember(f, member)
		}
	}
}

// removedGroupMember accounts for one member of a group that is to be removed:
// whatever forbids to take it out of the group keeps the group.
func (d *diff) removedGroupMember(f *draft, member string) {
	u, ours := d.byID[member]
	if !ours {
		f.hold(RuleForeignMembers, fmt.Sprintf("the group holds %q, whom adsync did not put there", d.users[member].Fields.Name))
		return
	}
	f.Members = append(f.Members, member)
	if why := d.unproven(u); why != "" {
		f.hold(d.doubt(u), fmt.Sprintf("it holds %s: %s", u.Name, why))
	}
	removal := d.byKey[ChangeID(Remove, identity.KindUser, u.GUID, "")]
	if removal != nil {
		f.Needs = append(f.Needs, removal.ID)
		return
	}
	f.staying++
	if d.protects(u) {
		f.hold(RuleProtected, fmt.Sprintf("it holds %s, whom the protect list names", u.Name))
	}
	d.guardMember(f, u)
}
