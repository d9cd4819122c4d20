package policy

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/identity"
)

// Coverage says for which objects of the ledger the reads prove an absence.
type Coverage struct {
	Reads []identity.Read // the snapshot's, with what Judge found against them

	all     string // why nothing may be taken away at all, "" if that is not so
	members string // why no membership may be taken away, "" if that is not so
	under   func(dn, base string) bool
}

// Judge looks at a snapshot with what the ledger knows: reads that returned
// nothing where there was something, and people found nowhere, are not complete
// (where has the whereabouts of each link that the snapshot does not hold).
func Judge(s identity.Snapshot, links []identity.Link, where map[identity.GUID]identity.Whereabouts, r Rules) Coverage {
	c := Coverage{Reads: slices.Clone(s.Reads), under: r.Under}
	seen := map[identity.GUID]bool{}
	for _, p := range s.People {
		seen[p.GUID] = true
	}
	for _, g := range s.Groups {
		seen[g.GUID] = true
	}
	for i := range c.Reads {
		c.judgeEmpty(&c.Reads[i], links, where)
	}
	c.judgeNowhere(s, links, seen, where)
	c.judgeDomains(r)
	return c
}

// judgeEmpty takes the completeness from a read of nothing where there was
// something, unless each object last seen there is elsewhere or deleted.
func (c *Coverage) judgeEmpty(read *identity.Read, links []identity.Link, where map[identity.GUID]identity.Whereabouts) {
	if !read.Complete || read.Entries > 0 {
		return
	}
	kind := identity.KindUser
	if read.Kind == identity.ReadGroups {
		kind = identity.KindGroup
	}
	missing := 0
	for _, l := range links {
		if l.Kind != kind || !strings.EqualFold(l.Domain, read.Domain) || !belongs(l, read.Base) {
			continue
		}
		w := where[l.GUID]
		elsewhere := w.Presence == identity.Live && !c.under(w.DN, read.Base)
		if w.Presence != identity.Deleted && !elsewhere {
			missing++
		}
	}
	if missing > 0 {
		read.Complete, read.Code = false, "directory.read.empty"
		read.Reason = fmt.Sprintf("nothing came back where there was something: %d objects last seen here are neither elsewhere nor deleted", missing)
	}
}

// belongs says that an object was last seen under a base, or may have been:
// where nothing is recorded it counts to each.
func belongs(l identity.Link, base string) bool {
	return len(l.Bases) == 0 || slices.Contains(l.Bases, base)
}

// The share of a scope that may be found nowhere before the read is doubted.
const (
	nowhereCount   = 3
	nowherePercent = 1
)

// judgeNowhere doubts the reads of a domain of whose people more than three and
// more than one percent are found neither live nor deleted, by an account that
// reads the deleted objects.
func (c *Coverage) judgeNowhere(s identity.Snapshot, links []identity.Link, seen map[identity.GUID]bool, where map[identity.GUID]identity.Whereabouts) {
	if !s.DeletedReadable {
		return
	}
	type scope struct {
		domain string
		kind   identity.Kind
	}
	all, lost := map[scope]int{}, map[scope]int{}
	for _, l := range links {
		at := scope{l.Domain, l.Kind}
		all[at]++
		if !seen[l.GUID] && where[l.GUID].Presence == identity.Nowhere {
			lost[at]++
		}
	}
	for i, read := range c.Reads {
		kind := identity.KindUser
		if read.Kind == identity.ReadGroups {
			kind = identity.KindGroup
		}
		at := scope{read.Domain, kind}
		if read.Complete && lost[at] > nowhereCount && lost[at]*100 > all[at]*nowherePercent {
			c.Reads[i].Complete, c.Reads[i].Code = false, "directory.read.nowhere"
			c.Reads[i].Reason = fmt.Sprintf("%d of %d known objects of the domain are found neither live nor among the deleted", lost[at], all[at])
		}
	}
}

// judgeDomains finds included domains of which nothing was read completely, and
// reads of groups that are not complete: through nesting they bear on every
// membership.
func (c *Coverage) judgeDomains(r Rules) {
	for name, rules := range r.Domains {
		if !rules.Include {
			continue
		}
		if !slices.ContainsFunc(c.Reads, func(x identity.Read) bool { return x.Domain == name && x.Complete }) {
			c.all = fmt.Sprintf("nothing of the domain %s could be read completely", name)
		}
	}
	for _, x := range c.Reads {
		if x.Kind != identity.ReadUsers && !x.Complete {
			c.members = fmt.Sprintf("the groups below %s were not read completely: %s", x.Base, x.Reason)
		}
	}
}

// Complete returns whether every read was complete.
func (c Coverage) Complete() bool {
	return len(c.Reads) > 0 && !slices.ContainsFunc(c.Reads, func(r identity.Read) bool { return !r.Complete })
}

// Absence returns why the absence of an object of the ledger proves nothing, ""
// if it does prove that the object has left.
func (c Coverage) Absence(l identity.Link) string {
	if c.all != "" {
		return c.all
	}
	for _, read := range c.Reads {
		if read.Complete || !strings.EqualFold(read.Domain, l.Domain) {
			continue
		}
		users := read.Kind == identity.ReadUsers
		if users != (l.Kind == identity.KindUser) {
			continue
		}
		if !users || belongs(l, read.Base) || c.under(l.DN, read.Base) {
			return fmt.Sprintf("the %s below %s were not read completely: %s", read.Kind, read.Base, read.Reason)
		}
	}
	return ""
}

// Membership returns why no membership may be taken away, "" if they may.
func (c Coverage) Membership() string {
	if c.all != "" {
		return c.all
	}
	return c.members
}
