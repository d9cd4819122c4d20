package policy_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// TestDesirePeople asks of one person whether the rules want him or her.
func TestDesirePeople(t *testing.T) {
	yesterday, tomorrow := now.AddDate(0, 0, -1), now.AddDate(0, 0, 1)
	excluding := func(list ...string) func(*policy.Rules) {
		return func(r *policy.Rules) { r.ExcludeUsers = patterns(t, list...) }
	}
	tests := map[string]struct {
		why    string
		person func(*identity.Person)
		rules  func(*policy.Rules)
		out    string // reason, "" for in
		unsure bool
		warns  []string
	}{
		"Plain": {why: "Nothing speaks against an enabled account that a base returned."},
		"DomainNotIncluded": {
			why:   "A domain with include false keeps its accounts out.",
			rules: func(r *policy.Rules) { r.Domains[corp] = policy.DomainRules{} }, out: "domain.excluded",
		},
		"DomainUnlisted": {
			why:   "A domain that nobody named is not synchronised, and the plan names it.",
			rules: func(r *policy.Rules) { delete(r.Domains, corp) }, out: "domain.excluded", warns: []string{"domain.unlisted"},
		},
		"System": {why: "Administrator, Guest and krbtgt are no people.", person: func(p *identity.Person) { p.System = true }, out: "system"},
		"SystemBeforeDisabled": {
			why:    "Guest is disabled too; the reason that no switch changes comes first.",
			person: func(p *identity.Person) { p.System, p.Disabled = true, true }, out: "system",
		},
		"ControlUnreadable": {
			why:    "Neither enabled nor disabled: not made, and nothing of theirs taken away.",
			person: func(p *identity.Person) { p.ControlKnown = false }, out: "unreadable", unsure: true, warns: []string{"user.unreadable"},
		},
		"Disabled":         {why: "Left out by default.", person: func(p *identity.Person) { p.Disabled = true }, out: "disabled"},
		"DisabledIncluded": {why: "includeDisabled keeps them.", person: func(p *identity.Person) { p.Disabled = true }, rules: func(r *policy.Rules) { r.IncludeDisabled = true }},
		"Expired":          {why: "Kept by default: includeExpired is true.", person: func(p *identity.Person) { p.ExpiresAt = yesterday }},
		"ExpiredExcluded": {
			why: "includeExpired false leaves them out.", person: func(p *identity.Person) { p.ExpiresAt = yesterday },
			rules: func(r *policy.Rules) { r.IncludeExpired = false }, out: "expired",
		},
		"ExpiresThisInstant": {
			why: "The account has expired at the time itself.", person: func(p *identity.Person) { p.ExpiresAt = now },
			rules: func(r *policy.Rules) { r.IncludeExpired = false }, out: "expired",
		},
		"ExpiresTomorrow": {
			why: "Not yet.", person: func(p *identity.Person) { p.ExpiresAt = tomorrow },
			rules: func(r *policy.Rules) { r.IncludeExpired = false },
		},
		"NeverExpires":    {why: "Zero is never, not long ago.", rules: func(r *policy.Rules) { r.IncludeExpired = false }},
		"ExcludedAccount": {why: "By sAMAccountName, whatever the case.", rules: excluding("ANN"), out: "excluded"},
		"ExcludedMail":    {why: "By address.", rules: excluding("ann@corp.example"), out: "excluded"},
		"ExcludedName":    {why: "By display name.", person: func(p *identity.Person) { p.Display = "Ann Lee" }, rules: excluding("ann lee"), out: "excluded"},
		"ExcludedDN":      {why: "By DN.", rules: excluding("cn=ann," + staff), out: "excluded"},
		"ExcludedGlob":    {why: "By a glob over the DN.", rules: excluding("*,OU=Staff,*"), out: "excluded"},
		"ExcludedRegexp":  {why: "By an expression.", rules: excluding(`/^a.n$/`), out: "excluded"},
		"NotExcluded":     {why: "A part of a name is no match.", rules: excluding("an", "a?", "/^an$/")},
		"NotMatched":      {why: "What no base and filter returned is out.", person: func(p *identity.Person) { p.Matched = nil }, out: "filter.users"},
		"NoMail":          {why: "Synchronised all the same, and named.", person: func(p *identity.Person) { p.Mail = "" }, warns: []string{"user.noEmail"}},
		"NoMailAliases": {
			why:    "Without mail every address is unknown to Central.",
			person: func(p *identity.Person) { p.Mail, p.Aliases = "", []string{"ann@corp.example"} }, warns: []string{"user.aliases", "user.noEmail"},
		},
		"InvalidMail": {why: "The person is sent, the address is not.", person: func(p *identity.Person) { p.Mail = "ann at corp" }, warns: []string{"user.emailInvalid"}},
		"Aliases": {
			why:    "Central knows one address alone; the others are named.",
			person: func(p *identity.Person) { p.Aliases = []string{"lee@corp.example"} }, warns: []string{"user.aliases"},
		},
		"AliasSent": {
			why:    "The address that is sent is known, in whatever case, though mail holds another.",
			person: func(p *identity.Person) { p.Aliases = []string{"ANN@corp.example"} },
		},
		"AliasesOfNobody": {
			why:    "Of somebody who is out it does not matter.",
			person: func(p *identity.Person) { p.Aliases, p.System = []string{"lee@corp.example"}, true }, out: "system",
		},
		"SharedMailbox": {
			why:    "Its account is disabled by nature, and somebody writes to it.",
			person: func(p *identity.Person) { p.Disabled, p.Recipient = true, identity.RecipientShared }, out: "disabled", warns: []string{"mailbox.excluded"},
		},
		"RoomMailbox":      {why: "Likewise.", person: func(p *identity.Person) { p.Disabled, p.Recipient = true, identity.RecipientRoom }, out: "disabled", warns: []string{"mailbox.excluded"}},
		"EquipmentMailbox": {why: "Likewise.", person: func(p *identity.Person) { p.Disabled, p.Recipient = true, identity.RecipientEquipment }, out: "disabled", warns: []string{"mailbox.excluded"}},
		"LeaverMailbox":    {why: "The mailbox of somebody who has left is disabled on purpose.", person: func(p *identity.Person) { p.Disabled, p.Recipient = true, identity.RecipientUser }, out: "disabled"},
		"SharedIncluded": {
			why:    "With includeDisabled it is synchronised like others.",
			person: func(p *identity.Person) { p.Disabled, p.Recipient = true, identity.RecipientShared },
			rules:  func(r *policy.Rules) { r.IncludeDisabled = true },
		},
		"AttributesFailed": {
			why: "An expression that fails says nothing about the person: nothing is taken away.",
			rules: func(r *policy.Rules) {
				r.Fields = func(identity.Person, identity.Domain, map[string]bool) (identity.Fields, error) {
					return identity.Fields{}, errors.New("cannot add: null and string")
				}
			},
			out: "unreadable", unsure: true, warns: []string{"user.unreadable"},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := person("Ann")
			if tc.person != nil {
				tc.person(&p)
			}
			r := rules()
			if tc.rules != nil {
				tc.rules(&r)
			}
			got := policy.Desire(snapshot(people(p)), r)
			if _, in := got.Users["Ann"]; in != (tc.out == "") {
				t.Errorf("%s\nin %v", tc.why, in)
			}
			if got.Out["Ann"].Code != tc.out {
				t.Errorf("%s\nout with %q, want %q", tc.why, got.Out["Ann"].Code, tc.out)
			}
			if tc.out != "" && (got.Out["Ann"].Text == "" || got.OutKind["Ann"] != identity.KindUser) {
				t.Errorf("%s\nreason without text or kind: %v %q", tc.why, got.Out["Ann"], got.OutKind["Ann"])
			}
			if (got.Unsure["Ann"] != "") != tc.unsure {
				t.Errorf("%s\nunsure %q", tc.why, got.Unsure["Ann"])
			}
			if d := cmp.Diff(tc.warns, codes(got.Warnings), cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nwarnings (-want +got):\n%s", tc.why, d)
			}
		})
	}
}

