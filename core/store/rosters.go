package store

import (
	"context"
	"database/sql"
	"time"

	"adsync/core/identity"
)

// Roster is who belonged to a group of Sophos Central when its members were read,
// with what Central's lists said of both sides then.
type Roster struct {
	Group   Stamp
	Members []Stamp
	ReadAt  time.Time // when Central was asked, not this memory
}

// Stamp is an object of Central as a list shows it: by how many memberships it
// says it has, and when it was changed, one state of it is told from another.
type Stamp struct {
	ID        string
	Total     int
	UpdatedAt time.Time
}

const rosterStep = `
CREATE TABLE rosters (
	group_id   TEXT NOT NULL PRIMARY KEY,
	total      INTEGER NOT NULL,
	updated_at TEXT NOT NULL,
	read_at    TEXT NOT NULL
);
CREATE TABLE roster_users (
	user_id    TEXT NOT NULL PRIMARY KEY,
	total      INTEGER NOT NULL,
	updated_at TEXT NOT NULL
);
CREATE TABLE roster_members (
	group_id TEXT NOT NULL,
	user_id  TEXT NOT NULL,
	PRIMARY KEY (group_id, user_id)
);
CREATE INDEX roster_members_by_user ON roster_members (user_id);
PRAGMA user_version = 3
`

// Rosters returns what is remembered of the members of groups, by their ids. It is
// a memory and proves nothing; what this profile changed in Central since is in it.
func (p *Profile) Rosters(ctx context.Context) (map[string]Roster, error) {
	all := map[string]Roster{}
	db, err := p.db(ctx, false)
	if err != nil || db == nil {
		return all, err
	}
	return rosters(ctx, db)
}

// rosters reads groups first: the members that a newer state of the tables has of
// another group are passed over.
func rosters(ctx context.Context, q querier) (map[string]Roster, error) {
	const what = "read the remembered members"
	all := map[string]Roster{}
	err := each(ctx, q, `SELECT group_id, total, updated_at, read_at FROM rosters`, func(rows *sql.Rows) error {
		var r Roster
		var updated, read string
		if err := rows.Scan(&r.Group.ID, &r.Group.Total, &updated, &read); err != nil {
			return err
		}
		r.Group.UpdatedAt, r.ReadAt = instant(updated), instant(read)
		all[r.Group.ID] = r
		return nil
	})
	if err != nil {
		return nil, problem(what, err)
	}
	err = each(ctx, q, `SELECT m.group_id, u.user_id, u.total, u.updated_at
		FROM roster_members m JOIN roster_users u ON u.user_id = m.user_id ORDER BY m.group_id, m.user_id`, func(rows *sql.Rows) error {
		var group, updated string
		var s Stamp
		if err := rows.Scan(&group, &s.ID, &s.Total, &updated); err != nil {
			return err
		}
		s.UpdatedAt = instant(updated)
		if r, ok := all[group]; ok {
			r.Members = append(r.Members, s)
			all[group] = r
		}
		return nil
	})
	return all, problem(what, err)
}

// each reads the rows of a query.
func each(ctx context.Context, q querier, query string, row func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// instant is a time as stamp wrote it, zero where it cannot be read: then it agrees
// with nothing.
func instant(text string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// PutRosters remembers these rosters and no others, all or none. Those that were
// read when the remembered ones were are the same.
func (p *Profile) PutRosters(ctx context.Context, list []Roster) error {
	db, err := p.db(ctx, true)
	if err != nil {
		return err
	}
	return transact(ctx, db, "remember members", func(tx *sql.Tx) error {
		before, err := rosters(ctx, tx)
		if err != nil {
			return err
		}
		for _, r := range list {
			same := r.ReadAt.Equal(before[r.Group.ID].ReadAt)
			delete(before, r.Group.ID)
			if same {
				continue
			}
			if err := putRoster(ctx, tx, r); err != nil {
				return err
			}
		}
		for id := range before {
			if err := dropRoster(ctx, tx, id); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM roster_users WHERE user_id NOT IN (SELECT user_id FROM roster_members)`)
		return err
	})
}

func putRoster(ctx context.Context, tx *sql.Tx, r Roster) error {
	if err := dropRoster(ctx, tx, r.Group.ID); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO rosters (group_id, total, updated_at, read_at) VALUES (?, ?, ?, ?)`,
		r.Group.ID, r.Group.Total, stamp(r.Group.UpdatedAt), stamp(r.ReadAt)); err != nil {
		return err
	}
	for _, m := range r.Members {
		if _, err := tx.ExecContext(ctx, `INSERT INTO roster_members (group_id, user_id) VALUES (?, ?)`, r.Group.ID, m.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO roster_users (user_id, total, updated_at) VALUES (?, ?, ?)
			ON CONFLICT (user_id) DO UPDATE SET total = excluded.total, updated_at = excluded.updated_at`, m.ID, m.Total, stamp(m.UpdatedAt)); err != nil {
			return err
		}
	}
	return nil
}

func dropRoster(ctx context.Context, tx *sql.Tx, group string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM roster_members WHERE group_id = ?`, group); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `DELETE FROM rosters WHERE group_id = ?`, group)
	return err
}

// enlist follows, in what is remembered, a membership that this profile made or
// ended. Of a group that is not remembered nothing is; where Central says otherwise
// at the next look, it is read again.
func enlist(ctx context.Context, tx *sql.Tx, group, user identity.GUID, in bool) error {
	const both = `FROM links g, links u WHERE g.guid = ? AND u.guid = ?`
	change, by := `INSERT INTO roster_members (group_id, user_id)
		SELECT g.central_id, u.central_id `+both+` AND g.central_id IN (SELECT group_id FROM rosters) ON CONFLICT DO NOTHING`, 1
	if !in {
		change, by = `DELETE FROM roster_members WHERE (group_id, user_id) IN (SELECT g.central_id, u.central_id `+both+`)`, -1
	}
	res, err := tx.ExecContext(ctx, change, string(group), string(user))
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); n == 0 || err != nil {
		return err
	}
	for _, side := range []struct {
		query string
		key   identity.GUID
	}{
		{`UPDATE rosters SET total = total + ? WHERE group_id = (SELECT central_id FROM links WHERE guid = ?)`, group},
		{`UPDATE roster_users SET total = total + ? WHERE user_id = (SELECT central_id FROM links WHERE guid = ?)`, user},
	} {
		if _, err := tx.ExecContext(ctx, side.query, by, string(side.key)); err != nil {
			return err
		}
	}
	return nil
}

// strike takes an object that the ledger forgets out of what is remembered.
func strike(ctx context.Context, tx *sql.Tx, key identity.GUID) error {
	const id = `(SELECT central_id FROM links WHERE guid = ?)`
	for _, query := range []string{
		`UPDATE rosters SET total = total - 1 WHERE group_id IN (SELECT group_id FROM roster_members WHERE user_id = ` + id + `)`,
		`DELETE FROM roster_members WHERE user_id = ` + id,
		`UPDATE roster_users SET total = total - 1 WHERE user_id IN (SELECT user_id FROM roster_members WHERE group_id = ` + id + `)`,
		`DELETE FROM roster_members WHERE group_id = ` + id,
		`DELETE FROM rosters WHERE group_id = ` + id,
	} {
		if _, err := tx.ExecContext(ctx, query, string(key)); err != nil {
			return err
		}
	}
	return nil
}
