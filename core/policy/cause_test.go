package policy_test

import (
	"strings"
	"testing"
	"time"

	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

func TestLeaving(t *testing.T) {
	domain := func(d policy.DomainRules) func(*policy.Rules) {
		return func(r *policy.Rules) { d.Include = true; r.Domains[corp] = d }
	}
	users := func(filter string, bases ...string) policy.DomainRules {
		return policy.DomainRules{Include: true, Users: policy.SearchRules{Bases: bases, Filter: filter}}
	}
	groupRules := func(filter string, bases ...string) policy.DomainRules {
		return policy.DomainRules{Include: true, Groups: policy.SearchRules{Bases: bases, Filter: filter}}
	}
	accepted := func(d policy.DomainRules) map[string]policy.DomainRules {
		return map[string]policy.DomainRules{corp: d}
	}
	at := func(parent string, change ...func(*identity.Whereabouts)) identity.Whereabouts {
		w := live("Ann", parent)
		for _, c := range change {
			c(&w)
		}
		return w
	}
	in := func(name string) func(*identity.Whereabouts) {
		return func(w *identity.Whereabouts) { w.MemberOf = append(w.MemberOf, "CN="+name+",OU=Groups,"+dcs) }
	}
	// A filter of these tests names groups and "dept" around one operator.
	clauses := func(filter string) identity.Clause {
		if inner, negated := strings.CutPrefix(filter, "!"); negated {
			return identity.Clause{Set: '!', Parts: []identity.Clause{{Group: "CN=" + inner + ",OU=Groups," + dcs}}}
		}
		set := identity.Clause{Set: '|'}
		if strings.Contains(filter, "&") {
			set.Set = '&'
		}
		for _, name := range strings.FieldsFunc(filter, func(r rune) bool { return r == '&' || r == '|' }) {
			part := identity.Clause{}
			if len(name) == 1 {
				part.Group = "CN=" + name + ",OU=Groups," + dcs
			}
			set.Parts = append(set.Parts, part)
		}
		return set
	}
	read := snapshot(groups(group("A", ids("B")), group("B", ids("A")), group("E", nil, func(g *identity.Group) { g.Domain = east })))
	disabled := func(w *identity.Whereabouts) { w.Disabled = true }
	expired := func(w *identity.Whereabouts) { w.ExpiresAt = now.AddDate(0, 0, -1) }
	leavers := "OU=Leavers," + dcs
	tests := map[string]struct {
		why    string
		group  bool
		out    policy.Reason // what Desire said
		where  identity.Whereabouts
		rules  func(*policy.Rules)
		before map[string]policy.DomainRules
		code   string
		text   string // a part of it
		exact  bool   // text is all of it
	}{
		"Deleted": {
			why: "Deletion names the day and the place.",
			where: identity.Whereabouts{
				Presence: identity.Deleted, LastParent: staff, ChangedAt: time.Date(2026, 11, 20, 1, 0, 0, 0, time.UTC),
			},
			code: "deleted", text: "on 2026-11-20, last in " + staff,
		},
		"DeletedBare":     {why: "Without either it is still deletion.", where: identity.Whereabouts{Presence: identity.Deleted}, code: "deleted", text: "deleted from the directory"},
		"GroupDeleted":    {why: "Groups have a code of their own.", group: true, where: identity.Whereabouts{Presence: identity.Deleted}, code: "group.deleted"},
		"NotFound":        {why: "Neither live nor deleted.", where: identity.Whereabouts{Presence: identity.Nowhere}, code: "notFound", text: "neither live nor"},
		"NotFoundInPart":  {why: "Not every domain could be asked: no code that says more than is known.", code: "notFound", text: "could be asked"},
		"Disabled":        {why: "Disabled, and moved by the same script: the account's state is the reason.", where: at(leavers, disabled), rules: domain(users("", staff)), code: "disabled"},
		"DisabledUnknown": {why: "A flag that could not be read is no reason.", where: at(leavers, disabled, func(w *identity.Whereabouts) { w.ControlKnown = false }), rules: domain(users("", staff)), code: "moved.out"},
		"DisabledIncluded": {
			why: "With includeDisabled the move is the reason.", where: at(leavers, disabled),
			rules: func(r *policy.Rules) { r.IncludeDisabled = true; domain(users("", staff))(r) }, code: "moved.out",
		},
		"Expired": {why: "Only where expired accounts are left out.", where: at(leavers, expired), rules: func(r *policy.Rules) { r.IncludeExpired = false }, code: "expired", text: "2026-11-23"},
		"ExpiredIncluded": {
			why: "Expiry is no reason where it does not count.", where: at(leavers, expired), rules: domain(users("", staff)), code: "moved.out",
		},
		"MovedOut":        {why: "The new place is named.", where: at(leavers), rules: domain(users("", staff)), code: "moved.out", text: "moved from " + staff + " to " + leavers},
		"MovedOutEscaped": {why: "An escaped comma is part of the name.", where: identity.Whereabouts{Presence: identity.Live, Domain: corp, DN: `CN=Lee\, Ann,` + leavers}, rules: domain(users("", staff)), code: "moved.out", text: " to OU=Leavers"},
		"MovedOutAccepted": {
			why: "The bases are as they were accepted: the person moved.", where: at(leavers), rules: domain(users("", staff)),
			before: accepted(users("", strings.ToUpper(staff))), code: "moved.out",
		},
		"BaseChanged": {
			why: "The person stands still, the bases moved.", where: at(leavers), rules: domain(users("", staff)),
			before: accepted(users("", staff, leavers)), code: "base", text: "bases were changed",
		},
		"FilterChanged": {
			why: "Both filters are named.", where: at(staff), rules: domain(users("(a=2)")), before: accepted(users("(a=1)")),
			code: "filter.users", text: `from "(a=1)" to "(a=2)"`,
		},
		"FilterSame": {why: "The filter stands, the person changed.", where: at(staff), rules: domain(users("(a=1)")), before: accepted(users("(A=1)")), code: "filter.users", text: "no longer returns"},
		"LeftGroup": {
			why: "The group that was left is named.", where: at(staff), rules: domain(users("A")), code: "left.group", text: "left CN=A,OU=Groups," + dcs + ", which",
		},
		"LeftOneOfTwo": {
			why: "Only the group that was left.", where: at(staff, in("B")), rules: domain(users("A&B")), code: "left.group", text: "left CN=A,OU=Groups," + dcs + ", which",
		},
		"LeftBoth": {
			why: "One of them would have been enough.", where: at(staff), rules: domain(users("A|B")), code: "left.group",
			text: "left CN=A,OU=Groups," + dcs + " and CN=B,OU=Groups," + dcs,
		},
		"StillInGroup": {
			why: "Another condition keeps it out: it has left no group.", where: at(staff, in("A")), rules: domain(users("A&dept")), code: "filter.users", text: "no longer returns",
		},
		"GroupOrOther": {
			why: "Either may have changed: no group is named.", where: at(staff), rules: domain(users("A|dept")), code: "filter.users", text: "no longer returns",
		},
		"GroupAndOther": {
			why: "Whatever the other condition comes to, the group is missing.", where: at(staff), rules: domain(users("A&dept")), code: "left.group", text: "left CN=A",
		},
		"UnwantedGroup": {
			why: "Who joined a group that the filter leaves out has left none.", where: at(staff, in("A")), rules: domain(users("!A")), code: "filter.users", text: "belongs to CN=A",
		},
		"NestedStill": {
			why: "Through B somebody belongs to A.", where: at(staff, in("B")), rules: func(r *policy.Rules) {
				r.Domains[corp] = policy.DomainRules{Include: true, Users: policy.SearchRules{Filter: "A", Nested: true}}
			}, code: "filter.users", text: "no longer returns",
		},
		"NestedNotCounted": {
			why: "The filter does not count nested groups.", where: at(staff, in("B")), rules: domain(users("A")), code: "left.group", text: "left CN=A",
		},
		"PrimaryGroup": {
			why:   "The primary group is in no memberOf.",
			where: at(staff, func(w *identity.Whereabouts) { w.PrimaryGroup = "S-A" }), rules: domain(users("A")), code: "filter.users", text: "no longer returns",
		},
		"GroupNotRead": {
			why: "Of a group that was not read nothing is claimed.", where: at(staff), rules: domain(users("C")), code: "filter.users", text: "no longer returns",
		},
		"GroupOfAnotherDomain": {
			why: "memberOf does not tell of it.", where: at(staff), rules: domain(users("E")), code: "filter.users", text: "no longer returns",
		},
		"GroupFollowed": {
			why: "The filter has the old name of a group that the person belongs to.", where: at(staff, in("B")),
			rules: func(r *policy.Rules) {
				domain(users("C"))(r)
				r.Named = map[string]identity.Named{"CN=C,OU=Groups," + dcs: {GUID: "B"}}
			}, code: "filter.users", text: "no longer returns",
		},
		"NestedTurnedOff": {
			why: "The same filter, counted otherwise.", where: at(staff), rules: domain(users("A")),
			before: accepted(policy.DomainRules{Include: true, Users: policy.SearchRules{Filter: "A", Nested: true}}),
			code:   "filter.users", text: "counts nested groups no longer",
		},
		"SeenByAcceptedFilter": {
			why: "The search of the accepted configuration returned the person: both filters are named.", out: policy.Reason{Code: "filter.users", Text: "not returned"},
			rules: domain(users("(a=2)")), before: accepted(users("(a=1)")), code: "filter.users", text: `not returned; the filter was changed from "(a=1)" to "(a=2)"`, exact: true,
		},
		"SeenByAcceptedBase": {
			why: "Likewise of bases.", out: policy.Reason{Code: "base", Text: "outside"},
			rules: domain(users("(a=2)", staff)), before: accepted(users("(a=1)", leavers)), code: "base",
			text: "outside; the search bases were changed from " + leavers + " to " + staff, exact: true,
		},
		"LeftGroupKind": {why: "Of a group it is the filter.", group: true, where: at(staff), rules: domain(groupRules("A")), code: "filter.groups"},
		"DomainExcluded": {
			why: "include false.", where: at(staff), rules: func(r *policy.Rules) { r.Domains[corp] = policy.DomainRules{} }, code: "domain.excluded",
		},
		"MovedToUnlisted": {
			why: "Moved to a domain that nobody named.", where: identity.Whereabouts{Presence: identity.Live, Domain: "west.example", DN: "CN=Ann,DC=west"},
			code: "domain.excluded", text: "west.example",
		},
		"GroupBaseChanged": {
			why: "A group is measured by the bases for groups.", group: true, where: at(leavers), rules: domain(groupRules("", staff)), before: accepted(groupRules("")), code: "base",
		},
		"Excluded":   {why: "What Desire saw is believed.", out: policy.Reason{Code: "excluded", Text: "by exclude.users"}, code: "excluded", text: "by exclude.users"},
		"GroupEmpty": {why: "Likewise of groups.", group: true, out: policy.Reason{Code: "group.empty", Text: "nobody"}, code: "group.empty", text: "nobody"},
		"GroupFilterNoted": {
			why: "Where the configuration changed it is said.", group: true, out: policy.Reason{Code: "filter.groups", Text: "not returned"},
			rules: domain(groupRules("(a=2)")), before: accepted(groupRules("(a=1)")), code: "filter.groups", text: `not returned; the filter was changed from "(a=1)" to "(a=2)"`,
		},
		"GroupBaseNoted": {
			why: "Likewise of bases.", group: true, out: policy.Reason{Code: "base", Text: "outside"},
			rules: domain(groupRules("", staff)), before: accepted(groupRules("")), code: "base", text: "outside; the search bases were changed from the whole domain to " + staff,
		},
		"GroupFilterUnchanged": {
			why: "The same configuration is no reason.", group: true, out: policy.Reason{Code: "filter.groups", Text: "not returned"},
			rules: domain(groupRules("(a=1)")), before: accepted(groupRules("(a=1)")), code: "filter.groups", text: "not returned", exact: true,
		},
		"SystemNow":  {why: "Recognised as an account of the system since.", out: policy.Reason{Code: "system", Text: "no person"}, code: "system"},
		"Unreadable": {why: "Held as unsure, with a code of the table.", out: policy.Reason{Code: "unreadable", Text: "?"}, code: "unreadable"},
	}
	known := map[string]bool{}
	for _, c := range plan.Causes {
		known[c.Code] = true
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := link("Ann")
			if tc.group {
				l.Kind = identity.KindGroup
			}
			r := rules()
			if tc.rules != nil {
				tc.rules(&r)
			}
			r.Groups = clauses
			d := policy.Desire(read, r)
			if tc.out.Code != "" {
				d.Out["Ann"] = tc.out
			}
			got := policy.Leaving(l, d, tc.where, r, tc.before)
			if got.Code != tc.code || !strings.Contains(got.Text, tc.text) || got.Text == "" {
				t.Errorf("%s\n%s: %s; want %s: …%s…", tc.why, got.Code, got.Text, tc.code, tc.text)
			}
			if tc.exact && got.Text != tc.text {
				t.Errorf("%s\n%s", tc.why, got.Text)
			}
			if !known[got.Code] {
				t.Errorf("%s is not in the table of causes", got.Code)
			}
		})
	}
}
