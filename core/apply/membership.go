package apply

import (
	"context"

	"adsync/core/fault"
	"adsync/core/plan"
)

// seat is a membership change with the user's Central id.
type seat struct {
	change plan.Change
	user   string
}

func changesOf(seats []seat) []plan.Change {
	list := make([]plan.Change, len(seats))
	for i, s := range seats {
		list[i] = s.change
	}
	return list
}

// memberships carries out changes of one action and one group, which begin at
// this place of the queue.
func (r *runner) memberships(ctx context.Context, at int, batch []plan.Change) error {
	var group string
	var open []seat
	for i, c := range batch {
		g, u, err := r.pair(ctx, at+i, c)
		if err != nil {
			if err := r.end(judged(err), c); err != nil {
				return err
			}
			continue
		}
		group, open = g, append(open, seat{c, u})
	}
	if len(open) == 0 {
		return nil
	}
	members, err := r.roster(ctx, group)
	if err != nil {
		return r.end(judged(err), changesOf(open)...)
	}
	var rest, same []seat
	for _, s := range open {
		if members[s.user] == (s.change.Action == plan.MembershipAdd) {
			same = append(same, s)
		} else {
			rest = append(rest, s)
		}
	}
	if len(same) > 0 {
		if err := r.entered(ctx, group, Already, same); err != nil {
			return err
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return r.transfer(ctx, group, rest)
}

// pair checks a membership change and returns the ids of its group and user.
func (r *runner) pair(ctx context.Context, at int, c plan.Change) (group, user string, err error) {
	if err := r.needs(c); err != nil {
		return "", "", err
	}
	if err := r.wanted(ctx, at); err != nil {
		return "", "", err
	}
	g, err := r.linked(ctx, c.Group.ObjectGUID, c.GroupCentralID)
	if err != nil {
		return "", "", err
	}
	u, err := r.linked(ctx, c.ObjectGUID, c.CentralID)
	return g.CentralID, u.CentralID, err
}

// transfer sends one call for all seats. Where Central refuses the call the
// halves are tried by themselves, down to those that it refuses one by one.
func (r *runner) transfer(ctx context.Context, group string, seats []seat) error {
	for attempt := 0; ; attempt++ {
		if err := r.begin(changesOf(seats)...); err != nil {
			return err
		}
		err := r.move(ctx, group, seats)
		if err == nil {
			return r.moved(ctx, group, seats)
		}
		if refused(err) && len(seats) > 1 && !fatal(err) && !fault.Is(err, "central.forbidden") && ctx.Err() == nil {
			half := len(seats) / 2
			if err := r.transfer(ctx, group, seats[:half]); err != nil {
				return err
			}
			return r.transfer(ctx, group, seats[half:])
		}
		if refused(err) {
			return r.end(r.unseated(group, err), changesOf(seats)...)
		}
		in, left, lookErr := r.readSeats(ctx, group, seats)
		if len(in) > 0 {
			if err := r.moved(ctx, group, in); err != nil {
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
			return r.end(verdict{outcome: Unknown, centralID: group, err: lookErr}, changesOf(seats)...)
		}
	}
}

// move makes the call.
func (r *runner) move(ctx context.Context, group string, seats []seat) error {
	held, release := steady(ctx)
	defer release()
	ids := make([]string, len(seats))
	for i, s := range seats {
		ids[i] = s.user
	}
	if seats[0].change.Action == plan.MembershipAdd {
		return r.Target.AddMembers(held, group, ids)
	}
	return r.Target.RemoveMembers(held, group, ids)
}

// moved enters that the seats are as they should be.
func (r *runner) moved(ctx context.Context, group string, seats []seat) error {
	for _, s := range seats {
		if s.change.Action == plan.MembershipAdd {
			r.joined([]string{group}, s.user)
		} else if m, known := r.members[group]; known {
			delete(m.ids, s.user)
		}
	}
	return r.entered(ctx, group, Done, seats)
}

// entered records seats in the ledger and ends their changes. Where the ledger
// fails they get no result: run resume reads them back and enters them.
func (r *runner) entered(ctx context.Context, group string, o Outcome, seats []seat) error {
	changes := changesOf(seats)
	if err := r.seated(context.WithoutCancel(ctx), changes...); err != nil {
		return stop(err)
	}
	return r.end(verdict{outcome: o, centralID: group}, changes...)
}

// unseated is the verdict on memberships that Central refuses.
func (r *runner) unseated(group string, err error) verdict {
	switch {
	case fault.Is(err, "central.notFound"):
		delete(r.members, group)
		err = stale(codeMissing, "Central does not hold the group or the user any more", fault.Cause(err))
	case fault.Is(err, "central.conflict"):
		err = stale(codeManaged, "a directory service manages the group or the user in Central by now", fault.Cause(err))
	}
	v := judged(err)
	v.centralID = group
	return v
}

// readSeats tells which seats are as they should be by now.
func (r *runner) readSeats(ctx context.Context, group string, seats []seat) (in, left []seat, err error) {
	look := func(ctx context.Context) (state, object, error) {
		members, err := r.list(ctx, group)
		if err != nil {
			return unsure, object{}, err
		}
		in, left = nil, nil
		for _, s := range seats {
			if members[s.user] == (s.change.Action == plan.MembershipAdd) {
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
