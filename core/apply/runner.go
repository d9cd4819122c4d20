package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

const (
	// fresh is how long an answer of the directory and what was read of Central
	// may be relied on.
	fresh = 15 * time.Minute
	// grace is how long a write under way has when the run is stopped.
	grace = 10 * time.Second
	// sameErrors is how many changes in a row may fail alike.
	sameErrors = 10
	// skew is how far the clocks of Central and this machine may be apart.
	skew = 5 * time.Minute

	levelChange = slog.LevelInfo + 2
)

// runner is the state of one run.
type runner struct {
	Job
	run      Run
	places   map[string]int      // change -> place in run.Results
	begun    map[string]Underway // changes that were begun and about which nothing is known yet
	queue    []plan.Change       // approved, in order
	total    int                 // approved
	finished int                 // with a final outcome
	plans    map[string]plan.Change
	// creates names the change that makes an object.
	creates map[identity.GUID]string
	blocked map[string]bool // not to be tried by this process

	objects map[identity.Kind]map[string]sighting
	members map[string]roster // group -> its members
	groups  map[string]roster // user -> the groups that he is in
	mute    bool              // Central's objects say nothing of memberships
	answers map[string]answer // of the directory, by change
	resumed bool

	calls  int // Target.Calls() as far as accounted for
	beyond int // calls that no result accounts for, of earlier processes
	last   string
	streak int
}

func newRunner(j Job) (*runner, error) {
	if j.Now == nil || j.Target == nil || j.Ledger == nil || j.Journal == nil {
		return nil, fault.New("internal.job", "a run needs a clock, a target, a ledger and a journal")
	}
	if j.Log == nil {
		j.Log = slog.New(slog.DiscardHandler)
	}
	if len(j.ReadBack) == 0 {
		j.ReadBack = []time.Duration{0}
	}
	r := &runner{
		Job: j, places: map[string]int{}, begun: map[string]Underway{}, plans: map[string]plan.Change{},
		creates: map[identity.GUID]string{}, blocked: map[string]bool{},
		objects: map[identity.Kind]map[string]sighting{identity.KindUser: {}, identity.KindGroup: {}, identity.KindDevice: {}, identity.KindDeviceGroup: {}},
		members: map[string]roster{}, groups: map[string]roster{}, answers: map[string]answer{}, calls: j.Target.Calls(),
	}
	for _, list := range [][]plan.Change{j.Plan.Changes, j.Plan.Holds} {
		for _, c := range list {
			r.plans[c.ID] = c
			if c.Action == plan.Create {
				r.creates[c.Key()] = c.ID
			}
		}
	}
	r.queue = approved(j)
	r.total = len(r.queue)
	if len(j.Lines) > 0 {
		return r, r.recall()
	}
	r.run = newReplay(j.Header).run
	return r, nil
}

// approved lists what is to be carried out, holds that were lifted among it, in
// the order of the plan.
func approved(j Job) []plan.Change {
	var list []plan.Change
	for _, changes := range [][]plan.Change{j.Plan.Changes, j.Plan.Holds} {
		for _, c := range changes {
			if j.Approved[c.ID] {
				list = append(list, c)
			}
		}
	}
	return plan.Sequence(list)
}

// recall takes over what the journal says.
func (r *runner) recall() error {
	p, err := replayed(r.Lines)
	if err != nil {
		return err
	}
	r.Header, r.run, r.places, r.beyond = p.header, p.document(false), p.places, p.beyond
	for _, u := range p.underway() {
		r.begun[u.Change] = u
	}
	for _, res := range r.run.Results {
		if res.Outcome.final() {
			r.finished++
		}
	}
	return nil
}

// resume journals that the run goes on.
func (r *runner) resume() error {
	r.resumed = true
	r.run.Outcome, r.run.Error, r.run.FinishedAt = Running, nil, time.Time{}
	return r.keep(resumed{At: r.Now()})
}

// all tries every approved change that has no final outcome. The error says why
// it ended before that.
func (r *runner) all(ctx context.Context) error {
	open := r.queue[:0:0]
	for _, c := range r.queue {
		if o, ok := r.outcome(c.ID); (!ok || !o.final()) && !r.blocked[c.ID] {
			open = append(open, c)
		}
	}
	batches := plan.Batches(open)
	r.queue = open[:0:0]
	for _, b := range batches {
		r.queue = append(r.queue, b.Changes...)
	}
	r.progress()
	at := 0
	for _, b := range batches {
		if err := ctx.Err(); err != nil {
			return stop(err)
		}
		var err error
		switch {
		case b.Changes[0].Kind == identity.KindDevice:
			err = r.placements(ctx, at, b.Changes)
		case b.Changes[0].Group != nil:
			err = r.memberships(ctx, at, b)
		default:
			err = r.end(r.single(ctx, at), b.Changes[0])
		}
		if err != nil {
			return err
		}
		at += len(b.Changes)
	}
	return nil
}

