package commands

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"adsync/core/central"
	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/secret"
	"adsync/core/store"
)

// centralClient returns a client for Sophos Central within the rate budget of
// its credential. Nothing is sent yet.
func (s *session) centralClient(ctx context.Context, c config.Config) (*central.Client, secret.Secret, error) {
	credential, err := s.secretFor(ctx, secret.Central, c)
	if err != nil {
		return nil, secret.Secret{}, err
	}
	proxy := central.Proxy{Mode: c.Proxy.Mode, URL: c.Proxy.URL}
	if c.Proxy.Mode == config.ProxyManual {
		held, err := s.secretFor(ctx, secret.Proxy, c)
		switch {
		case err == nil:
			proxy.User, proxy.Password = held.User, held.Value.Reveal
		case !fault.Is(err, "credential.missing"):
			return nil, secret.Secret{}, err
		}
	}
	budget, err := s.rateBudget(c, credential.User)
	if err != nil {
		return nil, secret.Secret{}, err
	}
	client, err := central.New(central.Options{
		IdentityURL: c.Central.IdentityURL, GlobalURL: c.Central.GlobalURL, CAFile: s.beside(c.Central.CAFile),
		Tenant: c.Central.Tenant, Proxy: proxy, ClientID: credential.User, Secret: credential.Value.Reveal,
		Budget: shownBudget{budget, s.shows}, Version: version().Version,
		Log: s.log, Now: s.env.Now, Environ: s.env.Getenv,
		Waits: func() func() { return s.shows.wait(limitWait) },
	})
	if err == nil {
		s.closing = append(s.closing, func() error { s.logUnknown(ctx, client); return nil })
	}
	return client, credential, err
}

// rateBudget returns the rate budget of a credential, which all processes of this
// home share.
func (s *session) rateBudget(c config.Config, clientID string) (*store.Budget, error) {
	shared, err := s.openShared()
	if err != nil {
		return nil, err
	}
	return shared.Budget(clientID, store.Rate{
		PerSecond: c.Rate.PerSecond, PerMinute: c.Rate.PerMinute, PerHour: c.Rate.PerHour, PerDay: c.Rate.PerDay,
	}), nil
}

// logUnknown says once which fields of Central's replies nobody here knows.
func (s *session) logUnknown(ctx context.Context, client *central.Client) {
	if names := client.UnknownNames(); len(names) > 0 {
		s.log.InfoContext(ctx, "Sophos Central sent fields that are not known", "fields", names)
	}
}

// tenantFits refuses a tenant that is not the one the configuration names.
func tenantFits(c config.Config, id, name string) error {
	want := c.Central.Tenant
	if want == "" || strings.EqualFold(want, id) || strings.EqualFold(want, name) {
		return nil
	}
	hint := "store the credential of the tenant that is meant, or set central.tenant"
	if name == "" {
		name, hint = "without a known name", hint+"; a tenant without users does not tell its name: set the id then"
	}
	return fault.New("config.central.tenant",
		fmt.Sprintf("the credential belongs to the tenant %s (%s), central.tenant is %s", name, id, want), fault.Hint(hint))
}

// connect finds out whose the credential is, and refuses a tenant that is not the
// one the configuration names. Its name is asked for only where it matters.
func connect(ctx context.Context, client centralReader, c config.Config) (identity.Tenant, error) {
	tenant, err := client.Connect(ctx)
	if err != nil {
		return tenant, err
	}
	if want := c.Central.Tenant; want != "" && !strings.EqualFold(want, tenant.ID) && !strings.EqualFold(want, tenant.Name) {
		if tenant, err = client.TryDirectory(ctx); err != nil {
			return tenant, err
		}
	}
	return tenant, tenantFits(c, tenant.ID, tenant.Name)
}

// readBack returns the waits before an unclear write is read back.
func readBack(c config.Config) []time.Duration {
	var waits []time.Duration
	for _, seconds := range c.Rate.ReadBackSeconds {
		waits = append(waits, time.Duration(seconds*float64(time.Second)))
	}
	return waits
}

// directoryClient connects to the directory and binds. The caller closes it.
func (s *session) directoryClient(ctx context.Context, c config.Config) (*directory.Client, error) {
	o := directory.Options{
		Servers: c.Directory.Servers, Port: c.Directory.Port, Security: c.Directory.Security,
		CAFile: s.beside(c.Directory.CAFile), Timeout: time.Duration(c.Directory.TimeoutSeconds) * time.Second,
		Log: s.log, Now: s.env.Now, ReadOnlyControllers: c.Directory.ReadOnlyControllers,
	}
	held, err := s.entry(secret.Directory)
	if err != nil {
		return nil, err
	}
	o.Bind = c.BindWith(held != nil)
	if o.Bind == config.BindSimple {
		account, err := s.secretFor(ctx, secret.Directory, c)
		if err != nil {
			return nil, err
		}
		o.User, o.Password = account.User, account.Value.Reveal
	}
	client, err := directory.Dial(ctx, o)
	if err != nil {
		return nil, err
	}
	if o.Bind == config.BindSimple {
		if err := s.bindFirst(ctx, secret.Directory, c); err != nil {
			_ = client.Close()
			return nil, err
		}
	}
	return client, nil
}

// withDirectory connects to the directory, has work done, and disconnects.
func (s *session) withDirectory(ctx context.Context, c config.Config, work func(*directory.Client) error) error {
	client, err := s.directoryClient(ctx, c)
	if err != nil {
		return err
	}
	err = work(client)
	if cerr := client.Close(); cerr != nil {
		s.log.WarnContext(ctx, "cannot close the connection to the directory", "error", cerr.Error())
	}
	return err
}

// beside returns a file that config.json names: a relative path starts at the
// folder of config.json, because a scheduled task starts anywhere.
func (s *session) beside(file string) string {
	if file == "" || filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(s.home, s.name, file)
}
