package apply

import (
	"context"
	"errors"

	"adsync/core/fault"
)

// stopError ends a run before all changes were tried.
type stopError struct{ err error }

func (e *stopError) Error() string { return e.err.Error() }
func (e *stopError) Unwrap() error { return e.err }

func stop(err error) error {
	if s, ok := errors.AsType[*stopError](err); ok {
		return s
	}
	return &stopError{err}
}

func stopped(err error) bool {
	_, ok := errors.AsType[*stopError](err)
	return ok
}

// The codes of what apply finds itself.
const (
	codeChanged  = "stale.changed"        // Central's values are not those the plan saw
	codeMissing  = "stale.missing"        // Central does not hold it any more
	codeExists   = "stale.exists"         // Central holds such an object by now
	codeManaged  = "stale.managed"        // a directory service manages it by now
	codeUnlinked = "stale.unlinked"       // the ledger does not say so any more
	codeUnwanted = "stale.directory"      // the directory does not say so any more
	codeForeign  = "stale.foreignMembers" // the group holds somebody else's member
	codeNeeds    = "needs.failed"
	codeApproval = "needs.unapproved"
)

func stale(code, message string, options ...fault.Option) error {
	return fault.New(code, message, options...)
}

// judged turns an error into the verdict that it means for a change that was
// not, or certainly not successfully, written.
func judged(err error) verdict {
	switch {
	case fault.Is(err, "stale"):
		return verdict{outcome: Stale, err: err}
	case fault.Is(err, "needs"), fault.Is(err, "directory"), fault.Code(err) == "" && interrupted(err):
		return verdict{outcome: Skipped, err: err}
	}
	return verdict{outcome: Failed, err: err}
}

// fatal reports whether an error would meet every other change too.
func fatal(err error) bool {
	for _, code := range []string{"central.credential", "central.unreachable", "central.rateLimited", "central.token", "central.tenant", "central.certificate", "central.regionBlocked", "proxy", "store"} {
		if fault.Is(err, code) {
			return true
		}
	}
	return false
}

func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// refused reports whether a write certainly had no effect. Whatever is not known
// to be a refusal counts as unclear: nothing is sent twice on a guess.
func refused(err error) bool {
	if fault.Is(err, "central.unclear") {
		return false
	}
	if fatal(err) || interrupted(err) {
		return true
	}
	for _, code := range []string{"stale", "internal", "central.forbidden", "central.notFound", "central.conflict", "central.invalid"} {
		if fault.Is(err, code) {
			return true
		}
	}
	return false
}

// readFailed is the error of a read before a write: the run ends where every
// other read would fail too.
func readFailed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return stop(ctx.Err())
	}
	if fatal(err) {
		return stop(err)
	}
	return err
}

// problem is an error as the record keeps it.
func problem(err error) *Problem {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*fault.Error](err); ok {
		return &Problem{Code: f.Code, Message: err.Error(), Hint: f.Hint}
	}
	if interrupted(err) {
		return &Problem{Code: "interrupted", Message: "stopped before all changes were tried", Hint: "go on with: adsync run resume"}
	}
	if _, ok := errors.AsType[*journalError](err); ok {
		return &Problem{Code: "store.journal", Message: err.Error(), Hint: "nothing more was sent; see to the disk, then: adsync run resume"}
	}
	return &Problem{Code: "internal.unexpected", Message: err.Error()}
}
