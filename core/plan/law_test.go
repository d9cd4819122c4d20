package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// TestNothingLeavesUnproven is the law of reading and ownership, over random
// companies whose reads fail at random: no change takes away from an object that
// the ledger does not name, and while any read is incomplete nothing of its scope
// is removed, leaves a group, or loses a group that holds it.
func TestNothingLeavesUnproven(t *testing.T) {
	var removals, memberships, held int
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 5))
		c := newCompany(r)
		before := slices.Clone(c.snapshot.Reads)
		for failing := -1; failing < len(before); failing++ {
			c.snapshot.Reads = slices.Clone(before)
			if failing >= 0 {
				c.fail(r, failing)
			}
			p := c.plan()
			for _, x := range p.Changes {
				if why := c.forbidden(x, failing); why != "" {
					t.Fatalf("seed %d read %d: %s goes on: %s", seed, failing, deed(x), why)
				}
				switch x.Action {
				case plan.Remove:
					removals++
				case plan.MembershipRemove:
					memberships++
				case plan.Create, plan.Update, plan.Adopt, plan.MembershipAdd:
				}
			}
			held += len(p.Holds)
			c.restore()
		}
	}
	t.Logf("%d removals, %d membership removals, %d holds", removals, memberships, held)
	if removals == 0 || memberships == 0 || held == 0 {
		t.Error("nothing was tried")
	}
}

// company is a directory of two domains, the first with two bases, and what
// Central and the ledger hold of it.
type company struct {
	snapshot, whole identity.Snapshot
	links           []identity.Link
	users           []identity.CentralUser
	groups          []identity.CentralGroup
	where           map[identity.GUID]identity.Whereabouts
	rules           policy.Rules
}

var companyBases = []struct{ domain, base string }{{"a.example", "OU=1,DC=a"}, {"a.example", "OU=2,DC=a"}, {"b.example", "DC=b"}}

func newCompany(r *rand.Rand) *company {
	c := &company{
		where: map[identity.GUID]identity.Whereabouts{},
		rules: policy.Rules{
			Domains: map[string]policy.DomainRules{
				"a.example": {Include: true, Users: policy.SearchRules{Bases: []string{"OU=1,DC=a", "OU=2,DC=a"}}}, "b.example": {Include: true},
			},
			Under: func(dn, base string) bool {
				return dn == base || len(dn) > len(base) && dn[len(dn)-len(base)-1:] == ","+base
			},
			Fields: func(p identity.Person, _ identity.Domain, _ map[string]bool) (identity.Fields, error) {
				return identity.Fields{Name: p.Display}, nil
			},
		},
	}
	c.snapshot.Domains = []identity.Domain{{Name: "a.example", NetBIOS: "A", DN: "DC=a"}, {Name: "b.example", NetBIOS: "B", DN: "DC=b"}}
	for _, b := range companyBases {
		c.snapshot.Reads = append(c.snapshot.Reads, identity.Read{Domain: b.domain, Base: b.base, Kind: identity.ReadUsers, Entries: 9, Complete: true})
	}
	for _, d := range []string{"a", "b"} {
		c.snapshot.Reads = append(c.snapshot.Reads, identity.Read{Domain: d + ".example", Base: "DC=" + d, Kind: identity.ReadGroups, Entries: 9, Complete: true})
	}
	n := 6 + r.IntN(20)
	for i := range n {
		c.person(r, i)
	}
	for i := range 3 + r.IntN(5) {
		c.group(r, 1000+i, n)
	}
	c.whole = c.snapshot
	return c
}

// person puts somebody into Central, mostly into the ledger, and perhaps still
// into the directory, where he or she may have moved.
func (c *company) person(r *rand.Rand, i int) {
	was, is := companyBases[r.IntN(3)], companyBases[r.IntN(3)]
	if r.IntN(3) > 0 {
		is = was
	}
	name, id := fmt.Sprintf("U%d", i), guid(i)
	c.users = append(c.users, identity.CentralUser{ID: cid(i), Source: identity.SourceCustom, Fields: identity.Fields{Name: name}})
	if r.IntN(8) == 0 {
		return // somebody else's
	}
	l := identity.Link{GUID: id, Kind: identity.KindUser, CentralID: cid(i), Domain: was.domain, DN: "CN=" + name + "," + was.base, Name: name, Bases: []string{was.base}}
	if r.IntN(6) == 0 {
		l.Bases = nil
	}
	c.links = append(c.links, l)
	dn := "CN=" + name + "," + is.base
	switch r.IntN(5) {
	case 0:
		c.where[id] = identity.Whereabouts{GUID: id, Presence: identity.Deleted}
	case 1:
		c.where[id] = identity.Whereabouts{GUID: id, Presence: identity.Live, DN: "CN=" + name + ",OU=Out,DC=a", Domain: "a.example"}
	default:
		c.snapshot.People = c.snapshot.People.With(identity.Person{
			GUID: id, DN: dn, Domain: is.domain, Display: name, ControlKnown: true, Disabled: r.IntN(6) == 0, Matched: []identity.Match{{Base: is.base}},
		})
	}
}

