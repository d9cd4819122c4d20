package policy

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// Leaving says why an object of the ledger is no longer wanted. before are the
// rules that were accepted last, nil where nothing was accepted yet: they tell a
// change of the filter or the bases from a change in the directory.
func Leaving(l identity.Link, d Desired, w identity.Whereabouts, r Rules, before map[string]DomainRules) Reason {
	if out, known := d.Out[l.GUID]; known {
		return leftByRule(l, out, r, before)
	}
	switch w.Presence {
	case identity.Deleted:
		code := "deleted"
		if l.Kind == identity.KindGroup {
			code = "group.deleted"
		}
		return Reason{code, "deleted from the directory" + on(w) + lastIn(w)}
	case identity.Live:
		return leftScope(l, w, r, before)
	case identity.Nowhere:
	default:
		return Reason{"notFound", "not found in the domains that could be asked, which are not all domains of the forest"}
	}
	return Reason{"notFound", "found neither live nor among the deleted objects that the account may read"}
}

// leftByRule words what Desire said of an object that it saw.
func leftByRule(l identity.Link, out Reason, r Rules, before map[string]DomainRules) Reason {
	if out.Code == "filter.groups" || out.Code == "base" {
		return Reason{out.Code, out.Text + changedNote(l, r, before)}
	}
	return out
}

// leftScope finds the rule that an object which is still there no longer meets.
func leftScope(l identity.Link, w identity.Whereabouts, r Rules, before map[string]DomainRules) Reason {
	rules, listed := r.Domains[w.Domain]
	if !listed || !rules.Include {
		return Reason{"domain.excluded", fmt.Sprintf("the domain %s is not included", w.Domain)}
	}
	search, was := rules.Users, before[w.Domain].Users
	if l.Kind == identity.KindGroup {
		search, was = rules.Groups, before[w.Domain].Groups
	}
	inside := search.covers(w.DN, r.under)
	switch {
	case w.Disabled && !r.IncludeDisabled && w.ControlKnown:
		return Reason{"disabled", "the account is disabled"}
	case !w.ExpiresAt.IsZero() && !w.ExpiresAt.After(r.Now) && !r.IncludeExpired:
		return Reason{"expired", fmt.Sprintf("the account expired on %s", w.ExpiresAt.UTC().Format("2006-01-02"))}
	case !inside && before != nil && !sameBases(search.Bases, was.Bases):
		return Reason{"base", fmt.Sprintf("the search bases were changed; %s is below none of them", w.DN)}
	case !inside:
		return Reason{"moved.out", fmt.Sprintf("moved to %s, below none of the search bases", parent(w.DN))}
	case before != nil && !strings.EqualFold(search.Filter, was.Filter):
		return Reason{filterCode(l), fmt.Sprintf("the filter was changed from %q to %q, which does not return it", was.Filter, search.Filter)}
	case l.Kind == identity.KindUser && strings.Contains(strings.ToLower(search.Filter), "memberof"):
		return Reason{"left.group", fmt.Sprintf("left a group that the filter %s asks for", search.Filter)}
	}
	return Reason{filterCode(l), fmt.Sprintf("the filter %q no longer returns it", search.Filter)}
}

func filterCode(l identity.Link) string {
	if l.Kind == identity.KindGroup {
		return "filter.groups"
	}
	return "filter.users"
}

func changedNote(l identity.Link, r Rules, before map[string]DomainRules) string {
	if before == nil {
		return ""
	}
	now, was := r.Domains[l.Domain].Groups, before[l.Domain].Groups
	switch {
	case !sameBases(now.Bases, was.Bases):
		return "; the bases were changed"
	case !strings.EqualFold(now.Filter, was.Filter):
		return "; the filter was changed"
	}
	return ""
}

func sameBases(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(x string) bool {
		return !slices.ContainsFunc(b, func(y string) bool { return strings.EqualFold(x, y) })
	})
}

// parent returns the DN one level up, as text: everything behind the first
// comma that is not escaped.
func parent(dn string) string {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',':
			return dn[i+1:]
		}
	}
	return dn
}

func on(w identity.Whereabouts) string {
	if w.ChangedAt.IsZero() {
		return ""
	}
	return " on " + w.ChangedAt.UTC().Format("2006-01-02")
}

func lastIn(w identity.Whereabouts) string {
	if w.LastParent == "" {
		return ""
	}
	return ", last in " + w.LastParent
}
