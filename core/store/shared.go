package store

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"adsync/core/fault"
)

const sharedFile = "shared.db"

var sharedSteps = []string{`
CREATE TABLE calls (
	client TEXT NOT NULL,
	width  BIGINT NOT NULL,
	slot   BIGINT NOT NULL,
	made   BIGINT NOT NULL,
	PRIMARY KEY (client, width, slot)
);
CREATE TABLE owners (
	tenant     TEXT NOT NULL,
	central_id TEXT NOT NULL,
	profile    TEXT NOT NULL,
	PRIMARY KEY (tenant, central_id)
);
PRAGMA user_version = 1
`}

// Shared is what the profiles of one home have in common: the rate budget of
// each API credential, and which profile owns which object of Central.
type Shared struct {
	home string
	now  func() time.Time
	mu   sync.Mutex
	open *sql.DB // nil until the file exists and was opened
}

// OpenShared returns it without touching the disk.
func OpenShared(home string, now func() time.Time) (*Shared, error) {
	home, err := filepath.Abs(home)
	if err != nil {
		return nil, problem("find the home folder", err)
	}
	return &Shared{home: home, now: now}, nil
}

// Close lets go of the file.
func (s *Shared) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		return nil
	}
	err := s.open.Close()
	s.open = nil
	return problem("close "+sharedFile, err)
}

func (s *Shared) db(ctx context.Context, create bool) (*sql.DB, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open != nil {
		return s.open, nil
	}
	if create {
		if err := os.MkdirAll(s.home, 0o700); err != nil { //nolint:gosec // the home is the caller's to name
			return nil, problem("create the home folder", err)
		}
	}
	// A power failure may forget the last calls, which costs nothing; flushing
	// each of them would cost more than the calls themselves.
	db, err := database(ctx, filepath.Join(s.home, sharedFile), create, "NORMAL", sharedSteps)
	if err != nil {
		return nil, err
	}
	s.open = db
	return db, nil
}

// Owners returns which profile owns which object of a tenant.
func (s *Shared) Owners(ctx context.Context, tenant string) (map[string]string, error) {
	owners := map[string]string{}
	db, err := s.db(ctx, false)
	if err != nil || db == nil {
		return owners, err
	}
	rows, err := db.QueryContext(ctx, "SELECT central_id, profile FROM owners WHERE tenant = ?", tenant)
	if err != nil {
		return nil, problem("read the owners", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, profile string
		if err := rows.Scan(&id, &profile); err != nil {
			return nil, problem("read the owners", err)
		}
		owners[id] = profile
	}
	if err := rows.Err(); err != nil {
		return nil, problem("read the owners", err)
	}
	return owners, nil
}

// Claim makes a profile the owner of objects, all or none; what another profile
// owns is refused.
func (s *Shared) Claim(ctx context.Context, tenant, profile string, ids ...string) error {
	db, err := s.db(ctx, true)
	if err != nil {
		return err
	}
	return transact(ctx, db, "claim objects", func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "INSERT INTO owners (tenant, central_id, profile) VALUES (?, ?, ?) ON CONFLICT (tenant, central_id) DO NOTHING",
				tenant, id, profile); err != nil {
				return err
			}
			var owner string
			if err := tx.QueryRowContext(ctx, "SELECT profile FROM owners WHERE tenant = ? AND central_id = ?", tenant, id).Scan(&owner); err != nil {
				return err
			}
			if owner != profile {
				return fault.New("store.owned", fmt.Sprintf("%s of Sophos Central belongs to profile %s", id, owner),
					fault.Hint("release it there first"))
			}
		}
		return nil
	})
}

// Release ends the ownership of objects that the profile owns.
func (s *Shared) Release(ctx context.Context, tenant, profile string, ids ...string) error {
	db, err := s.db(ctx, true)
	if err != nil {
		return err
	}
	return transact(ctx, db, "release objects", func(tx *sql.Tx) error {
		for _, id := range ids {
			if _, err := tx.ExecContext(ctx, "DELETE FROM owners WHERE tenant = ? AND central_id = ? AND profile = ?", tenant, id, profile); err != nil {
				return err
			}
		}
		return nil
	})
}
