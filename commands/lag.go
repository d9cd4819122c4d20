package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"adsync/core/directory"
	"adsync/core/identity"
	"adsync/core/policy"
)

// lag holds what has to wait because another controller answered for a domain
// than at the last complete read: replication may be late between the two.
type lag struct {
	changed map[string]string // by domain: which controllers
	// agreed are the domains of which a second controller was read to the end, and
	// second is what it makes wanted.
	agreed map[string]bool
	second policy.Desired
	seen   map[identity.GUID]bool
	where  map[identity.GUID]identity.Whereabouts
}

// changedServers returns the controllers of the last complete read in whose
// place another answers now.
func changedServers(servers []identity.Server, last *lastRead) []identity.Server {
	var list []identity.Server
	for _, now := range servers {
		if was, known := last.of(now.Domain); known && !sameController(now, was) {
			list = append(list, was)
		}
	}
	return list
}

// sameController compares by the database, by name where the account may not
// read its identity.
func sameController(a, b identity.Server) bool {
	if a.InvocationID == "" || b.InvocationID == "" {
		return strings.EqualFold(a.Name, b.Name)
	}
	return a.InvocationID == b.InvocationID
}

// secondLook reads everything again, each domain whose controller has changed from
// a second one: that of the last complete read, if it answers. It returns nil
// where there is nothing to compare.
func (s *session) secondLook(ctx context.Context, client *directory.Client, r reading, last *lastRead) (*identity.Snapshot, error) {
	changed := changedServers(r.snapshot.Servers, last)
	if len(changed) == 0 {
		return nil, nil //nolint:nilnil // nothing to compare is no error
	}
	s.shows.say("asking a second domain controller")
	second, err := client.Second(ctx, changed)
	if err != nil {
		return nil, err
	}
	snapshot, err := second.Read(ctx, r.request)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		s.log.WarnContext(ctx, "no second domain controller confirms what is missing", "error", err.Error())
		return nil, nil //nolint:nilnil // without it absences wait
	}
	return &snapshot, nil
}

// lagOf compares what two controllers of a domain show. desired is made of the
// second snapshot.
func lagOf(r reading, last *lastRead, desired policy.Desired) lag {
	l := lag{changed: map[string]string{}, agreed: map[string]bool{}, second: desired, seen: map[identity.GUID]bool{}, where: r.where}
	for _, was := range changedServers(r.snapshot.Servers, last) {
		now, _ := (&lastRead{Servers: r.snapshot.Servers}).of(was.Domain)
		l.changed[was.Domain] = fmt.Sprintf("%s answers for %s now, %s answered at the last complete read", now.Name, was.Domain, was.Name)
		if r.second == nil {
			continue
		}
		other, read := (&lastRead{Servers: r.second.Servers}).of(was.Domain)
		l.agreed[was.Domain] = read && !sameController(now, other) && wholly(*r.second, was.Domain)
	}
	for _, p := range r.snapshot.People {
		l.seen[p.GUID] = true
	}
	for _, g := range r.snapshot.Groups {
		l.seen[g.GUID] = true
	}
	return l
}

// wholly reports whether a domain was read completely.
func wholly(s identity.Snapshot, domain string) bool {
	mine := func(r identity.Read) bool { return r.Domain == domain }
	return slices.ContainsFunc(s.Reads, mine) &&
		!slices.ContainsFunc(s.Reads, func(r identity.Read) bool { return mine(r) && !r.Complete })
}

// object says why the removal of a link has to wait, "" if it need not: a second
// controller lacks it too, or the object itself was found, deleted or out of
// scope.
func (l lag) object(link identity.Link) string {
	text, changed := l.changed[strings.ToLower(link.Domain)]
	switch {
	case !changed:
		return ""
	case l.agreed[strings.ToLower(link.Domain)]:
		_, user := l.second.Users[link.GUID]
		_, group := l.second.Groups[link.GUID]
		if user || group {
			return text + "; a second controller still shows it in scope"
		}
		return ""
	}
	if w := l.where[link.GUID].Presence; l.seen[link.GUID] || w == identity.Deleted || w == identity.Live {
		return ""
	}
	return text + ", and no second controller confirms that it is gone"
}

// membership says why the end of a membership has to wait, "" if it need not.
// Through nesting it may hang on the groups of every domain.
func (l lag) membership(user, group identity.Link) string {
	for domain, text := range l.changed {
		if !l.agreed[domain] {
			return text + ", and no second controller confirms that the membership has ended"
		}
		if slices.Contains(l.second.Groups[group.GUID].Members, user.GUID) {
			return text + "; a second controller still shows the membership"
		}
	}
	return ""
}
