package apply

import (
	"context"
	"slices"
	"time"

	"adsync/core/identity"
	"adsync/core/plan"
)

// Picture is what Central and the ledger held when a plan was made.
type Picture struct {
	Users  []identity.CentralUser
	Groups []identity.CentralGroup
	Links  []identity.Link
}

// Rehearse counts the calls that it takes to carry changes out when nothing goes
// wrong and none is read too long before it is written: it carries them out, on
// the picture. What is done then counts the same where it is known from what size
// Central cuts a list; until the picture has a cut one, all are taken to be shown
// whole. Changes of devices are counted by package plan.
func Rehearse(ctx context.Context, changes []plan.Change, p Picture) (int, error) {
	devices := plan.CountDevices(changes)
	changes = slices.DeleteFunc(slices.Clone(changes), func(c plan.Change) bool {
		return c.Kind != identity.KindUser && c.Kind != identity.KindGroup
	})
	s := newStage(changes, p)
	now := time.Unix(0, 0)
	j := Job{
		Header: Header{ID: "rehearsal"}, Plan: plan.Document{CreatedAt: now, Changes: changes}, Approved: map[string]bool{},
		Target: s, Source: nodding{}, Ledger: &s.ledger, Journal: blank{}, Now: func() time.Time { return now },
	}
	for _, c := range changes {
		j.Approved[c.ID] = true
	}
	run, err := Do(ctx, j)
	return run.Summary.Calls + devices, err
}

// nodding is a directory that wants everything.
type nodding struct{}

// Ask says yes.
func (nodding) Ask(_ context.Context, changes []plan.Change) (map[string]string, error) {
	said := make(map[string]string, len(changes))
	for _, c := range changes {
		said[c.ID] = ""
	}
	return said, nil
}

// blank is a journal that keeps nothing.
type blank struct{}

// Append keeps nothing.
func (blank) Append([]byte) error { return nil }

// linkbook is a ledger of links alone.
type linkbook struct {
	links  map[identity.GUID]identity.Link
	owners map[string]identity.GUID
}

func (l *linkbook) Link(_ context.Context, id identity.GUID) (identity.Link, bool, error) {
	k, ok := l.links[id]
	return k, ok, nil
}

func (l *linkbook) Owner(_ context.Context, id string) (identity.GUID, bool, error) {
	k, ok := l.owners[id]
	return k, ok, nil
}

func (l *linkbook) Put(_ context.Context, k identity.Link) error {
	l.links[k.Key()], l.owners[k.CentralID] = k, k.Key()
	return nil
}

func (l *linkbook) Delete(_ context.Context, id identity.GUID) error {
	delete(l.owners, l.links[id].CentralID)
	delete(l.links, id)
	return nil
}

func (l *linkbook) Join(context.Context, identity.GUID, ...identity.GUID) error { return nil }

func (l *linkbook) Leave(context.Context, identity.GUID, ...identity.GUID) error { return nil }
