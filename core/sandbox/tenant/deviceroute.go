package tenant

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
)

// The routes of endpoints and their groups.
const (
	RouteEndpoints          = "/endpoint/v1/endpoints"
	RouteEndpoint           = "/endpoint/v1/endpoints/{endpointId}"
	RouteEndpointGroups     = "/endpoint/v1/endpoint-groups"
	RouteEndpointGroup      = "/endpoint/v1/endpoint-groups/{endpointGroupId}"
	RouteEndpointGroupAll   = "/endpoint/v1/endpoint-groups/{endpointGroupId}/endpoints"
	RouteEndpointGroupOne   = "/endpoint/v1/endpoint-groups/{endpointGroupId}/endpoints/{endpointId}"
	maxEndpointPage         = 500
	maxEndpointGroupPage    = 1000
	endpointPageTotal       = "pageTotal"
	endpointPageFromKey     = "pageFromKey"
	endpointGroupTypeFilter = "groupType"
)

var (
	endpointWords = words{
		fields: []string{"id", "type", "tenant", "hostname", "os", "group", "associatedPerson", "lastSeenAt"},
		page:   maxEndpointPage,
	}
	endpointGroupWords = words{
		search: []string{"name", "description"}, searched: "name", sort: []string{"id", "name", "createdAt", "updatedAt"},
		fields: []string{"id", "name", "description", "type", "endpoints", "tenant", "createdAt", "updatedAt"},
		page:   maxEndpointGroupPage,
	}
	createEndpointGroup = shape{texts: []string{"name", "description", "type"}, list: "endpointIds", required: []string{"name", "type"}}
	patchEndpointGroup  = shape{texts: []string{"name", "description"}}

	keyedList = []string{"pageSize", endpointPageFromKey, endpointPageTotal, "fields"}
)

var endpointRoutes = []route{
	regional(http.MethodGet, RouteEndpoints, slices.Concat(keyedList, []string{"ids"}), endpointWords, nil, (*Tenant).listEndpoints),
	regional(http.MethodGet, RouteEndpoint, []string{"fields"}, endpointWords, nil, (*Tenant).oneEndpoint),
	regional(http.MethodGet, RouteEndpointGroups, slices.Concat(paging, []string{"ids", "search", "searchFields", "sort", "fields", endpointGroupTypeFilter}), endpointGroupWords, nil, (*Tenant).listEndpointGroups),
	regional(http.MethodPost, RouteEndpointGroups, nil, words{}, &createEndpointGroup, (*Tenant).createEndpointGroup),
	regional(http.MethodGet, RouteEndpointGroup, nil, words{}, nil, (*Tenant).oneEndpointGroup),
	regional(http.MethodPatch, RouteEndpointGroup, nil, words{}, &patchEndpointGroup, (*Tenant).patchEndpointGroup),
	regional(http.MethodDelete, RouteEndpointGroup, nil, words{}, nil, (*Tenant).deleteEndpointGroup),
	regional(http.MethodGet, RouteEndpointGroupAll, keyedList, endpointWords, nil, (*Tenant).listEndpointsOfGroup),
	regional(http.MethodPost, RouteEndpointGroupAll, nil, words{}, &addIDs, (*Tenant).addEndpoints),
	regional(http.MethodDelete, RouteEndpointGroupAll, []string{"ids"}, words{}, nil, (*Tenant).removeEndpoints),
	regional(http.MethodDelete, RouteEndpointGroupOne, nil, words{}, nil, (*Tenant).removeEndpoint),
}

func (t *Tenant) listEndpoints(e *exchange) reply {
	all := t.devices.endpoints
	if e.query.ids != nil {
		all = slices.DeleteFunc(slices.Clone(all), func(x *Endpoint) bool { return !slices.Contains(e.query.ids, x.ID) })
	}
	return t.keyed(e, all)
}

func (t *Tenant) listEndpointsOfGroup(e *exchange) reply {
	g := t.devices.group(e.vars["endpointGroupId"])
	if g == nil {
		return noGroup()
	}
	return t.keyed(e, t.devices.in(g.ID))
}

// keyedPages says where a page stands that is led to by a key. How many items there
// are is told only when it is asked for.
type keyedPages struct {
	FromKey string `json:"fromKey,omitempty"`
	NextKey string `json:"nextKey,omitempty"`
	Size    int    `json:"size"`
	MaxSize int    `json:"maxSize"`
	Total   *int   `json:"total,omitempty"`
	Items   *int   `json:"items,omitempty"`
}

