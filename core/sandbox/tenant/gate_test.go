package tenant_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"adsync/core/sandbox/tenant"
)

// What holds on every route of the directory is tried on every one of them.
func TestGateOfEveryRoute(t *testing.T) {
	bodies := map[string]string{
		"POST " + tenant.RouteUsers:      `{"name":"New"}`,
		"PATCH " + tenant.RouteUser:      `{"name":"New"}`,
		"POST " + tenant.RouteUserGroups: `{"ids":["{empty}"]}`,
		"POST " + tenant.RouteGroups:     `{"name":"New"}`,
		"PATCH " + tenant.RouteGroup:     `{"name":"New"}`,
		"POST " + tenant.RouteGroupUsers: `{"ids":["{bob}"]}`,
	}
	own := "Bearer"
	cases := map[string]struct {
		why                   string
		authorization, tenant string // authorization "Bearer" gets the token
		further               map[string]string
		query                 string
		badPath, badBody      bool
		status                int
	}{
		"NoToken":       {why: "No token.", tenant: tenant.DefaultTenantID, status: 401},
		"OtherScheme":   {why: "The scheme is Bearer.", authorization: "Basic eDp5", tenant: tenant.DefaultTenantID, status: 401},
		"NoTenant":      {why: "The tenant is named in a header.", authorization: own, status: 401},
		"OtherTenant":   {why: "And it is the caller's own.", authorization: own, tenant: id(7), status: 403},
		"CapitalTenant": {why: "Ids are compared without case.", authorization: own, tenant: strings.ToUpper(tenant.DefaultTenantID), query: "unknown=1", status: 400},
		"BothHeaders":   {why: "One account at a time.", authorization: own, tenant: tenant.DefaultTenantID, further: map[string]string{"X-Organization-ID": orgAccount}, status: 403},
		"UnknownQuery":  {why: "Unknown parameters are refused.", authorization: own, tenant: tenant.DefaultTenantID, query: "unknown=1", status: 400},
		"EmptyQuery":    {why: "Empty parameters are refused.", authorization: own, tenant: tenant.DefaultTenantID, query: "page=", status: 400},
		"BrokenQuery":   {why: "So are those that cannot be read.", authorization: own, tenant: tenant.DefaultTenantID, query: "page=%zz", status: 400},
		"BadID":         {why: "An id is a UUID.", authorization: own, tenant: tenant.DefaultTenantID, badPath: true, status: 400},
		"BadBody":       {why: "A body is what the route knows, and no other route has one.", authorization: own, tenant: tenant.DefaultTenantID, badBody: true, status: 400},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			before := w.Users()
			for _, route := range tenant.Routes() {
				method, path, _ := strings.Cut(route, " ")
				if !strings.HasPrefix(path, "/common/") || tc.badPath && !strings.Contains(path, "{") {
					continue
				}
				user, group := "{ann}", "{staff}"
				if tc.badPath {
					user, group = "ann", "00000000000040008000000000000101"
				}
				path = strings.NewReplacer("{userId}", user, "{groupId}", group).Replace(path)
				header := map[string]string{"X-Tenant-ID": tc.tenant, "Authorization": tc.authorization}
				if tc.authorization == own {
					header["Authorization"] = "Bearer " + w.token
				}
				maps.Copy(header, tc.further)
				body := bodies[route]
				if body != "" || tc.badBody {
					header["Content-Type"] = "application/json"
				}
				if tc.badBody {
					body = `{"name":"New","colour":"red"}`
				}
				res := w.call(t, method, region+names.Replace(path)+"?"+tc.query, names.Replace(body), header)
				if res.Code != tc.status {
					t.Errorf("%s\n%s: status %d, want %d: %s", tc.why, route, res.Code, tc.status, res.Body)
				}
				if res.Header().Get("X-Request-Id") == "" || res.Header().Get("X-Request-Id") != decode(t, res)["requestId"] {
					t.Errorf("%s: the request id is not in the header and the body", route)
				}
			}
			if !slices.EqualFunc(before, w.Users(), func(a, b tenant.User) bool { return a.Name == b.Name && slices.Equal(a.Groups, b.Groups) }) {
				t.Errorf("%s\na refused call had an effect", tc.why)
			}
		})
	}
}

func TestPathsAndMethods(t *testing.T) {
	cases := map[string]struct {
		why          string
		method, path string
		status       int
		allow        string
	}{
		"Unknown":  {why: "No such path.", method: "GET", path: "/common/v1/directory/computers", status: 404},
		"Trailing": {why: "A slash too many is another path.", method: "GET", path: tenant.RouteUsers + "/", status: 404},
		"Double":   {why: "Paths are not cleaned.", method: "GET", path: "/common/v1//directory/users", status: 404},
		"Put":      {why: "There is no PUT.", method: "PUT", path: tenant.RouteUsers + "/{ann}", status: 405, allow: "GET, PATCH, DELETE"},
		"Bulk":     {why: "There is no bulk delete.", method: "DELETE", path: tenant.RouteUsers, status: 405, allow: "GET, POST"},
		"Head":     {why: "HEAD is not documented.", method: "HEAD", path: tenant.RouteUsers, status: 405, allow: "GET, POST"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			res := w.ask(t, tc.method, tc.path, "")
			if res.Code != tc.status || res.Header().Get("Allow") != tc.allow {
				t.Errorf("%s\nstatus %d allowing %q, want %d %q", tc.why, res.Code, res.Header().Get("Allow"), tc.status, tc.allow)
			}
		})
	}
}

func TestMedia(t *testing.T) {
	cases := map[string]struct {
		why, media, body string
		status           int
	}{
		"JSON":     {why: "JSON is taken.", media: "application/json", body: `{"name":"New"}`, status: 201},
		"Charset":  {why: "A parameter changes nothing.", media: "Application/JSON; charset=utf-8", body: `{"name":"New"}`, status: 201},
		"None":     {why: "A body has a type.", body: `{"name":"New"}`, status: 415},
		"Form":     {why: "And not another.", media: "application/x-www-form-urlencoded", body: "name=New", status: 415},
		"Empty":    {why: "No body at all.", media: "application/json", status: 400},
		"List":     {why: "A body is an object.", media: "application/json", body: `[{"name":"New"}]`, status: 400},
		"Broken":   {why: "And a whole one.", media: "application/json", body: `{"name":"New"`, status: 400},
		"Trailing": {why: "And one alone.", media: "application/json", body: `{"name":"New"}{}`, status: 400},
		"Twice":    {why: "No field stands twice.", media: "application/json", body: `{"name":"A","name":"B"}`, status: 400},
		"Latin1":   {why: "A body is UTF-8.", media: "application/json", body: "{\"name\":\"J\xf6rg\"}", status: 400},
		"Large":    {why: "And not endless.", media: "application/json", body: `{"name":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			res := w.call(t, http.MethodPost, region+tenant.RouteUsers, tc.body, map[string]string{
				"Authorization": "Bearer " + w.token, "X-Tenant-ID": tenant.DefaultTenantID, "Content-Type": tc.media,
			})
			if res.Code != tc.status {
				t.Errorf("%s\nstatus %d, want %d: %s", tc.why, res.Code, tc.status, res.Body)
			}
		})
	}
}
