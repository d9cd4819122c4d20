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
	if out, known := d.outOf(l); known {
		return leftByRule(l, out, r, before)
	}
	switch w.Presence {
	case identity.Deleted:
		code := "deleted"
		if isGroup(l) {
			code = "group.deleted"
		}
		return Reason{code, "deleted from the directory" + on(w) + lastIn(w)}
	case identity.Live:
		return leftScope(l, d, w, r, before)
	case identity.Nowhere:
	default:
		return Reason{"notFound", "not found in the domains that could be asked, which are not all domains of the forest"}
	}
	return Reason{"notFound", "found neither live nor among the deleted objects that the account may read"}
}

// outOf says why an object that the snapshot holds is left out.
func (d Desired) outOf(l identity.Link) (Reason, bool) {
	if l.Kind != identity.KindDeviceGroup {
		out, known := d.Out[l.GUID]
		return out, known
	}
	if _, wanted := d.DeviceGroups[l.GUID]; wanted {
		return Reason{"group.empty", fmt.Sprintf("no %s in scope that Sophos Central has an endpoint for sits in it", l.Type)}, true
	}
	out, known := d.DeviceOut[l.GUID]
	return out, known
}

func isGroup(l identity.Link) bool {
	return l.Kind == identity.KindGroup || l.Kind == identity.KindDeviceGroup
}

// leftByRule words what Desire said of an object that it saw: one that only the
// search of the accepted configuration returned is seen too.
func leftByRule(l identity.Link, out Reason, r Rules, before map[string]DomainRules) Reason {
	if before == nil {
		return out
	}
	now, was := searchOf(l, r.Domains[l.Domain]), searchOf(l, before[l.Domain])
	note := ""
	switch out.Code {
	case "base":
		note = basesChanged(was, now)
	case "filter.users", "filter.groups", "filter.devices":
		note = filterChanged(was, now)
	}
	if note != "" {
		out.Text += "; " + note
	}
	return out
}

func searchOf(l identity.Link, d DomainRules) SearchRules {
	switch {
	case isGroup(l):
		return d.Groups
	case l.Kind == identity.KindDevice:
		return d.Devices
	}
	return d.Users
}

// basesChanged words a change of the bases, "" where there is none.
func basesChanged(was, now SearchRules) string {
	if sameBases(was.Bases, now.Bases) {
		return ""
	}
	return fmt.Sprintf("the search bases were changed from %s to %s", was.place(), now.place())
}

func (s SearchRules) place() string {
	if len(s.Bases) == 0 {
		return "the whole domain"
	}
	return strings.Join(s.Bases, "; ")
}

// filterChanged words a change of the filter, "" where there is none.
func filterChanged(was, now SearchRules) string {
	switch {
	case !strings.EqualFold(was.Filter, now.Filter):
		return fmt.Sprintf("the filter was changed from %q to %q", was.Filter, now.Filter)
	case was.Nested && !now.Nested:
		return fmt.Sprintf("the filter %q counts nested groups no longer", now.Filter)
	case was.Nested != now.Nested:
		return fmt.Sprintf("the filter %q counts nested groups now", now.Filter)
	}
	return ""
}

// leftScope finds the rule that an object which is still there no longer meets.
func leftScope(l identity.Link, d Desired, w identity.Whereabouts, r Rules, before map[string]DomainRules) Reason {
	rules, listed := r.Domains[w.Domain]
	if !listed || !rules.Include {
		return Reason{"domain.excluded", fmt.Sprintf("the domain %s is not included", w.Domain)}
	}
	search, was := searchOf(l, rules), searchOf(l, before[w.Domain])
	inside := search.covers(w.DN, r.under)
	switch {
	case w.Disabled && !r.IncludeDisabled && w.ControlKnown:
		return Reason{"disabled", "the account is disabled"}
	case !w.ExpiresAt.IsZero() && !w.ExpiresAt.After(r.Now) && !r.IncludeExpired:
		return Reason{"expired", fmt.Sprintf("the account expired on %s", w.ExpiresAt.UTC().Format("2006-01-02"))}
	case !inside && before != nil && basesChanged(was, search) != "":
		return Reason{"base", fmt.Sprintf("%s; %s is below none of them", basesChanged(was, search), w.DN)}
	case !inside:
		return Reason{"moved.out", movedText(l, w)}
	case before != nil && filterChanged(was, search) != "":
		return Reason{filterCode(l), filterChanged(was, search) + ", which does not return it"}
	}
	return leftFilter(l, d, w, r, search)
}

// movedText says where to and, as far as the ledger knows, where from.
func movedText(l identity.Link, w identity.Whereabouts) string {
	from := ""
	if l.DN != "" && !strings.EqualFold(parent(l.DN), parent(w.DN)) {
		from = " from " + parent(l.DN)
	}
	return fmt.Sprintf("moved%s to %s, below none of the search bases", from, parent(w.DN))
}

// leftFilter says which groups of a filter an object does not belong to any more,
// where these decide.
func leftFilter(l identity.Link, d Desired, w identity.Whereabouts, r Rules, search SearchRules) Reason {
	s := standing{rules: r, groups: d.all, w: w, nested: search.Nested}
	decided := r.Groups != nil && s.weigh(r.Groups(search.Filter)) == no
	how := ""
	if search.Nested {
		how = ", directly or through another group"
	}
	switch {
	case decided && len(s.lacking) > 0 && !isGroup(l):
		if text := s.left(l.GUID); text != "" {
			return Reason{"left.group", text}
		}
		return Reason{"left.group", fmt.Sprintf("left %s, which the filter asks for%s", strings.Join(s.lacking, " and "), how)}
	case decided && len(s.unwanted) > 0:
		return Reason{filterCode(l), fmt.Sprintf("belongs to %s, which the filter leaves out%s", strings.Join(s.unwanted, " and "), how)}
	}
	return Reason{filterCode(l), fmt.Sprintf("the filter %q no longer returns it", search.Filter)}
}

func filterCode(l identity.Link) string {
	switch {
	case isGroup(l):
		return "filter.groups"
	case l.Kind == identity.KindDevice:
		return "filter.devices"
	}
	return "filter.users"
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
