package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"adsync/core/fault"
)

// Full says that an error of writing is one of a full disk.
func Full(err error) bool { return diskFull(err) }

// problem gives an error of the disk or the database its code.
func problem(what string, err error) error {
	switch {
	case err == nil:
		return nil
	case fault.Code(err) != "":
		return err
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", what, err) // no trouble of the disk: somebody asked to stop
	case diskFull(err):
		return fault.New("store.full", "cannot "+what+": the disk is full", fault.Cause(err),
			fault.Hint("make room on the disk and run the command again; nothing was half-written"))
	case errors.Is(err, fs.ErrPermission), noAccess(err):
		return fault.New("profile.access", "cannot "+what, fault.Cause(err), fault.Hint(accessHint))
	}
	e, ok := errors.AsType[*sqlite.Error](err)
	if !ok {
		return fault.New("store.io", "cannot "+what, fault.Cause(err),
			fault.Hint("see to the disk and the profile's folder, then run the command again"))
	}
	switch e.Code() & 0xff { // the low byte is the primary code
	case sqlite3.SQLITE_INTERRUPT: // in the middle of a statement, and for the same reason
		return fmt.Errorf("%s: %w: %w", what, context.Canceled, err)
	case sqlite3.SQLITE_FULL:
		return fault.New("store.full", "cannot "+what+": the disk is full", fault.Cause(err),
			fault.Hint("make room on the disk and run the command again; nothing was half-written"))
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fault.New("profile.access", "cannot "+what, fault.Cause(err), fault.Hint(accessHint))
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fault.New("store.damaged", "cannot "+what+": the database is damaged", fault.Cause(err),
			fault.Hint("restore it from a backup; plans, approvals and runs are files of their own and not affected"))
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fault.New("store.busy", "cannot "+what+": the database stayed locked by another process", fault.Cause(err),
			fault.Hint("run the command again"))
	default:
		return fault.New("store.database", "cannot "+what, fault.Cause(err))
	}
}
