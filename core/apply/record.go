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
		return nil
	case c.Action == plan.Remove:
		return r.Ledger.Delete(ctx, c.ObjectGUID)
	}
	l, known, err := r.Ledger.Link(ctx, c.ObjectGUID)
	if err != nil {
		return err
	}
	if c.Action == plan.Create {
		l.GUID, l.Kind, l.CentralID, l.Origin = c.ObjectGUID, c.Kind, o.ID, identity.Created
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
	return r.Ledger.Put(ctx, l)
}
