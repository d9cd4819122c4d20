package apply_test

import (
	"fmt"
	"testing"

	"adsync/core/apply"
	"adsync/core/identity"
	"adsync/core/plan"
)

// BenchmarkRehearse foresees a first run of 20,000 people and 200 groups, and
// another 20,000 memberships of people who are there.
func BenchmarkRehearse(b *testing.B) {
	w := newWorld()
	var p apply.Picture
	for g := range 200 {
		if g < 100 {
			w.createGroup(g)
			continue
		}
		id := fmt.Sprintf("cg%d", g)
		w.ledger.links[guid(100_000+g)] = identity.Link{GUID: guid(100_000 + g), Kind: identity.KindGroup, CentralID: id}
		p.Groups = append(p.Groups, identity.CentralGroup{ID: id, Source: identity.SourceCustom, MembersKnown: true, Users: identity.Embedded{Counted: true, Total: 0}})
	}
	for n := range 20_000 {
		w.createUser(n+1_000_000, "", n%100)
		u := identity.CentralUser{ID: fmt.Sprintf("c%d", n), Source: identity.SourceCustom, Groups: identity.Embedded{Counted: true}}
		p.Users = append(p.Users, u)
		w.ledger.links[guid(n+2_000_000)] = identity.Link{GUID: guid(n + 2_000_000), Kind: identity.KindUser, CentralID: u.ID}
		w.add(plan.Change{
			Action: plan.MembershipAdd, Kind: identity.KindUser, ObjectGUID: guid(n + 2_000_000), Name: "U", CentralID: u.ID,
			Group: &plan.Ref{ObjectGUID: guid(100_100 + n%100), Name: "G"}, GroupCentralID: fmt.Sprintf("cg%d", 100+n%100),
		})
	}
	p.Links = p.Links[:0]
	for _, l := range w.ledger.links {
		p.Links = append(p.Links, l)
	}
	w.changes = plan.Sequence(w.changes)
	for b.Loop() {
		calls, err := apply.Rehearse(b.Context(), w.changes, p)
		if err != nil || calls < 20_000 {
			b.Fatal(calls, err)
		}
		b.ReportMetric(float64(calls), "calls")
	}
}
