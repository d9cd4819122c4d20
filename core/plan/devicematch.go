package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"adsync/core/identity"
)

// short is the host name of an endpoint without a domain, folded.
func short(host string) string {
	name, _, _ := strings.Cut(strings.ToLower(host), ".")
	return name
}

// match finds the endpoint of each computer by its short host name, which is all
// that Central tells. What has no clear partner is left alone and named. A computer
// whose name Central does not know (yet) keeps the endpoint that it had.
func (f *fleet) match() {
	endpoints, computers := map[string][]identity.Endpoint{}, map[string][]identity.GUID{}
	for _, e := range f.Endpoints {
		if host := short(e.Hostname); host != "" {
			endpoints[host] = append(endpoints[host], e)
		}
	}
	ids := slices.Sorted(maps.Keys(f.Desired.Devices))
	for _, id := range ids {
		for _, host := range f.Desired.Devices[id].Hosts {
			computers[host] = append(computers[host], id)
		}
	}
	for _, host := range slices.Sorted(maps.Keys(computers)) {
		f.ambiguous(host, computers[host], endpoints[host])
	}
	for _, id := range slices.Sorted(maps.Keys(f.linked)) {
		if l := f.linked[id]; f.unlisted[l.GUID] {
			f.lag(l)
		}
	}
	var missing []identity.WantedDevice
	for _, id := range ids {
		x := f.Desired.Devices[id]
		found, doubtful := f.called(x, endpoints)
		switch {
		case doubtful:
		case len(found) == 1:
			f.pairUp(x, found[0])
		case !f.keeps(x, computers) && !f.unlisted[id]:
			missing = append(missing, x)
		}
	}
	f.warnMissing(missing)
}

// called returns the endpoints that have a name of a computer, and whether one of
// them is left alone.
func (f *fleet) called(x identity.WantedDevice, endpoints map[string][]identity.Endpoint) (found []identity.Endpoint, doubtful bool) {
	for _, host := range x.Hosts {
		for _, e := range endpoints[host] {
			_, leave := f.alone[e.ID]
			doubtful = doubtful || leave
			if !slices.Contains(found, e) {
				found = append(found, e)
			}
		}
	}
	if len(found) > 1 && !doubtful {
		for _, e := range found {
			f.alone[e.ID] = "its computer has several names, and another endpoint has one of them"
		}
		f.warn("device.ambiguous", x.GUID, x.Display, fmt.Sprintf("%d endpoints of Sophos Central have a name of it (%s): they are left alone", len(found), hostNames(found)))
		doubtful = true
	}
	return found, doubtful
}

// ambiguous leaves alone what has a name that several computers or several
// endpoints have.
func (f *fleet) ambiguous(host string, computers []identity.GUID, endpoints []identity.Endpoint) {
	if len(endpoints) == 0 || len(computers) == 1 && len(endpoints) == 1 {
		return
	}
	var names []string
	for _, id := range computers {
		names = append(names, f.Desired.Devices[id].DN)
	}
	for _, e := range endpoints {
		f.alone[e.ID] = "its host name is not the only one of its kind"
	}
	id := identity.GUID("")
	if len(computers) == 1 {
		id = computers[0]
	}
	f.warn("device.ambiguous", id, host, fmt.Sprintf("the host name is not one of a kind, and Central tells no domain: its computers (%s) and its endpoints (%d) are left alone",
		strings.Join(names, "; "), len(endpoints)))
}

func hostNames(list []identity.Endpoint) string {
	names := make([]string, 0, len(list))
	for _, e := range list {
		names = append(names, e.Hostname)
	}
	return strings.Join(names, ", ")
}

func (f *fleet) pairUp(x identity.WantedDevice, e identity.Endpoint) {
	if e.Type != identity.TypeComputer && e.Type != identity.TypeServer {
		f.alone[e.ID] = fmt.Sprintf("its type %q has no groups", e.Type)
		f.warn("device.unsupported", x.GUID, x.Display, fmt.Sprintf("its endpoint has the type %q, for which the API has no groups", e.Type))
		return
	}
	f.matched[x.GUID], f.computer[e.ID] = e, x.GUID
}

// keeps matches a computer by the ledger, where no endpoint has its name: it was
// renamed, and its agent has not told so yet.
func (f *fleet) keeps(x identity.WantedDevice, computers map[string][]identity.GUID) bool {
	e, had := f.had[x.GUID]
	if _, leave := f.alone[e.ID]; !had || leave || len(computers[short(e.Hostname)]) > 0 {
		return false
	}
	f.pairUp(x, e)
	return true
}

// namedMissing is up to how many computers without an endpoint are named one by
// one.
const namedMissing = 50

// warnMissing names the computers that have no endpoint: only their own agents can
// register them.
func (f *fleet) warnMissing(list []identity.WantedDevice) {
	const why = "no endpoint of Sophos Central has its name: it is unmanaged, and the API cannot make an endpoint; install the agent"
	if len(list) <= namedMissing {
		for _, x := range list {
			f.warn("device.unsupported", x.GUID, x.Display, why)
		}
		return
	}
	var names []string
	for _, x := range list[:5] {
		names = append(names, x.Display)
	}
	f.warn("device.unsupported", "", fmt.Sprintf("%d computers", len(list)), fmt.Sprintf("%s and %d more: %s", strings.Join(names, ", "), len(list)-len(names), why))
}
