package plan_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
)

const corp = "corp.example"

// scene is an input under construction: people have numbers below 1000, groups
// from 1000 on, and both the Central id c<number>.
type scene struct{ plan.Input }

// build makes an input with limits that hold nothing but half a population.
func build(steps ...func(*scene)) plan.Input {
	s := &scene{plan.Input{
		Desired:  identity.State{Users: map[identity.GUID]identity.WantedUser{}, Groups: map[identity.GUID]identity.WantedGroup{}},
		Gone:     map[string]bool{},
		Owners:   map[string]string{},
		Unsure:   map[identity.GUID]string{},
		Accepted: true,
		Leaving: func(identity.Link) plan.Coded {
			return plan.Coded{Code: plan.CauseDisabled, Text: "the account is disabled"}
		},
		Limits: plan.Limits{
			Removals:           plan.RemovalLimit{Count: 1000, Percent: 100, Ceiling: 1000},
			MembershipRemovals: plan.MembershipLimit{Percent: 100, Minimum: 1000, TotalPercent: 100, TotalCeiling: 1000},
			Updates:            plan.UpdateLimit{Percent: 100, Minimum: 1000, Ceiling: 1000},
		},
	}}
	for _, step := range steps {
		step(s)
	}
	return s.Input
}

func cid(n int) string { return fmt.Sprintf("c%d", n) }

func person(n int, name, mail string) identity.Fields {
	return identity.Fields{Name: name, Email: mail, ExchangeLogin: fmt.Sprintf(`CORP\u%d`, n)}
}

// wants puts somebody into the desired state.
func wants(n int, name, mail string, change ...func(*identity.WantedUser)) func(*scene) {
	return func(s *scene) {
		u := identity.WantedUser{
			GUID: guid(n), Domain: corp, NetBIOS: "CORP", Account: fmt.Sprintf("u%d", n), Display: name, DN: fmt.Sprintf("CN=%d", n), Fields: person(n, name, mail),
		}
		for _, c := range change {
			c(&u)
		}
		s.Desired.Users[u.GUID] = u
	}
}

// has puts somebody into Central.
func has(n int, name, mail string, change ...func(*identity.CentralUser)) func(*scene) {
	return func(s *scene) {
		u := identity.CentralUser{ID: cid(n), Source: identity.SourceCustom, Fields: person(n, name, mail)}
		for _, c := range change {
			c(&u)
		}
		s.Users = append(s.Users, u)
	}
}

// links enters people or groups into the ledger, as we wrote them last.
func links(numbers ...int) func(*scene) {
	return func(s *scene) {
		for _, n := range numbers {
			l := identity.Link{GUID: guid(n), Kind: identity.KindUser, CentralID: cid(n), Domain: corp, Account: fmt.Sprintf("u%d", n), DN: fmt.Sprintf("CN=%d", n)}
			if n >= 1000 {
				l.Kind = identity.KindGroup
			}
			for _, u := range s.Users {
				if u.ID == l.CentralID {
					l.Name, l.Mail, l.Sent, l.Answered = u.Fields.Name, u.Fields.Email, u.Fields, u.Fields
				}
			}
			for _, g := range s.Groups {
				if g.ID == l.CentralID {
					l.Name, l.Sent, l.Answered = g.Fields.Name, g.Fields, g.Fields
				}
			}
			s.Links = append(s.Links, l)
		}
	}
}

// knows is somebody of ours in Central, in the ledger.
func knows(n int, name, mail string, change ...func(*identity.CentralUser)) func(*scene) {
	return func(s *scene) { has(n, name, mail, change...)(s); links(n)(s) }
}

// keeps is somebody of ours who stays as is.
func keeps(n int, name, mail string) func(*scene) {
	return func(s *scene) { knows(n, name, mail)(s); wants(n, name, mail)(s) }
}

// crowd is so many of ours who stay as they are, from a number on.
func crowd(from, n int) func(*scene) {
	return func(s *scene) {
		for i := from; i < from+n; i++ {
			keeps(i, fmt.Sprintf("P%d", i), "")(s)
		}
	}
}

func wantsGroup(n int, name string, members ...int) func(*scene) {
	return func(s *scene) {
		g := identity.WantedGroup{GUID: guid(n), Domain: corp, Display: name, Account: strings.ToLower(name), DN: fmt.Sprintf("CN=%d", n), Fields: identity.Fields{Name: name}}
		for _, m := range members {
			g.Members = append(g.Members, guid(m))
		}
		slices.Sort(g.Members)
		s.Desired.Groups[g.GUID] = g
	}
}

func hasGroup(n int, name string, members ...int) func(*scene) {
	return func(s *scene) {
		g := identity.CentralGroup{ID: cid(n), Source: identity.SourceCustom, Fields: identity.Fields{Name: name}, MembersKnown: true, Total: len(members)}
		for _, m := range members {
			g.Members = append(g.Members, cid(m))
		}
		s.Groups = append(s.Groups, g)
	}
}

func knowsGroup(n int, name string, members ...int) func(*scene) {
	return func(s *scene) { hasGroup(n, name, members...)(s); links(n)(s) }
}

func managedUser(u *identity.CentralUser) { u.Source = "activeDirectory" }

