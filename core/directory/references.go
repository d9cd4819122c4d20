package directory

import (
	"slices"
	"strings"

	"adsync/core/identity"
)

// refer makes the members of a group of its values: people who were read are
// listed, the others returned. A controller writes some 200 bytes for each, and a
// large directory has many for each person.
func (r *reader) refer(g *identity.Group, values []string) []reference {
	g.MembersListed = len(values)
	g.Members = slices.Grow(g.Members, len(values))
	var others []reference
	for _, v := range values {
		ref := parseReference(v)
		if i, known := r.peopleAt[ref.guid]; known {
			g.Members = append(g.Members, r.people.GUID(i))
			continue
		}
		if ref.guid != "" && foreignSID(ref.dn) == "" {
			ref.dn = "" // who it is, the GUID says alone
		}
		ref.guid, ref.dn = identity.GUID(strings.Clone(string(ref.guid))), strings.Clone(ref.dn)
		others = append(others, ref)
	}
	return others
}

// reference is a value that names another object.
type reference struct {
	guid identity.GUID // "" where the controller gave none
	dn   string
}

// parseReference takes "<GUID=...>;<SID=...>;CN=..." apart; a plain DN is left
// as it is.
func parseReference(text string) reference {
	var ref reference
	for strings.HasPrefix(text, "<") {
		part, rest, found := strings.Cut(text, ">;")
		if !found {
			break
		}
		if hex, is := strings.CutPrefix(part, "<GUID="); is {
			if guid, err := identity.ParseDashed(hex); err == nil {
				ref.guid = guid
			}
		}
		text = rest
	}
	ref.dn = text
	return ref
}

// resolveMembers turns the members of all groups into objectGUIDs of people and
// groups of the snapshot, over all domains read.
func (r *reader) resolveMembers() {
	var byDN map[string]identity.GUID // made when a controller gave no GUIDs
	for i := range r.snapshot.Groups {
		g := &r.snapshot.Groups[i]
		for _, m := range r.members[i] {
			guid := m.guid
			if guid == "" {
				if byDN == nil {
					byDN = r.byName()
				}
				guid = byDN[dnKey(m.dn)]
			}
			if _, person := r.peopleAt[guid]; person {
				g.Members = append(g.Members, guid)
			} else if _, group := r.groups[guid]; group {
				g.Members = append(g.Members, guid)
			} else if _, device := r.devices[guid]; device {
				g.Members = append(g.Members, guid)
			}
		}
		slices.Sort(g.Members)
		g.Members = slices.Compact(g.Members)
	}
}

// unread are the members of groups that the snapshot does not hold, by
// objectGUID as far as the controllers gave it.
func (r *reader) unread() map[identity.GUID]bool {
	list := map[identity.GUID]bool{}
	for _, refs := range r.members {
		for _, m := range refs {
			_, person := r.peopleAt[m.guid]
			_, group := r.groups[m.guid]
			if m.guid != "" && !person && !group {
				list[m.guid] = true
			}
		}
	}
	return list
}

func (r *reader) byName() map[string]identity.GUID {
	index := make(map[string]identity.GUID, r.people.Len()+len(r.snapshot.Groups))
	for p := range r.people.People().All() {
		index[dnKey(p.DN)] = p.GUID
	}
	for _, g := range r.snapshot.Groups {
		index[dnKey(g.DN)] = g.GUID
	}
	for _, d := range r.snapshot.Devices {
		index[dnKey(d.DN)] = d.GUID
	}
	return index
}
