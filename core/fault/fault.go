// Package fault is the one error type that the program shows to its users: a
// stable code, what happened, and what to do about it. It is pure; which exit
// status a code becomes is decided in commands alone.
package fault

import (
	"errors"
	"strings"
)

// Error is an error with a code that scripts may branch on. Codes are dotted
// words, most general first ("directory.bind.refused"); once published a code
// does not change its meaning.
type Error struct {
	Code    string   // dotted words, for example "central.unreachable"
	Message string   // what was tried, with what, and what came back; no secrets
	Hint    string   // what the reader can do now; may be empty
	Details []string // further lines, one fact each; may be empty
	Next    []Next   // complete command lines that lead on; may be empty
	cause   error
}

// Next is a command that the reader may want to type now, and why.
type Next struct {
	Command string `json:"command"`
	Why     string `json:"why"`
}

// Error returns the message, with the cause behind it where there is one and
// the message does not hold it already.
func (e *Error) Error() string {
	if e.cause == nil || strings.Contains(e.Message, e.cause.Error()) {
		return e.Message
	}
	return e.Message + ": " + e.cause.Error()
}

// Unwrap returns the cause, nil if there is none.
func (e *Error) Unwrap() error { return e.cause }

// Option adds to an error while it is made.
type Option func(*Error)

// Hint says what the reader can do now.
func Hint(text string) Option { return func(e *Error) { e.Hint = text } }

// Cause keeps the error that led to this one.
func Cause(err error) Option { return func(e *Error) { e.cause = err } }

// Details adds lines of facts.
func Details(lines ...string) Option {
	return func(e *Error) { e.Details = append(e.Details, lines...) }
}

// Then adds a command line that leads on.
func Then(command, why string) Option {
	return func(e *Error) { e.Next = append(e.Next, Next{Command: command, Why: why}) }
}

// New returns an error with a code and a message.
func New(code, message string, options ...Option) error {
	e := &Error{Code: code, Message: message}
	for _, o := range options {
		o(e)
	}
	return e
}

// Code returns the code of the first Error in err's tree, "" if there is none.
func Code(err error) string {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return ""
}

// Is reports whether err carries code, or a code below it: "central" matches
// "central.unreachable" too.
func Is(err error, code string) bool {
	c := Code(err)
	return c == code || strings.HasPrefix(c, code+".")
}
