package plan

import (
	"cmp"
	"slices"

	"adsync/core/identity"
)

// The most ids that one call of the API carries.
const (
	MaxRead   = 50  // objects read by their ids
	MaxAdd    = 100 // members added to a group, or groups to a user
	MaxRemove = 50  // members taken out of a group, or groups of a user
	pageSize  = 100 // members listed
)

// Batch is what is carried out together: one change of an object, or membership
// changes of one action that one call carries.
type Batch struct {
	// By is the side that the call of a membership change is about: KindUser of one
	// user and several groups, otherwise of one group.
	By      identity.Kind
	Changes []Change
}

// Batches cuts changes into what is carried out together. Neighbouring membership
// changes of users are put in another order, those that add first, and sent from
// the side of the users or of the groups so that it takes the least calls.
func Batches(changes []Change) []Batch {
	var list []Batch
	for len(changes) > 0 {
		n := 1
		switch first := changes[0]; {
		case seats(first):
			for n < len(changes) && seats(changes[n]) {
				n++
			}
			for _, a := range []Action{MembershipAdd, MembershipRemove} {
				list = append(list, route(changes[:n], a)...)
			}
		default:
			for n < len(changes) && n < batchSize(first) && together(first, changes[n]) {
				n++
			}
			list = append(list, Batch{By: identity.KindGroup, Changes: changes[:n:n]})
		}
		changes = changes[n:]
	}
	return list
}

// seats reports whether a change is one of the membership of a user.
func seats(c Change) bool { return c.Group != nil && c.Kind == identity.KindUser }

// route covers membership changes of one action by calls about users and calls
// about groups, each weighed by the calls that it would take for all its changes.
// While none has more changes than one call carries, that is the least number
// there is; beyond that, what both sides cover fills calls that are begun.
func route(changes []Change, a Action) []Batch {
	var pairs []Pair
	deg := map[string]int{}
	for _, c := range changes {
		if c.Action == a {
			p := Pair{"u" + string(c.ObjectGUID), "g" + string(c.Group.ObjectGUID)}
			pairs = append(pairs, p)
			deg[p.User]++
			deg[p.Group]++
		}
	}
	size := batchSize(Change{Action: a})
	weight := func(id string) int { return calls(deg[id], size) }
	// Of the same weight, groups: what is true of both sides is true of the pair
	// turned round.
	turned := make([]Pair, len(pairs))
	for i, p := range pairs {
		turned[i] = Pair{User: p.Group, Group: p.User}
	}
	groups, users := Cover(turned, weight, weight)
	own := map[string]int{} // changes that only this group covers
	for _, p := range pairs {
		if groups[p.Group] && !users[p.User] {
			own[p.Group]++
		}
	}
	hubs, of := []string{}, map[string][]Change{}
	i := 0
	for _, c := range changes {
		if c.Action != a {
			continue
		}
		p := pairs[i]
		i++
		hub := p.Group
		switch {
		case !groups[p.Group]:
			hub = p.User
		case users[p.User] && own[p.Group]%size == 0: // it would take a call more
			hub = p.User
		case users[p.User]:
			own[p.Group]++
		}
		if of[hub] == nil {
			hubs = append(hubs, hub)
		}
		of[hub] = append(of[hub], c)
	}
	slices.SortStableFunc(hubs, func(a, b string) int { return cmp.Compare(a[0], b[0]) }) // groups first
	var list []Batch
	for _, hub := range hubs {
		by := identity.KindGroup
		if users[hub] {
			by = identity.KindUser
		}
		for part := range slices.Chunk(of[hub], size) {
			list = append(list, Batch{by, part})
		}
	}
	return list
}

func batchSize(c Change) int {
	switch c.Action {
	case MembershipAdd:
		return MaxAdd
	case MembershipRemove:
		return MaxRemove
	case Create, Update, Remove, Adopt:
	}
	return 1
}

func together(a, b Change) bool {
	return a.Action == b.Action && a.Kind == b.Kind && a.Group != nil && b.Group != nil && a.GroupKey() == b.GroupKey()
}

// calls is how often something has to be called for n things, size at a time.
func calls(n, size int) int { return (n + size - 1) / size }
