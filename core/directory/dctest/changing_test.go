package dctest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/dctest"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// TestChangesBetweenAttempts: the second page is refused once, and before the
// search begins again the world changes. What the first attempt showed is no part
// of the reading.
func TestChangesBetweenAttempts(t *testing.T) {
	w := dctest.NewWorld(t, dctest.Options{})
	const moved = "CN=Moved meanwhile," + dctest.Others
	left := func(dn string) dctest.Script {
		return func(_ *req, a *ans) {
			a.Entries = slices.DeleteFunc(a.Entries, func(e dctest.Entry) bool { return e.DN() == dn })
		}
	}
	renamed := func(dn string) dctest.Script {
		return func(_ *req, a *ans) {
			for i, e := range a.Entries {
				if e.DN() == dn {
					a.Entries[i] = e.At(moved).With("cn", "Moved meanwhile")
				}
			}
		}
	}
	for name, tc := range map[string]struct {
		why    string
		target func(*req) bool
		change func(dn string) dctest.Script
		kind   string
		now    string // DN after the change
	}{
		"PersonLeft":    {"Somebody has left the scope.", (*req).Users, left, identity.ReadUsers, ""},
		"PersonRenamed": {"Somebody was renamed.", (*req).Users, renamed, identity.ReadUsers, moved},
		"GroupLeft":     {"A group was deleted.", (*req).Groups, left, identity.ReadGroups, ""},
		"GroupRenamed":  {"A group was renamed.", (*req).Groups, renamed, identity.ReadGroups, moved},
	} {
		t.Run(name, func(t *testing.T) {
			var dn string
			seen, refused := 0, false
			c := w.Controller(t)
			c.Play(func(r *req, a *ans) {
				switch {
				case refused:
					tc.change(dn)(r, a)
				case tc.target(r) && r.Cookie != "":
					a.Refuse(ldap.LDAPResultBusy, "disturbed")
					refused = true
				case tc.target(r):
					seen = len(a.Entries)
					dn = a.Entries[seen-1].DN()
				}
			})
			o := c.Options()
			o.PageSize = 5
			s := read(t, o, requests[0])
			if !refused {
				t.Fatal("no second page was asked for")
			}
			var got []string
			for p := range s.People.All() {
				got = append(got, p.DN)
			}
			for _, g := range s.Groups {
				got = append(got, g.DN)
			}
			if slices.Contains(got, dn) {
				t.Errorf("%s\n%s is still there", tc.why, dn)
			}
			if tc.now != "" && !slices.Contains(got, tc.now) {
				t.Errorf("%s\n%s is not there", tc.why, tc.now)
			}
			for _, x := range s.Reads {
				if !x.Complete {
					t.Errorf("%s\n%s: %s", tc.why, x.Kind, x.Reason)
				}
				if n := entries(s, x.Kind); x.Kind == tc.kind && x.Entries != n {
					t.Errorf("%s\nthe record counts %d entries, %d are there", tc.why, x.Entries, n)
				}
			}
		})
	}
}

func entries(s identity.Snapshot, kind string) int {
	if kind == identity.ReadGroups {
		return len(s.Groups)
	}
	return s.People.Len()
}

// TestMovesBetweenPages: what is moved while pages are read comes on two of them
// or on none. Either way it is read once, where it stands now, and with the
// members that it has now.
func TestMovesBetweenPages(t *testing.T) {
	w := dctest.NewWorld(t, dctest.Options{MaxValRange: 100})
	const there = ",OU=Elsewhere," + dctest.BaseDN
	for name, tc := range map[string]struct {
		why    string
		target func(*req) bool
		twice  bool
	}{
		"PersonTwice":  {"An account comes with both its names.", (*req).Users, true},
		"PersonMissed": {"An account is on no page.", (*req).Users, false},
		"GroupTwice":   {"A group comes with both its names.", (*req).Groups, true},
		"GroupMissed":  {"A group is on no page.", (*req).Groups, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.Controller(t)
			truth := read(t, c.Options(), requests[0])
			var was, now *dctest.Entry
			var main *req
			seen := 0
			c.Play(func(r *req, a *ans) {
				switch {
				case tc.target(r) && was == nil:
					main, was = r, &a.Entries[2]
					moved := was.At(strings.TrimSuffix(was.DN(), ","+directory.ParentDN(was.DN()))+there).With("cn", "New name").With("uSNChanged", "99999")
					if members := was.Value("member"); members != "" {
						moved = moved.With("member", members)
					}
					was, now = &dctest.Entry{Name: was.Name, Attributes: was.Attributes}, &moved
					if !tc.twice {
						a.Entries = slices.Delete(a.Entries, 2, 3)
					}
				case tc.target(r) && tc.twice && *a.Paging == "":
					a.Entries = append(a.Entries, *now)
				case main != nil && r.Meanwhile() && r.SameKind(main):
					seen++
					a.Entries = append(a.Entries, *now)
				}
			})
			s := read(t, c.Options(), requests[0])
			for _, x := range s.Reads {
				if !x.Complete {
					t.Errorf("%s\n%s: %s", tc.why, x.Kind, x.Reason)
				}
			}
			if s.People.Len() != truth.People.Len() || len(s.Groups) != len(truth.Groups) || seen != 1 {
				t.Fatalf("%s\n%d people and %d groups, want %d and %d", tc.why, s.People.Len(), len(s.Groups), truth.People.Len(), len(truth.Groups))
			}
			at := slices.IndexFunc(s.Groups, func(g identity.Group) bool { return g.DN == now.DN() })
			if main.Users() {
				at = slices.IndexFunc(slices.Collect(s.People.All()), func(p identity.Person) bool { return p.DN == now.DN() && p.CN == "New name" })
			}
			if at < 0 {
				t.Fatalf("%s\n%s is not read at %s", tc.why, was.DN(), now.DN())
			}
			if members := now.Value("member"); main.Groups() && members != "" && s.Groups[at].MembersListed != 1 {
				t.Errorf("%s\nit has %d members of before", tc.why, s.Groups[at].MembersListed)
			}
		})
	}
}

