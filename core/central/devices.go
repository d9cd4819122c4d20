package central

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"adsync/core/identity"
)

const (
	endpointsPath      = "/endpoint/v1/endpoints"
	endpointGroupsPath = "/endpoint/v1/endpoint-groups"
	// endpointFields are those that are decided from.
	endpointFields = "id,type,hostname,group,tenant"
)

// Endpoints reads all endpoints of the tenant, each with the group that it sits in.
func (c *Client) Endpoints(ctx context.Context) ([]identity.Endpoint, error) {
	return c.endpoints(ctx, list{doing: "reading the endpoints of Sophos Central", route: endpointsPath, path: endpointsPath})
}

// EndpointGroups reads all groups of endpoints of the tenant.
func (c *Client) EndpointGroups(ctx context.Context) ([]identity.EndpointGroup, error) {
	return c.endpointGroups(ctx, list{doing: "reading the groups of endpoints of Sophos Central", route: endpointGroupsPath, path: endpointGroupsPath})
}

// EndpointsOf reads the endpoints of a group.
func (c *Client) EndpointsOf(ctx context.Context, groupID string) ([]identity.Endpoint, error) {
	return c.endpoints(ctx, list{
		doing: "reading the endpoints of the group " + groupID,
		route: endpointGroupsPath + "/{id}/endpoints",
		path:  endpointGroupsPath + "/" + url.PathEscape(groupID) + "/endpoints",
	})
}

// EndpointsByID reads endpoints by their ids, as UsersByID does users.
func (c *Client) EndpointsByID(ctx context.Context, ids []string) (map[string]identity.Endpoint, error) {
	return byID(ids, func(q url.Values) ([]identity.Endpoint, error) {
		return c.endpoints(ctx, list{doing: "reading endpoints by id", route: endpointsPath, path: endpointsPath, query: q})
	}, func(e identity.Endpoint) string { return e.ID })
}

// EndpointGroupsByID reads groups of endpoints by their ids.
func (c *Client) EndpointGroupsByID(ctx context.Context, ids []string) (map[string]identity.EndpointGroup, error) {
	return byID(ids, func(q url.Values) ([]identity.EndpointGroup, error) {
		return c.endpointGroups(ctx, list{doing: "reading groups of endpoints by id", route: endpointGroupsPath, path: endpointGroupsPath, query: q})
	}, func(g identity.EndpointGroup) string { return g.ID })
}

// FindEndpointGroup looks for the group of endpoints with a name. It is nil where
// there is none.
func (c *Client) FindEndpointGroup(ctx context.Context, name string) (*identity.EndpointGroup, error) {
	found, err := c.endpointGroups(ctx, list{
		doing: "looking for the group of endpoints " + name,
		route: endpointGroupsPath, path: endpointGroupsPath, query: search("name", name),
	})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(g identity.EndpointGroup) bool { return !strings.EqualFold(g.Fields.Name, name) })
	return one(found, "group of endpoint", "name "+name)
}

func (c *Client) endpoints(ctx context.Context, l list) ([]identity.Endpoint, error) {
	if l.query == nil {
		l.query = url.Values{}
	}
	l.query.Set("fields", endpointFields)
	found, err := keyed[endpoint](ctx, c, l)
	if err != nil {
		return nil, err
	}
	all := make([]identity.Endpoint, 0, len(found))
	for _, e := range found {
		all = append(all, e.central())
	}
	return all, nil
}

func (c *Client) endpointGroups(ctx context.Context, l list) ([]identity.EndpointGroup, error) {
	return whole(ctx, c, l, endpointGroup.central)
}

type endpointGroupBody struct {
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"` // an empty one is refused with 400
	Type        string `json:"type,omitempty"`
}

// CreateEndpointGroup makes an empty group of endpoints of one type.
func (w *Writer) CreateEndpointGroup(ctx context.Context, f identity.Fields, t identity.DeviceType) (identity.EndpointGroup, error) {
	var g endpointGroup
	err := w.write(ctx, request{
		doing: "creating the group of endpoints " + f.Name, method: http.MethodPost,
		route: endpointGroupsPath, path: endpointGroupsPath, body: endpointGroupBody{f.Name, f.Description, string(t)},
	}, &g)
	if err != nil {
		return identity.EndpointGroup{}, err
	}
	return g.central(), nil
}

// UpdateEndpointGroup sets name and description where they are not empty.
func (w *Writer) UpdateEndpointGroup(ctx context.Context, id string, f identity.Fields) (identity.EndpointGroup, error) {
	q := request{
		doing: "updating the group of endpoints " + id, method: http.MethodPatch,
		route: endpointGroupsPath + "/{id}", path: endpointGroupsPath + "/" + url.PathEscape(id),
		body: endpointGroupBody{Name: f.Name, Description: f.Description},
	}
	if f.Name == "" && f.Description == "" {
		return identity.EndpointGroup{}, nothing(q)
	}
	var g endpointGroup
	if err := w.write(ctx, q, &g); err != nil {
		return identity.EndpointGroup{}, err
	}
	return g.central(), nil
}

// DeleteEndpointGroup removes an empty group of endpoints.
func (w *Writer) DeleteEndpointGroup(ctx context.Context, id string) error {
	return w.remove(ctx, request{
		doing: "deleting the group of endpoints " + id, method: http.MethodDelete,
		route: endpointGroupsPath + "/{id}", path: endpointGroupsPath + "/" + url.PathEscape(id),
	})
}

// AddEndpoints puts at most MaxAdd endpoints into a group, in one call. That it
// takes them out of the group that they were in is not documented: what an
// endpoint shows is one group. A success may be one for some of them alone.
func (w *Writer) AddEndpoints(ctx context.Context, groupID string, ids []string) (identity.EndpointsAdded, error) {
	q := request{
		doing: fmt.Sprintf("putting %d endpoints into the group %s", len(ids), groupID), method: http.MethodPost,
		route: endpointGroupsPath + "/{id}/endpoints", path: endpointGroupsPath + "/" + url.PathEscape(groupID) + "/endpoints",
		body: idsBody{ids},
	}
	if err := batch(q, ids, MaxAdd); err != nil {
		return identity.EndpointsAdded{}, err
	}
	var done struct {
		Added  []idOnly `json:"addedEndpoints"`
		Errors struct {
			NotFound  []string `json:"endpointsNotFound"`
			WrongType []string `json:"endpointsOfWrongType"`
		} `json:"errors"`
	}
	if err := w.call(ctx, q, &done); err != nil {
		return identity.EndpointsAdded{}, err
	}
	return identity.EndpointsAdded{Added: idsOf(done.Added), NotFound: lower(done.Errors.NotFound), WrongType: lower(done.Errors.WrongType)}, nil
}

// RemoveEndpoints takes at most MaxRemove endpoints out of a group, in one call.
// Those that are not in it are no error.
func (w *Writer) RemoveEndpoints(ctx context.Context, groupID string, ids []string) error {
	q := request{
		doing: fmt.Sprintf("taking %d endpoints out of the group %s", len(ids), groupID), method: http.MethodDelete,
		route: endpointGroupsPath + "/{id}/endpoints", path: endpointGroupsPath + "/" + url.PathEscape(groupID) + "/endpoints",
		query: url.Values{"ids": {strings.Join(ids, ",")}},
	}
	if err := batch(q, ids, MaxRemove); err != nil {
		return err
	}
	var done struct {
		Removed []idOnly `json:"removedEndpoints"`
		Errors  struct {
			NotFound []string `json:"endpointsNotFound"`
		} `json:"errors"`
	}
	return w.call(ctx, q, &done)
}
