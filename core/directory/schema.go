package directory

import (
	"context"
	"strings"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// attribute is a requested attribute as the schema knows it.
type attribute struct {
	name  string // as the schema spells it
	multi bool   // more than one value is allowed
}

// schemaOf asks the schema how the attributes are spelled and which of them may
// hold several values. What the schema does not know is kept as it was asked for
// and will be on no entry.
func (c *controller) schemaOf(ctx context.Context, wanted []string) ([]attribute, error) {
	if len(wanted) == 0 {
		return nil, nil
	}
	var filter strings.Builder
	filter.WriteString("(|")
	for _, name := range wanted {
		filter.WriteString("(lDAPDisplayName=" + ldap.EscapeFilter(name) + ")")
	}
	filter.WriteString(")")
	known := map[string]attribute{}
	_, err := c.search(ctx, query{
		what: "the search of the schema", base: c.root.schema, scope: ldap.ScopeSingleLevel,
		filter:     "(&(objectClass=attributeSchema)" + filter.String() + ")",
		attributes: []string{"lDAPDisplayName", "isSingleValued"},
	}, func() func(*ldap.Entry) error {
		clear(known)
		return func(e *ldap.Entry) error {
			name, single := value(e, "lDAPDisplayName"), value(e, "isSingleValued")
			if name == "" || single == "" {
				return c.unreadable(e.DN)
			}
			known[strings.ToLower(name)] = attribute{name: name, multi: strings.EqualFold(single, "FALSE")}
			return nil
		}
	})
	if err != nil {
		return nil, err
	}
	if len(known) == 0 {
		return nil, fault.New("directory.rights", "the schema of the directory knows none of the attributes asked for: "+strings.Join(wanted, ", "),
			fault.Hint("check the names in attributes, and that the account "+c.o.User+" may read the schema"))
	}
	list := make([]attribute, 0, len(wanted))
	seen := map[string]bool{}
	for _, name := range wanted {
		key := strings.ToLower(name)
		if seen[key] {
			continue
		}
		seen[key] = true
		a, ok := known[key]
		if !ok {
			c.o.Log.WarnContext(ctx, "attribute is not in the schema", "attribute", name)
			a = attribute{name: name}
		}
		list = append(list, a)
	}
	return list, nil
}
