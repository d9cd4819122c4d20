package directory

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

const groupFilter = "(objectCategory=group)"

var groupAttributes = []string{
	"objectGUID", "objectSid", "sAMAccountName", "cn", "description", "mail", "isCriticalSystemObject",
	"groupType", "member", "memberOf", "whenCreated", "uSNChanged",
}

// allGroups reads every group of the domain with its members, because nested
// groups carry membership whether or not they are wanted themselves, and then
// marks those that the configured bases and filter return.
func (r *reader) allGroups(ctx context.Context, d identity.Domain, searches []Search) error {
	var whole *Search
	for i, s := range searches {
		if s.Filter == "" && s.Bases[0] == (Base{DN: d.DN}) {
			whole = &searches[i]
		}
	}
	var mark *identity.Match
	if whole != nil {
		m := whole.match(whole.Bases[0])
		mark = &m
	}
	if err := r.everyGroup(ctx, d, mark); err != nil {
		return err
	}
	for i, s := range searches {
		if &searches[i] == whole {
			continue
		}
		if err := r.markGroups(ctx, d, s); err != nil {
			return err
		}
	}
	return nil
}

// listed is a group with those of its members who are no people that were read.
type listed struct {
	identity.Group
	members []reference
}

func (r *reader) everyGroup(ctx context.Context, d identity.Domain, mark *identity.Match) error {
	started := r.c.o.Now()
	read := identity.Read{Domain: d.Name, Base: d.DN, BaseGUID: r.heads[d.Name].guid, Kind: identity.ReadGroups}
	var proved proof
	var witnessed witnesses
	q := query{
		what: "the search for groups of " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
		filter: groupFilter, attributes: groupAttributes,
		// With the objectGUID of each member, one who is renamed between this
		// search and that for the people is still found.
		controls: []control{extendedDN},
	}
	groups, f, ranges, err := r.groupsOf(ctx, d, q, func() func(*ldap.Entry) {
		proved, witnessed = newProof(provenGroups), newWitnesses(with(provenGroups, decidingGroups))
		return func(e *ldap.Entry) {
			proved.add(e)
			witnessed.add(e)
		}
	})
	read.Ranges = ranges
	if err == nil && f.entries == 0 {
		err = fault.New("directory.rights", "no group at all can be read in the domain "+d.Name,
			fault.Hint("give the account "+r.c.o.User+" the right to read groups"))
	}
	var late []listed
	if err == nil {
		late, err = r.lateGroups(ctx, d, q)
	}
	if err == nil {
		err = r.kept(ctx, d, &witnessed)
	}
	if fatal(ctx, err) {
		return err
	}
	r.c.proven(&read, q, proved)
	r.record(read, f, started, err)
	for _, g := range slices.Concat(groups, late) {
		r.addGroup(g, mark)
	}
	return nil
}

// lateGroups returns the groups of a search that were written since.
func (r *reader) lateGroups(ctx context.Context, d identity.Domain, q query) ([]listed, error) {
	q, err := r.meanwhile(d, q)
	if err != nil {
		return nil, err
	}
	late, _, _, err := r.groupsOf(ctx, d, q, func() func(*ldap.Entry) { return func(*ldap.Entry) {} })
	return late, err
}

// groupsOf runs a search for groups, with all ranges of their members. begin is
// called for each attempt and returns what looks at its entries.
func (r *reader) groupsOf(ctx context.Context, d identity.Domain, q query, begin func() func(*ldap.Entry)) (groups []listed, f found, ranges int, err error) {
	var open []openRange
	f, err = r.c.search(ctx, q, func() func(*ldap.Entry) error {
		groups, open = nil, nil
		look := begin()
		return func(e *ldap.Entry) error {
			g, err := r.group(e, d)
			if err != nil {
				return err
			}
			values, more := rangedValues(e, "member")
			r.compact.group(&g)
			if more != nil {
				o := more.of(g.GUID, "member")
				o.owner, o.extended, o.version = len(groups), true, strings.Clone(value(e, "uSNChanged"))
				open = append(open, o)
			}
			one := listed{Group: g}
			one.members = r.refer(&one.Group, values)
			groups = append(groups, one)
			look(e)
			return nil
		}
	})
	if err == nil {
		ranges, err = r.c.fetchRanges(ctx, open, func(o openRange, values []string) {
			one := &groups[o.owner]
			one.Members = one.Members[:0]
			one.members = r.refer(&one.Group, values)
		})
	}
	return groups, f, ranges, err
}

