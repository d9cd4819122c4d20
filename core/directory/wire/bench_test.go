package wire_test

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"adsync/core/directory/wire"

	"github.com/go-ldap/ldap/v3"
)

// replay is a connection to a server that costs nothing: what it answers to the
// first request lies encoded in memory.
type replay struct {
	net.Conn
	reply []byte
	asked chan struct{}
}

func (r *replay) Write(b []byte) (int, error) { close(r.asked); return len(b), nil }

func (r *replay) Read(b []byte) (int, error) {
	<-r.asked
	if len(r.reply) == 0 {
		return 0, io.EOF
	}
	// A TLS record is what a connection gives at once.
	n := copy(b, r.reply[:min(len(r.reply), 16<<10)])
	r.reply = r.reply[n:]
	return n, nil
}

func (*replay) Close() error                     { return nil }
func (*replay) SetDeadline(time.Time) error      { return nil }
func (*replay) SetReadDeadline(time.Time) error  { return nil }
func (*replay) SetWriteDeadline(time.Time) error { return nil }

const replayed = 5000

// accounts are entries as the search for users brings them.
func accounts() []byte {
	var b []byte
	for i := range replayed {
		name := fmt.Sprintf("u%06d", i)
		b = append(b, envelope(1, entry(&ldap.Entry{
			DN: "CN=Anna Müller " + name + ",OU=Sales,OU=People,DC=corp,DC=example,DC=com",
			Attributes: []*ldap.EntryAttribute{
				ldap.NewEntryAttribute("cn", []string{"Anna Müller " + name}),
				ldap.NewEntryAttribute("whenCreated", []string{"20250101000000.0Z"}),
				ldap.NewEntryAttribute("displayName", []string{"Anna Müller"}),
				ldap.NewEntryAttribute("objectGUID", []string{"0123456789" + name[1:]}),
				ldap.NewEntryAttribute("userAccountControl", []string{"512"}),
				ldap.NewEntryAttribute("primaryGroupID", []string{"513"}),
				ldap.NewEntryAttribute("objectSid", []string{"\x01\x05\x00\x00\x00\x00\x00\x05\x15\x00\x00\x0012345678" + name}),
				ldap.NewEntryAttribute("accountExpires", []string{"9223372036854775807"}),
				ldap.NewEntryAttribute("sAMAccountName", []string{name}),
				ldap.NewEntryAttribute("mail", []string{name + "@example.com"}),
			},
		}))...)
	}
	return append(b, envelope(1, done(0, ""))...)
}

func report(b *testing.B, entries int) {
	b.Helper()
	if entries != b.N*replayed {
		b.Fatalf("%d entries, want %d", entries, b.N*replayed)
	}
	b.ReportMetric(float64(entries)/b.Elapsed().Seconds(), "entries/s")
}

// BenchmarkEntries is what this package costs where the server costs nothing.
// Run it with -cpu 1 for the entries per second of one core.
func BenchmarkEntries(b *testing.B) {
	reply := accounts()
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		c := wire.New(&replay{reply: reply, asked: make(chan struct{})}, time.Minute)
		_, err := c.Search(b.Context(), everything, wire.Reply{Entry: func(*ldap.Entry) error { n++; return nil }})
		if err != nil {
			b.Fatal(err)
		}
	}
	report(b, n)
}

// BenchmarkReference is go-ldap on the same bytes.
func BenchmarkReference(b *testing.B) {
	reply := accounts()
	b.SetBytes(int64(len(reply)))
	b.ReportAllocs()
	request := ldap.NewSearchRequest(everything.Base, everything.Scope, ldap.NeverDerefAliases, 0, 0, false, everything.Filter, nil, nil)
	n := 0
	for b.Loop() {
		c := ldap.NewConn(&replay{reply: reply, asked: make(chan struct{})}, false)
		c.Start()
		found := c.SearchAsync(b.Context(), request, 64)
		for found.Next() {
			if found.Entry() != nil {
				n++
			}
		}
		if err := found.Err(); err != nil {
			b.Fatal(err)
		}
	}
	report(b, n)
}
