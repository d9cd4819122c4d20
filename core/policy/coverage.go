package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"adsync/core/identity"
)

// Coverage says for which objects of the ledger the reads prove an absence.
type Coverage struct {
	Reads []identity.Read // the snapshot's, with what Judge found against them

	all     string // why nothing may be taken away at all, "" if that is not so
	members string // why no membership may be taken away, "" if that is not so
	rules   Rules
	seen    map[identity.GUID]string // DN of what the snapshot holds of the ledger
	left    map[identity.GUID]string // why what the snapshot holds contradicts a search that left it out
	where   map[identity.GUID]identity.Whereabouts
	// containers are those of the snapshot, by their DN in lower case: one server
	// writes the DN of a container and the end of those below it alike.
	containers map[string]identity.Container
}

// Judge looks at a snapshot with what the ledger knows: reads that returned
// nothing where there was something, and people found nowhere, are not complete
// (where has the whereabouts of each link that the snapshot does not hold).
func Judge(s identity.Snapshot, links []identity.Link, where map[identity.GUID]identity.Whereabouts, r Rules) Coverage {
	c := Coverage{Reads: slices.Clone(s.Reads), rules: r, seen: map[identity.GUID]string{}, left: map[identity.GUID]string{}, where: where, containers: map[string]identity.Container{}}
	for _, one := range s.Containers {
		c.containers[strings.ToLower(one.DN)] = one
	}
	heads := map[string]string{}
	for _, d := range s.Domains {
		heads[d.Name] = d.DN
	}
	linked := map[identity.GUID]bool{}
	for _, l := range links {
		linked[l.GUID] = true
	}
	for i := range s.People.Len() {
		if !linked[s.People.GUID(i)] {
			continue
		}
		p := s.People.At(i)
		c.seen[p.GUID] = p.DN
		c.judgeLeft(p.GUID, p.DN, r.Domains[p.Domain].Users, p.Matched, heads[p.Domain])
	}
	for _, g := range s.Groups {
		if !linked[g.GUID] {
			continue
		}
		c.seen[g.GUID] = g.DN
		c.judgeLeft(g.GUID, g.DN, r.Domains[g.Domain].Groups, g.Matched, heads[g.Domain])
	}
	for _, x := range s.Devices {
		if !linked[x.GUID] {
			continue
		}
		c.seen[x.GUID] = x.DN
		c.judgeLeft(x.GUID, x.DN, r.Domains[x.Domain].Devices, x.Matched, heads[x.Domain])
	}
	for i := range c.Reads {
		c.judgeEmpty(&c.Reads[i], links)
		c.judgeAttributes(&c.Reads[i])
	}
	c.judgeContainers(s, links)
	c.judgeNowhere(s, links)
	c.judgeInner(s)
	c.judgeDomains()
	return c
}

// judgeLeft finds what one search showed below a base, and the search of that
// base, which has no filter, did not.
func (c *Coverage) judgeLeft(id identity.GUID, dn string, search SearchRules, matched []identity.Match, head string) {
	if search.Filter == "" && search.covers(dn, c.rules.under) && !search.returned(matched, head) {
		c.left[id] = fmt.Sprintf("%s is there, no filter keeps it out of the search, and yet the search did not return it", dn)
	}
}

// judgeEmpty takes the completeness from a read of nothing where there was
// something, unless each object last seen there is elsewhere or deleted.
func (c *Coverage) judgeEmpty(read *identity.Read, links []identity.Link) {
	if !read.Complete || read.Entries > 0 || read.Code == BaseGone {
		return
	}
	was, known, confirmed := c.before(*read)
	if confirmed {
		return
	}
	missing, linked := 0, 0
	for _, l := range links {
		if !shows(*read, l.Kind) || !strings.EqualFold(l.Domain, read.Domain) || !c.belongs(l, read.Base) {
			continue
		}
		linked++
		dn, live := c.now(l.GUID)
		if c.where[l.GUID].Presence != identity.Deleted && (!live || c.rules.under(dn, read.Base)) {
			missing++
		}
	}
	if linked == 0 && known && was.Entries > 0 {
		read.Complete, read.Code = false, "directory.read.empty"
		read.Reason = fmt.Sprintf("nothing came back where there were %d at the last complete read; where that is meant, say so with scope base confirm", was.Entries)
	}
	if missing > 0 {
		read.Complete, read.Code = false, "directory.read.empty"
		read.Reason = fmt.Sprintf("nothing came back where there was something: %d objects last seen here are neither elsewhere nor deleted", missing)
	}
}

