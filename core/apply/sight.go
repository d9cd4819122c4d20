package apply

import (
	"context"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// object is a user, an endpoint or a group of Central.
type object struct {
	ID        string
	Source    identity.Source
	Fields    identity.Fields
	CreatedAt time.Time
	// Inside are the groups of a user, the members of a group, as far as shown.
	Inside identity.Embedded
	Type   identity.DeviceType // of an endpoint or a group of them
	Group  string              // of an endpoint: where it sits
}

func ofUser(u identity.CentralUser) object {
	return object{ID: u.ID, Source: u.Source, Fields: u.Fields, CreatedAt: u.CreatedAt, Inside: u.Groups}
}

func ofGroup(g identity.CentralGroup) object {
	return object{ID: g.ID, Source: g.Source, Fields: g.Fields, CreatedAt: g.CreatedAt, Inside: g.Users}
}

// sighting is what this run read or wrote of an object, nil where there is none.
type sighting struct {
	object *object
	at     time.Time
}

// roster is who belongs to a group, or which groups a user is in, as this run read
// it and then changed it.
type roster struct {
	ids map[string]bool
	at  time.Time
}

func newRoster(ids []string, at time.Time) roster {
	m := roster{ids: make(map[string]bool, len(ids)), at: at}
	for _, id := range ids {
		m.ids[id] = true
	}
	return m
}

// read fetches objects by their ids.
func (r *runner) read(ctx context.Context, kind identity.Kind, ids []string) error {
	var found map[string]object
	var err error
	switch kind {
	case identity.KindUser:
		found, err = objects(ctx, ids, r.Target.UsersByID, ofUser)
	case identity.KindGroup:
		found, err = objects(ctx, ids, r.Target.GroupsByID, ofGroup)
	case identity.KindDevice:
		found, err = objects(ctx, ids, r.Target.EndpointsByID, ofEndpoint)
	case identity.KindDeviceGroup:
		found, err = objects(ctx, ids, r.Target.EndpointGroupsByID, ofEndpointGroup)
	}
	if err != nil {
		return err
	}
	for _, id := range ids {
		s := sighting{at: r.Now()}
		if o, ok := found[id]; ok {
			s.object = &o
			if kind == identity.KindUser || kind == identity.KindGroup {
				r.mute = !o.Inside.Counted
				r.shown(kind, o)
			}
		}
		r.objects[kind][id] = s
	}
	return nil
}

// shown keeps what an object says of memberships. What this run has read or
// changed itself is known better: what Central shows lags behind what it does.
func (r *runner) shown(kind identity.Kind, o object) {
	if _, known := r.roster(kind, o.ID); known || !o.Inside.Whole() {
		return
	}
	r.side(kind)[o.ID] = newRoster(o.Inside.Shown, r.Now())
}

// side are the rosters of the groups, or of the users.
func (r *runner) side(kind identity.Kind) map[string]roster {
	if kind == identity.KindGroup {
		return r.members
	}
	return r.groups
}

// roster is what this run knows of an object's memberships, false where that is
// nothing, or too old.
func (r *runner) roster(kind identity.Kind, id string) (map[string]bool, bool) {
	m, ok := r.side(kind)[id]
	return m.ids, ok && r.Now().Sub(m.at) <= fresh
}

// objects reads objects of one kind.
func objects[T any](ctx context.Context, ids []string, read func(context.Context, []string) (map[string]T, error), of func(T) object) (map[string]object, error) {
	list, err := read(ctx, ids)
	found := make(map[string]object, len(list))
	for id, x := range list {
		found[id] = of(x)
	}
	return found, err
}

// look returns the object as it is now, nil where there is none.
func (r *runner) look(ctx context.Context, kind identity.Kind, id string) (*object, error) {
	if err := r.read(ctx, kind, []string{id}); err != nil {
		return nil, err
	}
	return r.objects[kind][id].object, nil
}

// object returns the object as this run knows it, read again together with those
// that the next changes of the queue need.
func (r *runner) object(ctx context.Context, at int, kind identity.Kind, id string) (*object, error) {
	if s, ok := r.objects[kind][id]; ok && r.Now().Sub(s.at) <= fresh {
		return s.object, nil
	}
	ids, err := r.upcoming(ctx, at, kind, id)
	if err != nil {
		return nil, err
	}
	if err := r.read(ctx, kind, ids); err != nil {
		return nil, readFailed(ctx, err)
	}
	return r.objects[kind][id].object, nil
}

// upcoming lists id and what else of its kind is to be read for the changes from
// this place on, as many as one call takes.
func (r *runner) upcoming(ctx context.Context, at int, kind identity.Kind, id string) ([]string, error) {
	ids, taken := []string{id}, map[string]bool{"": true, id: true}
	for _, c := range r.queue[at:] {
		if len(ids) == plan.MaxRead {
			break
		}
		if c.Kind != kind || c.Group != nil && kind != identity.KindDevice {
			continue
		}
		next := c.CentralID
		if c.Action == plan.Create && c.Cause.Code == plan.CauseCentralDeleted {
			l, _, err := r.Ledger.Link(ctx, c.Key())
			if err != nil {
				return nil, stop(err)
			}
			next = l.CentralID
		}
		if s, ok := r.objects[kind][next]; taken[next] || (ok && r.Now().Sub(s.at) <= fresh) {
			continue
		}
		taken[next] = true
		ids = append(ids, next)
	}
	return ids, nil
}

// membersOf returns the members of a group as this run knows them, or reads them.
func (r *runner) membersOf(ctx context.Context, group string) (map[string]bool, error) {
	if m, known := r.roster(identity.KindGroup, group); known {
		return m, nil
	}
	m, err := r.list(ctx, identity.KindGroup, group)
	if fault.Is(err, "central.notFound") {
		return nil, stale(codeMissing, "Central does not hold the group any more", fault.Cause(err))
	}
	if err != nil {
		return nil, readFailed(ctx, err)
	}
	return m, nil
}

// list reads the members of a group, or the groups of a user, now.
func (r *runner) list(ctx context.Context, kind identity.Kind, id string) (map[string]bool, error) {
	read := r.Target.Members
	if kind == identity.KindUser {
		read = r.Target.Memberships
	}
	list, err := read(ctx, id)
	if err != nil {
		return nil, err
	}
	m := newRoster(list, r.Now())
	r.side(kind)[id] = m
	return m.ids, nil
}

// saw keeps what Central replied to a write. Such a reply need not say anything of
// memberships.
func (r *runner) saw(kind identity.Kind, o object) {
	if before, read := r.seen(kind, o.ID); read && !o.Inside.Counted {
		o.Inside = before.Inside
	}
	r.objects[kind][o.ID] = sighting{&o, r.Now()}
	r.shown(kind, o)
}

// lost forgets an object that was removed, as a member or a group of others too.
func (r *runner) lost(kind identity.Kind, id string) {
	r.objects[kind][id] = sighting{at: r.Now()}
	own, others := r.members, r.groups
	if kind == identity.KindUser {
		own, others = others, own
	}
	delete(own, id)
	for _, m := range others {
		delete(m.ids, id)
	}
}

// joined keeps that a user was added to groups.
func (r *runner) joined(user string, groups ...string) {
	for _, g := range groups {
		if m, known := r.members[g]; known {
			m.ids[user] = true
		}
		if m, known := r.groups[user]; known {
			m.ids[g] = true
		}
	}
}

// parted keeps that a user was taken out of groups.
func (r *runner) parted(user string, groups ...string) {
	for _, g := range groups {
		if m, known := r.members[g]; known {
			delete(m.ids, user)
		}
		if m, known := r.groups[user]; known {
			delete(m.ids, g)
		}
	}
}
