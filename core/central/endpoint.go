package central

import (
	"strings"

	"adsync/core/identity"
)

// named is what endpoints and their groups have in common.
type named struct {
	ID     string `json:"id"`
	Type   string `json:"type"`
	Tenant struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"tenant"`
}

func (n named) key() string { return strings.ToLower(n.ID) }

func (n named) tenant() (id, name string) { return strings.ToLower(n.Tenant.ID), n.Tenant.Name }

// lacking names id and type: a group takes endpoints of its own type alone.
func (n named) lacking() string {
	switch {
	case n.ID == "":
		return "id"
	case n.Type == "":
		return "type"
	}
	return ""
}

// endpoint is a device as the API writes it. One that is in no group has none
// written.
type endpoint struct {
	named
	Hostname string `json:"hostname"`
	Group    struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"group"`
}

func (e endpoint) central() identity.Endpoint {
	return identity.Endpoint{ID: e.key(), Type: identity.DeviceType(e.Type), Hostname: e.Hostname, Group: strings.ToLower(e.Group.ID)}
}

// endpointGroup is a group of endpoints as the API writes it. It does not say
// where it comes from: that it is another directory service's shows in a 409.
type endpointGroup struct {
	named
	Name        string `json:"name"`
	Description string `json:"description"`
	CreatedAt   string `json:"createdAt"`
	UpdatedAt   string `json:"updatedAt"`
	Endpoints   struct {
		Total      *int     `json:"total"`
		ItemsCount *int     `json:"itemsCount"`
		Items      []idOnly `json:"items"`
	} `json:"endpoints"`
}

// idOnly is the mention of an object; what else stands there is not needed.
type idOnly struct {
	ID       string `json:"id"`
	Hostname string `json:"hostname"`
}

func (g endpointGroup) central() identity.EndpointGroup {
	c := identity.EndpointGroup{
		ID: g.key(), Type: identity.DeviceType(g.Type), Fields: identity.Fields{Name: g.Name, Description: g.Description},
		CreatedAt: moment(g.CreatedAt),
	}
	if total := g.Endpoints.Total; total != nil && *total >= 0 {
		c.Total, c.Counted = *total, true
	}
	return c
}

func idsOf(list []idOnly) []string {
	ids := make([]string, 0, len(list))
	for _, x := range list {
		ids = append(ids, strings.ToLower(x.ID))
	}
	return ids
}

func lower(list []string) []string {
	ids := make([]string, 0, len(list))
	for _, id := range list {
		ids = append(ids, strings.ToLower(id))
	}
	return ids
}