// belongs says that an object was last seen under a base, or may have been:
// where nothing is recorded it counts to each.
func (c *Coverage) belongs(l identity.Link, base string) bool {
	return len(l.Bases) == 0 || slices.Contains(l.Bases, base) || c.rules.Under(l.DN, base) || c.rules.under(l.DN, base)
}

// now returns where an object is, if the directory holds it.
func (c *Coverage) now(id identity.GUID) (dn string, live bool) {
	if dn, ok := c.seen[id]; ok {
		return dn, true
	}
	w := c.where[id]
	return w.DN, w.Presence == identity.Live
}

// The share of a scope that may be found nowhere before the read is doubted.
const (
	nowhereCount   = 3
	nowherePercent = 1
)

// judgeNowhere doubts the reads of a domain of whose people more than three and
// more than one percent are found neither live nor deleted, by an account that
// reads the deleted objects. A controller that took the place of another may only
// not know them yet: they wait for a second one then. Those of a base that a person
// has confirmed lately do not count.
func (c *Coverage) judgeNowhere(s identity.Snapshot, links []identity.Link) {
	if !s.DeletedReadable {
		return
	}
	type scope struct {
		domain string
		kind   string // of the reads that show it
	}
	all, lost := map[scope]int{}, map[scope]int{}
	for _, l := range links {
		at := scope{l.Domain, showing(l.Kind)}
		all[at]++
		if _, seen := c.seen[l.GUID]; !seen && c.where[l.GUID].Presence == identity.Nowhere && !c.meant(l, s.TakenAt) {
			lost[at]++
		}
	}
	for i, read := range c.Reads {
		at := scope{read.Domain, read.Kind}
		if read.Complete && !c.rules.Unconfirmed[read.Domain] && lost[at] > nowhereCount && lost[at]*100 > all[at]*nowherePercent {
			c.Reads[i].Complete, c.Reads[i].Code = false, "directory.read.nowhere"
			c.Reads[i].Reason = fmt.Sprintf("%d of %d known objects of the domain are found neither live nor among the deleted; "+
				"where that is meant, say so with scope base confirm", lost[at], all[at])
		}
	}
}

// meantFor is how long a person's word about a base explains who is found nowhere:
// for the plan that follows, its approval and its run. Each of their removals waits
// for a person's approval besides.
const meantFor = 7 * 24 * time.Hour

// meant says that somebody who is found nowhere was last seen below a base that a
// person has confirmed lately.
func (c *Coverage) meant(l identity.Link, at time.Time) bool {
	return slices.ContainsFunc(c.rules.Confirmed, func(x Confirmed) bool {
		return strings.EqualFold(x.Domain, l.Domain) && at.Sub(x.At) < meantFor &&
			(slices.Contains(l.Bases, x.DN) || c.rules.Under(l.DN, x.DN) || c.rules.under(l.DN, x.DN))
	})
}

