package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"adsync/core/fault"
)

// database opens an SQLite file, creates it where create is set, and brings its
// tables up to the last of the steps, each of which ends with its own number as
// the file's version. It returns nil where there is no file and
// none is to be made.
//
// In WAL mode a reader never waits for a writer; writers wait for one another
// for as long as a transaction takes, which is milliseconds.
func database(ctx context.Context, path string, create bool, durable string, steps []string) (*sql.DB, error) {
	_, err := os.Stat(path) //nolint:gosec // the home is the caller's to name, the rest is ours
	switch {
	case errors.Is(err, fs.ErrNotExist) && !create:
		return nil, nil //nolint:nilnil // no file is an answer, not an error
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, problem("open "+filepath.Base(path), err)
	}
	if create {
		if err := private(path); err != nil {
			return nil, err
		}
	}
	db, err := sql.Open("sqlite", source(path, durable))
	if err != nil {
		return nil, problem("open "+filepath.Base(path), err)
	}
	if err := migrate(ctx, db, filepath.Base(path), steps); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

// private makes the file before SQLite does, readable by its owner alone; the
// files beside it get the same mode.
func private(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // as above
	if err != nil {
		return problem("create "+filepath.Base(path), err)
	}
	return problem("create "+filepath.Base(path), f.Close())
}

// source is the file as a URI: a path may hold characters that mean something
// in one.
func source(path, durable string) string {
	slashed := filepath.ToSlash(path)
	if !strings.HasPrefix(slashed, "/") {
		slashed = "/" + slashed
	}
	query := url.Values{
		"mode":    {"rw"},
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(20000)", "journal_mode(WAL)", "synchronous(" + durable + ")"},
	}
	return (&url.URL{Scheme: "file", Path: slashed, RawQuery: query.Encode()}).String()
}

// migrate runs the steps that the file does not have yet.
func migrate(ctx context.Context, db *sql.DB, name string, steps []string) error {
	what := "open " + name
	done, err := version(ctx, db)
	for i := 0; i < 50 && locked(err); i++ { // several processes that turn a new file to WAL mode do not queue
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return problem(what, err)
		}
		done, err = version(ctx, db)
	}
	switch {
	case err != nil:
		return problem(what, err)
	case done > len(steps):
		return fault.New("store.newer", fmt.Sprintf("%s was written by a newer version of adsync (%d, this one knows %d)", name, done, len(steps)),
			fault.Hint("use the newer version"))
	case done == len(steps):
		return nil
	}
	return transact(ctx, db, "update "+name, func(tx *sql.Tx) error {
		done, err := version(ctx, tx) // another process may have been faster
		if err != nil {
			return err
		}
		for _, step := range steps[min(done, len(steps)):] {
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return err
			}
		}
		return nil
	})
}

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func version(ctx context.Context, q querier) (n int, err error) {
	err = q.QueryRowContext(ctx, "PRAGMA user_version").Scan(&n)
	return n, err
}

func locked(err error) bool {
	e, ok := errors.AsType[*sqlite.Error](err)
	return ok && e.Code()&0xff == sqlite3.SQLITE_BUSY
}

// transact runs do in one transaction, which has the right to write from its
// start: what it reads does not change before it writes.
func transact(ctx context.Context, db *sql.DB, what string, do func(*sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return problem(what, err)
	}
	if err := do(tx); err != nil {
		_ = tx.Rollback() // the first error is the one to tell
		return problem(what, err)
	}
	return problem(what, tx.Commit())
}
