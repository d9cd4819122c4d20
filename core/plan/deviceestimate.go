package plan

import "adsync/core/identity"

// endpointPage is how many endpoints a list shows at once.
const endpointPage = 500

// CountDevices counts the calls that the changes of devices cost among others, when
// nothing goes wrong.
func CountDevices(changes []Change) int {
	var devices []Change
	for _, c := range changes {
		if c.Kind == identity.KindDevice || c.Kind == identity.KindDeviceGroup {
			devices = append(devices, c)
		}
	}
	c := newFleetCounter()
	for _, b := range Batches(devices) {
		c.batch(b.Changes)
	}
	return c.total()
}

// fleetCounter counts the calls that changes of devices cost. Who sits in a group
// is read from the endpoints, in bulk; the members of a group are listed only
// where it is to be removed.
type fleetCounter struct {
	calls             int
	groups, endpoints map[string]bool // to be read again
}

func newFleetCounter() *fleetCounter {
	return &fleetCounter{groups: map[string]bool{}, endpoints: map[string]bool{}}
}

func (c *fleetCounter) batch(batch []Change) {
	first := batch[0]
	c.calls++
	if first.Kind == identity.KindDevice {
		for _, x := range batch {
			c.endpoints[x.CentralID] = true
		}
		return
	}
	switch {
	case first.Action != Create:
		c.groups[first.CentralID] = true
	case first.Cause.Code == CauseCentralDeleted:
		c.groups[string(first.Key())] = true
	}
	if first.Action == Remove {
		c.calls += max(1, calls(len(first.Members), endpointPage)) + calls(len(first.Members), MaxRemove)
	}
}

func (c *fleetCounter) total() int {
	return c.calls + calls(len(c.groups), MaxRead) + calls(len(c.endpoints), MaxRead)
}
