//go:build unix

package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"adsync/core/fault"
)

const accessHint = "run the command as the account that owns the folder, or as root"

func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// noAccess reports a disk that is read-only, and a file in the place of a folder.
func noAccess(err error) bool {
	return errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR)
}

// checkOwner refuses a folder that belongs to neither root nor this account.
func checkOwner(dir string) error {
	info, err := os.Stat(dir) //nolint:gosec // the home is the caller's to name
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return problem("look at "+dir, err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || stat.Uid != 0 && int64(stat.Uid) != int64(os.Geteuid()) {
		return fault.New("profile.access", fmt.Sprintf("%s belongs to another account (uid %d)", dir, stat.Uid),
			fault.Hint("it must belong to root or to the account that runs adsync"))
	}
	return nil
}

// syncDir makes a rename in the folder survive a power failure.
func syncDir(root *os.Root, dir string) error {
	d, err := root.Open(dir)
	if err != nil {
		return err
	}
	if err := d.Sync(); err != nil {
		_ = d.Close()
		return err
	}
	return d.Close()
}
