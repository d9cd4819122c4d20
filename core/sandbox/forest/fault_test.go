package forest_test

import (
	"bufio"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"

	"adsync/core/sandbox/forest"
)

func TestDisturbedSearches(t *testing.T) {
	request := func() *ldap.SearchRequest {
		r := ask("OU=Staff,"+forest.BaseDN, ldap.ScopeWholeSubtree, "(objectClass=user)", "cn")
		r.Controls = []ldap.Control{ldap.NewControlPaging(50)}
		return r
	}
	for name, tc := range map[string]struct {
		why     string
		fault   forest.Fault
		code    uint16 // of the client library, 0 where it has none
		fails   bool
		entries int
	}{
		"Busy":     {"A controller may be busy in the middle of an answer.", forest.Fault{Code: 51, Text: "busy", Entries: 3}, ldap.LDAPResultBusy, true, 3},
		"Close":    {"A connection may end.", forest.Fault{Close: true, Entries: 2}, 0, true, 2},
		"Truncate": {"In the middle of a message too.", forest.Fault{Truncate: true}, 0, true, 0},
		"Hang":     {"An answer may not come.", forest.Fault{Hang: true}, ldap.ErrorNetwork, true, 0},
		"Empty":    {"Or be empty for no reason that is told.", forest.Fault{Empty: true}, 0, false, 0},
		"Late":     {"Or late.", forest.Fault{Delay: 20 * time.Millisecond}, 0, false, 50},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, nil)
			c := s.as(t, forest.Reader)
			c.SetTimeout(300 * time.Millisecond)
			operations := make(chan forest.Operation, 10)
			s.Disturb(func(o forest.Operation) forest.Fault {
				operations <- o
				return tc.fault
			})
			r, err := c.Search(request())
			if tc.fails != (err != nil) || tc.code != 0 && !ldap.IsErrorWithCode(err, tc.code) {
				t.Errorf("%s\n%v", tc.why, err)
			}
			if r != nil && len(r.Entries) != tc.entries {
				t.Errorf("%s\n%d entries", tc.why, len(r.Entries))
			}
			if o := <-operations; o.Kind != "search" || o.Page != 1 || o.Scope != "sub" || !slices.Equal(o.Attributes, []string{"cn"}) {
				t.Errorf("the operation was described as %+v", o)
			}
		})
	}
}

func TestTimeLimit(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, forest.Reader)
	s.Disturb(func(forest.Operation) forest.Fault { return forest.Fault{Delay: 5 * time.Second} })
	r := ask(forest.BaseDN, ldap.ScopeWholeSubtree, "(cn=*)", "cn")
	r.TimeLimit = 1
	start := time.Now()
	if _, err := c.Search(r); !ldap.IsErrorWithCode(err, ldap.LDAPResultTimeLimitExceeded) || time.Since(start) > 4*time.Second {
		t.Errorf("after %s: %v", time.Since(start), err)
	}
}

func TestAbandonedSearchEnds(t *testing.T) {
	s := open(t, nil)
	s.Disturb(func(o forest.Operation) forest.Fault {
		if o.Kind == "search" && o.Name != "" {
			return forest.Fault{Hang: true}
		}
		return forest.Fault{}
	})
	raw, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.server.LDAP)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	// Search 1 for the object DC=x, abandon 1, search 2 of the rootDSE.
	const (
		search  = "\x30\x29\x02\x01\x01\x63\x24\x04\x04DC=x\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass\x30\x00"
		abandon = "\x30\x06\x02\x01\x02\x50\x01\x01"
		rootDSE = "\x30\x25\x02\x01\x03\x63\x20\x04\x00\x0a\x01\x00\x0a\x01\x00\x02\x01\x00\x02\x01\x00\x01\x01\x00\x87\x0bobjectClass\x30\x00"
	)
	if _, err := raw.Write([]byte(search + abandon + rootDSE)); err != nil {
		t.Fatal(err)
	}
	if err := raw.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	head := make([]byte, 9)
	if _, err := bufio.NewReader(raw).Read(head); err != nil {
		t.Fatalf("nothing after the abandoned search: %v", err)
	}
	if !strings.Contains(string(head), "\x02\x01\x03") {
		t.Errorf("the first answer is %x, expected one to message 3", head)
	}
}

func TestGarbageEndsTheConnectionOnly(t *testing.T) {
	s := open(t, nil)
	for why, bytes := range map[string]string{
		"Not LDAP at all.":            "GET / HTTP/1.0\r\n\r\n",
		"A length beyond all bounds.": "\x30\x84\x7f\xff\xff\xff",
		"An indefinite length.":       "\x30\x80\x00\x00",
		"A message without an op.":    "\x30\x03\x02\x01\x01",
		"An op of another class.":     "\x30\x05\x02\x01\x01\x05\x00",
		"Deeper than anybody needs.":  "\x30\x83\x01\x00\x00" + strings.Repeat("\x30\x80", 1<<15),
	} {
		raw, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.server.LDAP)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Write([]byte(bytes)); err != nil {
			t.Fatal(err)
		}
		if err := raw.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Read(make([]byte, 1)); err == nil || errors.Is(err, net.ErrClosed) || isTimeout(err) {
			t.Errorf("%s\nnot ended: %v", why, err)
		}
		_ = raw.Close()
	}
	if _, err := s.as(t, forest.Reader).Search(ask("", ldap.ScopeBaseObject, "(objectClass=*)")); err != nil {
		t.Errorf("another connection: %v", err)
	}
}

func isTimeout(err error) bool {
	n, ok := errors.AsType[net.Error](err)
	return ok && n.Timeout()
}

func FuzzDN(f *testing.F) {
	for _, dn := range []string{forest.BaseDN, `CN=Weber\, Julia,OU=Sales`, `CN=a\0ADEL:x,DC=b`, `cn= x \20,dc=y`, `CN=\#a\+\"\<\>\;\=\\,DC=z`} {
		f.Add(dn)
	}
	f.Fuzz(func(t *testing.T, dn string) {
		once, err := forest.ParseDN(dn)
		if err != nil {
			return
		}
		twice, err := forest.ParseDN(once)
		if err != nil || once != twice {
			t.Errorf("%q is written %q, which reads as %q, %v", dn, once, twice, err)
		}
		if _, err := ldap.ParseDN(once); err != nil {
			t.Errorf("%q: go-ldap cannot read it: %v", once, err)
		}
	})
}
