package forest

import ber "github.com/go-asn1-ber/asn1-ber"

// Count is how many objects a filter matches.
func (f *Forest) Count(filter *ber.Packet) (int, error) {
	t, err := f.compile(filter)
	if err != nil {
		return 0, err
	}
	matched := 0
	for _, n := range f.byGUID {
		if t(n) == yes {
			matched++
		}
	}
	return matched, nil
}

// Size is how many objects there are.
func (f *Forest) Size() int { return len(f.byGUID) }

// ParseDN and FormatDN are the two directions of a DN.
func ParseDN(text string) (string, error) {
	parts, err := parseDN(text)
	return format(parts), err
}
