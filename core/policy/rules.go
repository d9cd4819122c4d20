// Package policy decides from a snapshot of the directory who and what Sophos
// Central should hold, and gives a reason for everybody who is left out. It is
// pure: the same snapshot and rules give the same state, and the clock comes in
// with the rules.
package policy

import (
	"maps"
	"slices"
	"time"

	"adsync/core/identity"
)

// Rules are the scope of one profile.
type Rules struct {
	// Domains are the domains that the configuration names, by DNS name in
	// lower case; a domain that is not here is not read.
	Domains         map[string]DomainRules
	IncludeDisabled bool
	IncludeExpired  bool
	// SyncDevices says that computers are synchronised, as groups of endpoints.
	SyncDevices   bool
	ExcludeUsers  Patterns
	ExcludeGroups Patterns
	// GroupOrder says which group goes first for a device that is in several.
	GroupOrder []Patterns
	// DomainInGroupName makes a group's name "cn (DOMAIN)".
	DomainInGroupName bool
	// Fields gives the values that Central should hold for a person.
	// multi names the attributes that may have several values.
	Fields func(p identity.Person, d identity.Domain, multi map[string]bool) (identity.Fields, error)
	// Under says whether a DN is the base or below it, by the rules for DNs.
	Under func(dn, base string) bool
	// Standing are the bases that were renamed or moved and followed: the DN as
	// configured -> the DN of now.
	Standing map[string]string
	// Named are the objects that filters name, by the DN as it is written there.
	Named map[string]identity.Named
	// Groups reads a filter for the groups that it asks for.
	Groups func(filter string) identity.Clause
	// Remembered is what the last complete reads showed, Confirmed what persons
	// have said of bases since.
	Remembered []Remembered
	Confirmed  []Confirmed
	// Containers are what the last complete reads showed of each container.
	Containers []KnownContainer
	// Inner are the groups that were members of others at the last complete read.
	Inner []InnerGroup
	// Unconfirmed are the domains that another controller was read for than at the
	// last complete read, and no second one.
	Unconfirmed map[string]bool
	// Known is what the last complete read showed; nil before the first.
	Known *Known
	// FilterAttributes names, in lower case, the attributes that whatever a
	// filter returns has. nil where nothing is known of filters.
	FilterAttributes func(filter string) []string
	Now              time.Time
}

// Follow returns the rules with the bases and the objects that filters name where a
// snapshot found them.
func (r Rules) Follow(s identity.Snapshot) Rules {
	r.Standing, r.Named = map[string]string{}, map[string]identity.Named{}
	for _, read := range s.Reads {
		for _, n := range read.Named {
			r.Named[n.DN] = n
		}
		if read.Standing != "" {
			r.Standing[read.Base] = read.Standing
		}
	}
	return r
}

// under says whether a DN of now is a base or below it, wherever the base stands
// now.
func (r Rules) under(dn, base string) bool {
	if now, elsewhere := r.Standing[base]; elsewhere {
		base = now
	}
	return r.Under(dn, base)
}

// DomainRules are the rules for one domain.
type DomainRules struct {
	Include bool
	Users   SearchRules
	Groups  SearchRules
	Devices SearchRules
}

// SearchRules are the bases and the filter for one kind of object. No base means
// the whole domain.
type SearchRules struct {
	Bases  []string // DNs
	Filter string
	Nested bool // the memberOf clauses of the filter count nested groups
}

// returned says whether these rules are among those that return an entry. A
// snapshot may have been read for more than one configuration. The DN is that of
// the domain, which is the base where none is configured.
func (s SearchRules) returned(matched []identity.Match, domainDN string) bool {
	return slices.ContainsFunc(matched, func(m identity.Match) bool { return s.has(m, domainDN) })
}

func (s SearchRules) has(m identity.Match, domainDN string) bool {
	if m.Filter != s.Filter || m.Nested != s.Nested {
		return false
	}
	if len(s.Bases) == 0 {
		return m.Base == domainDN
	}
	return slices.Contains(s.Bases, m.Base)
}

// Own returns the snapshot with those of its reads alone that these rules ask
// for; what was read for other rules says nothing about what these prove.
func (r Rules) Own(s identity.Snapshot) identity.Snapshot {
	domains := map[string]string{}
	for _, d := range s.Domains {
		domains[d.Name] = d.DN
	}
	s.Reads = slices.DeleteFunc(slices.Clone(s.Reads), func(read identity.Read) bool {
		return !r.asks(read, domains[read.Domain])
	})
	return s
}

func (r Rules) asks(read identity.Read, domainDN string) bool {
	rules, listed := r.Domains[read.Domain]
	if !listed || !rules.Include {
		return false
	}
	match := identity.Match{Base: read.Base, Filter: read.Filter, Nested: read.Nested}
	switch read.Kind {
	case identity.ReadUsers:
		return rules.Users.has(match, domainDN)
	case identity.ReadGroups:
		// Every group of a domain is read, whoever asks.
		return rules.Groups.has(match, domainDN) || match == identity.Match{Base: domainDN}
	case identity.ReadDevices:
		return r.SyncDevices && rules.Devices.has(match, domainDN)
	default:
		return true
	}
}

// bases returns the DNs of the bases by which these rules return an entry,
// sorted and once each.
func (s SearchRules) bases(matched []identity.Match, domainDN string) []string {
	set := map[string]bool{}
	for _, m := range matched {
		if s.has(m, domainDN) {
			set[m.Base] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

// covers says that a DN is below one of the bases.
func (s SearchRules) covers(dn string, under func(dn, base string) bool) bool {
	return len(s.Bases) == 0 || slices.ContainsFunc(s.Bases, func(b string) bool { return under(dn, b) })
}

// Reason says why an object is out: a code of the causes of a plan, or one of
// this package's own, and a sentence with the values that were seen.
type Reason struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Reasons beside the cause codes of a plan.
const (
	ReasonSystem     = "system"     // built-in or made by Exchange
	ReasonUnreadable = "unreadable" // what decides could not be read
)

// Desired is the outcome of the rules.
type Desired struct {
	identity.State
	// Out has a reason for each person, group and device of the snapshot that is not
	// in the state.
	Out map[identity.GUID]Reason
	// DeviceOut has a reason for each group of the snapshot for which no group of
	// devices is wanted.
	DeviceOut map[identity.GUID]Reason
	// OutKind tells those of Out apart.
	OutKind map[identity.GUID]identity.Kind
	// Unsure are objects about which the directory said too little to leave
	// them out: nothing of theirs is taken away.
	Unsure   map[identity.GUID]string
	Warnings []identity.Warning

	all map[identity.GUID]identity.Group // of the snapshot
}
