package directory_test

import (
	"bytes"
	"context"
	"errors"
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

// TestRetryBeginsAgain: a search that failed on its second page asks for the
// first one again, on a new connection.
func TestRetryBeginsAgain(t *testing.T) {
	var n atomic.Int32
	var connections [3]atomic.Int32
	f := serve(t, &fake{users: many(25), groups: []*ldap.Entry{group(nil)}})
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
	if got := f.asked(` (sAMAccountType=805306368) ""`); got != 2 {
		t.Errorf("the first page was asked for %d times, want 2", got)
	}
	if a, b, c := connections[0].Load(), connections[1].Load(), connections[2].Load(); a != b || b == c {
		t.Errorf("connections %d, %d and %d, want the retry on a new one", a, b, c)
	}
}

func TestHang(t *testing.T) {
	hang := func(t *testing.T) *fake {
		t.Helper()
		f := serve(t, &fake{groups: []*ldap.Entry{group(nil)}})
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
	f := serve(t, &fake{users: many(25), groups: []*ldap.Entry{group(nil)}})
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
	f := serve(t, &fake{users: many(3), groups: []*ldap.Entry{group(nil)}})
	f.search = func(s *search) bool {
		if strings.HasPrefix(s.base, "OU=Closed") {
			s.all(ldap.NewEntry(s.base, nil))
			return true
		}
		return false
	}
	snapshot, err := f.dial(t, nil).Read(t.Context(), directory.Request{Scopes: []directory.Scope{{
		Domain: "corp.example",
		Users:  []directory.Search{{Bases: []directory.Base{{DN: "OU=Closed," + fakeBase}, {DN: "OU=Staff," + fakeBase}}}},
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
	f := serve(t, &fake{users: many(3), groups: []*ldap.Entry{group(nil)}})
	snapshot, err := f.dial(t, nil).Read(t.Context(), directory.Request{Scopes: []directory.Scope{
		whole("CHILD.corp.example"), whole("corp.example"),
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

// TestSearchesAreLogged: each search can be repeated from the log by hand.
func TestSearchesAreLogged(t *testing.T) {
	var log bytes.Buffer
	f := serve(t, &fake{users: many(1), groups: []*ldap.Entry{group(nil)}})
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
