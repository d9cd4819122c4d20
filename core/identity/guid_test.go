package identity_test

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"adsync/core/identity"
)

// The value and its text as MS-DTYP 2.3.4 relates them.
const (
	wire = "046796aa78a871479824b1155df6bab0"
	text = identity.GUID("aa966704-a878-4771-9824-b1155df6bab0")
)

func TestParseGUID(t *testing.T) {
	value, err := hex.DecodeString(wire)
	if err != nil {
		t.Fatal(err)
	}
	escaped := ""
	for i := 0; i < len(wire); i += 2 {
		escaped += `\` + wire[i:i+2]
	}
	for in, want := range map[string]identity.GUID{
		string(text): text,
		" {AA966704-A878-4771-9824-B1155DF6BAB0}": text,
		"(" + string(text) + ")":                  text,
		"aa966704a87847719824b1155df6bab0":        text,
		"{AA966704A87847719824B1155DF6BAB0}":      text,
		escaped:                                   text,
		strings.ToUpper(escaped):                  text,
		base64.StdEncoding.EncodeToString(value):  text,
		"":                                        "",
		"anna.silva":                              "",
		"aa966704-a878-4771-9824-b1155df6bab":     "",
		"aa966704-a8784-771-9824-b1155df6bab0":    "",
		"aa966704+a878+4771+9824+b1155df6bab0":    "",
		"zz966704a87847719824b1155df6bab0":        "",
		`\aa` + strings.Repeat(`\\0`, 15):         "",
		"BGeWqnioqUeYJLEVXfa6sB==":                "", // bits beyond the last byte
		"{" + string(text):                        "",
	} {
		got, err := identity.ParseGUID(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q gives %q, %v; want %q", in, got, err, want)
		}
	}
	if _, err := identity.ParseDashed(strings.ReplaceAll(string(text), "-", "")); err == nil {
		t.Error("without dashes the order of the bytes is not said")
	}
}

// FuzzGUID: bytes and text are two forms of one thing.
func FuzzGUID(f *testing.F) {
	f.Add([]byte("0123456789abcdef"), string(text))
	f.Add([]byte("short"), wire)
	f.Fuzz(func(t *testing.T, b []byte, s string) {
		if g, err := identity.GUIDFromBytes(b); err == nil {
			if string(g.Bytes()) != string(b) {
				t.Fatalf("%x becomes %s becomes %x", b, g, g.Bytes())
			}
			for _, form := range []string{string(g), "{" + strings.ToUpper(string(g)) + "}", base64.StdEncoding.EncodeToString(b), strings.ReplaceAll(string(g), "-", "")} {
				if again, err := identity.ParseGUID(form); err != nil || again != g {
					t.Fatalf("%s of %s gives %s, %v", form, g, again, err)
				}
			}
		}
		if g, err := identity.ParseGUID(s); err == nil {
			if again, err := identity.GUIDFromBytes(g.Bytes()); err != nil || again != g {
				t.Fatalf("%q gives %q, which is no GUID", s, g)
			}
		}
	})
}
