package apply

import (
	"context"
	"slices"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// settle reads back what was under way. With retry, what is provably not there
// is left to be tried again; otherwise that is its result.
func (r *runner) settle(ctx context.Context, retry bool) error {
	var open []plan.Change
	for id := range r.begun {
		if c, ok := r.plans[id]; ok {
			open = append(open, c)
		}
	}
	slices.SortFunc(open, func(a, b plan.Change) int {
		return r.begun[a.ID].First.Compare(r.begun[b.ID].First)
	})
	for _, c := range open {
		if err := ctx.Err(); err != nil {
			return stop(err)
		}
		if err := r.settleOne(ctx, c, retry); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) settleOne(ctx context.Context, c plan.Change, retry bool) error {
	found, o, err := r.became(ctx, c)
	switch {
	case stopped(err):
		return err
	case found == landed:
		return r.end(r.landed(ctx, write{change: c}, o), c)
	case found == different:
		return r.end(r.differs(c, err, nil), c)
	case found == unsure || r.tooEarly(c, retry):
		if err != nil && (fatal(err) || ctx.Err() != nil) {
			return stop(err)
		}
		return r.stillUnknown(c, err)
	case retry:
		return nil
	}
	return r.end(verdict{outcome: Skipped, err: fault.New("interrupted", "it was under way when the run ended, and was not carried out")}, c)
}

// became finds out what became of a change that was under way.
func (r *runner) became(ctx context.Context, c plan.Change) (state, object, error) {
	switch {
	case c.Kind == identity.KindDevice:
		return r.placeBecame(ctx, c)
	case c.Group != nil:
		return r.seatBecame(ctx, c)
	}
	if c.Action != plan.Create {
		return r.lookAgain(c)(ctx)
	}
	l, linked, err := r.Ledger.Link(ctx, c.Key())
	if err != nil {
		return unsure, object{}, stop(err)
	}
	if linked && l.Run == r.run.ID {
		// Entered before the run could journal it.
		o, err := r.look(ctx, c.Kind, l.CentralID)
		if err == nil && o != nil {
			return landed, *o, nil
		}
		if err != nil {
			return unsure, object{}, err
		}
	}
	return r.lookForCreated(c)(ctx)
}

// seatBecame does so for a membership. Whose group or user cannot be told any
// more is left to the ordinary way, which says why.
func (r *runner) seatBecame(ctx context.Context, c plan.Change) (state, object, error) {
	g, err := r.linked(ctx, c.Group.ObjectGUID, c.GroupCentralID)
	if err != nil {
		return untold(err)
	}
	u, err := r.linked(ctx, c.ObjectGUID, c.CentralID)
	if err != nil {
		return untold(err)
	}
	members, err := r.membersOf(ctx, g.CentralID)
	switch {
	case fault.Is(err, "stale"):
		return different, object{}, err
	case err != nil:
		return unsure, object{}, err
	case members[u.CentralID] == (c.Action == plan.MembershipAdd):
		return landed, object{ID: g.CentralID}, nil
	}
	return absent, object{}, nil
}

func untold(err error) (state, object, error) {
	if stopped(err) {
		return unsure, object{}, err
	}
	return absent, object{}, nil
}

// tooEarly reports that not finding what was created proves nothing yet: lists
// lag. Where a second one would be refused, it may be tried all the same.
func (r *runner) tooEarly(c plan.Change, retry bool) bool {
	unique := c.Kind != identity.KindUser || c.After.Fields().Email != ""
	if c.Action != plan.Create || retry && unique {
		return false
	}
	return r.Now().Sub(r.begun[c.ID].Last) < fresh
}

// stillUnknown journals that a change stays unknown, once.
func (r *runner) stillUnknown(c plan.Change, err error) error {
	r.blocked[c.ID] = true
	if o, ok := r.outcome(c.ID); ok && o == Unknown {
		return nil
	}
	if err == nil {
		err = fault.New("central.unclear", "it cannot be found, but it was sent too short a time ago for that to mean that it is not there")
	}
	return r.end(verdict{outcome: Unknown, err: err}, c)
}
