package apply

import (
	"context"
	"fmt"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// state is how an object of Central stands to a change.
type state int

const (
	unsure    state = iota // could not be found out
	absent                 // as before the change
	landed                 // as after it
	different              // neither; the error says how
)

// compared tells how an object, nil where there is none, stands to an update or a
// removal.
func (r *runner) compared(c plan.Change, o *object) (state, error) {
	remove := c.Action == plan.Remove
	switch {
	case o == nil && remove:
		return landed, nil
	case o == nil:
		return different, stale(codeMissing, "Central does not hold it any more")
	case o.Source != identity.SourceCustom:
		return different, stale(codeManaged, fmt.Sprintf("Central says that %s manages it by now", o.Source))
	case remove && o.Fields == c.Before.Fields(), !remove && holds(o.Fields, c.After, c.Before):
		return absent, nil
	case !remove && holds(o.Fields, c.After, c.After):
		return landed, nil
	}
	return different, stale(codeChanged, "its values in Central are not those that the plan saw")
}

// lookAgain looks at what became of an update or a removal.
func (r *runner) lookAgain(c plan.Change) func(context.Context) (state, object, error) {
	return func(ctx context.Context) (state, object, error) {
		o, err := r.look(ctx, c.Kind, c.CentralID)
		if err != nil {
			return unsure, object{}, err
		}
		s, err := r.compared(c, o)
		if o == nil {
			o = &object{ID: c.CentralID}
		}
		return s, *o, err
	}
}

// lookForCreated looks whether a create was carried out: for an object with what
// was sent, that was not there before, and that stands for nobody else.
func (r *runner) lookForCreated(c plan.Change) func(context.Context) (state, object, error) {
	return func(ctx context.Context) (state, object, error) {
		o, err := r.find(ctx, c)
		switch {
		case err != nil:
			return unsure, object{}, err
		case o == nil:
			return absent, object{}, nil
		}
		owner, owned, err := r.Ledger.Owner(ctx, o.ID)
		if err != nil {
			return unsure, object{}, stop(err)
		}
		why := ""
		switch {
		case owned && owner != c.Key():
			why = "an object that stands for somebody else has these values"
		case !o.CreatedAt.IsZero() && o.CreatedAt.Before(r.begun[c.ID].First.Add(-skew)):
			why = "an object that was there before has these values"
		case o.Source != identity.SourceCustom, o.Fields != c.After.Fields(), o.Type != c.Type:
			why = "what was found is not what was sent"
		}
		if why != "" {
			return different, *o, stale(codeExists, why+": "+o.ID)
		}
		return landed, *o, nil
	}
}

// find looks for what a create would have made by what is unique of it.
func (r *runner) find(ctx context.Context, c plan.Change) (*object, error) {
	f := c.After.Fields()
	switch c.Kind {
	case identity.KindGroup:
		g, err := r.Target.FindGroup(ctx, f.Name)
		if err != nil || g == nil {
			return nil, err
		}
		o := ofGroup(*g)
		return &o, nil
	case identity.KindDeviceGroup:
		g, err := r.Target.FindEndpointGroup(ctx, f.Name)
		if err != nil || g == nil {
			return nil, err
		}
		o := ofEndpointGroup(*g)
		return &o, nil
	case identity.KindUser, identity.KindDevice:
	}
	login := f.ExchangeLogin
	if f.Email != "" {
		login = ""
	} else if login == "" {
		return nil, fault.New("central.unclear", "it has neither an address nor a login to look for")
	}
	u, err := r.Target.FindUser(ctx, f.Email, login)
	if err != nil || u == nil {
		return nil, err
	}
	o := ofUser(*u)
	return &o, nil
}

// readBack looks after each wait until something is to be seen of the write.
// Absent is the answer of the last look only: lists lag.
func (r *runner) readBack(ctx context.Context, look func(context.Context) (state, object, error)) (state, object, error) {
	held, release := steady(ctx)
	defer release()
	found, o, err := unsure, object{}, error(nil)
	for _, wait := range r.ReadBack {
		if err := sleep(held, wait); err != nil {
			return unsure, object{}, err
		}
		if found, o, err = look(held); found == landed || found == different || (err != nil && fatal(err)) {
			break
		}
	}
	return found, o, err
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
