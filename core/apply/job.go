package apply

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

// Target is what apply needs of Sophos Central: objects by their ids, and the
// writes. A list is the whole list or an error; what is absent from a map does
// not exist. A write that was sent and whose effect is not known ends with the
// code central.unclear; one that ends with the error of its context was not sent.
type Target interface {
	UsersByID(ctx context.Context, ids []string) (map[string]identity.CentralUser, error)
	GroupsByID(ctx context.Context, ids []string) (map[string]identity.CentralGroup, error)
	// Members are the users of a group, Memberships the groups of a user.
	Members(ctx context.Context, groupID string) ([]string, error)
	Memberships(ctx context.Context, userID string) ([]string, error)
	// FindUser returns the user with exactly this address or, where that is "",
	// with exactly this login; FindGroup the one with exactly this name.
	FindUser(ctx context.Context, email, exchangeLogin string) (*identity.CentralUser, error)
	FindGroup(ctx context.Context, name string) (*identity.CentralGroup, error)

	CreateUser(ctx context.Context, f identity.Fields, groupIDs []string) (identity.CentralUser, error)
	UpdateUser(ctx context.Context, id string, f identity.Fields) (identity.CentralUser, error)
	DeleteUser(ctx context.Context, id string) error
	CreateGroup(ctx context.Context, f identity.Fields) (identity.CentralGroup, error)
	UpdateGroup(ctx context.Context, id string, f identity.Fields) (identity.CentralGroup, error)
	DeleteGroup(ctx context.Context, id string) error
	AddMembers(ctx context.Context, groupID string, userIDs []string) error
	RemoveMembers(ctx context.Context, groupID string, userIDs []string) error
	AddToGroups(ctx context.Context, userID string, groupIDs []string) error
	RemoveFromGroups(ctx context.Context, userID string, groupIDs []string) error

	DeviceTarget
	// Calls is the number of calls of the API made so far.
	Calls() int
}

// Source is the directory, asked again before a write.
type Source interface {
	// Ask returns for each change "" where it is still wanted, otherwise why it
	// is not. A change without an answer is not carried out.
	Ask(ctx context.Context, changes []plan.Change) (map[string]string, error)
}

// Ledger says which object of Central stands for which object of the directory, by
// the keys of identity.Key.
type Ledger interface {
	Link(ctx context.Context, object identity.GUID) (identity.Link, bool, error)
	// Owner returns what the object of Central stands for, false for none.
	Owner(ctx context.Context, centralID string) (identity.GUID, bool, error)
	// Put enters a link. Where it names another object of Central than before,
	// the memberships of that one are forgotten.
	Put(ctx context.Context, l identity.Link) error
	// Delete forgets an object and its memberships.
	Delete(ctx context.Context, object identity.GUID) error
	// Join and Leave record which memberships in Central are ours; both may be
	// said again, and neither of what has no link.
	Join(ctx context.Context, group identity.GUID, users ...identity.GUID) error
	Leave(ctx context.Context, group identity.GUID, users ...identity.GUID) error
}

// Journal keeps the record of the run. Append returns once the line is on disk.
type Journal interface {
	Append(line []byte) error
}

// Job is one run of one plan.
type Job struct {
	// Header is the first line of the journal, which the caller has written
	// before. Of a run that goes on it is taken from Lines.
	Header Header
	Plan   plan.Document
	// Approved are the ids of the changes to carry out. Holds of the plan that a
	// person lifted may be among them.
	Approved map[string]bool
	// Ended are the outcomes of changes of this plan in earlier runs: what
	// depends on them may go on.
	Ended map[string]Outcome

	Target  Target
	Source  Source
	Ledger  Ledger
	Journal Journal

	// ReadBack are the waits before each look at what became of a write without
	// a clear answer.
	ReadBack []time.Duration
	// Lines are the lines of the journal so far, of a run that goes on.
	Lines [][]byte

	Now      func() time.Time
	Log      *slog.Logger          // nil: nothing is logged
	Progress func(done, total int) // nil: nobody looks
}

// Do carries out the approved changes. The error is for a job about which
// nothing can be said; how the run ended stands in the Run.
func Do(ctx context.Context, j Job) (Run, error) {
	j.Lines = nil
	r, err := newRunner(j)
	if err != nil {
		return Run{}, err
	}
	return r.finish(ctx, r.all(ctx)), nil
}

// Resume goes on with the run whose lines the job has: it reads back what was
// under way, then tries what has no final outcome. Done, already and stale are
// final.
func Resume(ctx context.Context, j Job) (Run, error) {
	if len(j.Lines) == 0 {
		return Run{}, fault.New("internal.job", "a run that goes on needs its journal")
	}
	r, err := newRunner(j)
	if err != nil {
		return Run{}, err
	}
	if err := r.resume(); err != nil {
		return r.finish(ctx, err), nil
	}
	if err := r.settle(ctx, true); err != nil {
		return r.finish(ctx, err), nil
	}
	return r.finish(ctx, r.all(ctx)), nil
}

// SettleUnderway finds out what became of the changes that were under way when
// the run ended, and enters it in the ledger and the journal. Nothing is written
// to Central; of the job it needs neither Source nor Approved. The error is why
// it could not be found out.
func SettleUnderway(ctx context.Context, j Job) (Run, error) {
	r, err := newRunner(j)
	if err != nil {
		return Run{}, err
	}
	err = r.settle(ctx, false)
	r.run.Summary = summarise(r.run.Results, r.beyond)
	if r.run.Outcome == Complete || r.run.Outcome == Partial {
		r.run.Outcome = ending(r.run.Summary)
	}
	if s, ok := errors.AsType[*stopError](err); ok {
		err = s.err
	}
	return r.run, err
}
