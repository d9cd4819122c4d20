package identity

// Clause is a filter as far as it asks who belongs to which group. The zero value
// is a condition on something else.
type Clause struct {
	Set   byte     // '&', '|' or '!' over the parts; 0 is a condition
	Parts []Clause // of a set
	Group string   // DN of the group that a condition on memberOf names
	Chain bool     // by the matching rule that counts nested groups
}

// Groups lists the groups that a filter names.
func (c Clause) Groups() []string {
	var list []string
	if c.Group != "" {
		list = append(list, c.Group)
	}
	for _, p := range c.Parts {
		list = append(list, p.Groups()...)
	}
	return list
}
