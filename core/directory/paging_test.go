package directory_test

import (
	"fmt"
	"maps"
	"strconv"
	"sync"
	"testing"
	"time"

	"adsync/core/directory"

	"github.com/go-ldap/ldap/v3"
)

// TestSmallerPages: a controller that refuses large pages is asked for smaller
// ones, from the first page on and without an old cookie, and the next search
// begins with the size that worked.
func TestSmallerPages(t *testing.T) {
	for _, code := range []int{ldap.LDAPResultSizeLimitExceeded, ldap.LDAPResultAdminLimitExceeded} {
		t.Run(strconv.Itoa(code), func(t *testing.T) {
			var mu sync.Mutex
			sizes := map[bool][]int{}
			f := serve(t, &fake{users: many(150), groups: []*ldap.Entry{group(nil)}})
			f.search = func(s *search) bool {
				if !isUsers(s) && s.filter != "(objectCategory=group)" {
					return false
				}
				mu.Lock()
				sizes[isUsers(s)] = append(sizes[isUsers(s)], s.size)
				mu.Unlock()
				if s.size > 50 && s.cookie != "" {
					s.entry(f.users[0])
					s.done(code, "", nil)
					return true
				}
				return false
			}
			snapshot, err := f.dial(t, func(o *directory.Options) { o.PageSize = 120 }).Read(t.Context(), corp)
			if err != nil {
				t.Fatal(err)
			}
			if r := usersRead(snapshot); !r.Complete || r.Entries != 150 || r.Pages != 5 || snapshot.People.Len() != 150 {
				t.Errorf("%+v, %d people", r, snapshot.People.Len())
			}
			mu.Lock()
			defer mu.Unlock()
			if got := fmt.Sprint(sizes[true]); got != "[120 120 60 60 30 30 30 30 30]" {
				t.Errorf("pages of %s were asked for", got)
			}
			if got := fmt.Sprint(sizes[false]); got != "[30]" {
				t.Errorf("the next search asked for pages of %s", got)
			}
		})
	}
}

// TestWithoutPages: when a search without pages counts, and that whatever else
// happens is read again in pages.
func TestWithoutPages(t *testing.T) {
	for name, tc := range map[string]struct {
		why      string
		root     map[string][]string
		people   int
		search   func(f *fake, s *search) // answers the search without pages; nil: with everything
		paged    bool                     // pages were asked for
		unpaged  bool                     // it was tried without
		complete bool
	}{
		"Samba": {
			"everything in one answer with code 0",
			map[string][]string{"vendorName": {"Samba Team (https://www.samba.org)"}},
			35, nil, false, true, true,
		},
		"ActiveDirectory": {
			"it would answer with MaxPageSize entries and code 4: the try would be a loss",
			map[string][]string{"supportedLDAPPolicies": {"MaxPoolThreads", "MaxPageSize"}},
			35, nil, true, false, true,
		},
		"Unknown": {
			"nothing is known of what it does at a limit",
			nil, 35, nil, true, false, true,
		},
		"SambaWithPolicies": {
			"a Samba that has learned limits",
			map[string][]string{"vendorName": {"Samba Team"}, "supportedLDAPPolicies": {"MaxPageSize"}},
			35, nil, true, false, true,
		},
		"RoundNumber": {
			"a limit that shows as code 0 is a round number",
			map[string][]string{"vendorName": {"Samba Team"}},
			135,
			func(f *fake, s *search) { s.all(f.users[:100]...) }, true, true, true,
		},
		"Collecting": {
			"it is silent until it has everything",
			map[string][]string{"vendorName": {"Samba Team"}},
			35,
			func(f *fake, s *search) { time.Sleep(fakeTimeout + time.Second); s.all(f.users...) }, false, true, true,
		},
		"SizeLimit": {
			"a reply that grew too large",
			map[string][]string{"vendorName": {"Samba Team"}},
			35,
			func(f *fake, s *search) { s.entry(f.users[0]); s.done(ldap.LDAPResultSizeLimitExceeded, "", nil) }, true, true, true,
		},
		"Cut": {
			"the connection ends in the middle",
			map[string][]string{"vendorName": {"Samba Team"}},
			35,
			func(f *fake, s *search) { s.entry(f.users[0]); _ = s.conn.Close() }, true, true, true,
		},
		"Refused": {
			"whoever cannot be read without pages cannot in pages",
			map[string][]string{"vendorName": {"Samba Team"}},
			1,
			func(_ *fake, s *search) { s.all(ldap.NewEntry("CN=secret,"+fakeBase, nil)) }, false, true, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, &fake{users: many(tc.people), groups: []*ldap.Entry{group(nil)}})
			var mu sync.Mutex
			paged, unpaged := false, false
			f.search = func(s *search) bool {
				if s.base == "" {
					all := map[string][]string{
						"dnsHostName": {"dc1.corp.example"}, "highestCommittedUSN": {"100"}, "defaultNamingContext": {fakeBase}, "rootDomainNamingContext": {fakeBase},
						"configurationNamingContext": {"CN=Configuration," + fakeBase}, "namingContexts": {fakeBase},
					}
					maps.Copy(all, tc.root)
					s.all(ldap.NewEntry("", all))
					return true
				}
				if !isUsers(s) {
					if !s.paged && s.filter == "(objectCategory=group)" {
						s.all(f.groups...)
						return true
					}
					return false
				}
				mu.Lock()
				defer mu.Unlock()
				paged, unpaged = paged || s.paged, unpaged || !s.paged
				switch {
				case s.paged:
					return false
				case tc.search != nil:
					tc.search(f, s)
				default:
					s.all(f.users...)
				}
				return true
			}
			snapshot, err := f.dial(t, func(o *directory.Options) { o.PageSize = 0 }).Read(t.Context(), corp)
			if err != nil {
				t.Fatal(err)
			}
			r := usersRead(snapshot)
			if r.Complete != tc.complete || tc.complete && (r.Entries != tc.people || snapshot.People.Len() != tc.people) {
				t.Errorf("%s\n%+v, %d people", tc.why, r, snapshot.People.Len())
			}
			mu.Lock()
			defer mu.Unlock()
			if paged != tc.paged || unpaged != tc.unpaged {
				t.Errorf("%s\nin pages %v, without %v", tc.why, paged, unpaged)
			}
		})
	}
}
