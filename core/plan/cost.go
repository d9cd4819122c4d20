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

// LowerBound is the number of calls that no tool could do without. Written is each
// object made, changed or removed, and every membership by a call for its person or
// for its group (by König's theorem as often as a minimum cover has members), which
// carries so many and no more. Read again before that (safety rule 21) is each
// object that was there, and each membership whose person or group is not read
// anyway: many in one call, from the one side or the other.
func LowerBound(changes []Change) int {
	n := 0
	read := map[identity.Kind]map[string]bool{identity.KindUser: {}, identity.KindGroup: {}}
	shown := map[string]bool{} // of whom a call shows the memberships, or nobody has any
	for _, c := range changes {
		key := string(c.Key())
		switch c.Action {
		case Create, Update, Remove, Adopt:
			n++
			shown[key] = true
			if read[c.Kind] != nil && (c.Action != Create || c.Cause.Code == CauseCentralDeleted) {
				read[c.Kind][key] = true
			}
		case MembershipAdd, MembershipRemove:
		}
	}
	unseen := []Pair{}
	for _, a := range []Action{MembershipAdd, MembershipRemove} {
		var pairs []Pair
		for _, c := range changes {
			if c.Action != a {
				continue
			}
			p := Pair{User: string(c.ObjectGUID), Group: string(c.GroupKey())}
			pairs = append(pairs, p)
			if seats(c) && !shown[p.User] && !shown[p.Group] {
				unseen = append(unseen, p)
			}
		}
		n += max(covered(pairs), calls(len(pairs), batchSize(Change{Action: a})))
	}
	users, groups := len(read[identity.KindUser]), len(read[identity.KindGroup])
	apart, together := calls(users, MaxRead)+calls(groups, MaxRead), calls(users+groups+covered(unseen), MaxRead)
	return n + max(apart, together)
}

// covered is how many users and groups it takes at least to cover the pairs.
func covered(pairs []Pair) int {
	one := func(string) int { return 1 }
	users, groups := Cover(pairs, one, one)
	return len(users) + len(groups)
}
