package tenant

import (
	"net/http"
	"strings"
)

// taken says that a group of people or of endpoints has a name. Whether the two
// share their names is not known: here they do not.
func (t *Tenant) taken(name string) bool {
	return t.dir.byName[strings.ToLower(name)] != nil || t.devices.named(name) != nil
}

func (t *Tenant) createEndpointGroup(e *exchange) reply {
	name, kind := e.body.texts["name"], e.body.texts["type"]
	switch {
	case !deviceType(kind):
		return refusal(http.StatusBadRequest, "type: %q is no type", kind)
	case t.taken(name):
		return nameTaken()
	}
	g := &EndpointGroup{ID: t.o.NewID(), Name: name, Description: e.body.texts["description"], Type: kind, CreatedAt: e.at, UpdatedAt: e.at}
	if a := t.sortEndpoints(g, e.body.ids); len(a.Errors.NotFound)+len(a.Errors.WrongType)+len(a.managed) > 0 {
		return refusal(http.StatusBadRequest, "endpointIds: not all of them are endpoints of the type")
	}
	t.devices.add(g)
	for _, id := range e.body.ids {
		t.devices.endpoint(id).Group = g.ID
	}
	return accepted(http.StatusCreated, t.viewEndpointGroup(g))
}

func (t *Tenant) patchEndpointGroup(e *exchange) reply {
	g := t.devices.group(e.vars["endpointGroupId"])
	switch {
	case g == nil:
		return noGroup()
	case g.Managed:
		return managed("the group")
	}
	if name, ok := e.body.texts["name"]; ok {
		if !strings.EqualFold(name, g.Name) && t.taken(name) {
			return nameTaken()
		}
		g.Name = name
	}
	if description, ok := e.body.texts["description"]; ok {
		g.Description = description
	}
	g.UpdatedAt = e.at
	return accepted(http.StatusOK, t.viewEndpointGroup(g))
}

func (t *Tenant) deleteEndpointGroup(e *exchange) reply {
	g := t.devices.group(e.vars["endpointGroupId"])
	switch {
	case g == nil:
		return noGroup()
	case g.Managed:
		return managed("the group")
	case len(t.devices.in(g.ID)) > 0:
		return refusal(http.StatusConflict, "the group is not empty")
	}
	t.devices.dropGroups(g.ID)
	return accepted(http.StatusOK, deleted{true})
}

// added is what came of endpoints that were to be put into a group: a success may
// be one for some of them alone.
type added struct {
	Added  []reference `json:"addedEndpoints"`
	Errors struct {
		NotFound  []string `json:"endpointsNotFound"`
		WrongType []string `json:"endpointsOfWrongType"`
	} `json:"errors"`
	managed []string
}

// sortEndpoints says which endpoints a group would take.
func (t *Tenant) sortEndpoints(g *EndpointGroup, ids []string) added {
	a := added{Added: []reference{}}
	a.Errors.NotFound, a.Errors.WrongType = []string{}, []string{}
	for _, id := range ids {
		switch x := t.devices.endpoint(id); {
		case x == nil:
			a.Errors.NotFound = append(a.Errors.NotFound, id)
		case x.Type != g.Type:
			a.Errors.WrongType = append(a.Errors.WrongType, id)
		case x.Managed:
			a.managed = append(a.managed, id)
		default:
			a.Added = append(a.Added, reference{ID: id})
		}
	}
	return a
}

// addEndpoints puts endpoints into a group, out of the one that they were in. Those
// that were in it are not named in the reply.
func (t *Tenant) addEndpoints(e *exchange) reply {
	g := t.devices.group(e.vars["endpointGroupId"])
	if g == nil {
		return noGroup()
	}
	a := t.sortEndpoints(g, e.body.ids)
	switch {
	case g.Managed:
		return managed("the group")
	case len(a.managed) > 0:
		return managed("an endpoint")
	}
	moved := []reference{}
	for _, r := range a.Added {
		if x := t.devices.endpoint(r.ID); x.Group != g.ID {
			x.Group = g.ID
			moved = append(moved, r)
		}
	}
	a.Added = moved
	return accepted(http.StatusCreated, a)
}

func (t *Tenant) removeEndpoints(e *exchange) reply {
	g := t.devices.group(e.vars["endpointGroupId"])
	switch {
	case g == nil:
		return noGroup()
	case e.query.ids == nil:
		return refusal(http.StatusBadRequest, "ids: missing")
	case g.Managed:
		return managed("the group")
	}
	removed, missing := []reference{}, []string{}
	for _, id := range e.query.ids {
		x := t.devices.endpoint(id)
		if x == nil || x.Group != g.ID {
			missing = append(missing, id)
			continue
		}
		x.Group = ""
		removed = append(removed, reference{ID: id})
	}
	type notFound struct {
		Endpoints []string `json:"endpointsNotFound"`
	}
	return accepted(http.StatusOK, struct {
		Removed []reference `json:"removedEndpoints"`
		Errors  notFound    `json:"errors"`
	}{removed, notFound{missing}})
}

func (t *Tenant) removeEndpoint(e *exchange) reply {
	g, x := t.devices.group(e.vars["endpointGroupId"]), t.devices.endpoint(e.vars["endpointId"])
	switch {
	case g == nil:
		return noGroup()
	case x == nil || x.Group != g.ID:
		return refusal(http.StatusNotFound, "the endpoint is not in the group")
	case g.Managed:
		return managed("the group")
	}
	x.Group = ""
	return accepted(http.StatusOK, struct {
		Removed bool `json:"removed"`
	}{true})
}