// judgeDomains finds included domains of which nothing was read completely, and
// reads of groups that are not complete: through nesting they bear on every
// membership. Where only what they are chosen by is missing, their members are
// read all the same, with all groups of the domain.
func (c *Coverage) judgeDomains() {
	for _, name := range slices.Sorted(maps.Keys(c.rules.Domains)) {
		if !c.rules.Domains[name].Include {
			continue
		}
		if c.all == "" && !slices.ContainsFunc(c.Reads, func(x identity.Read) bool { return x.Domain == name && x.Complete }) {
			c.all = fmt.Sprintf("nothing of the domain %s could be read completely", name)
		}
	}
	for _, x := range c.Reads {
		if x.Kind == identity.ReadGroups && !x.Complete && !groundless(x) {
			c.members = unreadGroups(x)
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
	if read, doubted := c.doubted(l); doubted {
		return fmt.Sprintf("the %s below %s were not read completely: %s", read.Kind, read.Base, read.Reason)
	}
	return c.contradiction(l)
}

// Missing says that the absence of an object proves nothing because the base or
// an object of the filter that showed it is not there.
func (c Coverage) Missing(l identity.Link) bool {
	read, doubted := c.doubted(l)
	return c.all == "" && doubted && groundless(read)
}

// doubted returns the first incomplete read that would have to show an object, or
// may have to.
func (c *Coverage) doubted(l identity.Link) (identity.Read, bool) {
	for _, read := range c.Reads {
		if !read.Complete && shows(read, l.Kind) && c.concerns(read, l) {
			return read, true
		}
	}
	return identity.Read{}, false
}

// BaseGone is the code of a read of what does not exist any more and is not
// asked for any more, which counts as a read of nothing: whoever was there and
// is found nowhere is not found, and no more.
const BaseGone = "directory.base.gone"

// The codes of a read whose base, or an object that its filter names, is not
// there: what it would have returned is not known. What took the place of a base
// may stand anywhere in the domain; people whom a filter chose stand below the
// base that they stood below.
const (
	BaseMissing   = "directory.base.missing"
	FilterMissing = "directory.filter.missing"
)

func groundless(read identity.Read) bool {
	return read.Code == BaseMissing || read.Code == FilterMissing
}

// concerns says that an incomplete read would have to show an object, or may have
// to: it was there, has moved there since, or was last seen below a base that
// no read of now has, and of which this one may have taken the place.
func (c *Coverage) concerns(read identity.Read, l identity.Link) bool {
	dn, live := c.now(l.GUID)
	whole := read.Kind == identity.ReadGroups || read.Code == BaseMissing // groups are read with their whole domain
	if strings.EqualFold(read.Domain, l.Domain) && (whole || c.belongs(l, read.Base) || !c.readAgain(l)) {
		return true
	}
	return live && (c.rules.under(dn, read.Base) || (whole && strings.EqualFold(read.Domain, c.where[l.GUID].Domain)))
}

// readAgain says that a base below which an object was last seen is read still.
func (c *Coverage) readAgain(l identity.Link) bool {
	return slices.ContainsFunc(c.Reads, func(r identity.Read) bool {
		return shows(r, l.Kind) && strings.EqualFold(r.Domain, l.Domain) && c.belongs(l, r.Base)
	})
}

// contradiction says that complete reads do not show an object which they would
// have to show by what the directory says of it when asked for it alone, or that
// nobody has asked.
func (c *Coverage) contradiction(l identity.Link) string {
	if _, seen := c.seen[l.GUID]; seen {
		return c.left[l.GUID]
	}
	w, asked := c.where[l.GUID]
	rules := c.rules.Domains[w.Domain]
	search := searchOf(l, rules)
	if isGroup(l) {
		search = SearchRules{} // every group of a domain is read
	}
	switch {
	case !asked:
		return "the directory was not asked where it is now"
	case w.Presence == "":
		return "it is in none of the domains that could be asked, and not all domains of the forest could be"
	case w.Presence == identity.Live && rules.Include && search.Filter == "" && search.covers(w.DN, c.rules.under):
		return fmt.Sprintf("%s is there, no rule keeps it out of the search, and yet the search did not return it", w.DN)
	case w.Presence == identity.Live && rules.Include && search.covers(w.DN, c.rules.under):
		return c.unproven(l, w, search)
	}
	return ""
}

// Choice returns why it is not known which of its groups a device goes into, "" if
// it is. Which one goes first takes all that are wanted: a base or an object of a
// filter that is not there, which takes nothing from memberships, bears on this.
func (c Coverage) Choice() string {
	if why := c.Membership(); why != "" {
		return why
	}
	for _, read := range c.Reads {
		if read.Kind == identity.ReadGroups && !read.Complete {
			return unreadGroups(read)
		}
	}
	return ""
}

func unreadGroups(read identity.Read) string {
	return fmt.Sprintf("the groups below %s were not read completely: %s", read.Base, read.Reason)
}

// Membership returns why no membership may be taken away, "" if they may.
func (c Coverage) Membership() string {
	if c.all != "" {
		return c.all
	}
	return c.members
}