func codes(list []identity.Warning) []string {
	var c []string
	for _, w := range list {
		c = append(c, w.Code)
	}
	return c
}

func TestDesireWholeState(t *testing.T) {
	made := now.AddDate(-1, 0, 0)
	s := snapshot(
		people(person("Ann", func(p *identity.Person) {
			p.Critical, p.CreatedAt = true, made
			p.Matched = []identity.Match{{Base: staff, Filter: "(a=1)"}, {Base: dcs}, {Base: staff}}
		}), person("Bob", func(p *identity.Person) { p.Disabled = true })),
		groups(group("All", ids("Ann", "Bob"), func(g *identity.Group) { g.Description, g.CreatedAt = "  everybody ", made })),
	)
	want := policy.Desired{
		State: identity.State{
			Users: map[identity.GUID]identity.WantedUser{"Ann": {
				GUID: "Ann", SID: "S-Ann", DN: "CN=Ann," + staff, Domain: corp, Account: "ann", NetBIOS: "CORP", Display: "Ann", Critical: true, CreatedAt: made,
				Bases: []string{dcs, staff}, Fields: identity.Fields{Name: "Ann", Email: "ann@corp.example", ExchangeLogin: `CORP\ann`},
			}},
			Groups: map[identity.GUID]identity.WantedGroup{"All": {
				GUID: "All", SID: "S-All", DN: "CN=All,OU=Groups," + dcs, Domain: corp, Account: "all", Display: "All", CreatedAt: made,
				Bases: []string{dcs}, Fields: identity.Fields{Name: "All", Description: "everybody"}, Members: ids("Ann"),
			}},
		},
		Out:     map[identity.GUID]policy.Reason{"Bob": {Code: "disabled", Text: "the account is disabled"}},
		OutKind: map[identity.GUID]identity.Kind{"Bob": identity.KindUser},
		Unsure:  map[identity.GUID]string{},
	}
	got := policy.Desire(s, rules(func(r *policy.Rules) {
		r.Domains[corp] = policy.DomainRules{Include: true, Users: policy.SearchRules{Bases: []string{dcs, staff}}}
	}))
	if d := cmp.Diff(want, got, cmpopts.IgnoreUnexported(policy.Desired{})); d != "" {
		t.Errorf("desired (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]plan.OutCount{{Kind: identity.KindUser, Reason: "disabled", Count: 1}}, got.Count()); d != "" {
		t.Errorf("count (-want +got):\n%s", d)
	}
}

func TestDesireNames(t *testing.T) {
	fields := func(f identity.Fields) func(*policy.Rules) {
		return func(r *policy.Rules) {
			r.Fields = func(identity.Person, identity.Domain, map[string]bool) (identity.Fields, error) { return f, nil }
		}
	}
	tests := map[string]struct {
		why    string
		person func(*identity.Person)
		rules  func(*policy.Rules)
		want   string
	}{
		"Rule":    {why: "What the expression gives is the name.", rules: fields(identity.Fields{Name: "Dr Ann"}), want: "Dr Ann"},
		"Display": {why: "An empty name would be refused: the display name stands in.", rules: fields(identity.Fields{}), want: "Ann"},
		"CN":      {why: "Without that, cn.", rules: fields(identity.Fields{}), person: func(p *identity.Person) { p.Display, p.CN = "", "Ann L" }, want: "Ann L"},
		"Account": {why: "At last the account, which everybody has.", rules: fields(identity.Fields{}), person: func(p *identity.Person) { p.Display, p.CN = "", "" }, want: "ann"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := person("Ann")
			if tc.person != nil {
				tc.person(&p)
			}
			if got := policy.Desire(snapshot(people(p)), rules(tc.rules)).Users["Ann"].Fields.Name; got != tc.want {
				t.Errorf("%s\nname %q, want %q", tc.why, got, tc.want)
			}
		})
	}
}

