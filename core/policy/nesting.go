package policy

import (
	"slices"

	"adsync/core/identity"
)

// KnownGroup is a group that a filter asks for, or one within such a group, as a
// complete read showed it.
type KnownGroup struct {
	GUID   identity.GUID   `json:"guid"`
	DN     string          `json:"dn"`
	Groups []identity.GUID `json:"groups"` // its members that are groups
	// People are its members that the searches returned, by primary group too.
	People GUIDs `json:"people"`
}

// nesting finds the groups by which somebody belongs to another.
type nesting map[identity.GUID]KnownGroup

// nested puts together the groups that the filters for people ask for, and all
// within them.
func (r Rules) nested(s identity.Snapshot, all map[identity.GUID]identity.Group) nesting {
	n := nesting{}
	var queue []identity.Group
	for _, d := range r.Domains {
		if !d.Include || d.Users.Filter == "" || r.Groups == nil {
			continue
		}
		for _, dn := range r.Groups(d.Users.Filter).Groups() {
			if g, read := r.group(all, dn); read {
				queue = append(queue, g)
			}
		}
	}
	primary := map[string][]identity.GUID{}
	if len(queue) > 0 {
		for p := range s.People.All() {
			primary[p.PrimaryGroup] = append(primary[p.PrimaryGroup], p.GUID)
		}
		delete(primary, "")
	}
	for ; len(queue) > 0; queue = queue[1:] {
		g := queue[0]
		if _, seen := n[g.GUID]; seen {
			continue
		}
		one := KnownGroup{GUID: g.GUID, DN: g.DN}
		people := slices.Clone(primary[g.SID])
		for _, id := range g.Members {
			if inner, group := all[id]; group {
				one.Groups = append(one.Groups, id)
				queue = append(queue, inner)
			} else {
				people = append(people, id)
			}
		}
		one.People = newGUIDs(people)
		n[g.GUID] = one
	}
	return n
}

// chain is the shortest way from a group down to the one that has the person as a
// member, both with it; nil where there is none. Without nested only the group
// itself counts.
func (n nesting) chain(group, person identity.GUID, nested bool) []identity.GUID {
	above := map[identity.GUID]identity.GUID{group: ""}
	for queue := []identity.GUID{group}; len(queue) > 0; queue = queue[1:] {
		g, known := n[queue[0]]
		if !known {
			continue
		}
		if g.People.has(person) {
			var way []identity.GUID
			for id := g.GUID; id != ""; id = above[id] {
				way = append(way, id)
			}
			slices.Reverse(way)
			return way
		}
		if !nested {
			return nil
		}
		for _, id := range g.Groups {
			if _, seen := above[id]; !seen {
				above[id] = g.GUID
				queue = append(queue, id)
			}
		}
	}
	return nil
}