func (c *company) group(r *rand.Rand, i, people int) {
	d := []string{"a", "b"}[r.IntN(2)]
	name := fmt.Sprintf("G%d", i)
	g := identity.CentralGroup{ID: cid(i), Source: identity.SourceCustom, Fields: identity.Fields{Name: name}, MembersKnown: true}
	in := identity.Group{GUID: guid(i), CN: name, DN: "CN=" + name + ",DC=" + d, Domain: d + ".example", Matched: []identity.Match{{Base: "DC=" + d}}}
	for u := range people {
		if r.IntN(3) == 0 {
			g.Members = append(g.Members, cid(u))
		}
		if r.IntN(3) == 0 {
			in.Members = append(in.Members, guid(u))
		}
	}
	in.MembersListed = len(in.Members)
	c.groups = append(c.groups, g)
	if r.IntN(8) > 0 {
		c.links = append(c.links, identity.Link{GUID: guid(i), Kind: identity.KindGroup, CentralID: cid(i), Domain: d + ".example", DN: in.DN, Name: name})
	}
	if r.IntN(4) > 0 {
		c.snapshot.Groups = append(c.snapshot.Groups, in)
	} else {
		c.where[guid(i)] = identity.Whereabouts{GUID: guid(i), Presence: identity.Deleted}
	}
}

// fail makes one read incomplete: some of what it showed is missing, and is
// found where it stands when it is asked for alone.
func (c *company) fail(r *rand.Rand, n int) {
	read := &c.snapshot.Reads[n]
	read.Complete, read.Code, read.Reason = false, "directory.timeout", "time ran out"
	c.where = maps.Clone(c.where)
	if read.Kind == identity.ReadUsers {
		c.snapshot.People = identity.PeopleOf(slices.DeleteFunc(slices.Collect(c.whole.People.All()), func(p identity.Person) bool {
			lost := c.rules.Under(p.DN, read.Base) && r.IntN(2) == 0
			if lost {
				c.where[p.GUID] = identity.Whereabouts{GUID: p.GUID, Presence: identity.Live, DN: p.DN, Domain: p.Domain, ControlKnown: true, Disabled: p.Disabled}
			}
			return lost
		})...)
		return
	}
	c.snapshot.Groups = slices.DeleteFunc(slices.Clone(c.whole.Groups), func(g identity.Group) bool {
		lost := g.Domain == read.Domain && r.IntN(2) == 0
		if lost {
			c.where[g.GUID] = identity.Whereabouts{GUID: g.GUID, Presence: identity.Live, DN: g.DN, Domain: g.Domain}
		}
		return lost
	})
}

func (c *company) restore() { c.snapshot.People, c.snapshot.Groups = c.whole.People, c.whole.Groups }

func (c *company) plan() plan.Result {
	desired := policy.Desire(c.snapshot, c.rules)
	coverage := policy.Judge(c.snapshot, c.links, c.where, c.rules)
	in := build(func(s *scene) {
		s.Desired, s.Users, s.Groups, s.Links, s.Unsure = desired.State, c.users, c.groups, c.links, desired.Unsure
		s.Absence, s.Membership, s.Choice, s.Missing = coverage.Absence, coverage.Membership(), coverage.Choice(), coverage.Missing
		s.Leaving = func(l identity.Link) plan.Coded {
			x := policy.Leaving(l, desired, c.where[l.GUID], c.rules, nil)
			return plan.Coded{Code: x.Code, Text: x.Text}
		}
	})
	return plan.Diff(in)
}

// forbidden says why a change must not go on while a read is incomplete. It is
// written from the rule, without the code that is tested.
func (c *company) forbidden(x plan.Change, failing int) string {
	takes := x.Action == plan.Remove || x.Action == plan.MembershipRemove
	if !takes && x.Action != plan.Update {
		return ""
	}
	l := c.link(x.ObjectGUID)
	if l == nil || (x.Group != nil && c.link(x.Group.ObjectGUID) == nil) {
		return "the ledger does not name it"
	}
	if !takes || failing < 0 {
		return ""
	}
	read := c.snapshot.Reads[failing]
	about := []identity.Link{*l}
	if x.Group != nil {
		about = append(about, *c.link(x.Group.ObjectGUID))
	}
	if x.Kind == identity.KindGroup {
		for _, m := range x.Members {
			for _, u := range c.links {
				if u.CentralID == m {
					about = append(about, u)
				}
			}
		}
	}
	for _, a := range about {
		if c.within(a, read) {
			return fmt.Sprintf("%s belongs to the %s below %s, which were not read completely", a.Name, read.Kind, read.Base)
		}
	}
	if read.Kind == identity.ReadGroups && x.Action == plan.MembershipRemove {
		return "groups were not read completely, and groups nest"
	}
	return ""
}

func (c *company) link(id identity.GUID) *identity.Link {
	if i := slices.IndexFunc(c.links, func(l identity.Link) bool { return l.GUID == id }); i >= 0 {
		return &c.links[i]
	}
	return nil
}

// within says that an object was last seen in the scope of a read, or stands
// there now.
func (c *company) within(l identity.Link, read identity.Read) bool {
	if (l.Kind == identity.KindUser) != (read.Kind == identity.ReadUsers) {
		return false
	}
	if c.rules.Under(l.DN, read.Base) || (len(l.Bases) == 0 && l.Domain == read.Domain) {
		return true
	}
	for p := range c.whole.People.All() {
		if p.GUID == l.GUID && c.rules.Under(p.DN, read.Base) {
			return true
		}
	}
	return false
}
