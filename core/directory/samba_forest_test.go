package directory_test

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"testing"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/fault"
	"adsync/core/identity"
)

// hosts is a DNS of controllers by their names.
type hosts struct {
	names
	address map[string]string
}

func (h hosts) LookupHost(_ context.Context, host string) ([]string, error) {
	if a, ok := h.address[host]; ok {
		return []string{a}, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

// sambaForest is a real forest with a DNS of its own.
type sambaForest struct {
	*adtest.Forest
	dns hosts
	ca  string // the authorities of all controllers
}

func startForest(t *testing.T) *sambaForest {
	t.Helper()
	f := &sambaForest{Forest: adtest.StartForest(t, adtest.Options{}), dns: hosts{names{}, map[string]string{}}}
	var authorities []byte
	for _, c := range f.All() {
		data, err := os.ReadFile(c.CAFile)
		if err != nil {
			t.Fatal(err)
		}
		authorities = append(authorities, data...)
		f.dns.names["_ldap._tcp.dc._msdcs."+c.Domain] = []*net.SRV{{Target: c.Host + ".", Port: 389}}
		f.dns.address[c.Host] = c.IP
	}
	f.ca = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(f.ca, authorities, 0o600); err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *sambaForest) dial(t *testing.T, servers ...string) (*directory.Client, error) {
	t.Helper()
	o := options(f.Root, f.Admin)
	o.CAFile, o.Servers, o.Resolver = f.ca, servers, f.dns
	c, err := directory.Dial(t.Context(), o)
	if err == nil {
		t.Cleanup(func() { _ = c.Close() })
	}
	return c, err
}

// read reads both domains with one search for people in each.
func (f *sambaForest) read(t *testing.T, search directory.Search, servers ...string) identity.Snapshot {
	t.Helper()
	c, err := f.dial(t, servers...)
	if err != nil {
		t.Fatal(err)
	}
	var request directory.Request
	for _, at := range []*adtest.Controller{f.Root, f.Child} {
		request.Scopes = append(request.Scopes, directory.Scope{Domain: at.Domain, Users: []directory.Search{search}, Groups: []directory.Search{{}}})
	}
	snapshot, err := c.Read(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// TestSambaForest reads the two domains of a real forest, of which one controller
// is known by the name of its domain and the other by DNS alone.
func TestSambaForest(t *testing.T) {
	f := startForest(t)
	dns, dial := f.dns, f.dial
	request := directory.Request{}
	for _, c := range []*adtest.Controller{f.Root, f.Child} {
		request.Scopes = append(request.Scopes, directory.Scope{Domain: c.Domain, Users: []directory.Search{{}}, Groups: []directory.Search{{}}})
	}

	var childUser identity.GUID
	t.Run("BothDomains", func(t *testing.T) {
		c, err := dial(t, f.Root.Domain)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := c.Read(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if got := completeness(snapshot); !got[f.Root.Domain] || !got[f.Child.Domain] {
			t.Errorf("complete %v: %+v", got, snapshot.Reads)
		}
		count := map[string]int{}
		for p := range snapshot.People.All() {
			count[p.Domain]++
			if p.Domain == f.Child.Domain && p.Account == "svc" {
				childUser = p.GUID
			}
		}
		if count[f.Root.Domain] == 0 || childUser == "" || len(snapshot.Servers) != 2 || snapshot.Servers[1].Name != f.Child.Host {
			t.Errorf("people %v, servers %+v", count, snapshot.Servers)
		}
		where, err := c.Lookup(t.Context(), []identity.GUID{childUser})
		if err != nil || where[childUser].Presence != identity.Live || where[childUser].Domain != f.Child.Domain {
			t.Errorf("%+v, error %v", where[childUser], err)
		}
	})
	t.Run("Members", func(t *testing.T) { forestMembers(t, f) })
	t.Run("Foreign", func(t *testing.T) { forestForeign(t, f) })
	t.Run("ChildGone", func(t *testing.T) {
		dns.address[f.Child.Host] = "127.255.255.1"
		defer func() { dns.address[f.Child.Host] = f.Child.IP }()
		c, err := dial(t, f.Root.Domain)
		if err != nil {
			t.Fatal(err)
		}
		snapshot, err := c.Read(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		if got := completeness(snapshot); !got[f.Root.Domain] || got[f.Child.Domain] {
			t.Errorf("complete %v", got)
		}
		where, err := c.Lookup(t.Context(), []identity.GUID{childUser})
		if err != nil || where[childUser].Presence != "" {
			t.Errorf("%+v, error %v; its domain was not asked", where[childUser], err)
		}
	})
	t.Run("ForgedRecord", func(t *testing.T) {
		// A host of another domain has a good certificate, for its own name.
		name := "_ldap._tcp.dc._msdcs." + f.Root.Domain
		good := dns.names[name]
		dns.names[name] = []*net.SRV{{Target: f.Other.Host + ".", Port: 389}}
		defer func() { dns.names[name] = good }()
		if _, err := dial(t, f.Root.Domain); !fault.Is(err, "directory.certificate.name") {
			t.Errorf("error %v, want directory.certificate.name", err)
		}
	})
}
