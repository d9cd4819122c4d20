package apply

import (
	"context"

	"adsync/core/identity"
	"adsync/core/plan"
)

// record brings the ledger up to date with a change that was carried out.
func (r *runner) record(ctx context.Context, c plan.Change, o object) error {
	switch {
	case c.Group != nil:
		return r.seated(ctx, c)
	case c.Action == plan.Remove:
		return r.Ledger.Delete(ctx, c.Key())
	}
	l, known, err := r.Ledger.Link(ctx, c.Key())
	if err != nil {
		return err
	}
	if c.Action == plan.Create {
		l.GUID, l.Type, l.Kind, l.CentralID, l.Origin = c.ObjectGUID, c.Type, c.Kind, o.ID, identity.Created
		l.Since, l.Run = r.Now().UTC(), r.run.ID
		l.Sent, l.Answered = identity.Fields{}, identity.Fields{}
		if seen := c.Object; seen != nil {
			l.DN, l.SID, l.Account, l.Bases, l.Critical = seen.DN, seen.SID, seen.Account, seen.Bases, seen.Critical
		}
	} else if !known || l.CentralID != o.ID {
		return nil // released meanwhile, and nobody's now
	}
	l.Domain, l.Name = c.Domain, c.Name
	wrote := c.After.Fields()
	if wrote.Email != "" {
		l.Mail = wrote.Email
	}
	sent(&l, wrote, o.Fields)
	if err := r.Ledger.Put(ctx, l); err != nil || c.Action != plan.Create {
		return err
	}
	for _, g := range c.MemberOf {
		if err := r.Ledger.Join(ctx, g.ObjectGUID, c.ObjectGUID); err != nil {
			return err
		}
	}
	return nil
}

// seated records that membership changes of one action stand in Central as they
// should.
func (r *runner) seated(ctx context.Context, changes ...plan.Change) error {
	if changes[0].Kind == identity.KindDevice {
		for _, c := range changes {
			if err := r.seatedDevice(ctx, c); err != nil {
				return err
			}
		}
		return nil
	}
	var groups []identity.GUID
	users := map[identity.GUID][]identity.GUID{}
	for _, c := range changes {
		g := c.Group.ObjectGUID
		if users[g] == nil {
			groups = append(groups, g)
		}
		users[g] = append(users[g], c.ObjectGUID)
	}
	enter := r.Ledger.Leave
	if changes[0].Action == plan.MembershipAdd {
		enter = r.Ledger.Join
	}
	for _, g := range groups {
		if err := enter(ctx, g, users[g]...); err != nil {
			return err
		}
	}
	return nil
}

// vacated records that users, by their Central ids, were taken out of a group
// that is to be removed.
func (r *runner) vacated(ctx context.Context, group identity.GUID, ids []string) error {
	var users []identity.GUID
	for _, id := range ids {
		user, ours, err := r.Ledger.Owner(ctx, id)
		if err != nil {
			return stop(err)
		}
		if ours {
			users = append(users, user)
		}
	}
	if len(users) == 0 {
		return nil
	}
	if err := r.Ledger.Leave(context.WithoutCancel(ctx), group, users...); err != nil {
		return stop(err)
	}
	return nil
}
