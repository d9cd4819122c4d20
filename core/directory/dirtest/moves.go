package dirtest

import (
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// guid finds the objectGUID of an OU by searching from it: the reader follows a
// base by GUID, so tests need one.
func (s *suite) guid(t *testing.T, account string) identity.GUID {
	t.Helper()
	snapshot := s.read(t, s.below(""))
	if p, ok := accounts(snapshot)[account]; ok {
		return p.GUID
	}
	g, ok := groups(snapshot)[account]
	if !ok {
		t.Fatalf("%s was not read", account)
	}
	return g.GUID
}

// renamedBase: a base with an objectGUID is followed; by its DN alone it is gone.
func (s *suite) renamedBase(t *testing.T) {
	old := staff + "," + s.ou
	found, err := s.dial(t, nil).CheckBase(t.Context(), s.Domain, old)
	if err != nil {
		t.Fatal(err)
	}
	s.Change.Move(t, old, "OU=Personnel", "")
	defer s.Change.Move(t, "OU=Personnel,"+s.ou, staff, "")
	base := directory.Base{DN: old, GUID: found.GUID}
	snapshot := s.read(t, directory.Scope{Users: []directory.Search{{Bases: []directory.Base{base}}}})
	ann, ok := accounts(snapshot)["dt-ann"]
	if !ok {
		t.Fatal("dt-ann was lost with the old name of the OU")
	}
	if want := []identity.Match{{Base: old}}; !slices.Equal(ann.Matched, want) {
		t.Errorf("matched %v, want %v: the base as configured", ann.Matched, want)
	}
	if !strings.Contains(ann.DN, "OU=Personnel,") {
		t.Errorf("DN %s", ann.DN)
	}
	if now := snapshot.Reads[0].Standing; !strings.EqualFold(now, "OU=Personnel,"+s.ou) {
		t.Errorf("the base stands at %q", now)
	}
	lost := s.readAny(t, directory.Scope{Users: []directory.Search{{Bases: []directory.Base{{DN: old}}}}})
	if lost.Reads[0].Complete || lost.Reads[0].Code != "directory.base.missing" {
		t.Errorf("by its old DN: %+v", lost.Reads[0])
	}
}

// deviceBase: a base of devices is followed like one of people, and devices belong
// to nested groups too.
func (s *suite) deviceBase(t *testing.T) {
	old := elsewhere + "," + s.ou
	found, err := s.dial(t, nil).CheckBase(t.Context(), s.Domain, old)
	if err != nil {
		t.Fatal(err)
	}
	s.Change.AddValues(t, s.dn("dt-nested"), "member", "CN=DTPC,"+old)
	s.Change.Move(t, old, "OU=Somewhere", "")
	defer func() {
		s.Change.Move(t, "OU=Somewhere,"+s.ou, elsewhere, "")
		s.Change.RemoveValues(t, s.dn("dt-nested"), "member", "CN=DTPC,"+old)
	}()
	search := directory.Search{
		Bases: []directory.Base{{DN: old, GUID: found.GUID}}, Filter: "(memberOf=" + ldap.EscapeFilter(s.dn("dt-sales")) + ")", NestedMemberOf: true,
	}
	direct := search
	direct.NestedMemberOf = false
	snapshot := s.read(t, directory.Scope{Devices: []directory.Search{direct, search}})
	if len(snapshot.Devices) != 1 || snapshot.Devices[0].Account != "DTPC$" {
		t.Fatalf("devices %+v, want DTPC, which belongs to a group in dt-sales", snapshot.Devices)
	}
	if got, want := snapshot.Devices[0].Matched, []identity.Match{{Base: old, Filter: search.Filter, Nested: true}}; !slices.Equal(got, want) {
		t.Errorf("matched %v, want %v: by nested groups alone", got, want)
	}
	var nested []bool
	for _, r := range snapshot.Reads {
		if r.Kind != identity.ReadDevices {
			continue
		}
		nested = append(nested, r.Nested)
		if r.Base != old || !strings.EqualFold(r.Standing, "OU=Somewhere,"+s.ou) || r.BaseGUID != found.GUID || len(r.Named) != 1 {
			t.Errorf("%+v", r)
		}
	}
	if !slices.Equal(nested, []bool{false, true}) {
		t.Errorf("records of nested searches %v, want those of both searches", nested)
	}
}

// renamedMember: a rename and a move are no change of membership.
func (s *suite) renamedMember(t *testing.T) {
	before := groups(s.read(t, s.below("")))["dt-sales"].Members
	dn := s.Change.Move(t, s.dn("dt-ann"), "CN=Ann Smith-Archer", elsewhere+","+s.ou)
	defer s.Change.Move(t, dn, "CN=Ann Archer", staff+","+s.ou)
	snapshot := s.read(t, s.below(""))
	if after := groups(snapshot)["dt-sales"].Members; !slices.Equal(before, after) {
		t.Errorf("members %v, before the rename %v", after, before)
	}
	if got := accounts(snapshot)["dt-ann"]; got.CN != "Ann Smith-Archer" || got.DN != dn {
		t.Errorf("cn %q, DN %q, want %q", got.CN, got.DN, dn)
	}
}

func (s *suite) lookup(t *testing.T) {
	ann, ben, dora, finn := s.guid(t, "dt-ann"), s.guid(t, "dt-ben"), s.guid(t, "dt-dora"), s.guid(t, "dt-finn")
	nobody := identity.GUID("01234567-89ab-cdef-0123-456789abcdef")
	moved := s.Change.Move(t, s.dn("dt-ben"), `CN=Lee\, Benjamin`, elsewhere+","+s.ou)
	s.Change.Delete(t, s.dn("dt-finn"))
	wanted := []identity.GUID{ann, ben, dora, finn, nobody}
	for i := range 120 { // more than one batch
		wanted = append(wanted, identity.GUID(strings.Replace(string(nobody), "0123", "aa"+string(rune('a'+i%6))+string(rune('0'+i%10)), 1)))
	}
	got, err := s.dial(t, nil).Lookup(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	if w := got[ann]; w.Presence != identity.Live || w.DN != s.dn("dt-ann") || w.Name != "Ann Archer" || w.Domain != s.Domain ||
		!w.ControlKnown || w.Disabled || len(w.MemberOf) != 1 || w.ChangedAt.IsZero() {
		t.Errorf("dt-ann: %+v", w)
	}
	if w := got[ben]; w.Presence != identity.Live || w.DN != moved {
		t.Errorf("dt-ben: %+v, want it live at %s", w, moved)
	}
	if w := got[dora]; w.Presence != identity.Live || !w.Disabled {
		t.Errorf("dt-dora: %+v, want it live and disabled", w)
	}
	if w := got[finn]; w.Presence != identity.Deleted || !directory.UnderBase(w.LastParent, elsewhere+","+s.ou) ||
		!strings.HasPrefix(w.Name, "Finn (Temp)") || strings.Contains(w.Name, "DEL:") || w.ChangedAt.IsZero() {
		t.Errorf("dt-finn: %+v, want it deleted from %s", w, elsewhere)
	}
	if w := got[nobody]; w.Presence != identity.Nowhere {
		t.Errorf("an objectGUID of nobody: %+v", w)
	}
	if len(got) < 5 {
		t.Errorf("%d answers", len(got))
	}
	plain := s.dial(t, func(o *directory.Options) { *o = s.Plain })
	if got, err = plain.Lookup(t.Context(), []identity.GUID{finn, ann}); err != nil {
		t.Fatal(err)
	}
	if got[finn].Presence != identity.Nowhere || got[ann].Presence != identity.Live {
		t.Errorf("with the rights of everybody: %+v", got)
	}
}
