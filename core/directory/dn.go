package directory

import (
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/fault"
)

// rdnKeys returns one comparable text for each part of a DN, the leaf first.
// Two DNs that name the same object give the same keys: case, blanks around
// separators, ways of escaping and the order within a part do not count
// (RFC 4514 2.4 and 3). Text that is no DN gives nil.
func rdnKeys(dn string) []string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return nil
	}
	keys := make([]string, len(parsed.RDNs))
	for i, rdn := range parsed.RDNs {
		parts := make([]string, len(rdn.Attributes))
		for j, a := range rdn.Attributes {
			// Neither "\x00" nor "\x01" is part of a name that a directory gives out.
			parts[j] = fold(strings.TrimSpace(a.Type)) + "\x00" + fold(a.Value)
		}
		slices.Sort(parts)
		keys[i] = strings.Join(parts, "\x01")
	}
	return keys
}

// dnKey is the key of a whole DN, for maps.
func dnKey(dn string) string {
	keys := rdnKeys(dn)
	if keys == nil {
		return "\x02" + fold(strings.TrimSpace(dn))
	}
	return strings.Join(keys, "\x03")
}

// fold maps each letter to one of all those that differ only in case.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		least := r
		for next := unicode.SimpleFold(r); next != r; next = unicode.SimpleFold(next) {
			least = min(least, next)
		}
		return least
	}, s)
}

func sameDN(a, b string) bool { return dnKey(a) == dnKey(b) }

// UnderBase reports whether dn is the object base or stands below it, by the
// rules of distinguished names and never by comparing text. What is no DN is
// below nothing.
func UnderBase(dn, base string) bool {
	entry, top := rdnKeys(dn), rdnKeys(base)
	if entry == nil || top == nil || len(top) > len(entry) {
		return false
	}
	return slices.Equal(entry[len(entry)-len(top):], top)
}

// CheckBase refuses a search base that is no DN, or stands in no domain of that
// DNS name whatever the directory holds.
func CheckBase(dn, domain string) error {
	if rdnKeys(dn) == nil {
		return fault.New("config.base.syntax", fmt.Sprintf("the base %q is no distinguished name", dn),
			fault.Hint("write it as in OU=Staff,DC=corp,DC=example"))
	}
	if top := "DC=" + strings.ReplaceAll(domain, ".", ",DC="); !UnderBase(dn, top) {
		return fault.New("config.base.outside", fmt.Sprintf("the base %s stands outside the domain %s", dn, domain),
			fault.Hint("a base of that domain ends with "+top))
	}
	return nil
}

// ParentDN returns the DN one level up, as it is written in dn; "" where there
// is none.
func ParentDN(dn string) string {
	for i := 0; i < len(dn); i++ {
		switch dn[i] {
		case '\\':
			i++
		case ',', ';':
			return strings.TrimLeft(dn[i+1:], " ")
		}
	}
	return ""
}

// dnsName is the DNS name of a domain's DN, "" where it is none.
func dnsName(dn string) string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil {
		return ""
	}
	labels := make([]string, 0, len(parsed.RDNs))
	for _, rdn := range parsed.RDNs {
		if len(rdn.Attributes) != 1 || !strings.EqualFold(rdn.Attributes[0].Type, "DC") {
			return ""
		}
		labels = append(labels, strings.ToLower(rdn.Attributes[0].Value))
	}
	return strings.Join(labels, ".")
}
