package policy_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/policy"
)

func unit(dn string, users int, shown ...string) identity.Container {
	return identity.Container{GUID: identity.GUID("unit " + dn), DN: dn, Domain: corp, Users: users, Shown: shown}
}

func known(at time.Time, list ...identity.Container) []policy.KnownContainer {
	var all []policy.KnownContainer
	for _, c := range list {
		all = append(all, policy.KnownContainer{Container: c, At: at})
	}
	return all
}

// TestContainers asks what a container that shows nothing any more proves.
func TestContainers(t *testing.T) {
	before := now.Add(-time.Hour)
	deletedUnit := identity.Whereabouts{GUID: identity.GUID("unit " + staff), Presence: identity.Deleted}
	confirmed := func(at time.Time) []policy.Confirmed {
		return []policy.Confirmed{{Domain: corp, DN: dcs, At: at, Reason: "meant"}}
	}
	var four []identity.Link
	var gone []identity.Whereabouts
	for i := range 4 {
		name := fmt.Sprintf("P%d", i)
		four, gone = append(four, link(name)), append(gone, nowhere(name))
	}
	for name, tc := range map[string]struct {
		why       string
		here      []identity.Container
		where     []identity.Whereabouts
		links     []identity.Link
		confirmed []policy.Confirmed
		doubted   bool
	}{
		"Vanished":       {why: "One person is missing with the unit.", links: four[:1], where: gone, doubted: true},
		"UnitDeleted":    {why: "The unit is among the deleted.", links: four, where: append(gone[:4:4], deletedUnit)},
		"AllElsewhere":   {why: "Whoever was in it is found elsewhere or deleted.", links: links(link("Ann"), link("Ben")), where: []identity.Whereabouts{live("Ann", sales), deleted("Ben")}},
		"NobodyKnown":    {why: "Nothing of the ledger was in it.", links: links(link("Ann", func(l *identity.Link) { l.DN = "CN=Ann," + sales })), where: []identity.Whereabouts{nowhere("Ann")}},
		"StillThere":     {why: "The unit is there with people in it: who is missing left.", here: []identity.Container{unit(staff, 5)}, links: four, where: gone},
		"Emptied":        {why: "The unit is there and shows none of four.", here: []identity.Container{unit(staff, 0)}, links: four, where: gone, doubted: true},
		"FewOfEmptied":   {why: "Three people may leave a unit.", here: []identity.Container{unit(staff, 0)}, links: four[:3], where: gone},
		"Confirmed":      {why: "A person has said that it is meant.", links: four, where: gone, confirmed: confirmed(now)},
		"ConfirmedOnce":  {why: "What was said before says nothing of now.", links: four, where: gone, confirmed: confirmed(before.Add(-time.Hour)), doubted: true},
		"UnitNotAskedOf": {why: "Nobody has asked where the unit is: that is no proof.", links: four[:1], doubted: true},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot(func(s *identity.Snapshot) { s.Containers = tc.here; s.DeletedReadable = false })
			r := rules(func(r *policy.Rules) { r.Containers, r.Confirmed = known(before, unit(staff, 9)), tc.confirmed })
			c := policy.Judge(s, tc.links, where(tc.where...), r)
			code := ""
			if tc.doubted {
				code = "directory.read.container"
			}
			if got := c.Reads[0]; got.Code != code || got.Complete == tc.doubted {
				t.Errorf("%s\n%+v", tc.why, got)
			}
			if !c.Reads[1].Complete || !c.Reads[2].Complete {
				t.Errorf("%s\nreads of others are doubted: %+v", tc.why, c.Reads)
			}
		})
	}
}

