package approval

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// RuleNeeds is the rule code of a change that waits because one that it needs
// is not approved.
const RuleNeeds = "needs.unapproved"

// limitRule begins the rule codes of the holds that an approval may lift.
const limitRule = "limit."

// Selection is what an approval of a plan would cover.
type Selection struct {
	Changes []string  // ids, in the order of the plan; lifted holds last
	Classes []string  // actions that are covered whole
	Waiting []Waiting // chosen, but left out
	Whole   bool      // neither --only nor --except left anything out
}

// Waiting is a change that was chosen and is left out, with the rule that says
// why and the needs that are not approved.
type Waiting struct {
	Change string
	Needs  []string
	Rule   plan.Coded
}

// Select says which changes an approval covers. An entry of only and except is
// an action or the id of a change; without only it is every change of the plan.
// Allow adds the holds of a limit, and the id of a device in only the hold of that
// id, where a person may lift it so. Met are ids of changes that are approved or
// carried out already: they count as needs that are fulfilled.
func Select(p plan.Document, only, except []string, allow []Allow, met ...string) (Selection, error) {
	lifted, err := lift(p, allow)
	if err != nil {
		return Selection{}, err
	}
	moved := liftedByID(p, only, except)
	for _, c := range moved {
		only = append(slices.Clone(only), c.ID)
	}
	candidates := slices.Concat(p.Changes, lifted, moved)
	in, err := choice(p, candidates, only, true)
	if err != nil {
		return Selection{}, err
	}
	out, err := choice(p, candidates, except, false)
	if err != nil {
		return Selection{}, err
	}

	chosen := slices.DeleteFunc(slices.Clone(candidates), func(c plan.Change) bool {
		return len(only) > 0 && !in.has(c) || out.has(c)
	})
	granted, waiting := settle(chosen, met)
	waits := map[string]bool{}
	for _, w := range waiting {
		waits[w.Change] = true
	}
	s := Selection{Changes: []string{}, Waiting: waiting, Whole: true}
	for _, c := range candidates {
		switch {
		case granted[c.ID]:
			s.Changes = append(s.Changes, c.ID)
		case !waits[c.ID]:
			s.Whole = false
		}
	}
	s.Classes = Classes(p, s.Changes)
	return s, nil
}

// Classes returns the actions of which a plan has changes and all of them are
// among ids.
func Classes(p plan.Document, ids []string) []string {
	granted := map[string]bool{}
	for _, id := range ids {
		granted[id] = true
	}
	all := map[plan.Action]bool{}
	for _, c := range p.Changes {
		before, seen := all[c.Action]
		all[c.Action] = granted[c.ID] && (before || !seen)
	}
	classes := []string{}
	for _, a := range plan.Actions {
		if all[a] {
			classes = append(classes, string(a))
		}
	}
	return classes
}

// picked are the entries of --only or --except.
type picked map[string]bool

func (s picked) has(c plan.Change) bool { return s[c.ID] || s[string(c.Action)] }

// choice checks the entries of a list. Held changes may be named as an
// exception, but not be approved.
func choice(p plan.Document, candidates []plan.Change, entries []string, approves bool) (picked, error) {
	known := map[string]bool{}
	for _, a := range plan.Actions {
		known[string(a)] = true
	}
	for _, c := range candidates {
		known[c.ID] = true
	}
	held := map[string]plan.Change{}
	for _, c := range p.Holds {
		if !known[c.ID] {
			held[c.ID] = c
		}
	}
	s := picked{}
	for _, entry := range entries {
		c, isHeld := held[entry]
		switch {
		case isHeld && approves:
			return nil, heldBack(p, c)
		case !known[entry] && !isHeld:
			return nil, fault.New("usage.change.unknown", fmt.Sprintf("%q is neither a class nor a change of this plan", entry),
				fault.Hint("classes are "+strings.Join(actions(), ", ")+"; adsync plan show prints the ids of the changes"))
		}
		s[entry] = true
	}
	return s, nil
}

func actions() []string {
	names := make([]string, len(plan.Actions))
	for i, a := range plan.Actions {
		names[i] = string(a)
	}
	return names
}

func heldBack(p plan.Document, c plan.Change) error {
	text, code := "held", ""
	if c.Rule != nil {
		text, code = c.Rule.Text, c.Rule.Code
	}
	hint := "no approval lifts this hold"
	if liftedSo(c) {
		hint = "name in --only a device that is to be put into it"
	}
	if class, ok := strings.CutPrefix(code, limitRule); ok {
		hint = fmt.Sprintf("add --allow %s=%d --reason TEXT", class, plan.LimitCount(p, class))
	}
	return fault.New("approval.held", fmt.Sprintf("change %s is held (%s): %s", c.ID, code, text), fault.Hint(hint))
}

