package store

import (
	"context"
	"database/sql"

	"adsync/core/identity"
)

// keyMemberships stands in the state once memberships are recorded: from the
// beginning, but for ledgers that had links before this table was.
const keyMemberships = "memberships"

const membershipStep = `
CREATE TABLE memberships (
	group_guid TEXT NOT NULL,
	user_guid  TEXT NOT NULL,
	PRIMARY KEY (group_guid, user_guid)
);
CREATE INDEX memberships_by_user ON memberships (user_guid);
INSERT INTO state (name, value) SELECT '` + keyMemberships + `', 'true' WHERE NOT EXISTS (SELECT 1 FROM links);
PRAGMA user_version = 2
`

// Memberships returns the memberships in Sophos Central that are ours, by group
// and user; nil while that was never recorded.
func (p *Profile) Memberships(ctx context.Context) (map[identity.GUID]map[identity.GUID]bool, error) {
	ours := map[identity.GUID]map[identity.GUID]bool{}
	db, err := p.db(ctx, false)
	if err != nil || db == nil {
		return ours, err
	}
	var recorded bool
	if recorded, err = p.Get(ctx, keyMemberships, new(bool)); err != nil || !recorded {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, "SELECT group_guid, user_guid FROM memberships")
	if err != nil {
		return nil, problem("read the memberships", err)
	}
	defer rows.Close()
	for rows.Next() {
		var group, user identity.GUID
		if err := rows.Scan(&group, &user); err != nil {
			return nil, problem("read the memberships", err)
		}
		if ours[group] == nil {
			ours[group] = map[identity.GUID]bool{}
		}
		ours[group][user] = true
	}
	if err := rows.Err(); err != nil {
		return nil, problem("read the memberships", err)
	}
	return ours, nil
}

// Join records that users belong to a group by our doing, all or none. Whoever
// has no link is passed over: without it nothing is ours.
func (p *Profile) Join(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return p.record(ctx, users, func(tx *sql.Tx, user identity.GUID) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO state (name, value) VALUES (?, 'true') ON CONFLICT DO NOTHING", keyMemberships); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO memberships (group_guid, user_guid)
			SELECT g.guid, u.guid FROM links g, links u WHERE g.guid = ? AND u.guid = ? ON CONFLICT DO NOTHING`, string(group), string(user))
		if err != nil {
			return err
		}
		return enlist(ctx, tx, group, user, true)
	})
}

// Leave records that users do not belong to a group, all or none.
func (p *Profile) Leave(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return p.record(ctx, users, func(tx *sql.Tx, user identity.GUID) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM memberships WHERE group_guid = ? AND user_guid = ?", string(group), string(user))
		if err != nil {
			return err
		}
		return enlist(ctx, tx, group, user, false)
	})
}

func (p *Profile) record(ctx context.Context, users []identity.GUID, one func(*sql.Tx, identity.GUID) error) error {
	if len(users) == 0 {
		return nil
	}
	db, err := p.db(ctx, true)
	if err != nil {
		return err
	}
	return transact(ctx, db, "record memberships", func(tx *sql.Tx) error {
		for _, user := range users {
			if err := one(tx, user); err != nil {
				return err
			}
		}
		return nil
	})
}

// replaced forgets the memberships of an object whose link is to name another
// object of Central than before: that one has none yet.
func replaced(ctx context.Context, tx *sql.Tx, l identity.Link) error {
	_, err := tx.ExecContext(ctx, `DELETE FROM memberships WHERE (group_guid = ? OR user_guid = ?)
		AND EXISTS (SELECT 1 FROM links WHERE guid = ? AND central_id <> ?)`, string(l.Key()), string(l.Key()), string(l.Key()), l.CentralID)
	return err
}
