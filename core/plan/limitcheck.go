package plan

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"adsync/core/identity"
)

// limits counts every class and holds the whole of one that exceeds.
func (d *diff) limits() {
	population := map[pool]int{}
	for _, l := range d.Links {
		population[pool{l.Kind, l.Domain}]++
	}
	removals, updates := map[pool][]*draft{}, map[pool][]*draft{}
	people, devices := map[Ref][]*draft{}, map[Ref][]*draft{}
	for _, f := range d.drafts {
		at := pool{f.Kind, f.Domain}
		switch f.Limit {
		case LimitRemovals:
			removals[at] = append(removals[at], f)
		case LimitUpdates:
			updates[at] = append(updates[at], f)
		case LimitMembershipRemovals:
			left := people
			if f.Kind == identity.KindDevice {
				left = devices
			}
			left[*f.left()] = append(left[*f.left()], f)
		}
	}
	for _, at := range pools(removals) {
		r, n := d.Limits.Removals, population[at]
		use := d.use(LimitRemovals, at, nil, len(removals[at]), n, half(min(max(r.Count, n*r.Percent/100), r.Ceiling), n))
		if slices.ContainsFunc(removals[at], emptied) {
			use.Exceeded = true
		}
		d.enforce(use, RuleLimitRemovals, removals[at])
	}
	for _, at := range pools(updates) {
		u, n := d.Limits.Updates, population[at]
		limit := u.Ceiling
		if n >= u.Minimum {
			limit = min(limit, n*u.Percent/100)
		}
		d.enforce(d.use(LimitUpdates, at, nil, len(updates[at]), n, half(limit, n)), RuleLimitUpdates, updates[at])
	}
	sizes := map[Ref]int{}
	for id, members := range d.members {
		sizes[Ref{id, d.Desired.Groups[id].Display}] = len(members)
	}
	d.membershipLimits(identity.KindUser, people, sizes)
	if d.fleet != nil {
		d.membershipLimits(identity.KindDevice, devices, d.fleet.sizes())
	}
}

// sizes are the numbers of devices that we have put into each group.
func (f *fleet) sizes() map[Ref]int {
	sizes := map[Ref]int{}
	for key, l := range f.links {
		n := 0
		for _, e := range f.in[l.CentralID] {
			if dl, linked := f.linked[e.ID]; linked && f.Ours[key][dl.GUID] {
				n++
			}
		}
		sizes[*f.ref(l)] = n
	}
	return sizes
}

// pool is one kind in one domain.
type pool struct {
	kind   identity.Kind
	domain string
}

func pools(m map[pool][]*draft) []pool {
	list := make([]pool, 0, len(m))
	for p := range m {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b pool) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.domain, b.domain)) })
	return list
}

// half bounds a limit: never more than half of a population of four or more.
func half(limit, population int) int {
	if population >= 4 {
		return min(limit, population/2)
	}
	return limit
}

// heldThree is the number of members from which the emptying of a group is
// always over the limit.
const heldThree = 3

// emptied says of a removal that a group which held three or more is empty in
// the directory although its people stay.
func emptied(f *draft) bool {
	return f.Kind != identity.KindUser && f.Cause.Code == CauseGroupEmpty && f.staying >= heldThree
}

// membershipLimits counts per group, and over all groups of a kind together with
// the members that a group's removal takes out although they stay.
func (d *diff) membershipLimits(kind identity.Kind, left map[Ref][]*draft, sizes map[Ref]int) {
	m := d.Limits.MembershipRemovals
	all, total, population := []*draft{}, 0, 0
	for _, n := range sizes {
		population += n
	}
	groups := slices.SortedFunc(maps.Keys(left), func(a, b Ref) int {
		return cmp.Or(cmp.Compare(a.ObjectGUID, b.ObjectGUID), cmp.Compare(a.Name, b.Name))
	})
	for _, g := range groups {
		n := sizes[g]
		limit := n
		if n >= m.Minimum {
			limit = n * m.Percent / 100
		}
		use := d.use(LimitMembershipRemovals, pool{kind, d.domainOf(kind, g.ObjectGUID)}, &Ref{g.ObjectGUID, g.Name}, len(left[g]), n, half(limit, n))
		d.enforce(use, RuleLimitMemberships, left[g])
		all, total = append(all, left[g]...), total+len(left[g])
	}
	for _, f := range d.drafts {
		if f.Action == Remove && f.Kind == groupsOf(kind) && f.staying > 0 {
			all, total = append(all, f), total+f.staying
		}
	}
	if total == 0 {
		return
	}
	limit := half(min(max(m.Minimum, population*m.TotalPercent/100), m.TotalCeiling), population)
	d.enforce(d.use(LimitMembershipRemovals, pool{kind, ""}, nil, total, population, limit), RuleLimitMemberships, all)
}