// managed makes a group of Central one of another directory service.
func managed(n int) func(*scene) {
	return func(s *scene) {
		for i := range s.Groups {
			if s.Groups[i].ID == cid(n) {
				s.Groups[i].Source = "azureActiveDirectory"
			}
		}
	}
}

func leaving(code string, numbers ...int) func(*scene) {
	return func(s *scene) {
		before := s.Leaving
		s.Leaving = func(l identity.Link) plan.Coded {
			if len(numbers) == 0 || slices.ContainsFunc(numbers, func(n int) bool { return guid(n) == l.GUID }) {
				return plan.Coded{Code: code, Text: code}
			}
			return before(l)
		}
	}
}

// unproven makes the absence of some objects prove nothing.
func unproven(numbers ...int) func(*scene) {
	return func(s *scene) {
		s.Absence = func(l identity.Link) string {
			if slices.ContainsFunc(numbers, func(n int) bool { return guid(n) == l.GUID }) {
				return "its base was not read completely"
			}
			return ""
		}
	}
}

// missing says that what some objects were found by is not there.
func missing(numbers ...int) func(*scene) {
	return func(s *scene) {
		s.Missing = func(l identity.Link) bool {
			return slices.ContainsFunc(numbers, func(n int) bool { return guid(n) == l.GUID })
		}
	}
}

func set(change func(*plan.Input)) func(*scene) { return func(s *scene) { change(&s.Input) } }

// protecting protects whoever has one of the values.
func protecting(values ...string) func(*scene) {
	return set(func(in *plan.Input) {
		in.Protected = func(_ identity.Kind, have ...string) bool {
			return slices.ContainsFunc(have, func(h string) bool { return slices.Contains(values, h) })
		}
	})
}

// told writes changes, then holds, one a line: what is done to whom, how, why,
// and what holds it.
func told(r plan.Result) []string {
	byID := map[string]string{}
	all := slices.Concat(r.Changes, r.Holds)
	for _, c := range all {
		byID[c.ID] = deed(c)
	}
	var list []string
	for _, c := range all {
		line := deed(c) + values(c) + " " + c.Cause.Code
		if len(c.MemberOf) > 0 {
			var names []string
			for _, g := range c.MemberOf {
				names = append(names, g.Name)
			}
			line += " with " + strings.Join(names, ",")
		}
		if len(c.Members) > 0 {
			line += " emptying " + strings.Join(c.Members, ",")
		}
		var needs []string
		for _, id := range c.Needs {
			needs = append(needs, byID[id])
		}
		if len(needs) > 0 {
			slices.Sort(needs)
			line += " after " + strings.Join(needs, " and ")
		}
		if c.Rule != nil {
			line += " ! " + c.Rule.Code
		}
		list = append(list, line)
	}
	return list
}

func deed(c plan.Change) string {
	switch c.Action {
	case plan.MembershipAdd:
		return fmt.Sprintf("put %s into %s", c.Name, c.Group.Name)
	case plan.MembershipRemove:
		return fmt.Sprintf("take %s out of %s", c.Name, c.Group.Name)
	case plan.Create, plan.Update, plan.Remove, plan.Adopt:
	}
	return fmt.Sprintf("%s %s %s", c.Action, c.Kind, c.Name)
}

// values shows the fields that an update changes.
func values(c plan.Change) string {
	if c.Action != plan.Update {
		return ""
	}
	b, a := c.Before.Fields(), c.After.Fields()
	line := ""
	for _, x := range []struct{ name, before, after string }{
		{"name", b.Name, a.Name},
		{"firstName", b.FirstName, a.FirstName},
		{"lastName", b.LastName, a.LastName},
		{"email", b.Email, a.Email},
		{"login", b.ExchangeLogin, a.ExchangeLogin},
		{"description", b.Description, a.Description},
	} {
		if x.before != x.after {
			line += fmt.Sprintf(" %s:%s>%s", x.name, x.before, x.after)
		}
	}
	return line
}

func warned(list []plan.Warning) []string {
	var lines []string
	for _, w := range list {
		lines = append(lines, w.Code+" "+w.Name)
	}
	return lines
}

// telling is a case whose outcome is told line by line.
type telling struct {
	why   string
	in    []func(*scene)
	want  []string
	warns []string
	same  plan.Counts
}

func tell(t *testing.T, cases map[string]telling) {
	t.Helper()
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got := plan.Diff(build(tc.in...))
			if d := cmp.Diff(tc.want, told(got), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nchanges and holds (-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(tc.warns, warned(got.Warnings), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nwarnings (-want +got):\n%s", tc.why, d)
			}
			if got.Unchanged != tc.same {
				t.Errorf("%s\nunchanged %+v, want %+v", tc.why, got.Unchanged, tc.same)
			}
			known := map[string]bool{}
			for _, c := range slices.Concat(plan.Rules, plan.Causes) {
				known[c.Code] = true
			}
			for _, c := range slices.Concat(got.Changes, got.Holds) {
				if !known[c.Cause.Code] || c.Cause.Text == "" {
					t.Errorf("cause %q of %s is not in the table, or without text", c.Cause.Code, deed(c))
				}
				if c.Rule != nil && (!known[c.Rule.Code] || c.Rule.Text == "") {
					t.Errorf("rule %q of %s is not in the table, or without text", c.Rule.Code, deed(c))
				}
			}
		})
	}
}
