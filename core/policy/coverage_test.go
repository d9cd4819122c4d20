package policy_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/policy"
)

// bases makes corp have two bases for users, each read completely.
func bases(s *identity.Snapshot) {
	s.Reads = slices.Concat([]identity.Read{
		{Domain: corp, Base: staff, Kind: identity.ReadUsers, Entries: 1, Complete: true},
		{Domain: corp, Base: sales, Kind: identity.ReadUsers, Entries: 1, Complete: true},
	}, s.Reads[1:])
}

func twoBases(r *policy.Rules) {
	r.Domains[corp] = policy.DomainRules{Include: true, Users: policy.SearchRules{Bases: []string{staff, sales}}}
}

// spoil makes the reads of a base and kind incomplete.
func spoil(base, kind string) func(*identity.Snapshot) {
	return func(s *identity.Snapshot) {
		for i, r := range s.Reads {
			if r.Base == base && r.Kind == kind {
				s.Reads[i].Complete, s.Reads[i].Code, s.Reads[i].Reason = false, "directory.timeout", "time ran out"
			}
		}
	}
}

// empty makes a complete read return nothing.
func empty(base, kind string) func(*identity.Snapshot) {
	return func(s *identity.Snapshot) {
		for i, r := range s.Reads {
			if r.Base == base && r.Kind == kind {
				s.Reads[i].Entries = 0
			}
		}
	}
}

// returnedBy says which search returned somebody.
func returnedBy(base string) func(*identity.Person) {
	return func(p *identity.Person) { p.Matched = []identity.Match{{Base: base}} }
}

func below(base string) func(*identity.Link) {
	return func(l *identity.Link) { l.Bases, l.DN = []string{base}, "CN="+l.Name+","+base }
}

func inEast(l *identity.Link) { l.Domain, l.Bases, l.DN = east, []string{dce}, "CN="+l.Name+","+dce }

