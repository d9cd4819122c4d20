package apply

import (
	"context"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// object is a user or a group of Central.
type object struct {
	ID        string
	Source    identity.Source
	Fields    identity.Fields
	CreatedAt time.Time
}

func ofUser(u identity.CentralUser) object {
	return object{u.ID, u.Source, u.Fields, u.CreatedAt}
}

func ofGroup(g identity.CentralGroup) object {
	return object{g.ID, g.Source, g.Fields, g.CreatedAt}
}

// sighting is what this run read or wrote of an object, nil where there is none.
type sighting struct {
	object *object
	at     time.Time
}

// roster is who belongs to a group, as this run read it and then changed it.
type roster struct {
	ids map[string]bool
	at  time.Time
}

// read fetches objects by their ids.
func (r *runner) read(ctx context.Context, kind identity.Kind, ids []string) error {
	found := map[string]object{}
	if kind == identity.KindGroup {
		groups, err := r.Target.GroupsByID(ctx, ids)
		if err != nil {
			return err
		}
		for id, g := range groups {
			found[id] = ofGroup(g)
		}
	} else {
		users, err := r.Target.UsersByID(ctx, ids)
		if err != nil {
			return err
		}
		for id, u := range users {
			found[id] = ofUser(u)
		}
	}
	for _, id := range ids {
		s := sighting{at: r.Now()}
		if o, ok := found[id]; ok {
			s.object = &o
		}
		r.objects[kind][id] = s
	}
	return nil
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
		if c.Kind != kind || c.Group != nil {
			continue
		}
		next := c.CentralID
		if c.Action == plan.Create && c.Cause.Code == plan.CauseCentralDeleted {
			l, _, err := r.Ledger.Link(ctx, c.ObjectGUID)
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

// roster returns the members of a group as this run knows them.
func (r *runner) roster(ctx context.Context, group string) (map[string]bool, error) {
	if m, ok := r.members[group]; ok && r.Now().Sub(m.at) <= fresh {
		return m.ids, nil
	}
	m, err := r.list(ctx, group)
	if fault.Is(err, "central.notFound") {
		return nil, stale(codeMissing, "Central does not hold the group any more", fault.Cause(err))
	}
	if err != nil {
		return nil, readFailed(ctx, err)
	}
	return m, nil
}

// list reads the members of a group now.
func (r *runner) list(ctx context.Context, group string) (map[string]bool, error) {
	list, err := r.Target.Members(ctx, group)
	if err != nil {
		return nil, err
	}
	m := roster{ids: make(map[string]bool, len(list)), at: r.Now()}
	for _, id := range list {
		m.ids[id] = true
	}
	r.members[group] = m
	return m.ids, nil
}

// saw keeps what Central replied to a write.
func (r *runner) saw(kind identity.Kind, o object) {
	r.objects[kind][o.ID] = sighting{&o, r.Now()}
}

// lost forgets an object that was removed, as a member too.
func (r *runner) lost(kind identity.Kind, id string) {
	r.objects[kind][id] = sighting{at: r.Now()}
	if kind == identity.KindGroup {
		delete(r.members, id)
		return
	}
	for _, m := range r.members {
		delete(m.ids, id)
	}
}

// joined keeps that users were added to groups.
func (r *runner) joined(groups []string, users ...string) {
	for _, g := range groups {
		for _, u := range users {
			if m, known := r.members[g]; known {
				m.ids[u] = true
			}
		}
	}
}
