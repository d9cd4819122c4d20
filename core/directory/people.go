package directory

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// userFilter is what Active Directory itself calls a user: user and
// inetOrgPerson, without computers, trusts, contacts and service accounts.
const userFilter = "(sAMAccountType=805306368)"

var personAttributes = []string{
	"objectGUID", "objectSid", "sAMAccountName", "cn", "displayName", "mail", "userAccountControl", "accountExpires",
	"isCriticalSystemObject", "primaryGroupID", "memberOf", "whenCreated", "objectClass", "lockoutTime", "proxyAddresses", "uSNChanged",
}

// users runs the search of one base and adds what it found. later are the searches
// that come after it.
func (r *reader) users(ctx context.Context, d identity.Domain, search Search, later []Search) error {
	started := r.c.o.Now()
	b := search.Bases[0]
	read := identity.Read{Domain: d.Name, Base: b.DN, Kind: identity.ReadUsers, Filter: search.Filter, Nested: search.NestedMemberOf}
	base, filter, err := r.aim(ctx, d, search, &read)
	if err != nil {
		if fatal(ctx, err) {
			return err
		}
		r.record(read, found{}, started, err)
		return nil
	}
	people := &identity.PeopleBuilder{}
	var late []identity.Person
	var open []openRange
	var proved proof
	var witnessed witnesses
	names := FilterAttributes(search.Filter)
	q := query{
		what: "the search for users below " + base.dn, base: base.dn, scope: ldap.ScopeWholeSubtree,
		filter: and(userFilter, filter), attributes: r.wanted(names),
	}
	if in := r.coveredBy(search.asked(read.Kind), base, filter); in != nil {
		r.recordCovered(read, q, in, started)
		return nil
	}
	within := r.overlap(ctx, d, read, base, filter, search, later, r.provenUsers())
	f, err := r.c.search(ctx, q, func() func(*ldap.Entry) error {
		people, open, proved = &identity.PeopleBuilder{}, nil, newProof(r.provenUsers())
		witnessed = newWitnesses(with(with(r.provenUsers(), names), decidingUsers))
		within.begin()
		return func(e *ldap.Entry) error {
			p, more, err := r.person(e, d)
			if err != nil {
				return err
			}
			for i := range more {
				more[i].owner = people.Len()
			}
			p.Matched = within.matched(p.DN)
			people.Add(p)
			open = append(open, more...)
			proved.add(e)
			witnessed.add(e)
			within.add(e)
			r.show(e, read.Kind, names)
			return nil
		}
	})
	if err == nil && f.entries == 0 && filter == "" && sameDN(base.dn, d.DN) {
		// Every domain has an Administrator.
		err = fault.New("directory.rights", "no account at all can be read in the domain "+d.Name,
			fault.Hint("give the account "+r.c.o.User+" the right to read users"))
	}
	if err == nil {
		late, err = r.latePeople(ctx, d, q)
	}
	if err == nil {
		read.Ranges, err = r.c.fetchRanges(ctx, open, func(o openRange, values []string) {
			p := people.At(o.owner)
			r.fill(&p, o, values)
			people.Set(o.owner, p)
		})
	}
	if err == nil {
		err = r.kept(ctx, d, &witnessed)
	}
	if fatal(ctx, err) {
		return err
	}
	r.c.proven(&read, q, proved)
	r.record(read, f, started, err)
	r.addPeople(people)
	for _, p := range late {
		p.Matched = within.matched(p.DN)
		r.renew(p)
	}
	return r.cover(ctx, d, within)
}

// fill gives a person all values of an attribute of which only some had come.
func (r *reader) fill(p *identity.Person, o openRange, values []string) {
	if o.attribute == "memberOf" {
		p.MemberOf = values
	}
	if o.attribute == "proxyAddresses" {
		p.Aliases = aliases(values, p.Mail)
	}
	if slices.ContainsFunc(r.attributes, func(a attribute) bool { return a.name == o.spelled }) {
		p.Attributes.Set(o.spelled, readable(o.spelled, values))
	}
}

// addPeople adds what one search returned. The list of the first one becomes that
// of the snapshot: a copy would double the memory of the whole reading.
func (r *reader) addPeople(found *identity.PeopleBuilder) {
	if r.people.Len() == 0 && r.adopt(found) {
		return
	}
	for p := range found.People().All() {
		r.addPerson(p)
	}
}

// adopt takes a list over as it is, unless somebody is in it twice.
func (r *reader) adopt(found *identity.PeopleBuilder) bool {
	index := make(map[identity.GUID]int, found.Len())
	list := found.People()
	for id := range list.GUIDs() {
		if _, twice := index[id]; twice {
			return false
		}
		index[id] = len(index)
	}
	r.people, r.peopleAt = found, index
	for p := range list.All() {
		r.settle(p.DN, 1)
	}
	return true
}

