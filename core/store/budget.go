package store

import (
	"context"
	"database/sql"
	"time"
)

// Rate is how many calls a credential may make. A number that is not positive
// stands for the API's own limit.
type Rate struct {
	PerSecond int
	PerMinute int
	PerHour   int
	PerDay    int
}

// span is a stretch of time with a most of calls. Calls are counted in slots
// much shorter than it, so that few rows tell what its last calls were; a slot
// counts until its whole length has gone by, which errs on the safe side.
type span struct {
	length, width time.Duration
	most          int
}

// Budget paces the calls of one credential, together with all other processes
// that use it. Any second and any minute stay within their limits; the hour and
// the day are only counted until they run short, and then a call waits for the
// oldest ones to fall out of them. So a small job goes at the pace of the
// minute, and only a large one at that of the hour.
type Budget struct {
	shared *Shared
	client string
	spans  []span
}

// Budget returns the budget of the credential with this client ID.
func (s *Shared) Budget(clientID string, r Rate) *Budget {
	most := func(n, otherwise int) int {
		if n > 0 {
			return n
		}
		return otherwise
	}
	return &Budget{shared: s, client: clientID, spans: []span{
		{time.Second, 50 * time.Millisecond, most(r.PerSecond, 10)},
		{time.Minute, time.Second, most(r.PerMinute, 100)},
		{time.Hour, time.Minute, most(r.PerHour, 1000)},
		{24 * time.Hour, 15 * time.Minute, most(r.PerDay, 200000)},
	}}
}

// Take returns when one call may be made, which is counted then.
func (b *Budget) Take(ctx context.Context) error {
	db, err := b.shared.db(ctx, true)
	if err != nil {
		return err
	}
	for {
		wait, err := b.try(ctx, db)
		if err != nil || wait <= 0 {
			return err
		}
		if err := sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// try counts a call if all spans have room, otherwise it says how long to wait.
func (b *Budget) try(ctx context.Context, db *sql.DB) (wait time.Duration, err error) {
	err = transact(ctx, db, "count a call", func(tx *sql.Tx) error {
		now := b.shared.now()
		wait = 0
		for _, s := range b.spans {
			w, err := b.wait(ctx, tx, s, now)
			if err != nil {
				return err
			}
			wait = max(wait, w)
		}
		if wait > 0 {
			return nil
		}
		for _, s := range b.spans {
			if _, err := tx.ExecContext(ctx, `INSERT INTO calls (client, width, slot, made) VALUES (?, ?, ?, 1)
				ON CONFLICT (client, width, slot) DO UPDATE SET made = calls.made + 1`,
				b.client, int64(s.width), slot(now, s)); err != nil {
				return err
			}
		}
		return nil
	})
	return wait, err
}

func slot(t time.Time, s span) int64 { return t.UnixNano() / int64(s.width) }

// wait is how long until the span has room for one more call. Slots that have
// gone by are removed; so are those to come, which only a clock that was set
// back has left.
func (b *Budget) wait(ctx context.Context, tx *sql.Tx, s span, now time.Time) (time.Duration, error) {
	oldest, newest := s.slots(now)
	if _, err := tx.ExecContext(ctx, "DELETE FROM calls WHERE client = ? AND width = ? AND (slot < ? OR slot > ?)",
		b.client, int64(s.width), oldest, newest); err != nil {
		return 0, err
	}
	_, wait, err := b.room(ctx, tx, s, now)
	return wait, err
}

// slots are the oldest and the newest slot that count at a time.
func (s span) slots(now time.Time) (oldest, newest int64) {
	return slot(now.Add(-s.length), s), slot(now, s) + 1
}

// room counts the calls of a span, and says how long it has no room for another.
func (b *Budget) room(ctx context.Context, q querier, s span, now time.Time) (made int, wait time.Duration, err error) {
	oldest, newest := s.slots(now)
	rows, err := q.QueryContext(ctx, "SELECT slot, made FROM calls WHERE client = ? AND width = ? AND slot BETWEEN ? AND ? ORDER BY slot DESC",
		b.client, int64(s.width), oldest, newest)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var at int64
		var n int
		if err := rows.Scan(&at, &n); err != nil {
			return 0, 0, err
		}
		if made < s.most && made+n >= s.most {
			// All that is older must not count any more, this slot included.
			ends := time.Unix(0, (at+1)*int64(s.width)).Add(s.length)
			wait = max(ends.Sub(now), time.Millisecond)
		}
		made += n
	}
	return made, wait, rows.Err()
}

// Usage is how much of a span of the budget is used.
type Usage struct {
	Span time.Duration
	Most int
	Made int           // within the span, up to now
	Wait time.Duration // until there is room for another call
}

// Usage says of each span how many calls were made, by whatever process. It takes
// none and creates nothing.
func (b *Budget) Usage(ctx context.Context) ([]Usage, error) {
	db, err := b.shared.db(ctx, false)
	if err != nil {
		return nil, err
	}
	var all []Usage
	now := b.shared.now()
	for _, s := range b.spans {
		u := Usage{Span: s.length, Most: s.most}
		if db != nil {
			if u.Made, u.Wait, err = b.room(ctx, db, s, now); err != nil {
				return nil, problem("read the rate budget", err)
			}
		}
		all = append(all, u)
	}
	return all, nil
}
