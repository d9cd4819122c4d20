package approval

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

func TestSignedFileReadsBack(t *testing.T) {
	want := sign(t, 'a', Document{
		At:      start.In(time.FixedZone("CET", 3600)).Add(time.Millisecond),
		Changes: []string{"c2", "c1", "c2"}, Classes: []string{"create"},
		Allow: []Allow{{Class: "removals", Count: 37}}, Reason: "site <closed> & sold", Comment: "bad \xff byte",
	})
	if d := cmp.Diff([]string{"c1", "c2"}, want.Changes); d != "" {
		t.Errorf("lists are sorted sets (-want +got):\n%s", d)
	}
	data, err := Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Decode(data)
	if err != nil {
		t.Fatalf("%v in %s", err, data)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("document (-signed +read):\n%s", d)
	}
}

func TestCanonicalBytes(t *testing.T) {
	d := sign(t, 'a', Document{Changes: []string{"c1"}, Comment: "ok"})
	got, err := Canonical(d)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"format":1,"profile":"default","plan":"` + digest[:32] + `","sha256":"` + digest + `",` +
		`"by":{"account":"CORP\\a","sid":"S-1-5-21-a","key":"` + public(t, 'a') + `"},` +
		`"at":"2026-11-24T10:15:00Z","until":"2026-11-27T10:15:00Z","classes":[],"changes":["c1"],"allow":[],` +
		`"reason":"","comment":"ok","policy":false,"whole":false}`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("what is signed is a contract with older files (-want +got):\n%s", d)
	}
}

func TestSignRefuses(t *testing.T) {
	good := Document{Plan: digest[:32], SHA256: digest, At: start, Until: start.Add(time.Hour)}
	tests := map[string]struct {
		why  string
		edit func(*Document)
		code string
	}{
		"NoReason": {
			"A limit is lifted with a reason only.",
			func(d *Document) { d.Allow = []Allow{{"removals", 1}} }, "usage.approve.reason",
		},
		"PolicyLifts": {
			"A policy never lifts a limit.",
			func(d *Document) { d.Allow, d.Reason, d.Policy = []Allow{{"removals", 1}}, "x", true }, "approval.policy",
		},
		"OtherPlan": {
			"The id of the plan is part of its digest.",
			func(d *Document) { d.Plan = "00000000000000000000000000000000" }, "approval.malformed",
		},
		"NoTime": {
			"An approval that never holds is a mistake.",
			func(d *Document) { d.Until = d.At }, "approval.malformed",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d := good
			tc.edit(&d)
			if _, err := Sign(d, key('a')); fault.Code(err) != tc.code {
				t.Errorf("%s\ngot %v, want %s", tc.why, err, tc.code)
			}
		})
	}
	if _, err := Sign(good, nil); fault.Code(err) != "approval.key" {
		t.Errorf("no key: got %v", err)
	}
}

// Every byte of the file is either signed or follows from the signature.
func TestFlippedByteIsRefused(t *testing.T) {
	data, err := Encode(sign(t, 'a', Document{
		Changes: []string{"c1"}, Classes: []string{"create"}, Comment: "fine",
		Allow: []Allow{{"updates", 3}}, Reason: "because",
	}))
	if err != nil {
		t.Fatal(err)
	}
	for i := range data {
		for _, bit := range []byte{1, 2, 4, 8, 16, 32, 64, 128} {
			b := append([]byte{}, data...)
			b[i] ^= bit
			if _, err := Decode(b); !fault.Is(err, "approval") {
				t.Fatalf("byte %d of %d, bit %d: got %v", i, len(data), bit, err)
			}
		}
	}
	for i := range data {
		if _, err := Decode(data[:i]); !fault.Is(err, "approval") {
			t.Fatalf("cut at %d: got %v", i, err)
		}
	}
	if _, err := Decode(append(data, ' ')); !fault.Is(err, "approval") {
		t.Errorf("something behind it: got %v", err)
	}
}

func FuzzApproval(f *testing.F) {
	d, err := Sign(Document{Plan: digest[:32], SHA256: digest, At: start, Until: start.Add(time.Hour), Changes: []string{"c"}}, key('a'))
	if err != nil {
		f.Fatal(err)
	}
	data, err := Encode(d)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"format":1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := Decode(b)
		if err != nil {
			if !fault.Is(err, "approval") {
				t.Fatalf("another kind of error: %v", err)
			}
			return
		}
		again, err := Encode(d)
		if err != nil || string(again) != string(b) {
			t.Fatalf("accepted what is not written like that (%v):\n%q\n%q", err, b, again)
		}
		if Verify(d) != nil {
			t.Fatal("accepted without a good signature")
		}
	})
}
