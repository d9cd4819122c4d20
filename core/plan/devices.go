package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/identity"
)

// fleet is what a diff knows of devices and their groups. An endpoint sits in one
// group of Central and is never made or removed here: what may be planned is in
// which group of ours it sits.
type fleet struct {
	*diff
	groups   map[string]identity.EndpointGroup
	links    map[identity.GUID]identity.Link // groups of devices, by their keys
	ours     map[string]identity.Link        // the same, by Central id
	linked   map[string]identity.Link        // devices, by the id of their endpoint
	in       map[string][]identity.Endpoint  // endpoints, by their group, in the order of their ids
	matched  map[identity.GUID]identity.Endpoint
	computer map[string]identity.GUID // endpoint -> the computer that it is
	alone    map[string]string        // endpoints that are left alone, with the reason
	wanted   map[identity.GUID][]identity.GUID
	creates  map[identity.GUID]*draft
	had      map[identity.GUID]identity.Endpoint // by the ledger, as far as listed
	foreign  map[identity.GUID]int               // endpoints of others in our groups
	unlisted map[identity.GUID]bool              // devices whose endpoint is missing in Central's list alone
}

// devices drafts what is to become of groups of endpoints and of who sits in them.
func (d *diff) devices() {
	if !d.Devices {
		return
	}
	f := d.newFleet()
	before := len(d.drafts)
	f.match()
	f.assign()
	f.groupChanges()
	f.join()
	f.leave()
	f.removeGroups()
	f.warnForeign()
	if len(d.drafts) > before {
		d.warn("device.policy", "", "", "policies of Sophos Central are given to groups of devices: a device that is put into a group, or taken out of one, has other policies from then on")
	}
	d.fleet = f
}

func (d *diff) newFleet() *fleet {
	f := &fleet{
		diff: d, groups: map[string]identity.EndpointGroup{}, links: map[identity.GUID]identity.Link{}, ours: map[string]identity.Link{},
		linked: map[string]identity.Link{}, in: map[string][]identity.Endpoint{}, matched: map[identity.GUID]identity.Endpoint{},
		computer: map[string]identity.GUID{}, alone: map[string]string{}, wanted: map[identity.GUID][]identity.GUID{},
		creates: map[identity.GUID]*draft{}, foreign: map[identity.GUID]int{},
		unlisted: map[identity.GUID]bool{}, had: map[identity.GUID]identity.Endpoint{},
	}
	for _, l := range d.Links {
		switch l.Kind {
		case identity.KindDeviceGroup:
			f.links[l.Key()], f.ours[l.CentralID] = l, l
		case identity.KindDevice:
			f.linked[l.CentralID] = l
		case identity.KindUser, identity.KindGroup:
		}
	}
	for _, g := range d.EndpointGroups {
		f.groups[g.ID] = g
		if _, people := d.holders[nameKey(g.Fields.Name)]; !people {
			d.holders[nameKey(g.Fields.Name)] = g.ID
		}
	}
	for _, e := range d.Endpoints {
		if l, linked := f.linked[e.ID]; linked {
			f.had[l.GUID] = e
		}
		if e.Group != "" {
			f.in[e.Group] = append(f.in[e.Group], e)
		}
	}
	for id, l := range f.linked {
		if _, listed := f.had[l.GUID]; !listed && !f.Gone[id] {
			f.unlisted[l.GUID] = true
		}
	}
	for _, list := range f.in {
		slices.SortFunc(list, func(a, b identity.Endpoint) int { return strings.Compare(a.ID, b.ID) })
	}
	d.endpointGroups = f.groups
	return f
}

// assign says which devices a group is to have.
func (f *fleet) assign() {
	for _, id := range slices.Sorted(maps.Keys(f.matched)) {
		if groups := f.Desired.Devices[id].Groups; len(groups) == 1 {
			key := identity.Key(groups[0], f.matched[id].Type)
			f.wanted[key] = append(f.wanted[key], id)
		}
	}
}

// named are the fields of a group of devices that is wanted.
func (f *fleet) named(key identity.GUID) (identity.WantedDeviceGroup, identity.DeviceType, identity.Fields) {
	object, t := identity.SplitKey(key)
	g := f.Desired.DeviceGroups[object]
	return g, t, g.Named(t)
}

// ref names a group of ours as the directory wants it or, where it does not any
// more, as Central does. What leaves it is counted by that: all have to use it.
func (f *fleet) ref(l identity.Link) *Ref {
	if g, wanted := f.Desired.DeviceGroups[l.GUID]; wanted {
		return &Ref{l.GUID, g.Named(l.Type).Name}
	}
	return &Ref{l.GUID, f.groups[l.CentralID].Fields.Name}
}

