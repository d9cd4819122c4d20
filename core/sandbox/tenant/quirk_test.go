package tenant_test

import (
	"strings"
	"testing"
	"time"

	"adsync/core/sandbox/tenant"
)

func TestQuirks(t *testing.T) {
	upper := strings.ToUpper(id(annN))
	for name, tc := range map[string]struct {
		quirks tenant.Quirks
		path   string
		want   string
	}{
		"UpperIDs": {tenant.Quirks{UpperIDs: true}, users + "/{ann}", `{"id":"` + upper + `","tenant":{"id":"` + strings.ToUpper(tenant.DefaultTenantID) + `"},
			"groups":{"items":[{"id":"` + strings.ToUpper(id(staffN)) + `"}]},"email":"ann@example.com"}`},
		"UpperMembers": {tenant.Quirks{UpperIDs: true}, groups + "?ids={staff}", `{"items":[{"users":{"items":[{"id":"` + upper + `"},"*"]}}]}`},
		"ExtraFields":  {tenant.Quirks{ExtraFields: true}, users + "?ids={ann}", `{"items":[{"licence":"*","id":"{ann}","name":"Ann Lee"}]}`},
		"Sparse":       {tenant.Quirks{Sparse: true}, users + "?ids={ann},{bob}&sort=id:asc", `{"items":[{"updatedAt":"*"},{"lastName":"","updatedAt":null}]}`},
		"MaxPage":      {tenant.Quirks{MaxPage: 2}, users + "?pageSize=50&page=2&pageTotal=true&sort=id:asc", `{"items":[{"id":"{ada}"},{"id":"{eve}"}],"pages":{"current":2,"size":2,"maxSize":2,"items":17,"total":9}}`},
		"None":         {tenant.Quirks{}, users + "/{bob}", `{"lastName":null,"updatedAt":"*","licence":null}`},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.SetQuirks(tc.quirks)
			checkBody(t, name, tc.want, w.ask(t, "GET", tc.path, ""))
		})
	}
}

func TestPlainHosts(t *testing.T) {
	w := newWorld(t, func(o *tenant.Options) { o.Quirks.PlainHosts = true })
	res := w.call(t, "GET", base+tenant.RouteWhoAmI, "", map[string]string{"Authorization": "Bearer " + w.token})
	checkBody(t, "As the published example spells hosts.", `{"apiHosts":{"global":"http://central.test/","dataRegion":"http://region.test"}}`, res)
}

func TestEmptyErrors(t *testing.T) {
	w := newWorld(t, func(o *tenant.Options) { o.Quirks.EmptyErrors = true })
	if res := w.ask(t, "GET", users+"?page=0", ""); res.Code != 400 || res.Body.Len() != 0 {
		t.Errorf("%d %q", res.Code, res.Body)
	}
	if res := w.ask(t, "GET", users+"/{nobody}", ""); res.Code != 404 || res.Body.Len() == 0 {
		t.Errorf("a 404 keeps its body: %d %q", res.Code, res.Body)
	}
}

// TestLag: what was made is not in the lists at once, and is there by its id.
func TestLag(t *testing.T) {
	w := newWorld(t, nil)
	w.SetQuirks(tenant.Quirks{LagSeconds: 10})
	w.clock.advance(time.Minute)
	made, _ := decode(t, w.ask(t, "POST", users, `{"name":"Nia","email":"nia@example.com"}`))["id"].(string)
	search := users + "?search=nia&searchFields=email&sort=id:asc"
	checkBody(t, "The search lags.", `{"items":[]}`, w.ask(t, "GET", search, ""))
	checkBody(t, "By its id it is there.", `{"items":[{"name":"Nia"}]}`, w.ask(t, "GET", users+"?ids="+made, ""))
	if res := w.ask(t, "POST", users, `{"name":"Other","email":"nia@example.com"}`); res.Code != 409 {
		t.Errorf("the address is taken at once: %d", res.Code)
	}
	w.Forward(9 * time.Second)
	checkBody(t, "It still lags.", `{"items":[]}`, w.ask(t, "GET", search, ""))
	w.Forward(time.Second)
	checkBody(t, "Now it shows.", `{"items":[{"id":"`+made+`"}]}`, w.ask(t, "GET", search, ""))
}

// TestForward: the clock that is moved is that of tokens, limits and time stamps.
func TestForward(t *testing.T) {
	w := newWorld(t, nil)
	w.SetRate(tenant.Rate{PerMinute: 1})
	w.Forward(30 * time.Minute)
	if code := w.ask(t, "GET", users, "").Code; code != 200 {
		t.Fatalf("status %d", code)
	}
	if code := w.ask(t, "GET", users, "").Code; code != 429 {
		t.Errorf("status %d, the second call in a minute", code)
	}
	w.Forward(time.Minute)
	checkBody(t, "The time is that of the moved clock.", `{"createdAt":"2026-11-24T10:31:00.000Z"}`, w.ask(t, "POST", users, `{"name":"Nia"}`))
	w.Forward(29 * time.Minute)
	if code := w.ask(t, "GET", users, "").Code; code != 401 {
		t.Errorf("status %d, after an hour the token has ended", code)
	}
	if w.Ahead() != time.Hour {
		t.Errorf("the clock is %v ahead", w.Ahead())
	}
}