// groupsOf is the kind of the groups that hold a kind of members.
func groupsOf(member identity.Kind) identity.Kind {
	if member == identity.KindDevice {
		return identity.KindDeviceGroup
	}
	return identity.KindGroup
}

func (d *diff) domainOf(kind identity.Kind, group identity.GUID) string {
	if kind == identity.KindUser {
		return d.Desired.Groups[group].Domain
	}
	if g, wanted := d.Desired.DeviceGroups[group]; wanted {
		return g.Domain
	}
	for _, l := range d.fleet.links {
		if l.GUID == group {
			return l.Domain
		}
	}
	return ""
}

func (d *diff) use(class string, at pool, group *Ref, count, population, limit int) *LimitUse {
	return &LimitUse{
		Class: class, Kind: at.kind, Domain: at.domain, Group: group,
		Count: count, Population: population, Limit: limit, Margin: limit - count, Exceeded: count > limit,
	}
}

// enforce records a use, and holds its changes where it is exceeded.
func (d *diff) enforce(use *LimitUse, rule string, changes []*draft) {
	d.uses = append(d.uses, *use)
	if !use.Exceeded {
		return
	}
	where := use.Domain
	if use.Group != nil {
		where = use.Group.Name
	} else if where == "" {
		where = "all groups"
	}
	text := fmt.Sprintf("%d %s in %s, at most %d of %d go without a person", use.Count, use.Class, where, use.Limit, use.Population)
	if use.Count <= use.Limit {
		text = fmt.Sprintf("a group that held %d or more has become empty in %s; that is always a person's", heldThree, where)
	}
	for _, f := range changes {
		f.hold(rule, text)
	}
}

// LimitCount returns the number of changes of a class of limits in a plan, held
// ones included: the number that approve --allow has to name. The removal of a
// group counts as a membership removal for each member who stays.
func LimitCount(d Document, class string) int {
	n := 0
	leaving := map[string]bool{}
	changes := slices.Concat(d.Changes, d.Holds)
	for _, c := range changes {
		if c.Limit == class {
			n += max(1, c.Count)
		}
		if c.Action == Remove && c.Kind == identity.KindUser {
			leaving[c.CentralID] = true
		}
	}
	if class != LimitMembershipRemovals {
		return n
	}
	for _, c := range changes {
		if c.Action == Remove && c.Kind != identity.KindUser {
			n += staying(c, leaving)
		}
	}
	return n
}

func staying(c Change, leaving map[string]bool) int {
	n := 0
	for _, member := range c.Members {
		if !leaving[member] {
			n++
		}
	}
	return n
}

// Exceeds returns the classes of limits that a change of a plan counts under and
// that the plan exceeds: all of them have to be allowed before it may go ahead.
func Exceeds(d Document, c Change) []string {
	var classes []string
	for _, l := range d.Limits {
		if l.Exceeded && !slices.Contains(classes, l.Class) && l.counts(d, c) {
			classes = append(classes, l.Class)
		}
	}
	return classes
}

// counts says whether a change counts under one limit.
func (l LimitUse) counts(d Document, c Change) bool {
	if l.Class == LimitMembershipRemovals && c.Action == Remove && c.Kind == groupsOf(l.Kind) {
		leaving := map[string]bool{}
		for _, x := range slices.Concat(d.Changes, d.Holds) {
			if x.Action == Remove && x.Kind == identity.KindUser {
				leaving[x.CentralID] = true
			}
		}
		return l.Group == nil && staying(c, leaving) > 0
	}
	left := c.left()
	sameGroup := l.Group == nil || left != nil && *l.Group == *left
	return l.Class == c.Limit && l.Kind == c.Kind && (l.Domain == "" || l.Domain == c.Domain) && sameGroup
}
