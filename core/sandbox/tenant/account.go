package tenant

import (
	"cmp"
	"net/http"
	"strings"
)

// Account is a tenant as partners and organizations see it in their lists. Those
// beside the simulated one are names only: calls for them are forbidden.
type Account struct {
	ID            string `json:"id"`
	Name          string `json:"name"`
	DataGeography string `json:"dataGeography"`
	DataRegion    string `json:"dataRegion"`
	BillingType   string `json:"billingType"`
	APIHost       string `json:"apiHost"` // "": the host of the simulated tenant
	Status        string `json:"status"`
}

type apiHosts struct {
	Global     string `json:"global"`
	DataRegion string `json:"dataRegion,omitempty"`
}

func (t *Tenant) whoAmI(e *exchange) reply {
	hosts := apiHosts{Global: t.o.BaseURL()}
	id := e.client.AccountID
	switch e.client.Kind {
	case KindTenant:
		hosts.DataRegion = t.o.RegionURL()
	case KindOrganization:
		id = strings.ToUpper(id) // seen so: ids are compared without case
	case KindPartner:
	}
	if t.quirks.PlainHosts {
		hosts.Global, hosts.DataRegion = plain(hosts.Global)+"/", plain(hosts.DataRegion)
	}
	return accepted(http.StatusOK, struct {
		ID       string   `json:"id"`
		IDType   Kind     `json:"idType"`
		APIHosts apiHosts `json:"apiHosts"`
	}{id, e.client.Kind, hosts})
}

func (t *Tenant) accounts() []Account {
	all := append([]Account{{ID: t.o.TenantID, Name: t.o.Name, DataRegion: t.o.DataRegion}}, t.o.Tenants...)
	for i := range all {
		a := &all[i]
		a.DataGeography = cmp.Or(a.DataGeography, "DE")
		a.DataRegion = cmp.Or(a.DataRegion, t.o.DataRegion)
		a.BillingType = cmp.Or(a.BillingType, "term")
		a.APIHost = cmp.Or(a.APIHost, t.o.RegionURL())
		a.Status = cmp.Or(a.Status, "active")
	}
	return all
}

func (t *Tenant) listTenants(e *exchange) reply {
	all := t.accounts()
	items := []Account{}
	for i := e.query.from(); i < min(e.query.to(), len(all)); i++ {
		items = append(items, all[i])
	}
	return accepted(http.StatusOK, listing{Items: items, Pages: e.query.pages(len(all))})
}

func (t *Tenant) oneTenant(e *exchange) reply {
	for _, a := range t.accounts() {
		if strings.EqualFold(a.ID, e.vars["tenantId"]) {
			return accepted(http.StatusOK, a)
		}
	}
	return refusal(http.StatusNotFound, "no such tenant")
}

// plain is an address as the published example of who-am-I spells it.
func plain(address string) string { return strings.Replace(address, "https://", "http://", 1) }