// groupChanges drafts creates and updates of groups that devices are to sit in: no
// group is made without (row S11).
func (f *fleet) groupChanges() {
	losers := f.duplicates()
	for _, key := range slices.Sorted(maps.Keys(f.wanted)) {
		l, linked := f.links[key]
		_, there := f.groups[l.CentralID]
		var x *draft
		switch {
		case linked && there:
			x = f.update(key, l)
		case linked && !f.Gone[l.CentralID]:
			f.lag(l)
			continue
		default:
			x = f.create(key, linked)
		}
		if other, loses := losers[key]; loses {
			g, _, fields := f.named(key)
			text := fmt.Sprintf("%s has the same name %s", other, fields.Name)
			f.warn(RuleDuplicateName, g.GUID, fields.Name, text)
			if x != nil {
				x.hold(RuleDuplicateName, text)
			}
		}
	}
}

func (f *fleet) lag(l identity.Link) {
	f.warn("central.lag", l.GUID, l.Name, "Central's list does not hold it, but it exists when asked for by its id; nothing is done about it now")
}

func (f *fleet) create(key identity.GUID, again bool) *draft {
	g, t, fields := f.named(key)
	x := f.add(draft{
		Change: Change{
			Action: Create, Kind: identity.KindDeviceGroup, Type: t, ObjectGUID: g.GUID, Name: fields.Name, Domain: g.Domain,
			After: whole(fields), Cause: Coded{CauseNew, fmt.Sprintf("%ss in scope sit in it, and it is not in Sophos Central", t)},
			Object: &Object{DN: g.DN, SID: g.SID, Account: g.Account, Bases: g.Bases, Critical: g.Critical},
		},
		takes: nameKey(fields.Name),
	})
	f.creates[key] = x
	if f.Choice != "" {
		x.hold(RuleIncomplete, f.Choice)
	}
	if again {
		x.Cause = Coded{CauseCentralDeleted, "deleted in Sophos Central by hand, and still in scope"}
	}
	for _, id := range slices.Sorted(maps.Keys(f.groups)) {
		other := f.groups[id]
		if _, ours := f.ours[id]; !ours && other.Type == t && strings.EqualFold(other.Fields.Name, fields.Name) {
			x.CentralID = id
			x.Cause = Coded{CauseMatchedName, fmt.Sprintf("a group of endpoints of Sophos Central has the name %q", other.Fields.Name)}
			x.hold(RuleMatched, fmt.Sprintf("the group %q (%s) in Sophos Central has the name and was not made by adsync", other.Fields.Name, id))
		}
	}
	return x
}

func (f *fleet) update(key identity.GUID, l identity.Link) *draft {
	g, t, fields := f.named(key)
	c := compare(fields, f.groups[l.CentralID].Fields, l)
	f.notes(c, l.GUID, fields.Name)
	if c.after == nil {
		f.same.add(identity.KindDeviceGroup, 1)
		return nil
	}
	x := f.add(draft{
		Change: Change{
			Action: Update, Kind: identity.KindDeviceGroup, Type: t, ObjectGUID: g.GUID, Name: fields.Name, Domain: g.Domain, CentralID: l.CentralID,
			Before: c.before, After: c.after, Cause: c.cause(), Limit: LimitUpdates,
		},
	})
	x.renames(c.before, c.after)
	f.guardUpdate(x, l, identity.SourceCustom)
	return x
}

// duplicates finds the groups whose name another one of the directory goes on
// with: a group of people first, then the linked one that has it in Central. The
// result names the other.
func (f *fleet) duplicates() map[identity.GUID]string {
	people := map[string]string{}
	for _, g := range f.Desired.Groups {
		people[nameKey(g.Fields.Name)] = g.DN
	}
	claims := map[string][]identity.GUID{}
	for _, key := range slices.Sorted(maps.Keys(f.wanted)) {
		_, _, fields := f.named(key)
		claims[nameKey(fields.Name)] = append(claims[nameKey(fields.Name)], key)
	}
	losers := map[identity.GUID]string{}
	for name, keys := range claims {
		if dn, taken := people[name]; taken {
			for _, key := range keys {
				losers[key] = dn
			}
			continue
		}
		winner := slices.IndexFunc(keys, func(key identity.GUID) bool {
			l, linked := f.links[key]
			return linked && f.holders[name] == l.CentralID
		})
		for i, key := range keys {
			if i == winner || len(keys) < 2 {
				continue
			}
			other := max(winner, 0)
			if other == i {
				other = 1
			}
			g, _, _ := f.named(keys[other])
			losers[key] = g.DN
		}
	}
	return losers
}

// protectsDevice says that the protect list matches a value of a device, or of a
// group of them.
func (f *fleet) protectsDevice(l identity.Link, more ...string) bool {
	if f.Protected == nil {
		return false
	}
	return f.Protected(l.Kind, append([]string{l.Name, l.Account, l.DN}, more...)...)
}
