package commands

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/store"
)

// replaceable names the file that a snapshot is to be written to, the one that a
// link points to. A snapshot takes the place of a snapshot; any other file, and
// what is none, stays. It is asked before the directory is read.
func replaceable(name string) (string, error) {
	path, err := filepath.Abs(name)
	if err != nil {
		return "", fault.New("usage.snapshot.file", "the file cannot be named", fault.Cause(err))
	}
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return path, nil
	}
	if err == nil && !info.Mode().IsRegular() {
		return "", fault.New("usage.snapshot.file", path+" is no file, or a link to nothing", fault.Hint("name a file, in a folder that is there"))
	}
	if err == nil && info.Size() > 0 {
		err = isSaved(path)
	}
	if err != nil {
		return "", fault.New("usage.snapshot.exists", path+" is there and is no snapshot, so it is not replaced", fault.Cause(err),
			fault.Hint("name another file, or remove this one first"))
	}
	return path, nil
}

// isSaved looks whether a file begins as a saved snapshot does.
func isSaved(path string) error {
	f, err := os.Open(path) //nolint:gosec // a file that the user names, read with the user's own rights
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return identity.BeginsSaved(f)
}

// writeWhole writes a file so that it is either whole under its name, and on the
// disk, or as it was. The account alone may read it (mode 0600); on Windows it has
// the rights of its folder. The result is the SHA-256 of its bytes.
func writeWhole(path string, write func(io.Writer) error) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".adsync-*")
	if err != nil {
		return "", unwritten(path, err)
	}
	sum := sha256.New()
	err = write(io.MultiWriter(f, sum))
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", unwritten(path, errors.Join(err, os.Remove(f.Name())))
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func unwritten(path string, err error) error {
	if store.Full(err) {
		return fault.New("store.full", "the snapshot cannot be written to "+path+": the disk is full", fault.Cause(err),
			fault.Hint("make room on the disk, or name a file on another; nothing was written"))
	}
	return fault.New("usage.snapshot.file", "the snapshot cannot be written to "+path, fault.Cause(err),
		fault.Hint("nothing was written; name a file in a folder that is there and that this account may write in"))
}
