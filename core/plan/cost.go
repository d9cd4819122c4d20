package plan

import "adsync/core/identity"

// Seconds is how long so many calls take within a rate budget, in seconds. The
// second and the minute pace the calls; the hour and the day bound their number,
// so that what goes over them waits for the next. A rate of 0 is none.
func Seconds(calls, perSecond, perMinute, perHour, perDay int) int {
	const minute, hour, day = 60, 3600, 86400
	total := 0
	whole := func(rate, length int) {
		if rate > 0 && calls > rate {
			n := (calls - 1) / rate
			total, calls = total+n*length, calls-n*rate
		}
	}
	whole(perDay, day)
	whole(perHour, hour)
	whole(perMinute, minute)
	if perSecond > 0 {
		total += (calls + perSecond - 1) / perSecond
	}
	return total
}

// LowerBound is the number of writes that no tool could do without: one for each
// object made, changed or removed, and as many as it takes to cover every
// membership by a call for its person or for its group (by König's theorem the
// size of a maximum matching between the two).
func LowerBound(changes []Change) int {
	n := 0
	edges := map[identity.GUID][]identity.GUID{}
	removals := map[identity.GUID][]identity.GUID{}
	for _, c := range changes {
		switch c.Action {
		case Create, Update, Remove, Adopt:
			n++
		case MembershipAdd:
			edges[c.ObjectGUID] = append(edges[c.ObjectGUID], c.GroupKey())
		case MembershipRemove:
			removals[c.ObjectGUID] = append(removals[c.ObjectGUID], c.GroupKey())
		}
	}
	return n + matching(edges) + matching(removals)
}

// matching is the size of a maximum matching, by augmenting paths.
func matching(edges map[identity.GUID][]identity.GUID) int {
	partner := map[identity.GUID]identity.GUID{}
	var seen map[identity.GUID]bool
	var augment func(user identity.GUID) bool
	augment = func(user identity.GUID) bool {
		for _, group := range edges[user] {
			if seen[group] {
				continue
			}
			seen[group] = true
			if other, taken := partner[group]; !taken || augment(other) {
				partner[group] = user
				return true
			}
		}
		return false
	}
	size := 0
	for user := range edges {
		seen = map[identity.GUID]bool{}
		if augment(user) {
			size++
		}
	}
	return size
}
