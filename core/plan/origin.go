package plan

import "adsync/core/identity"

// Attribute says of each change and hold of r whether it comes from the data or
// from the configuration: from the data is what a plan under the accepted
// configuration, made from the same two sides, would do too. A change that the
// accepted configuration would hold back is not one of its own. The result is
// whether both plans are the same, holds included.
func Attribute(r *Result, accepted Result) (same bool) {
	changes, holds := index(accepted.Changes), index(accepted.Holds)
	same = len(r.Changes) == len(accepted.Changes) && len(r.Holds) == len(accepted.Holds)
	mark := func(c *Change, among ...map[string]Change) {
		c.From = FromConfig
		for _, list := range among {
			if other, there := list[c.ID]; there && c.alike(other) {
				c.From = FromData
			}
		}
	}
	for i := range r.Changes {
		mark(&r.Changes[i], changes)
		same = same && r.Changes[i].From == FromData
	}
	for i := range r.Holds {
		mark(&r.Holds[i], changes, holds)
		other, there := holds[r.Holds[i].ID]
		same = same && there && r.Holds[i].alike(other) && r.Holds[i].Rule.Code == other.Rule.Code
	}
	return same
}

func index(list []Change) map[string]Change {
	m := make(map[string]Change, len(list))
	for _, c := range list {
		m[c.ID] = c
	}
	return m
}

// alike says that two changes of one id write the same to the same object.
func (c Change) alike(other Change) bool {
	return c.ID == other.ID && c.CentralID == other.CentralID && c.LeavesCentralID == other.LeavesCentralID && c.Before.equal(other.Before) && c.After.equal(other.After) &&
		sameRefs(c.MemberOf, other.MemberOf)
}

func sameRefs(a, b []Ref) bool {
	if len(a) != len(b) {
		return false
	}
	in := make(map[identity.GUID]bool, len(a))
	for _, r := range a {
		in[r.ObjectGUID] = true
	}
	for _, r := range b {
		if !in[r.ObjectGUID] {
			return false
		}
	}
	return true
}

func (v *Values) equal(other *Values) bool {
	if v == nil || other == nil {
		return v == other
	}
	for _, x := range fields {
		a, b := *x.out(v), *x.out(other)
		if (a == nil) != (b == nil) || a != nil && *a != *b {
			return false
		}
	}
	return true
}
