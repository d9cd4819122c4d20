package directory_test

import (
	"context"
	"errors"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// names is a DNS of one zone: SRV records by their name; each host is the loopback.
type names map[string][]*net.SRV

func (n names) LookupSRV(_ context.Context, service, proto, name string) (string, []*net.SRV, error) {
	if records, ok := n["_"+service+"._"+proto+"."+name]; ok {
		return name, records, nil
	}
	return "", nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
}

func (n names) LookupHost(context.Context, string) ([]string, error) { return []string{fakeHost}, nil }

// srv is the record of a fake under a host name.
func (f *fake) srv(host string) *net.SRV {
	_, port, _ := net.SplitHostPort(f.address)
	n, _ := strconv.ParseUint(port, 10, 16)
	return &net.SRV{Target: host + ".", Port: uint16(n)}
}

// says makes the fake a controller of that name and domain; more is added to its
// rootDSE.
func (f *fake) says(host, domain string, more map[string][]string) *fake {
	f.search = func(s *search) bool {
		if s.base != "" {
			return false
		}
		root := map[string][]string{
			"dnsHostName": {host}, "defaultNamingContext": {domain}, "rootDomainNamingContext": {fakeBase},
			"configurationNamingContext": {"CN=Configuration," + fakeBase}, "schemaNamingContext": {"CN=Schema,CN=Configuration," + fakeBase},
			"highestCommittedUSN": {"100"},
		}
		maps.Copy(root, more)
		s.all(ldap.NewEntry("", root))
		return true
	}
	return f
}

const (
	childBase = "DC=child," + fakeBase
	corpSRV   = "_ldap._tcp.dc._msdcs.corp.example"
	childSRV  = "_ldap._tcp.dc._msdcs.child.corp.example"
)

var bothDomains = directory.Request{Scopes: []directory.Scope{
	{Domain: "corp.example", Users: []directory.Search{{}}, Groups: []directory.Search{{}}},
	{Domain: "child.corp.example", Users: []directory.Search{{}}, Groups: []directory.Search{{}}},
}}

func inForest(n names, servers ...string) func(*directory.Options) {
	return func(o *directory.Options) { o.Servers, o.Port, o.Resolver = servers, 0, n }
}

// completeness lists the domains and whether all their reads were complete.
func completeness(s identity.Snapshot) map[string]bool {
	result := map[string]bool{}
	for _, r := range s.Reads {
		was, known := result[r.Domain]
		result[r.Domain] = r.Complete && (was || !known)
	}
	return result
}

// inChild moves an entry of the fake into the other domain.
func inChild(e *ldap.Entry) *ldap.Entry {
	e.DN = strings.TrimSuffix(e.DN, fakeBase) + childBase
	return e
}

// TestForest: each domain is read from a controller of its own; one that is
// not reached is incomplete, and the other is read all the same.
func TestForest(t *testing.T) {
	corp := serve(t, &fake{users: many(25), groups: []*ldap.Entry{group(nil)}}).says("dc1.corp.example", fakeBase, nil)
	child := serve(t, &fake{users: []*ldap.Entry{inChild(user(100))}, groups: []*ldap.Entry{inChild(group(nil))}}).says("dc1.child.corp.example", childBase, nil)
	dns := names{corpSRV: {corp.srv("dc1.corp.example")}, childSRV: {child.srv("dc1.child.corp.example")}}

	c := corp.dial(t, inForest(dns, "corp.example", "child.corp.example"))
	snapshot, err := c.Read(t.Context(), bothDomains)
	if err != nil {
		t.Fatal(err)
	}
	if got := completeness(snapshot); !got["corp.example"] || !got["child.corp.example"] {
		t.Errorf("complete %v: %+v", got, snapshot.Reads)
	}
	servers := []string{}
	for _, s := range snapshot.Servers {
		servers = append(servers, s.Domain+" "+s.Name)
	}
	if want := []string{"corp.example dc1.corp.example", "child.corp.example dc1.child.corp.example"}; !slices.Equal(servers, want) {
		t.Errorf("servers %v, want %v", servers, want)
	}

	// Without TLS the password goes to no host that nobody named.
	c = corp.dial(t, inForest(dns, "corp.example"))
	if snapshot, err = c.Read(t.Context(), bothDomains); err != nil {
		t.Fatal(err)
	}
	if got := completeness(snapshot); !got["corp.example"] || got["child.corp.example"] {
		t.Errorf("complete %v", got)
	}
	for _, r := range snapshot.Reads {
		if r.Domain == "child.corp.example" && r.Code != "directory.domain.unreachable" {
			t.Errorf("%+v", r)
		}
	}
	id, _ := identity.GUIDFromBytes([]byte(guidBytes(9, 9)))
	where, err := c.Lookup(t.Context(), []identity.GUID{id})
	if err != nil || where[id].Presence != "" {
		t.Errorf("presence %q, error %v; a domain was not asked, so nothing is nowhere", where[id].Presence, err)
	}
}

// TestWhichController: which of two controllers is read.
func TestWhichController(t *testing.T) {
	for name, tc := range map[string]struct {
		why     string
		first   map[string][]string
		allowed bool
		want    string
	}{
		"First":           {why: "In the order of DNS.", want: "dc1.corp.example"},
		"NotSynchronized": {why: "What it holds is not whole.", first: map[string][]string{"isSynchronized": {"FALSE"}}, want: "dc2.corp.example"},
		"ReadOnly":        {why: "It hides attributes.", first: map[string][]string{"supportedCapabilities": {"1.2.840.113556.1.4.1920"}}, want: "dc2.corp.example"},
		"ReadOnlyAllowed": {why: "Where the configuration says so.", first: map[string][]string{"supportedCapabilities": {"1.2.840.113556.1.4.1920"}}, allowed: true, want: "dc1.corp.example"},
	} {
		t.Run(name, func(t *testing.T) {
			one := serve(t, &fake{groups: []*ldap.Entry{group(nil)}}).says("dc1.corp.example", fakeBase, tc.first)
			two := serve(t, &fake{groups: []*ldap.Entry{group(nil)}}).says("dc2.corp.example", fakeBase, nil)
			dns := names{"_ldap._tcp.corp.example": {one.srv("dc1.corp.example"), two.srv("dc2.corp.example")}}
			c := one.dial(t, func(o *directory.Options) {
				inForest(dns, "corp.example")(o)
				o.ReadOnlyControllers = tc.allowed
			})
			snapshot, err := c.Read(t.Context(), corp)
			if err != nil || len(snapshot.Servers) != 1 || snapshot.Servers[0].Name != tc.want || snapshot.Servers[0].ReadOnly != tc.allowed {
				t.Errorf("%s: servers %+v, error %v, want %s", tc.why, snapshot.Servers, err, tc.want)
			}
		})
	}
}

// TestReadOnlyHides: what the filtered attribute set holds makes the reads of the
// domain incomplete.
func TestReadOnlyHides(t *testing.T) {
	f := serve(t, &fake{users: many(3), groups: []*ldap.Entry{group(nil)}}).
		says("dc1.corp.example", fakeBase, map[string][]string{"supportedCapabilities": {"1.2.840.113556.1.4.1920"}})
	root := f.search
	f.search = func(s *search) bool {
		if strings.Contains(s.filter, "1.2.840.113556.1.4.803:=512") {
			s.all(ldap.NewEntry("CN=x,"+s.base, map[string][]string{"lDAPDisplayName": {"mail"}}))
			return true
		}
		return root(s)
	}
	snapshot, err := f.dial(t, func(o *directory.Options) { o.ReadOnlyControllers = true }).Read(t.Context(), corp)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range snapshot.Reads {
		if r.Complete || r.Code != "directory.read.incomplete.readOnly" || !strings.Contains(r.Reason, "mail") {
			t.Errorf("%+v", r)
		}
	}
}

// TestControllerDies: a controller that dies in the middle is replaced, and the
// snapshot is of the other one alone.
func TestControllerDies(t *testing.T) {
	one := serve(t, &fake{users: many(25), groups: []*ldap.Entry{group(nil)}}).says("dc1.corp.example", fakeBase, nil)
	two := serve(t, &fake{users: many(20), groups: []*ldap.Entry{group(nil)}}).says("dc2.corp.example", fakeBase, nil)
	root := one.search
	var dead atomic.Bool
	one.search = func(s *search) bool {
		if isUsers(s) && s.cookie != "" {
			dead.Store(true)
		}
		if dead.Load() {
			_ = s.conn.Close()
			return true
		}
		return root(s)
	}
	dns := names{corpSRV: {one.srv("dc1.corp.example"), two.srv("dc2.corp.example")}}
	snapshot, err := one.dial(t, inForest(dns, "corp.example")).Read(t.Context(), corp)
	if err != nil {
		t.Fatal(err)
	}
	if !completeness(snapshot)["corp.example"] || snapshot.People.Len() != 20 || snapshot.Servers[0].Name != "dc2.corp.example" {
		t.Errorf("%d people of %+v: %+v", snapshot.People.Len(), snapshot.Servers, snapshot.Reads)
	}
}

// TestSecond: the second client never reads the controller of the first.
func TestSecond(t *testing.T) {
	one := serve(t, &fake{users: many(10), groups: []*ldap.Entry{group(nil)}}).says("dc1.corp.example", fakeBase, nil)
	two := serve(t, &fake{users: many(25), groups: []*ldap.Entry{group(nil)}}).says("dc2.corp.example", fakeBase, nil)
	for name, tc := range map[string]struct {
		dns    names
		people int
	}{
		"Another": {names{corpSRV: {one.srv("dc1.corp.example"), two.srv("dc2.corp.example")}}, 25},
		"None":    {names{corpSRV: {one.srv("dc1.corp.example")}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			c := one.dial(t, inForest(tc.dns, "corp.example"))
			if _, err := c.Read(t.Context(), corp); err != nil {
				t.Fatal(err)
			}
			second, err := c.Second(t.Context(), []identity.Server{{Domain: "corp.example", Name: "dc2.corp.example"}})
			if err != nil {
				t.Fatal(err)
			}
			snapshot, err := second.Read(t.Context(), corp)
			if err != nil {
				t.Fatal(err)
			}
			if snapshot.People.Len() != tc.people || completeness(snapshot)["corp.example"] != (tc.people > 0) {
				t.Errorf("%d people: %+v", snapshot.People.Len(), snapshot.Reads)
			}
		})
	}
}

// TestSecondAsksTheChanged: a domain whose controller has not changed is not
// looked for again, nor is one that is not read at all.
func TestSecondAsksTheChanged(t *testing.T) {
	one := serve(t, &fake{users: many(10), groups: []*ldap.Entry{group(nil)}}).says("dc1.corp.example", fakeBase, nil)
	two := serve(t, &fake{users: many(10), groups: []*ldap.Entry{group(nil)}}).says("dc2.corp.example", fakeBase, nil)
	asked := &counted{names: names{corpSRV: {one.srv("dc1.corp.example"), two.srv("dc2.corp.example")}}}
	c := one.dial(t, func(o *directory.Options) {
		inForest(nil, "corp.example")(o)
		o.Resolver = asked
	})
	if _, err := c.Read(t.Context(), corp); err != nil {
		t.Fatal(err)
	}
	before := asked.n.Load()
	second, err := c.Second(t.Context(), []identity.Server{{Domain: "corp.example", Name: "dc2.corp.example"}})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := second.Read(t.Context(), corp)
	if err != nil || snapshot.Servers[0].Name != "dc2.corp.example" {
		t.Errorf("servers %+v, error %v", snapshot.Servers, err)
	}
	if n := asked.n.Load() - before; n > 0 {
		t.Errorf("DNS was asked %d times more", n)
	}
}

// counted counts what DNS is asked for.
type counted struct {
	names
	n atomic.Int32
}

func (c *counted) LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error) {
	c.n.Add(1)
	return c.names.LookupSRV(ctx, service, proto, name)
}

