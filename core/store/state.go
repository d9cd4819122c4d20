package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"adsync/core/fault"
)

// Get reads what Set kept under key into v; false, and v untouched, where
// nothing is.
func (p *Profile) Get(ctx context.Context, key string, v any) (bool, error) {
	db, err := p.db(ctx, false)
	if err != nil || db == nil {
		return false, err
	}
	var value string
	err = db.QueryRowContext(ctx, "SELECT value FROM state WHERE name = ?", key).Scan(&value)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil
	case err != nil:
		return false, problem("read the profile's state", err)
	}
	if err := json.Unmarshal([]byte(value), v); err != nil {
		return false, fault.New("store.damaged", "the profile's state "+key+" cannot be read", fault.Cause(err))
	}
	return true, nil
}

// Set keeps v as JSON under key.
func (p *Profile) Set(ctx context.Context, key string, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return fault.New("internal.state", "the profile's state "+key+" cannot be written", fault.Cause(err))
	}
	db, err := p.db(ctx, true)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "INSERT INTO state (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", key, string(value))
	return problem("write the profile's state", err)
}

// Unset forgets what Set kept under key.
func (p *Profile) Unset(ctx context.Context, key string) error {
	db, err := p.db(ctx, false)
	if err != nil || db == nil {
		return err
	}
	if db, err = p.db(ctx, true); err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "DELETE FROM state WHERE name = ?", key)
	return problem("write the profile's state", err)
}

// Revoke takes approvals back. A revocation is never taken back itself: the
// first one stands.
func (p *Profile) Revoke(ctx context.Context, approvals []string, by string, at time.Time) error {
	db, err := p.db(ctx, true)
	if err != nil {
		return err
	}
	return transact(ctx, db, "revoke", func(tx *sql.Tx) error {
		for _, id := range approvals {
			if _, err := tx.ExecContext(ctx, "INSERT INTO revocations (approval, account, at) VALUES (?, ?, ?) ON CONFLICT (approval) DO NOTHING",
				id, by, stamp(at)); err != nil {
				return err
			}
		}
		return nil
	})
}

// Revoked returns the ids of all approvals that were taken back, and when.
func (p *Profile) Revoked(ctx context.Context) (map[string]time.Time, error) {
	revoked := map[string]time.Time{}
	db, err := p.db(ctx, false)
	if err != nil || db == nil {
		return revoked, err
	}
	rows, err := db.QueryContext(ctx, "SELECT approval, at FROM revocations")
	if err != nil {
		return nil, problem("read the revocations", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, at string
		if err := rows.Scan(&id, &at); err != nil {
			return nil, problem("read the revocations", err)
		}
		// A time that cannot be read does not make the revocation void.
		revoked[id], _ = time.Parse(time.RFC3339Nano, at)
	}
	if err := rows.Err(); err != nil {
		return nil, problem("read the revocations", err)
	}
	return revoked, nil
}
