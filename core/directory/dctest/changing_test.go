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
			for _, p := range s.People {
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
	return len(s.People)
}

// TestMovesBetweenPages: an account that is moved while pages are read comes with
// both its names; the later one holds.
func TestMovesBetweenPages(t *testing.T) {
	w := dctest.NewWorld(t, dctest.Options{})
	c := w.Controller(t)
	var first dctest.Entry
	moved := ""
	c.Play(users(func(n int, _ *req, a *ans) {
		switch n {
		case 1:
			first = a.Entries[0]
		case 2:
			moved = strings.TrimSuffix(first.DN(), directory.ParentDN(first.DN())) + dctest.Teams
			a.Entries = append(a.Entries, first.At(moved))
		}
	})())
	s := read(t, c.Options(), requests[0])
	var got []string
	for _, p := range s.People {
		if p.Account == first.Value("sAMAccountName") {
			got = append(got, p.DN)
		}
	}
	if !slices.Equal(got, []string{moved}) {
		t.Errorf("%s is read at %q, want %q", first.DN(), got, moved)
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
