package policy

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// groups decides the groups once the people are decided: a group is in when the
// rules return it and somebody in scope belongs to it.
func (d *Desired) groups(s identity.Snapshot, domains map[string]identity.Domain, r Rules) {
	m := d.membership(s)
	m.missing = missing(s)
	for _, g := range s.Groups {
		members, doubtful := m.of(g)
		switch {
		case doubtful == g.GUID:
			d.Unsure[g.GUID] = m.missing[g.GUID].of(g)
			d.warn("group.hiddenMembers", g.GUID, g.CN, d.Unsure[g.GUID])
		case doubtful != "":
			d.Unsure[g.GUID] = fmt.Sprintf("%s belongs to it, whose membership could not be read whole", m.groups[doubtful].CN)
		}
		if code, text := r.groupOut(g, members, domains[g.Domain].DN); code != "" {
			d.out(g.GUID, identity.KindGroup, code, text)
			continue
		}
		d.foreign(g)
		d.Groups[g.GUID] = identity.WantedGroup{
			GUID: g.GUID, SID: g.SID, DN: g.DN, Domain: g.Domain, Account: g.Account, Display: g.CN, Critical: g.Critical,
			CreatedAt: g.CreatedAt, Bases: r.Domains[g.Domain].Groups.bases(g.Matched, domains[g.Domain].DN), Members: members,
			Fields: r.groupFields(g, domains[g.Domain]),
		}
	}
}

func (r Rules) groupFields(g identity.Group, dom identity.Domain) identity.Fields {
	name := g.CN
	if r.DomainInGroupName {
		name = fmt.Sprintf("%s (%s)", g.CN, dom.NetBIOS)
	}
	return identity.Fields{Name: name, Description: strings.TrimSpace(g.Description)}
}

// foreign warns of members that stand for nobody of this forest. Those that are
// no accounts, such as Authenticated Users in a built-in group, are as they
// should be.
func (d *Desired) foreign(g identity.Group) {
	var strangers []string
	for _, f := range g.Foreign {
		if !g.BuiltIn || strings.Contains(f, "S-1-5-21-") {
			strangers = append(strangers, f)
		}
	}
	if len(strangers) > 0 {
		d.warn("group.foreign", g.GUID, g.CN, fmt.Sprintf("%d members of other forests are not synchronised with it: %s",
			len(strangers), strings.Join(strangers[:min(len(strangers), 5)], ", ")))
	}
}

func (r Rules) groupOut(g identity.Group, members []identity.GUID, domainDN string) (code, text string) {
	if code, text = r.groupBarred(g, domainDN); code == "" && len(members) == 0 {
		return "group.empty", "nobody in scope belongs to it"
	}
	return code, text
}

// groupBarred gives the first reason that keeps a group out whoever belongs to it,
// "" if none does.
func (r Rules) groupBarred(g identity.Group, domainDN string) (code, text string) {
	switch rules, listed := r.Domains[g.Domain]; {
	case !listed || !rules.Include:
		return "domain.excluded", fmt.Sprintf("the domain %s is not included", g.Domain)
	case r.ExcludeGroups.Match(g.Account, g.CN, g.Mail, g.DN):
		return "excluded", "excluded by exclude.groups"
	case !rules.Groups.returned(g.Matched, domainDN):
		if !rules.Groups.covers(g.DN, r.under) {
			return "base", "the group is below none of the bases for groups"
		}
		return "filter.groups", "the group filter does not return it"
	}
	return "", ""
}

// membership resolves who belongs to a group, over nested groups.
type membership struct {
	groups  map[identity.GUID]identity.Group
	in      func(identity.GUID) bool   // is in scope
	primary map[string][]identity.GUID // SID of a group -> those in scope whose primary group it is
	missing map[identity.GUID]gap      // groups that show fewer members than they have
}

func (d *Desired) membership(s identity.Snapshot) membership {
	m := membership{
		groups: d.all, primary: map[string][]identity.GUID{},
		in: func(id identity.GUID) bool { _, in := d.Users[id]; return in },
	}
	for p := range s.People.All() {
		if m.in(p.GUID) && p.PrimaryGroup != "" {
			m.primary[p.PrimaryGroup] = append(m.primary[p.PrimaryGroup], p.GUID)
		}
	}
	return m
}

// of returns those in scope that belong to g, sorted, and the first group on
// the way that shows fewer members than it has, "" if there is none. Groups within groups are
// followed whatever the rules say of them, each once, so cycles end.
func (m membership) of(g identity.Group) (members []identity.GUID, doubtful identity.GUID) {
	people, seen := map[identity.GUID]bool{}, map[identity.GUID]bool{g.GUID: true}
	queue := []identity.Group{g}
	for len(queue) > 0 {
		next := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if _, fewer := m.missing[next.GUID]; fewer && doubtful == "" {
			doubtful = next.GUID
		}
		for _, id := range m.primary[next.SID] {
			people[id] = true
		}
		for _, id := range next.Members {
			if m.in(id) {
				people[id] = true
			} else if inner, ok := m.groups[id]; ok && !seen[id] {
				seen[id] = true
				queue = append(queue, inner)
			}
		}
	}
	members = make([]identity.GUID, 0, len(people))
	for id := range people {
		members = append(members, id)
	}
	slices.Sort(members)
	return members, doubtful
}

// Belonging returns the people in scope that belong to a group of the snapshot,
// whether or not the group itself is wanted.
func (d *Desired) Belonging(s identity.Snapshot, group identity.GUID) []identity.GUID {
	m := d.membership(s)
	members, _ := m.of(m.groups[group])
	return members
}
