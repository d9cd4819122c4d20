package apply

import (
	"context"
	"fmt"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// askAhead is how many changes that may wait for an answer share a question.
const askAhead = 500

// answer is what the directory said about a change, and when.
type answer struct {
	why string // "" where it is still wanted
	err error
	at  time.Time
}

// leaving reports whether the directory is asked about a change whatever the age
// of the plan.
func leaving(c plan.Change) bool { return c.Action == plan.Remove || c.Action == plan.Adopt }

// wanted asks the directory, where it has to be asked, whether the change at this
// place of the queue is still wanted.
func (r *runner) wanted(ctx context.Context, at int) error {
	c := r.queue[at]
	a, asked := r.answers[c.ID]
	if asked && r.Now().Sub(a.at) > fresh {
		asked = false
	}
	if !asked {
		if !leaving(c) && !r.resumed && r.Now().Sub(r.Plan.CreatedAt) <= fresh {
			return nil
		}
		r.ask(ctx, r.unasked(at))
		if ctx.Err() != nil {
			return stop(ctx.Err())
		}
		a = r.answers[c.ID]
	}
	if a.err != nil {
		return a.err
	}
	if a.why != "" {
		return stale(codeUnwanted, a.why)
	}
	return nil
}

// unasked lists the changes that are asked about together with the one at this
// place: all that take something away, or the next of the others.
func (r *runner) unasked(at int) []plan.Change {
	var list []plan.Change
	first := r.queue[at]
	for _, c := range r.queue[at:] {
		a, asked := r.answers[c.ID]
		if leaving(c) != leaving(first) || (asked && r.Now().Sub(a.at) <= fresh) {
			continue
		}
		if list = append(list, c); !leaving(c) && len(list) == askAhead {
			break
		}
	}
	return list
}

func (r *runner) ask(ctx context.Context, changes []plan.Change) {
	if r.Source == nil {
		r.note(changes, nil, fault.New("directory.unasked", "the directory cannot be asked whether this is still wanted"))
		return
	}
	said, err := r.Source.Ask(ctx, changes)
	if err != nil && !fault.Is(err, "directory") {
		err = fault.New("directory.unreachable", "the directory could not be asked whether this is still wanted", fault.Cause(err))
	}
	r.note(changes, said, err)
}

func (r *runner) note(changes []plan.Change, said map[string]string, err error) {
	for _, c := range changes {
		a := answer{err: err, at: r.Now()}
		if err == nil {
			why, ok := said[c.ID]
			if a.why = why; !ok {
				a.err = fault.New("directory.unanswered", "the directory did not say whether this is still wanted")
			}
		}
		r.answers[c.ID] = a
	}
}

// needs checks that what the change depends on was carried out.
func (r *runner) needs(c plan.Change) error {
	for _, id := range c.Needs {
		if err := r.need(id); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) need(id string) error {
	name := id
	if c, ok := r.plans[id]; ok {
		name = fmt.Sprintf("%s (%s of %s %s)", id, c.Action, c.Kind, c.Name)
	}
	o, ok := r.outcome(id)
	switch {
	case o == Done || o == Already:
		return nil
	case o == Stale:
		// Final there, so final here: it could wait for ever.
		return stale(codeStaleNeed, "it needs the change "+name+", which ended stale")
	case ok || r.Approved[id]:
		return fault.New(codeNeeds, "it needs the change "+name+", which was not carried out")
	}
	return fault.New(codeApproval, "it needs the change "+name+", which is not approved")
}

// codeStaleNeed is what a change ends with whose need ended stale.
const codeStaleNeed = "stale.needs"

// linked returns the Central id that the ledger holds for an object; where the
// plan names one it must be that.
func (r *runner) linked(ctx context.Context, object identity.GUID, planned string) (identity.Link, error) {
	if create, here := r.creates[object]; here && planned == "" {
		if err := r.need(create); err != nil {
			return identity.Link{}, err
		}
	}
	l, ok, err := r.Ledger.Link(ctx, object)
	switch {
	case err != nil:
		return l, stop(err)
	case ok && (planned == "" || planned == l.CentralID):
		return l, nil
	case ok:
		return l, stale(codeUnlinked, "the ledger holds another object of Central for it by now: "+l.CentralID)
	}
	return l, stale(codeUnlinked, "the ledger does not hold it any more, so it is not ours")
}
