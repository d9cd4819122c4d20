package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"adsync/core/identity"
)

// KnownContainer is a container as the last complete read of its domain showed
// it, with something in it.
type KnownContainer struct {
	identity.Container
	At time.Time `json:"at"`
}

// Containers returns what is to be kept of the containers after a read: those of
// each domain of which every read was complete, and what was known of the others.
// An attribute that objects in a container had is kept until a person confirms the
// base: nobody who left since may have left for want of it.
func (c *Coverage) Containers(s identity.Snapshot, reads []identity.Read) []KnownContainer {
	whole := map[string]bool{}
	for _, read := range reads {
		_, known := whole[read.Domain]
		whole[read.Domain] = read.Complete && (whole[read.Domain] || !known)
	}
	before := map[identity.GUID]KnownContainer{}
	list := []KnownContainer{}
	for _, old := range c.rules.Containers {
		if before[old.GUID] = old; !whole[old.Domain] {
			list = append(list, old)
		}
	}
	for _, now := range s.Containers {
		if !whole[now.Domain] {
			continue
		}
		if old, known := before[now.GUID]; known && !c.confirmedAt(old) {
			now.Shown, now.DevicesShown = merged(now.Shown, old.Shown), merged(now.DevicesShown, old.DevicesShown)
		}
		if now.Users+now.Groups+now.Devices+len(now.Shown)+len(now.DevicesShown) > 0 {
			list = append(list, KnownContainer{now, s.TakenAt.UTC()})
		}
	}
	return list
}

// merged are the names of two lists, sorted and once each.
func merged(a, b []string) []string {
	list := slices.Concat(a, b)
	slices.Sort(list)
	return slices.Compact(list)
}

// confirmedAt says that a person has confirmed a base above a container since it
// was last read.
func (c *Coverage) confirmedAt(known KnownContainer) bool {
	return slices.ContainsFunc(c.rules.Confirmed, func(x Confirmed) bool {
		return strings.EqualFold(x.Domain, known.Domain) && x.At.After(known.At) && (c.rules.Under(known.DN, x.DN) || c.rules.under(known.DN, x.DN))
	})
}

// judgeContainers doubts the reads of what a container held that is not there any
// more and not among the deleted objects, or shows nothing any more, as far as
// objects of the ledger are missing with it: an account that lost the right to
// it gets the rest without an error.
func (c *Coverage) judgeContainers(s identity.Snapshot, links []identity.Link) {
	lost := map[place]int{}
	for _, l := range links {
		if _, live := c.now(l.GUID); !live && c.where[l.GUID].Presence != identity.Deleted {
			lost[place{showing(l.Kind), strings.ToLower(parent(l.DN))}]++
		}
	}
	if len(lost) == 0 {
		return
	}
	here := map[identity.GUID]identity.Container{}
	for _, now := range s.Containers {
		here[now.GUID] = now
	}
	for _, known := range c.rules.Containers {
		now, listed := here[known.GUID]
		if c.confirmedAt(known) || !listed && c.where[known.GUID].Presence == identity.Deleted {
			continue
		}
		for _, x := range []struct {
			kind   string
			had, n int
		}{
			{identity.ReadUsers, known.Users, now.Users},
			{identity.ReadGroups, known.Groups, now.Groups},
			{identity.ReadDevices, known.Devices, now.Devices},
		} {
			missing := lost[place{x.kind, strings.ToLower(known.DN)}]
			switch {
			case !listed && missing > 0:
				c.doubtBelow(known, x.kind, fmt.Sprintf("%s was there at the last complete read and cannot be read now, nor is it found elsewhere or deleted; "+
					"%d known objects in it are missing; where that is meant, say so with scope base confirm", known.DN, missing))
			case listed && x.n == 0 && missing > nowhereCount:
				c.doubtBelow(known, x.kind, fmt.Sprintf("in %s there were %d at the last complete read and now nothing, and %d known objects of it are found "+
					"neither live nor deleted; where that is meant, say so with scope base confirm", known.DN, x.had, missing))
			}
		}
	}
}

// place is what one kind of reads shows in one container.
type place struct {
	kind string
	dn   string
}

// doubtBelow takes the completeness from the reads that show what is in a
// container.
func (c *Coverage) doubtBelow(known KnownContainer, kind, reason string) {
	for i := range c.Reads {
		read := &c.Reads[i]
		if read.Complete && read.Kind == kind && strings.EqualFold(read.Domain, known.Domain) &&
			(c.rules.Under(known.DN, read.Base) || c.rules.under(known.DN, read.Base)) {
			read.Complete, read.Code, read.Reason = false, "directory.read.container", reason
		}
	}
}

// unproven says why a person or device that is there, and that the filter does not
// return any more, may still fulfil it: an attribute that it asks for did not come
// back, others of its kind in the same container had it, and now none there has it.
// Rights to an attribute may be lost in one container alone.
func (c *Coverage) unproven(l identity.Link, w identity.Whereabouts, search SearchRules) string {
	if len(w.MemberOf) == 0 && w.Listed && strings.Contains(strings.ToLower(search.Filter), "memberof") {
		return fmt.Sprintf("memberOf of %s cannot be read: a group that was read names it as a member", w.DN)
	}
	at, known := c.containers[strings.ToLower(parent(w.DN))]
	if c.rules.FilterAttributes == nil || !known {
		return ""
	}
	i := slices.IndexFunc(c.rules.Containers, func(k KnownContainer) bool { return k.GUID == at.GUID })
	if i < 0 || c.confirmedAt(c.rules.Containers[i]) {
		return ""
	}
	kind := showing(l.Kind)
	before, now := *c.rules.Containers[i].ShownOf(kind), *at.ShownOf(kind)
	for _, name := range c.rules.FilterAttributes(search.Filter) {
		if slices.Contains(before, name) && !slices.Contains(now, name) && !slices.Contains(w.Shown, name) {
			return fmt.Sprintf("%s has no %s, and nothing of its kind in its container has any more: the account may no longer read it; "+
				"where that is meant, say so with scope base confirm", w.DN, name)
		}
	}
	return ""
}
