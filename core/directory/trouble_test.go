package directory_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

func isUsers(s *search) bool { return strings.Contains(s.filter, "sAMAccountType") }

var corp = directory.Request{Scopes: []directory.Scope{{Domain: "corp.example"}}}

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
			func(f *fake, s *search, n int) bool {
				if n == 1 {
					s.reference("ldap://corp.example/CN=Configuration,DC=corp,DC=example")
					s.reference("ldap://child.corp.example/dc=CHILD,%20DC=corp,DC=example")
				}
				return false
			}, "", people,
		},
		"OtherReference": {
			"a part of the directory that lives elsewhere was not read",
			func(f *fake, s *search, n int) bool {
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
			f := serve(t, &fake{users: many(people), groups: []*ldap.Entry{group(1, nil)}})
			f.search = func(s *search) bool { return isUsers(s) && tc.search(f, s, int(n.Add(1))) }
			snapshot, err := f.dial(t, nil).Read(t.Context(), corp)
			if err != nil {
				t.Fatal(err)
			}
			read := usersRead(snapshot)
			if read.Code != tc.code || read.Complete != (tc.code == "") || (read.Reason == "") != (tc.code == "") {
				t.Errorf("%s\n%+v, want code %q", tc.why, read, tc.code)
			}
			if len(snapshot.People) != tc.people {
				t.Errorf("%s\n%d people, want %d", tc.why, len(snapshot.People), tc.people)
			}
			if last := snapshot.Reads[len(snapshot.Reads)-1]; last.Kind != identity.ReadGroups || !last.Complete {
				t.Errorf("%s\nthe groups suffer too: %+v", tc.why, last)
			}
		})
	}
}

// TestRetryBeginsAgain: a search that failed on its second page asks for the
// first one again, on a new connection.
func TestRetryBeginsAgain(t *testing.T) {
	var n atomic.Int32
	var connections [3]atomic.Int32
	f := serve(t, &fake{users: many(25), groups: []*ldap.Entry{group(1, nil)}})
	f.search = func(s *search) bool {
		if !isUsers(s) {
			return false
		}
		i := n.Add(1)
		if i <= 3 {
			connections[i-1].Store(int32(s.connection))
		}
		if i == 2 {
			s.done(ldap.LDAPResultUnavailable, "", nil)
		}
		return i == 2
	}
	if _, err := f.dial(t, nil).Read(t.Context(), corp); err != nil {
		t.Fatal(err)
	}
	if got := f.asked("sAMAccountType", `""`); got != 2 {
		t.Errorf("the first page was asked for %d times, want 2", got)
	}
	if a, b, c := connections[0].Load(), connections[1].Load(), connections[2].Load(); a != b || b == c {
		t.Errorf("connections %d, %d and %d, want the retry on a new one", a, b, c)
	}
}

func TestHang(t *testing.T) {
	hang := func(t *testing.T) *fake {
		f := serve(t, &fake{groups: []*ldap.Entry{group(1, nil)}})
		f.search = isUsers
		return f
	}
	t.Run("Timeout", func(t *testing.T) {
		c := hang(t).dial(t, func(o *directory.Options) { o.Timeout = 200 * time.Millisecond })
		start := time.Now()
		snapshot, err := c.Read(t.Context(), corp)
		if err != nil {
			t.Fatal(err)
		}
		if r := usersRead(snapshot); r.Complete || r.Code != "directory.timeout" {
			t.Errorf("%+v", r)
		}
		if d := time.Since(start); d > 2*time.Second {
			t.Errorf("took %v", d)
		}
	})
	t.Run("Cancel", func(t *testing.T) {
		c := hang(t).dial(t, nil)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(100*time.Millisecond, cancel)
		start := time.Now()
		if _, err := c.Read(ctx, corp); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("took %v after Ctrl+C", d)
		}
	})
}

// TestAnotherController: behind one name stand two controllers; what the second
// says after a lost connection does not go into the snapshot of the first.
func TestAnotherController(t *testing.T) {
	f := serve(t, &fake{users: many(25), groups: []*ldap.Entry{group(1, nil)}})
	f.search = func(s *search) bool {
		if s.base == "" && s.connection > 1 {
			s.all(ldap.NewEntry("", map[string][]string{"dnsHostName": {"dc2.corp.example"}, "defaultNamingContext": {fakeBase}}))
			return true
		}
		if isUsers(s) && s.cookie != "" {
			_ = s.conn.Close()
			return true
		}
		return false
	}
	snapshot, err := f.dial(t, nil).Read(t.Context(), corp)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range snapshot.Reads {
		if r.Complete || r.Code != "directory.server.changed" {
			t.Errorf("%+v", r)
		}
	}
}

// TestGoneWhileReading: nothing at all could be read, which is an error and not
// an empty snapshot.
func TestGoneWhileReading(t *testing.T) {
	f := serve(t, &fake{})
	var gone atomic.Bool
	f.search = func(s *search) bool {
		if strings.HasPrefix(s.base, "<WKGUID") {
			gone.Store(true)
		}
		if gone.Load() {
			_ = s.conn.Close()
		}
		return gone.Load()
	}
	snapshot, err := f.dial(t, nil).Read(t.Context(), corp)
	if !fault.Is(err, "directory.unreachable") {
		t.Errorf("error %v, reads %+v", err, snapshot.Reads)
	}
}

