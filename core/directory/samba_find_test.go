package directory_test

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/fault"
	"adsync/core/identity"
)

// TestSambaForestFind looks for people over the two domains of a real forest: two
// of one name, one in each; somebody of the child alone; somebody deleted there;
// and without the child's controller.
func TestSambaForestFind(t *testing.T) {
	f := adtest.StartForest(t, adtest.Options{})
	dns := hosts{names{}, map[string]string{}}
	var authorities []byte
	for _, c := range []*adtest.Controller{f.Root, f.Child} {
		dns.names["_ldap._tcp.dc._msdcs."+c.Domain] = []*net.SRV{{Target: c.Host + ".", Port: 389}}
		dns.address[c.Host] = c.IP
		data, err := os.ReadFile(c.CAFile)
		if err != nil {
			t.Fatal(err)
		}
		authorities = append(authorities, data...)
	}
	o := options(f.Root, f.Admin)
	o.CAFile, o.Servers, o.Resolver = filepath.Join(t.TempDir(), "ca.pem"), []string{f.Root.Domain}, dns
	if err := os.WriteFile(o.CAFile, authorities, 0o600); err != nil {
		t.Fatal(err)
	}
	twin := map[string][]string{"displayName": {"Tess Twin"}}
	f.Root.Account(t, "twin", twin)
	f.Child.Account(t, "twin", twin)
	only, _ := f.Child.Account(t, "only", map[string][]string{"mail": {"only@child.example"}})
	gone, _ := f.Child.Account(t, "gone", nil)

	ask := func(t *testing.T, who string) identity.Finding {
		t.Helper()
		c, err := directory.Dial(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
		got, err := c.Find(t.Context(), who, directory.Request{})
		if err != nil {
			t.Fatalf("%s: %v", who, err)
		}
		return got
	}
	both := []string{f.Child.Domain, f.Root.Domain}
	for who, want := range map[string][]string{
		"twin": both, "Tess Twin": both, `CHILD\twin`: both[:1], `CORP\twin`: both[1:], "twin@" + f.Root.Domain: both[1:],
		"only": both[:1], "only@child.example": both[:1], only: both[:1], `CORP\only`: nil, "nobody-has-this": nil,
	} {
		got := ask(t, who)
		var domains []string
		for _, x := range got.Found {
			domains = append(domains, x.Domain)
		}
		slices.Sort(domains)
		slices.Sort(got.Asked)
		if !slices.Equal(domains, want) || !slices.Equal(got.Asked, both) || len(got.NotAsked) > 0 {
			t.Errorf("%s: found in %v, want %v; asked %v, not asked %v", who, domains, want, got.Asked, got.NotAsked)
		}
	}
	alive := ask(t, "gone").Found[0]
	f.Child.Delete(t, gone)
	for _, who := range []string{"gone", `CHILD\gone`, gone, alive.SID, string(alive.GUID)} {
		got := ask(t, who)
		if len(got.Found) != 1 || got.Found[0].GUID != alive.GUID || got.Found[0].Presence != identity.Deleted || got.Found[0].Domain != f.Child.Domain {
			t.Errorf("%s, deleted: %+v", who, got.Found)
		}
	}
	dns.address[f.Child.Host] = "127.255.255.1"
	got := ask(t, "twin")
	if len(got.Found) != 1 || got.Found[0].Domain != f.Root.Domain || !slices.Equal(got.Asked, both[1:]) || len(got.NotAsked) != 1 {
		t.Errorf("without the child: %+v", got)
	}
	o.Servers = []string{"127.255.255.1"}
	if _, err := directory.Dial(t.Context(), o); !fault.Is(err, "directory.unreachable") {
		t.Errorf("without any: %v", err)
	}
}
