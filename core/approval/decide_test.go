package approval

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/fault"
	"adsync/core/plan"
)

func TestDecideRefuses(t *testing.T) {
	p := document(
		change("c", plan.Create), change("a", plan.Adopt), change("n", plan.Remove, cause("notFound")),
		change("r", plan.Remove, held("limit.removals")), change("i", plan.Remove, held("read.incomplete")),
	)
	all := Document{Changes: []string{"c"}}
	policy := Document{Changes: []string{"c"}, Policy: true}
	lift := Document{Changes: []string{"r"}, Reason: "x", Allow: []Allow{{"removals", 3}}}
	tests := map[string]struct {
		why   string
		files []Document
		sha   string
		edit  func(*plan.Document)
		now   time.Time
		code  string
	}{
		"None":           {why: "Nobody said yes.", code: "approval.missing"},
		"OtherBytes":     {why: "It binds the bytes.", files: []Document{sign(t, 'a', all)}, sha: "00" + digest[2:], code: "approval.digest"},
		"OtherProfile":   {why: "It binds the profile.", files: []Document{sign(t, 'a', all)}, edit: func(p *plan.Document) { p.Profile = "other" }, code: "approval.digest"},
		"Expired":        {why: "At its end it has ended.", files: []Document{sign(t, 'a', all)}, now: start.Add(72 * time.Hour), code: "approval.expired"},
		"Future":         {why: "A time to come is none.", files: []Document{sign(t, 'a', all)}, now: start.Add(-5*time.Minute - time.Second), code: "approval.future"},
		"Stranger":       {why: "A key that is not enrolled is none.", files: []Document{sign(t, 'z', all)}, code: "approval.signer"},
		"PolicyByPerson": {why: "A person's key signs no policy.", files: []Document{sign(t, 'a', policy)}, code: "approval.signer"},
		"PersonByPolicy": {why: "A policy key signs no person's yes.", files: []Document{sign(t, 'p', all)}, code: "approval.signer"},
		"Held":           {why: "A hold without --allow stays.", files: []Document{sign(t, 'a', Document{Changes: []string{"r"}})}, code: "approval.change"},
		"OtherHold":      {why: "--allow lifts limits only.", files: []Document{sign(t, 'a', Document{Changes: []string{"i"}, Reason: "x", Allow: lift.Allow})}, code: "approval.change"},
		"Count":          {why: "The number is that of the plan.", files: []Document{sign(t, 'a', Document{Changes: []string{"r"}, Reason: "x", Allow: []Allow{{"removals", 2}}})}, code: "approval.count"},
		"PolicyAdopts":   {why: "Adoptions are a person's.", files: []Document{sign(t, 'p', Document{Changes: []string{"a"}, Policy: true})}, code: "approval.policy"},
		"PolicyRemoves":  {why: "notFound is a person's.", files: []Document{sign(t, 'p', Document{Changes: []string{"n"}, Policy: true})}, code: "approval.policy"},
		"PolicyPartRead": {why: "A policy needs a complete read.", files: []Document{sign(t, 'p', policy)}, edit: func(p *plan.Document) { p.Complete = false }, code: "approval.policy"},
		"PolicyNew": {why: "What the configuration causes is a person's.", files: []Document{sign(t, 'p', policy)}, edit: func(p *plan.Document) {
			p.Changes = slices.Clone(p.Changes)
			for i := range p.Changes {
				p.Changes[i].From = plan.FromConfig
			}
		}, code: "approval.policy"},
		"NewestTells": {why: "The newest says why.", files: []Document{sign(t, 'a', Document{Until: start.Add(time.Second)}), sign(t, 'z', Document{At: start.Add(time.Minute)})}, now: start.Add(time.Minute), code: "approval.signer"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			q := p
			if tc.edit != nil {
				tc.edit(&q)
			}
			sha, now := tc.sha, tc.now
			if sha == "" {
				sha = digest
			}
			if now.IsZero() {
				now = start
			}
			g, err := Decide(q, sha, tc.files, nil, roster(t), now)
			if fault.Code(err) != tc.code {
				t.Errorf("%s\ngot %v, want %s", tc.why, err, tc.code)
			}
			if len(g.Changes) != 0 || g.Whole || g.Person {
				t.Errorf("%s\nsomething was granted: %+v", tc.why, g)
			}
		})
	}
	revoked := sign(t, 'a', all)
	if _, err := Decide(p, digest, []Document{revoked}, map[string]time.Time{revoked.ID: start}, roster(t), start); fault.Code(err) != "approval.revoked" {
		t.Errorf("a revocation beats the file: got %v", err)
	}
	impostor := sign(t, 'a', all)
	impostor.By.SID = "S-1-5-21-b"
	impostor, err := Sign(impostor, key('a'))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Decide(p, digest, []Document{impostor}, nil, roster(t), start); fault.Code(err) != "approval.signer" {
		t.Errorf("a key belongs to one account: got %v", err)
	}
	if _, err := Decide(p, digest, []Document{sign(t, 'a', all)}, nil, Roster{}, start); fault.Code(err) != "approval.signer" {
		t.Errorf("without a chain nobody counts: got %v", err)
	}
}

