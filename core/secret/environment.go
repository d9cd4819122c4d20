//go:build !windows

package secret

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"adsync/core/fault"
)

func open(profile string, account Account, getenv func(string) string, now func() time.Time) (Keeper, error) {
	base := getenv("XDG_CONFIG_HOME")
	if home := getenv("HOME"); !filepath.IsAbs(base) && filepath.IsAbs(home) {
		base = filepath.Join(home, ".config")
	}
	files := files{profile: profile, account: account, now: now}
	// Without a folder there is still the environment.
	if filepath.IsAbs(base) {
		files.dir = filepath.Join(base, "adsync", profile)
	}
	return environment{files: files, getenv: getenv}, nil
}

// environment looks into the environment first: a secret there is meant for
// this very call. It is never written.
type environment struct {
	files  files
	getenv func(string) string
}

func variable(p Purpose, what string) string {
	return "ADSYNC_" + strings.ToUpper(strings.ReplaceAll(string(p), "-", "_")) + "_" + what
}

func (e environment) has(p Purpose) bool { return e.getenv(variable(p, "SECRET")) != "" }

// Get returns a secret of the environment, otherwise of a file.
func (e environment) Get(p Purpose) (Secret, error) {
	if err := known(p); err != nil {
		return Secret{}, err
	}
	if e.has(p) {
		return Secret{p, e.getenv(variable(p, "USER")), NewValue(e.getenv(variable(p, "SECRET")))}, nil
	}
	return e.files.get(p)
}

// Set stores a secret in a file, unless the environment would hide it.
func (e environment) Set(s Secret, expires *time.Time) error {
	if err := check(e.files.profile, s); err != nil {
		return err
	}
	if e.has(s.Purpose) {
		return e.standsThere(s.Purpose)
	}
	return e.files.set(s, expires)
}

// Remove removes the file of a secret.
func (e environment) Remove(p Purpose) error {
	if err := known(p); err != nil {
		return err
	}
	if e.has(p) {
		return e.standsThere(p)
	}
	return e.files.remove(p)
}

// List names what Get would return.
func (e environment) List() ([]Entry, error) {
	entries := []Entry{}
	for _, p := range Purposes {
		if e.has(p) {
			entries = append(entries, Entry{
				Purpose: p, User: e.getenv(variable(p, "USER")), Store: StoreEnvironment,
				Where: variable(p, "SECRET"), Account: e.files.account.Name,
			})
			continue
		}
		entry, err := e.files.entry(p)
		if fault.Is(err, "credential.missing") {
			continue
		}
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func (e environment) standsThere(p Purpose) error {
	return fault.New("credential.environment",
		fmt.Sprintf("the %s credential stands in the environment (%s), which counts before the store", p, variable(p, "SECRET")),
		fault.Hint("unset the variable first"))
}
