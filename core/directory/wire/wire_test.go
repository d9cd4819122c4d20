package wire_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"adsync/core/directory/wire"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

var someone = &ldap.Entry{DN: "CN=u1,DC=corp", Attributes: []*ldap.EntryAttribute{ldap.NewEntryAttribute("cn", []string{"u1"})}}

// TestSearchEnds: how a search may end, what it means, and whether the
// connection may be used for another one.
func TestSearchEnds(t *testing.T) {
	for name, tc := range map[string]struct {
		why    string
		serve  func(p peer)
		code   uint16 // of the *ldap.Error; 0 is success
		text   string
		usable bool
	}{
		"Done": {
			"code 0 is the only success",
			func(p peer) { p.answer(entry(someone), done(0, "")) }, 0, "", true,
		},
		"SizeLimit": {
			"the server's word leaves the connection as it was",
			func(p peer) { p.answer(entry(someone), done(4, "too many")) }, 4, "too many", true,
		},
		"Closed": {
			"go-ldap reports a closed connection as an end without error",
			func(p peer) { p.answer(entry(someone)) }, ldap.ErrorNetwork, "closed the connection", false,
		},
		"ClosedWithinMessage": {
			"a message that is cut off",
			func(p peer) {
				p.request()
				b := envelope(1, done(0, ""))
				p.send(b[:len(b)-1])
			}, ldap.ErrorNetwork, "closed the connection", false,
		},
		"Disconnection": {
			"a notice of disconnection is no reply, whatever its code",
			func(p peer) { p.request(); p.send(envelope(0, result(ldap.ApplicationExtendedResponse, 0, "bye"))) },
			ldap.ErrorNetwork, "ends the connection", false,
		},
		"OtherMessage": {
			"the done message of another request",
			func(p peer) { p.request(); p.send(envelope(7, done(0, ""))) }, ldap.ErrorUnexpectedResponse, "message 7", false,
		},
		"OtherOperation": {
			"a bind response in a search",
			func(p peer) { p.answer(result(ldap.ApplicationBindResponse, 0, "")) }, ldap.ErrorUnexpectedResponse, "in a search", false,
		},
		"Garbage": {
			"an entry without attributes is malformed",
			func(p peer) {
				op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
				op.AppendChild(text("CN=x"))
				p.answer(op, done(0, ""))
			}, ldap.ErrorUnexpectedResponse, "not a search entry", false,
		},
		"NoLDAP": {
			"an answer of a web server",
			func(p peer) { p.request(); p.send([]byte("HTTP/1.1 400 Bad Request\r\n\r\n")) }, ldap.ErrorUnexpectedResponse, "not an LDAP message", false,
		},
		"EmptyReference": {
			"a reference without a URL hides what was not read",
			func(p peer) { p.answer(reference(), done(0, "")) }, ldap.ErrorUnexpectedResponse, "without a URL", false,
		},
		"BigCode": {
			"a code of the library from the wire",
			func(p peer) { p.answer(done(ldap.ErrorNetwork, "")) }, ldap.ErrorUnexpectedResponse, "no result code", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, func(p peer) {
				tc.serve(p)
				if tc.usable {
					p.answer(done(0, ""))
				}
			})
			var got collect
			_, err := c.Search(t.Context(), everything, got.reply())
			if tc.code == 0 && err != nil || tc.code != 0 && !ldap.IsErrorWithCode(err, tc.code) {
				t.Fatalf("%s\nerror %v, want code %d", tc.why, err, tc.code)
			}
			if err != nil && !strings.Contains(err.Error(), tc.text) {
				t.Errorf("%s\nerror %v, want %q in it", tc.why, err, tc.text)
			}
			if c.Broken() == tc.usable {
				t.Errorf("%s\nbroken %v", tc.why, c.Broken())
			}
			_, err = c.Search(t.Context(), everything, got.reply())
			if (err == nil) != tc.usable {
				t.Errorf("%s\nthe next search: %v", tc.why, err)
			}
		})
	}
}

