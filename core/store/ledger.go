package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

const ledgerFile = "ledger.db"

// ledgerSteps make the tables of ledger.db; a step once published stays as it
// is, and new ones are added behind it.
var ledgerSteps = []string{`
CREATE TABLE links (
	guid       TEXT NOT NULL PRIMARY KEY,
	kind       TEXT NOT NULL,
	central_id TEXT NOT NULL UNIQUE,
	origin     TEXT NOT NULL,
	since      TEXT NOT NULL,
	run        TEXT NOT NULL,
	domain     TEXT NOT NULL,
	dn         TEXT NOT NULL,
	sid        TEXT NOT NULL,
	account    TEXT NOT NULL,
	name       TEXT NOT NULL,
	mail       TEXT NOT NULL,
	bases      TEXT NOT NULL,
	critical   INTEGER NOT NULL,
	sent       TEXT NOT NULL,
	answered   TEXT NOT NULL
);
CREATE TABLE state (
	name  TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);
CREATE TABLE revocations (
	approval TEXT NOT NULL PRIMARY KEY,
	account  TEXT NOT NULL,
	at       TEXT NOT NULL
);
PRAGMA user_version = 1
`, membershipStep, rosterStep}

const (
	linkColumns = `guid, kind, central_id, origin, since, run, domain, dn, sid, account, name, mail, bases, critical, sent, answered`
	allLinks    = "SELECT " + linkColumns + " FROM links ORDER BY guid"
	oneLink     = "SELECT " + linkColumns + " FROM links WHERE guid = ?"
)

// db opens ledger.db; nil where there is none and create is not set.
func (p *Profile) db(ctx context.Context, create bool) (*sql.DB, error) {
	if create {
		if _, err := p.write("."); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ledger != nil {
		return p.ledger, nil
	}
	db, err := database(ctx, filepath.Join(p.Dir(), ledgerFile), create, "FULL", ledgerSteps)
	if err != nil {
		return nil, err
	}
	p.ledger = db
	return db, nil
}

// Links returns the whole ledger, in the order of the objectGUIDs.
func (p *Profile) Links(ctx context.Context) ([]identity.Link, error) {
	return p.links(ctx, allLinks)
}

// Link returns the link of one object of the directory by its key, false where it
// has none.
func (p *Profile) Link(ctx context.Context, key identity.GUID) (identity.Link, bool, error) {
	links, err := p.links(ctx, oneLink, string(key))
	if err != nil || len(links) == 0 {
		return identity.Link{}, false, err
	}
	return links[0], true, nil
}

func (p *Profile) links(ctx context.Context, query string, args ...any) ([]identity.Link, error) {
	links := []identity.Link{}
	db, err := p.db(ctx, false)
	if err != nil || db == nil {
		return links, err
	}
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, problem("read the ledger", err)
	}
	defer rows.Close()
	for rows.Next() {
		var l identity.Link
		var key identity.GUID
		var since, bases, sent, answered string
		if err := rows.Scan(&key, &l.Kind, &l.CentralID, &l.Origin, &since, &l.Run, &l.Domain, &l.DN, &l.SID,
			&l.Account, &l.Name, &l.Mail, &bases, &l.Critical, &sent, &answered); err != nil {
			return nil, problem("read the ledger", err)
		}
		l.GUID, l.Type = identity.SplitKey(key)
		l.Since, err = time.Parse(time.RFC3339Nano, since)
		if err := errors.Join(err, json.Unmarshal([]byte(bases), &l.Bases), json.Unmarshal([]byte(sent), &l.Sent),
			json.Unmarshal([]byte(answered), &l.Answered)); err != nil {
			return nil, fault.New("store.damaged", fmt.Sprintf("the ledger's line of %s cannot be read", l.GUID), fault.Cause(err))
		}
		links = append(links, l)
	}
	if err := rows.Err(); err != nil {
		return nil, problem("read the ledger", err)
	}
	return links, nil
}

// PutLink adds links or replaces those of the same objects, all or none. An
// object of Central stands for one object of the directory only.
func (p *Profile) PutLink(ctx context.Context, links ...identity.Link) error {
	db, err := p.db(ctx, true)
	if err != nil {
		return err
	}
	return transact(ctx, db, "write the ledger", func(tx *sql.Tx) error {
		for _, l := range links {
			if err := putLink(ctx, tx, l); err != nil {
				return err
			}
		}
		return nil
	})
}

func putLink(ctx context.Context, tx *sql.Tx, l identity.Link) error {
	if l.GUID == "" || l.CentralID == "" {
		return fault.New("internal.link", fmt.Sprintf("a link needs both ids, not %q and %q", l.GUID, l.CentralID))
	}
	var holder string
	err := tx.QueryRowContext(ctx, "SELECT guid FROM links WHERE central_id = ? AND guid <> ?", l.CentralID, string(l.Key())).Scan(&holder)
	if err == nil {
		return fault.New("store.link.taken", fmt.Sprintf("%s of Sophos Central stands for %s already, it cannot stand for %s too", l.CentralID, holder, l.GUID))
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if err := replaced(ctx, tx, l); err != nil {
		return err
	}
	bases, err := json.Marshal(append([]string{}, l.Bases...))
	if err != nil {
		return err
	}
	sent, err := json.Marshal(l.Sent)
	if err != nil {
		return err
	}
	answered, err := json.Marshal(l.Answered)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO links (`+linkColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (guid) DO UPDATE SET kind = excluded.kind, central_id = excluded.central_id, origin = excluded.origin,
		since = excluded.since, run = excluded.run, domain = excluded.domain, dn = excluded.dn, sid = excluded.sid,
		account = excluded.account, name = excluded.name, mail = excluded.mail, bases = excluded.bases,
		critical = excluded.critical, sent = excluded.sent, answered = excluded.answered`,
		string(l.Key()), string(l.Kind), l.CentralID, string(l.Origin), stamp(l.Since), l.Run, l.Domain, l.DN, l.SID,
		l.Account, l.Name, l.Mail, string(bases), number(l.Critical), string(sent), string(answered))
	return err
}

// DeleteLink forgets an object, by its key, and its memberships; one that is not known is no
// error.
func (p *Profile) DeleteLink(ctx context.Context, key identity.GUID) error {
	db, err := p.db(ctx, true)
	if err != nil {
		return err
	}
	return transact(ctx, db, "write the ledger", func(tx *sql.Tx) error {
		if err := strike(ctx, tx, key); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM links WHERE guid = ?", string(key)); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM memberships WHERE group_guid = ? OR user_guid = ?", string(key), string(key))
		return err
	})
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}
