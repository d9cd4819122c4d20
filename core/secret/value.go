// Package secret keeps secrets where the account's operating system keeps them:
// Credential Manager on Windows, environment variables or a file of the
// account's own elsewhere. A secret leaves it as a Value, which no format verb,
// encoder or logger prints.
package secret

import "log/slog"

const hidden = "[secret]"

// Value is a secret. It holds a pointer because fmt calls no methods on
// unexported fields: inside an outer struct it prints as an address at most.
type Value struct{ p *string }

// NewValue takes a secret in.
func NewValue(s string) Value { return Value{&s} }

// Reveal hands the secret out. Every place that calls it sends or stores it.
func (v Value) Reveal() string {
	if v.p == nil {
		return ""
	}
	return *v.p
}

// Empty reports whether there is no secret.
func (v Value) Empty() bool { return v.p == nil || *v.p == "" }

// String hides the secret.
func (Value) String() string { return hidden }

// GoString hides the secret.
func (Value) GoString() string { return hidden }

// LogValue hides the secret.
func (Value) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the secret, in JSON too.
func (Value) MarshalText() ([]byte, error) { return []byte(hidden), nil }