// TestBaseDenied: after a refused read a server still returns the bare entry of
// the base, and nobody below it.
func TestBaseDenied(t *testing.T) {
	f := serve(t, &fake{users: many(3), groups: []*ldap.Entry{group(1, nil)}})
	f.search = func(s *search) bool {
		if strings.HasPrefix(s.base, "OU=Closed") {
			s.all(ldap.NewEntry(s.base, nil))
			return true
		}
		return false
	}
	snapshot, err := f.dial(t, nil).Read(t.Context(), directory.Request{Scopes: []directory.Scope{{
		Domain: "corp.example",
		Users:  directory.Search{Bases: []directory.Base{{DN: "OU=Closed," + fakeBase}, {DN: "OU=Staff," + fakeBase}}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if r := snapshot.Reads[0]; r.Complete || r.Code != "directory.rights" {
		t.Errorf("the closed base: %+v", r)
	}
	if r := snapshot.Reads[1]; !r.Complete || r.Entries != 3 {
		t.Errorf("the other base: %+v", r)
	}
}

// TestOtherDomain: a domain of the forest that this controller does not hold is
// not read, and the rest is.
func TestOtherDomain(t *testing.T) {
	f := serve(t, &fake{users: many(3), groups: []*ldap.Entry{group(1, nil)}})
	snapshot, err := f.dial(t, nil).Read(t.Context(), directory.Request{Scopes: []directory.Scope{
		{Domain: "CHILD.corp.example"}, {Domain: "corp.example"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range snapshot.Reads {
		want := ""
		if r.Domain == "child.corp.example" {
			want = "directory.domain.unreachable"
		}
		if r.Code != want || r.Complete != (want == "") {
			t.Errorf("%+v, want code %q", r, want)
		}
	}
	if len(snapshot.Reads) != 4 || len(snapshot.Domains) != 2 {
		t.Errorf("%d reads, %d domains", len(snapshot.Reads), len(snapshot.Domains))
	}
	// "Nowhere" would be a guess: the child may hold the object.
	guid, _ := identity.GUIDFromBytes([]byte(guidBytes(1, 77)))
	f.search = func(s *search) bool {
		if strings.Contains(s.filter, "objectGUID=") {
			s.all()
			return true
		}
		return false
	}
	got, err := f.dial(t, nil).Lookup(t.Context(), []identity.GUID{guid})
	if err != nil || got[guid].Presence != "" {
		t.Errorf("%+v, %v: want an unknown presence", got, err)
	}
}

func TestServers(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.9:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = l.Close()
	f := serve(t, &fake{})
	o := f.options()
	o.Servers = []string{"127.0.0.9", fakeHost}
	c, err := directory.Dial(t.Context(), o)
	if err != nil {
		t.Fatalf("the second server answers: %v", err)
	}
	_ = c.Close()
	o.Servers = []string{"127.0.0.9", "no-such-host.invalid"}
	if _, err := directory.Dial(t.Context(), o); fault.Code(err) != "directory.unreachable" {
		t.Errorf("error %q (%v)", fault.Code(err), err)
	}
}

func TestBindRefused(t *testing.T) {
	const answer = "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data %s, v1db1"
	for data, want := range map[string]string{
		"52e": "wrong name or password", "525": "no such account", "530": "at this time", "531": "from this machine",
		"532": "password has expired", "533": "disabled", "701": "account has expired", "773": "must be changed", "775": "locked",
		"1f": "refused name or password",
	} {
		t.Run(data, func(t *testing.T) {
			f := serve(t, &fake{bind: func(string, string) (int, string) {
				return ldap.LDAPResultInvalidCredentials, fmt.Sprintf(answer, data)
			}})
			var log bytes.Buffer
			o := f.options()
			o.Servers, o.Log = []string{fakeHost, fakeHost}, logTo(&log)
			_, err := directory.Dial(t.Context(), o)
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != "directory.bind.refused" || !strings.Contains(e.Message, want) || e.Hint == "" {
				t.Errorf("%+v, want %q", err, want)
			}
			if f.logons() != 1 {
				t.Errorf("the password was sent %d times: that locks accounts", f.logons())
			}
			if strings.Contains(log.String()+fmt.Sprintf("%+v", err), "hunter2") {
				t.Error("the password is shown")
			}
		})
	}
	t.Run("StrongAuth", func(t *testing.T) {
		f := serve(t, &fake{bind: func(string, string) (int, string) { return ldap.LDAPResultStrongAuthRequired, "00002028" }})
		if _, err := directory.Dial(t.Context(), f.options()); fault.Code(err) != "directory.strongAuthRequired" {
			t.Errorf("error %q (%v)", fault.Code(err), err)
		}
	})
	t.Run("Empty", func(t *testing.T) {
		f := serve(t, &fake{})
		o := f.options()
		o.Password = func() string { return "" }
		if _, err := directory.Dial(t.Context(), o); fault.Code(err) != "directory.bind.missing" || f.logons() != 0 {
			t.Errorf("error %q (%v), %d binds: an empty password would be an anonymous logon", fault.Code(err), err, f.logons())
		}
	})
}

// TestSearchesAreLogged: each search can be repeated from the log by hand.
func TestSearchesAreLogged(t *testing.T) {
	var log bytes.Buffer
	f := serve(t, &fake{users: many(1), groups: []*ldap.Entry{group(1, nil)}})
	c := f.dial(t, func(o *directory.Options) { o.Log = logTo(&log) })
	if _, err := c.Read(t.Context(), corp); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"ldapsearch ", "-D reader@corp.example -W", "'DC=corp,DC=example' -s sub '(sAMAccountType=805306368)'"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q:\n%s", want, log.String())
		}
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("the log holds the password")
	}
}