// lift returns the holds that the allowed limits let through. A hold of one
// limit stays where another that it counts under is exceeded and not allowed.
// What counts under an allowed limit and waits only for changes that the limit
// held comes along: the person's number counted it.
func lift(p plan.Document, allow []Allow) ([]plan.Change, error) {
	allowed := map[string]bool{}
	for _, a := range allow {
		switch a.Class {
		case plan.LimitRemovals, plan.LimitMembershipRemovals, plan.LimitUpdates:
		default:
			return nil, fault.New("usage.allow.class", fmt.Sprintf("%q is no limit", a.Class),
				fault.Hint("limits are removals, membershipRemovals and updates"))
		}
		if n := plan.LimitCount(p, a.Class); n != a.Count {
			return nil, fault.New("approval.count", fmt.Sprintf("the plan has %d %s, not %d", n, a.Class, a.Count),
				fault.Hint(fmt.Sprintf("look at the plan again, then use --allow %s=%d", a.Class, n)))
		}
		allowed[a.Class] = true
	}
	free := func(c plan.Change) bool {
		return !slices.ContainsFunc(plan.Exceeds(p, c), func(class string) bool { return !allowed[class] })
	}
	var lifted, waiting []plan.Change
	ready := map[string]bool{}
	for _, c := range p.Changes {
		ready[c.ID] = true
	}
	for _, c := range p.Holds {
		if c.Rule == nil || !free(c) {
			continue
		}
		if class, ok := strings.CutPrefix(c.Rule.Code, limitRule); ok && allowed[class] {
			lifted, ready[c.ID] = append(lifted, c), true
		} else if c.Rule.Code == RuleNeeds && allowed[c.Limit] && len(c.Needs) > 0 {
			waiting = append(waiting, c)
		}
	}
	return append(lifted, freed(waiting, ready)...), nil
}

// liftedByID returns the holds of devices that a person lifts by naming them. The
// group that has to be made for one comes along, and for none of those that are
// excepted.
func liftedByID(p plan.Document, ids, except []string) []plan.Change {
	out := picked{}
	for _, entry := range except {
		out[entry] = true
	}
	lifted := map[string]bool{}
	for _, c := range p.Holds {
		if !byName(c) || !slices.Contains(ids, c.ID) {
			continue
		}
		lifted[c.ID] = true
		for _, need := range c.Needs {
			lifted[need] = lifted[need] || !out.has(c)
		}
	}
	return slices.DeleteFunc(slices.Clone(p.Holds), func(c plan.Change) bool { return !lifted[c.ID] || !liftedSo(c) })
}

// liftedSo reports whether the rule that holds a change is lifted by an id.
func liftedSo(c plan.Change) bool { return c.Rule != nil && plan.LiftedByID(c.Rule.Code) }

// byName reports whether a person lifts the hold of a change by naming it. A group is
// made for a device, never by itself.
func byName(c plan.Change) bool { return c.Kind == identity.KindDevice && liftedSo(c) }

// freed returns what waits for nothing but what is ready.
func freed(waiting []plan.Change, ready map[string]bool) []plan.Change {
	var out []plan.Change
	for again := true; again; {
		again = false
		for _, c := range waiting {
			if !ready[c.ID] && !slices.ContainsFunc(c.Needs, func(id string) bool { return !ready[id] }) {
				out, ready[c.ID], again = append(out, c), true, true
			}
		}
	}
	return out
}

// settle leaves out, until nothing changes, what needs a change that is neither
// chosen nor met.
func settle(chosen []plan.Change, met []string) (map[string]bool, []Waiting) {
	granted, fulfilled := map[string]bool{}, map[string]bool{}
	for _, id := range met {
		fulfilled[id] = true
	}
	for _, c := range chosen {
		granted[c.ID] = true
	}
	unmet := func(c plan.Change) []string {
		return slices.DeleteFunc(slices.Clone(c.Needs), func(id string) bool { return granted[id] || fulfilled[id] })
	}
	for again := true; again; {
		again = false
		for _, c := range chosen {
			if granted[c.ID] && len(unmet(c)) > 0 {
				delete(granted, c.ID)
				again = true
			}
		}
	}
	waiting := []Waiting{}
	for _, c := range chosen {
		if granted[c.ID] {
			continue
		}
		needs := unmet(c)
		waiting = append(waiting, Waiting{Change: c.ID, Needs: needs, Rule: plan.Coded{
			Code: RuleNeeds, Text: "needs " + strings.Join(needs, ", ") + ", which is not approved",
		}})
	}
	return granted, waiting
}
