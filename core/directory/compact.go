package directory

import (
	"bytes"
	"strings"

	"adsync/core/identity"
)

// compactor moves what is kept of groups and devices out of the messages that they
// came in: a kept value would hold its whole message. People are packed by
// identity.PeopleBuilder.
type compactor struct {
	shared map[string]string
	buffer []byte
	at     []int
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

// share puts one copy of each text that many objects have in its place.
func (c *compactor) share(texts []string) {
	if c.shared == nil {
		c.shared = map[string]string{}
	}
	for i, text := range texts {
		kept, known := c.shared[text]
		if !known {
			kept = strings.Clone(text)
			c.shared[kept] = kept
		}
		texts[i] = kept
	}
}

// group makes what is kept of a group free of the entry.
func (c *compactor) group(g *identity.Group) {
	c.pack((*string)(&g.GUID), &g.SID, &g.DN, &g.Description, &g.Mail, &g.CN, &g.Account)
	c.share(g.MemberOf)
}

// device does the same for a device.
func (c *compactor) device(d *identity.Device) {
	c.pack((*string)(&d.GUID), &d.SID, &d.DN, &d.DNSName, &d.OperatingSystem, &d.PrimaryGroup, &d.Name, &d.Account)
	c.share(d.MemberOf)
}
