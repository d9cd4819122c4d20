package central

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/google/uuid"

	"adsync/core/fault"
	"adsync/core/identity"
)

// namedTenants is how many tenants an error names at most.
const namedTenants = 50

// tenantEntry is a tenant in the list of a partner or an organisation.
type tenantEntry struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	DataRegion string `json:"dataRegion"`
	APIHost    string `json:"apiHost"`
}

func (t tenantEntry) key() string { return strings.ToLower(t.ID) }

func (t tenantEntry) lacking() string {
	switch {
	case t.ID == "":
		return "id"
	case t.APIHost == "":
		return "apiHost"
	}
	return ""
}

func (tenantEntry) tenant() (id, name string) { return "", "" }

// central is the tenant as the rest of the program knows it. Its host is taken
// as strictly as the one that who-am-I names.
func (t tenantEntry) central(global string) (identity.Tenant, error) {
	host, err := apiHost(t.APIHost, global)
	if err != nil {
		return identity.Tenant{}, err
	}
	return identity.Tenant{ID: t.key(), Name: t.Name, DataRegion: cmp.Or(regionName(host), t.DataRegion), APIHost: host}, nil
}

// holder is where the tenants of an account are listed.
func (c *Client) holder(a Account) (at place, path string) {
	at = place{base: c.global, header: "X-Partner-ID", id: a.ID}
	if a.Kind == KindOrganization {
		at.header = "X-Organization-ID"
	}
	return at, "/" + a.Kind + "/v1/tenants"
}

// choose finds the tenant that Options.Tenant names: by its id in one call, by
// its name in the whole list.
func (c *Client) choose(ctx context.Context, a Account) (identity.Tenant, error) {
	if known := a.Tenant; known.APIHost != "" {
		return known, nil
	}
	want := strings.TrimSpace(c.o.Tenant)
	var entry tenantEntry
	var err error
	if id, isID := uuid.Parse(want); isID == nil {
		entry, err = c.oneTenant(ctx, a, id.String())
	} else {
		entry, err = c.namedTenant(ctx, a, want)
	}
	if err != nil {
		return identity.Tenant{}, err
	}
	t, err := entry.central(c.global)
	if err != nil {
		return identity.Tenant{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.account.Tenant, c.tenant = t, entry.ID
	return t, nil
}

func (c *Client) oneTenant(ctx context.Context, a Account, id string) (tenantEntry, error) {
	at, path := c.holder(a)
	q := request{
		doing:  "asking Sophos Central for the tenant " + id,
		method: http.MethodGet, route: path + "/{id}", path: path + "/" + url.PathEscape(id),
	}
	var entry tenantEntry
	r, err := c.send(ctx, at, q, &entry)
	switch {
	case fault.Is(err, "central.notFound"):
		return entry, fault.New("central.tenant.unknown", "the "+a.Kind+" account has no tenant "+id, fault.Cause(err),
			fault.Hint("name one that it has, by its name or its id"))
	case err != nil:
		return entry, err
	case entry.lacking() != "":
		return entry, c.malformed(q, r, "the tenant has no "+entry.lacking())
	case entry.key() != id:
		return entry, c.malformed(q, r, "another tenant came than was asked for")
	}
	return entry, nil
}

// namedTenant looks a name up without regard to case. Where it is not the name
// of exactly one tenant the error names those that could be meant.
func (c *Client) namedTenant(ctx context.Context, a Account, want string) (tenantEntry, error) {
	at, path := c.holder(a)
	all, err := whole(ctx, c, list{
		doing: "listing the tenants of the " + a.Kind + " account", route: path, path: path, at: &at,
	}, func(t tenantEntry) tenantEntry { return t })
	if err != nil {
		return tenantEntry{}, err
	}
	var found []tenantEntry
	for _, t := range all {
		if strings.EqualFold(strings.TrimSpace(t.Name), want) {
			found = append(found, t)
		}
	}
	switch {
	case want != "" && len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return tenantEntry{}, choice("central.tenant.ambiguous", fmt.Sprintf("%d tenants are named %s", len(found), want),
			"name the one that is meant by its id", found)
	case len(all) == 0:
		return tenantEntry{}, fault.New("central.tenant.unknown", "the "+a.Kind+" account has no tenants",
			fault.Hint("make a credential in the tenant itself and store it with: adsync credential set central"))
	case want == "":
		return tenantEntry{}, choice("central.tenant.required",
			fmt.Sprintf("the credential belongs to a %s account, which stands for many tenants (%d)", a.Kind, len(all)),
			"say which one is meant, by its name or its id", all)
	}
	return tenantEntry{}, choice("central.tenant.unknown", "the "+a.Kind+" account has no tenant named "+want,
		"name one of these", all)
}

// choice is an error that shows what there is to choose from.
func choice(code, text, hint string, among []tenantEntry) error {
	slices.SortFunc(among, func(a, b tenantEntry) int {
		return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), strings.Compare(a.key(), b.key()))
	})
	var lines []string
	for _, t := range among[:min(len(among), namedTenants)] {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", t.key(), t.Name, t.DataRegion))
	}
	if more := len(among) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return fault.New(code, text, fault.Hint(hint), fault.Details(lines...),
		fault.Then("adsync central validate --tenant "+among[0].key(), "choose the first of them"))
}
