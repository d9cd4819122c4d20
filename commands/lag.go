package commands

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// lag holds what has to wait because another controller answered for a domain
// than at the last complete read: replication may be late between the two.
type lag struct {
	changed map[string]string // by domain: which controllers
	// agreed are the domains of which a second controller was read to the end, and
	// second is what it makes wanted. first is what the one of now does.
	agreed map[string]bool
	first  policy.Desired
	second policy.Desired
	seen   map[identity.GUID]bool
	where  map[identity.GUID]identity.Whereabouts
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
	changed := last.replaced(r.snapshot.Servers, r.snapshot.TakenAt)
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
		return s.unconfirmed(ctx, err)
	}
	if err := s.rolledBack(ctx, snapshot.Servers, last); err != nil {
		return s.unconfirmed(ctx, err)
	}
	return &snapshot, nil
}

func (s *session) unconfirmed(ctx context.Context, err error) (*identity.Snapshot, error) {
	s.log.WarnContext(ctx, "no second domain controller confirms what is missing", "error", err.Error())
	return nil, nil //nolint:nilnil // without it absences wait
}

// lag compares what two controllers of a domain show, as one configuration sees
// it: first is what that wants of the controllers of now.
func (s *session) lag(ctx context.Context, c config.Config, r reading, last *lastRead, first policy.Desired) (lag, error) {
	var second policy.Desired
	if r.second != nil {
		rules, own, err := s.own(ctx, c, *r.second)
		if err != nil {
			return lag{}, err
		}
		second = policy.Desire(own, rules)
	}
	return lagOf(r, last, first, second), nil
}

// lagOf compares what is wanted of either snapshot.
func lagOf(r reading, last *lastRead, first, second policy.Desired) lag {
	l := lag{changed: map[string]string{}, agreed: map[string]bool{}, first: first, second: second, seen: map[identity.GUID]bool{}, where: r.where}
	for _, was := range last.replaced(r.snapshot.Servers, r.snapshot.TakenAt) {
		now, _ := (&lastRead{Servers: r.snapshot.Servers}).of(was.Domain)
		l.changed[was.Domain] = fmt.Sprintf("%s answers for %s now, %s answered at the last complete read", now.Name, was.Domain, was.Name)
		l.agreed[was.Domain] = r.readTwice(was.Domain)
	}
	for id := range r.snapshot.People.GUIDs() {
		l.seen[id] = true
	}
	for _, g := range r.snapshot.Groups {
		l.seen[g.GUID] = true
	}
	for _, x := range r.snapshot.Devices {
		l.seen[x.GUID] = true
	}
	return l
}

// readTwice reports whether a second controller of a domain was read to the end.
func (r reading) readTwice(domain string) bool {
	if r.second == nil {
		return false
	}
	now, _ := (&lastRead{Servers: r.snapshot.Servers}).of(domain)
	other, read := (&lastRead{Servers: r.second.Servers}).of(domain)
	return read && !sameController(now, other) && wholly(*r.second, domain)
}

// unconfirmed are the domains that another controller answered for than at the
// last complete read, without a second one that confirms what it shows.
func (r reading) unconfirmed(last *lastRead) map[string]bool {
	domains := map[string]bool{}
	for _, was := range last.replaced(r.snapshot.Servers, r.snapshot.TakenAt) {
		if !r.readTwice(was.Domain) {
			domains[was.Domain] = true
		}
	}
	return domains
}

// wholly reports whether a domain was read completely.
func wholly(s identity.Snapshot, domain string) bool {
	mine := func(r identity.Read) bool { return r.Domain == domain }
	return slices.ContainsFunc(s.Reads, mine) &&
		!slices.ContainsFunc(s.Reads, func(r identity.Read) bool { return mine(r) && !r.Complete })
}