func (r *runner) progress() {
	if r.Progress != nil {
		r.Progress(r.finished, r.total)
	}
}

// outcome is what came of a change so far.
func (r *runner) outcome(id string) (Outcome, bool) {
	if i, ok := r.places[id]; ok {
		return r.run.Results[i].Outcome, true
	}
	o, ok := r.Ended[id]
	return o, ok
}

// verdict is what came of a change, or of several that share a call.
type verdict struct {
	outcome   Outcome
	centralID string
	// of names the object of each change where the call was about several.
	of  map[string]string
	err error
}

// object is the Central id of what a change was about.
func (v verdict) object(c plan.Change) string { return cmp.Or(v.of[c.ID], v.centralID) }

// end journals the verdict on changes. The error, where there is one, ends the
// run: a stop has no verdict and leaves no result.
func (r *runner) end(v verdict, changes ...plan.Change) error {
	if s, ok := errors.AsType[*stopError](v.err); ok {
		return s
	}
	spent := r.Target.Calls() - r.calls
	r.calls += spent
	for _, c := range changes {
		res := Result{Change: c.ID, Outcome: v.outcome, Calls: spent, Error: problem(v.err), CentralID: v.object(c), At: r.Now().UTC()}
		spent = 0
		if err := r.keep(res); err != nil {
			return err
		}
		r.enter(res)
		r.Log.Log(context.Background(), levelChange, "change", "change", c.ID, "action", c.Action, "kind", c.Kind,
			"name", c.Name, "outcome", v.outcome, "centralId", res.CentralID, "error", fault.Code(v.err))
	}
	r.progress()
	return r.judge(v)
}

// enter keeps a result in the document.
func (r *runner) enter(res Result) {
	if res.Outcome != Unknown {
		delete(r.begun, res.Change)
	}
	if res.Outcome.final() {
		r.finished++
	}
	i, again := r.places[res.Change]
	if !again {
		r.places[res.Change] = len(r.run.Results)
		r.run.Results = append(r.run.Results, res)
		return
	}
	res.Calls += r.run.Results[i].Calls
	r.run.Results[i] = res
}

// judge decides whether to go on after a verdict.
func (r *runner) judge(v verdict) error {
	if v.outcome == Done || v.outcome == Already {
		r.streak = 0
		return nil
	}
	if v.outcome != Failed && v.outcome != Unknown {
		return nil
	}
	if fatal(v.err) {
		return stop(v.err)
	}
	code := problem(v.err).Code
	if code != r.last {
		r.last, r.streak = code, 0
	}
	if r.streak++; r.streak < sameErrors {
		return nil
	}
	return stop(fault.New(code, fmt.Sprintf("%d changes in a row met the same error, the last: %v", sameErrors, v.err),
		fault.Hint("find the cause, then go on with: adsync run resume "+r.run.ID)))
}

// finish journals the end and returns the document.
func (r *runner) finish(ctx context.Context, err error) Run {
	if _, unwritten := errors.AsType[*journalError](err); err != nil && ctx.Err() != nil && !unwritten && !fatal(err) {
		err = ctx.Err()
	}
	e := end{At: r.Now().UTC(), Calls: r.Target.Calls() - r.calls}
	r.run.Summary = summarise(r.run.Results, r.beyond+e.Calls)
	r.run.FinishedAt, r.run.Error = e.At, nil
	if err == nil {
		r.run.Outcome = ending(r.run.Summary)
	} else {
		r.run.Outcome, r.run.Error = Interrupted, problem(err)
	}
	e.Outcome, e.Error = r.run.Outcome, r.run.Error
	if _, ok := errors.AsType[*journalError](err); ok {
		return r.run
	}
	if err := r.keep(e); err != nil {
		r.run.Outcome, r.run.Error = Interrupted, problem(err)
	}
	r.Log.InfoContext(ctx, "run ended", "runId", r.run.ID, "outcome", r.run.Outcome, "calls", r.run.Summary.Calls)
	return r.run
}
