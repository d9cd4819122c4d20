package output

import (
	"strings"
	"unicode"
)

// Visible returns text in which every character that moves, hides or reorders
// what is shown stands as \uXXXX: control and format characters, the
// bidirectional ones among them, line and paragraph separators, and what is no
// character at all.
func Visible(text string) string {
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	out := make([]byte, 0, len(text)+8)
	for _, r := range text {
		if hidden(r) {
			out = appendEscape(out, r)
			continue
		}
		out = append(out, string(r)...)
	}
	return string(out)
}

func hidden(r rune) bool {
	return r == unicode.ReplacementChar || unicode.In(r, unicode.C, unicode.Zl, unicode.Zp)
}
