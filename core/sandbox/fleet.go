package sandbox

import (
	"slices"

	"github.com/google/uuid"

	"adsync/core/sandbox/forest"
	"adsync/core/sandbox/tenant"
)

// What is special about some machines of the sandbox.
var (
	// unmanaged are computers without an agent.
	unmanaged = []string{"LT-1225", "LT-1226", "LT-1227", "LT-1228", "LT-1229", "DC1"}
	// reinstalled are computers that have registered twice.
	reinstalled = []string{"LT-1224"}
	// pilot are in a group that somebody has made by hand.
	pilot = []string{"LT-1206", "LT-1207"}
)

// pilotGroup is that group.
const pilotGroup = "Pilot"

// register gives a new tenant the endpoints of a forest, as their agents do.
func register(t *tenant.Tenant, machines []forest.Machine) error {
	id := func(name string) string { return uuid.NewSHA1(uuid.NameSpaceDNS, []byte(name)).String() }
	groups := []tenant.EndpointGroup{{ID: id(pilotGroup), Name: pilotGroup, Description: "First to get what is new", Type: "computer"}}
	list := []tenant.Endpoint{{ID: id("MACBOOK-7"), Type: "computer", Hostname: "MACBOOK-7", OS: "macOS 15"}}
	for _, m := range machines {
		if slices.Contains(unmanaged, m.Name) {
			continue
		}
		e := tenant.Endpoint{ID: id(m.Name), Type: "computer", Hostname: m.Name, OS: m.OS}
		if m.Server {
			e.Type = "server"
		}
		if slices.Contains(pilot, m.Name) {
			e.Group = groups[0].ID
		}
		list = append(list, e)
		if slices.Contains(reinstalled, m.Name) {
			e.ID = id(m.Name + " again")
			list = append(list, e)
		}
	}
	return t.SeedDevices(list, groups)
}