// TestWaits: nothing waits for longer than it should.
func TestWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		why      string
		serve    func(p peer)
		cancel   time.Duration // 0: never
		want     error
		took     time.Duration
		patience time.Duration
	}{
		"Silence": {
			"the server takes the request and says nothing",
			func(p peer) { p.request(); p.request() }, 0, wire.ErrTimeout, timeout, 0,
		},
		"Unread": {
			"the server does not even read",
			func(peer) { time.Sleep(time.Hour) }, 0, wire.ErrTimeout, timeout, 0,
		},
		"Trickle": {
			"a message has to be whole in time; single bytes are no sign of life",
			func(p peer) {
				p.request()
				for _, b := range envelope(1, done(0, "a longer text")) {
					p.send([]byte{b})
					time.Sleep(time.Second)
				}
			}, 0, wire.ErrTimeout, timeout, 0,
		},
		"Slow": {
			"each message starts the wait anew",
			func(p peer) {
				p.request()
				for range 5 {
					time.Sleep(8 * time.Second)
					p.send(envelope(1, entry(someone)))
				}
				p.send(envelope(1, done(0, "")))
				p.request()
			}, 0, nil, 40 * time.Second, 0,
		},
		"Cancel": {
			"Ctrl+C works at once",
			func(p peer) { p.request(); p.request() }, 3 * time.Second, context.Canceled, 3 * time.Second, 0,
		},
		"Collecting": {
			"the server sends nothing until it has everything",
			func(p peer) {
				p.request()
				time.Sleep(4 * timeout)
				p.send(envelope(1, entry(someone)))
				p.send(envelope(1, done(0, "")))
				p.request()
			}, 0, nil, 4 * timeout, 5 * timeout,
		},
		"PatienceEnds": {
			"who is waited for longer may still never come",
			func(p peer) { p.request(); p.request() }, 0, wire.ErrTimeout, 5 * timeout, 5 * timeout,
		},
		"PatientOnce": {
			"once it sends, it goes on sending",
			func(p peer) {
				p.request()
				time.Sleep(2 * timeout)
				p.send(envelope(1, entry(someone)))
				p.request()
			}, 0, wire.ErrTimeout, 3 * timeout, 5 * timeout,
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := dial(t, tc.serve)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tc.cancel > 0 {
					time.AfterFunc(tc.cancel, cancel)
				}
				start := time.Now()
				request := everything
				request.Patience = tc.patience
				_, err := c.Search(ctx, request, new(collect).reply())
				if !errors.Is(err, tc.want) || (tc.want == nil) != (err == nil) {
					t.Errorf("%s\nerror %v, want %v", tc.why, err, tc.want)
				}
				if d := time.Since(start); d != tc.took {
					t.Errorf("%s\ntook %v, want %v", tc.why, d, tc.took)
				}
				if c.Broken() != (err != nil) {
					t.Errorf("%s\nbroken %v", tc.why, c.Broken())
				}
			})
		})
	}
}

// TestBackpressure: while the caller is busy with an entry, no more than a buffer
// of the rest is taken from the server, and no time counts.
func TestBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		c := dial(t, func(p peer) {
			p.request()
			for range 100_000 {
				p.send(envelope(1, entry(someone)))
				sent++
			}
		})
		stop := errors.New("enough")
		_, err := c.Search(t.Context(), everything, wire.Reply{Entry: func(*ldap.Entry) error {
			time.Sleep(time.Hour)
			synctest.Wait()
			if sent > 2 {
				t.Errorf("%d entries were taken while the first is being worked on", sent)
			}
			return stop
		}})
		if !errors.Is(err, stop) || !c.Broken() {
			t.Errorf("error %v, broken %v", err, c.Broken())
		}
	})
}

func TestControls(t *testing.T) {
	var asked *ber.Packet
	c := dial(t, func(p peer) {
		asked = p.request()
		paging := ldap.NewControlPaging(0)
		paging.SetCookie([]byte("next"))
		p.send(envelope(1, done(0, ""), paging.Encode()))
		p.request()
	})
	r := everything
	r.Controls = []wire.Control{
		{OID: ldap.ControlTypeMicrosoftShowDeleted, Critical: true},
		wire.Paging(500, []byte("here")),
		{OID: "1.2.3", Value: []byte{}},
	}
	controls, err := c.Search(t.Context(), r, new(collect).reply())
	if err != nil {
		t.Fatal(err)
	}
	cookie, ok := wire.Cookie(controls)
	if !ok || string(cookie) != "next" {
		t.Errorf("cookie %q, %v", cookie, ok)
	}
	list := asked.Children[2].Children
	// 0x01 would be false to Samba.
	if b := list[0].Bytes(); string(b[len(b)-3:]) != "\x01\x01\xff" {
		t.Errorf("criticality %x, want 0101ff", b[len(b)-3:])
	}
	decoded, err := ldap.DecodeControl(list[1])
	if p, is := decoded.(*ldap.ControlPaging); err != nil || !is || p.PagingSize != 500 || string(p.Cookie) != "here" {
		t.Errorf("paging control %v, %v", decoded, err)
	}
	if len(list[2].Children) != 2 {
		t.Errorf("an empty value is not no value: %x", list[2].Bytes())
	}
	for _, broken := range [][]wire.Control{nil, {{OID: "1.2"}}, {{OID: ldap.ControlTypePaging}}, {{OID: ldap.ControlTypePaging, Value: []byte{0x30, 3, 2, 1, 0}}}} {
		if _, ok := wire.Cookie(broken); ok {
			t.Errorf("%v has a cookie", broken)
		}
	}
}

// TestFilterBooleans: the flag of an extensible match is the boolean of LDAP.
func TestFilterBooleans(t *testing.T) {
	b, err := wire.Request{Filter: "(&(ou:dn:2.4.6.8:=Sales)(!(cn:dn:=x)))"}.Encoded()
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\x84\x01\xff"); n != 2 {
		t.Errorf("%d flags in %x, want 2", n, b)
	}
	if _, err := (wire.Request{Filter: "(cn=x"}).Encoded(); !ldap.IsErrorWithCode(err, ldap.ErrorFilterCompile) {
		t.Errorf("error %v", err)
	}
}
