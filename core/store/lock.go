package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"adsync/core/fault"
)

const (
	lockFile   = "run.lock"
	holderFile = "run.lock.json"
)

// Holder is who holds the lock of a profile.
type Holder struct {
	PID     int       `json:"pid"`
	Account string    `json:"account"`
	Since   time.Time `json:"since"`
}

// Lock takes the lock of the profile, which one run at a time holds; it does not
// wait for one. The operating system lets go of it when the process ends, however it
// ends. Who holds it stands in a file of its own, because Windows lets nobody
// read a file that is locked.
func (p *Profile) Lock(ctx context.Context) (unlock func() error, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	root, err := p.write(".")
	if err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(p.Dir(), lockFile), flock.SetPermissions(0o600))
	taken, err := try(ctx, lock)
	if err != nil {
		return nil, problem("lock the profile", errors.Join(err, lock.Close()))
	}
	if !taken {
		_ = lock.Close()
		return nil, p.busy()
	}
	data, err := json.Marshal(Holder{PID: os.Getpid(), Account: p.options.Account, Since: p.now().UTC()})
	if err == nil {
		err = p.replace(root, holderFile, data)
	}
	if err != nil {
		return nil, errors.Join(problem("lock the profile", err), lock.Close())
	}
	return func() error {
		err := root.Remove(holderFile)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return problem("unlock the profile", errors.Join(err, lock.Close()))
	}, nil
}

// try asks for the lock a few times: Busy holds it for the moment of its look.
func try(ctx context.Context, lock *flock.Flock) (bool, error) {
	for range 4 {
		if taken, err := lock.TryLock(); taken || err != nil {
			return taken, err
		}
		if err := sleep(ctx, 50*time.Millisecond); err != nil {
			return false, err
		}
	}
	return false, nil
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-t.C:
		return nil
	}
}

func (p *Profile) busy() error {
	message := "another run of profile " + p.name + " is under way"
	if h, ok := p.holder(); ok {
		message += fmt.Sprintf(" (pid %d, %s, since %s)", h.PID, h.Account, h.Since.Format(time.RFC3339))
	}
	return fault.New("run.busy", message, fault.Hint("wait until it has ended; adsync status shows it"))
}

// holder reads who holds the lock; it is known a moment after the lock is taken.
func (p *Profile) holder() (Holder, bool) {
	var h Holder
	root, err := p.read()
	if err != nil || root == nil {
		return h, false
	}
	data, err := content(root, holderFile)
	if err != nil || data == nil {
		return h, false
	}
	return h, json.Unmarshal(data, &h) == nil
}

// Busy reports who holds the lock, without taking it; false where nobody does.
func (p *Profile) Busy() (Holder, bool, error) {
	if _, err := os.Stat(filepath.Join(p.Dir(), lockFile)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return Holder{}, false, nil
		}
		return Holder{}, false, problem("look at the lock", err)
	}
	lock := flock.New(filepath.Join(p.Dir(), lockFile), flock.SetPermissions(0o600))
	free, err := lock.TryRLock()
	if err != nil {
		return Holder{}, false, problem("look at the lock", err)
	}
	if free {
		return Holder{}, false, problem("look at the lock", lock.Close())
	}
	h, _ := p.holder()
	return h, true, nil
}
