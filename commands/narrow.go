package commands

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// narrow keeps what concerns some people and groups.
func (s *session) narrow(d *plan.Document, in plan.Input, only []string) error {
	wanted := map[identity.GUID]bool{}
	for _, who := range only {
		found := named(in, who)
		if len(found) == 0 {
			return fault.New("usage.who.unknown", fmt.Sprintf("%q is nobody that the directory or the ledger shows", who),
				fault.Hint("name a mail address, account, distinguished name, SID, objectGUID or display name"))
		}
		for _, id := range found {
			wanted[id] = true
		}
	}
	keep := func(c plan.Change) bool {
		return wanted[c.ObjectGUID] || (c.Group != nil && wanted[c.Group.ObjectGUID])
	}
	d.Whole = false
	d.Changes, d.Holds = plan.Only(d.Changes, keep), plan.Only(d.Holds, keep)
	d.Warnings = slices.DeleteFunc(d.Warnings, func(w plan.Warning) bool { return w.ObjectGUID != "" && !wanted[w.ObjectGUID] })
	return nil
}

// named finds who is meant, among the wanted and in the ledger.
func named(in plan.Input, who string) []identity.GUID {
	var list []identity.GUID
	is := func(values ...string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return v != "" && strings.EqualFold(v, who) })
	}
	for id, u := range in.Desired.Users {
		if is(string(id), u.SID, u.DN, u.Account, u.NetBIOS+`\`+u.Account, u.Display, u.Fields.Name, u.Fields.Email) {
			list = append(list, id)
		}
	}
	for id, g := range in.Desired.Groups {
		if is(string(id), g.SID, g.DN, g.Account, g.Display, g.Fields.Name) {
			list = append(list, id)
		}
	}
	for id, x := range in.Desired.Devices {
		if is(append(slices.Clone(x.Hosts), string(id), x.SID, x.DN, x.Account, x.Display)...) {
			list = append(list, id)
		}
	}
	for id, g := range in.Desired.DeviceGroups {
		if is(string(id), g.SID, g.DN, g.Account, g.Display, g.Named(identity.TypeComputer).Name, g.Named(identity.TypeServer).Name) {
			list = append(list, id)
		}
	}
	for _, l := range in.Links {
		if is(string(l.GUID), l.SID, l.DN, l.Account, l.Name, l.Mail, l.CentralID) {
			list = append(list, l.GUID)
		}
	}
	return list
}
