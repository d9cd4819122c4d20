package apply_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"

	"adsync/core/identity"
	"adsync/core/plan"
)

// ledger is a ledger in memory that can be told to fail.
type ledger struct {
	links map[identity.GUID]identity.Link
	ours  map[seat]bool
	fail  error
}

// seat is a membership.
type seat struct{ group, user identity.GUID }

func (l *ledger) Link(_ context.Context, id identity.GUID) (identity.Link, bool, error) {
	k, ok := l.links[id]
	return k, ok, nil
}

func (l *ledger) Owner(_ context.Context, id string) (identity.GUID, bool, error) {
	for g, k := range l.links {
		if k.CentralID == id {
			return g, true, nil
		}
	}
	return "", false, nil
}

func (l *ledger) Put(ctx context.Context, k identity.Link) error {
	if err := cmp.Or(l.fail, ctx.Err()); err != nil {
		return err
	}
	if before, known := l.links[k.Key()]; known && before.CentralID != k.CentralID {
		l.vacate(k.Key())
	}
	l.links[k.Key()] = k
	return nil
}

func (l *ledger) Delete(ctx context.Context, id identity.GUID) error {
	if err := cmp.Or(l.fail, ctx.Err()); err != nil {
		return err
	}
	delete(l.links, id)
	l.vacate(id)
	return nil
}

func (l *ledger) vacate(id identity.GUID) {
	maps.DeleteFunc(l.ours, func(s seat, _ bool) bool { return s.group == id || s.user == id })
}

func (l *ledger) Join(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return l.seat(ctx, group, users, func(s seat) { l.ours[s] = true })
}

func (l *ledger) Leave(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return l.seat(ctx, group, users, func(s seat) { delete(l.ours, s) })
}

func (l *ledger) seat(ctx context.Context, group identity.GUID, users []identity.GUID, enter func(seat)) error {
	if err := cmp.Or(l.fail, ctx.Err()); err != nil {
		return err
	}
	for _, u := range users {
		if l.links[group].GUID != "" && l.links[u].GUID != "" {
			enter(seat{group, u})
		}
	}
	return nil
}

// errKilled is what a process that is killed panics with here.
var errKilled = errors.New("killed")

// journal keeps lines; hook may refuse one, or kill before or after it is kept.
type journal struct {
	lines [][]byte
	hook  func(n int) (before, after bool, err error)
	n     int
}

func (j *journal) Append(line []byte) error {
	j.n++
	var before, after bool
	if j.hook != nil {
		var err error
		if before, after, err = j.hook(j.n); err != nil {
			return err
		}
	}
	if before {
		panic(errKilled)
	}
	j.lines = append(j.lines, slices.Clone(line))
	if after {
		panic(errKilled)
	}
	return nil
}

// source answers "still wanted", but for the changes that it is told about.
type source struct {
	why   map[string]string
	err   error
	asked [][]string // names of the changes, by question
}

func (s *source) Ask(_ context.Context, changes []plan.Change) (map[string]string, error) {
	var names []string
	said := map[string]string{}
	for _, c := range changes {
		names = append(names, string(c.Action)+" "+c.Name)
		said[c.ID] = s.why[c.ID]
	}
	s.asked = append(s.asked, names)
	if s.err != nil {
		return nil, s.err
	}
	return said, nil
}