// TestAbsence asks which absences are proven.
func TestAbsence(t *testing.T) {
	filtered := func(r *policy.Rules) {
		r.Domains[corp] = policy.DomainRules{Include: true, Users: policy.SearchRules{Filter: "(department=x)"}}
	}
	ann, eve := link("Ann"), link("Eve", inEast)
	inStaff, inSales := link("Ann", below(staff)), link("Bob", below(sales))
	team, teamEast := link("Team", isGroup), link("TeamE", isGroup, inEast)
	tests := map[string]struct {
		why        string
		s          identity.Snapshot
		rules      func(*policy.Rules)
		links      []identity.Link
		where      map[identity.GUID]identity.Whereabouts
		held       []string // names whose absence proves nothing
		missing    []string // of these, because a base or what a filter names is gone
		membership bool
		choice     bool     // no device may be put into a group, though memberships may go
		incomplete []string // "kind base code"
	}{
		"Complete": {
			why: "What complete reads do not show is gone.",
			s:   snapshot(), links: links(ann, eve, team), where: where(deleted("Ann"), nowhere("Eve"), deleted("Team")),
		},
		"OneBase": {
			why: "An incomplete base holds its own people only.",
			s:   snapshot(bases, spoil(staff, identity.ReadUsers)), rules: twoBases,
			links: links(inStaff, inSales, eve, team), where: where(deleted("Ann"), deleted("Bob"), deleted("Eve"), deleted("Team")),
			held: []string{"Ann"}, incomplete: []string{"users " + staff + " directory.timeout"},
		},
		"UnknownBases": {
			why: "Of whom nobody knows where they were found, each base may have been it.",
			s:   snapshot(bases, spoil(sales, identity.ReadUsers)), rules: twoBases,
			links: links(link("Ann", func(l *identity.Link) { l.Bases = nil }), eve), where: where(deleted("Ann"), deleted("Eve")),
			held: []string{"Ann"}, incomplete: []string{"users " + sales + " directory.timeout"},
		},
		"BaseNarrowed": {
			why: "Found below the whole domain once, last standing in the base that is read now.",
			s:   snapshot(bases, spoil(staff, identity.ReadUsers)), rules: twoBases,
			links: links(ann), where: where(deleted("Ann")), held: []string{"Ann"}, incomplete: []string{"users " + staff + " directory.timeout"},
		},
		"MovedIntoIncompleteBase": {
			why: "Who moved from a base that was read to one that was not has not left.",
			s:   snapshot(bases, spoil(sales, identity.ReadUsers)), rules: twoBases,
			links: links(inStaff), where: where(live("Ann", sales)), held: []string{"Ann"}, incomplete: []string{"users " + sales + " directory.timeout"},
		},
		"MovedIntoIncompleteDomain": {
			why: "The same over domains.",
			s:   snapshot(spoil(dce, identity.ReadUsers)), links: links(ann),
			where: where(identity.Whereabouts{GUID: "Ann", Presence: identity.Live, DN: "CN=Ann," + dce, Domain: east}),
			held:  []string{"Ann"}, incomplete: []string{"users " + dce + " directory.timeout"},
		},
		"BaseMissing": {
			why: "A base that is not there may be one that was renamed: nobody of its domain is known to have left.",
			s: snapshot(bases, spoil(sales, identity.ReadUsers), func(s *identity.Snapshot) {
				s.Reads[1].Code = "directory.base.missing"
			}), rules: twoBases,
			links: links(inStaff, eve), where: where(live("Ann", "OU=New,"+dcs), deleted("Eve")),
			held: []string{"Ann"}, missing: []string{"Ann"}, incomplete: []string{"users " + sales + " directory.base.missing"},
		},
		"FilterGroupMissing": {
			why: "Whom the filter chose below a base is not known while the group that it names is gone.",
			s: snapshot(bases, spoil(sales, identity.ReadUsers), func(s *identity.Snapshot) {
				s.Reads[1].Code = policy.FilterMissing
			}), rules: twoBases,
			links: links(inSales, inStaff, eve, team), where: where(live("Bob", sales), deleted("Ann"), deleted("Eve"), deleted("Team")),
			held: []string{"Bob"}, missing: []string{"Bob"}, incomplete: []string{"users " + sales + " directory.filter.missing"},
		},
		"GroupBaseMissing": {
			why: "Which groups are wanted is not known; who belongs to them is, for every group was read.",
			s: snapshot(func(s *identity.Snapshot) {
				s.Reads = append(s.Reads, identity.Read{Domain: corp, Base: sales, Kind: identity.ReadGroups, Code: policy.BaseMissing, Reason: "the base is not there"})
			}), links: links(team, teamEast, ann), where: where(live("Team", staff), deleted("TeamE"), deleted("Ann")),
			held: []string{"Team"}, missing: []string{"Team"}, choice: true, incomplete: []string{"groups " + sales + " directory.base.missing"},
		},
		"GroupFilterMissing": {
			why: "The same where a filter for groups names what is not there.",
			s: snapshot(func(s *identity.Snapshot) {
				s.Reads = append(s.Reads, identity.Read{Domain: corp, Base: dcs, Kind: identity.ReadGroups, Filter: "(memberOf=CN=X)", Code: policy.FilterMissing, Reason: "it is not there"})
			}), rules: func(r *policy.Rules) {
				r.Domains[corp] = policy.DomainRules{Include: true, Groups: policy.SearchRules{Filter: "(memberOf=CN=X)"}}
			},
			links: links(ann), where: where(deleted("Ann")), choice: true, incomplete: []string{"groups " + dcs + " directory.filter.missing"},
		},
		"BasesChanged": {
			why: "Below a base that is read no more, and the one that took its place was not read.",
			s:   snapshot(bases, spoil(sales, identity.ReadUsers)), rules: twoBases,
			links: links(link("Eve", below("OU=Old,"+dcs)), inSales, inStaff), where: where(live("Eve", "OU=Old,"+dcs), deleted("Bob"), deleted("Ann")),
			held: []string{"Eve", "Bob"}, incomplete: []string{"users " + sales + " directory.timeout"},
		},
		"GroupsOfADomain": {
			why: "Groups are read with their whole domain; through nesting they bear on every membership.",
			s:   snapshot(spoil(dcs, identity.ReadGroups)), links: links(ann, team, teamEast), where: where(deleted("Ann"), deleted("Team"), deleted("TeamE")),
			held: []string{"Team"}, membership: true, incomplete: []string{"groups " + dcs + " directory.timeout"},
		},
		"WholeDomainMissing": {
			why: "Nothing is taken away anywhere while an included domain is missing.",
			s:   snapshot(spoil(dce, identity.ReadUsers), spoil(dce, identity.ReadGroups)), links: links(ann, eve, team), where: where(deleted("Ann"), deleted("Eve"), deleted("Team")),
			held: []string{"Ann", "Eve", "Team"}, membership: true, incomplete: []string{"groups " + dce + " directory.timeout", "users " + dce + " directory.timeout"},
		},
		"WholeDomainWithoutReads": {
			why: "A domain that nobody tried to read is missing too.",
			s:   snapshot(func(s *identity.Snapshot) { s.Reads = s.Reads[:2] }), links: links(ann), where: where(deleted("Ann")),
			held: []string{"Ann"}, membership: true,
		},
		"ExcludedDomainWithoutReads": {
			why: "A domain that is not included need not be read.",
			s:   snapshot(func(s *identity.Snapshot) { s.Reads = s.Reads[:2] }), rules: func(r *policy.Rules) { r.Domains[east] = policy.DomainRules{} },
			links: links(ann), where: where(deleted("Ann")),
		},
		"EmptyReadOfNothing": {
			why: "An empty base that never had anybody is simply empty.",
			s:   snapshot(bases, empty(sales, identity.ReadUsers)), rules: twoBases, links: links(inStaff), where: where(deleted("Ann")),
		},
		"EmptyReadWhereSomebodyWas": {
			why: "An account that lost its rights gets success and nothing.",
			s:   snapshot(bases, empty(sales, identity.ReadUsers)), rules: twoBases, links: links(inSales, inStaff), where: where(nowhere("Bob"), deleted("Ann")),
			held: []string{"Bob"}, incomplete: []string{"users " + sales + " directory.read.empty"},
		},
		"EmptyReadAllDeleted": {
			why: "Everybody who was there is among the deleted: the base is empty indeed.",
			s:   snapshot(bases, empty(sales, identity.ReadUsers)), rules: twoBases, links: links(inSales), where: where(deleted("Bob")),
		},
		"EmptyReadAllMovedOut": {
			why: "Everybody who was there stands elsewhere, out of scope.",
			s:   snapshot(bases, empty(sales, identity.ReadUsers)), rules: twoBases, links: links(inSales), where: where(live("Bob", "OU=Leavers,"+dcs)),
		},
		"EmptyReadAllMovedToAnotherBase": {
			why: "Everybody who was there was read below another base.",
			s:   snapshot(bases, empty(sales, identity.ReadUsers), people(person("Bob", returnedBy(staff)))), rules: twoBases, links: links(inSales),
		},
		"LeftOutOfOneSearch": {
			why: "A group below the base for groups, which has no filter, was left out by the search of that base.",
			s:   snapshot(groups(group("Team", nil))), links: links(team), held: []string{"Team"},
			rules: func(r *policy.Rules) {
				r.Domains[corp] = policy.DomainRules{Include: true, Groups: policy.SearchRules{Bases: []string{"OU=Groups," + dcs}}}
			},
		},
		"EmptyReadStillThere": {
			why: "The object stands where it was, and the search did not show it.",
			s:   snapshot(bases, empty(sales, identity.ReadUsers)), rules: twoBases, links: links(inSales), where: where(live("Bob", sales)),
			held: []string{"Bob"}, incomplete: []string{"users " + sales + " directory.read.empty"},
		},
		"EmptyReadOfRespelledBase": {
			why: "A base that was written in another case is the same base.",
			s: snapshot(bases, empty(sales, identity.ReadUsers), func(s *identity.Snapshot) {
				s.Reads[1].Base = strings.ToLower(sales)
			}), rules: twoBases, links: links(inSales), where: where(nowhere("Bob")),
			held: []string{"Bob"}, incomplete: []string{"users " + strings.ToLower(sales) + " directory.read.empty"},
		},
		"EmptyReadOfGroups": {
			why: "The same of groups.",
			s:   snapshot(empty(dcs, identity.ReadGroups)), links: links(team, ann), where: where(nowhere("Team"), deleted("Ann")),
			held: []string{"Team"}, membership: true, incomplete: []string{"groups " + dcs + " directory.read.empty"},
		},
		"ThereButNotReturned": {
			why: "No filter, below a base, alive, and yet not in the answer: rights to a part of the tree were lost.",
			s:   snapshot(), links: links(ann, eve), where: where(live("Ann", staff), deleted("Eve")), held: []string{"Ann"},
		},
		"ThereButFiltered": {
			why: "With a filter that is the normal way to leave.",
			s:   snapshot(), rules: filtered, links: links(ann), where: where(live("Ann", staff)),
		},
		"GroupThereButNotReturned": {
			why: "All groups of a domain are read, whatever the filter.",
			s:   snapshot(), links: links(team), where: where(live("Team", staff)), held: []string{"Team"},
		},
		"NobodyAsked": {
			why: "Without a look-up an absence was not observed.",
			s:   snapshot(), links: links(ann), held: []string{"Ann"},
		},
		"AskedInPart": {
			why: "Where not every domain could be asked nowhere is not known, and what is not known takes nobody away.",
			s:   snapshot(), links: links(ann), where: where(identity.Whereabouts{GUID: "Ann"}), held: []string{"Ann"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := rules()
			if tc.rules != nil {
				tc.rules(&r)
			}
			before := slices.Clone(tc.s.Reads)
			c := policy.Judge(tc.s, tc.links, tc.where, r)
			var held, gone, incomplete []string
			for _, l := range tc.links {
				if c.Absence(l) != "" {
					held = append(held, l.Name)
				}
				if c.Missing(l) {
					gone = append(gone, l.Name)
				}
			}
			for _, x := range c.Reads {
				if !x.Complete {
					incomplete = append(incomplete, fmt.Sprintf("%s %s %s", x.Kind, x.Base, x.Code))
					if x.Reason == "" {
						t.Errorf("%s %s is incomplete without a reason", x.Kind, x.Base)
					}
				}
			}
			slices.Sort(incomplete)
			if d := cmp.Diff(tc.held, held, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nheld (-want +got):\n%s", tc.why, d)
			}
			if d := cmp.Diff(tc.missing, gone, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nwhat they were found by is missing (-want +got):\n%s", tc.why, d)
			}
			if (c.Membership() != "") != tc.membership {
				t.Errorf("%s\nmemberships %q", tc.why, c.Membership())
			}
			if (c.Choice() != "") != (tc.choice || tc.membership) {
				t.Errorf("%s\nchoice %q", tc.why, c.Choice())
			}
			if d := cmp.Diff(tc.incomplete, incomplete, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nincomplete reads (-want +got):\n%s", tc.why, d)
			}
			if c.Complete() != (len(incomplete) == 0) {
				t.Errorf("complete %v with %v", c.Complete(), incomplete)
			}
			if d := cmp.Diff(before, tc.s.Reads); d != "" {
				t.Errorf("the snapshot was changed (-want +got):\n%s", d)
			}
		})
	}
}

