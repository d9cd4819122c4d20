package apply

import (
	"context"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// seat is a membership change with the ids of Central.
type seat struct {
	change      plan.Change
	user, group string
}

func changesOf(seats []seat) []plan.Change {
	list := make([]plan.Change, len(seats))
	for i, s := range seats {
		list[i] = s.change
	}
	return list
}

// wants reports whether the change of a seat makes a member.
func (s seat) wants() bool { return s.change.Action == plan.MembershipAdd }

// memberships carries out membership changes that one call carries, which begin at
// this place of the queue.
func (r *runner) memberships(ctx context.Context, at int, b plan.Batch) error {
	var open []seat
	for i, c := range b.Changes {
		s, err := r.seat(ctx, at+i, c)
		if err != nil {
			if err := r.end(judged(err), c); err != nil {
				return err
			}
			continue
		}
		open = append(open, s)
	}
	if len(open) == 0 {
		return nil
	}
	if err := r.sight(ctx, at+len(b.Changes), open); err != nil {
		return r.end(judged(err), changesOf(open)...)
	}
	var rest, same, gone []seat
	for _, s := range open {
		switch in, known := r.sits(s); {
		case !known:
			gone = append(gone, s)
		case in == s.wants():
			same = append(same, s)
		default:
			rest = append(rest, s)
		}
	}
	if len(gone) > 0 {
		if err := r.end(judged(stale(codeMissing, "Central does not hold the group or the user any more")), changesOf(gone)...); err != nil {
			return err
		}
	}
	if len(same) > 0 {
		if err := r.entered(ctx, Already, same); err != nil {
			return err
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return r.transfer(ctx, b.By, rest)
}

// seat checks a membership change and finds the ids of its group and user.
func (r *runner) seat(ctx context.Context, at int, c plan.Change) (seat, error) {
	if err := r.needs(c); err != nil {
		return seat{}, err
	}
	if err := r.wanted(ctx, at); err != nil {
		return seat{}, err
	}
	g, err := r.linked(ctx, c.Group.ObjectGUID, c.GroupCentralID)
	if err != nil {
		return seat{}, err
	}
	u, err := r.linked(ctx, c.ObjectGUID, c.CentralID)
	return seat{c, u.CentralID, g.CentralID}, err
}

// transfer sends one call for all seats. Where Central refuses the call the
// halves are tried by themselves, down to those that it refuses one by one.
func (r *runner) transfer(ctx context.Context, by identity.Kind, seats []seat) error {
	for attempt := 0; ; attempt++ {
		if err := r.begin(changesOf(seats)...); err != nil {
			return err
		}
		err := r.move(ctx, by, seats)
		if err == nil {
			return r.moved(ctx, seats)
		}
		if refused(err) && len(seats) > 1 && !fatal(err) && !fault.Is(err, "central.forbidden") && ctx.Err() == nil {
			half := len(seats) / 2
			if err := r.transfer(ctx, by, seats[:half]); err != nil {
				return err
			}
			return r.transfer(ctx, by, seats[half:])
		}
		if refused(err) {
			return r.end(r.unseated(seats, err), changesOf(seats)...)
		}
		in, left, lookErr := r.readSeats(ctx, by, seats)
		if len(in) > 0 {
			if err := r.moved(ctx, in); err != nil {
				return err
			}
		}
		if len(left) == 0 {
			return nil
		}
		if seats = left; lookErr != nil || attempt > 0 || ctx.Err() != nil {
			if lookErr == nil || !fatal(lookErr) {
				lookErr = err
			}
			return r.end(verdict{outcome: Unknown, of: groupsOf(seats), err: lookErr}, changesOf(seats)...)
		}
	}
}

// move makes the call.
func (r *runner) move(ctx context.Context, by identity.Kind, seats []seat) error {
	held, release := steady(ctx)
	defer release()
	hub := seats[0].group
	if by == identity.KindUser {
		hub = seats[0].user
	}
	ids := make([]string, len(seats))
	for i, s := range seats {
		if ids[i] = s.user; by == identity.KindUser {
			ids[i] = s.group
		}
	}
	call := r.Target.RemoveMembers
	switch add := seats[0].wants(); {
	case add && by == identity.KindUser:
		call = r.Target.AddToGroups
	case add:
		call = r.Target.AddMembers
	case by == identity.KindUser:
		call = r.Target.RemoveFromGroups
	}
	return call(held, hub, ids)
}

// moved enters that the seats are as they should be.
func (r *runner) moved(ctx context.Context, seats []seat) error {
	for _, s := range seats {
		if s.wants() {
			r.joined(s.user, s.group)
		} else {
			r.parted(s.user, s.group)
		}
	}
	return r.entered(ctx, Done, seats)
}

// entered records seats in the ledger and ends their changes. Where the ledger
// fails they get no result: run resume reads them back and enters them.
func (r *runner) entered(ctx context.Context, o Outcome, seats []seat) error {
	changes := changesOf(seats)
	if err := r.seated(context.WithoutCancel(ctx), changes...); err != nil {
		return stop(err)
	}
	return r.end(verdict{outcome: o, of: groupsOf(seats)}, changes...)
}

// groupsOf names the group of each change: its result is about that.
func groupsOf(seats []seat) map[string]string {
	of := map[string]string{}
	for _, s := range seats {
		of[s.change.ID] = s.group
	}
	return of
}

// unseated is the verdict on memberships that Central refuses.
func (r *runner) unseated(seats []seat, err error) verdict {
	switch {
	case fault.Is(err, "central.notFound"):
		for _, s := range seats {
			r.forget(s)
		}
		err = stale(codeMissing, "Central does not hold the group or the user any more", fault.Cause(err))
	case fault.Is(err, "central.conflict"):
		err = stale(codeManaged, "a directory service manages the group or the user in Central by now", fault.Cause(err))
	}
	v := judged(err)
	v.of = groupsOf(seats)
	return v
}

// readSeats tells which seats are as they should be by now.
func (r *runner) readSeats(ctx context.Context, by identity.Kind, seats []seat) (in, left []seat, err error) {
	look := func(ctx context.Context) (state, object, error) {
		for _, s := range seats {
			r.forget(s)
		}
		hub := seats[0].group
		if by == identity.KindUser {
			hub = seats[0].user
		}
		if _, err := r.list(ctx, by, hub); err != nil {
			return unsure, object{}, err
		}
		in, left = nil, nil
		for _, s := range seats {
			if sits, _ := r.sits(s); sits == s.wants() {
				in = append(in, s)
			} else {
				left = append(left, s)
			}
		}
		if len(left) > 0 {
			return absent, object{}, nil
		}
		return landed, object{}, nil
	}
	found, _, err := r.readBack(ctx, look)
	if found == unsure {
		return nil, seats, err
	}
	return in, left, nil
}
