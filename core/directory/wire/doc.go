// Package wire speaks LDAP (RFC 4511) on one connection, as far as a reader of
// Active Directory needs it. One operation runs at a time; its replies are
// decoded in the caller's goroutine, so that a slow caller slows the server down
// and nothing is queued. An operation succeeds only when the message that closes
// it came with code 0. After any other end than a result code the connection is
// broken and says so.
//
// Entries and errors are those of go-ldap, which is the reference that the
// decoder is tested against. Where the two differ, this one refuses more.
package wire
