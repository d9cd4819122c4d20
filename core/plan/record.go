package plan

import (
	"maps"
	"slices"

	"adsync/core/identity"
)

// record compares the recorded memberships with both sides. What Central and
// the directory have is ours, whoever made it: when it ends in the directory,
// that is why. What neither has is not ours any more.
func (d *diff) record(r *Result) {
	r.Joined, r.Parted = map[identity.GUID][]identity.GUID{}, map[identity.GUID][]identity.GUID{}
	for group, members := range d.members {
		wanted := map[identity.GUID]bool{}
		for _, user := range d.Desired.Groups[group].Members {
			wanted[user] = true
		}
		for _, user := range slices.Sorted(maps.Keys(members)) {
			if wanted[user] && !d.Ours[group][user] {
				r.Joined[group] = append(r.Joined[group], user)
			}
		}
		for _, user := range slices.Sorted(maps.Keys(d.Ours[group])) {
			if !wanted[user] && !members[user] {
				r.Parted[group] = append(r.Parted[group], user)
			}
		}
	}
}
