package plan

import (
	"maps"
	"slices"

	"adsync/core/identity"
)

// record compares the recorded places of devices with both sides. Where Central and
// the directory agree the place is ours, whoever made it; what neither has is not
// ours any more. A device that we have put nowhere is forgotten.
func (f *fleet) record(r *Result) {
	kept := map[identity.GUID]bool{}
	replaced := map[string]bool{} // recorded as another computer's
	for _, key := range slices.Sorted(maps.Keys(f.links)) {
		l := f.links[key]
		if _, there := f.groups[l.CentralID]; !there {
			for id := range f.Ours[key] {
				kept[id] = kept[id] || !f.Gone[l.CentralID] // lists of groups lag too
			}
			continue
		}
		sits, wanted := map[identity.GUID]bool{}, map[identity.GUID]bool{}
		for _, id := range f.wanted[key] {
			wanted[id] = true
		}
		for _, e := range f.in[l.CentralID] {
			if dl, linked := f.linked[e.ID]; linked {
				sits[dl.GUID] = true
			}
			id, matched := f.computer[e.ID]
			if !matched || !wanted[id] || f.Owners[e.ID] != "" {
				continue
			}
			kept[id] = true
			dl, linked := f.linked[e.ID]
			if replaced[e.ID] = linked && dl.GUID != id; replaced[e.ID] || linked && f.Ours[key][id] {
				continue
			}
			r.Joined[key] = append(r.Joined[key], id)
			x := f.Desired.Devices[id]
			r.Seen = append(r.Seen, seenDevice(identity.Link{GUID: id, Kind: identity.KindDevice, CentralID: e.ID, Origin: identity.Matched}, x))
		}
		for _, id := range slices.Sorted(maps.Keys(f.Ours[key])) {
			if sits[id] || wanted[id] || f.unlisted[id] {
				kept[id] = true
				continue
			}
			r.Parted[key] = append(r.Parted[key], id)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.linked)) {
		if l := f.linked[id]; !kept[l.GUID] || replaced[id] {
			r.Forget = append(r.Forget, l.GUID)
		}
	}
}

// seenDevices returns the links of devices and their groups with the directory's
// values of now.
func (f *fleet) seen() []identity.Link {
	var list []identity.Link
	for _, key := range slices.Sorted(maps.Keys(f.links)) {
		l := f.links[key]
		if g, ok := f.Desired.DeviceGroups[l.GUID]; ok {
			l.Domain, l.DN, l.SID, l.Account, l.Name, l.Bases, l.Critical = g.Domain, g.DN, g.SID, g.Account, g.Named(l.Type).Name, g.Bases, g.Critical
			list = append(list, l)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(f.linked)) {
		l := f.linked[id]
		if x, ok := f.Desired.Devices[l.GUID]; ok {
			list = append(list, seenDevice(l, x))
		}
	}
	return list
}

func seenDevice(l identity.Link, x identity.WantedDevice) identity.Link {
	l.Domain, l.DN, l.SID, l.Account, l.Name, l.Bases, l.Critical = x.Domain, x.DN, x.SID, x.Account, x.Display, x.Bases, x.Critical
	return l
}