// addGroup keeps one copy of a group that comes again because it was moved or
// written meanwhile: the later one.
func (r *reader) addGroup(g listed, mark *identity.Match) {
	if mark != nil {
		g.Matched = append(g.Matched, *mark)
	}
	at, known := r.groups[g.GUID]
	if !known {
		r.groups[g.GUID] = len(r.snapshot.Groups)
		r.snapshot.Groups, r.members = append(r.snapshot.Groups, g.Group), append(r.members, g.members)
		r.settleGroup(g.DN, 1)
		return
	}
	was := r.snapshot.Groups[at]
	r.settleGroup(was.DN, -1)
	r.settleGroup(g.DN, 1)
	for _, m := range was.Matched {
		if !slices.Contains(g.Matched, m) {
			g.Matched = append(g.Matched, m)
		}
	}
	r.snapshot.Groups[at], r.members[at] = g.Group, g.members
}

// settleGroup counts a group in or out of the container that it stands in.
func (r *reader) settleGroup(dn string, n int) {
	if at := r.in(dn); at != nil {
		at.Groups += n
	}
}

// markGroups marks what one configured base and filter return.
func (r *reader) markGroups(ctx context.Context, d identity.Domain, search Search) error {
	started := r.c.o.Now()
	b := search.Bases[0]
	read := identity.Read{Domain: d.Name, Base: b.DN, Kind: identity.ReadGroups, Filter: search.Filter, Nested: search.NestedMemberOf}
	base, filter, err := r.aim(ctx, d, search, &read)
	var f found
	var guids []identity.GUID
	if err == nil {
		var proved proof
		var witnessed witnesses
		names := FilterAttributes(search.Filter)
		q := query{
			what: "the search for groups below " + base.dn, base: base.dn, scope: ldap.ScopeWholeSubtree,
			filter: and(groupFilter, filter), attributes: with([]string{"objectGUID", "uSNChanged"}, names),
		}
		take := func(e *ldap.Entry) error {
			guid, err := guidOf(e)
			if err != nil {
				return r.c.unreadable(e.DN)
			}
			guids = append(guids, guid)
			return nil
		}
		f, err = r.c.search(ctx, q, func() func(*ldap.Entry) error {
			guids, proved, witnessed = nil, newProof(nil), newWitnesses(names)
			return func(e *ldap.Entry) error {
				proved.add(e)
				witnessed.add(e)
				return take(e)
			}
		})
		r.c.proven(&read, q, proved)
		if err == nil {
			q, err = r.meanwhile(d, q)
		}
		if err == nil {
			_, err = r.c.search(ctx, q, func() func(*ldap.Entry) error { return take }) // what comes twice is marked once
		}
		if err == nil {
			err = r.kept(ctx, d, &witnessed)
		}
	}
	if fatal(ctx, err) {
		return err
	}
	r.record(read, f, started, err)
	match := search.match(b)
	for _, guid := range guids {
		if i, ok := r.groups[guid]; ok && !slices.Contains(r.snapshot.Groups[i].Matched, match) {
			r.snapshot.Groups[i].Matched = append(r.snapshot.Groups[i].Matched, match)
		}
	}
	return nil
}

func (r *reader) group(e *ldap.Entry, d identity.Domain) (identity.Group, error) {
	guid, err := guidOf(e)
	if err != nil {
		return identity.Group{}, r.c.unreadable(e.DN)
	}
	const security = 1 << 31 // GROUP_TYPE_SECURITY_ENABLED; the number is written with a sign
	kind, _ := strconv.ParseInt(value(e, "groupType"), 10, 64)
	sid := sidOf(e)
	if sid == "" || value(e, "sAMAccountName") == "" || kind == 0 {
		// Every group has these: what is missing was not read.
		return identity.Group{}, r.c.unreadable(e.DN)
	}
	memberOf, _ := rangedValues(e, "memberOf") // it proves something of each, and decides nothing
	for i, dn := range memberOf {
		memberOf[i] = parseReference(dn).dn
	}
	return identity.Group{
		GUID: guid, MemberOf: memberOf, SID: sid, DN: parseReference(e.DN).dn, Domain: d.Name,
		Account: value(e, "sAMAccountName"), CN: value(e, "cn"), Description: value(e, "description"), Mail: value(e, "mail"),
		Critical: critical(e), BuiltIn: strings.HasPrefix(sid, "S-1-5-32-"), Distribution: kind&security == 0,
		CreatedAt: generalized(value(e, "whenCreated")), Members: []identity.GUID{}, Matched: []identity.Match{},
	}, nil
}
