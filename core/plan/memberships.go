package plan

import (
	"fmt"
	"maps"
	"slices"

	"adsync/core/identity"
)

// memberships drafts what is to become of the memberships of groups that stay.
// Those that a new person begins with are part of that person's create; those
// that end with a removed person or group are not listed.
func (d *diff) memberships() {
	for _, id := range slices.Sorted(maps.Keys(d.Desired.Groups)) {
		g := d.Desired.Groups[id]
		l, linked := d.links[id]
		create := d.byKey[ChangeID(Create, identity.KindGroup, id, "")]
		if create == nil && (!linked || !d.groups[l.CentralID].MembersKnown) {
			continue // Central has not shown the members: nothing can be said
		}
		for _, user := range g.Members {
			d.join(g, l, create, d.Desired.Users[user])
		}
		if create == nil {
			d.leave(g, l)
		}
	}
}

// join drafts that a person becomes a member of a group.
func (d *diff) join(g identity.WantedGroup, l identity.Link, create *draft, u identity.WantedUser) {
	if create == nil && d.members[g.GUID][u.GUID] {
		return
	}
	ref := Ref{g.GUID, g.Display}
	begin := d.byKey[ChangeID(Create, identity.KindUser, u.GUID, "")]
	if begin != nil && (create != nil || d.writable(l)) {
		begin.MemberOf = append(begin.MemberOf, ref)
		begin.After.Groups = append(begin.After.Groups, g.Display)
		if create != nil {
			begin.Needs = append(begin.Needs, create.ID)
		}
		return
	}
	ul, linked := d.links[u.GUID]
	if begin == nil && (!linked || !d.present(ul)) {
		return // missing in Central's list alone
	}
	f := d.add(draft{
		Change: Change{
			Action: MembershipAdd, Kind: identity.KindUser, ObjectGUID: u.GUID, Name: u.Display, Domain: u.Domain, CentralID: ul.CentralID,
			Group: &ref, Cause: Coded{CauseJoinedGroup, fmt.Sprintf("belongs to %s in the directory", g.Display)},
		},
	})
	if create != nil {
		f.Needs = []string{create.ID}
		d.guardMember(f, ul)
	} else {
		f.GroupCentralID = l.CentralID
		d.guardMembership(f, l, ul)
	}
	if d.Ours != nil && create == nil && d.Ours[g.GUID][u.GUID] {
		f.Cause = Coded{CauseCentralChanged, "taken out of the group in Sophos Central by hand; put back"}
	}
}

// leave drafts that our members of a group who no longer belong to it leave it.
// Who is not desired at all leaves Central, or stays with all memberships.
func (d *diff) leave(g identity.WantedGroup, l identity.Link) {
	wanted := map[identity.GUID]bool{}
	for _, id := range g.Members {
		wanted[id] = true
	}
	for _, id := range slices.Sorted(maps.Keys(d.members[g.GUID])) {
		u, stays := d.Desired.Users[id]
		if wanted[id] || !stays {
			continue
		}
		ul := d.links[id]
		f := d.add(draft{
			Change: Change{
				Action: MembershipRemove, Kind: identity.KindUser, ObjectGUID: id, Name: u.Display, Domain: u.Domain, CentralID: ul.CentralID,
				Group: &Ref{g.GUID, g.Display}, GroupCentralID: l.CentralID,
				Cause: Coded{CauseLeftGroup, fmt.Sprintf("no longer belongs to %s in the directory", g.Display)}, Limit: LimitMembershipRemovals,
			},
		})
		if d.Ours != nil && !d.Ours[g.GUID][id] {
			f.Cause = Coded{CauseCentralChanged, "put into the group in Sophos Central by hand; taken out again"}
		}
		d.guardMembership(f, l, ul)
		switch {
		case d.protects(ul) || d.protects(l):
			f.hold(RuleProtected, "the protect list names the person or the group")
		case d.Membership != "":
			f.hold(RuleIncomplete, d.Membership)
		case d.unproven(l) != "":
			f.hold(d.doubt(l), d.unproven(l))
		case d.unproven(ul) != "":
			f.hold(d.doubt(ul), d.unproven(ul))
		}
	}
}

// protects says that the protect list matches a value of an object: of the last
// complete read, of Central, or of now.
func (d *diff) protects(l identity.Link) bool {
	if d.Protected == nil {
		return false
	}
	names := []string{l.Name, l.Mail, l.Account, l.DN}
	if l.Kind == identity.KindGroup {
		names = append(names, d.groups[l.CentralID].Fields.Name)
		if g, wanted := d.Desired.Groups[l.GUID]; wanted {
			names = append(names, g.Display, g.Account, g.DN, g.Fields.Name)
		}
	} else {
		f := d.users[l.CentralID].Fields
		names = append(names, f.Name, f.Email, f.ExchangeLogin)
		if u, wanted := d.Desired.Users[l.GUID]; wanted {
			names = append(names, u.Display, u.Account, u.DN, u.Fields.Name, u.Fields.Email, u.Fields.ExchangeLogin)
		}
	}
	return d.Protected(l.Kind, names...)
}

// writable says that Central lets us put members into the group of a link.
func (d *diff) writable(group identity.Link) bool {
	return d.Owners[group.CentralID] == "" && d.groups[group.CentralID].Source == identity.SourceCustom
}

// guardMembership holds a membership change that Central would refuse.
func (d *diff) guardMembership(f *draft, group, user identity.Link) {
	g := d.groups[group.CentralID]
	switch {
	case d.Owners[group.CentralID] != "":
		f.hold(RuleOwnedElsewhere, fmt.Sprintf("the profile %s owns the group", d.Owners[group.CentralID]))
	case g.Source != identity.SourceCustom:
		f.hold(RuleManaged, managedText(g.Source))
	default:
		d.guardMember(f, user)
	}
}

func (d *diff) guardMember(f *draft, user identity.Link) {
	if u := d.users[user.CentralID]; u.ID != "" && u.Source != identity.SourceCustom {
		f.hold(RuleManaged, managedText(u.Source))
	}
}
