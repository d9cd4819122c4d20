package directory

import (
	"strings"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// inside refuses what a search below a base must not return: an object that
// stands elsewhere.
func (q query) inside(each func(*ldap.Entry) error) func(*ldap.Entry) error {
	if q.scope != ldap.ScopeWholeSubtree || q.base == "" || strings.HasPrefix(q.base, "<") {
		return each
	}
	return func(e *ldap.Entry) error {
		if dn := parseReference(e.DN).dn; !endsWith(dn, q.base) && !UnderBase(dn, q.base) {
			return fault.New("directory.read.incomplete.outside", dn+" came back, which does not stand below "+q.base)
		}
		return each(e)
	}
}

// endsWith tells without taking names apart that dn stands below base. False is
// no answer.
func endsWith(dn, base string) bool {
	at := len(dn) - len(base)
	return at > 1 && dn[at-1] == ',' && dn[at-2] != '\\' && strings.EqualFold(dn[at:], base)
}

// course notices pages that do not come to an end. A controller may send a page
// of nothing while it looks on, and an object that moves comes twice, but neither
// goes on.
type course struct {
	first map[string]bool // the entries that pages began with
	again int             // how many pages began with an entry of these
	empty int             // how many pages in a row held nothing
}

const (
	maxAgain = 10
	maxEmpty = 1000
)

// page takes note of the entry that a page began with, "" for none.
func (c *course) page(first string) error {
	if first == "" {
		c.empty++
	} else {
		c.empty = 0
		if c.first[first] {
			c.again++
		}
		if c.first == nil {
			c.first = map[string]bool{}
		}
		c.first[first] = true
	}
	if c.again > maxAgain || c.empty > maxEmpty {
		return fault.New("directory.read.incomplete.endless", "the controller sends the same pages over and over, or page after page of nothing",
			fault.Hint("set directory.servers to another controller"))
	}
	return nil
}
