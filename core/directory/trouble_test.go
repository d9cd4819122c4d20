package directory_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

func isUsers(s *search) bool {
	return strings.Contains(s.filter, "sAMAccountType") && !strings.Contains(s.filter, "uSNChanged")
}

var corp = directory.Request{Scopes: []directory.Scope{whole("corp.example")}}

// whole is all of a domain.
func whole(domain string) directory.Scope {
	return directory.Scope{Domain: domain, Users: []directory.Search{{}}, Groups: []directory.Search{{}}}
}

func usersRead(snapshot identity.Snapshot) identity.Read {
	for _, r := range snapshot.Reads {
		if r.Kind == identity.ReadUsers {
			return r
		}
	}
	return identity.Read{}
}

// TestTrouble: what a controller may do in the middle of a search, and whether
// the read may still claim to be complete.
func TestTrouble(t *testing.T) {
	const people = 35 // four pages
	for name, tc := range map[string]struct {
		why string
		// search gets the searches for users, counted from 1.
		search func(f *fake, s *search, n int) bool
		code   string // of the read; "" is complete
		people int    // in the snapshot
	}{
		"Untroubled": {
			"pages until the cookie is empty",
			func(*fake, *search, int) bool { return false }, "", people,
		},
		"BusyOnce": {
			"A retry with the old request object would return the tail without an error.",
			func(_ *fake, s *search, n int) bool {
				if n == 2 {
					s.done(ldap.LDAPResultBusy, "busy", nil)
				}
				return n == 2
			}, "", people,
		},
		"BusyForGood": {
			"giving up is no completeness",
			func(_ *fake, s *search, _ int) bool { s.done(ldap.LDAPResultBusy, "busy", nil); return true },
			"directory.busy", 0,
		},
		"CutOnce": {
			"the connection ends within a page, after some of its entries",
			func(f *fake, s *search, n int) bool {
				if n == 3 {
					s.entry(f.users[20])
					_ = s.conn.Close()
				}
				return n == 3
			}, "", people,
		},
		"CutForGood": {
			"what came before the cut is kept, and is not all",
			func(f *fake, s *search, _ int) bool {
				if s.cookie == "" {
					return false
				}
				s.entry(f.users[10])
				_ = s.conn.Close()
				return true
			}, "directory.unreachable", 11,
		},
		"NoPagingControl": {
			"Success without the paging control is how go-ldap reports a lost connection.",
			func(_ *fake, s *search, _ int) bool { s.done(0, "", nil); return true },
			"directory.read.incomplete.cut", 0,
		},
		"ZeroEntries": {
			"Success with nobody is what a directory answers to an account that lost its rights.",
			func(_ *fake, s *search, _ int) bool { s.all(); return true },
			"directory.rights", 0,
		},
		"SizeLimit": {
			"MaxPageSize of a controller that does not page: the first entries and code 4",
			func(f *fake, s *search, _ int) bool {
				for _, e := range f.users[:20] {
					s.entry(e)
				}
				s.done(ldap.LDAPResultSizeLimitExceeded, "", nil)
				return true
			}, "directory.read.incomplete.sizeLimit", 20,
		},
		"TimeLimit": {
			"code 3",
			func(_ *fake, s *search, _ int) bool {
				s.done(ldap.LDAPResultTimeLimitExceeded, "", nil)
				return true
			},
			"directory.read.incomplete.timeLimit", 0,
		},
		"ReferralResult": {
			"code 10 is how a controller refuses a base it does not hold",
			func(_ *fake, s *search, _ int) bool {
				s.done(ldap.LDAPResultReferral, "0000202B: RefErr", nil)
				return true
			},
			"directory.read.incomplete.referral", 0,
		},
		"ExpectedReferences": {
			"The root of a domain refers to its other naming contexts, whatever is asked.",
			func(_ *fake, s *search, n int) bool {
				if n == 1 {
					s.reference("ldap://corp.example/CN=Configuration,DC=corp,DC=example")
					s.reference("ldap://child.corp.example/dc=CHILD,%20DC=corp,DC=example")
				}
				return false
			}, "", people,
		},
		"OtherReference": {
			"a part of the directory that lives elsewhere was not read",
			func(_ *fake, s *search, n int) bool {
				if n == 1 {
					s.reference("ldap://other.example/OU=Staff,DC=other,DC=example")
				}
				return false
			}, "directory.read.incomplete.referral", people,
		},
		"EntryWithoutGUID": {
			"a refused read leaves the bare entry",
			func(f *fake, s *search, _ int) bool {
				s.all(f.users[0], ldap.NewEntry("CN=secret,"+fakeBase, map[string][]string{"cn": {"secret"}}))
				return true
			}, "directory.rights", 1,
		},
		"Twice": {
			"an entry that comes on two pages is one person",
			func(f *fake, s *search, n int) bool {
				if n == 1 {
					s.entry(f.users[30])
				}
				return false
			}, "", people,
		},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			f := serve(t, &fake{users: many(people), groups: []*ldap.Entry{group(nil)}})
			f.search = func(s *search) bool { return isUsers(s) && tc.search(f, s, int(n.Add(1))) }
			snapshot, err := f.dial(t, nil).Read(t.Context(), corp)
			if err != nil {
				t.Fatal(err)
			}
			read := usersRead(snapshot)
			if read.Code != tc.code || read.Complete != (tc.code == "") || (read.Reason == "") != (tc.code == "") {
				t.Errorf("%s\n%+v, want code %q", tc.why, read, tc.code)
			}
			if snapshot.People.Len() != tc.people {
				t.Errorf("%s\n%d people, want %d", tc.why, snapshot.People.Len(), tc.people)
			}
			if last := snapshot.Reads[len(snapshot.Reads)-1]; last.Kind != identity.ReadGroups || !last.Complete {
				t.Errorf("%s\nthe groups suffer too: %+v", tc.why, last)
			}
		})
	}
}