// TestRightLostBetweenPages: an account that loses the right to an attribute in
// the middle of a search gets the rest of the objects without it, and no error.
func TestRightLostBetweenPages(t *testing.T) {
	w := dctest.NewWorld(t, dctest.Options{})
	filtered := directory.Request{Scopes: []directory.Scope{{
		Domain: dctest.Domain, Users: []directory.Search{{Filter: "(mail=*)"}}, Groups: []directory.Search{{Filter: "(sAMAccountName=*)"}},
	}}}
	for name, tc := range map[string]struct {
		request   directory.Request
		kind      string
		attribute string
		ou        string // where the right is lost, "" everywhere
		skipped   int    // searches of the kind before
	}{
		"Mail":         {request: requests[0], kind: identity.ReadUsers, attribute: "mail"},
		"Display":      {request: requests[0], kind: identity.ReadUsers, attribute: "displayName"},
		"Expires":      {request: requests[0], kind: identity.ReadUsers, attribute: "accountExpires"},
		"MailInOneOU":  {request: requests[0], kind: identity.ReadUsers, attribute: "mail", ou: dctest.Others},
		"Filtered":     {request: filtered, kind: identity.ReadUsers, attribute: "mail"},
		"Member":       {request: requests[0], kind: identity.ReadGroups, attribute: "member"},
		"MemberInTeam": {request: requests[0], kind: identity.ReadGroups, attribute: "member", ou: dctest.Teams},
		"GroupsFilter": {request: filtered, kind: identity.ReadGroups, attribute: "sAMAccountName", skipped: 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.Controller(t)
			o := c.Options()
			o.PageSize = 10
			lost, searches := false, 0
			c.Play(func(r *req, a *ans) {
				target := r.Users() && tc.kind == identity.ReadUsers || r.Groups() && tc.kind == identity.ReadGroups
				if target && r.Cookie == "" {
					searches++
				}
				seen := false
				for i, e := range a.Entries {
					if r.Root() || !strings.HasSuffix(e.DN(), tc.ou) {
						continue
					}
					seen = seen || target && searches > tc.skipped && e.Value(tc.attribute) != ""
					if lost {
						a.Entries[i] = e.Without(tc.attribute)
					}
				}
				lost = lost || seen
			})
			s := read(t, o, tc.request)
			if !slices.ContainsFunc(s.Reads, func(r identity.Read) bool {
				return r.Kind == tc.kind && !r.Complete && (r.Code == "directory.read.incomplete.rights" || r.Code == "directory.read.incomplete.range")
			}) {
				t.Errorf("the right to %s was lost in the middle, and the reads are %+v", tc.attribute, s.Reads)
			}
		})
	}
}

// TestNoEnd: a search that never ends, and one that leaves its base, end with an
// error.
func TestNoEnd(t *testing.T) {
	w := dctest.NewWorld(t, dctest.Options{})
	for name, tc := range map[string]struct {
		why    string
		script func() dctest.Script
		code   string
	}{
		"SamePage": {"The same page comes again and again.", func() dctest.Script {
			var page []dctest.Entry
			return users(func(n int, _ *req, a *ans) {
				if n == 1 {
					page = a.Entries
				}
				again := "again"
				a.Code, a.Entries, a.Paging = 0, page, &again
			})()
		}, "directory.read.incomplete.endless"},
		"Circle": {"Two pages come in turn.", func() dctest.Script {
			var pages [2][]dctest.Entry
			return users(func(n int, _ *req, a *ans) {
				if n <= 2 {
					pages[n-1] = a.Entries
					return
				}
				again := "again"
				a.Code, a.Entries, a.Paging = 0, pages[n%2], &again
			})()
		}, "directory.read.incomplete.endless"},
		"Nothing": {"There is always one page more, of nothing.", users(func(n int, _ *req, a *ans) {
			again := "again"
			if n > 1 {
				a.Code, a.Entries = 0, nil
			}
			a.Paging = &again
		}), "directory.read.incomplete.endless"},
		"Outside": {"Somebody comes who stands elsewhere.", users(func(_ int, _ *req, a *ans) {
			a.Entries[0] = a.Entries[0].At("CN=Stranger,DC=other,DC=example")
		}), "directory.read.incomplete.outside"},
	} {
		t.Run(name, func(t *testing.T) {
			c := w.Controller(t)
			c.Play(tc.script())
			started := time.Now()
			s := read(t, c.Options(), requests[0])
			if took := time.Since(started); took > time.Minute {
				t.Errorf("%s\nit took %s", tc.why, took)
			}
			at := slices.IndexFunc(s.Reads, func(r identity.Read) bool { return r.Kind == identity.ReadUsers })
			if r := s.Reads[at]; r.Complete || r.Code != tc.code {
				t.Errorf("%s\ncode %q (%s), want %s", tc.why, r.Code, r.Reason, tc.code)
			}
		})
	}
}
