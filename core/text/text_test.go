package text

import (
	"errors"
	"testing"
)

func TestDecode(t *testing.T) {
	tests := map[string]struct {
		why  string
		in   string
		want string
		form Form
	}{
		"Plain":      {why: "UTF-8 is what every editor but one writes.", in: "ä", want: "ä", form: UTF8},
		"Empty":      {why: "An empty file is an empty text, not an error.", in: "", want: "", form: UTF8},
		"UTF8BOM":    {why: "Set-Content -Encoding UTF8 of 5.1 writes the mark.", in: "\xef\xbb\xbfa", want: "a", form: UTF8BOM},
		"UTF16LE":    {why: "The > of 5.1 writes UTF-16.", in: "\xff\xfea\x00\xe4\x00", want: "aä", form: UTF16LE},
		"UTF16BE":    {why: "Set-Content -Encoding BigEndianUnicode.", in: "\xfe\xff\x00a", want: "a", form: UTF16BE},
		"Surrogates": {why: "Characters above U+FFFF are two units.", in: "\xff\xfe\x3d\xd8\x00\xde", want: "\U0001F600", form: UTF16LE},
		"RealFFFD":   {why: "The replacement character itself is a character.", in: "\xff\xfe\xfd\xff", want: "\uFFFD", form: UTF16LE},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, form, err := Decode([]byte(tc.in))
			if err != nil {
				t.Fatalf("%s: %v", tc.why, err)
			}
			if got != tc.want || form != tc.form {
				t.Errorf("%s\ngot %q form %d, want %q form %d", tc.why, got, form, tc.want, tc.form)
			}
			if back := string(form.Encode(got)); back != tc.in {
				t.Errorf("%s\nencoded %q, want the bytes as they were %q", tc.why, back, tc.in)
			}
		})
	}
}

func TestDecodeRefuses(t *testing.T) {
	for name, in := range map[string]string{
		"Windows1252":    "Gr\xfc\xdfe",
		"HalfUnit":       "\xff\xfea",
		"LoneHigh":       "\xff\xfe\x3d\xd8a\x00",
		"LoneLow":        "\xff\xfe\x00\xde",
		"HighAtTheEnd":   "\xff\xfea\x00\x3d\xd8",
		"BrokenAfterBOM": "\xef\xbb\xbf\xff",
	} {
		if got, _, err := Decode([]byte(in)); !errors.Is(err, ErrEncoding) {
			t.Errorf("%s: got %q, %v, want ErrEncoding", name, got, err)
		}
	}
}
