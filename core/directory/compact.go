package directory

import (
	"bytes"
	"strings"

	"adsync/core/identity"
)

// compactor moves what is kept of entries out of the messages that it came in:
// a kept value would hold its whole message.
type compactor struct {
	shared map[string]string
	buffer []byte
	at     []int
	empty  map[string][]string
}

func newCompactor() *compactor {
	return &compactor{shared: map[string]string{}, empty: map[string][]string{}}
}

// share returns one copy of a text that many objects have.
func (c *compactor) share(text string) string {
	kept, known := c.shared[text]
	if !known {
		kept = strings.Clone(text)
		c.shared[kept] = kept
	}
	return kept
}

// pack puts the texts of one object into one piece of memory. A text that stands
// in another one before it, as a name in its DN, takes no room of its own.
func (c *compactor) pack(texts ...*string) {
	c.buffer, c.at = c.buffer[:0], c.at[:0]
	for _, t := range texts {
		at := bytes.Index(c.buffer, []byte(*t))
		if at < 0 {
			at = len(c.buffer)
			c.buffer = append(c.buffer, *t...)
		}
		c.at = append(c.at, at)
	}
	whole := string(c.buffer)
	for i, t := range texts {
		*t = whole[c.at[i] : c.at[i]+len(*t)]
	}
}

// person makes what is kept of a person free of the entry.
func (c *compactor) person(p *identity.Person) {
	p.PrimaryGroup, p.Class = c.share(p.PrimaryGroup), c.share(p.Class)
	for i, dn := range p.MemberOf {
		p.MemberOf[i] = c.share(dn)
	}
	if len(p.Attributes) == 0 {
		p.Attributes = c.empty
	}
	texts := []*string{(*string)(&p.GUID), &p.SID, &p.DN, &p.Mail}
	for i := range p.Aliases {
		texts = append(texts, &p.Aliases[i])
	}
	for _, values := range p.Attributes {
		for i := range values {
			texts = append(texts, &values[i])
		}
	}
	c.pack(append(texts, &p.CN, &p.Display, &p.Account)...)
}

// group does the same for a group.
func (c *compactor) group(g *identity.Group) {
	c.pack((*string)(&g.GUID), &g.SID, &g.DN, &g.Description, &g.Mail, &g.CN, &g.Account)
}
