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
	for name, tc := range map[string]struct {
		why    string
		filter string
		was    []string // what the container showed before
		now    []string // and shows now
		where  identity.Whereabouts
		held   bool
	}{
		"OtherValue":   {why: "The attribute came back: it has another value now.", was: []string{"department"}, where: ann(func(w *identity.Whereabouts) { w.Shown = []string{"department"} })},
		"Witness":      {why: "Others in the unit have it: hers was taken away.", was: []string{"department"}, now: []string{"department"}, where: ann()},
		"Lost":         {why: "Nobody in the unit has it any more.", was: []string{"department"}, where: ann(), held: true},
		"NeverThere":   {why: "The filter is new, and nobody in the unit ever had it.", where: ann()},
		"Moved":        {why: "In the unit where she is now nobody ever had it.", was: []string{"department"}, where: live("Ann", sales)},
		"LeftGroup":    {why: "No group names her.", filter: "(memberOf=CN=X)", where: ann()},
		"HiddenGroups": {why: "A group still names her, and she shows none.", filter: "(memberOf=CN=X)", where: ann(func(w *identity.Whereabouts) { w.Listed = true }), held: true},
		"OtherGroup":   {why: "Her groups can be read.", filter: "(memberOf=CN=X)", where: ann(func(w *identity.Whereabouts) { w.Listed, w.MemberOf = true, []string{"CN=Y"} })},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.filter == "" {
				tc.filter = "(department=Sales)"
			}
			s := snapshot(func(s *identity.Snapshot) {
				s.Containers = []identity.Container{unit(staff, 3, tc.now...), unit(sales, 3)}
				s.Reads[0].Filter = tc.filter
			})
			r := rules(func(r *policy.Rules) {
				d := r.Domains[corp]
				d.Users.Filter = tc.filter
				r.Domains[corp] = d
				r.Containers = known(before, unit(staff, 3, tc.was...), unit(sales, 3))
				r.FilterAttributes = func(string) []string { return []string{"department"} }
			})
			c := policy.Judge(s, links(link("Ann")), where(tc.where), r)
			if why := c.Absence(link("Ann")); (why != "") != tc.held {
				t.Errorf("%s\nheld by %q", tc.why, why)
			}
			r.Confirmed = []policy.Confirmed{{Domain: corp, DN: dcs, At: now}}
			c = policy.Judge(s, links(link("Ann")), where(tc.where), r)
			if why := c.Absence(link("Ann")); why != "" && tc.where.Listed != true {
				t.Errorf("%s\nconfirmed, and held by %q", tc.why, why)
			}
		})
	}
}

// TestKnownContainers: what is kept, and for how long.
func TestKnownContainers(t *testing.T) {
	before := now.Add(-time.Hour)
	r := rules(func(r *policy.Rules) {
		r.Containers = known(before, unit(staff, 3, "department"), unit("OU=Old,"+dcs, 2))
	})
	s := snapshot(func(s *identity.Snapshot) {
		s.TakenAt = now
		s.Containers = []identity.Container{unit(staff, 4, "title"), unit(sales, 0)}
	})
	c := policy.Judge(s, nil, nil, r)
	want := known(now, unit(staff, 4, "department", "title"))
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
	if d := cmp.Diff(known(now, unit(staff, 4, "title")), c.Containers(s, c.Reads)); d != "" {
		t.Errorf("what was confirmed counts no more (-want +got):\n%s", d)
	}
}
