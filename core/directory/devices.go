package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// deviceFilter finds computer accounts, and leaves managed service accounts out,
// which have the same account type and a category of their own.
const deviceFilter = "(&(objectCategory=computer)(sAMAccountType=805306369))"

var deviceAttributes = []string{
	"objectGUID", "objectSid", "sAMAccountName", "cn", "dNSHostName", "operatingSystem", "userAccountControl",
	"lastLogonTimestamp", "primaryGroupID", "memberOf", "whenCreated", "isCriticalSystemObject", "uSNChanged",
}

// computers runs the search of one base for devices and adds what it found. later
// are the searches that come after it.
func (r *reader) computers(ctx context.Context, d identity.Domain, search Search, later []Search) error {
	started := r.c.o.Now()
	b := search.Bases[0]
	read := identity.Read{Domain: d.Name, Base: b.DN, Kind: identity.ReadDevices, Filter: search.Filter, Nested: search.NestedMemberOf}
	base, filter, err := r.aim(ctx, d, search, &read)
	if err != nil {
		if fatal(ctx, err) {
			return err
		}
		r.record(read, found{}, started, err)
		return nil
	}
	var p proof
	var witnessed witnesses
	names := FilterAttributes(search.Filter)
	q := query{
		what: "the search for devices below " + base.dn, base: base.dn, scope: ldap.ScopeWholeSubtree,
		filter: and(deviceFilter, filter), attributes: with(deviceAttributes, names),
	}
	if in := r.coveredBy(search.asked(read.Kind), base, filter); in != nil {
		r.recordCovered(read, q, in, started)
		return nil
	}
	within := r.overlap(ctx, d, read, base, filter, search, later, provenDevices)
	devices, f, ranges, err := r.devicesOf(ctx, d, q, func() func(*ldap.Entry) {
		within.begin()
		p, witnessed = newProof(provenDevices), newWitnesses(with(provenDevices, names))
		return func(e *ldap.Entry) {
			p.add(e)
			witnessed.add(e)
			within.add(e)
			r.show(e, read.Kind, names)
		}
	})
	read.Ranges = ranges
	r.c.proven(&read, q, p)
	var late []identity.Device
	if err == nil {
		q, err = r.meanwhile(d, q)
	}
	if err == nil {
		late, _, _, err = r.devicesOf(ctx, d, q, func() func(*ldap.Entry) { return func(*ldap.Entry) {} })
	}
	if err == nil {
		err = r.kept(ctx, d, &witnessed)
	}
	if fatal(ctx, err) {
		return err
	}
	r.record(read, f, started, err)
	for _, device := range devices {
		r.addDevice(device, within.matched(device.DN))
	}
	for _, device := range late {
		r.addDevice(device, within.matched(device.DN))
		known := &r.snapshot.Devices[r.devices[device.GUID]]
		device.Matched = known.Matched
		*known = device
	}
	return r.cover(ctx, d, within)
}

// devicesOf runs a search for devices, with all ranges of their memberOf. begin is
// called for each attempt and returns what looks at its entries.
func (r *reader) devicesOf(ctx context.Context, d identity.Domain, q query, begin func() func(*ldap.Entry)) (devices []identity.Device, f found, ranges int, err error) {
	var open []openRange
	f, err = r.c.search(ctx, q, func() func(*ldap.Entry) error {
		devices, open = nil, nil
		look := begin()
		return func(e *ldap.Entry) error {
			device, more, err := r.device(e, d)
			if err != nil {
				return err
			}
			if more != nil {
				o := more.of(device.GUID, "memberOf")
				o.owner = len(devices)
				open = append(open, o)
			}
			r.compact.device(&device)
			devices = append(devices, device)
			look(e)
			return nil
		}
	})
	if err == nil {
		ranges, err = r.c.fetchRanges(ctx, open, func(o openRange, values []string) { devices[o.owner].MemberOf = values })
	}
	return devices, f, ranges, err
}

// addDevice keeps one copy of a computer that comes again, the later one where it
// was moved meanwhile.
func (r *reader) addDevice(device identity.Device, matched []identity.Match) {
	if i, known := r.devices[device.GUID]; known {
		known := &r.snapshot.Devices[i]
		for _, match := range matched {
			if !slices.Contains(known.Matched, match) {
				known.Matched = append(known.Matched, match)
			}
		}
		if known.DN != device.DN {
			r.settleDevice(known.DN, -1)
			r.settleDevice(device.DN, 1)
			device.Matched = known.Matched
			*known = device
		}
		return
	}
	device.Matched = slices.Clone(matched)
	r.devices[device.GUID] = len(r.snapshot.Devices)
	r.snapshot.Devices = append(r.snapshot.Devices, device)
	r.settleDevice(device.DN, 1)
}

// settleDevice counts a computer in or out of the container that it stands in.
func (r *reader) settleDevice(dn string, n int) {
	if at := r.in(dn); at != nil {
		at.Devices += n
	}
}

func (r *reader) device(e *ldap.Entry, d identity.Domain) (identity.Device, *openRange, error) {
	guid, err := guidOf(e)
	if err != nil {
		return identity.Device{}, nil, r.c.unreadable(e.DN)
	}
	device := identity.Device{
		GUID: guid, SID: sidOf(e), DN: e.DN, Domain: d.Name, Account: value(e, "sAMAccountName"), Name: value(e, "cn"),
		DNSName: value(e, "dNSHostName"), OperatingSystem: value(e, "operatingSystem"), LastLogon: filetime(value(e, "lastLogonTimestamp")),
		CreatedAt: generalized(value(e, "whenCreated")), Critical: critical(e), PrimaryGroup: primaryGroup(e),
	}
	device.Server = strings.Contains(strings.ToLower(device.OperatingSystem), "server")
	device.Disabled, device.ControlKnown = accountControl(e)
	values, more := rangedValues(e, "memberOf")
	device.MemberOf = append([]string{}, values...)
	return device, more, nil
}

// primaryGroup is the SID of the group that primaryGroupID names: it holds the
// relative identifier of a group of the account's own domain.
func primaryGroup(e *ldap.Entry) string {
	sid, primary := sidOf(e), value(e, "primaryGroupID")
	if sid == "" || primary == "" {
		return ""
	}
	return strings.TrimSuffix(sid, rid(sid)) + primary
}