// confirmed is a person's word about a base, given some time before the reading.
func confirmed(dn string, ago time.Duration) *policy.Confirmed {
	return &policy.Confirmed{Domain: corp, DN: dn, At: now.Add(-ago), Reason: "moved to another forest"}
}

func TestNowhere(t *testing.T) {
	tests := map[string]struct {
		why            string
		known, lost    int
		notFound       func(int) identity.Whereabouts
		deletedHidden  bool
		confirmed      *policy.Confirmed
		wantIncomplete bool
	}{
		"Confirmed":      {why: "A person has said that the base is empty on purpose.", known: 10, lost: 10, confirmed: confirmed(dcs, time.Hour)},
		"ConfirmedLast":  {why: "The plan that followed waits for an approval.", known: 10, lost: 10, confirmed: confirmed(dcs, 6*24*time.Hour)},
		"ConfirmedOnce":  {why: "That was long ago, and said of others.", known: 10, lost: 10, confirmed: confirmed(dcs, 8*24*time.Hour), wantIncomplete: true},
		"ConfirmedOther": {why: "That was said of another base.", known: 10, lost: 10, confirmed: confirmed(sales, time.Hour), wantIncomplete: true},
		"Three":          {why: "Three may go below the lifetime of tombstones.", known: 10, lost: 3},
		"Four":           {why: "More than three and more than one percent: rights are missing.", known: 10, lost: 4, wantIncomplete: true},
		"OnePercent":     {why: "Four of four hundred are one percent, not more.", known: 400, lost: 4},
		"OverOne":        {why: "Four of 399 are more than one percent.", known: 399, lost: 4, wantIncomplete: true},
		"Deleted":        {why: "Who is among the deleted is found.", known: 10, lost: 10, notFound: func(i int) identity.Whereabouts { return deleted(fmt.Sprint(i)) }},
		"Elsewhere":      {why: "So is who lives elsewhere.", known: 10, lost: 10, notFound: func(i int) identity.Whereabouts { return live(fmt.Sprint(i), "OU=Out,DC=x") }},
		"DeletedHidden":  {why: "An account that may not read the deleted objects finds none of them: that says nothing.", known: 10, lost: 10, deletedHidden: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := snapshot()
			s.DeletedReadable, s.TakenAt = !tc.deletedHidden, now
			w := map[identity.GUID]identity.Whereabouts{}
			var list []identity.Link
			for i := range tc.known {
				l := link(fmt.Sprint(i))
				list = append(list, l)
				if i >= tc.lost {
					s.People = s.People.With(person(l.Name))
					continue
				}
				x := nowhere(l.Name)
				if tc.notFound != nil {
					x = tc.notFound(i)
				}
				maps.Copy(w, where(x))
			}
			list = append(list, link("Team", isGroup), link("Eve", inEast))
			maps.Copy(w, where(deleted("Team"), deleted("Eve")))
			c := policy.Judge(s, list, w, rules(func(r *policy.Rules) {
				if tc.confirmed != nil {
					r.Confirmed = []policy.Confirmed{*tc.confirmed}
				}
			}))
			if got := !c.Reads[0].Complete; got != tc.wantIncomplete {
				t.Errorf("%s\nincomplete %v: %s", tc.why, got, c.Reads[0].Reason)
			}
			if tc.wantIncomplete && c.Reads[0].Code != "directory.read.nowhere" {
				t.Errorf("%s\ncode %s", tc.why, c.Reads[0].Code)
			}
			for _, x := range c.Reads[1:] {
				if !x.Complete {
					t.Errorf("%s %s is another scope and was doubted too", x.Kind, x.Base)
				}
			}
		})
	}
}

func TestNoReadsAreNotComplete(t *testing.T) {
	var zero policy.Coverage
	if zero.Complete() {
		t.Error("a coverage without reads claims completeness")
	}
}

func TestMissingDomainsAreNamedInOrder(t *testing.T) {
	s := snapshot()
	s.Reads = nil
	for range 20 {
		if c := policy.Judge(s, nil, nil, rules()); !strings.Contains(c.Membership(), " "+corp+" ") {
			t.Fatalf("equal inputs give equal documents, this one says %q", c.Membership())
		}
	}
}
