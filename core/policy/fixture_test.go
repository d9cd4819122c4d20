package policy_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"adsync/core/identity"
	"adsync/core/policy"
)

const (
	corp  = "corp.example"
	east  = "east.corp.example"
	dcs   = "DC=corp,DC=example"
	staff = "OU=Staff,DC=corp,DC=example"
	sales = "OU=Sales,DC=corp,DC=example"
	dce   = "DC=east,DC=corp,DC=example"
)

var now = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

// under compares DNs as text, which is enough for those of these tests.
func under(dn, base string) bool {
	dn, base = strings.ToLower(dn), strings.ToLower(base)
	return dn == base || strings.HasSuffix(dn, ","+base)
}

// rules include both domains whole.
func rules(change ...func(*policy.Rules)) policy.Rules {
	r := policy.Rules{
		Domains:        map[string]policy.DomainRules{corp: {Include: true}, east: {Include: true}},
		IncludeExpired: true, Under: under, Now: now,
		Fields: func(p identity.Person, d identity.Domain, _ map[string]bool) (identity.Fields, error) {
			return identity.Fields{Name: p.Display, Email: p.Mail, ExchangeLogin: d.NetBIOS + `\` + p.Account}, nil
		},
	}
	for _, c := range change {
		c(&r)
	}
	return r
}

func patterns(t *testing.T, list ...string) policy.Patterns {
	t.Helper()
	p, err := policy.ParsePatterns(list)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// snapshot has two domains, each read completely.
func snapshot(change ...func(*identity.Snapshot)) identity.Snapshot {
	s := identity.Snapshot{
		Forest: corp, DeletedReadable: true,
		Domains: []identity.Domain{{Name: corp, NetBIOS: "CORP", DN: dcs}, {Name: east, NetBIOS: "EAST", DN: dce}},
		Reads: []identity.Read{
			{Domain: corp, Base: dcs, Kind: identity.ReadUsers, Entries: 1, Complete: true},
			{Domain: corp, Base: dcs, Kind: identity.ReadGroups, Entries: 1, Complete: true},
			{Domain: east, Base: dce, Kind: identity.ReadUsers, Entries: 1, Complete: true},
			{Domain: east, Base: dce, Kind: identity.ReadGroups, Entries: 1, Complete: true},
		},
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func people(list ...identity.Person) func(*identity.Snapshot) {
	return func(s *identity.Snapshot) { s.People = s.People.With(list...) }
}

func groups(list ...identity.Group) func(*identity.Snapshot) {
	return func(s *identity.Snapshot) { s.Groups = append(s.Groups, list...) }
}

// person is an enabled account with a mail address in OU=Staff.
func person(name string, change ...func(*identity.Person)) identity.Person {
	p := identity.Person{
		GUID: identity.GUID(name), SID: "S-" + name, DN: fmt.Sprintf("CN=%s,%s", name, staff), Domain: corp, Account: strings.ToLower(name),
		CN: name, Display: name, Mail: strings.ToLower(name) + "@corp.example", ControlKnown: true,
		Matched: []identity.Match{{Base: dcs}},
	}
	for _, c := range change {
		c(&p)
	}
	return p
}

// group is a group of the domain with members by name.
func group(name string, members []identity.GUID, change ...func(*identity.Group)) identity.Group {
	g := identity.Group{
		GUID: identity.GUID(name), SID: "S-" + name, DN: fmt.Sprintf("CN=%s,OU=Groups,%s", name, dcs), Domain: corp, Account: strings.ToLower(name),
		CN: name, Members: members, MembersListed: len(members), Matched: []identity.Match{{Base: dcs}},
	}
	for _, c := range change {
		c(&g)
	}
	return g
}

func ids(names ...identity.GUID) []identity.GUID { return names }

// link is what the ledger remembers of somebody last seen in OU=Staff.
func link(name string, change ...func(*identity.Link)) identity.Link {
	l := identity.Link{
		GUID: identity.GUID(name), Kind: identity.KindUser, CentralID: "c-" + name, Domain: corp,
		DN: fmt.Sprintf("CN=%s,%s", name, staff), Name: name, Bases: []string{dcs},
	}
	for _, c := range change {
		c(&l)
	}
	return l
}

func isGroup(l *identity.Link) {
	l.Kind = identity.KindGroup
	l.DN = fmt.Sprintf("CN=%s,OU=Groups,%s", l.Name, dcs)
}

func links(l ...identity.Link) []identity.Link { return l }

// where collects whereabouts by GUID.
func where(list ...identity.Whereabouts) map[identity.GUID]identity.Whereabouts {
	m := map[identity.GUID]identity.Whereabouts{}
	for _, w := range list {
		m[w.GUID] = w
	}
	return m
}

func deleted(name string) identity.Whereabouts {
	return identity.Whereabouts{GUID: identity.GUID(name), Presence: identity.Deleted, Domain: corp, LastParent: staff}
}

func nowhere(name string) identity.Whereabouts {
	return identity.Whereabouts{GUID: identity.GUID(name), Presence: identity.Nowhere}
}

func live(name, parent string) identity.Whereabouts {
	return identity.Whereabouts{GUID: identity.GUID(name), Presence: identity.Live, DN: fmt.Sprintf("CN=%s,%s", name, parent), Domain: corp, ControlKnown: true}
}
