package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// found reads what there is to know of one object.
func (s finder) found(ctx context.Context, e *ldap.Entry, scope Scope) (identity.Found, error) {
	w, more, err := s.c.whereabouts(e, s.d)
	if err != nil {
		return identity.Found{}, err
	}
	cn, _, _ := strings.Cut(value(e, "cn"), "\nDEL:")
	f := identity.Found{
		Whereabouts: w, SID: sidOf(e), CN: cn, Mail: value(e, "mail"), Principal: value(e, "userPrincipalName"), Returned: []identity.Match{}, Standing: map[string]string{},
	}
	f.Rank = s.rank(e, f)
	var open []openRange
	if more != nil {
		open = append(open, more.of(w.GUID, "memberOf"))
	}
	person := w.Class == identity.ClassUser || w.Class == identity.ClassInetOrgPerson
	if w.Presence == identity.Live && person {
		p, _, err := s.reader.person(e, s.d)
		switch {
		case fault.Is(err, "directory.rights"):
			f.Unreadable = err.Error()
			return f, nil
		case err != nil:
			return f, err
		}
		f.Person = &p
	}
	if _, err := s.c.fetchRanges(ctx, open, func(_ openRange, values []string) {
		f.MemberOf = values
		if f.Person != nil {
			f.Person.MemberOf = values
		}
	}); err != nil {
		return f, err
	}
	if w.Presence != identity.Live {
		return f, nil
	}
	kind, searches := "", []Search(nil)
	switch {
	case person:
		kind, searches = userFilter, scope.Users
	case w.Class == identity.ClassGroup:
		kind, searches = groupFilter, scope.Groups
	case w.Class == identity.ClassComputer:
		kind, searches = "(objectCategory=computer)", scope.Devices
	}
	if f.Returned, err = s.returned(ctx, f, kind, distinct(searches, s.d)); err != nil {
		return f, err
	}
	if f.Person != nil {
		f.Person.Matched = f.Returned
	}
	f.Groups, err = s.belonging(ctx, f, searches)
	return f, err
}

// returned asks the server, of this one object, which searches return it.
func (s finder) returned(ctx context.Context, f identity.Found, kind string, searches []Search) ([]identity.Match, error) {
	list := []identity.Match{}
	for _, search := range searches {
		b := search.Bases[0]
		var read identity.Read
		base, filter, err := s.reader.aim(ctx, s.d, search, &read)
		if fault.Is(err, "directory.base.missing") {
			continue
		}
		if err != nil {
			return nil, err
		}
		if read.Standing != "" {
			f.Standing[b.DN] = read.Standing
		}
		if !UnderBase(f.DN, base.dn) {
			continue
		}
		e, err := s.c.object(ctx, query{
			what: "the search for " + f.DN + " with the filter", base: "<GUID=" + string(f.GUID) + ">",
			filter: and(kind, filter), attributes: []string{"objectGUID"},
		})
		if err != nil {
			return nil, err
		}
		if e != nil {
			list = append(list, search.match(b))
		}
	}
	return list, nil
}

// rank says how surely the object is the one that was named.
func (s finder) rank(e *ldap.Entry, f identity.Found) int {
	_, account, qualified := strings.Cut(s.who, `\`)
	if !qualified {
		account = s.who
	}
	local, _, _ := strings.Cut(s.who, "@")
	is := func(text string, values ...string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return v != "" && strings.EqualFold(v, text) })
	}
	switch {
	case s.exact() != "":
		return identity.RankExact
	case is(account, f.Account), is(s.who, f.Mail, f.Principal), strings.Contains(s.who, "@") && is(local, f.Account):
		return identity.RankAccount
	case is(account+"$", f.Account), is(s.who, value(e, "dNSHostName")), is("smtp:"+s.who, e.GetEqualFoldAttributeValues("proxyAddresses")...):
		return identity.RankAlias
	}
	return identity.RankName
}