// addPerson keeps one copy of somebody whom overlapping bases return, or two pages
// because the account was moved between them: then the later one.
func (r *reader) addPerson(p identity.Person) {
	i, known := r.peopleAt[p.GUID]
	if !known {
		i = r.people.Len()
		r.people.Add(p)
		r.peopleAt[r.people.GUID(i)] = i
		r.settle(p.DN, 1)
		return
	}
	kept := r.people.At(i)
	matched := kept.Matched
	for _, m := range p.Matched {
		if !slices.Contains(matched, m) {
			matched = append(matched, m)
		}
	}
	if kept.DN != p.DN {
		r.settle(kept.DN, -1)
		r.settle(p.DN, 1)
		kept = p
	}
	kept.Matched = matched
	r.people.Set(i, kept)
}

// settle counts people in or out of the container that they stand in.
func (r *reader) settle(dn string, n int) {
	if at := r.in(dn); at != nil {
		at.Users += n
	}
}

func (r *reader) wanted(filtered []string) []string {
	list := slices.Clone(personAttributes)
	if r.exchange {
		list = append(list, recipientAttribute)
	}
	for _, a := range r.attributes {
		filtered = append(filtered, a.name)
	}
	return with(list, filtered)
}

// with adds the names to the attributes of a search, each once.
func with(attributes, names []string) []string {
	list := slices.Clone(attributes)
	for _, name := range names {
		if !slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, name) }) {
			list = append(list, name)
		}
	}
	return list
}

// provenUsers are the attributes by which rights to people are proved: those of
// the expressions too, for they make what Central holds.
func (r *reader) provenUsers() []string {
	names := make([]string, len(r.attributes))
	for i, a := range r.attributes {
		names[i] = a.name
	}
	return with(provenUsers, names)
}

func (r *reader) person(e *ldap.Entry, d identity.Domain) (identity.Person, []openRange, error) {
	guid, err := guidOf(e)
	if err != nil {
		return identity.Person{}, nil, r.c.unreadable(e.DN)
	}
	p := identity.Person{
		GUID: guid, SID: sidOf(e), DN: e.DN, Domain: d.Name,
		Account: value(e, "sAMAccountName"), CN: value(e, "cn"), Display: value(e, "displayName"), Mail: value(e, "mail"),
		ExpiresAt: expiry(value(e, "accountExpires")), Critical: critical(e), System: system(e),
		CreatedAt: generalized(value(e, "whenCreated")), Attributes: make(identity.Attributes, 0, len(r.attributes)),
	}
	if p.Display == "" {
		p.Display = p.CN
	}
	p.Disabled, p.ControlKnown = accountControl(e)
	p.PrimaryGroup, p.Class = primaryGroup(e), classOf(e)
	p.Locked = r.heads[d.Name].locked(e, r.snapshot.TakenAt)
	p.Recipient = recipient(value(e, recipientAttribute))
	if p.Account == "" || p.PrimaryGroup == "" {
		// Every account has these (MS-ADTS 3.1.1.6.2): what is missing was not read,
		// and a membership by primary group would end without a word.
		return identity.Person{}, nil, r.c.unreadable(e.DN)
	}
	var open []openRange
	var more *openRange
	if p.MemberOf, more = rangedValues(e, "memberOf"); more != nil {
		open = append(open, more.of(guid, "memberOf"))
	}
	if p.MemberOf == nil {
		p.MemberOf = []string{}
	}
	proxies, more := rangedValues(e, "proxyAddresses")
	if p.Aliases = aliases(proxies, p.Mail); more != nil {
		open = append(open, more.of(guid, "proxyAddresses"))
	}
	for _, a := range r.attributes {
		values, more := rangedValues(e, a.name)
		if more != nil && a.name != "memberOf" && a.name != "proxyAddresses" {
			open = append(open, more.of(guid, a.name))
		}
		if len(values) > 0 {
			p.Attributes.Set(a.name, readable(a.name, values))
		}
	}
	return p, open, nil
}

// readable gives binary values a text: that of GUIDs and SIDs, base64 otherwise.
func readable(name string, values []string) []string {
	out := make([]string, len(values))
	for i, v := range values {
		switch {
		case strings.EqualFold(name, "objectGUID"), strings.EqualFold(name, "mS-DS-ConsistencyGuid"):
			if guid, err := identity.GUIDFromBytes([]byte(v)); err == nil {
				v = string(guid)
			}
		case strings.EqualFold(name, "objectSid"), strings.EqualFold(name, "sIDHistory"):
			if sid := sidText([]byte(v)); sid != "" {
				v = sid
			}
		}
		if !utf8.ValidString(v) {
			v = base64.StdEncoding.EncodeToString([]byte(v))
		}
		out[i] = v
	}
	return out
}

// and joins the filter that a kind has by nature with the configured one.
func and(kind, filter string) string {
	if filter == "" {
		return kind
	}
	return "(&" + kind + filter + ")"
}
