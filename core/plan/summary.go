package plan

import (
	"strings"

	"adsync/core/identity"
)

func (c *Counts) add(k identity.Kind, n int) {
	switch k {
	case identity.KindUser:
		c.Users += n
	case identity.KindGroup:
		c.Groups += n
	case identity.KindDeviceGroup, identity.KindDevice:
		c.Devices += n
	}
	c.Total += n
}

// Summarise counts changes by action, with the memberships that new people begin
// with among the additions, and holds, warnings and what is unchanged.
func Summarise(changes, holds []Change, warnings []Warning, unchanged Counts) Summary {
	s := Summary{Unchanged: unchanged}
	for _, c := range changes {
		switch c.Action {
		case Create:
			s.Create.add(c.Kind, 1)
			s.MembershipAdd.add(c.Kind, len(c.MemberOf))
		case Update:
			s.Update.add(c.Kind, 1)
		case Remove:
			s.Remove.add(c.Kind, 1)
		case Adopt:
			s.Adopt.add(c.Kind, 1)
			s.MembershipAdd.add(c.Kind, len(c.MemberOf))
		case MembershipAdd:
			s.MembershipAdd.add(c.Kind, 1)
		case MembershipRemove:
			s.MembershipRemove.add(c.Kind, 1)
		}
	}
	for _, c := range holds {
		s.Held.add(c.Kind, max(1, c.Count))
	}
	for _, w := range warnings {
		switch {
		case strings.HasPrefix(w.Code, "user."):
			s.Warnings.Users++
		case strings.HasPrefix(w.Code, "group."):
			s.Warnings.Groups++
		case strings.HasPrefix(w.Code, "device."):
			s.Warnings.Devices++
		}
		s.Warnings.Total++
	}
	return s
}

// foldFrom is the number of holds of one rule and cause up to which each is
// printed; more are folded into one.
const foldFrom = 50

// Fold replaces more than 50 holds of one rule and cause by one that counts them
// and names five. What they do not have in common it leaves empty, of texts it then
// has the meaning of the code, and what comes from both comes from the
// configuration. The file of a plan always holds every hold.
func Fold(holds []Change) []Change {
	type key struct{ rule, cause string }
	groups := map[key][]int{}
	for i, h := range holds {
		k := key{h.Rule.Code, h.Cause.Code}
		groups[k] = append(groups[k], i)
	}
	out := make([]Change, 0, len(holds))
	done := map[key]bool{}
	for _, h := range holds {
		k := key{h.Rule.Code, h.Cause.Code}
		list := groups[k]
		if len(list) <= foldFrom {
			out = append(out, h)
			continue
		}
		if done[k] {
			continue
		}
		done[k] = true
		f := Change{Action: h.Action, Kind: h.Kind, Domain: h.Domain, Rule: new(*h.Rule), Cause: h.Cause, From: h.From, Count: len(list)}
		for _, i := range list {
			f.share(holds[i])
		}
		for _, i := range list[:5] {
			f.Examples = append(f.Examples, holds[i].Name)
		}
		out = append(out, f)
	}
	return out
}

// share leaves of a folded hold what another one has too.
func (c *Change) share(with Change) {
	if c.Action != with.Action {
		c.Action = ""
	}
	if c.Kind != with.Kind {
		c.Kind = ""
	}
	if c.Domain != with.Domain {
		c.Domain = ""
	}
	if c.From != with.From {
		c.From = FromConfig
	}
	if c.Rule.Text != with.Rule.Text {
		c.Rule.Text = meaning(Rules, c.Rule.Code)
	}
	if c.Cause.Text != with.Cause.Text {
		c.Cause.Text = meaning(Causes, c.Cause.Code)
	}
}

// liftable says that a person may lift the holds of a rule.
func liftable(rule string) bool { return strings.HasPrefix(rule, "limit.") || LiftedByID(rule) }

// LiftedByID says that a person lifts a hold of a rule by approving its id.
func LiftedByID(rule string) bool { return rule == RuleElsewhere }

// Liftable says whether a person may still approve something of the plan:
// changes, or holds that a person may lift.
func Liftable(changes, holds []Change) bool {
	for _, h := range holds {
		if h.Rule != nil && liftable(h.Rule.Code) {
			return true
		}
	}
	return len(changes) > 0
}

// Only keeps the changes and holds about the objects that match, with whatever
// the kept changes need.
func Only(changes []Change, keep func(Change) bool) []Change {
	byID := map[string]Change{}
	for _, c := range changes {
		byID[c.ID] = c
	}
	kept := map[string]bool{}
	var mark func(id string)
	mark = func(id string) {
		c, ok := byID[id]
		if !ok || kept[id] {
			return
		}
		kept[id] = true
		for _, n := range c.Needs {
			mark(n)
		}
	}
	for _, c := range changes {
		if keep(c) {
			mark(c.ID)
		}
	}
	out := []Change{}
	for _, c := range changes {
		if kept[c.ID] {
			out = append(out, c)
		}
	}
	return out
}
