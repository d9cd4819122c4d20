package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/identity"
)

// InnerGroup is a group that was a member of another one at the last complete
// read: what belongs to it belongs to the other too.
type InnerGroup struct {
	GUID   identity.GUID `json:"guid"`
	DN     string        `json:"dn"`
	Domain string        `json:"domain"`
}

// InnerGroups returns the groups of a snapshot that are members of others.
func InnerGroups(s identity.Snapshot) []InnerGroup {
	at := make(map[identity.GUID]int, len(s.Groups))
	for i, g := range s.Groups {
		at[g.GUID] = i
	}
	inner := map[int]bool{}
	for _, g := range s.Groups {
		for _, m := range g.Members {
			if i, group := at[m]; group {
				inner[i] = true
			}
		}
	}
	list := []InnerGroup{}
	for i, g := range s.Groups { // by objectGUID
		if inner[i] {
			list = append(list, InnerGroup{g.GUID, g.DN, g.Domain})
		}
	}
	return list
}

// judgeInner doubts the groups of a domain where one that others held is not
// there any more, though it is live in the domain, or though it is found nowhere
// and a group still names it as a member: an account that lost the right to a
// group gets the others without an error, and without those who belong to them
// through it.
func (c *Coverage) judgeInner(s identity.Snapshot) {
	here := make(map[identity.GUID]bool, len(s.Groups))
	for _, g := range s.Groups {
		here[g.GUID] = true
	}
	for _, g := range c.rules.Inner {
		w, asked := c.where[g.GUID]
		domain := g.Domain
		switch {
		case here[g.GUID] || !asked || w.Presence == identity.Deleted:
			continue
		case w.Presence == identity.Live:
			domain = w.Domain // where no groups are read, nothing is doubted
		case !w.Listed:
			continue
		}
		for i := range c.Reads {
			read := &c.Reads[i]
			if read.Kind != identity.ReadGroups || !read.Complete || !strings.EqualFold(read.Domain, domain) {
				continue
			}
			if _, _, confirmed := c.before(*read); confirmed {
				continue
			}
			read.Complete, read.Code = false, "directory.read.group"
			read.Reason = fmt.Sprintf("the group %s was read at the last complete read and is not now, though a group names it as a member: "+
				"the account may no longer read it; where that is meant, say so with scope base confirm", g.DN)
		}
	}
}

// UnreadInner are the inner groups that a snapshot does not hold.
func UnreadInner(s identity.Snapshot, known []InnerGroup) []identity.GUID {
	unread := make(map[identity.GUID]bool, len(known))
	for _, k := range known {
		unread[k.GUID] = true
	}
	for _, g := range s.Groups {
		delete(unread, g.GUID)
	}
	return slices.Collect(maps.Keys(unread))
}
