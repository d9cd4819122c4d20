package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"adsync/core/identity"
)

// Remembered is what the last complete read of one base showed, kept until the
// next complete one: an incomplete read does not overwrite it.
type Remembered struct {
	Domain   string         `json:"domain"`
	Base     string         `json:"base"`
	BaseGUID identity.GUID  `json:"baseGuid"`
	Kind     string         `json:"kind"`
	Filter   string         `json:"filter"`
	At       time.Time      `json:"at"`
	Entries  int            `json:"entries"`
	Carried  map[string]int `json:"carried"`
}

// Confirmed is a person's word that a base is empty, or has lost an attribute
// everywhere, on purpose: what was remembered of it before counts no more.
type Confirmed struct {
	Domain   string        `json:"domain"`
	BaseGUID identity.GUID `json:"baseGuid"`
	DN       string        `json:"dn"`
	At       time.Time     `json:"at"`
	Reason   string        `json:"reason"`
	By       string        `json:"by"`
}

// Remember returns what is to be kept after a read: the complete reads of now,
// and what was known of the bases that these do not replace.
func Remember(before []Remembered, reads []identity.Read, at time.Time) []Remembered {
	var list []Remembered
	for _, r := range reads {
		if r.Complete {
			list = append(list, Remembered{
				Domain: r.Domain, Base: r.Base, BaseGUID: r.BaseGUID, Kind: r.Kind, Filter: r.Filter, At: at, Entries: r.Entries, Carried: r.Carried,
			})
		}
	}
	for _, old := range before {
		if !slices.ContainsFunc(list, func(now Remembered) bool {
			return old.is(identity.Read{Domain: now.Domain, Base: now.Base, BaseGUID: now.BaseGUID, Kind: now.Kind, Filter: now.Filter})
		}) {
			list = append(list, old)
		}
	}
	return list
}

// is says that a read asks for what is remembered. The base is known by its
// objectGUID, and by its DN where it was not found.
func (m Remembered) is(r identity.Read) bool {
	if !strings.EqualFold(m.Domain, r.Domain) || m.Kind != r.Kind || m.Filter != r.Filter {
		return false
	}
	if m.BaseGUID != "" && r.BaseGUID != "" {
		return m.BaseGUID == r.BaseGUID
	}
	return strings.EqualFold(m.Base, r.Base)
}

// before returns what is remembered of a read, and whether a person has
// confirmed its base since.
func (c *Coverage) before(r identity.Read) (was Remembered, known, confirmed bool) {
	for _, m := range c.rules.Remembered {
		if m.is(r) {
			was, known = m, true
		}
	}
	for _, x := range c.rules.Confirmed {
		same := x.BaseGUID != "" && x.BaseGUID == r.BaseGUID || x.BaseGUID == "" && strings.EqualFold(x.DN, r.Base)
		if same && strings.EqualFold(x.Domain, r.Domain) && (!known || x.At.After(was.At) || was.Entries == 0 && r.Entries == 0) {
			confirmed = true
		}
	}
	return was, known, confirmed
}

// provenBy is how many objects must have had an attribute before its absence
// from all of them is taken for a lost right.
const provenBy = 5

// judgeAttributes takes the completeness from a read in which nobody has an
// attribute that five or more had: an account that lost the right to it sees
// everybody without it. One object below the base that shows it is enough.
func (c *Coverage) judgeAttributes(read *identity.Read) {
	was, known, confirmed := c.before(*read)
	if !read.Complete || !known || confirmed || read.Entries == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(was.Carried)) {
		had := was.Carried[name]
		if now, asked := read.Carried[name]; had < provenBy || !asked || now > 0 || c.shown(*read, name) {
			continue
		}
		read.Complete, read.Code = false, "directory.read.attribute"
		read.Reason = fmt.Sprintf("%d had %s at the last complete read, and now none of %d has it: the account may no longer read it; "+
			"where that is meant, say so with scope base confirm", had, name, read.Entries)
		return
	}
}

// shown says that another read of the kind, of a base below this one, has the
// attribute.
func (c *Coverage) shown(read identity.Read, name string) bool {
	return slices.ContainsFunc(c.Reads, func(x identity.Read) bool {
		return x.Kind == read.Kind && strings.EqualFold(x.Domain, read.Domain) && x.Carried[name] > 0 && c.rules.under(x.Base, read.Base)
	})
}

// showing is the kind of the reads that show objects of a kind of the ledger.
func showing(k identity.Kind) string {
	switch k {
	case identity.KindGroup, identity.KindDeviceGroup:
		return identity.ReadGroups
	case identity.KindDevice:
		return identity.ReadDevices
	case identity.KindUser:
	}
	return identity.ReadUsers
}

// shows says that a read would show objects of a kind of the ledger.
func shows(read identity.Read, k identity.Kind) bool { return showing(k) == read.Kind }
