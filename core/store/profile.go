// Package store keeps what a profile remembers: plans, approvals, approvers, run
// journals, the ledger and the lock, all below one folder that no name from the
// command line leaves.
//
// A file is whole or not there: it is written under another name, flushed to
// disk and renamed, and nothing is left behind by a write that could not end.
// Reading never creates anything and never waits for a run: a profile that does
// not exist reads as an empty one. All SQL of the program is in this package and
// portable.
package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"time"

	"adsync/core/fault"
)

// Options say on whose behalf a profile is opened.
type Options struct {
	Now func() time.Time
	// Account is shown to others who find the lock taken.
	Account string
	// CheckOwner refuses a home that belongs to neither the administrators nor
	// the account itself: whoever owns it could plant plans and approvals.
	CheckOwner bool
	// ReadOnly refuses every write.
	ReadOnly bool
}

// Profile is the folder of one profile. Its methods may be used concurrently.
type Profile struct {
	home, name string
	options    Options

	mu     sync.Mutex
	folder *os.Root // nil until the folder exists and was opened
	ledger *sql.DB  // nil until ledger.db exists and was opened

	// open makes the files that are written; tests put failing ones here.
	open func(root *os.Root, name string, flag int, mode fs.FileMode) (file, error)
}

// file is what writing needs of an *os.File.
type file interface {
	Write(p []byte) (int, error)
	WriteAt(p []byte, offset int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

var profileName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)

// Open returns a profile without touching the disk beyond a look at its owner;
// the folder is created by the first write.
func Open(home, profile string, o Options) (*Profile, error) {
	if !profileName.MatchString(profile) {
		return nil, fault.New("usage.profile.name", fmt.Sprintf("%q cannot be the name of a profile", profile),
			fault.Hint("use up to 32 of a-z, 0-9 and -, beginning with a letter or digit"))
	}
	home, err := filepath.Abs(home)
	if err != nil {
		return nil, problem("find the home folder", err)
	}
	p := &Profile{home: home, name: profile, options: o, open: openFile}
	if o.CheckOwner {
		for _, dir := range []string{home, p.Dir()} {
			if err := checkOwner(dir); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// Dir returns the profile's folder, whether it exists or not.
func (p *Profile) Dir() string { return filepath.Join(p.home, p.name) }

// Close lets go of the folder and the ledger.
func (p *Profile) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	var errs []error
	if p.ledger != nil {
		errs = append(errs, p.ledger.Close())
		p.ledger = nil
	}
	if p.folder != nil {
		errs = append(errs, p.folder.Close())
		p.folder = nil
	}
	return errors.Join(errs...)
}

// read returns the folder, nil where there is none.
func (p *Profile) read() (*os.Root, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.folder != nil {
		return p.folder, nil
	}
	root, err := os.OpenRoot(p.Dir())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil //nolint:nilnil // no folder is an answer, not an error
	case err != nil:
		return nil, problem("open the profile's folder", err)
	}
	p.folder = root
	return root, nil
}

// write returns the folder and the one below it, created where they are missing.
func (p *Profile) write(below string) (*os.Root, error) {
	if p.options.ReadOnly {
		return nil, fault.New("store.readOnly", "the profile was opened for reading only")
	}
	if err := os.MkdirAll(p.Dir(), 0o700); err != nil { //nolint:gosec // the home is the caller's to name, the rest is checked
		return nil, problem("create the profile's folder", err)
	}
	root, err := p.read()
	if err != nil {
		return nil, err
	}
	if root == nil {
		return nil, fault.New("profile.access", "the profile's folder "+p.Dir()+" was removed while it was used")
	}
	if err := root.MkdirAll(below, 0o700); err != nil {
		return nil, problem("create "+below, err)
	}
	return root, nil
}

func openFile(root *os.Root, name string, flag int, mode fs.FileMode) (file, error) {
	return root.OpenFile(name, flag, mode)
}