func TestDecideUnites(t *testing.T) {
	p := document(
		change("g", plan.Create), change("u", plan.Create, needs("g")), change("x", plan.Update),
		change("r", plan.Remove, held("limit.removals")),
	)
	lift := Document{Changes: []string{"r"}, Reason: "site closed", Allow: []Allow{{"removals", 1}}}
	whole := Document{Changes: []string{"g", "u", "x"}, Whole: true}
	tests := map[string]struct {
		why           string
		files         []Document
		met           []string
		ids, lifted   []string
		whole, person bool
		waiting       int
	}{
		"Whole":      {why: "One person, everything.", files: []Document{sign(t, 'a', whole)}, ids: []string{"g", "u", "x"}, whole: true, person: true},
		"Partial":    {why: "A part is not the whole, whatever it says.", files: []Document{sign(t, 'a', Document{Changes: []string{"x"}, Whole: true})}, ids: []string{"x"}, person: true},
		"Lifted":     {why: "A lifted hold is an approved change.", files: []Document{sign(t, 'a', lift)}, ids: []string{"r"}, lifted: []string{"r"}, person: true},
		"Two":        {why: "Two parts are united, needs across them too.", files: []Document{sign(t, 'a', Document{Changes: []string{"u"}}), sign(t, 'b', Document{Changes: []string{"g"}})}, ids: []string{"g", "u"}, person: true},
		"NeedsWait":  {why: "What needs an unapproved change waits.", files: []Document{sign(t, 'a', Document{Changes: []string{"u", "x"}})}, ids: []string{"x"}, person: true, waiting: 1},
		"NeedsMet":   {why: "What was carried out is there.", files: []Document{sign(t, 'a', Document{Changes: []string{"u"}})}, met: []string{"g"}, ids: []string{"u"}, person: true},
		"Policy":     {why: "A policy's yes is no person's.", files: []Document{sign(t, 'p', Document{Changes: []string{"g", "u", "x"}, Policy: true, Whole: true})}, ids: []string{"g", "u", "x"}},
		"BadAndGood": {why: "A bad file does not stand in the way.", files: []Document{sign(t, 'z', whole), sign(t, 'a', Document{Changes: []string{"x"}})}, ids: []string{"x"}, person: true},
		"Nothing":    {why: "An approval of nothing is one.", files: []Document{sign(t, 'a', Document{})}, person: true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			g, err := Decide(p, digest, tc.files, nil, roster(t), start, tc.met...)
			if err != nil {
				t.Fatal(err)
			}
			for what, d := range map[string]string{
				"ids":    cmp.Diff(tc.ids, slices.Sorted(maps.Keys(g.Changes)), cmpopts.EquateEmpty()),
				"lifted": cmp.Diff(tc.lifted, g.Lifted, cmpopts.EquateEmpty()),
				"facts":  cmp.Diff([]any{tc.whole, tc.person, tc.waiting}, []any{g.Whole, g.Person, len(g.Waiting)}),
			} {
				if d != "" {
					t.Errorf("%s\n%s (-want +got):\n%s", tc.why, what, d)
				}
			}
		})
	}
}

func TestPersonStandsBeforePolicy(t *testing.T) {
	p := document(change("x", plan.Update))
	p1 := sign(t, 'p', Document{Changes: []string{"x"}, Policy: true})
	a := sign(t, 'a', Document{Changes: []string{"x"}, At: start.Add(time.Minute)})
	g, err := Decide(p, digest, []Document{p1, a}, nil, roster(t), start.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := Grant{Approval: a.ID, By: a.By, At: a.At}
	if d := cmp.Diff(want, g.Changes["x"]); d != "" {
		t.Errorf("grant (-want +got):\n%s", d)
	}
	if !g.Until.Equal(p1.Until) {
		t.Errorf("until %v, want the earliest end %v", g.Until, p1.Until)
	}
}

func TestEmptyPlanIsApproved(t *testing.T) {
	g, err := Decide(document(), digest, []Document{sign(t, 'a', Document{Whole: true})}, nil, roster(t), start)
	if err != nil || !g.Whole || !g.Person {
		t.Errorf("a person may accept a configuration with an empty plan: %+v, %v", g, err)
	}
}

func TestDecideFilesNamesWhatIsBroken(t *testing.T) {
	p := document(change("x", plan.Update))
	good, err := Encode(sign(t, 'a', Document{Changes: []string{"x"}}))
	if err != nil {
		t.Fatal(err)
	}
	bad := slices.Clone(good)
	bad[len(bad)/2] ^= 1
	if _, err := DecideFiles(p, digest, [][]byte{bad}, nil, roster(t), start); !fault.Is(err, "approval") || fault.Code(err) == "approval.missing" {
		t.Errorf("a broken file is not a missing one: %v", err)
	}
	g, err := DecideFiles(p, digest, [][]byte{bad, good}, nil, roster(t), start)
	if err != nil || len(g.Changes) != 1 || len(g.Refused) != 1 {
		t.Errorf("the good one counts, the other is reported: %+v, %v", g, err)
	}
}
