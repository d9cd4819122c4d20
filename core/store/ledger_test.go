package store

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/fault"
	"adsync/core/identity"
)

func link(n string) identity.Link {
	return identity.Link{
		GUID: identity.GUID("guid-" + n), Kind: identity.KindUser, CentralID: "central-" + n, Origin: identity.Adopted,
		Since: clock().Add(123 * time.Nanosecond), Run: "20261124T101500Z-aaaaaa", Domain: "corp.example",
		DN: "CN=Jürgen 王,OU=Staff,DC=corp,DC=example", SID: "S-1-5-21-1", Account: "jw", Name: "Jürgen 王", Mail: "jw@corp.example",
		Bases: []string{"OU=Staff,DC=corp,DC=example"}, Critical: true,
		Sent: identity.Fields{Name: "Jürgen 王", Email: "JW@corp.example"}, Answered: identity.Fields{Name: "Jürgen 王", Email: "jw@corp.example"},
	}
}

func TestLedger(t *testing.T) {
	ctx := t.Context()
	p := open(t, filepath.Join(t.TempDir(), "a #%20 ü"+anything, "home"))
	if err := p.PutLink(ctx, link("2"), link("1")); err != nil {
		t.Fatal(err)
	}
	check := func(why string, want ...identity.Link) {
		t.Helper()
		got, err := p.Links(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", why, d)
		}
	}
	check("all fields, by objectGUID", link("1"), link("2"))

	changed := link("1")
	changed.Name, changed.Critical, changed.Bases, changed.CentralID = "Other", false, nil, "central-9"
	if err := p.PutLink(ctx, changed); err != nil {
		t.Fatal(err)
	}
	check("replaced", changed, link("2"))

	thief := link("3")
	thief.CentralID = "central-2"
	if err := p.PutLink(ctx, link("4"), thief); fault.Code(err) != "store.link.taken" {
		t.Errorf("one object of Central for two of the directory: %v", err)
	}
	check("all or none", changed, link("2"))
	if err := p.PutLink(ctx, identity.Link{GUID: "x"}); err == nil {
		t.Error("a link without a Central id was taken")
	}

	if got, ok, err := p.Link(ctx, "guid-2"); err != nil || !ok || cmp.Diff(link("2"), got) != "" {
		t.Errorf("one: %v %v %v", got, ok, err)
	}
	if _, ok, err := p.Link(ctx, "' OR 1=1 --"); err != nil || ok {
		t.Errorf("none: %v %v", ok, err)
	}
	for range 2 {
		if err := p.DeleteLink(ctx, "guid-2"); err != nil {
			t.Error(err)
		}
	}
	check("deleted", changed)
}

func TestState(t *testing.T) {
	ctx := t.Context()
	home := t.TempDir()
	p := open(t, home)
	type seen struct{ At time.Time }
	want := seen{clock()}
	for range 2 {
		if err := p.Set(ctx, "validation", want); err != nil {
			t.Fatal(err)
		}
	}
	other := open(t, home)
	var got seen
	if ok, err := other.Get(ctx, "validation", &got); !ok || err != nil || got != want {
		t.Errorf("another process reads %v %v %v", got, ok, err)
	}
	if ok, err := other.Get(ctx, "validation", new(int)); ok || fault.Code(err) != "store.damaged" {
		t.Errorf("another type: %v %v", ok, err)
	}
	if err := p.Unset(ctx, "validation"); err != nil {
		t.Fatal(err)
	}
	if ok, err := other.Get(ctx, "validation", &got); ok || err != nil {
		t.Errorf("unset: %v %v", ok, err)
	}
	if err := p.Set(ctx, "x", make(chan int)); err == nil {
		t.Error("what is no JSON was kept")
	}
}

func TestRevocations(t *testing.T) {
	ctx := t.Context()
	p := open(t, t.TempDir())
	if err := p.Revoke(ctx, []string{"a", "b"}, `CORP\ann`, clock()); err != nil {
		t.Fatal(err)
	}
	if err := p.Revoke(ctx, []string{"b", "c"}, `CORP\bob`, clock().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	got, err := p.Revoked(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]time.Time{"a": clock(), "b": clock(), "c": clock().Add(time.Hour)}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("the first revocation stands (-want +got):\n%s", d)
	}
}

