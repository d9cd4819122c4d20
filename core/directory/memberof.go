package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// What a condition on memberOf means is decided on the group's side: somebody
// belongs to a group who is among its members, or has it as primary group, or,
// where nested groups count, belongs to a group within. The server's memberOf
// knows neither the primary group nor, off a global catalogue, the groups of
// other domains, and its rule for nested groups takes 11 s among 10,000 people.
// So the condition is sent as one of what the server answers exactly: memberOf of
// each group of the searched domain, its number as primary group, and by
// objectGUID those whom a group of another domain names as its members. One
// condition takes the place of the other, so that it holds under a negation too,
// and nothing is decided here that the server compares by rules of its own.

// maxTerms bounds what a condition on memberOf may become: beyond it servers
// refuse a filter for its size.
const maxTerms = 5000

// never is a condition that no object fulfils.
func never() *clause { return &clause{name: "objectGUID", sign: "=", value: strings.Repeat(`\00`, 16)} }

// interpreted is a configured filter as it is sent in one domain.
type interpreted struct {
	filter string
	named  []identity.Named
}

// interpret makes the filter that is sent to the controller of a domain.
func (i *interpreter) interpret(ctx context.Context, d identity.Domain, s Search) (interpreted, error) {
	var result interpreted
	tree, err := i.understand(ctx, s.Filter)
	if err != nil || tree == nil {
		return result, err
	}
	err = tree.conditions(func(c *clause) error {
		if !i.schema.names(c) {
			return nil
		}
		dn := unescape(c.value)
		o, err := i.find(ctx, dn)
		if err != nil {
			return err
		}
		named := identity.Named{DN: dn, GUID: o.guid}
		if !sameDN(dn, o.dn) && !byID.MatchString(dn) {
			named.Standing = o.dn
			c.value = ldap.EscapeFilter(o.dn)
		}
		if !slices.Contains(result.named, named) {
			result.named = append(result.named, named)
		}
		if !i.isMemberOf(c) {
			return nil
		}
		return i.belonging(ctx, c, d, o, s.NestedMemberOf || c.sign == ":=")
	})
	result.filter = tree.String()
	return result, err
}

// isMemberOf says that a condition asks for membership in one group.
func (i *interpreter) isMemberOf(c *clause) bool {
	a, _ := i.schema.of(c.attribute())
	return a.name == "memberOf"
}

// belonging puts in the place of a condition on memberOf what it means for the
// objects of a domain.
func (i *interpreter) belonging(ctx context.Context, c *clause, d identity.Domain, group object, nested bool) error {
	groups := []object{group}
	if nested {
		var err error
		if groups, err = i.within(ctx, group); err != nil {
			return err
		}
	}
	either := &clause{set: '|', at: c.at, valueAt: c.valueAt}
	add := func(name, value string) {
		either.parts = append(either.parts, &clause{name: name, sign: "=", value: value})
	}
	for _, g := range groups {
		if g.domain.Name == d.Name {
			add("memberOf", ldap.EscapeFilter(g.dn))
			if strings.HasPrefix(g.sid, "S-1-5-21-") {
				add("primaryGroupID", rid(g.sid))
			}
			continue
		}
		members, err := i.membersOf(ctx, g)
		if err != nil {
			return err
		}
		for _, m := range members {
			if i.nearest(m.dn)[0].Name == d.Name {
				add("objectGUID", escapeBytes(m.guid.Bytes()))
			}
		}
	}
	if len(either.parts) > maxTerms {
		return fault.New("directory.filter.size", "the condition on membership of "+group.dn+" stands for too many groups and members of other domains",
			fault.Hint("name a group of the domain "+d.Name+" itself"))
	}
	if len(either.parts) == 0 {
		either = never()
	}
	*c = *either
	return nil
}

// within lists a group and the groups nested in it, over the whole forest, each
// once, so that cycles end.
func (i *interpreter) within(ctx context.Context, group object) ([]object, error) {
	if list, ok := i.reaches[group.guid]; ok {
		return list, nil
	}
	list, seen := []object{group}, map[identity.GUID]bool{group.guid: true}
	add := func(found []object) {
		for _, o := range found {
			if !seen[o.guid] {
				seen[o.guid] = true
				list = append(list, o)
			}
		}
	}
	for done := 0; done < len(list); {
		level := list[done:]
		done = len(list)
		for _, d := range i.domains {
			var inside, outside []string // conditions
			for _, g := range level {
				if g.domain.Name == d.Name {
					inside = append(inside, "(memberOf="+ldap.EscapeFilter(g.dn)+")")
					continue
				}
				members, err := i.membersOf(ctx, g)
				if err != nil {
					return nil, err
				}
				for _, m := range members {
					if i.nearest(m.dn)[0].Name == d.Name {
						outside = append(outside, "(objectGUID="+escapeBytes(m.guid.Bytes())+")")
					}
				}
			}
			found, err := i.groupsThat(ctx, d, slices.Concat(inside, outside))
			if err != nil {
				return nil, err
			}
			add(found)
		}
	}
	i.reaches[group.guid] = list
	return list, nil
}

// groupsThat returns the groups of a domain that fulfil one of the conditions.
func (i *interpreter) groupsThat(ctx context.Context, d identity.Domain, conditions []string) ([]object, error) {
	var all []object
	for batch := range slices.Chunk(conditions, lookupBatch) {
		k, err := i.c.of(ctx, d)
		if err != nil {
			return nil, err
		}
		var found []object
		_, err = k.search(ctx, query{
			what: "the search for nested groups in " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
			filter: "(&" + groupFilter + "(|" + strings.Join(batch, "") + "))", attributes: []string{"objectGUID", "objectSid"},
		}, func() func(*ldap.Entry) error {
			found = nil
			return func(e *ldap.Entry) error {
				guid, err := guidOf(e)
				if err != nil {
					return k.unreadable(e.DN)
				}
				found = append(found, object{guid: guid, sid: sidOf(e), dn: e.DN, domain: d, group: true})
				return nil
			}
		})
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// membersOf reads the members of a group, all of them, with their objectGUIDs.
func (i *interpreter) membersOf(ctx context.Context, g object) ([]reference, error) {
	if list, ok := i.members[g.guid]; ok {
		return list, nil
	}
	k, err := i.c.of(ctx, g.domain)
	if err != nil {
		return nil, err
	}
	e, err := k.object(ctx, query{
		what: "the read of the members of " + g.dn, base: "<GUID=" + string(g.guid) + ">",
		attributes: []string{"objectGUID", "member"}, controls: []control{extendedDN},
	})
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, fault.New(filterMissing, "the group "+g.dn+" is not there any more")
	}
	if _, err := guidOf(e); err != nil {
		return nil, k.unreadable(g.dn)
	}
	values, more := rangedValues(e, "member")
	if more != nil {
		o := more.of(g.guid, "member")
		o.extended = true
		if _, err := k.fetchRanges(ctx, []openRange{o}, func(_ openRange, all []string) { values = all }); err != nil {
			return nil, err
		}
	}
	list := make([]reference, len(values))
	for n, v := range values {
		list[n] = parseReference(v)
		if list[n].guid == "" && i.nearest(list[n].dn)[0].Name != g.domain.Name {
			return nil, fault.New("directory.read.failed", "the controller does not tell the objectGUID of "+list[n].dn+", a member of "+g.dn)
		}
	}
	i.members[g.guid] = list
	return list, nil
}
