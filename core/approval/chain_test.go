package approval

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

func TestChainSaysWhoCounts(t *testing.T) {
	a, b, p := person(t, 'a'), person(t, 'b'), policyOf(t, 'p')
	gone := func(name byte) Approver { return Approver{Removes: public(t, name), At: start} }
	tests := map[string]struct {
		why            string
		entries        []entry
		people, policy string
	}{
		"Empty":        {"No line, nobody.", nil, "", ""},
		"First":        {"The first person enrols the own key.", []entry{{'a', a}}, "a", ""},
		"Second":       {"A person enrols another.", []entry{{'a', a}, {'a', b}}, "ab", ""},
		"Policy":       {"A policy key is another kind.", []entry{{'a', a}, {'a', p}}, "a", "p"},
		"Removed":      {"A removed person no longer counts.", []entry{{'a', a}, {'a', b}, {'b', gone('a')}}, "b", ""},
		"Self":         {"Somebody may leave while another stays.", []entry{{'a', a}, {'a', b}, {'a', gone('a')}}, "b", ""},
		"PolicyEnds":   {"A policy key can always be removed.", []entry{{'a', a}, {'a', p}, {'a', gone('p')}}, "a", ""},
		"ComesBack":    {"A removed key may be enrolled again.", []entry{{'a', a}, {'a', b}, {'a', gone('b')}, {'a', b}}, "ab", ""},
		"ChangesKind":  {"After its removal a key may serve the policy.", []entry{{'a', a}, {'a', b}, {'a', gone('b')}, {'a', policyOf(t, 'b')}}, "a", "b"},
		"BothByOthers": {"Whoever was enrolled may enrol.", []entry{{'a', a}, {'a', b}, {'b', p}}, "ab", "p"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := Chain(chain(t, tc.entries...))
			if err != nil {
				t.Fatal(err)
			}
			var people, policy string
			for _, k := range []byte("abp") {
				if r.Person(public(t, k)) {
					people += string(k)
				}
				if r.Policy(public(t, k)) {
					policy += string(k)
				}
			}
			if people != tc.people || policy != tc.policy {
				t.Errorf("%s\ngot people %q, policy %q", tc.why, people, policy)
			}
			if n := len(tc.people + tc.policy); len(r.Approvers()) != n {
				t.Errorf("%d approvers, want %d", len(r.Approvers()), n)
			}
		})
	}
}

func TestNewLineRefuses(t *testing.T) {
	a, b, p := person(t, 'a'), person(t, 'b'), policyOf(t, 'p')
	tests := map[string]struct {
		why   string
		lines [][]byte
		last  entry
		code  string
	}{
		"PolicyFirst": {"The first line is a person's.", nil, entry{'p', p}, "approval.signer"},
		"OtherFirst":  {"The first line is somebody's own.", nil, entry{'a', b}, "approval.signer"},
		"RemoveFirst": {"There is nobody to remove.", nil, entry{'a', Approver{Removes: public(t, 'a')}}, "approval.signer"},
		"Stranger":    {"Only enrolled persons enrol.", chain(t, entry{'a', a}), entry{'b', b}, "approval.signer"},
		"PolicySigns": {"A policy key enrols nobody.", chain(t, entry{'a', a}, entry{'a', p}), entry{'p', b}, "approval.signer"},
		"Twice":       {"A key is enrolled once.", chain(t, entry{'a', a}), entry{'a', a}, "usage.approver.enrolled"},
		"BothKinds":   {"A person's key is no policy key.", chain(t, entry{'a', a}), entry{'a', policyOf(t, 'a')}, "usage.approver.enrolled"},
		"LastPerson":  {"Somebody must be left who can approve.", chain(t, entry{'a', a}, entry{'a', p}), entry{'a', Approver{Removes: public(t, 'a')}}, "approval.lastPerson"},
		"Unknown":     {"What is not enrolled cannot be removed.", chain(t, entry{'a', a}), entry{'a', Approver{Removes: "x"}}, "usage.approver.unknown"},
		"NoKey":       {"A key is 32 bytes of base64.", chain(t, entry{'a', a}), entry{'a', Approver{Key: "AAAA"}}, "usage.approver.key"},
		"Broken":      {"Nothing is added to a broken chain.", [][]byte{[]byte("{}")}, entry{'a', a}, "approval.chain"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := NewLine(tc.lines, tc.last.a, key(tc.last.by)); fault.Code(err) != tc.code {
				t.Errorf("%s\ngot %v, want %s", tc.why, err, tc.code)
			}
		})
	}
}

func TestBrokenChain(t *testing.T) {
	good := chain(
		t, entry{'a', person(t, 'a')}, entry{'a', person(t, 'b')}, entry{'b', policyOf(t, 'p')},
		entry{'a', Approver{Removes: public(t, 'b'), At: start}},
	)
	other := chain(t, entry{'c', person(t, 'c')})
	tests := map[string]struct {
		why   string
		lines [][]byte
	}{
		"FirstGone":  {"Whoever stands first is trusted: it cannot be taken out.", good[1:]},
		"MiddleGone": {"A line that is missing may have been a removal.", slices.Concat(good[:1], good[2:])},
		"Swapped":    {"The order is part of the chain.", [][]byte{good[0], good[2], good[1]}},
		"Twice":      {"A line counts once.", slices.Concat(good[:2], good[1:])},
		"OtherFirst": {"A new first person needs a new chain.", slices.Concat(other, good[1:])},
		"SelfMade":   {"Nobody enrols oneself behind the first line.", slices.Concat(good, other)},
		"Space":      {"Only what adsync writes is read.", [][]byte{append([]byte(" "), good[0]...)}},
		"Empty":      {"An empty line is no line.", slices.Concat(good, [][]byte{{}})},
		"Unknown":    {"An unknown field may say anything.", [][]byte{[]byte(strings.Replace(string(good[0]), "{", `{"x":1,`, 1))}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := Chain(tc.lines)
			if fault.Code(err) != "approval.chain" {
				t.Errorf("%s\ngot %v", tc.why, err)
			}
			if len(r.Approvers()) != 0 {
				t.Errorf("somebody counts: %s", cmp.Diff(nil, r.Approvers()))
			}
		})
	}
	for n, line := range good {
		for i := range line {
			lines := slices.Clone(good)
			lines[n] = slices.Clone(line)
			lines[n][i] ^= 1
			if _, err := Chain(lines); fault.Code(err) != "approval.chain" {
				t.Fatalf("line %d byte %d: got %v", n, i, err)
			}
		}
	}
}

func FuzzChain(f *testing.F) {
	text, err := PublicKey(key('a'))
	if err != nil {
		f.Fatal(err)
	}
	first, err := NewLine(nil, Approver{Key: text, At: start}, key('a'))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(first)
	f.Add([]byte("{}\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := Chain(splitLines(b))
		switch {
		case err != nil && fault.Code(err) != "approval.chain":
			t.Fatalf("another kind of error: %v", err)
		case err == nil && len(b) > 0 && r.people() == 0:
			t.Fatalf("a chain without a person: %q", b)
		}
	})
}

func splitLines(b []byte) [][]byte {
	var lines [][]byte
	for line := range strings.Lines(string(b)) {
		lines = append(lines, []byte(strings.TrimSuffix(line, "\n")))
	}
	return lines
}
