package sandbox

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"adsync/core/fault"
	"adsync/core/sandbox/authority"
	"adsync/core/sandbox/forest"
	"adsync/core/sandbox/tenant"
)

// Options say where a sandbox keeps its files and how it behaves.
type Options struct {
	Dir  string
	Now  func() time.Time
	Log  *slog.Logger
	Rate tenant.Rate // what the simulated Central allows, zero for all
	// Ready is called once everything answers.
	Ready func(Info)
}

// A partner's credential, and the tenant beside the sandbox's own that it lists.
const (
	partnerClient = "3c5b1c52-7c2a-4a6e-8f0e-2b8d7d5f9a61"
	secondTenant  = "7d1f2a3b-58c4-4e0b-9a3e-6c1d2e3f4a5b"
)

// host is the only address that anything listens on.
const host = "127.0.0.1"

// Serve runs the sandbox of a folder until ctx ends or Stop is asked for, and
// keeps what was changed. A folder has one sandbox at a time.
func Serve(ctx context.Context, o Options) (err error) {
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return damaged(o.Dir, err)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return damaged(o.Dir, err)
	}
	unlock, err := lock(ctx, o.Dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	s := &site{o: o, stop: stop, dirty: make(chan struct{}, 1)}
	if s.before, err = readState(o.Dir); err != nil {
		return err
	}
	if err := s.open(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.listen(ctx); err != nil {
		return err
	}
	if err := writeState(o.Dir, s.info); err != nil {
		return err
	}
	o.Log.InfoContext(ctx, "sandbox runs", "ldaps", s.ldap.LDAPS, "ldap", s.ldap.LDAP, "central", s.info.Central.GlobalURL)
	if o.Ready != nil {
		o.Ready(s.info)
	}
	s.keep(ctx)
	return nil
}

// lock makes sure that the folder has one sandbox. It waits a moment, because
// who asks for the status holds the lock for an instant.
func lock(ctx context.Context, dir string) (func() error, error) {
	const patience, pause = time.Second, 20 * time.Millisecond
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	l := flock.New(filepath.Join(dir, lockFile), flock.SetPermissions(0o600))
	ok, err := l.TryLockContext(ctx, pause)
	switch {
	case errors.Is(err, context.DeadlineExceeded), err == nil && !ok:
		return nil, fault.New("sandbox.running", "the sandbox of "+dir+" runs already",
			fault.Then("adsync sandbox status", "where it is reached"), fault.Then("adsync sandbox stop", "end it"))
	case err != nil:
		return nil, damaged(lockFile, err)
	}
	return l.Close, nil
}

// site is a sandbox while it runs.
type site struct {
	o      Options
	stop   context.CancelFunc
	before Info // of the last start
	info   Info

	ca      *authority.Authority
	cert    *tls.Certificate
	forest  *forest.Forest
	tenant  *tenant.Tenant
	ldap    *forest.Server
	servers []*http.Server
	dirty   chan struct{} // the tenant has changed
}

// open reads the files of the folder, or makes what is not there yet.
func (s *site) open() error {
	if err := s.certify(); err != nil {
		return err
	}
	secrets := s.before.Secrets
	for _, v := range []*string{&secrets.DirectoryPassword, &secrets.ClientSecret, &secrets.ControlToken} {
		*v = cmp.Or(*v, rand.Text())
	}
	s.info = Info{
		Format: 1, Running: true, PID: os.Getpid(), StartedAt: new(s.o.Now().UTC().Truncate(time.Second)),
		Dir: s.o.Dir, CAFile: filepath.Join(s.o.Dir, caFile), Secrets: secrets,
		Directory: Directory{
			Host: host, Domain: forest.Domain, NetBIOS: forest.NetBIOS, BaseDN: forest.BaseDN,
			User: forest.Reader + "@" + forest.Domain, PlainUser: forest.PlainReader + "@" + forest.Domain,
		},
		Central: Central{ClientID: tenant.DefaultClientID, PartnerID: partnerClient, TenantName: tenant.DefaultTenantName},
	}
	s.forest = forest.New(forest.Options{
		Now: s.o.Now, Log: s.o.Log, Certificate: s.cert, Password: secrets.DirectoryPassword,
	})
	s.tenant = tenant.New(tenant.Options{
		Now: s.o.Now, Log: s.o.Log, Rate: s.o.Rate, Secret: secrets.ClientSecret,
		BaseURL:   func() string { return s.info.Central.GlobalURL },
		RegionURL: func() string { return s.info.Central.RegionURL },
		Clients:   []tenant.Client{{ID: partnerClient, Secret: secrets.ClientSecret, Kind: tenant.KindPartner}},
		Tenants:   []tenant.Account{{ID: secondTenant, Name: "Sandbox Branch", DataRegion: "us03"}},
	})
	s.info.Central.TenantID = s.tenant.ID()
	if _, err := s.restore(forestFile, s.forest.Load); err != nil {
		return err
	}
	known, err := s.restore(tenantFile, func(b []byte) error { return s.tenant.Load(bytes.NewReader(b)) })
	if err != nil || known {
		return err
	}
	return register(s.tenant, s.forest.Machines())
}

// restore loads a file; false where there is none.
func (s *site) restore(name string, load func([]byte) error) (bool, error) {
	data, err := os.ReadFile(filepath.Join(s.o.Dir, name)) //nolint:gosec // the sandbox's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err == nil {
		err = load(data)
	}
	if err != nil {
		return true, damaged(name, err)
	}
	return true, nil
}

// certify takes the authority of the folder, so that a profile which trusts it
// goes on doing so, and signs a certificate for this start.
func (s *site) certify() error {
	now := s.o.Now()
	const validity = 365 * 24 * time.Hour
	path, keyPath := filepath.Join(s.o.Dir, caFile), filepath.Join(s.o.Dir, keyFile)
	if certificate, err := os.ReadFile(path); err == nil { //nolint:gosec // the sandbox's own folder
		if key, err := os.ReadFile(keyPath); err == nil { //nolint:gosec // the sandbox's own folder
			if ca, err := authority.Load(certificate, key); err == nil && now.Add(validity).Before(ca.NotAfter()) {
				s.ca = ca
			}
		}
	}
	if s.ca == nil {
		ca, err := authority.New(now)
		if err != nil {
			return damaged(caFile, err)
		}
		key, err := ca.KeyPEM()
		if err != nil {
			return damaged(keyFile, err)
		}
		if err := errors.Join(replace(keyPath, key), replace(path, ca.PEM())); err != nil {
			return err
		}
		s.ca = ca
	}
	cert, err := s.ca.Issue(now.Add(-time.Hour), now.Add(validity), "localhost", host, forest.Host)
	if err != nil {
		return damaged(caFile, err)
	}
	s.cert = cert
	return nil
}