func TestDesireMail(t *testing.T) {
	long := strings.Repeat("a", 65)
	tests := map[string]struct {
		why  string
		mail string
		sent bool
	}{
		"Plain":           {"The common form.", "ann@corp.example", true},
		"Plus":            {"Sub-addresses are addresses.", "ann+x@corp.example", true},
		"Umlaut":          {"Internationalised addresses are for Central to judge.", "jörg@müller.example", true},
		"Apostrophe":      {"O'Brien is somebody.", "o'brien@corp.example", true},
		"NoAt":            {"A name is no address.", "ann", false},
		"TwoAts":          {"Two addresses in one.", "ann@x@corp.example", false},
		"NoLocal":         {"Nobody.", "@corp.example", false},
		"NoHost":          {"Nowhere.", "ann@", false},
		"NoDot":           {"A host name alone is none that mail is sent to.", "ann@corp", false},
		"EmptyLabel":      {"A typing error.", "ann@corp..example", false},
		"TrailingDot":     {"Likewise.", "ann@corp.example.", false},
		"LeadingDash":     {"No host name.", "ann@-corp.example", false},
		"LocalDots":       {"Dots stand between atoms only.", "a..nn@corp.example", false},
		"LocalLeadingDot": {"Likewise.", ".ann@corp.example", false},
		"Blank":           {"A list or a comment.", "ann @corp.example", false},
		"Newline":         {"A header would follow.", "ann@corp.example\n", false},
		"Display":         {"A display form.", "Ann <ann@corp.example>", false},
		"Semicolon":       {"Two addresses.", "a@corp.example;b@corp.example", false},
		"LocalTooLong":    {"RFC 5321, 4.5.3.1.1.", long + "@corp.example", false},
		"TooLong":         {"RFC 5321, 4.5.3.1.3.", "a@" + strings.Repeat("a.", 127) + "de", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d := policy.Desire(snapshot(people(person("Ann", func(p *identity.Person) { p.Mail = tc.mail }))), rules())
			want, warns := tc.mail, []string(nil)
			if !tc.sent {
				want, warns = "", []string{"user.emailInvalid"}
			}
			if got := d.Users["Ann"].Fields.Email; got != want {
				t.Errorf("%s\nsent %q, want %q", tc.why, got, want)
			}
			if diff := cmp.Diff(warns, codes(d.Warnings)); diff != "" {
				t.Errorf("%s\nwarnings (-want +got):\n%s", tc.why, diff)
			}
		})
	}
}

