package dctest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/dctest"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/policy"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// truth is what an undisturbed controller says, and what the ledger and the
// configuration know: what a disturbed reading is measured by.
type truth struct {
	request  directory.Request
	snapshot identity.Snapshot
	links    []identity.Link
	rules    policy.Rules
	desired  policy.Desired
	people   map[identity.GUID]identity.Person
	groups   map[identity.GUID]identity.Group
}

func learn(tb testing.TB, w *dctest.World, r directory.Request) *truth {
	tb.Helper()
	s := read(tb, w.Controller(tb).Options(), r)
	for _, x := range s.Reads {
		if !x.Complete {
			tb.Fatalf("the undisturbed read is not complete: %+v", x)
		}
	}
	learnt := &truth{
		request: r, snapshot: s, people: map[identity.GUID]identity.Person{}, groups: map[identity.GUID]identity.Group{},
		rules: policy.Rules{
			Domains: map[string]policy.DomainRules{}, IncludeDisabled: true, Under: directory.UnderBase, Now: s.TakenAt,
			Fields: func(p identity.Person, _ identity.Domain, _ map[string]bool) (identity.Fields, error) {
				return identity.Fields{Name: p.Display, Email: p.Mail}, nil
			},
		},
	}
	for _, scope := range r.Scopes {
		d := policy.DomainRules{Include: true}
		for _, b := range scope.Users[0].Bases {
			d.Users.Bases = append(d.Users.Bases, b.DN)
		}
		for _, b := range scope.Groups[0].Bases {
			d.Groups.Bases = append(d.Groups.Bases, b.DN)
		}
		d.Users.Filter, d.Groups.Filter = scope.Users[0].Filter, scope.Groups[0].Filter
		learnt.rules.Domains[scope.Domain] = d
	}
	learnt.rules.Remembered = policy.Remember(nil, s.Reads, s.TakenAt)
	for p := range s.People.All() {
		learnt.people[p.GUID] = p
		learnt.links = append(learnt.links, identity.Link{
			GUID: p.GUID, Kind: identity.KindUser, Domain: p.Domain, DN: p.DN, Name: p.Display, Mail: p.Mail, Bases: bases(p.Matched),
		})
	}
	for _, g := range s.Groups {
		learnt.groups[g.GUID] = g
		learnt.links = append(learnt.links, identity.Link{GUID: g.GUID, Kind: identity.KindGroup, Domain: g.Domain, DN: g.DN, Name: g.CN, Bases: bases(g.Matched)})
	}
	learnt.rules.Inner = policy.InnerGroups(s)
	learnt.desired = policy.Desire(s, learnt.rules)
	learnt.checkWorld(tb, w)
	return learnt
}

// checkWorld compares what was learnt with how the world was built: a reader that
// is wrong without any fault would be measured by itself otherwise.
func (w *truth) checkWorld(tb testing.TB, world *dctest.World) {
	tb.Helper()
	people := 0
	for _, p := range w.people {
		if strings.HasPrefix(p.Account, "p0") {
			people++
		}
	}
	for _, g := range w.groups {
		want := map[string]int{"Everybody": world.People(), "Half": world.People() / 2, "Few": 3, "Teams, all": 2}[g.CN]
		if want > 0 && (g.MembersListed != want || len(g.Members) != want) {
			tb.Fatalf("%s has %d members and %d listed, want %d", g.CN, len(g.Members), g.MembersListed, want)
		}
	}
	if people != world.People() {
		tb.Fatalf("%d people, want %d", people, world.People())
	}
}

func bases(m []identity.Match) []string {
	var list []string
	for _, x := range m {
		list = append(list, x.Base)
	}
	return list
}

// outcome is what a reading under faults came to.
type outcome struct {
	err      error
	snapshot identity.Snapshot
	where    map[identity.GUID]identity.Whereabouts
	coverage policy.Coverage
}

