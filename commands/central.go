package commands

import (
	"context"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/secret"
	"adsync/output"
)

type centralValidateCmd struct {
	Tenant string `placeholder:"NAME|ID" help:"The tenant that is meant, where the credential belongs to a partner or an organisation; its id is kept in central.tenant."`
}

func (*centralValidateCmd) Help() string {
	return `A refused secret is sent once and never repeated. The credential of a partner or an organisation
speaks for many tenants: without --tenant and central.tenant they are listed (exit code 40).
Example:

    adsync central validate`
}

type validateDocument struct {
	Format         int               `json:"format"`
	Valid          bool              `json:"valid"`
	CredentialKind string            `json:"credentialKind"`
	Tenant         identity.Tenant   `json:"tenant"`
	Proxy          validationThrough `json:"proxy"`
	ValidatedAt    time.Time         `json:"validatedAt"`
	// UnknownFields are those of Central's replies that this version does not
	// know: they are ignored, and tell that the API has grown.
	UnknownFields []string     `json:"unknownFields"`
	Next          []fault.Next `json:"next"`
}

// Run tries the credential and remembers that it was accepted.
func (cmd *centralValidateCmd) Run(ctx context.Context, s *session) error {
	c, err := s.configuration()
	if err != nil {
		return err
	}
	if cmd.Tenant != "" {
		c.Central.Tenant = cmd.Tenant
	}
	client, credential, err := s.centralClient(ctx, c)
	if err != nil {
		return err
	}
	tenant, err := client.TryDirectory(ctx)
	if err != nil {
		return err
	}
	if err := tenantFits(c, tenant.ID, tenant.Name); err != nil {
		return err
	}
	if cmd.Tenant != "" {
		c.Central.Tenant = tenant.ID
		if err := s.keepTenant(tenant.ID); err != nil {
			return err
		}
	}
	account := client.Account()
	v := validation{
		Central: c.Central, Proxy: c.Proxy, Kind: account.Kind, Tenant: tenant,
		Through: through(client.Proxies()),
		At:      s.env.Now().UTC().Truncate(time.Second),
	}
	if err := s.remember(ctx, v, credential); err != nil {
		return err
	}
	if err := s.bindFirst(ctx, secret.Central, c); err != nil {
		return err
	}
	return s.print(ctx, output.Document{
		Type: "validation",
		Value: validateDocument{
			Format: 1, Valid: true, CredentialKind: v.Kind, Tenant: v.Tenant, Proxy: v.Through, ValidatedAt: v.At,
			UnknownFields: client.UnknownNames(),
			Next:          []fault.Next{s.next("try the directory", "directory", "validate")},
		},
		Lists: []output.List{{Field: "next", Type: "next"}},
	})
}

// keepTenant writes the tenant that was chosen into config.json.
func (s *session) keepTenant(id string) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	data, err := p.ReadConfig()
	if err != nil {
		return err
	}
	changed, _, err := config.Set(data, "central.tenant", []string{id})
	if err != nil {
		return err
	}
	if _, err := parseConfig(changed); err != nil {
		return err
	}
	return p.WriteConfig(changed)
}
