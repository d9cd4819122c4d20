package dirtest

import (
	"fmt"
	"slices"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func (s *suite) filters(t *testing.T) {
	for filter, tc := range map[string]struct {
		why  string
		want []string
	}{
		"":                       {"no filter", []string{"dt-ann", "dt-ben", "dt-dora", "dt-eve", "dt-finn", "dt-hanako", "dt-health", "dt-juergen"}},
		"(department=sales)":     {"case does not count", []string{"dt-ann", "dt-ben"}},
		"department=Sales":       {"a condition without brackets", []string{"dt-ann", "dt-ben"}},
		"displayName=Lee, Ben":   {"a value with a comma stays as it is", []string{"dt-ben"}},
		"(displayName=Lee,Ben)":  {"and without the blank it is another value", nil},
		"(mail=*)":               {"presence", []string{"dt-ann", "dt-ben", "dt-eve", "dt-hanako", "dt-juergen"}},
		"(!(mail=*))":            {"absence", []string{"dt-dora", "dt-finn", "dt-health"}},
		"(sn=mü*)":               {"substrings fold letters beyond ASCII", []string{"dt-juergen"}},
		"(displayName=*花子)":      {"other scripts", []string{"dt-hanako"}},
		"(&(mail=*)(sn=Archer))": {"and", []string{"dt-ann"}},
		"(|(sn=Archer)(sn=Lee))": {"or", []string{"dt-ann", "dt-ben"}},
		"(userAccountControl:1.2.840.113556.1.4.803:=2)": {"a bit", []string{"dt-dora"}},
		`(cn=Finn \28Temp\29 + Co\2a)`:                   {"escaped characters", []string{"dt-finn"}},
		"cn=Finn (Temp) + Co*":                           {"without brackets they are escaped, the star is one", []string{"dt-finn"}},
	} {
		t.Run(filter, func(t *testing.T) { s.filterCase(t, filter, tc.why, tc.want) })
	}
	sales := s.dn("dt-sales")
	t.Run("memberOf", func(t *testing.T) {
		s.filterCase(t, "memberOf="+sales, "a group by its DN, with its escapes", []string{"dt-ann", "dt-ben"})
	})
	t.Run("memberOfWithBlanks", func(t *testing.T) {
		nested := "memberOf=CN=Nested, " + teams + ", OU=Dirtest, " + s.Base
		s.filterCase(t, nested, "blanks after commas", []string{"dt-dora", "dt-hanako"})
	})
}

func (s *suite) filterCase(t *testing.T, filter, why string, want []string) {
	t.Helper()
	snapshot := s.read(t, s.below(filter))
	var got []string
	for p := range snapshot.People.All() {
		got = append(got, p.Account)
		if match := []identity.Match{{Base: s.ou, Filter: filter}}; !slices.Equal(p.Matched, match) {
			t.Errorf("%s: matched %v, want %v", p.Account, p.Matched, match)
		}
	}
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\naccounts (-want +got):\n%s", why, diff)
	}
}

// bases: whoever stands below two bases is one person with two matches.
func (s *suite) bases(t *testing.T) {
	outer, inner := staff+","+s.ou, emea+","+s.ou
	snapshot := s.read(t, directory.Scope{Users: []directory.Search{{Bases: []directory.Base{{DN: outer}, {DN: inner}}}}})
	got := accounts(snapshot)
	if len(got) != snapshot.People.Len() {
		t.Errorf("%d people, %d accounts", snapshot.People.Len(), len(got))
	}
	if want := []identity.Match{{Base: outer}, {Base: inner}}; !slices.Equal(got["dt-ben"].Matched, want) {
		t.Errorf("dt-ben: matched %v, want %v", got["dt-ben"].Matched, want)
	}
	if want := []identity.Match{{Base: outer}}; !slices.Equal(got["dt-ann"].Matched, want) {
		t.Errorf("dt-ann: matched %v, want %v", got["dt-ann"].Matched, want)
	}
	if _, ok := got["dt-finn"]; ok {
		t.Error("dt-finn stands elsewhere")
	}
}

