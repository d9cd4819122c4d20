package apply

import (
	"context"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// write is one object's write, and how to find out what became of it.
type write struct {
	change plan.Change
	// send writes; again says that it is not the first attempt.
	send func(ctx context.Context, again bool) (object, error)
	look func(context.Context) (state, object, error)
	// repeatable says that the write may be sent once more when it is provably
	// not there.
	repeatable bool
	done       func(object)
}

// carryOut journals, writes, and, where no clear answer came, reads back.
func (r *runner) carryOut(ctx context.Context, w write) verdict {
	c := w.change
	for attempt := 0; ; attempt++ {
		// An earlier attempt may have landed after all.
		_, again := r.begun[c.ID]
		if err := r.begin(c); err != nil {
			return judged(stop(err))
		}
		o, err := r.send(ctx, w, again)
		if err == nil {
			return r.landed(ctx, w, o)
		}
		suspect := again && c.Action == plan.Create
		mine := suspect && fault.Is(err, "central.conflict")
		switch {
		case stopped(err):
			return judged(err)
		case suspect && refused(err) && (fatal(err) || interrupted(err) || fault.Is(err, "central.forbidden")):
			return verdict{outcome: Unknown, err: err}
		case refused(err) && !mine:
			return r.refusal(ctx, w, err)
		}
		found, o, lookErr := r.readBack(ctx, w.look)
		switch {
		case stopped(lookErr):
			return judged(lookErr)
		case found == landed:
			return r.landed(ctx, w, o)
		case found == different:
			return r.differs(c, lookErr, err)
		case lookErr != nil && fatal(lookErr):
			return verdict{outcome: Unknown, err: lookErr}
		case found == absent && w.repeatable && !mine && attempt == 0 && ctx.Err() == nil:
			continue
		}
		return verdict{outcome: Unknown, err: err}
	}
}

// begin journals that changes are about to be written.
func (r *runner) begin(changes ...plan.Change) error {
	b := begin{At: r.Now().UTC()}
	for _, c := range changes {
		b.Changes = append(b.Changes, c.ID)
	}
	if err := r.keep(b); err != nil {
		return err
	}
	for _, c := range changes {
		s, again := r.begun[c.ID]
		if !again {
			s = Underway{Change: c.ID, First: b.At}
		}
		s.Last = b.At
		r.begun[c.ID] = s
	}
	return nil
}

func (r *runner) send(ctx context.Context, w write, again bool) (object, error) {
	held, release := steady(ctx)
	defer release()
	return w.send(held, again)
}

// steady is a context that outlives the end of ctx for the time of grace: what
// is under way is brought to an end, or at least read back.
func steady(ctx context.Context) (context.Context, context.CancelFunc) {
	held, release := context.WithCancel(context.WithoutCancel(ctx))
	unhook := context.AfterFunc(ctx, func() {
		t := time.NewTimer(grace)
		defer t.Stop()
		select {
		case <-t.C:
			release()
		case <-held.Done():
		}
	})
	return held, func() { unhook(); release() }
}

// landed enters a successful write in the ledger. Where that fails the change
// gets no result: run resume reads it back and enters it.
func (r *runner) landed(ctx context.Context, w write, o object) verdict {
	c := w.change
	if err := r.record(context.WithoutCancel(ctx), c, o); err != nil {
		return judged(stop(err))
	}
	if w.done != nil {
		w.done(o)
	}
	return verdict{outcome: Done, centralID: o.ID}
}

// refusal is the verdict on a write that Central refused.
func (r *runner) refusal(ctx context.Context, w write, err error) verdict {
	c := w.change
	switch missing, conflict := fault.Is(err, "central.notFound"), fault.Is(err, "central.conflict"); {
	case c.Action == plan.Create && conflict:
		err = stale(codeExists, "Central holds such an object by now", fault.Cause(err))
	case c.Action == plan.Update && (fault.Is(err, "central.conflict.email") || fault.Is(err, "central.conflict.name")):
		err = stale(codeExists, "another object of Central has such a value by now", fault.Cause(err))
	case c.Action == plan.Update && missing:
		delete(r.objects[c.Kind], c.CentralID)
		err = stale(codeMissing, "Central does not hold it any more", fault.Cause(err))
	case c.Action == plan.Remove && missing:
		v := r.landed(ctx, w, object{ID: c.CentralID})
		if v.outcome == Done {
			v.outcome = Already
		}
		return v
	case c.Action == plan.Remove && conflict && c.Kind != identity.KindUser:
		delete(r.members, c.CentralID)
		err = stale(codeForeign, "Central does not remove the group: somebody was added to it, or it is managed", fault.Cause(err))
	}
	return judged(err)
}

// differs is the verdict on a write that was read back and is not what was sent.
func (r *runner) differs(c plan.Change, why, err error) verdict {
	delete(r.objects[c.Kind], c.CentralID)
	if !fault.Is(why, "stale") {
		why = stale(codeExists, "read back after an unclear answer, and not what was sent", fault.Cause(err))
	}
	return judged(why)
}
