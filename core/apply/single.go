package apply

import (
	"context"
	"fmt"
	"slices"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// single carries out a change of one object.
func (r *runner) single(ctx context.Context, at int) verdict {
	c := r.queue[at]
	if err := r.needs(c); err != nil {
		return judged(err)
	}
	if err := r.wanted(ctx, at); err != nil {
		return judged(err)
	}
	switch c.Action {
	case plan.Create:
		return r.create(ctx, at, c)
	case plan.Update:
		return r.update(ctx, at, c)
	case plan.Remove:
		return r.remove(ctx, at, c)
	case plan.Adopt, plan.MembershipAdd, plan.MembershipRemove:
	}
	return judged(fault.New("internal.action", fmt.Sprintf("a change %q of a %s cannot be carried out", c.Action, c.Kind)))
}

func (r *runner) create(ctx context.Context, at int, c plan.Change) verdict {
	l, linked, err := r.Ledger.Link(ctx, c.Key())
	if err != nil {
		return judged(stop(err))
	}
	if linked {
		// Deleted in Central and made again: only if it still is not there.
		o, err := r.object(ctx, at, c.Kind, l.CentralID)
		if err != nil {
			return judged(err)
		}
		if o != nil && o.Fields == c.After.Fields() {
			return verdict{outcome: Already, centralID: o.ID}
		}
		if o != nil {
			return judged(stale(codeExists, "the ledger holds an object for it, which Central has: "+l.CentralID))
		}
	}
	var groups []string
	for _, g := range c.MemberOf {
		l, err := r.linked(ctx, g.ObjectGUID, "")
		if fault.Is(err, codeUnlinked) {
			err = fault.New(codeNeeds, fmt.Sprintf("its group %q is not in Central", g.Name))
		}
		if err != nil {
			return judged(err)
		}
		groups = append(groups, l.CentralID)
	}
	f := c.After.Fields()
	return r.carryOut(ctx, write{
		change: c,
		send: func(ctx context.Context, _ bool) (object, error) {
			switch c.Kind {
			case identity.KindGroup:
				g, err := r.Target.CreateGroup(ctx, f)
				return ofGroup(g), err
			case identity.KindDeviceGroup:
				g, err := r.Target.CreateEndpointGroup(ctx, f, c.Type)
				return ofEndpointGroup(g), err
			case identity.KindUser, identity.KindDevice:
			}
			u, err := r.Target.CreateUser(ctx, f, groups)
			return ofUser(u), err
		},
		look: r.lookForCreated(c),
		// What is unique is refused the second time; without a unique value
		// there would be two.
		repeatable: c.Kind != identity.KindUser || f.Email != "",
		done: func(o object) {
			switch c.Kind {
			case identity.KindGroup:
				r.members[o.ID] = newRoster(nil, r.Now())
			case identity.KindUser:
				r.groups[o.ID] = newRoster(groups, r.Now())
			case identity.KindDevice, identity.KindDeviceGroup:
			}
			r.saw(c.Kind, o)
			r.joined(o.ID, groups...)
		},
	})
}

func (r *runner) update(ctx context.Context, at int, c plan.Change) verdict {
	if _, err := r.linked(ctx, c.Key(), c.CentralID); err != nil {
		return judged(err)
	}
	o, err := r.object(ctx, at, c.Kind, c.CentralID)
	if err != nil {
		return judged(err)
	}
	switch state, err := r.compared(c, o); {
	case err != nil:
		return judged(err)
	case state == landed:
		return verdict{outcome: Already, centralID: c.CentralID}
	}
	return r.carryOut(ctx, write{
		change: c,
		send: func(ctx context.Context, _ bool) (object, error) {
			switch c.Kind {
			case identity.KindGroup:
				g, err := r.Target.UpdateGroup(ctx, c.CentralID, c.After.Fields())
				return ofGroup(g), err
			case identity.KindDeviceGroup:
				g, err := r.Target.UpdateEndpointGroup(ctx, c.CentralID, c.After.Fields())
				return ofEndpointGroup(g), err
			case identity.KindUser, identity.KindDevice:
			}
			u, err := r.Target.UpdateUser(ctx, c.CentralID, c.After.Fields())
			return ofUser(u), err
		},
		look:       r.lookAgain(c),
		repeatable: true,
		done:       func(o object) { r.saw(c.Kind, o) },
	})
}

func (r *runner) remove(ctx context.Context, at int, c plan.Change) verdict {
	if _, err := r.linked(ctx, c.Key(), c.CentralID); err != nil {
		return judged(err)
	}
	o, err := r.object(ctx, at, c.Kind, c.CentralID)
	if err != nil {
		return judged(err)
	}
	switch state, err := r.compared(c, o); {
	case err != nil:
		return judged(err)
	case state == landed:
		if err := r.Ledger.Delete(ctx, c.Key()); err != nil {
			return judged(stop(err))
		}
		r.lost(c.Kind, c.CentralID)
		return verdict{outcome: Already, centralID: c.CentralID}
	}
	w := write{
		change: c,
		send: func(ctx context.Context, _ bool) (object, error) {
			return object{ID: c.CentralID}, r.Target.DeleteUser(ctx, c.CentralID)
		},
		look:       r.lookAgain(c),
		repeatable: true,
		done:       func(o object) { r.lost(c.Kind, o.ID) },
	}
	switch c.Kind {
	case identity.KindDeviceGroup:
		w.send = func(ctx context.Context, _ bool) (object, error) {
			return object{ID: c.CentralID}, r.dissolveDevices(ctx, c)
		}
	case identity.KindGroup:
		if _, err := r.ours(ctx, c, false); err != nil {
			return judged(err)
		}
		w.send = func(ctx context.Context, again bool) (object, error) {
			return object{ID: c.CentralID}, r.dissolve(ctx, c, again)
		}
	case identity.KindUser, identity.KindDevice:
	}
	return r.carryOut(ctx, w)
}

// ours lists who is still in a group that is to be removed. A member that the
// plan does not name is somebody else's.
func (r *runner) ours(ctx context.Context, c plan.Change, again bool) ([]string, error) {
	if again {
		delete(r.members, c.CentralID)
	}
	members, err := r.membersOf(ctx, c.CentralID)
	if err != nil {
		return nil, err
	}
	var left []string
	for _, id := range c.Members {
		if members[id] {
			left = append(left, id)
		}
	}
	if len(left) != len(members) {
		return nil, stale(codeForeign, fmt.Sprintf("the group %q holds %d members that the plan does not know", c.Name, len(members)-len(left)))
	}
	return left, nil
}

// dissolve takes our members out of a group and removes it.
func (r *runner) dissolve(ctx context.Context, c plan.Change, again bool) error {
	left, err := r.ours(ctx, c, again)
	if err != nil {
		return err
	}
	// An earlier attempt may have taken some out.
	gone := slices.DeleteFunc(slices.Clone(c.Members), func(id string) bool { return r.members[c.CentralID].ids[id] })
	if err := r.vacated(ctx, c.ObjectGUID, gone); err != nil {
		return err
	}
	for len(left) > 0 {
		n := min(len(left), plan.MaxRemove)
		if err := r.Target.RemoveMembers(ctx, c.CentralID, left[:n]); err != nil {
			delete(r.members, c.CentralID)
			if fault.Is(err, "central.notFound") {
				// Not to be taken for the answer that the group is gone.
				err = stale(codeChanged, "Central does not hold the group or one of its members any more", fault.Cause(err))
			}
			return err
		}
		for _, id := range left[:n] {
			r.parted(id, c.CentralID)
		}
		if err := r.vacated(ctx, c.ObjectGUID, left[:n]); err != nil {
			return err
		}
		left = left[n:]
	}
	return r.Target.DeleteGroup(ctx, c.CentralID)
}
