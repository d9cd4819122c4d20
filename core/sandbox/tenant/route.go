package tenant

import (
	"net/http"
	"slices"
	"strings"
)

// The routes, as they are named in calls, counters and fault rules.
const (
	RouteToken         = "/api/v2/oauth2/token" //nolint:gosec // a path
	RouteWhoAmI        = "/whoami/v1"
	RoutePartner       = "/partner/v1/tenants"
	RoutePartnerOne    = "/partner/v1/tenants/{tenantId}"
	RouteOrganization  = "/organization/v1/tenants"
	RouteOrganizations = "/organization/v1/tenants/{tenantId}"
	RouteUsers         = "/common/v1/directory/users"
	RouteUser          = "/common/v1/directory/users/{userId}"
	RouteUserGroups    = "/common/v1/directory/users/{userId}/groups"
	RouteUserGroup     = "/common/v1/directory/users/{userId}/groups/{groupId}"
	RouteGroups        = "/common/v1/directory/user-groups"
	RouteGroup         = "/common/v1/directory/user-groups/{groupId}"
	RouteGroupUsers    = "/common/v1/directory/user-groups/{groupId}/users"
	RouteGroupUser     = "/common/v1/directory/user-groups/{groupId}/users/{userId}"
)

// place is the host that has a route.
type place int

const (
	placeIdentity place = iota
	placeGlobal
	placeRegion
)

// The headers that name the account a call is about.
const (
	headerTenant       = "X-Tenant-ID"
	headerPartner      = "X-Partner-ID"
	headerOrganization = "X-Organization-ID"
)

// route is one line of the API.
type route struct {
	method, path string
	place        place
	scope        string   // the header that has to be there
	query        []string // the parameters that exist; unknown ones are refused
	words        words    // what these may name
	body         *shape   // nil: a body is refused
	handle       func(*Tenant, *exchange) reply
}

var (
	paging      = []string{"page", "pageSize", "pageTotal"}
	listUsers   = slices.Concat(paging, []string{"ids", "search", "searchFields", "sourceType", "groupId", "domain", "sort", "fields"})
	listGroups  = slices.Concat(paging, []string{"ids", "search", "searchFields", "sourceType", "userId", "domain", "sort", "fields"})
	listMembers = slices.Concat(paging, []string{"search", "searchFields", "sourceType", "domain", "sort", "fields"})
	listOfUser  = slices.Concat(paging, []string{"search", "searchFields", "sourceType", "domain", "sort"})
)

// routes are all routes: those of accounts and people, then those of endpoints.
var routes = append([]route{
	{method: http.MethodPost, path: RouteToken, place: placeIdentity},
	{method: http.MethodGet, path: RouteWhoAmI, place: placeGlobal, handle: (*Tenant).whoAmI},
	{method: http.MethodGet, path: RoutePartner, place: placeGlobal, scope: headerPartner, query: paging, handle: (*Tenant).listTenants},
	{method: http.MethodGet, path: RoutePartnerOne, place: placeGlobal, scope: headerPartner, handle: (*Tenant).oneTenant},
	{method: http.MethodGet, path: RouteOrganization, place: placeGlobal, scope: headerOrganization, query: paging, handle: (*Tenant).listTenants},
	{method: http.MethodGet, path: RouteOrganizations, place: placeGlobal, scope: headerOrganization, handle: (*Tenant).oneTenant},

	regional(http.MethodGet, RouteUsers, listUsers, userWords, nil, (*Tenant).listUsers),
	regional(http.MethodPost, RouteUsers, nil, words{}, &createUser, (*Tenant).createUser),
	regional(http.MethodGet, RouteUser, []string{"fields"}, userWords, nil, (*Tenant).oneUser),
	regional(http.MethodPatch, RouteUser, nil, words{}, &patchUser, (*Tenant).patchUser),
	regional(http.MethodDelete, RouteUser, nil, words{}, nil, (*Tenant).deleteUser),
	regional(http.MethodGet, RouteUserGroups, listOfUser, groupWords, nil, (*Tenant).listGroupsOfUser),
	regional(http.MethodPost, RouteUserGroups, nil, words{}, &addIDs, (*Tenant).addGroupsToUser),
	regional(http.MethodDelete, RouteUserGroups, []string{"ids"}, words{}, nil, (*Tenant).removeGroupsFromUser),
	regional(http.MethodDelete, RouteUserGroup, nil, words{}, nil, (*Tenant).removeMember),

	regional(http.MethodGet, RouteGroups, listGroups, groupWords, nil, (*Tenant).listGroups),
	regional(http.MethodPost, RouteGroups, nil, words{}, &createGroup, (*Tenant).createGroup),
	regional(http.MethodGet, RouteGroup, nil, words{}, nil, (*Tenant).oneGroup),
	regional(http.MethodPatch, RouteGroup, nil, words{}, &patchGroup, (*Tenant).patchGroup),
	regional(http.MethodDelete, RouteGroup, nil, words{}, nil, (*Tenant).deleteGroup),
	regional(http.MethodGet, RouteGroupUsers, listMembers, userWords, nil, (*Tenant).listUsersOfGroup),
	regional(http.MethodPost, RouteGroupUsers, nil, words{}, &addIDs, (*Tenant).addUsersToGroup),
	regional(http.MethodDelete, RouteGroupUsers, []string{"ids"}, words{}, nil, (*Tenant).removeUsersFromGroup),
	regional(http.MethodDelete, RouteGroupUser, nil, words{}, nil, (*Tenant).removeMember),
}, endpointRoutes...)

func regional(method, path string, query []string, w words, b *shape, handle func(*Tenant, *exchange) reply) route {
	return route{method: method, path: path, place: placeRegion, scope: headerTenant, query: query, words: w, body: b, handle: handle}
}

// Routes returns every route with its method, as Counts names them.
func Routes() []string {
	all := make([]string, 0, len(routes))
	for _, r := range routes {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// paths returns the path of every route, each once.
func paths() []string {
	var all []string
	for _, r := range routes {
		if !slices.Contains(all, r.path) {
			all = append(all, r.path)
		}
	}
	return all
}

// match finds the route of a call. Paths are compared as they are sent: nothing
// is cleaned, and a slash too many is another path.
func match(method, path string) (found *route, vars map[string]string, allow string) {
	var methods []string
	for i := range routes {
		v, ok := routes[i].matches(path)
		switch {
		case !ok:
		case routes[i].method == method:
			return &routes[i], v, ""
		default:
			methods = append(methods, routes[i].method)
		}
	}
	return nil, nil, strings.Join(methods, ", ")
}

func (r *route) matches(path string) (map[string]string, bool) {
	want, got := strings.Split(r.path, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	vars := map[string]string{}
	for i, segment := range want {
		name, variable := strings.CutPrefix(segment, "{")
		switch {
		case variable && got[i] != "":
			vars[strings.TrimSuffix(name, "}")] = got[i]
		case segment != got[i]:
			return nil, false
		}
	}
	return vars, true
}
