package directory_test

import (
	"bytes"
	"fmt"
	"log/slog"
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
	t       testing.TB
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
)

func serve(t testing.TB, f *fake) *fake {
	t.Helper()
	f.t = t
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fakeHost+":0")
	if err != nil {
		t.Fatal(err)
	}
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
		Password: func() string { return "hunter2" }, Timeout: 5 * time.Second, PageSize: 10, Now: time.Now,
	}
}

func (f *fake) dial(t testing.TB, change func(*directory.Options)) *directory.Client {
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
		switch op := p.Children[1]; op.Tag {
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

func partition(name, dn, dns, flags string) *ldap.Entry {
	return ldap.NewEntry("CN="+name+",CN=Partitions,CN=Configuration,"+fakeBase, map[string][]string{
		"nCName": {dn}, "dnsRoot": {dns}, "nETBIOSName": {name}, "systemFlags": {flags},
	})
}

// pages sends the page that the cookie asks for.
func (s *search) pages(entries []*ldap.Entry) {
	from, _ := strconv.Atoi(s.cookie)
	to := min(from+s.size, len(entries))
	for _, e := range entries[from:to] {
		s.entry(e)
	}
	next := ""
	if to < len(entries) {
		next = strconv.Itoa(to)
	}
	s.done(0, "", &next)
}

func (s *search) all(entries ...*ldap.Entry) {
	for _, e := range entries {
		s.entry(e)
	}
	if s.paged {
		s.done(0, "", new(string))
		return
	}
	s.done(0, "", nil)
}

func (s *search) entry(e *ldap.Entry) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(text(e.DN))
	list := ber.NewSequence("")
	for _, a := range e.Attributes {
		one, values := ber.NewSequence(""), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range a.Values {
			values.AppendChild(text(v))
		}
		one.AppendChild(text(a.Name))
		one.AppendChild(values)
		list.AppendChild(one)
	}
	op.AppendChild(list)
	write(s.conn, s.id, op)
}

func (s *search) reference(url string) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	op.AppendChild(text(url))
	write(s.conn, s.id, op)
}

// done ends a search; with a cookie the paging control goes with it.
func (s *search) done(code int, message string, cookie *string) {
	var controls []*ber.Packet
	if cookie != nil {
		paging := ldap.NewControlPaging(0)
		paging.SetCookie([]byte(*cookie))
		controls = append(controls, paging.Encode())
	}
	write(s.conn, s.id, result(ldap.ApplicationSearchResultDone, code, message), controls...)
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func result(tag ber.Tag, code int, message string) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	op.AppendChild(text(""))
	op.AppendChild(text(message))
	return op
}

func write(conn net.Conn, id int64, op *ber.Packet, controls ...*ber.Packet) {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c)
		}
		p.AppendChild(list)
	}
	_, _ = conn.Write(p.Bytes())
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

// user is an account that the fake may return.
func user(n int) *ldap.Entry {
	name := fmt.Sprintf("u%04d", n)
	return ldap.NewEntry("CN="+name+",OU=Staff,"+fakeBase, map[string][]string{
		"objectGUID": {guidBytes(1, n)}, "sAMAccountName": {name}, "cn": {name}, "userAccountControl": {"512"},
	})
}

func group(n int, attributes map[string][]string) *ldap.Entry {
	name := fmt.Sprintf("g%04d", n)
	all := map[string][]string{"objectGUID": {guidBytes(2, n)}, "sAMAccountName": {name}, "cn": {name}, "groupType": {"-2147483646"}}
	for k, v := range attributes {
		all[k] = v
	}
	return ldap.NewEntry("CN="+name+","+fakeBase, all)
}

func guidBytes(kind byte, n int) string {
	b := make([]byte, 16)
	b[0], b[1], b[15] = byte(n), byte(n>>8), kind
	return string(b)
}

func many(n int) []*ldap.Entry {
	list := make([]*ldap.Entry, n)
	for i := range list {
		list[i] = user(i)
	}
	return list
}

func logTo(b *bytes.Buffer) *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
