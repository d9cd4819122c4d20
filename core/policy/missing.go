package policy

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// gap is what a group's members lack by the memberOf of those who were read.
type gap struct {
	count  int
	one    string // DN of one of them
	hidden bool   // the group shows nobody at all
}

func (x gap) of(g identity.Group) string {
	if x.hidden {
		return "the group shows no members, but others name it in memberOf: its membership is hidden from this account"
	}
	return fmt.Sprintf("the group shows %d members, but %d more name it in memberOf, such as %s: they were not read whole, or somebody was added or removed meanwhile",
		g.MembersListed, x.count, x.one)
}

// missing finds the groups that somebody of the snapshot names in memberOf
// without being among their members. The two are one link, read in two searches:
// where they differ, the members were hidden or cut, or have changed between the
// two, and either way nothing is taken from the group until both agree. The other
// way round proves nothing: memberOf leaves groups of other domains out.
func missing(s identity.Snapshot) map[identity.GUID]gap {
	found := map[identity.GUID]gap{}
	names := newNames(s.Groups)
	look := func(id identity.GUID, dn string, memberOf []string) {
		for _, named := range memberOf {
			g, known := names.group(named)
			if !known || g.lists(id) {
				continue
			}
			x := found[g.GUID]
			found[g.GUID] = gap{count: x.count + 1, one: dn, hidden: g.MembersListed == 0}
		}
	}
	for p := range s.People.All() {
		look(p.GUID, p.DN, p.MemberOf)
	}
	for _, d := range s.Devices {
		look(d.GUID, d.DN, d.MemberOf)
	}
	for _, g := range s.Groups {
		look(g.GUID, g.DN, g.MemberOf)
	}
	return found
}

// sorted is a group with its members in order.
type sorted struct{ identity.Group }

func (g sorted) lists(id identity.GUID) bool {
	_, found := slices.BinarySearch(g.Members, id)
	return found
}

// names finds groups by the DNs in memberOf. Both sides of the link are written
// by one directory in one spelling, so folding is enough; what it does not know
// contradicts nothing. Each spelling is folded once, since many people share it.
type names struct {
	folded map[string]sorted
	known  map[string]string // as spelled -> folded
}

func newNames(groups []identity.Group) names {
	n := names{folded: make(map[string]sorted, len(groups)), known: map[string]string{}}
	for _, g := range groups {
		if !slices.IsSorted(g.Members) {
			g.Members = slices.Sorted(slices.Values(g.Members))
		}
		n.folded[strings.ToLower(g.DN)] = sorted{g}
	}
	return n
}

func (n names) group(dn string) (sorted, bool) {
	key, seen := n.known[dn]
	if !seen {
		key = strings.ToLower(dn)
		n.known[dn] = key
	}
	g, found := n.folded[key]
	return g, found
}
