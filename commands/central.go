package commands

import (
	"context"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/secret"
	"adsync/output"
)

type centralValidateCmd struct{}

func (centralValidateCmd) Help() string {
	return `A refused secret is sent once and never repeated. Example:

    adsync central validate`
}

type validateDocument struct {
	Format         int               `json:"format"`
	Valid          bool              `json:"valid"`
	CredentialKind string            `json:"credentialKind"`
	Tenant         identity.Tenant   `json:"tenant"`
	Proxy          validationThrough `json:"proxy"`
	ValidatedAt    time.Time         `json:"validatedAt"`
	Next           []fault.Next      `json:"next"`
}

// Run tries the credential and remembers that it was accepted.
func (centralValidateCmd) Run(ctx context.Context, s *session) error {
	c, err := s.configuration()
	if err != nil {
		return err
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
	account, err := client.WhoAmI(ctx)
	if err != nil {
		return err
	}
	v := validation{
		Central: c.Central, Proxy: c.Proxy, Kind: account.Kind, Tenant: tenant,
		Through: validationThrough{Used: account.Proxy.Used, URL: account.Proxy.URL},
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
			Next: []fault.Next{s.next("try the directory", "directory", "validate")},
		},
		Lists: []output.List{{Field: "next", Type: "next"}},
	})
}
