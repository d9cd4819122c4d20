package store

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
)

// made is a membership list, by group.
type made = map[identity.GUID]map[identity.GUID]bool

func users(ids ...identity.GUID) map[identity.GUID]bool {
	m := map[identity.GUID]bool{}
	for _, id := range ids {
		m[id] = true
	}
	return m
}

func TestMemberships(t *testing.T) {
	ctx := t.Context()
	p := open(t, t.TempDir())
	check := func(why string, want made) {
		t.Helper()
		got, err := p.Memberships(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", why, d)
		}
	}
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check("a profile without a ledger has made none", made{})
	do(p.PutLink(ctx, link("1"), link("2"), link("3"), link("g"), link("h")))
	check("all links are of this version, so all is known: none", made{})

	for range 2 {
		do(p.Join(ctx, "guid-g", "guid-1", "guid-2"))
	}
	do(p.Join(ctx, "guid-h", "guid-1", "guid-3"))
	do(p.Join(ctx, "guid-h"))
	check("twice is once", made{"guid-g": users("guid-1", "guid-2"), "guid-h": users("guid-1", "guid-3")})

	do(p.Join(ctx, "guid-g", "guid-nobody"))
	do(p.Join(ctx, "guid-nothing", "guid-1"))
	check("who has no link is nobody of ours", made{"guid-g": users("guid-1", "guid-2"), "guid-h": users("guid-1", "guid-3")})

	for range 2 {
		do(p.Leave(ctx, "guid-g", "guid-2", "guid-3"))
	}
	check("left, of this group alone", made{"guid-g": users("guid-1"), "guid-h": users("guid-1", "guid-3")})

	same := link("1")
	same.Name = "Other"
	do(p.PutLink(ctx, same))
	check("another name is the same object", made{"guid-g": users("guid-1"), "guid-h": users("guid-1", "guid-3")})

	again := link("3")
	again.CentralID = "central-9"
	do(p.PutLink(ctx, again))
	check("another object of Central belongs to nothing yet", made{"guid-g": users("guid-1"), "guid-h": users("guid-1")})

	do(p.DeleteLink(ctx, "guid-h"))
	check("a group that is forgotten", made{"guid-g": users("guid-1")})
	do(p.DeleteLink(ctx, "guid-1"))
	check("and a user", made{})

	other := open(t, p.home)
	do(p.Join(ctx, "guid-g", "guid-2"))
	got, err := other.Memberships(ctx)
	if d := cmp.Diff(made{"guid-g": users("guid-2")}, got); d != "" || err != nil {
		t.Errorf("another process: %v (-want +got):\n%s", err, d)
	}
}

// A ledger of the version before has links and no memberships: who put whom into
// a group before is not known of it.
func TestMembershipsOfAnOlderLedger(t *testing.T) {
	ctx := t.Context()
	home := t.TempDir()
	p := open(t, home)
	if err := p.PutLink(ctx, link("1"), link("g")); err != nil {
		t.Fatal(err)
	}
	db, err := p.db(ctx, true)
	if err != nil {
		t.Fatal(err)
	}
	const back = "DROP TABLE rosters; DROP TABLE roster_members; DROP TABLE roster_users; DROP TABLE memberships; DELETE FROM state; PRAGMA user_version = 1"
	if _, err := db.ExecContext(ctx, back); err != nil {
		t.Fatal(err)
	}

	later := open(t, home)
	if got, err := later.Memberships(ctx); err != nil || got != nil {
		t.Errorf("got %v %v", got, err)
	}
	if links, err := later.Links(ctx); err != nil || len(links) != 2 {
		t.Errorf("links: %v %v", links, err)
	}
	if err := later.Join(ctx, "guid-g", "guid-1"); err != nil {
		t.Error(err)
	}
	if got, err := later.Memberships(ctx); err != nil || cmp.Diff(made{"guid-g": users("guid-1")}, got) != "" {
		t.Errorf("got %v %v", got, err)
	}
	if err := later.Leave(ctx, "guid-g", "guid-1"); err != nil {
		t.Error(err)
	}
	if got, err := later.Memberships(ctx); err != nil || cmp.Diff(made{}, got) != "" {
		t.Errorf("once recorded, none is none: got %v %v", got, err)
	}
}