// overlap: of bases within each other the outer one is searched, and each says the
// same of itself and of those below it as when it is read alone. That holds for a
// base that is known by its objectGUID, and not for another filter.
func (s *suite) overlap(t *testing.T) {
	client := s.dial(t, nil)
	guid := func(dn string) identity.GUID {
		t.Helper()
		base, err := client.CheckBase(t.Context(), s.Domain, dn)
		if err != nil {
			t.Fatal(err)
		}
		return base.GUID
	}
	top, middle, deep, beside := s.ou, staff+","+s.ou, emea+","+s.ou, elsewhere+","+s.ou
	bases := []directory.Base{{DN: deep, GUID: guid(deep)}, {DN: beside}, {DN: top}, {DN: middle}}
	for _, filter := range []string{"", "(cn=*e*)"} {
		search := directory.Search{Bases: bases, Filter: filter}
		got := s.read(t, directory.Scope{
			Users: []directory.Search{search, {Bases: bases[:1], Filter: "(cn=Lee*)"}}, Devices: []directory.Search{search},
		}, "givenName")
		var covered []string
		for _, r := range got.Reads {
			covered = append(covered, fmt.Sprintf("%s %s %s", r.Kind, r.Base, r.CoveredBy))
			if (r.CoveredBy == "") != (r.Pages > 0) {
				t.Errorf("%d pages: %+v", r.Pages, r)
			}
			if r.Kind == identity.ReadGroups {
				continue
			}
			one := []directory.Search{{Bases: []directory.Base{{DN: r.Base, GUID: r.BaseGUID}}, Filter: r.Filter}}
			scope := directory.Scope{Users: []directory.Search{}, Devices: one}
			if r.Kind == identity.ReadUsers {
				scope = directory.Scope{Users: one, Devices: []directory.Search{}}
			}
			alone := s.read(t, scope, "givenName")
			at := slices.IndexFunc(alone.Reads, func(x identity.Read) bool { return x.Kind == r.Kind })
			apart := cmpopts.IgnoreFields(identity.Read{}, "CoveredBy", "Pages", "ElapsedMS")
			if diff := cmp.Diff(alone.Reads[at], r, apart); diff != "" {
				t.Errorf("%s alone and with others (-alone +together):\n%s", r.Base, diff)
			}
			match := identity.Match{Base: r.Base, Filter: r.Filter}
			var want, have []identity.GUID
			for p := range alone.People.All() {
				want = append(want, p.GUID)
			}
			for _, x := range alone.Devices {
				want = append(want, x.GUID)
			}
			for p := range got.People.All() {
				if r.Kind == identity.ReadUsers && slices.Contains(p.Matched, match) {
					have = append(have, p.GUID)
				}
			}
			for _, x := range got.Devices {
				if r.Kind == identity.ReadDevices && slices.Contains(x.Matched, match) {
					have = append(have, x.GUID)
				}
			}
			if diff := cmp.Diff(want, have); diff != "" {
				t.Errorf("below %s alone and with others (-alone +together):\n%s", r.Base, diff)
			}
		}
		want := []string{
			"users " + deep + " " + top, "users " + beside + " " + top, "users " + top + " ", "users " + middle + " " + top, "users " + deep + " ",
			"devices " + deep + " " + top, "devices " + beside + " " + top, "devices " + top + " ", "devices " + middle + " " + top, "groups " + s.Base + " ",
		}
		if diff := cmp.Diff(want, covered); diff != "" {
			t.Errorf("reads (-want +got):\n%s", diff)
		}
	}
}

// groupSearch: all groups come, those that the search returns are marked.
func (s *suite) groupSearch(t *testing.T) {
	scope := s.below("")
	scope.Groups = []directory.Search{{Bases: []directory.Base{{DN: teams + "," + s.ou}}, Filter: "(cn=N*)"}}
	snapshot := s.read(t, scope)
	var marked []string
	for _, g := range snapshot.Groups {
		if len(g.Matched) > 0 {
			marked = append(marked, g.Account)
		}
	}
	slices.Sort(marked)
	if diff := cmp.Diff([]string{"dt-nested", "dt-nobody"}, marked); diff != "" {
		t.Errorf("marked groups (-want +got):\n%s", diff)
	}
	if _, ok := groups(snapshot)["Domain Users"]; !ok {
		t.Error("Domain Users was not read")
	}
}

func (s *suite) incomplete(t *testing.T) {
	for name, tc := range map[string]struct {
		why   string
		scope directory.Scope
		code  string
	}{
		"BaseGone": {
			"a base that is not there is no empty base",
			directory.Scope{Users: []directory.Search{{Bases: []directory.Base{{DN: "OU=Gone," + s.ou}}}}},
			"directory.base.missing",
		},
		"BaseGoneByGUID": {
			"nor is one whose objectGUID nobody has",
			directory.Scope{Users: []directory.Search{{Bases: []directory.Base{{DN: s.ou, GUID: "01234567-89ab-cdef-0123-456789abcdef"}}}}},
			"directory.base.missing",
		},
		"BaseOutside": {
			"a base of another naming context has no people of this domain",
			directory.Scope{Users: []directory.Search{{Bases: []directory.Base{{DN: "CN=Sites,CN=Configuration," + s.Base}}}}},
			"directory.base.outside",
		},
		"UnknownDomain": {
			"a domain that the forest does not have",
			directory.Scope{Domain: "no.such.domain"},
			"directory.domain.unknown",
		},
	} {
		t.Run(name, func(t *testing.T) {
			snapshot := s.readAny(t, tc.scope)
			r := snapshot.Reads[0]
			if r.Complete || r.Code != tc.code || r.Reason == "" || r.Kind != identity.ReadUsers {
				t.Errorf("%s\n%+v, want code %s", tc.why, r, tc.code)
			}
		})
	}
}
