package commands

import (
	"context"
	"fmt"
	"slices"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// deviceReader is what planning may do with endpoints and their groups.
type deviceReader interface {
	Endpoints(ctx context.Context) ([]identity.Endpoint, error)
	EndpointGroups(ctx context.Context) ([]identity.EndpointGroup, error)
	EndpointsOf(ctx context.Context, groupID string) ([]identity.Endpoint, error)
	EndpointsByID(ctx context.Context, ids []string) (map[string]identity.Endpoint, error)
	EndpointGroupsByID(ctx context.Context, ids []string) (map[string]identity.EndpointGroup, error)
}

// devicesUnseen reports whether Central kept the devices out of a plan. Such a plan
// says nothing about what the configuration does with them, and accepts none.
func devicesUnseen(list []plan.Warning) bool {
	return slices.ContainsFunc(list, func(w plan.Warning) bool { return w.Code == "device.unavailable" })
}

// readDevices fills in what Central holds of devices. Where the credential may not
// see them, or the tenant has no licence for them, they are left out with a
// warning, and people go on.
func readDevices(ctx context.Context, client deviceReader, in *plan.Input) error {
	endpoints, err := client.Endpoints(ctx)
	var groups []identity.EndpointGroup
	if err == nil {
		groups, err = client.EndpointGroups(ctx)
	}
	if fault.Is(err, "central.forbidden") || fault.Is(err, "central.notFound") {
		in.Devices = false
		in.Warnings = append(in.Warnings, plan.Warning{
			Code: "device.unavailable",
			Text: "devices are left out, because Central does not show them, and until it does no new configuration is accepted (without a licence for devices: adsync config set scope.devices.sync false): " + err.Error(),
		})
		return nil
	}
	if err != nil {
		return err
	}
	if err := agree(ctx, client, endpoints, groups); err != nil {
		return err
	}
	in.Endpoints, in.EndpointGroups = endpoints, groups
	return goneDevices(ctx, client, in)
}

// agree holds the group that each endpoint shows against the numbers that the
// groups state. Where these differ, or a group states none, the members are listed,
// and whoever either of the two names is taken for a member.
func agree(ctx context.Context, client deviceReader, endpoints []identity.Endpoint, groups []identity.EndpointGroup) error {
	at, count := map[string]int{}, map[string]int{}
	for i, e := range endpoints {
		at[e.ID] = i
		count[e.Group]++
	}
	for _, g := range groups {
		if g.Counted && g.Total == count[g.ID] {
			continue
		}
		members, err := client.EndpointsOf(ctx, g.ID)
		if err != nil {
			return err
		}
		for _, e := range members {
			if i, known := at[e.ID]; known {
				endpoints[i].Group = g.ID
			}
		}
	}
	return nil
}

// goneDevices asks by their ids for what the lists do not hold.
func goneDevices(ctx context.Context, client deviceReader, in *plan.Input) error {
	listed := map[string]bool{}
	for _, e := range in.Endpoints {
		listed[e.ID] = true
	}
	for _, g := range in.EndpointGroups {
		listed[g.ID] = true
	}
	var endpoints, groups []string
	for _, l := range in.Links {
		switch {
		case listed[l.CentralID]:
		case l.Kind == identity.KindDevice:
			endpoints = append(endpoints, l.CentralID)
		case l.Kind == identity.KindDeviceGroup:
			groups = append(groups, l.CentralID)
		}
	}
	if len(endpoints) > 0 {
		found, err := client.EndpointsByID(ctx, endpoints)
		if err != nil {
			return err
		}
		missing(in.Gone, endpoints, found)
	}
	if len(groups) > 0 {
		found, err := client.EndpointGroupsByID(ctx, groups)
		if err != nil {
			return err
		}
		missing(in.Gone, groups, found)
	}
	return nil
}

// missing enters the ids that were not found.
func missing[T any](gone map[string]bool, ids []string, found map[string]T) {
	for _, id := range ids {
		if _, there := found[id]; !there {
			gone[id] = true
		}
	}
}

// unwantedDevice says why a change of devices is not wanted any more, "" if it is.
func (l look) unwantedDevice(c plan.Change, links map[identity.GUID]identity.Link) string {
	switch c.Action {
	case plan.Create, plan.Update, plan.Adopt:
		g, in := l.desired.DeviceGroups[c.ObjectGUID]
		switch {
		case !in:
			return fmt.Sprintf("no device in scope is to sit in %s any more", c.Name)
		case !c.After.Within(g.Named(c.Type)):
			return fmt.Sprintf("the directory has other values for %s by now", c.Name)
		case c.Action != plan.Update:
			return l.coverage.Choice()
		}
	case plan.Remove:
		return l.groupStays(c, links)
	case plan.MembershipAdd:
		if groups := l.desired.Devices[c.ObjectGUID].Groups; len(groups) != 1 || groups[0] != c.Group.ObjectGUID {
			return fmt.Sprintf("%s is not to sit in %s by the directory any more", c.Name, c.Group.Name)
		}
		if why := l.coverage.Choice(); why != "" {
			return why
		}
		if c.Leaves != nil && c.Leaves.ObjectGUID != "" {
			return l.unproven(links[c.ObjectGUID], links[identity.Key(c.Leaves.ObjectGUID, c.Type)])
		}
	case plan.MembershipRemove:
		if slices.Contains(l.desired.Devices[c.ObjectGUID].Groups, c.Group.ObjectGUID) {
			return fmt.Sprintf("%s belongs to %s in the directory again", c.Name, c.Group.Name)
		}
		if why := l.unproven(links[c.ObjectGUID], links[c.GroupKey()]); why != "" {
			return why
		}
		return l.coverage.Membership()
	}
	return ""
}

// groupStays says why a group of devices is not to be removed any more.
func (l look) groupStays(c plan.Change, links map[identity.GUID]identity.Link) string {
	link := links[c.Key()]
	if why := l.unproven(link); why != "" {
		return why
	}
	if why := l.coverage.Membership(); why != "" {
		return why
	}
	for _, member := range links {
		if member.Kind == identity.KindDevice && slices.Contains(c.Members, member.CentralID) && slices.Contains(l.desired.Devices[member.GUID].Groups, c.ObjectGUID) {
			return fmt.Sprintf("%s belongs to %s in the directory again", member.Name, c.Name)
		}
	}
	if now := l.leaving(link); now.Code != c.Cause.Code {
		return fmt.Sprintf("the cause was %s and is now %s: %s", c.Cause.Code, now.Code, now.Text)
	}
	return ""
}

// device says why a change of devices has to wait for another controller, "" if it
// need not.
func (l lag) device(c plan.Change) string {
	sits := func(group identity.GUID) bool { return slices.Contains(l.second.Devices[c.ObjectGUID].Groups, group) }
	switch c.Action {
	case plan.Remove:
		_, wanted := l.second.DeviceGroups[c.ObjectGUID]
		return l.gone(c, wanted)
	case plan.MembershipRemove:
		return l.endedFor(sits(c.Group.ObjectGUID))
	case plan.MembershipAdd:
		text := ""
		if c.Leaves != nil && c.Leaves.ObjectGUID != "" {
			text = l.endedFor(sits(c.Leaves.ObjectGUID))
		}
		if asked := l.asked(); text == "" && asked != "" && !sits(c.Group.ObjectGUID) {
			text = asked + "; a second controller does not show it in the group"
		}
		return text
	case plan.Create, plan.Adopt, plan.Update:
	}
	first, second := l.first.DeviceGroups[c.ObjectGUID], l.second.DeviceGroups[c.ObjectGUID]
	if text := l.asked(); text != "" && first.Fields != second.Fields {
		return text + "; a second controller shows other values"
	}
	return ""
}
