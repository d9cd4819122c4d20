package commands

import (
	"context"
	"errors"
	"slices"
	"strings"

	"adsync/core/fault"
)

// The exit codes that commands end with by themselves, beside their document.
const (
	exitOK          = 0
	exitFailed      = 1
	exitChanges     = 10
	exitHeld        = 11
	exitStale       = 13
	exitPartial     = 14
	exitConfig      = 40
	exitUsage       = 80
	exitInterrupted = 130
)

// exit is a line of the table of exit codes.
type exit struct {
	code    int
	name    string
	meaning string
	// faults are the codes of errors that end with this one, those below each
	// of them included.
	faults []string
}

// exits is the table of exit codes, in the order of precedence: where several
// apply, the first one counts. Scripts depend on the numbers, so they are only
// ever added to. 2 is left out: it is what a crashing Go program exits with.
var exits = []exit{
	{exitInterrupted, "interrupted", "Ctrl+C or a stop request", []string{"interrupted"}},
	{exitUsage, "usage", "bad arguments", []string{"usage"}},
	{exitConfig, "config", "configuration missing, invalid, not validated yet, or the profile's folder not accessible", []string{"config", "profile", "central.tenant"}},
	{30, "busy", "another run holds the lock", []string{"run.busy"}},
	{22, "credential", "not found, not readable by this account, or rejected", []string{"credential", "central.credential", "directory.bind"}},
	{23, "proxy", "the proxy is not reachable or wants (other) credentials", []string{"proxy"}},
	{20, "directory", "Active Directory not reachable, rights refused, or certificate not trusted", []string{"directory"}},
	{21, "central", "Sophos Central not reachable or refused", []string{"central"}},
	{exitFailed, "failed", "anything not named here", nil},
	{12, "approval", "missing, expired, revoked, or for other bytes", []string{"approval"}},
	{exitStale, "stale", "objects changed since the plan was made", []string{"stale"}},
	{exitPartial, "partial", "some changes failed or their outcome is unknown; the run record says which", nil},
	{exitHeld, "held", "the plan has holds, a read was incomplete, or something waits for a person", nil},
	{exitChanges, "changes", "the plan is not empty (only with --fail-on-changes)", nil},
	{exitOK, "ok", "done, or nothing to do", nil},
}

// worst returns the code that comes first in the order of precedence.
func worst(codes ...int) int {
	for _, e := range exits {
		if slices.Contains(codes, e.code) {
			return e.code
		}
	}
	return exitFailed
}

// exitCode returns the exit code of an error: that of the longest prefix of its
// fault code in the table.
func exitCode(err error) int {
	if err == nil {
		return exitOK
	}
	if code, ok := asStatus(err); ok {
		return code
	}
	if errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	return codeExit(fault.Code(err))
}

// codeExit returns the exit code of a fault code.
func codeExit(code string) int {
	found, length := exitFailed, 0
	for _, e := range exits {
		for _, f := range e.faults {
			if len(f) > length && (code == f || strings.HasPrefix(code, f+".")) {
				found, length = e.code, len(f)
			}
		}
	}
	return found
}

// status is returned by a command that has printed its document and ends with
// another code than 0.
type status int

// Error satisfies the interface; nobody prints it.
func (s status) Error() string { return "ended with a document" }

// asStatus returns the code of an error whose document has been printed.
func asStatus(err error) (int, bool) {
	s, ok := errors.AsType[status](err)
	return int(s), ok
}
