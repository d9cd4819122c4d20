package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"adsync/core/fault"
)

func TestValueDoesNotLeak(t *testing.T) {
	const secret = "hunter2"
	v := NewValue(secret)
	type inner struct{ v Value }
	type outer struct {
		Open Value
		in   inner
		list []Value
		key  map[string]Secret
		p    *Secret
	}
	s := Secret{Central, "id", v}
	o := outer{v, inner{v}, []Value{v}, map[string]Secret{"a": s}, &s}
	var b bytes.Buffer
	for _, x := range []any{v, &v, s, &s, o, &o, inner{v}, []any{o}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T"} {
			fmt.Fprintf(&b, verb+"\n", x)
		}
		j, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(j)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "value", x)
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "value", x)
		fmt.Fprintln(&b, fault.New("a", "b", fault.Cause(fmt.Errorf("with %v", x))))
	}
	for _, leak := range []string{secret, fmt.Sprintf("%x", secret), fmt.Sprintf("%d", []byte(secret))} {
		if strings.Contains(strings.ToLower(b.String()), leak) {
			t.Errorf("%q leaks:\n%s", leak, b.String())
		}
	}
	if !strings.Contains(b.String(), hidden) {
		t.Errorf("nothing was printed: %s", b.String())
	}
	if v.Reveal() != secret {
		t.Error("Reveal does not return the secret")
	}
}

func TestZeroValue(t *testing.T) {
	var v Value
	if !v.Empty() || v.Reveal() != "" || !NewValue("").Empty() || NewValue(" ").Empty() {
		t.Error("the zero Value is the empty one, and blanks are not empty")
	}
}

func TestFromInput(t *testing.T) {
	tests := map[string]struct {
		why, in, want string
		warn          bool
	}{
		"Newline":      {why: "echo ends with one.", in: "s3cret\n", want: "s3cret"},
		"CRLF":         {why: "PowerShell's pipe ends with two characters.", in: "s3cret\r\n", want: "s3cret"},
		"TwoNewlines":  {why: "Only one is taken away.", in: "s3cret\n\n", want: "s3cret\n"},
		"CR":           {why: "A lone CR belongs to the secret.", in: "s3cret\r", want: "s3cret\r"},
		"Blanks":       {why: "Blanks belong to the secret.", in: " s3cret ", want: " s3cret "},
		"BOM":          {why: "Files of 5.1 begin with it.", in: "\xef\xbb\xbfs3cret\r\n", want: "s3cret"},
		"UTF16":        {why: "So does the > of 5.1.", in: "\xff\xfe\xe4\x00\r\x00\n\x00", want: "ä"},
		"QuestionMark": {why: "An ä piped in 5.1 arrives as ?.", in: "p?ssw?rd\n", want: "p?ssw?rd", warn: true},
		"Empty":        {why: "Empty stdin is told by Empty.", in: "", want: ""},
	}
	for name, tc := range tests {
		v, warnings, err := FromInput([]byte(tc.in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if v.Reveal() != tc.want || (len(warnings) == 1 && warnings[0] == WarnQuestionMark) != tc.warn {
			t.Errorf("%s: %s\ngot %q %v, want %q", name, tc.why, v.Reveal(), warnings, tc.want)
		}
	}
	if _, _, err := FromInput([]byte("M\xfcller")); !fault.Is(err, "usage.credential.text") || strings.Contains(err.Error(), "ller") {
		t.Errorf("bytes that are no text: %v", err)
	}
}

func TestDecodeOthers(t *testing.T) {
	tests := map[string]struct{ why, in, want string }{
		"Cmdkey":       {"cmdkey writes UTF-16LE.", "a\x00b\x00", "ab"},
		"UTF8":         {"go-keyring writes UTF-8.", "hunter", "hunter"},
		"UTF8Odd":      {"Odd lengths are no UTF-16.", "geheim!", "geheim!"},
		"UTF8Umlaut":   {"UTF-8 with an umlaut.", "p\xc3\xa4ss", "päss"},
		"Terminated":   {"Some write the terminator too.", "a\x00b\x00\x00\x00", "ab"},
		"Umlaut16":     {"UTF-16 with an umlaut.", "p\x00\xe4\x00", "pä"},
		"OnlyUmlaut16": {"One character of UTF-16.", "\xe4\x00", "ä"},
		"CJK16":        {"No zero bytes at all.", "\x2d\x4e\x87\x65", "中文"},
		"Empty":        {"Nothing.", "", ""},
	}
	for name, tc := range tests {
		if got, err := Decode([]byte(tc.in)); err != nil || got != tc.want {
			t.Errorf("%s: %s\ngot %q %v, want %q", name, tc.why, got, err, tc.want)
		}
	}
	if _, err := Decode([]byte("\xff\xfe\xff")); !fault.Is(err, "credential.unreadable") {
		t.Errorf("neither: %v", err)
	}
}

// FuzzEncode: what is stored is what comes back.
func FuzzEncode(f *testing.F) {
	for _, s := range []string{"hunter2", "ä", "中文", "\u4141", "Ł", "\U0001F600", "\uFEFFx", "\uFFFD"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s == "" || strings.ToValidUTF8(s, "") != s || strings.Contains(s, "\x00") {
			t.Skip("no secret")
		}
		if got, err := Decode(encode(s)); err != nil || got != s {
			t.Errorf("%q came back as %q, %v", s, got, err)
		}
	})
}

func TestCheck(t *testing.T) {
	tests := map[string]struct {
		why, code string
		secret    Secret
	}{
		"Longest":  {"The whole of a blob may be used.", "", Secret{Central, "id", NewValue(strings.Repeat("x", 1280))}},
		"TooLong":  {"Credential Manager's own error says nothing.", "credential.tooLong", Secret{Central, "id", NewValue(strings.Repeat("x", 1281))}},
		"Pairs":    {"Above U+FFFF a character is four bytes.", "credential.tooLong", Secret{Central, "id", NewValue(strings.Repeat("\U0001F600", 641))}},
		"LongUser": {"So does its error for the user.", "credential.tooLong", Secret{Central, strings.Repeat("x", 514), NewValue("x")}},
		"Empty":    {"An empty secret is a slip.", "usage.credential.empty", Secret{Central, "id", NewValue("")}},
		"Zero":     {"It could not be told from UTF-16.", "usage.credential.zero", Secret{Central, "id", NewValue("a\x00b")}},
		"Purpose":  {"Only known purposes.", "usage.credential.purpose", Secret{"../x", "id", NewValue("x")}},
	}
	for name, tc := range tests {
		if err := check("default", tc.secret); fault.Code(err) != tc.code {
			t.Errorf("%s: %s\ngot %v, want %q", name, tc.why, err, tc.code)
		}
	}
}

func TestCurrentAccount(t *testing.T) {
	a, err := CurrentAccount()
	if err != nil || a.Name == "" || !strings.HasPrefix(a.SID, "S-1-") {
		t.Errorf("got %+v, %v", a, err)
	}
}
