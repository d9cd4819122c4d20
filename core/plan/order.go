package plan

import (
	"cmp"
	"slices"

	"adsync/core/identity"
)

// The phases, in the order in which changes without needs are written.
const (
	phaseGroupCreate = iota
	phaseUserCreate
	phaseUpdate
	phaseMembership
	phaseUserRemove
	phaseGroupRemove
	// Devices come last: a credential that may not touch them keeps nobody waiting.
	phaseDeviceGroupCreate
	phaseDeviceGroupUpdate
	phaseDevice
	phaseDeviceGroupRemove
)

// phase places a change among those that it needs nothing of.
func phase(c Change) int {
	switch {
	case c.Kind == identity.KindDevice:
		return phaseDevice
	case c.Kind == identity.KindDeviceGroup && c.Action == Create:
		return phaseDeviceGroupCreate
	case c.Kind == identity.KindDeviceGroup && c.Action == Remove:
		return phaseDeviceGroupRemove
	case c.Kind == identity.KindDeviceGroup:
		return phaseDeviceGroupUpdate
	}
	switch c.Action {
	case Create:
		if c.Kind == identity.KindUser {
			return phaseUserCreate
		}
		return phaseGroupCreate
	case Update, Adopt:
		return phaseUpdate
	case MembershipAdd, MembershipRemove:
		return phaseMembership
	case Remove:
		if c.Kind == identity.KindUser {
			return phaseUserRemove
		}
	}
	return phaseGroupRemove
}

// Sequence returns changes in the order in which they are to be written: by
// phase, within it by what lets calls be batched and people read the list, and
// each behind everything it needs. It is the order of a document's changes; who
// adds holds that an approval has lifted puts them in place with it.
func Sequence(changes []Change) []Change {
	list := slices.Clone(changes)
	slices.SortStableFunc(list, func(a, b Change) int {
		return cmp.Or(
			cmp.Compare(phase(a), phase(b)), cmp.Compare(a.groupKey(), b.groupKey()), cmp.Compare(a.Action, b.Action),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID),
		)
	})
	at := make(map[string]int, len(list))
	for i, c := range list {
		at[c.ID] = i
	}
	out := make([]Change, 0, len(list))
	done := make([]bool, len(list))
	var emit func(i int)
	emit = func(i int) {
		if done[i] {
			return
		}
		done[i] = true
		for _, id := range list[i].Needs {
			if j, ok := at[id]; ok {
				emit(j)
			}
		}
		out = append(out, list[i])
	}
	for i := range list {
		emit(i)
	}
	return out
}

func (c Change) groupKey() string {
	if c.Group == nil {
		return ""
	}
	return c.Group.Name + "\n" + string(c.Group.ObjectGUID)
}
