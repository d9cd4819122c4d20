package directory_test

import (
	"bytes"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"adsync/core/directory"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// fake is a domain controller that does what a real one in a test bed never
// does. It pages by offset, and a test may take each request out of its hands.
type fake struct {
	t       *testing.T
	address string
	// bind decides on a logon; nil accepts.
	bind func(user, password string) (code int, text string)
	// search answers a search itself and returns true, or leaves it.
	search func(*search) bool
	// users and groups are the entries of the domain.
	users, groups []*ldap.Entry

	mu          sync.Mutex
	connections int
	binds       int
	searches    []string // base, filter and cookie of each
}

// search is a request and the way to answer it.
type search struct {
	conn       net.Conn
	connection int
	id         int64
	base       string
	filter     string
	attributes []string
	paged      bool
	size       int
	cookie     string
}

const (
	fakeBase = "DC=corp,DC=example"
	fakeHost = "127.0.0.1"

	fakeTimeout = 5 * time.Second
)

func serve(t *testing.T, f *fake) *fake {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fakeHost+":0")
	if err != nil {
		t.Fatal(err)
	}
	return f.listen(t, l)
}

// listen answers until the test ends.
func (f *fake) listen(t *testing.T, l net.Listener) *fake {
	t.Helper()
	f.t = t
	f.address = l.Addr().String()
	var open sync.WaitGroup
	var sockets []net.Conn
	t.Cleanup(func() {
		_ = l.Close()
		f.mu.Lock()
		for _, s := range sockets {
			_ = s.Close()
		}
		f.mu.Unlock()
		open.Wait()
	})
	open.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f.mu.Lock()
			f.connections++
			number := f.connections
			sockets = append(sockets, conn)
			f.mu.Unlock()
			open.Go(func() { f.talk(conn, number) })
		}
	})
	return f
}

func (f *fake) options() directory.Options {
	_, port, _ := net.SplitHostPort(f.address)
	n, _ := strconv.Atoi(port)
	return directory.Options{
		Servers: []string{fakeHost}, Port: n, Security: directory.SecurityNone, Bind: "simple", User: "reader@corp.example",
		Password: func() string { return "hunter2" }, Timeout: fakeTimeout, PageSize: 10, Now: time.Now,
	}
}

func (f *fake) dial(t *testing.T, change func(*directory.Options)) *directory.Client {
	t.Helper()
	o := f.options()
	if change != nil {
		change(&o)
	}
	c, err := directory.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func (f *fake) talk(conn net.Conn, number int) {
	defer func() { _ = conn.Close() }()
	for {
		p, err := ber.ReadPacket(conn)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, _ := p.Children[0].Value.(int64)
		switch op := p.Children[1]; int(op.Tag) {
		case ldap.ApplicationBindRequest:
			f.mu.Lock()
			f.binds++
			f.mu.Unlock()
			code, text := 0, ""
			if f.bind != nil {
				code, text = f.bind(op.Children[1].Data.String(), op.Children[2].Data.String())
			}
			write(conn, id, result(ldap.ApplicationBindResponse, code, text))
		case ldap.ApplicationSearchRequest:
			s := readSearch(conn, id, p)
			s.connection = number
			f.mu.Lock()
			f.searches = append(f.searches, fmt.Sprintf("%s %s %q", s.base, s.filter, s.cookie))
			f.mu.Unlock()
			if f.search == nil || !f.search(s) {
				f.answer(s)
			}
		case ldap.ApplicationUnbindRequest:
			return
		default:
			write(conn, id, result(ldap.ApplicationExtendedResponse, 2, "not supported"))
		}
	}
}

func readSearch(conn net.Conn, id int64, p *ber.Packet) *search {
	op := p.Children[1]
	s := &search{conn: conn, id: id, base: op.Children[0].Data.String()}
	s.filter, _ = ldap.DecompileFilter(op.Children[6])
	for _, a := range op.Children[7].Children {
		s.attributes = append(s.attributes, a.Data.String())
	}
	if len(p.Children) < 3 {
		return s
	}
	for _, c := range p.Children[2].Children {
		if decoded, err := ldap.DecodeControl(c); err == nil {
			if paging, ok := decoded.(*ldap.ControlPaging); ok {
				s.paged, s.size, s.cookie = true, int(paging.PagingSize), string(paging.Cookie)
			}
		}
	}
	return s
}

// answer is what a well-behaved controller says.
func (f *fake) answer(s *search) {
	switch {
	case s.base == "":
		s.all(ldap.NewEntry("", map[string][]string{
			"dnsHostName": {"dc1.corp.example"}, "defaultNamingContext": {fakeBase}, "rootDomainNamingContext": {fakeBase},
			"configurationNamingContext": {"CN=Configuration," + fakeBase}, "schemaNamingContext": {"CN=Schema,CN=Configuration," + fakeBase},
			"namingContexts": {fakeBase, "CN=Configuration," + fakeBase}, "highestCommittedUSN": {"100"},
		}))
	case strings.HasPrefix(s.base, "CN=Partitions,"):
		s.all(
			partition("CORP", fakeBase, "corp.example", "3"), partition("Config", "CN=Configuration,"+fakeBase, "corp.example", "1"),
			partition("CHILD", "DC=child,"+fakeBase, "child.corp.example", "3"),
		)
	case strings.HasPrefix(s.base, "<WKGUID="):
		s.all(ldap.NewEntry("CN=Deleted Objects,"+fakeBase, map[string][]string{"objectGUID": {string(bytes.Repeat([]byte{9}, 16))}}))
	case strings.Contains(s.filter, "uSNChanged>="):
		s.all() // nothing was written meanwhile
	case strings.Contains(s.filter, "objectGUID="):
		s.all(slices.DeleteFunc(slices.Concat(f.users, f.groups), func(e *ldap.Entry) bool {
			return !strings.Contains(s.filter, escaped(e.GetAttributeValue("objectGUID")))
		})...)
	case strings.Contains(s.filter, "sAMAccountType"):
		s.pages(f.users)
	case strings.Contains(s.filter, "objectCategory=group"):
		s.pages(f.groups)
	case strings.Contains(s.filter, "objectClass=*"):
		s.all(ldap.NewEntry(s.base, map[string][]string{
			"objectGUID": {string(bytes.Repeat([]byte{7}, 16))}, "objectSid": {"\x01\x04\x00\x00\x00\x00\x00\x05\x15\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00"},
		}))
	default:
		s.all()
	}
}

// escaped is a value as DecompileFilter writes it.
func escaped(value string) string { return ldap.EscapeFilter(value) }

func partition(name, dn, dns, flags string) *ldap.Entry {
	return ldap.NewEntry("CN="+name+",CN=Partitions,CN=Configuration,"+fakeBase, map[string][]string{
		"nCName": {dn}, "dnsRoot": {dns}, "nETBIOSName": {name}, "systemFlags": {flags},
	})
}

// asked counts the searches whose text holds all of the parts.
func (f *fake) asked(parts ...string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, s := range f.searches {
		if !slices.ContainsFunc(parts, func(part string) bool { return !strings.Contains(s, part) }) {
			n++
		}
	}
	return n
}

// logons counts the bind requests.
func (f *fake) logons() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.binds
}
