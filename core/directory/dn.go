package directory

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/fault"
)

// rdnKeys returns one comparable text for each part of a DN, the leaf first.
// Two DNs that name the same object give the same keys: case, blanks around
// separators, ways of escaping and the order within a part do not count
// (RFC 4514 2.4 and 3); blanks within a value do, also escaped ones at its ends,
// as they do to Active Directory. Text that is no DN gives nil.
func rdnKeys(dn string) []string {
	parsed, err := ldap.ParseDN(dn)
	if err != nil || len(parsed.RDNs) == 0 {
		return nil
	}
	keys := make([]string, len(parsed.RDNs))
	for i, rdn := range parsed.RDNs {
		parts := make([]string, len(rdn.Attributes))
		for j, a := range rdn.Attributes {
			// With its length before it, no value can pass for two parts.
			v := fold(a.Value)
			parts[j] = attributeType(a.Type) + "=" + strconv.Itoa(len(v)) + ":" + v
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

// longTypes are the other ways to name the attributes that DNs are made of
// (RFC 4514 3, RFC 4519 2).
var longTypes = map[string]string{
	"2.5.4.3": "cn", "commonname": "cn", "2.5.4.11": "ou", "organizationalunitname": "ou", "2.5.4.10": "o", "organizationname": "o",
	"2.5.4.6": "c", "countryname": "c", "2.5.4.7": "l", "localityname": "l",
	"0.9.2342.19200300.100.1.25": "dc", "domaincomponent": "dc",
}

// attributeType is the one spelling of an attribute's name in a key.
func attributeType(name string) string {
	name = strings.TrimPrefix(strings.ToLower(strings.TrimSpace(name)), "oid.")
	if short, ok := longTypes[name]; ok {
		return short
	}
	return name
}

// fold maps each letter to one of all those that differ only in case. What is no
// UTF-8 stays as it is: no two such texts are the same.
func fold(s string) string {
	if !utf8.ValidString(s) {
		return s
	}
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
