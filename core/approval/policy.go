package approval

import (
	"slices"

	"adsync/core/identity"
	"adsync/core/plan"
)

// ByPolicy says which changes a policy that allows classes may approve, and how
// many changes and holds are left for a person. PerDay bounds creations and
// additions of memberships (one that it does not name gets none), used is what
// the last 24 hours had of it.
// Adopted says which objects of ours were there before us; nil takes all for
// adopted. Met are changes that are approved or carried out already.
func ByPolicy(p plan.Document, classes []string, perDay, used map[string]int, adopted func(identity.GUID) bool, met ...string) (ids []string, left int) {
	ids = []string{}
	for _, h := range p.Holds {
		left += max(1, h.Count)
	}
	if !p.Complete || !p.Applyable {
		return ids, left + len(p.Changes)
	}

	candidates := slices.DeleteFunc(slices.Clone(p.Changes), func(c plan.Change) bool {
		return !covered(c, classes) || c.Action == plan.Remove && (adopted == nil || adopted(c.Key()))
	})
	possible, _ := settle(candidates, met)
	candidates = slices.DeleteFunc(candidates, func(c plan.Change) bool { return !possible[c.ID] })

	budget := map[plan.Action]int{}
	for _, a := range []plan.Action{plan.Create, plan.MembershipAdd} {
		budget[a] = perDay[string(a)] - used[string(a)]
	}
	within := slices.DeleteFunc(candidates, func(c plan.Change) bool { return !take(budget, c) })
	granted, _ := settle(within, met)
	for _, c := range p.Changes {
		if granted[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids, left + len(p.Changes) - len(ids)
}

// covered reports whether a policy with these classes may approve a change at
// all, whoever owns its object.
func covered(c plan.Change, classes []string) bool {
	// A device that leaves a group for another gets other policies: a person's.
	if c.Rule != nil || c.Leaves != nil || c.From != plan.FromData || !slices.Contains(classes, string(c.Action)) {
		return false
	}
	switch c.Action {
	case plan.Adopt:
		return false
	case plan.Create:
		if joins(c) > 0 && !slices.Contains(classes, string(plan.MembershipAdd)) {
			return false
		}
	case plan.Update, plan.Remove, plan.MembershipAdd, plan.MembershipRemove:
	default:
		return false
	}
	return !personal(c)
}

// personal reports whether the cause of a change wants a person.
func personal(c plan.Change) bool {
	switch c.Cause.Code {
	case "notFound":
		return c.Action == plan.Remove
	case "central.deleted", "rebuild", "linked", "undo":
		return true
	default:
		return false
	}
}

// joins is how many memberships a new object begins with.
func joins(c plan.Change) int {
	n := len(c.MemberOf)
	if c.After != nil {
		n = max(n, len(c.After.Groups))
	}
	return n
}

// take takes what a change uses of the day's budget, if there is enough.
func take(budget map[plan.Action]int, c plan.Change) bool {
	use := map[plan.Action]int{}
	switch c.Action {
	case plan.Create:
		use[plan.Create], use[plan.MembershipAdd] = 1, joins(c)
	case plan.MembershipAdd:
		use[plan.MembershipAdd] = 1
	case plan.Update, plan.Remove, plan.Adopt, plan.MembershipRemove:
	}
	for a, n := range use {
		if n > 0 && budget[a] < n {
			return false
		}
	}
	for a, n := range use {
		budget[a] -= n
	}
	return true
}
