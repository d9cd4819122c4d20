package tenant

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
)

// Rule makes calls go wrong. Of several rules that fit a call the oldest that is
// not used up strikes, and no other.
type Rule struct {
	Method string `json:"method,omitempty"` // "" fits every method
	Route  string `json:"route,omitempty"`  // one of the routes, "" fits every route
	After  int    `json:"after,omitempty"`  // how many calls that fit pass unharmed first
	Times  int    `json:"times,omitempty"`  // how many calls are struck then, 0: all
	// Odds is how likely a call that fits is struck, 0: it is. The same Seed
	// chooses the same calls.
	Odds float64 `json:"odds,omitempty"`
	Seed uint64  `json:"seed,omitempty"`

	// Status is sent in place of the reply. Without Effect the call is not
	// carried out.
	Status     int    `json:"status,omitempty"`
	Body       string `json:"body,omitempty"`       // the body of the reply, "": an error body that fits Status
	RetryAfter string `json:"retryAfter,omitempty"` // the header of that name, as it is
	// Effect carries the call out first; only its reply is another.
	Effect bool `json:"effect,omitempty"`
	// CutBefore closes the connection and the call is not carried out, CutAfter
	// closes it once it is: the answer is lost, the change is there.
	CutBefore bool `json:"cutBefore,omitempty"`
	CutAfter  bool `json:"cutAfter,omitempty"`
	// Damage spoils the reply of a call that was carried out.
	Damage Damage `json:"damage,omitempty"`
	// Delay is waited before the call is carried out, with Effect, CutAfter or
	// Damage after it. A caller that leaves meanwhile does not stop it.
	Delay time.Duration `json:"-"` // as text in JSON: "1m30s"
}

// Strike is a rule that was added, and what it has done so far.
type Strike struct {
	ID     int  `json:"id"`
	Fitted int  `json:"fitted"` // calls that the rule fits
	Struck int  `json:"struck"`
	Rule   Rule `json:"rule"`
}

// wireRule is a rule as it is written: its delay is a text.
type wireRule struct {
	plainRule
	Delay string `json:"delay,omitempty"`
}

type plainRule Rule

// MarshalJSON implements json.Marshaler.
func (r Rule) MarshalJSON() ([]byte, error) {
	w := wireRule{plainRule: plainRule(r)}
	if r.Delay != 0 {
		w.Delay = r.Delay.String()
	}
	return json.Marshal(w)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Rule) UnmarshalJSON(data []byte) error {
	var w wireRule
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	*r = Rule(w.plainRule)
	if w.Delay == "" {
		return nil
	}
	var err error
	r.Delay, err = time.ParseDuration(w.Delay)
	return err
}

// Check says what is wrong with a rule that somebody made up: one that fits no
// call, does nothing, or contradicts itself.
func (r Rule) Check() error {
	wrong := func(format string, args ...any) error {
		return fault.New("usage.sandbox.fault", fmt.Sprintf(format, args...),
			fault.Hint("what a rule can do: adsync sandbox fault add --help"))
	}
	if known := paths(); r.Route != "" && !slices.Contains(known, r.Route) {
		return fault.New("usage.sandbox.fault", fmt.Sprintf("there is no route %q", r.Route),
			fault.Hint("the routes: "+strings.Join(known, ", ")))
	}
	fits := func(o route) bool {
		return (r.Route == "" || o.path == r.Route) && (r.Method == "" || o.method == r.Method)
	}
	ways := 0
	for _, way := range []bool{r.Status != 0 || r.Body != "", r.CutBefore, r.CutAfter, r.Damage != ""} {
		if way {
			ways++
		}
	}
	switch {
	case !slices.ContainsFunc(routes, fits):
		return wrong("no call is %s %s", r.Method, r.Route)
	case r.After < 0 || r.Times < 0 || r.Delay < 0:
		return wrong("a number is below zero")
	case r.Odds < 0 || r.Odds > 1:
		return wrong("the odds %v are not between 0 and 1", r.Odds)
	case r.Status != 0 && (r.Status < http.StatusOK || r.Status > 599):
		return wrong("%d is no status of a reply", r.Status)
	case r.Damage != "" && !slices.Contains(damageNames(), string(r.Damage)):
		return fault.New("usage.sandbox.fault", fmt.Sprintf("there is no damage %q", r.Damage),
			fault.Hint("the kinds: "+strings.Join(damageNames(), ", ")))
	case ways > 1:
		return wrong("a rule sends another reply, cuts the connection or damages the reply: one of them")
	case ways == 0 && r.Delay == 0:
		return wrong("the rule does nothing")
	case r.Status == 0 && (r.Effect || r.RetryAfter != ""):
		return wrong("effect and Retry-After go with a status")
	}
	return nil
}

// Fault adds a rule and returns its number.
func (t *Tenant) Fault(r Rule) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rules++
	t.faults = append(t.faults, &trouble{
		Strike: Strike{ID: t.rules, Rule: r},
		chance: rand.New(rand.NewPCG(r.Seed, 0)), //nolint:gosec // repeatable on purpose
	})
	return t.rules
}

// Faults lists the rules, oldest first.
func (t *Tenant) Faults() []Strike {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]Strike, 0, len(t.faults))
	for _, f := range t.faults {
		list = append(list, f.Strike)
	}
	return list
}

// ClearFaults takes rules away by their numbers, all where none is named, and
// says how many there were.
func (t *Tenant) ClearFaults(ids ...int) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	before := len(t.faults)
	t.faults = slices.DeleteFunc(t.faults, func(f *trouble) bool { return len(ids) == 0 || slices.Contains(ids, f.ID) })
	return before - len(t.faults)
}

// trouble is a rule at work.
type trouble struct {
	Strike
	chance *rand.Rand
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
	r := f.Rule
	if r.Method != "" && r.Method != c.Method || r.Route != "" && r.Route != c.Route {
		return false
	}
	f.Fitted++
	if f.Fitted <= r.After || r.Times > 0 && f.Struck >= r.Times {
		return false
	}
	if r.Odds > 0 && f.chance.Float64() >= r.Odds {
		return false
	}
	f.Struck++
	return true
}

// late reports that the call is carried out before the fault shows.
func (r Rule) late() bool {
	return r.Effect || r.CutAfter || r.Damage != "" || r.Status == 0 && r.Body != "" && !r.CutBefore
}

// reply is what the rule makes of a reply; one without status is none.
func (r Rule) reply(a reply) reply {
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
