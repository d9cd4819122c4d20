package apply

import (
	"cmp"
	"slices"

	"adsync/core/identity"
	"adsync/core/plan"
)

// sequence lists the approved changes in the order in which they are carried
// out: that of the plan, with the holds that were lifted where their kind of
// change belongs, and nothing before what it needs.
func sequence(p plan.Document, approved map[string]bool) []plan.Change {
	var list, lifted []plan.Change
	for _, c := range p.Changes {
		if approved[c.ID] {
			list = append(list, c)
		}
	}
	for _, c := range p.Holds {
		if approved[c.ID] {
			lifted = append(lifted, c)
		}
	}
	if len(lifted) > 0 {
		list = merge(list, lifted)
	}
	return needsFirst(list)
}

// merge puts each lifted hold behind the last change of its stage or an earlier
// one.
func merge(list, lifted []plan.Change) []plan.Change {
	slices.SortStableFunc(lifted, func(a, b plan.Change) int {
		return cmp.Or(cmp.Compare(stage(a), stage(b)), cmp.Compare(a.Action, b.Action), cmp.Compare(groupOf(a), groupOf(b)),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	after := map[int]int{} // stage -> place behind its last change
	for i, c := range list {
		after[stage(c)] = i + 1
	}
	place := func(c plan.Change) int {
		at := 0
		for s := range stage(c) + 1 {
			at = max(at, after[s])
		}
		return at
	}
	merged := make([]plan.Change, 0, len(list)+len(lifted))
	for i := range len(list) + 1 {
		for len(lifted) > 0 && place(lifted[0]) == i {
			merged, lifted = append(merged, lifted[0]), lifted[1:]
		}
		if i < len(list) {
			merged = append(merged, list[i])
		}
	}
	return merged
}

func groupOf(c plan.Change) identity.GUID {
	if c.Group == nil {
		return ""
	}
	return c.Group.ObjectGUID
}

// stage is where in a plan a change stands that no other depends on.
func stage(c plan.Change) int {
	group := c.Kind == identity.KindGroup
	switch c.Action {
	case plan.Create:
		if group {
			return 0
		}
		return 1
	case plan.Update, plan.Adopt:
		return 2
	case plan.MembershipAdd, plan.MembershipRemove:
		return 3
	case plan.Remove:
		if !group {
			return 4
		}
	}
	return 5
}

// needsFirst moves a change behind those it needs, where it is not already.
func needsFirst(list []plan.Change) []plan.Change {
	place := make(map[string]int, len(list))
	for i, c := range list {
		place[c.ID] = i
	}
	ordered := make([]plan.Change, 0, len(list))
	taken := make([]bool, len(list))
	var take func(int)
	take = func(i int) {
		if taken[i] {
			return
		}
		taken[i] = true
		for _, n := range list[i].Needs {
			if j, ok := place[n]; ok {
				take(j)
			}
		}
		ordered = append(ordered, list[i])
	}
	for i := range list {
		take(i)
	}
	return ordered
}
