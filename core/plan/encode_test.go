package plan_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/plan"
)

var update = flag.Bool("update", false, "write the golden files")

// document is a plan with one of everything.
func document() plan.Document {
	g := change(plan.Create, group, 1000, "Größe 漢字 🎉")
	return plan.Document{
		Format: 1, CreatedAt: time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC), By: plan.Actor{Account: `CORP\admin`, SID: "S-1"}, Profile: "default",
		Tenant: identity.Tenant{ID: "t"}, Complete: true, Applyable: true, Whole: true,
		Changes: []plan.Change{
			g, change(plan.Create, user, 1, "Ann <&> \x7f\u2028", begins(1000), needs(g)), change(plan.Update, user, 2, "Bob"),
			change(plan.MembershipAdd, user, 3, "Cid", in(1000, "G")),
		},
		Holds:    []plan.Change{change(plan.Remove, user, 4, "Dan", held(plan.RuleManaged)), change(plan.MembershipRemove, user, 3, "Cid", in(1001, "H"), held(plan.RuleIncomplete))},
		Warnings: []plan.Warning{{Code: "user.noEmail", Name: "Ann"}}, Out: []plan.OutCount{{Kind: user, Reason: "disabled", Count: 3}},
		Reads: []identity.Read{{Domain: corp, Kind: identity.ReadUsers, Complete: true}}, Limits: []plan.LimitUse{{Class: plan.LimitRemovals, Kind: user}},
	}
}

