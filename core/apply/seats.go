package apply

import (
	"context"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// ahead is how many changes of the queue are looked at to find out what is to be
// read together.
const ahead = 1000

// sits reports whether the user of a seat is in its group, as far as this run knows
// that from the one or the other. One of them that Central does not hold is in
// nothing, and that is not known of a seat.
func (r *runner) sits(s seat) (in, known bool) {
	if r.missing(identity.KindUser, s.user) || r.missing(identity.KindGroup, s.group) {
		return false, false
	}
	if m, known := r.roster(identity.KindGroup, s.group); known {
		return m[s.user], true
	}
	m, known := r.roster(identity.KindUser, s.user)
	return m[s.group], known
}

// missing reports whether Central does not hold an object, as this run read.
func (r *runner) missing(kind identity.Kind, id string) bool {
	s, ok := r.objects[kind][id]
	return ok && s.object == nil && r.Now().Sub(s.at) <= fresh
}

// told reports whether there is nothing left to be read of a seat.
func (r *runner) told(s seat) bool {
	_, known := r.sits(s)
	return known || r.missing(identity.KindUser, s.user) || r.missing(identity.KindGroup, s.group)
}

// forget forgets what is known of a seat.
func (r *runner) forget(s seat) {
	delete(r.members, s.group)
	delete(r.groups, s.user)
	delete(r.objects[identity.KindUser], s.user)
	delete(r.objects[identity.KindGroup], s.group)
}

// sight reads what it takes to know all seats (safety rule 21): objects, fifty in
// one call, and of those that do not show all their memberships the list. What
// else the queue needs, from this place on, is read with them. A membership is
// seen from its user or from its group, so what is read is a cover of them all,
// with the weight of a list in fiftieths of a call.
func (r *runner) sight(ctx context.Context, at int, seats []seat) error {
	for _, s := range seats {
		for !r.told(s) {
			users, groups, order := r.views(at, seats)
			kind, id := identity.KindGroup, s.group
			if users[s.user] {
				kind, id = identity.KindUser, s.user
			}
			if err := r.view(ctx, kind, id, users, groups, order); err != nil {
				return err
			}
		}
	}
	return nil
}

// views chooses what to read for the seats and those that come after them.
func (r *runner) views(at int, seats []seat) (users, groups map[string]bool, order []seat) {
	for _, s := range seats {
		if !r.told(s) {
			order = append(order, s)
		}
	}
	for _, c := range r.queue[at:min(len(r.queue), at+ahead)] {
		if c.Group == nil || c.Kind != identity.KindUser || c.CentralID == "" || c.GroupCentralID == "" {
			continue
		}
		if s := (seat{c, c.CentralID, c.GroupCentralID}); !r.told(s) {
			order = append(order, s)
		}
	}
	pairs := make([]plan.Pair, len(order))
	for i, s := range order {
		pairs[i] = plan.Pair{User: s.user, Group: s.group}
	}
	users, groups = plan.Cover(pairs,
		func(id string) int { return r.weight(identity.KindUser, id) },
		func(id string) int { return r.weight(identity.KindGroup, id) })
	return users, groups, order
}

// weight is what it costs to know the memberships of an object, in fiftieths of a
// call.
func (r *runner) weight(kind identity.Kind, id string) int {
	o, read := r.seen(kind, id)
	if !read && !r.mute {
		return 1
	}
	return plan.MaxRead * plan.Pages(o.Inside.Total)
}

// seen is an object that was read by this run, with all that it shows.
func (r *runner) seen(kind identity.Kind, id string) (object, bool) {
	s, ok := r.objects[kind][id]
	if !ok || s.object == nil || r.Now().Sub(s.at) > fresh {
		return object{}, false
	}
	return *s.object, true
}

// view reads one object, with others that are to be read too, or the list of one
// that was read and does not show all.
func (r *runner) view(ctx context.Context, kind identity.Kind, id string, users, groups map[string]bool, order []seat) error {
	if _, read := r.seen(kind, id); !read && !r.mute {
		ids, taken := []string{id}, map[string]bool{id: true}
		for _, s := range order {
			next, wanted := s.group, groups[s.group]
			if kind == identity.KindUser {
				next, wanted = s.user, users[s.user]
			}
			if _, read := r.seen(kind, next); wanted && !read && !taken[next] && len(ids) < plan.MaxRead {
				taken[next] = true
				ids = append(ids, next)
			}
		}
		if err := r.read(ctx, kind, ids); err != nil {
			return readFailed(ctx, err)
		}
		return nil
	}
	_, err := r.list(ctx, kind, id)
	switch {
	case fault.Is(err, "central.notFound"):
		r.lost(kind, id) // since it was read
		return nil
	case err != nil:
		return readFailed(ctx, err)
	}
	return nil
}