// TestNoServers: without servers the domain of the machine is asked for.
func TestNoServers(t *testing.T) {
	f := serve(t, &fake{groups: []*ldap.Entry{group(nil)}}).says("dc1.corp.example", fakeBase, nil)
	own := func(o *directory.Options) {
		o.HostDomains = func() []string { return []string{"other.example", "corp.example"} }
	}
	c := f.dial(t, func(o *directory.Options) { inForest(names{corpSRV: {f.srv("dc1.corp.example")}})(o); own(o) })
	if _, err := c.Domains(t.Context()); err != nil {
		t.Error(err)
	}
	o := f.options()
	inForest(names{})(&o)
	own(&o)
	if _, err := directory.Dial(t.Context(), o); fault.Code(err) != "config.directory.servers" {
		t.Errorf("error %v, want config.directory.servers", err)
	}
}

// TestCancelDial: a server that takes the connection and says nothing does not
// hold up Ctrl+C.
func TestCancelDial(t *testing.T) {
	for _, security := range []string{directory.SecurityNone, directory.SecurityStartTLS, directory.SecurityLDAPS} {
		t.Run(security, func(t *testing.T) {
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fakeHost+":0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = l.Close() }()
			o := (&fake{address: l.Addr().String()}).options()
			o.Security = security
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(100*time.Millisecond, cancel)
			start := time.Now()
			if _, err := directory.Dial(ctx, o); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
			if d := time.Since(start); d > time.Second {
				t.Errorf("took %v after Ctrl+C", d)
			}
		})
	}
}

// TestForgedRecord: a host outside the domain that DNS names has to show a
// certificate for the domain, one below it for itself.
func TestForgedRecord(t *testing.T) {
	for host, want := range map[string]string{
		"dc1.corp.example": "dc1.corp.example", "evil.example": "corp.example", "evilcorp.example": "corp.example",
		"corp.example": "corp.example", "a.b.corp.example": "a.b.corp.example",
	} {
		if got := directory.CertificateName(host, "corp.example"); got != want {
			t.Errorf("%s has to be %s, want %s", host, got, want)
		}
	}
}
