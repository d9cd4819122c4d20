package forest

import (
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// rdn is one component of a DN. Components of several values do not occur in
// Active Directory, which refuses to make them.
type rdn struct{ attr, value string }

// key is what two siblings cannot share.
func (r rdn) key() string { return strings.ToLower(r.attr) + "=" + fold(r.value) }

func (r rdn) String() string { return r.attr + "=" + escape(r.value) }

// fold is the form in which two texts are compared: without case, accents and
// width, as a domain controller does.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(s))
}

// escape writes a value the way it stands in a DN.
func escape(value string) string {
	var b strings.Builder
	for i := range len(value) {
		c := value[i]
		switch {
		case c < 0x20 || c == 0x7f:
			fmt.Fprintf(&b, "\\%02X", c)
		case strings.IndexByte(`,+"\<>;=`, c) >= 0,
			i == 0 && (c == '#' || c == ' '),
			i == len(value)-1 && c == ' ':
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// parseDN reads a DN, leaf first. The empty text is the empty DN.
func parseDN(text string) ([]rdn, error) {
	var out []rdn
	rest := strings.TrimLeft(text, " ")
	for rest != "" {
		attr, after, found := strings.Cut(rest, "=")
		attr = strings.TrimSpace(attr)
		if !found || !isName(attr) {
			return nil, fmt.Errorf("%q is no DN", text)
		}
		value, tail, err := readValue(after)
		if err != nil {
			return nil, fmt.Errorf("%q is no DN: %w", text, err)
		}
		out = append(out, rdn{attr, value})
		if tail == "" {
			return out, nil
		}
		if rest = strings.TrimLeft(tail[1:], " "); rest == "" {
			return nil, fmt.Errorf("%q is no DN: it ends in a comma", text)
		}
	}
	return out, nil
}

// readValue takes the value at the beginning of s; tail begins with the comma
// that ended it, or is empty.
func readValue(s string) (value, tail string, err error) {
	s = strings.TrimLeft(s, " ")
	var b []byte
	kept := 0 // up to here spaces were escaped, or are followed by something
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\':
			if i+1 >= len(s) {
				return "", "", fmt.Errorf("it ends in a backslash")
			}
			if i+2 < len(s) {
				if h, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					b, i = append(b, h[0]), i+2
					kept = len(b)
					continue
				}
			}
			i++
			b = append(b, s[i])
			kept = len(b)
		case ',', ';':
			return finish(b[:kept], s[i:])
		case '+', '"', '<', '>':
			return "", "", fmt.Errorf("%q is not escaped", c)
		case ' ':
			b = append(b, c)
		default:
			b = append(b, c)
			kept = len(b)
		}
	}
	return finish(b[:kept], "")
}

func finish(value []byte, tail string) (string, string, error) {
	switch {
	case len(value) == 0:
		return "", "", fmt.Errorf("a value is empty")
	case !utf8.Valid(value):
		return "", "", fmt.Errorf("a value is not UTF-8")
	}
	return string(value), tail, nil
}

func isName(s string) bool {
	for _, r := range s {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-' && r != '.' {
			return false
		}
	}
	return s != ""
}