// TestFilterRights asks whom a filter proves to have left.
func TestFilterRights(t *testing.T) {
	before := now.Add(-time.Hour)
	ann := func(change ...func(*identity.Whereabouts)) identity.Whereabouts {
		w := live("Ann", staff)
		for _, c := range change {
			c(&w)
		}
		return w
	}
	tests := map[string]struct {
		why    string
		filter string
		was    []string // what the container showed before
		now    []string // and shows now
		others []string // what those of the other kind in it show, before and now
		where  identity.Whereabouts
		held   bool
	}{
		"OtherValue":   {why: "The attribute came back: it has another value now.", was: []string{"department"}, where: ann(func(w *identity.Whereabouts) { w.Shown = []string{"department"} })},
		"Witness":      {why: "Others in the unit have it: hers was taken away.", was: []string{"department"}, now: []string{"department"}, where: ann()},
		"Lost":         {why: "Nobody in the unit has it any more.", was: []string{"department"}, where: ann(), held: true},
		"OthersLost":   {why: "That those of another kind show it says nothing of a right to hers.", was: []string{"department"}, others: []string{"department"}, where: ann(), held: true},
		"OthersHad":    {why: "Those of another kind have it, and of hers nobody ever had.", others: []string{"department"}, where: ann()},
		"NeverThere":   {why: "The filter is new, and nobody in the unit ever had it.", where: ann()},
		"Moved":        {why: "In the unit where she is now nobody ever had it.", was: []string{"department"}, where: live("Ann", sales)},
		"LeftGroup":    {why: "No group names her.", filter: "(memberOf=CN=X)", where: ann()},
		"HiddenGroups": {why: "A group still names her, and she shows none.", filter: "(memberOf=CN=X)", where: ann(func(w *identity.Whereabouts) { w.Listed = true }), held: true},
		"OtherGroup":   {why: "Her groups can be read.", filter: "(memberOf=CN=X)", where: ann(func(w *identity.Whereabouts) { w.Listed, w.MemberOf = true, []string{"CN=Y"} })},
	}
	for _, kind := range []identity.Kind{identity.KindUser, identity.KindDevice} {
		for name, tc := range tests {
			t.Run(fmt.Sprintf("%s/%s", kind, name), func(t *testing.T) {
				if tc.filter == "" {
					tc.filter = "(department=Sales)"
				}
				reads, shows := identity.ReadUsers, func(shown []string) identity.Container {
					return identity.Container{GUID: "staff", DN: staff, Domain: corp, Users: 3, Devices: 3, Shown: shown, DevicesShown: tc.others}
				}
				if kind == identity.KindDevice {
					reads, shows = identity.ReadDevices, func(shown []string) identity.Container {
						return identity.Container{GUID: "staff", DN: staff, Domain: corp, Users: 3, Devices: 3, Shown: tc.others, DevicesShown: shown}
					}
				}
				s := snapshot(func(s *identity.Snapshot) {
					s.Containers = []identity.Container{shows(tc.now), unit(sales, 3)}
					s.Reads[0].Kind, s.Reads[0].Filter = reads, tc.filter
				})
				r := rules(func(r *policy.Rules) {
					search := policy.SearchRules{Filter: tc.filter}
					r.Domains[corp] = policy.DomainRules{Include: true, Users: search, Devices: search}
					r.Containers = known(before, shows(tc.was), unit(sales, 3))
					r.FilterAttributes = func(string) []string { return []string{"department"} }
				})
				ann := link("Ann", func(l *identity.Link) { l.Kind = kind })
				c := policy.Judge(s, links(ann), where(tc.where), r)
				if why := c.Absence(ann); (why != "") != tc.held {
					t.Errorf("%s\nheld by %q", tc.why, why)
				}
				r.Confirmed = []policy.Confirmed{{Domain: corp, DN: dcs, At: now}}
				c = policy.Judge(s, links(ann), where(tc.where), r)
				if why := c.Absence(ann); why != "" && tc.where.Listed != true {
					t.Errorf("%s\nconfirmed, and held by %q", tc.why, why)
				}
			})
		}
	}
}

// TestKnownContainers: what is kept, and for how long.
func TestKnownContainers(t *testing.T) {
	before := now.Add(-time.Hour)
	kiosks := func(c identity.Container, shown ...string) identity.Container {
		c.DevicesShown = shown
		return c
	}
	hall := kiosks(unit("OU=Hall,"+dcs, 0), "description")
	r := rules(func(r *policy.Rules) {
		r.Containers = known(before, kiosks(unit(staff, 3, "department"), "description"), unit("OU=Old,"+dcs, 2))
	})
	s := snapshot(func(s *identity.Snapshot) {
		s.TakenAt = now
		s.Containers = []identity.Container{kiosks(unit(staff, 4, "title"), "location"), unit(sales, 0), hall}
	})
	c := policy.Judge(s, nil, nil, r)
	want := known(now, kiosks(unit(staff, 4, "department", "title"), "description", "location"), hall)
	if d := cmp.Diff(want, c.Containers(s, c.Reads)); d != "" {
		t.Errorf("after a complete read (-want +got):\n%s", d)
	}
	s.Reads[1].Complete = false
	c = policy.Judge(s, nil, nil, r)
	if d := cmp.Diff(r.Containers, c.Containers(s, c.Reads)); d != "" {
		t.Errorf("an incomplete read replaces nothing (-want +got):\n%s", d)
	}
	s.Reads[1].Complete = true
	r.Confirmed = []policy.Confirmed{{Domain: corp, DN: dcs, At: now}}
	c = policy.Judge(s, nil, nil, r)
	if d := cmp.Diff(known(now, s.Containers[0], hall), c.Containers(s, c.Reads)); d != "" {
		t.Errorf("what was confirmed counts no more (-want +got):\n%s", d)
	}
}
