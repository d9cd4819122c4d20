package apply

import (
	"context"
	"fmt"
	"slices"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// DeviceTarget is what apply needs of Sophos Central for devices. Endpoints are
// neither made nor removed.
type DeviceTarget interface {
	EndpointsByID(ctx context.Context, ids []string) (map[string]identity.Endpoint, error)
	EndpointsOf(ctx context.Context, groupID string) ([]identity.Endpoint, error)
	EndpointGroupsByID(ctx context.Context, ids []string) (map[string]identity.EndpointGroup, error)
	FindEndpointGroup(ctx context.Context, name string) (*identity.EndpointGroup, error)

	CreateEndpointGroup(ctx context.Context, f identity.Fields, t identity.DeviceType) (identity.EndpointGroup, error)
	UpdateEndpointGroup(ctx context.Context, id string, f identity.Fields) (identity.EndpointGroup, error)
	DeleteEndpointGroup(ctx context.Context, id string) error
	AddEndpoints(ctx context.Context, groupID string, ids []string) (identity.EndpointsAdded, error)
	RemoveEndpoints(ctx context.Context, groupID string, ids []string) error
}

func ofEndpoint(e identity.Endpoint) object {
	return object{ID: e.ID, Source: identity.SourceCustom, Fields: identity.Fields{Name: e.Hostname}, Type: e.Type, Group: e.Group}
}

func ofEndpointGroup(g identity.EndpointGroup) object {
	return object{ID: g.ID, Source: identity.SourceCustom, Fields: g.Fields, Type: g.Type, CreatedAt: g.CreatedAt}
}

// placements carries out changes of one action and one group of devices, which begin
// at this place of the queue.
func (r *runner) placements(ctx context.Context, at int, batch []plan.Change) error {
	var group string
	var open, same []plan.Change
	for i, c := range batch {
		g, state, err := r.place(ctx, at+i, c)
		switch {
		case err != nil:
			if err := r.end(judged(err), c); err != nil {
				return err
			}
		case state == landed:
			group, same = g, append(same, c)
		default:
			group, open = g, append(open, c)
		}
	}
	if len(same) > 0 {
		if err := r.placed(ctx, group, Already, same); err != nil {
			return err
		}
	}
	if len(open) == 0 {
		return nil
	}
	return r.relocate(ctx, group, open)
}

// place checks a change and returns the id of its group, and whether the device is
// there already: it has to sit where the plan saw it.
func (r *runner) place(ctx context.Context, at int, c plan.Change) (group string, s state, err error) {
	if err := r.needs(c); err != nil {
		return "", unsure, err
	}
	if err := r.wanted(ctx, at); err != nil {
		return "", unsure, err
	}
	g, err := r.linked(ctx, c.GroupKey(), c.GroupCentralID)
	if err != nil {
		return "", unsure, err
	}
	if err := r.mayLeave(ctx, c); err != nil {
		return "", unsure, err
	}
	o, err := r.object(ctx, at, identity.KindDevice, c.CentralID)
	if err != nil {
		return "", unsure, err
	}
	s, err = sits(c, g.CentralID, o)
	return g.CentralID, s, err
}

// mayLeave asks the ledger whether the device and the group of ours that a change
// takes it out of are ours still.
func (r *runner) mayLeave(ctx context.Context, c plan.Change) error {
	moves := c.Leaves != nil && c.Leaves.ObjectGUID != ""
	if c.Action == plan.MembershipAdd && !moves {
		return nil
	}
	if moves {
		if _, err := r.linked(ctx, identity.Key(c.Leaves.ObjectGUID, c.Type), c.LeavesCentralID); err != nil {
			return err
		}
	}
	_, err := r.linked(ctx, c.ObjectGUID, c.CentralID)
	return err
}

// sits tells how an endpoint, nil where there is none, stands to a change.
func sits(c plan.Change, group string, o *object) (state, error) {
	switch {
	case o == nil:
		return different, stale(codeMissing, "Central does not hold the endpoint any more")
	case o.Type != c.Type:
		return different, stale(codeChanged, fmt.Sprintf("the endpoint is a %s by now", o.Type))
	case (o.Group == group) == (c.Action == plan.MembershipAdd):
		return landed, nil
	case c.Action == plan.MembershipAdd && o.Group != c.LeavesCentralID:
		return different, stale(codeChanged, "the endpoint does not sit in the group any more in which the plan saw it")
	}
	return absent, nil
}

// relocate sends one call for all changes. Where Central refuses the call the
// halves are tried by themselves, down to those that it refuses one by one. Without
// a clear answer only what still sits where the plan saw it is sent once more.
func (r *runner) relocate(ctx context.Context, group string, changes []plan.Change) error {
	for attempt := 0; ; attempt++ {
		if err := r.begin(changes...); err != nil {
			return err
		}
		said, err := r.sendPlaces(ctx, group, changes)
		if refused(err) && len(changes) > 1 && !fatal(err) && !fault.Is(err, "central.forbidden") && ctx.Err() == nil {
			half := len(changes) / 2
			if err := r.relocate(ctx, group, changes[:half]); err != nil {
				return err
			}
			return r.relocate(ctx, group, changes[half:])
		}
		if refused(err) {
			return r.end(r.unplaced(group, err), changes...)
		}
		var done []plan.Change
		if err == nil {
			if done, changes, err = r.sorted(group, changes, said); err != nil {
				return err
			}
		}
		var other []displaced
		var lookErr error
		if len(changes) > 0 {
			var landed []plan.Change
			landed, changes, other, lookErr = r.lookPlaces(ctx, group, changes)
			done = append(done, landed...)
			if lookErr != nil && (err == nil || fatal(lookErr)) {
				err = lookErr
			}
		}
		if len(done) > 0 {
			if err := r.placed(ctx, group, Done, done); err != nil {
				return err
			}
		}
		for _, p := range other {
			if err := r.end(verdict{outcome: Stale, centralID: group, err: p.why}, p.change); err != nil {
				return err
			}
		}
		switch {
		case len(changes) == 0:
			return nil
		case err == nil:
			return r.end(verdict{outcome: Failed, centralID: group, err: fault.New("central.endpoint.left", "Central took the call and did not do this part of it",
				fault.Hint("look at the endpoint in Sophos Central; the next preview plans it again"))}, changes...)
		case attempt > 0 || lookErr != nil || ctx.Err() != nil || fatal(err):
			return r.end(verdict{outcome: Unknown, centralID: group, err: err}, changes...)
		}
	}
}

// sendPlaces makes the call.
func (r *runner) sendPlaces(ctx context.Context, group string, changes []plan.Change) (identity.EndpointsAdded, error) {
	held, release := steady(ctx)
	defer release()
	ids := make([]string, len(changes))
	for i, c := range changes {
		ids[i] = c.CentralID
	}
	if changes[0].Action == plan.MembershipAdd {
		return r.Target.AddEndpoints(held, group, ids)
	}
	return identity.EndpointsAdded{Added: ids}, r.Target.RemoveEndpoints(held, group, ids)
}

// sorted takes a success apart: it may be one for some of them alone. What it does
// not name at all is left.
func (r *runner) sorted(group string, changes []plan.Change, said identity.EndpointsAdded) (done, left []plan.Change, err error) {
	for _, c := range changes {
		switch {
		case slices.Contains(said.NotFound, c.CentralID):
			err = r.end(verdict{outcome: Stale, centralID: group, err: stale(codeMissing, "Central does not find the endpoint")}, c)
		case slices.Contains(said.WrongType, c.CentralID):
			err = r.end(verdict{outcome: Stale, centralID: group, err: stale(codeChanged, "Central says that the endpoint is of another type than the group")}, c)
		case slices.Contains(said.Added, c.CentralID):
			done = append(done, c)
		default:
			left = append(left, c)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return done, left, nil
}

// unplaced is the verdict on changes that Central refuses.
func (r *runner) unplaced(group string, err error) verdict {
	switch {
	case fault.Is(err, "central.notFound"):
		err = stale(codeMissing, "Central does not hold the group any more", fault.Cause(err))
	case fault.Is(err, "central.conflict"):
		err = stale(codeManaged, "a directory service manages the group or the endpoint in Central", fault.Cause(err))
	}
	v := judged(err)
	v.centralID = group
	return v
}

// placed records changes in the ledger and ends them.
func (r *runner) placed(ctx context.Context, group string, o Outcome, changes []plan.Change) error {
	if err := r.seated(context.WithoutCancel(ctx), changes...); err != nil {
		return stop(err)
	}
	for _, c := range changes {
		s := r.objects[identity.KindDevice][c.CentralID]
		if s.object == nil {
			continue
		}
		now := *s.object
		now.Group = ""
		if c.Action == plan.MembershipAdd {
			now.Group = group
		}
		r.saw(identity.KindDevice, now)
	}
	return r.end(verdict{outcome: o, centralID: group}, changes...)
}

// dissolveDevices takes our devices out of a group and removes it. One that the
// plan does not name is somebody else's, and so is one that the ledger has given up.
func (r *runner) dissolveDevices(ctx context.Context, c plan.Change) error {
	members, err := r.Target.EndpointsOf(ctx, c.CentralID)
	if err != nil {
		return err
	}
	var left []string
	for _, e := range members {
		if !slices.Contains(c.Members, e.ID) {
			return stale(codeForeign, fmt.Sprintf("the group %q holds %s, which the plan does not know", c.Name, e.Hostname))
		}
		_, ours, err := r.Ledger.Owner(ctx, e.ID)
		if err != nil {
			return stop(err)
		}
		if !ours {
			return stale(codeUnlinked, fmt.Sprintf("the group %q holds %s, which the ledger does not hold any more", c.Name, e.Hostname))
		}
		left = append(left, e.ID)
	}
	for batch := range slices.Chunk(left, plan.MaxRemove) {
		if err := r.Target.RemoveEndpoints(ctx, c.CentralID, batch); err != nil {
			if fault.Is(err, "central.notFound") {
				// Not to be taken for the answer that the group is gone.
				err = stale(codeChanged, "Central does not hold the group any more", fault.Cause(err))
			}
			return err
		}
	}
	if err := r.vacated(ctx, c.Key(), c.Members); err != nil {
		return err
	}
	return r.Target.DeleteEndpointGroup(ctx, c.CentralID)
}
