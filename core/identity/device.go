package identity

import (
	"strings"
	"time"
)

// DeviceType tells computers and servers apart. A group of endpoints holds one of
// them and keeps it.
type DeviceType string

// The types that groups of endpoints have. Endpoints of others occur and are in no
// group.
const (
	TypeComputer DeviceType = "computer"
	TypeServer   DeviceType = "server"
)

// Endpoint is a device as Sophos Central holds it. An agent has registered it: the
// API can neither make one nor tell which computer of the directory it is, beyond
// its host name.
type Endpoint struct {
	ID       string     `json:"id"`
	Type     DeviceType `json:"type"`
	Hostname string     `json:"hostname"`
	// Group is the id of the one group that it sits in, "" for none.
	Group string `json:"group"`
}

// EndpointGroup is a group of endpoints of one type. Its members are the endpoints
// that name it.
type EndpointGroup struct {
	ID     string     `json:"id"`
	Type   DeviceType `json:"type"`
	Fields Fields     `json:"fields"` // name and description
	Total  int        `json:"total"`  // members, as Central counts them
	// Counted says that Central counts them; otherwise Total says nothing.
	Counted bool `json:"-"`
	// CreatedAt is zero where Central does not say.
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

// EndpointsAdded is what Central says of the endpoints that were to be put into a
// group: one call may do so for some and not for others.
type EndpointsAdded struct {
	Added     []string
	NotFound  []string
	WrongType []string
}

// WantedDevice is a computer in scope, with the groups of the directory for which
// its endpoint may stand in Central.
type WantedDevice struct {
	GUID     GUID     `json:"guid"`
	SID      string   `json:"sid"`
	DN       string   `json:"dn"`
	Domain   string   `json:"domain"`
	Account  string   `json:"account"`
	Display  string   `json:"display"`
	Critical bool     `json:"critical"`
	Bases    []string `json:"bases"`
	// Hosts are the short names that its endpoint may have, in lower case.
	Hosts []string `json:"hosts"`
	// Groups are the groups that it could sit in: one where it is decided, none
	// where it belongs to none, and several where nothing decides. Sorted.
	Groups []GUID `json:"groups"`
}

// WantedDeviceGroup is a group of the directory to which devices in scope belong.
// In Central it becomes up to two groups of endpoints, one of each type.
type WantedDeviceGroup struct {
	GUID     GUID     `json:"guid"`
	SID      string   `json:"sid"`
	DN       string   `json:"dn"`
	Domain   string   `json:"domain"`
	Account  string   `json:"account"`
	Display  string   `json:"display"`
	Critical bool     `json:"critical"`
	Bases    []string `json:"bases"`
	Fields   Fields   `json:"fields"` // the name without its type
}

// Named returns the fields of the group of one type. Both names carry the type, so
// that they stay as they are when the other group comes or goes, and so that
// neither is the name of the group's people: whether Central lets groups of users
// and of endpoints share a name has not been seen.
func (g WantedDeviceGroup) Named(t DeviceType) Fields {
	f := g.Fields
	f.Name += " (" + string(t) + "s)"
	return f
}

// Key is what the ledger knows an object by: its objectGUID and, of a group of
// endpoints, the type behind it, because one group of the directory may have two.
func Key(object GUID, t DeviceType) GUID {
	if t == "" {
		return object
	}
	return object + "/" + GUID(t)
}

// SplitKey is the reverse of Key.
func SplitKey(key GUID) (object GUID, t DeviceType) {
	id, behind, _ := strings.Cut(string(key), "/")
	return GUID(id), DeviceType(behind)
}

// Key is what the ledger knows the object by.
func (l Link) Key() GUID { return Key(l.GUID, l.Type) }
