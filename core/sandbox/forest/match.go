package forest

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"adsync/core/identity"
)

// comparer returns how a stored value compares with the asserted one; ok is
// false where the assertion is no value of the attribute's syntax.
func (f *Forest) comparer(a *attribute, asserted string) (compare func(stored string) (int, bool), ok bool) {
	switch a.syntax {
	case synText:
		want := fold(asserted)
		return func(v string) (int, bool) { return strings.Compare(fold(v), want), true }, true
	case synInt, synLarge:
		want, err := strconv.ParseInt(asserted, 10, 64)
		if err != nil {
			return nil, false
		}
		return func(v string) (int, bool) {
			got, err := strconv.ParseInt(v, 10, 64)
			return cmp.Compare(got, want), err == nil
		}, true
	case synTime:
		want, err := parseTime(asserted)
		if err != nil {
			return nil, false
		}
		return func(v string) (int, bool) {
			got, err := parseTime(v)
			return got.Compare(want), err == nil
		}, true
	case synBool:
		if asserted != "TRUE" && asserted != "FALSE" {
			return nil, false
		}
	case synOID:
		return f.compareOID(a, asserted)
	case synOctets:
		// objectGUID and its like may be asserted in their text form too.
		if g, err := identity.ParseDashed(asserted); err == nil {
			asserted = string(g.Bytes())
		}
	case synSID:
		if s, err := parseSID(asserted); err == nil {
			asserted = s
		}
	case synDN:
		return compareDN(asserted)
	case synPrint, synSecurity:
	}
	return func(v string) (int, bool) { return strings.Compare(v, asserted), true }, true
}

// compareOID knows that a class or attribute may be named by name or by OID.
func (f *Forest) compareOID(a *attribute, asserted string) (func(string) (int, bool), bool) {
	want := strings.ToLower(asserted)
	if a.name == "objectClass" || a.name == "subClassOf" {
		c := f.schema.class(asserted)
		if c == nil {
			return nil, false
		}
		want = strings.ToLower(c.name)
	}
	return func(v string) (int, bool) { return strings.Compare(strings.ToLower(v), want), true }, true
}

func compareDN(asserted string) (func(string) (int, bool), bool) {
	want, err := parseDN(asserted)
	if err != nil {
		return nil, false
	}
	return func(v string) (int, bool) {
		got, err := parseDN(v)
		if err != nil || len(got) != len(want) {
			return 1, err == nil
		}
		for i := range got {
			if d := strings.Compare(got[i].key(), want[i].key()); d != 0 {
				return d, true
			}
		}
		return 0, true
	}, true
}

// parseTime reads GeneralizedTime, and UTCTime with its two digits of year.
func parseTime(text string) (time.Time, error) {
	for _, layout := range []string{"20060102150405.0Z", "20060102150405Z", "060102150405Z", "20060102150405.0Z0700"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Parse("20060102150405.000Z", text)
}

// The kinds of pieces of a substring filter.
const (
	pieceInitial = iota
	pieceAny
	pieceFinal
)

type piece struct {
	kind uint64
	text string
}

// substring returns how a value is matched against pieces; ok is false for
// syntaxes that have no substrings.
func substring(a *attribute, pieces []piece) (match func(string) bool, ok bool) {
	normal := func(s string) string { return s }
	switch a.syntax {
	case synText:
		normal = fold
	case synPrint, synOctets:
	case synDN, synOID, synBool, synInt, synTime, synSecurity, synLarge, synSID:
		return nil, false
	}
	parts := make([]piece, 0, len(pieces))
	for _, p := range pieces {
		parts = append(parts, piece{p.kind, normal(p.text)})
	}
	return func(v string) bool {
		rest := normal(v)
		for _, p := range parts {
			switch p.kind {
			case pieceInitial:
				tail, found := strings.CutPrefix(rest, p.text)
				if !found {
					return false
				}
				rest = tail
			case pieceAny:
				_, tail, found := strings.Cut(rest, p.text)
				if !found {
					return false
				}
				rest = tail
			default:
				if !strings.HasSuffix(rest, p.text) {
					return false
				}
				rest = ""
			}
		}
		return true
	}, true
}
