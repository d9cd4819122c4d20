package tenant_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/sandbox/tenant"
)

// The devices of the world below.
const (
	laptopN, serverN, syncedN = 201, 202, 203
	salesN, adDevicesN        = 301, 302
)

// fleet is the world with devices in it.
func fleet(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, nil)
	endpoints := []tenant.Endpoint{
		{ID: id(laptopN), Type: "computer", Hostname: "LT-1", Person: id(annN), Login: `EX\ann`, Group: id(salesN)},
		{ID: id(serverN), Type: "server", Hostname: "SRV-1"},
		{ID: id(syncedN), Type: "computer", Hostname: "LT-2", Managed: true},
	}
	for n := 211; n < 223; n++ {
		endpoints = append(endpoints, tenant.Endpoint{ID: id(n), Type: "computer", Hostname: fmt.Sprintf("PC-%d", n)})
	}
	groups := []tenant.EndpointGroup{
		{ID: id(salesN), Name: "Sales PCs", Type: "computer"}, {ID: id(adDevicesN), Name: "From AD", Type: "computer", Managed: true},
	}
	if err := w.SeedDevices(endpoints, groups); err != nil {
		t.Fatal(err)
	}
	return w
}

// TestDeviceRoutes holds each route of endpoints against what is documented of it.
func TestDeviceRoutes(t *testing.T) {
	ids := strings.NewReplacer("{laptop}", id(laptopN), "{server}", id(serverN), "{synced}", id(syncedN), "{sales}", id(salesN), "{ad}", id(adDevicesN), "{pc}", id(211))
	all := tenant.RouteEndpoints
	of := tenant.RouteEndpointGroups
	for name, tc := range map[string]struct {
		why                string
		method, path, body string
		status             int
		want               string
	}{
		"List": {
			why: "An endpoint shows its one group, and nothing where it is in none; nothing is told of the directory.", method: "GET",
			path: all + "?ids={laptop},{server}", status: 200,
			want: `{"items":[{"id":"{laptop}","type":"computer","hostname":"LT-1","group":{"id":"{sales}","name":"Sales PCs"},"associatedPerson":{"id":"{ann}","name":"Ann Lee","viaLogin":"EX\\ann"}},
				{"id":"{server}","type":"server","hostname":"SRV-1","group":null,"associatedPerson":null,"os":{"isServer":true}}],"pages":{"nextKey":null,"maxSize":500,"items":null}}`,
		},
		"Fields":      {why: "Only what is asked for comes.", method: "GET", path: all + "?ids={laptop}&fields=id,type", status: 200, want: `{"items":[{"id":"{laptop}","type":"computer","hostname":null}]}`},
		"Keys":        {why: "A page leads on by a key.", method: "GET", path: all + "?pageSize=14&pageTotal=true", status: 200, want: `{"pages":{"nextKey":"*","items":15,"total":2}}`},
		"Page number": {why: "Pages of endpoints have no numbers.", method: "GET", path: all + "?page=2", status: 400},
		"Key":         {why: "A key is one that was given out.", method: "GET", path: all + "?pageFromKey=???", status: 400},
		"No create":   {why: "Agents make endpoints, nobody else.", method: "POST", path: all, body: `{"hostname":"X"}`, status: 405},
		"Groups":      {why: "Groups of endpoints have numbered pages.", method: "GET", path: of + "?groupType=computer&sort=id:asc&pageTotal=true", status: 200, want: `{"items":[{"id":"{sales}","endpoints":{"total":1,"itemsCount":1}},{"id":"{ad}","source":null}],"pages":{"maxSize":1000,"items":2}}`},
		"Create":      {why: "A group has a type.", method: "POST", path: of, body: `{"name":"New","type":"server"}`, status: 201, want: `{"name":"New","type":"server","endpoints":{"total":0}}`},
		"No type":     {why: "It has to.", method: "POST", path: of, body: `{"name":"New"}`, status: 400},
		"Odd type":    {why: "There are two.", method: "POST", path: of, body: `{"name":"New","type":"phone"}`, status: 400},
		"Empty text":  {why: "An empty description was seen to be refused.", method: "POST", path: of, body: `{"name":"New","type":"server","description":""}`, status: 400},
		"Name":        {why: "Names are unique without regard to case.", method: "POST", path: of, body: `{"name":"SALES pcs","type":"server"}`, status: 409, want: conflict},
		"People":      {why: "That people's groups have names of their own is not known.", method: "POST", path: of, body: `{"name":"Staff","type":"server"}`, status: 409},
		"Other way":   {why: "And the reverse.", method: "POST", path: groups, body: `{"name":"Sales PCs"}`, status: 409},
		"Rename":      {why: "A group may be renamed.", method: "PATCH", path: of + "/{sales}", body: `{"name":"Sales computers"}`, status: 200, want: `{"name":"Sales computers","type":"computer"}`},
		"Retype":      {why: "Its type stays.", method: "PATCH", path: of + "/{sales}", body: `{"type":"server"}`, status: 400},
		"Managed":     {why: "A synced group is not written.", method: "PATCH", path: of + "/{ad}", body: `{"name":"X"}`, status: 409},
		"Not empty":   {why: "Only an empty group is deleted.", method: "DELETE", path: of + "/{sales}", status: 409},
		"Unknown":     {why: "A group has to be there.", method: "DELETE", path: of + "/{nobody}", status: 404},
		"Partly": {
			why: "A success says what it did not do.", method: "POST", path: of + "/{sales}/endpoints", body: `{"ids":["{pc}","{server}","{nobody}","{laptop}"]}`, status: 201,
			want: `{"addedEndpoints":[{"id":"{pc}"}],"errors":{"endpointsNotFound":["{nobody}"],"endpointsOfWrongType":["{server}"]}}`,
		},
		"Synced":     {why: "A synced endpoint goes into no group.", method: "POST", path: of + "/{sales}/endpoints", body: `{"ids":["{synced}"]}`, status: 409},
		"Members":    {why: "Members come by key.", method: "GET", path: of + "/{sales}/endpoints?pageSize=500", status: 200, want: `{"items":[{"id":"{laptop}"}],"pages":{"nextKey":null}}`},
		"Take out":   {why: "Who is not in it is named.", method: "DELETE", path: of + "/{sales}/endpoints?ids={laptop},{pc}", status: 200, want: `{"removedEndpoints":[{"id":"{laptop}"}],"errors":{"endpointsNotFound":["{pc}"]}}`},
		"Take one":   {why: "One by one too.", method: "DELETE", path: of + "/{sales}/endpoints/{laptop}", status: 200, want: `{"removed":true}`},
		"Not in it":  {why: "It has to be in it.", method: "DELETE", path: of + "/{sales}/endpoints/{pc}", status: 404},
		"By body":    {why: "The ids stand in the query.", method: "DELETE", path: of + "/{sales}/endpoints", body: `{"ids":["{laptop}"]}`, status: 400},
		"One group":  {why: "A group by its id.", method: "GET", path: of + "/{sales}", status: 200, want: `{"id":"{sales}"}`},
		"One device": {why: "An endpoint by its id.", method: "GET", path: all + "/{laptop}", status: 200, want: `{"hostname":"LT-1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := fleet(t)
			endpoints, groups := w.Endpoints(), w.EndpointGroups()
			res := w.ask(t, tc.method, ids.Replace(tc.path), ids.Replace(tc.body))
			if res.Code != tc.status {
				t.Errorf("%s\nstatus %d, want %d: %s", tc.why, res.Code, tc.status, res.Body)
			}
			checkBody(t, tc.why, ids.Replace(tc.want), res)
			if d := cmp.Diff(endpoints, w.Endpoints()) + cmp.Diff(groups, w.EndpointGroups()); d != "" && res.Code >= http.StatusBadRequest {
				t.Errorf("%s\na refused call had an effect (-before +after):\n%s", tc.why, d)
			}
		})
	}
}

// TestDevicesAreKept saves and loads a tenant, and takes an endpoint out of the
// group that it was in when it is put into another.
func TestDevicesAreKept(t *testing.T) {
	w := fleet(t)
	created := decode(t, w.ask(t, http.MethodPost, tenant.RouteEndpointGroups, `{"name":"Two","type":"computer"}`))
	path := fmt.Sprintf("%s/%v/endpoints", tenant.RouteEndpointGroups, created["id"])
	if res := w.ask(t, http.MethodPost, path, `{"ids":["`+id(laptopN)+`"]}`); res.Code != http.StatusCreated {
		t.Fatal(res.Body)
	}
	if res := w.ask(t, http.MethodDelete, tenant.RouteEndpointGroups+"/"+id(salesN), ""); res.Code != http.StatusOK {
		t.Errorf("the group that it has left is not empty: %s", res.Body)
	}
	var file bytes.Buffer
	if err := w.Save(&file); err != nil {
		t.Fatal(err)
	}
	again := newWorld(t, nil)
	if err := again.Load(&file); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(w.Endpoints(), again.Endpoints()) + cmp.Diff(w.EndpointGroups(), again.EndpointGroups()); d != "" {
		t.Errorf("kept (-saved +loaded):\n%s", d)
	}
}