func TestNewerDatabase(t *testing.T) {
	ctx := t.Context()
	home := t.TempDir()
	p := open(t, home)
	db, err := p.db(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, "PRAGMA user_version = 999"); err != nil {
		t.Fatal(err)
	}
	later := open(t, home)
	for what, err := range map[string]error{"read": second2(later.Links(ctx)), "write": later.Set(ctx, "x", 1)} {
		if fault.Code(err) != "store.newer" {
			t.Errorf("%s: got %v", what, err)
		}
	}
}

func TestDamagedDatabase(t *testing.T) {
	p := open(t, t.TempDir())
	if err := p.Set(t.Context(), "x", 1); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	root, err := p.write(".")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.replace(root, ledgerFile, []byte(strings.Repeat("no database ", 1000))); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Links(t.Context()); fault.Code(err) != "store.damaged" {
		t.Errorf("got %v", err)
	}
}

// A run of hours holds the lock, and at worst a transaction: what only shows
// reads on, at once.
func TestReadersDoNotWaitForARun(t *testing.T) {
	home := t.TempDir()
	p := open(t, home)
	ctx := t.Context()
	if err := p.PutLink(ctx, link("1")); err != nil {
		t.Fatal(err)
	}
	line, end := process(t, "hold", home)
	if got := line(); got != "ready" {
		t.Fatalf("the other process says %q", got)
	}
	began := time.Now()
	q := open(t, home)
	links, err := q.Links(ctx)
	if err != nil || len(links) != 1 {
		t.Errorf("links: %v, %v", links, err)
	}
	var v int
	if ok, err := q.Get(ctx, "half", &v); ok || err != nil {
		t.Errorf("an open transaction is seen: %v %v", ok, err)
	}
	if _, err := q.Revoked(ctx); err != nil {
		t.Error(err)
	}
	if d := time.Since(began); d > 3*time.Second {
		t.Errorf("reading took %v", d)
	}

	_, err = q.Lock(ctx)
	if fault.Code(err) != "run.busy" || !strings.Contains(err.Error(), "the other") || !strings.Contains(err.Error(), "since 20") || !strings.Contains(err.Error(), "pid ") {
		t.Errorf("lock: got %v", err)
	}
	if h, busy, err := q.Busy(); !busy || err != nil || h.PID == 0 || h.Account != "the other" {
		t.Errorf("busy: %+v %v %v", h, busy, err)
	}
	if err := end(); err != nil {
		t.Error(err)
	}
	// It ended without unlocking: the operating system let go of the lock.
	if _, busy, err := q.Busy(); busy || err != nil {
		t.Errorf("after its end: %v %v", busy, err)
	}
	unlock, err := q.Lock(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Lock(ctx); fault.Code(err) != "run.busy" {
		t.Errorf("within one process too: %v", err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	if unlock, err = p.Lock(ctx); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := p.Lock(ended); err == nil {
		t.Error("locked after Ctrl+C")
	}
}

// Several processes that begin with a home that does not exist yet.
func TestProcessesShareALedger(t *testing.T) {
	home := t.TempDir()
	var ends []func() error
	for range 4 {
		_, end := process(t, "state", home)
		ends = append(ends, end)
	}
	for _, end := range ends {
		if err := end(); err != nil {
			t.Error(err)
		}
	}
	p := open(t, home)
	db, err := p.db(t.Context(), false)
	if err != nil || db == nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM state WHERE name LIKE '%-%'").Scan(&n); err != nil || n != 200 {
		t.Errorf("%d values, want 200: %v", n, err)
	}
}

func BenchmarkPutLink(b *testing.B) {
	p, err := Open(b.TempDir(), "default", Options{Now: clock})
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	for i := 0; b.Loop(); i++ {
		if err := p.PutLink(b.Context(), link(fmt.Sprint(i))); err != nil {
			b.Fatal(err)
		}
	}
}
