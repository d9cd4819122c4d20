package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

// TestOverlap: a base within another one is searched itself where the search of the
// outer one does not prove what stands below it.
func TestOverlap(t *testing.T) {
	const outer, between, base = "OU=Staff," + fakeBase, "OU=Floor,OU=Staff," + fakeBase, "OU=Sales,OU=Floor,OU=Staff," + fakeBase
	seven := string([]byte{7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7})
	unit := func(dn string) *ldap.Entry { return ldap.NewEntry(dn, map[string][]string{"objectGUID": {seven}}) }
	for name, tc := range map[string]struct {
		why      string
		units    []string                             // that the domain has
		spoil    func(s *search, outerAsked int) bool // answers in another way
		searches int                                  // for people, below the inner base
		reads    []string                             // base, by what it is covered, code
		stood    bool                                 // who stood below the inner base is marked, though it is gone
	}{
		"Covered": {
			why: "Nothing stands against it.", units: []string{outer, between, base},
			reads: []string{base + " in " + outer + " ", outer + " in  "},
		},
		"Unknown": {
			why: "What is between them is no container that was read.", units: []string{outer, base}, searches: 1,
			reads: []string{base + " in  ", outer + " in  "},
		},
		"RenamedMeanwhile": {
			why: "A container was written while the outer search ran.", units: []string{outer, between, base}, searches: 1,
			spoil: func(s *search, asked int) bool {
				if asked == 0 || !strings.Contains(s.filter, "organizationalUnit") || !strings.Contains(s.filter, "uSNChanged>=101") {
					return false
				}
				s.all(unit(between))
				return true
			},
			reads: []string{base + " in  ", outer + " in  "},
		},
		"ContainersUnread": {
			why: "Nobody knows whether one was.", units: []string{outer, between, base}, searches: 1,
			spoil: func(s *search, asked int) bool {
				if asked == 0 || !strings.Contains(s.filter, "organizationalUnit") || !strings.Contains(s.filter, "uSNChanged>=101") {
					return false
				}
				s.done(ldap.LDAPResultInsufficientAccessRights, "", nil)
				return true
			},
			reads: []string{base + " in  ", outer + " in  "},
		},
		"MovedMeanwhile": {
			why: "The inner base is no longer where it was when the outer search began.", units: []string{outer, between, base}, stood: true,
			spoil: func(s *search, asked int) bool {
				if asked == 0 || s.base != base || !strings.Contains(s.filter, "objectClass=*") {
					return false
				}
				s.done(ldap.LDAPResultNoSuchObject, "", nil)
				return true
			},
			reads: []string{base + " in  directory.base.missing", outer + " in  "},
		},
		"Elsewhere": {
			why: "It is found at another place than when the outer search began.", units: []string{outer, between, base}, searches: 1,
			spoil: func(s *search, asked int) bool {
				if asked == 0 || s.base != base || !strings.Contains(s.filter, "objectClass=*") {
					return false
				}
				s.all(unit("OU=Sales," + outer))
				return true
			},
			reads: []string{base + " in  ", outer + " in  "},
		},
		"OuterIncomplete": {
			why: "An outer read that is not complete says nothing of the inner base.", units: []string{outer, between, base}, searches: 1,
			spoil: func(s *search, _ int) bool {
				if s.base != outer || !isUsers(s) {
					return false
				}
				s.done(ldap.LDAPResultInsufficientAccessRights, "", nil)
				return true
			},
			reads: []string{base + " in  ", outer + " in  directory.rights"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			inside, outside := user(1), user(2)
			inside.DN = "CN=u0001," + base
			f := serve(t, &fake{groups: []*ldap.Entry{group(nil)}, users: []*ldap.Entry{inside, outside}})
			asked, below := 0, 0
			f.search = func(s *search) bool {
				if isUsers(s) {
					f.users = []*ldap.Entry{inside, outside}
					switch s.base {
					case outer:
						asked++
					default:
						below++
						here := user(1)
						here.DN = "CN=u0001," + s.base
						f.users = []*ldap.Entry{here}
					}
				}
				if tc.spoil != nil && tc.spoil(s, asked) {
					return true
				}
				if strings.Contains(s.filter, "objectCategory=organizationalUnit") && !strings.Contains(s.filter, "uSNChanged") {
					var list []*ldap.Entry
					for _, dn := range tc.units {
						list = append(list, unit(dn))
					}
					s.all(list...)
					return true
				}
				return false
			}
			snapshot, err := f.dial(t, nil).Read(t.Context(), directory.Request{Scopes: []directory.Scope{{
				Domain: "corp.example", Users: []directory.Search{{Bases: []directory.Base{{DN: base}, {DN: outer}}}},
			}}})
			if err != nil {
				t.Fatal(err)
			}
			var reads []string
			for _, r := range snapshot.Reads {
				if r.Kind == identity.ReadUsers {
					reads = append(reads, fmt.Sprintf("%s in %s %s", r.Base, r.CoveredBy, r.Code))
				}
			}
			if diff := cmp.Diff(tc.reads, reads); diff != "" {
				t.Errorf("%s\nreads (-want +got):\n%s", tc.why, diff)
			}
			if below != tc.searches || asked != 1 {
				t.Errorf("%s\n%d searches below the inner base and %d below the outer one, want %d and 1", tc.why, below, asked, tc.searches)
			}
			for p := range snapshot.People.All() {
				want := []string{}
				for _, r := range snapshot.Reads {
					if r.Kind == identity.ReadUsers && (r.Complete || tc.stood) && (p.CN == "u0001" || r.Base == outer) {
						want = append(want, r.Base)
					}
				}
				got := []string{}
				for _, m := range p.Matched {
					got = append(got, m.Base)
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s\n%s matched %v, want %v", tc.why, p.DN, got, want)
				}
			}
		})
	}
}
