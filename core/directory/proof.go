package directory

import (
	"strconv"
	"strings"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// The attributes by which rights are proved: what an account that may read them
// sees on everybody, or on most, and what decides about people and memberships.
var (
	provenUsers   = []string{"objectSid", "sAMAccountName", "cn", "displayName", "mail", "userAccountControl", "accountExpires", "primaryGroupID", "memberOf"}
	provenGroups  = []string{"objectSid", "sAMAccountName", "cn", "member", "memberOf", "description"}
	provenDevices = []string{"objectSid", "sAMAccountName", "cn", "dNSHostName", "userAccountControl", "primaryGroupID", "memberOf"}
)

// The attributes that decide too, and that few objects have.
var (
	decidingUsers  = []string{"proxyAddresses", "isCriticalSystemObject", "whenCreated"}
	decidingGroups = []string{"mail", "isCriticalSystemObject", "whenCreated"}
)

// proof collects what the entries of one search show about it.
type proof struct {
	names   []string
	carried map[string]int
	usn     int64
}

func newProof(names []string) proof {
	p := proof{names: names, carried: make(map[string]int, len(names))}
	for _, n := range names {
		p.carried[n] = 0
	}
	return p
}

func (p *proof) add(e *ldap.Entry) {
	for _, n := range p.names {
		if carries(e, n) {
			p.carried[n]++
		}
	}
	if usn, err := strconv.ParseInt(value(e, "uSNChanged"), 10, 64); err == nil {
		p.usn = max(p.usn, usn)
	}
}

// carries reports whether an entry has values of an attribute, or a range of them.
func carries(e *ldap.Entry, name string) bool {
	for _, a := range e.Attributes {
		if len(a.Values) > 0 && strings.EqualFold(a.Name, name) {
			return true
		}
		if attribute, _, last, ok := parseRange(a.Name); ok && strings.EqualFold(attribute, name) && (len(a.Values) > 0 || last >= 0) ||
			!ok && rangeOf(a.Name, name) {
			return true
		}
	}
	return false
}

// proven writes what a search was and what its entries showed into its record.
func (c *controller) proven(read *identity.Read, q query, p proof) {
	read.HighestUSN, read.Carried = p.usn, p.carried
	read.Ldapsearch, read.GetADObject = c.commandLine(q), c.powerShellLine(q)
}
