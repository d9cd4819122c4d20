package directory

import (
	"slices"
	"strings"
)

// FilterAttributes names, in lower case and sorted, the attributes that whoever
// fulfils a filter has, all or some of them: those of its conditions that stand
// under no negation. What every object has is left out, and memberOf, which the
// groups tell.
func FilterAttributes(filter string) []string {
	tree, err := parseFilter(filter, commonDN)
	if err != nil || tree == nil {
		return nil
	}
	var list []string
	tree.asserted(false, func(c *clause) {
		switch name := strings.ToLower(c.attribute()); name {
		case "", "anr", "memberof", "objectclass", "objectcategory", "objectguid":
		default:
			list = append(list, name)
		}
	})
	slices.Sort(list)
	return slices.Compact(list)
}

// asserted calls f with each condition under an even number of negations.
func (c *clause) asserted(negated bool, f func(*clause)) {
	switch {
	case c.set != 0:
		for _, part := range c.parts {
			part.asserted(negated != (c.set == '!'), f)
		}
	case !negated:
		f(c)
	}
}