func encode(t *testing.T, d plan.Document) []byte {
	t.Helper()
	data, err := plan.Encode(d)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestEncodeGolden(t *testing.T) {
	for name, d := range map[string]plan.Document{"empty": {Format: 1}, "full": document()} {
		t.Run(name, func(t *testing.T) {
			got, file := encode(t, d), "testdata/"+name+"-plan.json"
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the bytes of a plan are its identity (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	got := encode(t, document())
	if i := bytes.IndexFunc(got, func(r rune) bool { return r > '~' || r < ' ' && r != '\n' }); i >= 0 {
		t.Errorf("byte %d is none that every Windows code page reads alike", i)
	}
	if bytes.Count(got, []byte("\n")) != 1 || got[len(got)-1] != '\n' {
		t.Error("a plan is one line and ends in one newline")
	}
	for _, list := range []string{"changes", "holds", "warnings", "out", "reads", "limits"} {
		if !bytes.Contains(encode(t, plan.Document{Format: 1}), []byte(`"`+list+`":[]`)) {
			t.Errorf("without %s the list is not empty but something else: scripts loop over it", list)
		}
	}
	if !bytes.Equal(got, encode(t, document())) {
		t.Error("equal documents give different bytes")
	}
	back, err := plan.Decode(got)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(document(), back); d != "" {
		t.Errorf("what is read is not what was written (-want +got):\n%s", d)
	}
	if id, sha := plan.Digest([]byte("adsync\n")); sha != "ebfcf014ca94d7b0dbee1274754cf50ec1c13ff76542436532c2ae068b064a14" || id != sha[:32] {
		t.Errorf("id %s, digest %s: Get-FileHash would print another", id, sha)
	}
}

func TestDecodeIsStrict(t *testing.T) {
	text := string(encode(t, document()))
	replace := func(old, by string) string {
		if !strings.Contains(text, old) {
			t.Fatalf("%s does not occur", old)
		}
		return strings.Replace(text, old, by, 1)
	}
	first := func(change func(*plan.Document)) string {
		d := document()
		change(&d)
		return string(encode(t, d))
	}
	for name, tc := range map[string]struct{ why, text string }{
		"Nothing":       {"A file cut to nothing.", ""},
		"CutShort":      {"A file half written.", text[:len(text)/2]},
		"Array":         {"Another document.", "[]"},
		"Null":          {"Nothing in JSON.", "null"},
		"Error":         {"An error document has another format.", `{"format":1,"error":{"code":"x"}}`},
		"UnknownField":  {"What cannot be shown must not be approved.", replace(`"profile":`, `"force":true,"profile":`)},
		"UnknownDeep":   {"At any depth.", replace(`"action":"create"`, `"quiet":1,"action":"create"`)},
		"WrongType":     {"A number as text.", replace(`"format":1`, `"format":"1"`)},
		"NoFormat":      {"A document of no format.", replace(`"format":1,`, ``)},
		"NewFormat":     {"A format of the future.", replace(`"format":1`, `"format":2`)},
		"Trailing":      {"Something behind the document.", text + "{}"},
		"TrailingText":  {"Likewise.", text + "x"},
		"UnknownAction": {"An action that nobody carries out.", replace(`"action":"update"`, `"action":"destroy"`)},
		"UnknownKind":   {"A kind that nobody knows.", replace(`"kind":"user"`, `"kind":"computer"`)},
		"OtherAction":   {"The id is derived from what is done.", replace(`"action":"update"`, `"action":"remove"`)},
		"OtherObject":   {"And to whom.", replace(string(guid(2)), string(guid(77)))},
		"HeldChange":    {"A hold among the changes.", first(func(d *plan.Document) { d.Changes[2].Rule = &plan.Coded{Code: "managed"} })},
		"FreedHold":     {"A change among the holds.", first(func(d *plan.Document) { d.Holds[0].Rule = nil })},
		"Twice":         {"One change twice.", first(func(d *plan.Document) { d.Changes = append(d.Changes, d.Changes[0]) })},
		"NoGroup":       {"A membership of nothing.", first(func(d *plan.Document) { d.Changes[3].Group = nil })},
		"GroupOfUpdate": {"A group where there is no membership.", first(func(d *plan.Document) { d.Changes[2].Group = &plan.Ref{} })},
		"NoAfter":       {"An update to nothing.", first(func(d *plan.Document) { d.Changes[2].After = nil })},
		"NoBefore":      {"A removal of nothing.", first(func(d *plan.Document) { d.Holds[0].Before = nil })},
	} {
		t.Run(name, func(t *testing.T) {
			if d, err := plan.Decode([]byte(tc.text)); !errors.Is(err, plan.ErrDecode) {
				t.Errorf("%s\nread as %+v, error %v", tc.why, d, err)
			} else if cmp.Diff(plan.Document{}, d) != "" {
				t.Errorf("%s\na refused document is handed out", tc.why)
			}
		})
	}
}

// FuzzDecodePlan: no bytes make Decode panic, nor what is done with a plan that
// it accepted; and what it accepted is written and read again as the same.
func FuzzDecodePlan(f *testing.F) {
	for _, d := range []plan.Document{{Format: 1}, document()} {
		data, err := plan.Encode(d)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"format":1,"changes":[{"action":"membershipAdd","kind":"user"}],"holds":[{}]}`))
	f.Add([]byte(`{"format":1,"changes":null,"limits":[{"group":{}}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := plan.Decode(data)
		if err != nil {
			return
		}
		all := plan.Sequence(slices.Concat(d.Changes, d.Holds))
		if len(all) != len(d.Changes)+len(d.Holds) {
			t.Errorf("%d of %d changes are left", len(all), len(d.Changes)+len(d.Holds))
		}
		plan.Batches(all)
		plan.LowerBound(all)
		plan.Only(all, func(plan.Change) bool { return true })
		plan.Summarise(d.Changes, plan.Fold(d.Holds), d.Warnings, plan.Counts{})
		plan.LimitCount(d, plan.LimitRemovals)
		first := encode(t, d)
		if !utf8.Valid(first) {
			t.Error("no UTF-8")
		}
		again, err := plan.Decode(first)
		if err != nil {
			t.Fatalf("what was accepted is refused when it is written anew: %v", err)
		}
		if second := encode(t, again); !bytes.Equal(first, second) {
			t.Errorf("%s\n%s", first, second)
		}
	})
}