// change says why a change has to wait, "" if it need not. What takes something
// away waits until a second controller confirms it; anything else where a second
// one was asked and shows it otherwise.
func (l lag) change(c plan.Change) string {
	if c.Kind == identity.KindDevice || c.Kind == identity.KindDeviceGroup {
		return l.device(c)
	}
	switch c.Action {
	case plan.Remove:
		return l.removal(c)
	case plan.MembershipRemove:
		return l.ended(c.ObjectGUID, c.Group.ObjectGUID)
	case plan.MembershipAdd:
		return l.begun(c.ObjectGUID, c.Group.ObjectGUID)
	case plan.Create, plan.Adopt, plan.Update:
	}
	text := l.values(c)
	for _, group := range c.MemberOf {
		if text == "" {
			text = l.begun(c.ObjectGUID, group.ObjectGUID)
		}
	}
	return text
}

// removal says why a removal has to wait, "" if it need not: a second controller
// lacks the object too, or the object itself was found, deleted or out of scope.
// What is found nowhere may be in any domain whose controller has changed.
func (l lag) removal(c plan.Change) string {
	_, user := l.second.Users[c.ObjectGUID]
	_, group := l.second.Groups[c.ObjectGUID]
	return l.gone(c, user || group)
}

// gone is removal, where a second controller still wants the object or not.
func (l lag) gone(c plan.Change, wanted bool) string {
	w := l.where[c.ObjectGUID].Presence
	found := l.seen[c.ObjectGUID] || w == identity.Deleted || w == identity.Live
	for _, domain := range slices.Sorted(maps.Keys(l.changed)) {
		switch own := domain == strings.ToLower(c.Domain); {
		case l.agreed[domain] && own && wanted:
			return l.changed[domain] + "; a second controller still shows it in scope"
		case !l.agreed[domain] && !found && (own || w == identity.Nowhere):
			return l.changed[domain] + ", and no second controller confirms that it is gone"
		}
	}
	return ""
}

// ended says why the end of a membership has to wait, "" if it need not. Through
// nesting it may hang on the groups of every domain.
func (l lag) ended(user, group identity.GUID) string {
	return l.endedFor(belongs(l.second, user, group))
}

// endedFor is ended, where a second controller still shows the membership or not.
func (l lag) endedFor(shown bool) string {
	for _, domain := range slices.Sorted(maps.Keys(l.changed)) {
		if !l.agreed[domain] {
			return l.changed[domain] + ", and no second controller confirms that the membership has ended"
		}
		if shown {
			return l.changed[domain] + "; a second controller still shows the membership"
		}
	}
	return ""
}

// begun says why a new membership has to wait, "" if it need not.
func (l lag) begun(user, group identity.GUID) string {
	text := l.asked()
	if text == "" || belongs(l.second, user, group) {
		return ""
	}
	return text + "; a second controller does not show the membership"
}

// asked names the first domain of which a second controller was read to the end,
// "" where there is none.
func (l lag) asked() string {
	for _, domain := range slices.Sorted(maps.Keys(l.changed)) {
		if l.agreed[domain] {
			return l.changed[domain]
		}
	}
	return ""
}

// values says why the making or changing of an object has to wait, "" if it need
// not: a second controller shows it too, with the same values. That a group is
// wanted may hang on its members in every domain.
func (l lag) values(c plan.Change) string {
	text := l.changed[strings.ToLower(c.Domain)]
	if !l.agreed[strings.ToLower(c.Domain)] {
		text = ""
	}
	var first, second identity.Fields
	var wanted bool
	if c.Kind == identity.KindGroup {
		var g identity.WantedGroup
		g, wanted = l.second.Groups[c.ObjectGUID]
		first, second = l.first.Groups[c.ObjectGUID].Fields, g.Fields
		text = cmp.Or(text, l.asked())
	} else {
		var u identity.WantedUser
		u, wanted = l.second.Users[c.ObjectGUID]
		first, second = l.first.Users[c.ObjectGUID].Fields, u.Fields
	}
	switch {
	case text == "":
		return ""
	case !wanted:
		return text + "; a second controller does not show it in scope"
	case first != second:
		return text + "; a second controller shows other values"
	}
	return ""
}

func belongs(d policy.Desired, user, group identity.GUID) bool {
	_, found := slices.BinarySearch(d.Groups[group].Members, user) // sorted
	return found
}
