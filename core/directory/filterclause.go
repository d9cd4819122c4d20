package directory

import (
	"strings"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// MembershipClauses reads a filter for the groups that it names. A filter that
// cannot be read asks for none.
func MembershipClauses(filter string) identity.Clause {
	tree, err := parseFilter(filter, commonDN)
	if err != nil || tree == nil {
		return identity.Clause{}
	}
	return tree.membership()
}

func (c *clause) membership() identity.Clause {
	if c.set == 0 {
		dn := unescape(c.value)
		if _, err := ldap.ParseDN(dn); err != nil || dn == "" || !strings.EqualFold(c.attribute(), "memberOf") || c.sign != "=" && c.sign != ":=" {
			return identity.Clause{}
		}
		return identity.Clause{Group: dn, Chain: c.sign == ":="}
	}
	set := identity.Clause{Set: c.set}
	for _, part := range c.parts {
		set.Parts = append(set.Parts, part.membership())
	}
	return set
}
