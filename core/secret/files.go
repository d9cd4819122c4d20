//go:build !windows

package secret

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"adsync/core/fault"
)

// files keeps each secret in a file that only its account can read.
type files struct {
	profile string
	dir     string // "" where there is no folder for it
	account Account
	now     func() time.Time
}

// kept is what a file holds.
type kept struct {
	User      string     `json:"user"`
	Secret    string     `json:"secret"`
	StoredAt  time.Time  `json:"storedAt"`
	ExpiresAt *time.Time `json:"expiresAt,omitempty"`
}

const maxFile = 64 << 10

func (f files) name(p Purpose) string { return string(p) + ".json" }

func (f files) path(p Purpose) string { return filepath.Join(f.dir, f.name(p)) }

func (f files) unreadable(p Purpose, why, hint string, cause error) error {
	return fault.New("credential.unreadable", f.path(p)+" "+why, fault.Cause(cause), fault.Hint(hint))
}

func (f files) read(p Purpose) (kept, error) {
	if f.dir == "" {
		return kept{}, missing(p, f.account, nil)
	}
	file, err := os.OpenFile(f.path(p), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, missing(p, f.account, err)
	}
	if err != nil {
		return kept{}, f.unreadable(p, "cannot be read", "it is a file of the account that runs adsync, no link", err)
	}
	defer func() { _ = file.Close() }()
	if err := f.private(p, file); err != nil {
		return kept{}, err
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile))
	if err != nil {
		return kept{}, f.unreadable(p, "cannot be read", "", err)
	}
	var k kept
	if err := json.Unmarshal(data, &k); err != nil || k.Secret == "" {
		// The cause would quote the file.
		return kept{}, f.unreadable(p, "does not hold a credential", "store it again with adsync credential set "+string(p), nil)
	}
	return k, nil
}

// private refuses a file that others may read or have written.
func (f files) private(p Purpose, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return f.unreadable(p, "cannot be read", "", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.Mode().IsRegular():
		return f.unreadable(p, "is no file", "remove it", nil)
	case !ok || int(stat.Uid) != os.Geteuid():
		return f.unreadable(p, "belongs to another account", "store the secret again as the account that needs it", nil)
	case info.Mode().Perm()&0o077 != 0:
		return f.unreadable(p, fmt.Sprintf("can be read by others (mode %04o)", info.Mode().Perm()),
			"change the secret, then store it again; or chmod 600 the file", nil)
	}
	return nil
}

func (f files) get(p Purpose) (Secret, error) {
	k, err := f.read(p)
	if err != nil {
		return Secret{}, err
	}
	return Secret{p, k.User, NewValue(k.Secret)}, nil
}

func (f files) entry(p Purpose) (Entry, error) {
	k, err := f.read(p)
	if err != nil {
		return Entry{}, err
	}
	return Entry{
		Purpose: p, User: k.User, Store: StoreFile, Where: f.path(p), Account: f.account.Name,
		StoredAt: &k.StoredAt, ExpiresAt: k.ExpiresAt,
	}, nil
}

// set writes beside the old file and renames: there is the old secret or the
// new one, never half of it.
func (f files) set(s Secret, expires *time.Time) error {
	refused := func(err error) error {
		return fault.New("credential.unwritable", f.path(s.Purpose)+" cannot be written", fault.Cause(err),
			fault.Hint("the folder is in the account's own XDG_CONFIG_HOME or HOME"))
	}
	if f.dir == "" {
		return fault.New("credential.unwritable", "neither XDG_CONFIG_HOME nor HOME names a folder for the secret",
			fault.Hint("set HOME to the account's home folder"))
	}
	//nolint:gosec // this is the one place where a secret is meant to be written
	data, err := json.Marshal(kept{s.User, s.Value.Reveal(), f.now().UTC(), expires})
	if err != nil {
		return refused(err)
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return refused(err)
	}
	root, err := os.OpenRoot(f.dir)
	if err != nil {
		return refused(err)
	}
	defer func() { _ = root.Close() }()
	temporary := f.name(s.Purpose) + "." + rand.Text()
	if err := write(root, temporary, data); err != nil {
		_ = root.Remove(temporary)
		return refused(err)
	}
	if err := root.Rename(temporary, f.name(s.Purpose)); err != nil {
		_ = root.Remove(temporary)
		return refused(err)
	}
	return nil
}

func write(root *os.Root, name string, data []byte) error {
	file, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

func (f files) remove(p Purpose) error {
	if f.dir == "" {
		return missing(p, f.account, nil)
	}
	err := os.Remove(f.path(p))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing(p, f.account, err)
	case err != nil:
		return fault.New("credential.unwritable", f.path(p)+" cannot be removed", fault.Cause(err))
	}
	return nil
}