// keyed answers with the page behind a key: the id of the last endpoint before it,
// in a form that is nobody's to make up.
func (t *Tenant) keyed(e *exchange, all []*Endpoint) reply {
	p := keyedPages{Size: e.query.size, MaxSize: maxEndpointPage, FromKey: e.values().Get(endpointPageFromKey)}
	if e.query.total {
		p.Total, p.Items = new((len(all)+p.Size-1)/p.Size), new(len(all))
	}
	from := 0
	if p.FromKey != "" {
		last, err := base64.RawURLEncoding.DecodeString(p.FromKey)
		if err != nil {
			return refusal(http.StatusBadRequest, "%s: not a key that was given out", endpointPageFromKey)
		}
		for from < len(all) && all[from].ID <= string(last) {
			from++
		}
	}
	items := []any{}
	to := min(from+p.Size, len(all))
	for _, x := range all[from:to] {
		items = append(items, partial(t.viewEndpoint(x), e.query.fields))
	}
	if to < len(all) {
		p.NextKey = base64.RawURLEncoding.EncodeToString([]byte(all[to-1].ID))
	}
	return accepted(http.StatusOK, struct {
		Items []any      `json:"items"`
		Pages keyedPages `json:"pages"`
	}{items, p})
}

func (t *Tenant) oneEndpoint(e *exchange) reply {
	x := t.devices.endpoint(e.vars["endpointId"])
	if x == nil {
		return refusal(http.StatusNotFound, "the endpoint does not exist")
	}
	return accepted(http.StatusOK, partial(t.viewEndpoint(x), e.query.fields))
}

type endpointView struct {
	ID       string    `json:"id"`
	Type     string    `json:"type"`
	Tenant   reference `json:"tenant"`
	Hostname string    `json:"hostname"`
	OS       struct {
		IsServer bool   `json:"isServer"`
		Platform string `json:"platform"`
		Name     string `json:"name,omitempty"`
	} `json:"os"`
	Group  *reference `json:"group,omitempty"`
	Person *struct {
		ID    string `json:"id,omitempty"`
		Name  string `json:"name,omitempty"`
		Login string `json:"viaLogin,omitempty"`
	} `json:"associatedPerson,omitempty"`
	LastSeenAt string `json:"lastSeenAt"`
}

// viewEndpoint is an endpoint as the API shows it. It has no name of a domain and
// nothing of the directory, and without a group nothing stands for one.
func (t *Tenant) viewEndpoint(x *Endpoint) any {
	v := endpointView{ID: x.ID, Type: x.Type, Tenant: reference{ID: t.o.TenantID}, Hostname: x.Hostname, LastSeenAt: stamp(x.LastSeenAt)}
	v.OS.IsServer, v.OS.Platform, v.OS.Name = x.Type == typeServer, "windows", x.OS
	if g := t.devices.group(x.Group); g != nil {
		v.Group = &reference{g.ID, g.Name}
	}
	if x.Person != "" || x.Login != "" {
		v.Person = &struct {
			ID    string `json:"id,omitempty"`
			Name  string `json:"name,omitempty"`
			Login string `json:"viaLogin,omitempty"`
		}{ID: x.Person, Login: x.Login}
		if u := t.dir.byID[x.Person]; u != nil {
			v.Person.Name = u.name
		}
	}
	return v
}

func (t *Tenant) listEndpointGroups(e *exchange) reply {
	q, needle := e.query, strings.ToLower(e.query.search)
	kind := e.values().Get(endpointGroupTypeFilter)
	if kind != "" && !deviceType(kind) {
		return refusal(http.StatusBadRequest, "%s: %q is no type", endpointGroupTypeFilter, kind)
	}
	all := slices.DeleteFunc(slices.Clone(t.devices.groups), func(g *EndpointGroup) bool {
		return q.ids != nil && !slices.Contains(q.ids, g.ID) || kind != "" && g.Type != kind ||
			needle != "" && !strings.Contains(strings.ToLower(g.Name), needle)
	})
	if len(q.sort) == 0 && len(all) > 1 { // nobody has promised an order
		t.unsorted++
		turn := t.unsorted * 7 % len(all)
		all = slices.Concat(all[turn:], all[:turn])
	}
	items := []any{}
	for i := q.from(); i < min(q.to(), len(all)); i++ {
		items = append(items, partial(t.viewEndpointGroup(all[i]), q.fields))
	}
	p := q.pages(len(all))
	p.MaxSize = maxEndpointGroupPage
	return accepted(http.StatusOK, listing{Items: items, Pages: p})
}

func (t *Tenant) viewEndpointGroup(g *EndpointGroup) any {
	in := t.devices.in(g.ID)
	l := embeddedList{Total: len(in), Items: []reference{}}
	for _, x := range in[:min(len(in), t.o.Embedded)] {
		l.Items = append(l.Items, reference{ID: x.ID})
	}
	l.ItemsCount = len(l.Items)
	return struct {
		ID          string       `json:"id"`
		Name        string       `json:"name"`
		Description string       `json:"description,omitempty"`
		Type        string       `json:"type"`
		Endpoints   embeddedList `json:"endpoints"`
		Tenant      reference    `json:"tenant"`
		CreatedAt   string       `json:"createdAt"`
		UpdatedAt   string       `json:"updatedAt"`
	}{g.ID, g.Name, g.Description, g.Type, l, reference{ID: t.o.TenantID}, stamp(g.CreatedAt), stamp(g.UpdatedAt)}
}

func (t *Tenant) oneEndpointGroup(e *exchange) reply {
	g := t.devices.group(e.vars["endpointGroupId"])
	if g == nil {
		return noGroup()
	}
	return accepted(http.StatusOK, t.viewEndpointGroup(g))
}
