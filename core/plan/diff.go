package plan

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"adsync/core/identity"
)

// Diff lists the changes that turn what Central holds into what is desired, in
// an order in which no single one can be refused, and holds back what a rule
// forbids. It never removes on the strength of an absence that was not proven,
// and never touches what the ledger does not name.
func Diff(in Input) Result {
	d := newDiff(in)
	d.removals()
	d.userChanges()
	d.groupChanges()
	d.memberships()
	d.devices()
	d.lags()
	d.limits()
	d.settle()
	return d.result()
}

// ChangeID derives the id of a change. Object and group are the keys by which the
// ledger knows them.
func ChangeID(a Action, k identity.Kind, object, group identity.GUID) string {
	sum := sha256.Sum256([]byte(string(a) + "\n" + string(k) + "\n" + string(object) + "\n" + string(group)))
	return hex.EncodeToString(sum[:8])
}

// draft is a change under way, with what the later steps need to know of it.
type draft struct {
	Change
	// takes and frees are the unique values that the change gives to its object
	// and takes from it, folded: "m:" a mail address, "n:" a group's name.
	takes, frees string
	// staying counts the members of a group to be removed who stay in Central.
	staying int
}

// renames notes which name an update of a group takes and which it frees. A new
// spelling of the same name does neither.
func (f *draft) renames(before, after *Values) {
	if after.Name == nil || nameKey(*after.Name) == nameKey(*before.Name) {
		return
	}
	f.takes, f.frees = nameKey(*after.Name), nameKey(*before.Name)
}

// diff is the state of one Diff.
type diff struct {
	Input
	users    map[string]identity.CentralUser
	groups   map[string]identity.CentralGroup
	links    map[identity.GUID]identity.Link
	byID     map[string]identity.Link // Central id -> link
	drafts   []*draft
	byKey    map[string]*draft // change id -> draft
	holders  map[string]string // unique value, folded -> Central id that has it now
	warnings []Warning
	uses     []LimitUse
	same     Counts
	forget   []identity.GUID
	// lost are the drafted removals of what was deleted or is found nowhere, by
	// folded mail address and account of people and by name of groups.
	lost map[string]*draft
	// members are our own memberships in Central: group -> users.
	members map[identity.GUID]map[identity.GUID]bool
	// fleet is nil where devices are not synchronised.
	fleet          *fleet
	endpointGroups map[string]identity.EndpointGroup
}

func newDiff(in Input) *diff {
	d := &diff{
		Input: in, warnings: slices.Clone(in.Warnings), users: make(map[string]identity.CentralUser, len(in.Users)), groups: make(map[string]identity.CentralGroup, len(in.Groups)),
		links: make(map[identity.GUID]identity.Link, len(in.Links)), byID: make(map[string]identity.Link, len(in.Links)), byKey: map[string]*draft{},
		holders: map[string]string{}, members: map[identity.GUID]map[identity.GUID]bool{}, lost: map[string]*draft{},
	}
	for _, l := range in.Links {
		if l.Kind == identity.KindUser || l.Kind == identity.KindGroup {
			d.links[l.GUID], d.byID[l.CentralID] = l, l
		}
	}
	for _, u := range in.Users {
		d.users[u.ID] = u
		if u.Fields.Email != "" {
			d.holders[mailKey(u.Fields.Email)] = u.ID
		}
	}
	for _, g := range in.Groups {
		d.groups[g.ID] = g
		d.holders[nameKey(g.Fields.Name)] = g.ID
		l, ours := d.byID[g.ID]
		if !ours || !g.MembersKnown {
			continue
		}
		d.members[l.GUID] = map[identity.GUID]bool{}
		for _, id := range g.Members {
			if u, known := d.byID[id]; known {
				d.members[l.GUID][u.GUID] = true
			}
		}
	}
	return d
}

func mailKey(s string) string { return "m:" + strings.ToLower(s) }
func nameKey(s string) string { return "n:" + strings.ToLower(s) }

