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

// Account is who Central says we are. Tenant is empty but for a tenant's
// credential; its name is "" until a list has shown it, see Client.Tenant.
type Account struct {
	Kind   string          `json:"kind"`
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
	r, err := c.send(ctx, c.global, "", q, &who)
	if err != nil {
		return Account{}, err
	}
	a := Account{Kind: strings.ToLower(who.IDType), Proxy: c.proxy.use(c.global)}
	switch a.Kind {
	case KindPartner, KindOrganization:
		return a, nil
	case KindTenant:
	default:
		return Account{}, c.malformed(q, r, "the reply names no kind of account that is known")
	}
	if who.ID == "" || who.APIHosts.DataRegion == "" {
		return Account{}, c.malformed(q, r, "the reply names no id or no host of the tenant")
	}
	host, err := apiHost(who.APIHosts.DataRegion, c.global)
	if err != nil {
		return Account{}, err
	}
	a.Tenant = identity.Tenant{ID: strings.ToLower(who.ID), DataRegion: regionName(host), APIHost: host}
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.account; known != nil && known.Tenant.ID == a.Tenant.ID {
		a.Tenant.Name = known.Tenant.Name
	}
	kept := a
	c.account, c.tenant = &kept, who.ID
	return a, nil
}
