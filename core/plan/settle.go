package plan

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// settle holds what cannot be done because something else is held: values that
// stay with their holder, and changes that need a held one. A change that a
// limit holds is looked at as if it went ahead, because a person may lift that
// hold. Holds only grow, so it ends.
func (d *diff) settle() {
	for grew := true; grew; {
		values := d.settleValues()
		needs := d.settleNeeds()
		grew = d.settleEmpty() || needs || values
	}
	d.dropHeldGroups()
}

// limited says that only a limit holds the change.
func (f *draft) limited() bool { return f.Rule != nil && strings.HasPrefix(f.Rule.Code, "limit.") }

// settled says that the change is held and no approval can lift it.
func (f *draft) settled() bool { return f.Rule != nil && !f.limited() }

// waits says that f cannot go ahead because need does not.
func (f *draft) waits(need *draft) bool {
	return need.settled() || (need.limited() && !f.limited())
}

// settleValues looks at each unique value that a change takes. A value that
// another object frees in this plan makes the one need the other; a value that
// stays where it is makes the change a hold.
func (d *diff) settleValues() bool {
	freed := map[string]*draft{}
	for _, f := range d.drafts {
		if f.frees != "" {
			freed[f.frees] = f
		}
	}
	grew := false
	for _, f := range d.drafts {
		if f.takes == "" || f.settled() {
			continue
		}
		holder, taken := d.holders[f.takes]
		if !taken || (holder == f.CentralID && f.CentralID != "") {
			continue
		}
		by := freed[f.takes]
		if by == nil || f.waits(by) {
			f.hold(RuleValueTaken, fmt.Sprintf("%q keeps %q in Sophos Central, which %s should have", d.holderName(holder), f.takes[2:], f.Name))
			grew = true
		} else if !slices.Contains(f.Needs, by.ID) {
			f.Needs = append(f.Needs, by.ID)
		}
	}
	return d.breakCycles() || grew
}

func (d *diff) holderName(id string) string {
	if u, ok := d.users[id]; ok {
		return u.Fields.Name
	}
	if g, ok := d.endpointGroups[id]; ok {
		return g.Fields.Name
	}
	return d.groups[id].Fields.Name
}

// breakCycles holds changes that wait for one another in a ring: two people who
// swap their addresses, for example.
func (d *diff) breakCycles() bool {
	const open, closed = 1, 2
	state := map[string]int{}
	grew := false
	var trail []*draft
	var visit func(f *draft)
	visit = func(f *draft) {
		state[f.ID] = open
		trail = append(trail, f)
		for _, id := range f.Needs {
			next := d.byKey[id]
			if next == nil || next.settled() || f.settled() {
				continue
			}
			switch state[id] {
			case open:
				ring := trail[slices.Index(trail, next):]
				for i, x := range ring {
					other := ring[(i+1)%len(ring)]
					x.hold(RuleValueTaken, fmt.Sprintf("%s and %s exchange values that are unique in Sophos Central; change one of them to something else first", x.Name, other.Name))
				}
				grew = true
			case closed:
			default:
				visit(next)
			}
		}
		state[f.ID] = closed
		trail = trail[:len(trail)-1]
	}
	for _, f := range d.drafts {
		if state[f.ID] == 0 && !f.settled() {
			visit(f)
		}
	}
	return grew
}

// settleNeeds holds what needs a held change. A new person does not wait for a
// group: it begins without, see dropHeldGroups.
func (d *diff) settleNeeds() bool {
	grew := false
	for _, f := range d.drafts {
		if f.settled() {
			continue
		}
		for _, id := range f.Needs {
			need := d.byKey[id]
			if need == nil || !f.waits(need) || (phase(f.Change) == phaseUserCreate && phase(need.Change) == phaseGroupCreate) {
				continue
			}
			if f.takes != "" && need.frees == f.takes {
				f.hold(RuleValueTaken, fmt.Sprintf("%s keeps %q in Sophos Central while its own change is held", need.Name, f.takes[2:]))
			} else {
				f.hold(RuleNeeds, fmt.Sprintf("it needs a change of %s that is held: %s", need.Name, need.Rule.Text))
			}
			grew = true
			break
		}
	}
	return grew
}

// settleEmpty holds the making of a group whose members are all held: a group is
// made only for somebody.
func (d *diff) settleEmpty() bool {
	filled := map[identity.GUID]bool{}
	for _, f := range d.drafts {
		if f.Rule != nil {
			continue
		}
		if f.Action == MembershipAdd && f.Kind == identity.KindUser {
			filled[f.Group.ObjectGUID] = true
		}
		for _, ref := range f.MemberOf {
			filled[ref.ObjectGUID] = true
		}
	}
	grew := false
	for _, f := range d.drafts {
		wanted := len(d.Desired.Groups[f.ObjectGUID].Members) > 0
		if phase(f.Change) == phaseGroupCreate && f.Rule == nil && wanted && !filled[f.ObjectGUID] {
			f.hold(RuleNeeds, "everybody who belongs to it is held, and a group is made only for somebody")
			grew = true
		}
	}
	return d.settleEmptyDevices() || grew
}

// settleEmptyDevices does so for groups of devices. Where a person may let one of
// them go there, the group waits for the same word.
func (d *diff) settleEmptyDevices() bool {
	if d.fleet == nil {
		return false
	}
	filled, limited, movable := map[identity.GUID]bool{}, map[identity.GUID]bool{}, map[identity.GUID]bool{}
	for _, f := range d.drafts {
		switch key := f.GroupKey(); {
		case f.Action != MembershipAdd || f.Kind != identity.KindDevice:
		case f.Rule == nil:
			filled[key] = true
		case f.limited():
			limited[key] = true
		case LiftedByID(f.Rule.Code):
			movable[key] = true
		}
	}
	grew := false
	for key, f := range d.fleet.creates {
		switch {
		case f.Rule != nil || filled[key]:
			continue
		case limited[key]:
			f.hold(RuleLimitMemberships, "all that belong to it wait for a limit, and a group is made only for devices")
		case movable[key]:
			f.hold(RuleElsewhere, "all that belong to it sit in other groups of Sophos Central; it is made when a person moves one of them")
		default:
			f.hold(RuleNeeds, "all that belong to it are held, and a group is made only for devices")
		}
		grew = true
	}
	return grew
}

// dropHeldGroups takes the groups that will not be made out of the creates of
// people: their memberships come when the group does.
func (d *diff) dropHeldGroups() {
	for _, f := range d.drafts {
		if phase(f.Change) != phaseUserCreate {
			continue
		}
		kept, names := f.MemberOf[:0:0], []string(nil)
		for i, ref := range f.MemberOf {
			g := d.byKey[ChangeID(Create, identity.KindGroup, ref.ObjectGUID, "")]
			if g != nil && g.Rule != nil {
				f.Needs = slices.DeleteFunc(f.Needs, func(id string) bool { return id == g.ID })
				continue
			}
			kept, names = append(kept, ref), append(names, f.After.Groups[i])
		}
		f.MemberOf, f.After.Groups = kept, names
	}
}
