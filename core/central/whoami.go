package central

import (
	"context"
	"net/http"
	"strings"

	"adsync/core/identity"
)

// The kinds of accounts that a credential may belong to.
const (
	KindTenant       = "tenant"
	KindPartner      = "partner"
	KindOrganization = "organization"
)

// Account is who Central says we are. Tenant is the credential's own, or of a
// partner and an organisation the one that was chosen; its name may be "" until
// a list has shown it, see Client.Tenant.
type Account struct {
	Kind   string          `json:"kind"`
	ID     string          `json:"id"` // as Central spells it
	Tenant identity.Tenant `json:"tenant"`
	Proxy  ProxyUse        `json:"proxy"`
}

// WhoAmI signs in and asks whose the credential is.
func (c *Client) WhoAmI(ctx context.Context) (Account, error) {
	q := request{
		doing:  "asking Sophos Central whose the credential is",
		method: http.MethodGet, route: "/whoami/v1", path: "/whoami/v1",
	}
	var who struct {
		ID       string `json:"id"`
		IDType   string `json:"idType"`
		APIHosts struct {
			Global     string `json:"global"`
			DataRegion string `json:"dataRegion"`
		} `json:"apiHosts"`
	}
	r, err := c.send(ctx, place{base: c.global}, q, &who)
	if err != nil {
		return Account{}, err
	}
	a := Account{Kind: strings.ToLower(who.IDType), ID: who.ID, Proxy: c.proxy.use(c.global)}
	tenant := ""
	switch {
	case who.ID == "":
		return Account{}, c.malformed(q, r, "the reply names no id")
	case a.Kind == KindPartner, a.Kind == KindOrganization:
	case a.Kind != KindTenant:
		return Account{}, c.malformed(q, r, "the reply names no kind of account that is known")
	case who.APIHosts.DataRegion == "":
		return Account{}, c.malformed(q, r, "the reply names no host of the tenant")
	default:
		host, err := apiHost(who.APIHosts.DataRegion, c.global)
		if err != nil {
			return Account{}, err
		}
		tenant = who.ID
		a.Tenant = identity.Tenant{ID: strings.ToLower(who.ID), DataRegion: regionName(host), APIHost: host}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	known := c.account
	switch {
	case known == nil || !strings.EqualFold(known.ID, a.ID):
		c.tenant = tenant
	case a.Kind == KindTenant:
		a.Tenant.Name = known.Tenant.Name
	default:
		a.Tenant = known.Tenant
	}
	c.account = new(a)
	return a, nil
}
