package policy

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// maxArrivals bounds how many people are asked about one by one: where more come
// in at once, what they have in common shows without it.
const maxArrivals = 2000

// Arrivals says of people who are not in the ledger how they came into scope:
// whoever was in the directory at the last complete read and did not come back
// from the same search of the same controller is not new.
type Arrivals struct {
	rules      Rules
	known      map[string]KnownDomain
	people     map[identity.GUID]identity.Person
	containers map[string]identity.GUID // by DN in lower case
	servers    map[string]string        // domain -> name of the controller read
	now        nesting
}

// NewArrivals finds those whom it may be asked of.
func NewArrivals(s identity.Snapshot, links []identity.Link, r Rules) Arrivals {
	a := Arrivals{rules: r, known: map[string]KnownDomain{}, people: map[identity.GUID]identity.Person{}, containers: map[string]identity.GUID{}, servers: map[string]string{}}
	for domain, rules := range r.Domains {
		if k, ok := r.Known.of(domain, rules.Users, s.Servers); ok && rules.Include {
			a.known[domain] = k
		}
	}
	if len(a.known) == 0 {
		return a
	}
	linked := map[identity.GUID]bool{}
	for _, l := range links {
		linked[l.GUID] = true
	}
	for p := range s.People.All() {
		k, ok := a.known[p.Domain]
		if ok && !linked[p.GUID] && !p.CreatedAt.After(k.At) && !k.People.has(p.GUID) {
			a.people[p.GUID] = p
		}
	}
	if len(a.people) == 0 || len(a.people) > maxArrivals {
		a.people = nil
		return a
	}
	for _, c := range s.Containers {
		a.containers[strings.ToLower(c.DN)] = c.GUID
	}
	for _, server := range s.Servers {
		a.servers[server.Domain] = server.Name
	}
	a.now = r.nested(s, byGUID(s.Groups))
	return a
}

// Ask names the objects whose whereabouts Cause needs: the people, the containers
// above them, and the groups that the filters ask for.
func (a Arrivals) Ask() []identity.GUID {
	set := map[identity.GUID]bool{}
	for id, p := range a.people {
		set[id] = true
		for _, c := range a.above(p) {
			set[c] = true
		}
	}
	if len(a.people) > 0 {
		for id := range a.now {
			set[id] = true
		}
	}
	list := make([]identity.GUID, 0, len(set))
	for id := range set {
		list = append(list, id)
	}
	slices.Sort(list)
	return list
}

// above are the containers that somebody stands in.
func (a Arrivals) above(p identity.Person) []identity.GUID {
	var list []identity.GUID
	for dn := parent(p.DN); ; dn = parent(dn) {
		id, known := a.containers[strings.ToLower(dn)]
		if !known {
			return list
		}
		list = append(list, id)
	}
}

// Cause says how somebody came in, where that is proven: false is no more than
// new in scope. where has what was asked about.
func (a Arrivals) Cause(id identity.GUID, where map[identity.GUID]identity.Whereabouts) (Reason, bool) {
	p, asked := a.people[id]
	w := where[id]
	if !asked || !a.existed(w) {
		return Reason{}, false
	}
	k := a.known[p.Domain]
	search := a.rules.Domains[p.Domain].Users
	var clause identity.Clause
	if a.rules.Groups != nil {
		clause = a.rules.Groups(search.Filter)
	}
	stood, shifted := a.unchanged(w), false // neither it nor a container above; one of these
	for _, c := range a.above(p) {
		stood = stood && a.unchanged(where[c])
		shifted = shifted || a.existed(where[c]) && !a.unchanged(where[c])
	}
	moved := Reason{"moved.in", fmt.Sprintf("stands in %s, below a search base, and did not at the complete read of %s", parent(p.DN), k.At.Format("2006-01-02 15:04"))}
	based := len(search.Bases) > 0
	switch {
	case search.Filter == "":
		return moved, based
	case onlyGroups(clause) && (!based || stood):
		return a.joined(p, clause, search, k)
	case onlyGroups(clause):
		return moved, a.belonged(p, clause, search, where)
	case len(clause.Groups()) == 0 && a.unchanged(w):
		return moved, based && shifted
	}
	return Reason{}, false
}

// existed says that an object was on the controller at the last complete read.
func (a Arrivals) existed(w identity.Whereabouts) bool {
	k, known := a.known[w.Domain]
	return known && w.Presence == identity.Live && w.Server == a.servers[w.Domain] && w.CreatedUSN > 0 && w.CreatedUSN <= k.Server.HighestUSN
}

// unchanged says that nothing has been written to it since: of a group no member
// either (MS-ADTS 3.1.1.1.9 counts the values of links with the object that has
// the forward link).
func (a Arrivals) unchanged(w identity.Whereabouts) bool {
	return a.existed(w) && w.ChangedUSN > 0 && w.ChangedUSN <= a.known[w.Domain].Server.HighestUSN
}

// onlyGroups says that a filter asks for membership and nothing else, and leaves
// no group out.
func onlyGroups(c identity.Clause) bool {
	if c.Set == '&' || c.Set == '|' {
		return !slices.ContainsFunc(c.Parts, func(p identity.Clause) bool { return !onlyGroups(p) })
	}
	return c.Group != ""
}

// chain names the groups by which somebody belongs to one of a filter.
func (a Arrivals) chain(p identity.Person, c identity.Clause, search SearchRules) []identity.GUID {
	for id, g := range a.now {
		if named, ok := a.rules.Named[c.Group]; ok && named.GUID == id || !ok && strings.EqualFold(g.DN, c.Group) {
			return a.now.chain(id, p.GUID, search.Nested || c.Chain)
		}
	}
	return nil
}

// belonged says that somebody fulfilled a filter already, by groups that have not
// changed since.
func (a Arrivals) belonged(p identity.Person, c identity.Clause, search SearchRules, where map[identity.GUID]identity.Whereabouts) bool {
	return weigh(c, false, func(c identity.Clause, _ bool) truth {
		way := a.chain(p, c, search)
		if len(way) == 0 || slices.ContainsFunc(way, func(id identity.GUID) bool { return !a.unchanged(where[id]) }) {
			return unknown
		}
		return yes
	}) == yes
}

// joined names the group that somebody was put into, or the one in between.
func (a Arrivals) joined(p identity.Person, c identity.Clause, search SearchRules, k KnownDomain) (Reason, bool) {
	before := a.rules.Known.nesting()
	var texts []string
	_ = weigh(c, false, func(c identity.Clause, _ bool) truth {
		way := a.chain(p, c, search)
		if len(way) == 0 {
			return no
		}
		if text := a.link(way, before); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
		return yes
	})
	if len(texts) == 0 {
		return Reason{}, false
	}
	return Reason{"joined.group", fmt.Sprintf("%s, since the complete read of %s", strings.Join(texts, "; "), k.At.Format("2006-01-02 15:04"))}, true
}

// link words the link of a chain that is new: the first that was not there, else
// the last.
func (a Arrivals) link(way []identity.GUID, before nesting) string {
	first, last := a.now[way[0]].DN, a.now[way[len(way)-1]].DN
	for i := 1; i < len(way); i++ {
		if outer, known := before[way[i-1]]; known && !slices.Contains(outer.Groups, way[i]) {
			return fmt.Sprintf("belongs to %s, which was put into %s, and the filter asks for %s", a.now[way[i]].DN, a.now[way[i-1]].DN, first)
		}
	}
	if len(way) == 1 {
		return fmt.Sprintf("joined %s, which the filter asks for", first)
	}
	return fmt.Sprintf("joined %s, through which it belongs to %s, which the filter asks for", last, first)
}
