package policy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/identity"
)

// devices decides the computers and the groups of them. Whether Sophos Central has
// an endpoint for a computer is not seen here.
//
// An endpoint sits in one group, a computer of the directory in many. Each group
// counts that the computer belongs to directly or through others, as for people
// (row S10), with one difference: every computer has a primary group (Domain
// Computers as a rule), so what it belongs to through that alone counts only where
// nothing else does. Before both goes GroupOrder.
func (d *Desired) devices(s identity.Snapshot, domains map[string]identity.Domain, r Rules) {
	if !r.SyncDevices {
		return
	}
	d.Devices, d.DeviceGroups, d.DeviceOut = map[identity.GUID]identity.WantedDevice{}, map[identity.GUID]identity.WantedDeviceGroup{}, map[identity.GUID]Reason{}
	for _, x := range s.Devices {
		d.device(x, domains[x.Domain], r)
	}
	primary := d.deviceMembership(s)
	named := primary
	named.primary = nil
	all, last := map[identity.GUID][]identity.Group{}, map[identity.GUID][]identity.Group{}
	for _, g := range s.Groups {
		if _, why := r.groupBarred(g, domains[g.Domain].DN); why != "" {
			continue
		}
		direct, _ := named.of(g)
		for _, id := range direct {
			all[id] = append(all[id], g)
		}
		through, _ := primary.of(g)
		for _, id := range through {
			if _, known := slices.BinarySearch(direct, id); !known {
				last[id] = append(last[id], g)
			}
		}
	}
	held := map[identity.GUID]bool{}
	for _, id := range slices.Sorted(maps.Keys(d.Devices)) {
		x := d.Devices[id]
		for _, g := range r.choose(all[id], last[id]) {
			x.Groups = append(x.Groups, g.GUID)
			held[g.GUID] = true
		}
		slices.Sort(x.Groups)
		d.Devices[id] = x
	}
	for _, g := range s.Groups {
		d.deviceGroup(g, held[g.GUID], domains[g.Domain], r)
	}
}

// choose returns the groups that a device may sit in: the first by GroupOrder,
// otherwise all of the first list that has any.
func (r Rules) choose(groups, primary []identity.Group) []identity.Group {
	best, first := []identity.Group(nil), len(r.GroupOrder)
	for _, g := range slices.Concat(groups, primary) {
		at := slices.IndexFunc(r.GroupOrder, func(p Patterns) bool { return p.Match(g.Account, g.CN, g.DN, string(g.GUID)) })
		switch {
		case at < 0 || at > first:
		case at < first:
			best, first = []identity.Group{g}, at
		default:
			best = append(best, g)
		}
	}
	switch {
	case len(best) > 0:
		return best
	case len(groups) > 0:
		return groups
	}
	return primary
}

// device puts one computer in or out.
func (d *Desired) device(x identity.Device, dom identity.Domain, r Rules) {
	if code, text := r.deviceOut(x, dom); code != "" {
		d.out(x.GUID, identity.KindDevice, code, text)
		if code == ReasonUnreadable {
			d.Unsure[x.GUID] = text
			d.warn("device.unreadable", x.GUID, x.Name, text)
		}
		return
	}
	d.Devices[x.GUID] = identity.WantedDevice{
		GUID: x.GUID, SID: x.SID, DN: x.DN, Domain: x.Domain, Account: x.Account, Display: cmp.Or(x.Name, x.Account), Critical: x.Critical,
		Bases: r.Domains[x.Domain].Devices.bases(x.Matched, dom.DN), Hosts: hosts(x), Groups: []identity.GUID{},
	}
}

// hosts are the short names by which an agent may call the computer: its host
// name, and the one of at most 15 characters that older protocols know.
func hosts(x identity.Device) []string {
	label, _, _ := strings.Cut(x.DNSName, ".")
	var list []string
	for _, name := range []string{x.Name, label, strings.TrimSuffix(x.Account, "$")} {
		if name = strings.ToLower(name); name != "" {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// deviceOut gives the first reason that keeps a computer out, "" if none does.
// Row S12 speaks of its account as of a person's.
func (r Rules) deviceOut(x identity.Device, dom identity.Domain) (code, text string) {
	switch rules, listed := r.Domains[x.Domain]; {
	case !listed || !rules.Include:
		return "domain.excluded", fmt.Sprintf("the domain %s is not included", x.Domain)
	case !x.ControlKnown:
		return ReasonUnreadable, "userAccountControl could not be read, so the computer is neither known as enabled nor as disabled"
	case x.Disabled && !r.IncludeDisabled:
		return "disabled", "the account is disabled"
	case !rules.Devices.returned(x.Matched, dom.DN) && !rules.Devices.covers(x.DN, r.under):
		return "base", "the computer is below none of the bases for devices"
	case !rules.Devices.returned(x.Matched, dom.DN):
		return "filter.devices", "no configured base and filter for devices returns the computer"
	}
	return "", ""
}

// deviceGroup puts one group in where a device may sit in it.
func (d *Desired) deviceGroup(g identity.Group, held bool, dom identity.Domain, r Rules) {
	if code, text := r.groupBarred(g, dom.DN); code != "" {
		d.DeviceOut[g.GUID] = Reason{code, text}
		return
	}
	if !held {
		d.DeviceOut[g.GUID] = Reason{"group.empty", "no computer in scope sits in it"}
		return
	}
	d.DeviceGroups[g.GUID] = identity.WantedDeviceGroup{
		GUID: g.GUID, SID: g.SID, DN: g.DN, Domain: g.Domain, Account: g.Account, Display: g.CN, Critical: g.Critical,
		Bases: r.Domains[g.Domain].Groups.bases(g.Matched, dom.DN), Fields: r.groupFields(g, dom),
	}
}

func (d *Desired) deviceMembership(s identity.Snapshot) membership {
	m := membership{
		groups: d.all, primary: map[string][]identity.GUID{},
		in: func(id identity.GUID) bool { _, in := d.Devices[id]; return in },
	}
	for _, x := range s.Devices {
		if m.in(x.GUID) && x.PrimaryGroup != "" {
			m.primary[x.PrimaryGroup] = append(m.primary[x.PrimaryGroup], x.GUID)
		}
	}
	return m
}
