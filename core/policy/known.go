package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"adsync/core/identity"
)

// Known is what the last complete read showed, as far as it takes to say of
// somebody how they came in or by which group they left.
type Known struct {
	Domains []KnownDomain `json:"domains"`
	Groups  []KnownGroup  `json:"groups"` // of the filters for people
}

// KnownDomain is one domain of it.
type KnownDomain struct {
	Domain string    `json:"domain"`
	At     time.Time `json:"at"`
	// Server was read. Its update sequence numbers say what has changed there
	// since, and of no other (MS-ADTS 3.1.1.1.9).
	Server identity.Server `json:"server"`
	// Users are the rules by which people were searched for.
	Users SearchRules `json:"users"`
	// People are those whom the searches returned, in scope or not.
	People GUIDs `json:"people"`
}

// Know returns what is to be kept of a complete read.
func Know(s identity.Snapshot, r Rules) Known {
	people, heads := map[string][]identity.GUID{}, map[string]string{}
	for _, d := range s.Domains {
		heads[d.Name] = d.DN
	}
	for p := range s.People.All() {
		if r.Domains[p.Domain].Users.returned(p.Matched, heads[p.Domain]) {
			people[p.Domain] = append(people[p.Domain], p.GUID)
		}
	}
	k := Known{Domains: []KnownDomain{}, Groups: []KnownGroup{}}
	for _, server := range s.Servers {
		if rules := r.Domains[server.Domain]; rules.Include {
			k.Domains = append(k.Domains, KnownDomain{
				Domain: server.Domain, At: s.TakenAt.UTC(), Server: server, Users: rules.Users, People: newGUIDs(people[server.Domain]),
			})
		}
	}
	for _, g := range r.nested(s, byGUID(s.Groups)) {
		k.Groups = append(k.Groups, g)
	}
	slices.SortFunc(k.Groups, func(a, b KnownGroup) int { return cmp.Compare(a.GUID, b.GUID) })
	return k
}

// nesting finds groups in what was known.
func (k *Known) nesting() nesting {
	n := nesting{}
	if k == nil {
		return n
	}
	for _, g := range k.Groups {
		n[g.GUID] = g
	}
	return n
}

// of returns what is known of a domain that was searched with the same rules and
// whose controller is the same.
func (k *Known) of(domain string, rules SearchRules, servers []identity.Server) (KnownDomain, bool) {
	if k == nil {
		return KnownDomain{}, false
	}
	i := slices.IndexFunc(k.Domains, func(d KnownDomain) bool { return d.Domain == domain })
	if i < 0 {
		return KnownDomain{}, false
	}
	was := k.Domains[i]
	same := slices.ContainsFunc(servers, func(s identity.Server) bool {
		return s.Domain == domain && s.InvocationID != "" && s.InvocationID == was.Server.InvocationID
	})
	return was, same && sameBases(was.Users.Bases, rules.Bases) && was.Users.Filter == rules.Filter && was.Users.Nested == rules.Nested
}

func byGUID(groups []identity.Group) map[identity.GUID]identity.Group {
	m := make(map[identity.GUID]identity.Group, len(groups))
	for _, g := range groups {
		m[g.GUID] = g
	}
	return m
}

// group finds a group that a filter names, wherever it stands now.
func (r Rules) group(all map[identity.GUID]identity.Group, dn string) (identity.Group, bool) {
	if named, known := r.Named[dn]; known {
		g, read := all[named.GUID]
		return g, read
	}
	for _, g := range all {
		if strings.EqualFold(g.DN, dn) {
			return g, true
		}
	}
	return identity.Group{}, false
}