// add enters a draft.
func (d *diff) add(f draft) *draft {
	f.ID = ChangeID(f.Action, f.Kind, f.Key(), f.GroupKey())
	f.From = FromData
	if !d.Accepted {
		f.From = FromConfig
	}
	p := &f
	d.drafts = append(d.drafts, p)
	d.byKey[f.ID] = p
	return p
}

// hold holds a draft, unless a rule that no override lifts holds it already.
func (f *draft) hold(code, text string) {
	if f.Rule == nil || (liftable(f.Rule.Code) && !liftable(code)) {
		f.Rule = &Coded{code, text}
	}
}

// lags holds what has to wait for another controller.
func (d *diff) lags() {
	if d.Lag == nil {
		return
	}
	for _, f := range d.drafts {
		if why := d.Lag(f.Change); why != "" {
			f.hold(RuleLag, why)
		}
	}
}

func (d *diff) warn(code string, id identity.GUID, name, text string) {
	d.warnings = append(d.warnings, Warning{Code: code, ObjectGUID: id, Name: name, Text: text})
}

// present returns whether the object of a link is in Central, as far as is known.
func (d *diff) present(l identity.Link) bool {
	if l.Kind == identity.KindGroup {
		_, ok := d.groups[l.CentralID]
		return ok
	}
	_, ok := d.users[l.CentralID]
	return ok
}

// lagging warns of a link whose object is in no list though nobody has said
// that it does not exist.
func (d *diff) lagging(l identity.Link) bool {
	if d.present(l) || d.Gone[l.CentralID] {
		return false
	}
	d.warn("central.lag", l.GUID, l.Name, "Central's list does not hold it, but it exists when asked for by its id; nothing is done about it now")
	return true
}

func (d *diff) desired(id identity.GUID) bool {
	_, user := d.Desired.Users[id]
	_, group := d.Desired.Groups[id]
	return user || group
}

// result sorts and counts.
func (d *diff) result() Result {
	r := Result{Changes: []Change{}, Holds: []Change{}, Warnings: d.warnings, Limits: d.uses, Unchanged: d.same, Forget: d.forget, Seen: d.seen()}
	for _, f := range d.drafts {
		slices.Sort(f.Needs)
		if f.Rule == nil {
			r.Changes = append(r.Changes, f.Change)
		} else {
			r.Holds = append(r.Holds, f.Change)
		}
	}
	r.Changes = Sequence(r.Changes)
	slices.SortStableFunc(r.Holds, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Rule.Code, b.Rule.Code), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	slices.SortFunc(r.Warnings, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ObjectGUID, b.ObjectGUID), cmp.Compare(a.Text, b.Text))
	})
	if r.Warnings == nil {
		r.Warnings = []Warning{}
	}
	if r.Limits == nil {
		r.Limits = []LimitUse{}
	}
	slices.Sort(r.Forget)
	d.record(&r)
	if d.fleet != nil {
		r.Seen = append(r.Seen, d.fleet.seen()...)
		d.fleet.record(&r)
	}
	return r
}

// seen returns the links with the directory's values of now.
func (d *diff) seen() []identity.Link {
	list := make([]identity.Link, 0, len(d.links))
	for _, id := range slices.Sorted(maps.Keys(d.links)) {
		l := d.links[id]
		if u, ok := d.Desired.Users[id]; ok {
			l.Domain, l.DN, l.SID, l.Account, l.Name, l.Mail, l.Bases, l.Critical = u.Domain, u.DN, u.SID, u.Account, u.Display, u.Fields.Email, u.Bases, u.Critical
			list = append(list, l)
		} else if g, ok := d.Desired.Groups[id]; ok {
			l.Domain, l.DN, l.SID, l.Account, l.Name, l.Bases, l.Critical = g.Domain, g.DN, g.SID, g.Account, g.Display, g.Bases, g.Critical
			list = append(list, l)
		}
	}
	return list
}
