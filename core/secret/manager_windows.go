package secret

import (
	"errors"
	"syscall"
	"time"

	"github.com/danieljoos/wincred"

	"adsync/core/fault"
)

// Answers of Credential Manager (winerror.h).
const (
	errNotFound  = syscall.Errno(1168) // this account has no such credential
	errNoSession = syscall.Errno(1312) // this logon has no credentials at all
)

func open(profile string, account Account, _ func(string) string, _ func() time.Time) (Keeper, error) {
	return manager{profile, account}, nil
}

// manager keeps secrets as generic credentials of the account that runs, on
// this machine only.
type manager struct {
	profile string
	account Account
}

func (m manager) read(p Purpose) (*wincred.GenericCredential, error) {
	if err := known(p); err != nil {
		return nil, err
	}
	c, err := wincred.GetGenericCredential(target(m.profile, p))
	if err != nil {
		return nil, m.failed(p, "read", err)
	}
	return c, nil
}

// Get returns a secret of this account.
func (m manager) Get(p Purpose) (Secret, error) {
	c, err := m.read(p)
	if err != nil {
		return Secret{}, err
	}
	s, err := Decode(c.CredentialBlob)
	if err != nil {
		return Secret{}, err
	}
	if s == "" {
		return Secret{}, fault.New("credential.unreadable", target(m.profile, p)+" holds no secret", storeIt(p))
	}
	return Secret{p, c.UserName, NewValue(s)}, nil
}

// Set stores a secret for this account. Credential Manager has no place for
// when it expires.
func (m manager) Set(s Secret, _ *time.Time) error {
	if err := check(m.profile, s); err != nil {
		return err
	}
	c := wincred.NewGenericCredential(target(m.profile, s.Purpose))
	c.UserName = s.User
	c.CredentialBlob = encode(s.Value.Reveal())
	c.Persist = wincred.PersistLocalMachine
	if err := c.Write(); err != nil {
		return m.failed(s.Purpose, "stored", err)
	}
	return nil
}

// Remove takes a secret of this account out.
func (m manager) Remove(p Purpose) error {
	if err := known(p); err != nil {
		return err
	}
	if err := wincred.NewGenericCredential(target(m.profile, p)).Delete(); err != nil {
		return m.failed(p, "removed", err)
	}
	return nil
}

// List names what this account has.
func (m manager) List() ([]Entry, error) {
	entries := []Entry{}
	for _, p := range Purposes {
		c, err := m.read(p)
		if fault.Is(err, "credential.missing") {
			continue
		}
		if err != nil {
			return nil, err
		}
		e := Entry{
			Purpose: p, User: c.UserName, Store: StoreCredentialManager,
			Where: target(m.profile, p), Account: m.account.Name,
		}
		if at := c.LastWritten.UTC(); at.Year() > 1970 {
			e.StoredAt = &at
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func (m manager) failed(p Purpose, what string, err error) error {
	switch {
	case errors.Is(err, errNotFound):
		return missing(p, m.account, err)
	case errors.Is(err, errNoSession):
		return fault.New("credential.session",
			"this logon of "+m.account.Name+" has no Credential Manager", fault.Cause(err),
			fault.Hint("SSH and remote PowerShell sessions have none, nor has an account under the policy "+
				"'do not allow storage of passwords and credentials': log on locally or by remote desktop"))
	}
	return fault.New("credential.unreadable",
		"the credential "+target(m.profile, p)+" cannot be "+what, fault.Cause(err))
}