// look reads as the commands do: whoever is missing is asked for once more.
func (w *truth) look(ctx context.Context, o directory.Options) outcome {
	var out outcome
	c, err := directory.Dial(ctx, o)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = c.Close() }()
	if out.snapshot, out.err = c.Read(ctx, w.request); out.err != nil {
		return out
	}
	if out.where, out.err = c.Lookup(ctx, w.unseen(out.snapshot)); out.err != nil {
		return out
	}
	out.coverage = policy.Judge(out.snapshot, w.links, out.where, w.rules.Follow(out.snapshot))
	return out
}

func (w *truth) unseen(s identity.Snapshot) []identity.GUID {
	var list []identity.GUID
	for _, l := range w.links {
		if !slices.Contains(slices.Collect(s.People.GUIDs()), l.GUID) &&
			!slices.ContainsFunc(s.Groups, func(g identity.Group) bool { return g.GUID == l.GUID }) {
			list = append(list, l.GUID)
		}
	}
	return list
}

// wrong lists what a reading says that is not so and that nothing marks as
// incomplete.
func (w *truth) wrong(out outcome, strict bool) []string {
	if out.err != nil {
		if fault.Code(out.err) == "" {
			return []string{"an error without a code: " + out.err.Error()}
		}
		return nil
	}
	if w.otherController(out.snapshot) {
		return nil // absences wait (directory.lag)
	}
	v := verdict{truth: w, outcome: out, strict: strict, desired: policy.Desire(out.snapshot, w.rules.Follow(out.snapshot))}
	v.absences()
	v.values()
	v.memberships()
	return v.list
}

// otherController says that the reading is not of the controller that was read
// last time, or of one whose database was set back.
func (w *truth) otherController(s identity.Snapshot) bool {
	if len(s.Servers) == 0 {
		return false
	}
	now, last := s.Servers[0], w.snapshot.Servers[0]
	return now.InvocationID != last.InvocationID || now.InvocationID == "" && now.Name != last.Name || now.HighestUSN < last.HighestUSN
}

type verdict struct {
	*truth
	outcome
	strict  bool // nothing is missing from a search that claims to be complete
	desired policy.Desired
	list    []string
}

func (v *verdict) say(format string, a ...any) { v.list = append(v.list, fmt.Sprintf(format, a...)) }

// absences: whoever is in scope by the truth is not proven to have left. Who is found nowhere at all is left to a person (notFound).
func (v *verdict) absences() {
	for _, l := range v.links {
		kind := identity.ReadUsers
		if l.Kind == identity.KindGroup {
			kind = identity.ReadGroups
		}
		if v.strict && !v.here(l.GUID) && !v.incomplete(kind, l.DN) {
			v.say("%s is missing from a search that claims to be complete", l.DN)
		}
		_, person := v.desired.Users[l.GUID]
		_, group := v.desired.Groups[l.GUID]
		if person || group || v.desired.Unsure[l.GUID] != "" || v.coverage.Absence(l) != "" || v.outBefore(l.GUID) {
			continue
		}
		r := policy.Leaving(l, v.desired, v.where[l.GUID], v.rules, nil)
		if r.Code == "group.empty" && v.holdsSomebody(l.GUID) {
			continue
		}
		if r.Code != "notFound" {
			v.say("%s %s is missing and would be removed: %s %s", l.Kind, l.DN, r.Code, r.Text)
		}
	}
}

// holdsSomebody says that of the people of a group by the ledger one is held, and
// with them the group (rule 4 of the plan).
func (v *verdict) holdsSomebody(group identity.GUID) bool {
	return slices.ContainsFunc(v.truth.desired.Groups[group].Members, func(m identity.GUID) bool {
		at := slices.IndexFunc(v.links, func(l identity.Link) bool { return l.GUID == m })
		return v.desired.Unsure[m] != "" || v.coverage.Absence(v.links[at]) != ""
	})
}

// outBefore says that the rules keep an object out of Central anyway.
func (v *verdict) outBefore(id identity.GUID) bool {
	_, out := v.truth.desired.Out[id]
	return out
}

