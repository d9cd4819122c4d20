package plan_test

import (
	"fmt"
	"testing"

	"adsync/core/identity"
	"adsync/core/plan"
)

// BenchmarkDiff compares 50,000 people and 500 groups of 100: one in a hundred
// is new, renamed, gone, or in another group.
func BenchmarkDiff(b *testing.B) {
	const n = 50000
	in := build(func(s *scene) {
		s.Desired.Users = make(map[identity.GUID]identity.WantedUser, n)
		for i := range n {
			name := fmt.Sprintf("P%d", i)
			mail := name + "@x.example"
			if i%100 != 0 {
				has(i, name, mail)(s)
				s.Links = append(s.Links, identity.Link{GUID: guid(i), Kind: identity.KindUser, CentralID: cid(i), Domain: corp, Name: name, Mail: mail})
			}
			if i%100 == 1 {
				name += " renamed"
			}
			if i%100 != 2 {
				wants(i, name, mail)(s)
			}
		}
		for g := range 500 {
			id := g + 100000
			var have, want []int
			for i := range 100 {
				member := (g*100 + i) % n
				if member%100 != 0 && i != 5 {
					have = append(have, member)
				}
				if member%100 != 2 && i != 6 {
					want = append(want, member)
				}
			}
			hasGroup(id, fmt.Sprintf("G%d", g), have...)(s)
			s.Links = append(s.Links, identity.Link{GUID: guid(id), Kind: identity.KindGroup, CentralID: cid(id), Domain: corp, Name: fmt.Sprintf("G%d", g)})
			wantsGroup(id, fmt.Sprintf("G%d", g), want...)(s)
		}
	})
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		if r := plan.Diff(in); len(r.Changes) < 1500 {
			b.Fatal(len(r.Changes))
		}
	}
}
