package tenant

import (
	"context"
	"slices"
	"time"
)

// Rule makes calls go wrong. Of several rules that fit a call the oldest that is
// not used up strikes, and no other.
type Rule struct {
	Method string // "" fits every method
	Route  string // one of the routes, "" fits every route
	After  int    // how many calls that fit pass unharmed first
	Times  int    // how many calls are struck then, 0: all

	// Status is sent in place of the reply. Without Effect the call is not
	// carried out.
	Status     int
	Body       string // the body of the reply, "": an error body that fits Status
	RetryAfter string // the header of that name, as it is
	// Effect carries the call out first; only its reply is another.
	Effect bool
	// CutBefore closes the connection and the call is not carried out, CutAfter
	// closes it once it is: the answer is lost, the change is there.
	CutBefore, CutAfter bool
	// Delay is waited before the call is carried out, with Effect or CutAfter
	// after it. A caller that leaves meanwhile does not stop it.
	Delay time.Duration
}

// Fault adds a rule.
func (t *Tenant) Fault(r Rule) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = append(t.faults, &trouble{rule: r})
}

// ClearFaults takes all rules away.
func (t *Tenant) ClearFaults() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.faults = nil
}

// trouble is a rule with how often it has fitted.
type trouble struct {
	rule Rule
	seen int
}

// strike finds the rule that a call falls under, nil for none.
func (t *Tenant) strike(e *exchange) *trouble {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.IndexFunc(t.faults, func(f *trouble) bool { return f.fits(e.call) })
	if i < 0 {
		return nil
	}
	e.call.Faulted = true
	return t.faults[i]
}

func (f *trouble) fits(c *Call) bool {
	r := f.rule
	if r.Method != "" && r.Method != c.Method || r.Route != "" && r.Route != c.Route {
		return false
	}
	f.seen++
	return f.seen > r.After && (r.Times == 0 || f.seen <= r.After+r.Times)
}

// late reports that the call is carried out before the fault shows.
func (f *trouble) late() bool {
	r := f.rule
	return r.Effect || r.CutAfter || r.Status == 0 && r.Body != "" && !r.CutBefore
}

func (f *trouble) wait(ctx context.Context) {
	if f.rule.Delay <= 0 {
		return
	}
	timer := time.NewTimer(f.rule.Delay)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// reply is what the rule makes of a reply; one without status is none.
func (f *trouble) reply(a reply) reply {
	r := f.rule
	if r.CutBefore || r.CutAfter {
		return reply{cut: true}
	}
	if r.Status != 0 {
		a = refusal(r.Status, "the fault rules say so")
	}
	if r.Body != "" {
		a.body = rawBody(r.Body)
	}
	if r.RetryAfter != "" {
		a = a.with("Retry-After", r.RetryAfter)
	}
	return a
}
