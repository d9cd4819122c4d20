package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// hiding says which of the attributes that a domain is read with a read-only
// controller may hide: those of its filtered attribute set, which the schema marks
// (MS-ADTS 3.1.1.2.3.5, fRODCFilteredAttribute). Such a controller answers as if they
// had no value, so the reads of the domain prove nothing.
func (r *reader) hiding(ctx context.Context, s Scope) error {
	if !r.c.root.readOnly {
		return nil
	}
	var hidden []string
	_, err := r.c.search(ctx, query{
		what: "the search for attributes that read-only controllers filter", base: r.c.root.schema, scope: ldap.ScopeSingleLevel,
		filter: "(&(objectClass=attributeSchema)(searchFlags:1.2.840.113556.1.4.803:=512))", attributes: []string{"lDAPDisplayName"},
	}, func() func(*ldap.Entry) error {
		hidden = nil
		return func(e *ldap.Entry) error {
			if r.asks(s, value(e, "lDAPDisplayName")) {
				hidden = append(hidden, value(e, "lDAPDisplayName"))
			}
			return nil
		}
	})
	if err != nil || len(hidden) == 0 {
		return err
	}
	slices.Sort(hidden)
	return fault.New("directory.read.incomplete.readOnly",
		r.c.root.server+" is a read-only controller and may hide values of "+strings.Join(hidden, ", "))
}

// asks reports whether an attribute is read from a domain or stands in one of its
// filters.
func (r *reader) asks(s Scope, attribute string) bool {
	for _, search := range slices.Concat(s.Users, s.Groups, s.Devices) {
		if strings.Contains(strings.ToLower(search.Filter), strings.ToLower(attribute)) {
			return true
		}
	}
	return slices.ContainsFunc(slices.Concat(r.wanted(nil), groupAttributes), func(a string) bool { return strings.EqualFold(a, attribute) })
}