func TestDesireWarnsInOrder(t *testing.T) {
	s := snapshot(people(
		person("Zoe", func(p *identity.Person) { p.Mail = "" }), person("Ann", func(p *identity.Person) { p.Mail = "" }),
		person("Bob", func(p *identity.Person) { p.Mail = "bob" }),
	))
	s.Domains = append(s.Domains, identity.Domain{Name: "west.example"})
	var got []string
	for _, w := range policy.Desire(s, rules()).Warnings {
		got = append(got, w.Code+" "+w.Name)
	}
	want := []string{"domain.unlisted west.example", "user.emailInvalid Bob", "user.noEmail Ann", "user.noEmail Zoe"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("equal snapshots give equal documents, so the order is fixed (-want +got):\n%s", d)
	}
}

func BenchmarkDesire(b *testing.B) {
	const n = 50000
	s := snapshot()
	var many identity.PeopleBuilder
	for i := range n {
		name := guidOf(i)
		many.Add(person(string(name), func(p *identity.Person) { p.PrimaryGroup = "S-Users" }))
	}
	s.People = many.People()
	s.Groups = append(s.Groups, group("Users", nil))
	for i := range 2000 {
		g := group(string("G"+guidOf(i)), nil)
		for j := range 100 {
			g.Members = append(g.Members, guidOf((i*37+j*11)%n))
		}
		if i%10 != 9 { // nested ten deep
			g.Members = append(g.Members, "G"+guidOf(i+1))
		}
		s.Groups = append(s.Groups, g)
	}
	r := rules()
	b.ReportAllocs()
	for b.Loop() {
		if d := policy.Desire(s, r); len(d.Users) != n {
			b.Fatal(len(d.Users))
		}
	}
}

func guidOf(i int) identity.GUID {
	return identity.GUID(fmt.Sprintf("%08x-0000-0000-0000-000000000000", i))
}

// TestOneReadForTwoConfigurations: what was read for another configuration too
// counts for neither but its own.
func TestOneReadForTwoConfigurations(t *testing.T) {
	s := snapshot(people(
		person("Whole", func(p *identity.Person) { p.Matched = []identity.Match{{Base: dcs}} }),
		person("Staff", func(p *identity.Person) { p.Matched = []identity.Match{{Base: staff, Filter: "(mail=*)"}} }),
		person("Nested", func(p *identity.Person) {
			p.Matched = []identity.Match{{Base: staff, Filter: "(mail=*)", Nested: true}}
		}),
	))
	for name, tc := range map[string]struct {
		users policy.SearchRules
		want  identity.GUID
	}{
		"Whole":  {policy.SearchRules{}, "Whole"},
		"Staff":  {policy.SearchRules{Bases: []string{sales, staff}, Filter: "(mail=*)"}, "Staff"},
		"Nested": {policy.SearchRules{Bases: []string{staff}, Filter: "(mail=*)", Nested: true}, "Nested"},
		"Nobody": {policy.SearchRules{Bases: []string{staff}}, ""},
	} {
		d := policy.Desire(s, rules(func(r *policy.Rules) { r.Domains[corp] = policy.DomainRules{Include: true, Users: tc.users} }))
		if _, in := d.Users[tc.want]; in != (tc.want != "") || len(d.Users) > 1 {
			t.Errorf("%s: %d users, want %q alone", name, len(d.Users), tc.want)
		}
	}
}
