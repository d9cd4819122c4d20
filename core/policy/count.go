package policy

import (
	"cmp"
	"slices"

	"adsync/core/plan"
)

// Count says how many people and groups are left out, by reason.
func (d Desired) Count() []plan.OutCount {
	counts := map[plan.OutCount]int{}
	for id, reason := range d.Out {
		counts[plan.OutCount{Kind: d.OutKind[id], Reason: reason.Code}]++
	}
	list := make([]plan.OutCount, 0, len(counts))
	for c, n := range counts {
		c.Count = n
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b plan.OutCount) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}