func (v *verdict) here(id identity.GUID) bool {
	return slices.Contains(slices.Collect(v.read().People.GUIDs()), id) ||
		slices.ContainsFunc(v.read().Groups, func(g identity.Group) bool { return g.GUID == id })
}

func (v *verdict) read() identity.Snapshot { return v.outcome.snapshot }

// incomplete says that a read of a kind that has to do with a DN is marked.
func (v *verdict) incomplete(kind, dn string) bool {
	return slices.ContainsFunc(v.coverage.Reads, func(r identity.Read) bool {
		return !r.Complete && r.Kind == kind && (kind == identity.ReadGroups || directory.UnderBase(dn, r.Base) || r.Standing != "")
	})
}

var personValues = cmp.Options{
	cmpopts.EquateEmpty(),
	cmpopts.SortSlices(strings.Compare),
}

// values: who stands in the snapshot is as the directory has it.
func (v *verdict) values() {
	for p := range v.read().People.All() {
		want, known := v.people[p.GUID]
		if v.incomplete(identity.ReadUsers, p.DN) || v.incomplete(identity.ReadUsers, want.DN) || !p.ControlKnown {
			continue
		}
		// One of two searches that both ought to return somebody is enough.
		p.Matched, want.Matched = nil, nil
		if !known {
			v.say("%s is read and is not in the scope", p.DN)
		} else if d := cmp.Diff(want, p, personValues); d != "" {
			v.say("%s is read wrongly (-truth +read):\n%s", want.DN, d)
		}
	}
	for _, g := range v.read().Groups {
		want, known := v.groups[g.GUID]
		if v.incomplete(identity.ReadGroups, g.DN) || v.desired.Unsure[g.GUID] != "" {
			continue
		}
		g.Members, want.Members, g.Matched, want.Matched = nil, nil, nil, nil
		g.MemberOf, want.MemberOf = nil, nil // proves something about others, and decides nothing
		if !known {
			v.say("the group %s is read and is not there", g.DN)
		} else if d := cmp.Diff(want, g, personValues); d != "" {
			v.say("the group %s is read wrongly (-truth +read):\n%s", want.DN, d)
		}
	}
}

// memberships: one that is missing is of somebody or of a group that is missing,
// or nobody may act on it.
func (v *verdict) memberships() {
	if v.coverage.Membership() != "" {
		return
	}
	for _, g := range v.read().Groups {
		want := v.groups[g.GUID]
		if v.desired.Unsure[g.GUID] != "" {
			continue
		}
		for _, m := range want.Members {
			if !slices.Contains(g.Members, m) && v.here(m) {
				v.say("%s has lost its member %s%s", g.DN, v.people[m].DN, v.groups[m].DN)
			}
		}
		for _, m := range v.truth.desired.Groups[g.GUID].Members {
			_, stays := v.desired.Users[m]
			if wanted := v.desired.Groups[g.GUID]; stays && !slices.Contains(wanted.Members, m) && !v.unproven(g.GUID) && !v.unproven(m) {
				v.say("%s would lose %s through nesting", g.DN, v.people[m].DN)
			}
		}
		for _, m := range g.Members {
			if !slices.Contains(want.Members, m) {
				v.say("%s has a member too many: %s%s", g.DN, v.people[m].DN, v.groups[m].DN)
			}
		}
	}
}

// unproven says that a plan holds what would be taken from an object of the ledger.
func (v *verdict) unproven(id identity.GUID) bool {
	at := slices.IndexFunc(v.links, func(l identity.Link) bool { return l.GUID == id })
	return v.desired.Unsure[id] != "" || v.coverage.Absence(v.links[at]) != ""
}

// exact says that a reading is the truth and knows it.
func (w *truth) exact(out outcome) bool {
	if out.err != nil || !out.coverage.Complete() || len(out.where) > 0 {
		return false
	}
	return cmp.Equal(slices.Collect(w.snapshot.People.All()), slices.Collect(out.snapshot.People.All()), personValues) && cmp.Equal(w.snapshot.Groups, out.snapshot.Groups, personValues)
}

const roundTime = 45 * time.Second
