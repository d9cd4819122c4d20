package wire

import "github.com/go-ldap/ldap/v3"

// decoder makes entries. An entry may be kept: nothing of it is used again. Its
// values share the memory of one message, and its lists that of up to a hundred
// entries, so what is kept for long should be copied out.
type decoder struct {
	held       int // bytes of the messages that the lists so far lead to
	entries    []ldap.Entry
	attributes []ldap.EntryAttribute
	pointers   []*ldap.EntryAttribute
	values     []string
	raw        [][]byte
}

const slab = 128 // entries; with eight attributes and as many values each

// maxHeld bounds the messages that are kept because their entries share lists: a
// hundred groups with all their members may be many megabytes.
const maxHeld = 256 << 10

// take cuts n elements off the front of a slab, a new one where it is used up.
func take[T any](from *[]T, n, size int) []T {
	if n == 0 {
		return []T{}
	}
	if n > len(*from) {
		*from = make([]T, max(n, size))
	}
	taken := (*from)[:n:n]
	*from = (*from)[n:]
	return taken
}

// span says where the content of the element at b[at:] lies, which count has
// checked before, and where the next element begins.
func span(b []byte, at int, tag byte) (from, to int) {
	content, _, _ := element(b[at:], tag)
	from = at + headerSize(b[at+1])
	return from, from + len(content)
}

// headerSize is that of a header with the given second byte.
func headerSize(second byte) int {
	if second < 0x80 {
		return 2
	}
	return 2 + int(second&0x7f)
}

// count checks the form of a SearchResultEntry and counts what is in it.
//
//	[APPLICATION 4] SEQUENCE { objectName LDAPDN, attributes SEQUENCE OF
//	    SEQUENCE { type OCTET STRING, vals SET OF OCTET STRING } }
func count(op []byte) (attributes, values int, ok bool) {
	_, rest, ok := element(op, tagOctetString)
	if !ok {
		return 0, 0, false
	}
	list, rest, ok := element(rest, tagSequence)
	if !ok || len(rest) > 0 {
		return 0, 0, false
	}
	for len(list) > 0 {
		var one, set []byte
		if one, list, ok = element(list, tagSequence); !ok {
			return 0, 0, false
		}
		if _, one, ok = element(one, tagOctetString); !ok {
			return 0, 0, false
		}
		if set, one, ok = element(one, tagSet); !ok || len(one) > 0 {
			return 0, 0, false
		}
		attributes++
		for len(set) > 0 {
			if _, set, ok = element(set, tagOctetString); !ok {
				return 0, 0, false
			}
			values++
		}
	}
	return attributes, values, true
}

// entry decodes the content of a SearchResultEntry. Elements that the standard
// does not name are refused and not skipped: no directory sends any, and an
// entry that is read in part would be taken for the whole.
func (d *decoder) entry(op []byte) (*ldap.Entry, error) {
	attributes, values, ok := count(op)
	if !ok {
		return nil, malformed("not a search entry")
	}
	if d.held += 2 * len(op); d.held > maxHeld {
		*d = decoder{held: 2 * len(op)}
	}
	// Two copies of the message hold all bytes and all texts of the entry.
	b := append(make([]byte, 0, len(op)), op...)
	text := string(op)

	e := &take(&d.entries, 1, slab)[0]
	from, to := span(b, 0, tagOctetString)
	e.DN = text[from:to]
	e.Attributes = take(&d.pointers, attributes, 8*slab)
	structs := take(&d.attributes, attributes, 8*slab)
	texts := take(&d.values, values, 8*slab)
	raw := take(&d.raw, values, 8*slab)

	at, _ := span(b, to, tagSequence)
	for i := range structs {
		a := &structs[i]
		e.Attributes[i] = a
		one, end := span(b, at, tagSequence)
		at = end
		from, to = span(b, one, tagOctetString)
		a.Name = text[from:to]
		n := 0
		for v, last := span(b, to, tagSet); v < last; v = to {
			from, to = span(b, v, tagOctetString)
			texts[n], raw[n] = text[from:to], b[from:to:to]
			n++
		}
		a.Values, texts = texts[:n:n], texts[n:]
		a.ByteValues, raw = raw[:n:n], raw[n:]
	}
	return e, nil
}
