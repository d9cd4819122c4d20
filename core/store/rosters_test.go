package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
)

// TestRosters keeps what was read of the members of groups, and follows what this
// profile itself changes in Central.
func TestRosters(t *testing.T) {
	p := open(t, t.TempDir())
	ctx := t.Context()
	at := time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)
	stamp := func(id string, total int) Stamp { return Stamp{ID: id, Total: total, UpdatedAt: at} }
	linked := func(guid, id string, k identity.Kind) identity.Link {
		return identity.Link{GUID: identity.GUID(guid), Kind: k, CentralID: id, Origin: identity.Created, Since: at}
	}
	if err := p.PutLink(ctx, linked("g1", "cg1", identity.KindGroup), linked("g2", "cg2", identity.KindGroup),
		linked("u1", "cu1", identity.KindUser), linked("u2", "cu2", identity.KindUser), linked("u3", "cu3", identity.KindUser)); err != nil {
		t.Fatal(err)
	}
	one := Roster{Group: stamp("cg1", 2), Members: []Stamp{stamp("cu1", 2), stamp("cu2", 1)}, ReadAt: at}
	two := Roster{Group: stamp("cg2", 1), Members: []Stamp{stamp("cu1", 2)}, ReadAt: at}
	steps := []struct {
		why  string
		do   func() error
		want map[string]Roster
	}{
		{"Nothing is remembered at first.", func() error { return nil }, map[string]Roster{}},
		{"What was read is remembered.", func() error { return p.PutRosters(ctx, []Roster{one, two}) }, map[string]Roster{"cg1": one, "cg2": two}},
		{"Who joins is in it, and both sides count one more.", func() error { return p.Join(ctx, "g2", "u2") }, map[string]Roster{
			"cg1": {Group: stamp("cg1", 2), Members: []Stamp{stamp("cu1", 2), stamp("cu2", 2)}, ReadAt: at},
			"cg2": {Group: stamp("cg2", 2), Members: []Stamp{stamp("cu1", 2), stamp("cu2", 2)}, ReadAt: at},
		}},
		{"Joining twice is joining once.", func() error { return p.Join(ctx, "g2", "u2") }, map[string]Roster{
			"cg1": {Group: stamp("cg1", 2), Members: []Stamp{stamp("cu1", 2), stamp("cu2", 2)}, ReadAt: at},
			"cg2": {Group: stamp("cg2", 2), Members: []Stamp{stamp("cu1", 2), stamp("cu2", 2)}, ReadAt: at},
		}},
		{"Who leaves is in it no more.", func() error { return p.Leave(ctx, "g1", "u2", "u3") }, map[string]Roster{
			"cg1": {Group: stamp("cg1", 1), Members: []Stamp{stamp("cu1", 2)}, ReadAt: at},
			"cg2": {Group: stamp("cg2", 2), Members: []Stamp{stamp("cu1", 2), stamp("cu2", 1)}, ReadAt: at},
		}},
		{"Who is removed is in no group.", func() error { return p.DeleteLink(ctx, "u1") }, map[string]Roster{
			"cg1": {Group: stamp("cg1", 0), ReadAt: at},
			"cg2": {Group: stamp("cg2", 1), Members: []Stamp{stamp("cu2", 1)}, ReadAt: at},
		}},
		{"A group that is removed is not remembered.", func() error { return p.DeleteLink(ctx, "g1") }, map[string]Roster{
			"cg2": {Group: stamp("cg2", 1), Members: []Stamp{stamp("cu2", 1)}, ReadAt: at},
		}},
		{"What is read anew takes the place of all.", func() error {
			return p.PutRosters(ctx, []Roster{{Group: stamp("cg3", 1), Members: []Stamp{stamp("cu3", 1)}, ReadAt: at.Add(time.Hour)}})
		}, map[string]Roster{"cg3": {Group: stamp("cg3", 1), Members: []Stamp{stamp("cu3", 1)}, ReadAt: at.Add(time.Hour)}}},
	}
	for _, s := range steps {
		if err := s.do(); err != nil {
			t.Fatalf("%s\n%v", s.why, err)
		}
		got, err := p.Rosters(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(s.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", s.why, d)
		}
	}
}
