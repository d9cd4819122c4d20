package directory_test

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/directory/dirtest"
	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/google/go-cmp/cmp"
)

func options(c *adtest.Controller, user string) directory.Options {
	return directory.Options{
		Servers: []string{c.IP}, Security: directory.SecurityLDAPS, Bind: "simple", User: user,
		Password: func() string { return adtest.Password }, CAFile: c.CAFile, Timeout: 30 * time.Second, Now: time.Now,
	}
}

// TestSamba reads a real domain controller that holds a thousand people.
func TestSamba(t *testing.T) {
	c := adtest.Start(t, adtest.Options{Users: 1000, Groups: 100})
	t.Run("Connections", func(t *testing.T) { connections(t, c) })
	t.Run("CAFiles", func(t *testing.T) { caFiles(t, c) })
	t.Run("Accounts", func(t *testing.T) { accountStates(t, c) })
	t.Run("TrustAccount", func(t *testing.T) { trustAccount(t, c) })
	t.Run("Cases", func(t *testing.T) { cases(t, c, options(c, c.Admin)) })
}

// TestSambaStartTLS passes the cases of the reader over StartTLS.
func TestSambaStartTLS(t *testing.T) {
	c := adtest.Start(t, adtest.Options{})
	o := options(c, c.Admin)
	o.Security = directory.SecurityStartTLS
	cases(t, c, o)
}

// cases runs those of the reader as an administrator who connects and logs on in
// the way of o.
func cases(t *testing.T, c *adtest.Controller, o directory.Options) {
	t.Helper()
	_, plain := c.Account(t, "svc-plain", nil)
	everybody := o
	everybody.Bind, everybody.User, everybody.Password = directory.BindSimple, plain, func() string { return adtest.Password }
	dirtest.Run(t, dirtest.Target{
		Powerful: true,
		Domain:   c.Domain, NetBIOS: c.NetBIOS, Base: c.Base, Host: c.Host,
		Options: o, Plain: everybody, Change: c,
	})
}

// thousand checks the whole read against what gen.py made.
func thousand(t *testing.T, c *adtest.Controller, client *directory.Client) {
	t.Helper()
	start := time.Now()
	snapshot, err := client.Read(t.Context(), directory.Request{
		Scopes: []directory.Scope{whole(c.Domain)}, Attributes: []string{"displayName", "cn", "givenName", "sn", "mail"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d people and %d groups in %v", snapshot.People.Len(), len(snapshot.Groups), time.Since(start))
	generated, withMail, disabled := 0, 0, 0
	for p := range snapshot.People.All() {
		if !strings.HasPrefix(p.Account, "u0") {
			continue
		}
		generated++
		if p.Mail != "" {
			withMail++
		}
		if p.Disabled {
			disabled++
		}
		if len(p.Attributes.Get("displayName")) != 1 || p.PrimaryGroup == "" || !p.ControlKnown {
			t.Fatalf("%+v", p)
		}
	}
	if generated != 1000 || withMail != 969 || disabled != 50 {
		t.Errorf("%d people, %d with mail, %d disabled; gen.py makes 1000, 969 and 50", generated, withMail, disabled)
	}
	for _, g := range snapshot.Groups {
		switch {
		case g.Account == "grp-big" && len(g.Members) != 1000,
			g.Account == "grp-empty" && len(g.Members) != 0,
			// 50 people and the next group of the chain
			g.Account == "grp-00001" && len(g.Members) != 51:
			t.Errorf("%s has %d members", g.Account, len(g.Members))
		}
	}
	for _, r := range snapshot.Reads {
		if !r.Complete {
			t.Errorf("%+v", r)
		}
	}
}

// connections: each way that works reads everybody.
func connections(t *testing.T, c *adtest.Controller) {
	t.Helper()
	for name, tc := range map[string]struct {
		why    string
		change func(*directory.Options)
		code   string
	}{
		"LDAPS":       {"with the CA", func(*directory.Options) {}, ""},
		"StartTLS":    {"on 389, with the same check", func(o *directory.Options) { o.Security = directory.SecurityStartTLS }, ""},
		"SystemStore": {"the test CA is not in it", func(o *directory.Options) { o.CAFile = "" }, "directory.certificate.unknownAuthority"},
		"StartTLSUnknownCA": {"no way around the check", func(o *directory.Options) {
			o.Security, o.CAFile = directory.SecurityStartTLS, ""
		}, "directory.certificate.unknownAuthority"},
		"WrongName": {"an address that the certificate does not have", func(o *directory.Options) {
			o.Servers, o.Port = []string{fakeHost}, relay(t, c.IP+":636")
		}, "directory.certificate.name"},
		"Plain":     {"the controller takes no password in the clear", func(o *directory.Options) { o.Security = directory.SecurityNone }, "directory.strongAuthRequired"},
		"Nobody":    {"nothing listens there", func(o *directory.Options) { o.Port = 1 }, "directory.unreachable"},
		"NoName":    {"a name that is none", func(o *directory.Options) { o.Servers = []string{"dc.invalid"} }, "directory.unreachable"},
		"NetBIOS":   {"CORP\\account", func(o *directory.Options) { o.User = `CORP\administrator` }, ""},
		"BareName":  {"a bare name is no logon name", func(o *directory.Options) { o.User = "administrator" }, "directory.bind.refused.password"},
		"AtNetBIOS": {"administrator@CORP", func(o *directory.Options) { o.User = "administrator@CORP" }, ""},
		"DN":        {"a distinguished name", func(o *directory.Options) { o.User = "CN=Administrator,CN=Users," + c.Base }, ""},
		"Canonical": {"a canonical name", func(o *directory.Options) { o.User = c.Domain + "/Users/Administrator" }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(c, c.Admin)
			tc.change(&o)
			client, err := directory.Dial(t.Context(), o)
			if fault.Code(err) != tc.code || (err == nil) != (tc.code == "") {
				t.Errorf("%s\nerror %q (%v), want %q", tc.why, fault.Code(err), err, tc.code)
			}
			if err == nil {
				thousand(t, c, client)
				_ = client.Close()
			}
		})
	}
}

// relay makes the controller reachable under another name.
func relay(t *testing.T, to string) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", fakeHost+":0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			near, err := l.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to) //nolint:noctx // ends with the listener's peer
			if err != nil {
				_ = near.Close()
				return
			}
			go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
			go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
		}
	}()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal(l.Addr())
	}
	return address.Port
}

// caFiles: the forms in which administrators have the certificate of their CA.
func caFiles(t *testing.T, c *adtest.Controller) {
	t.Helper()
	for name, arguments := range map[string][]string{
		"DER":      {"x509", "-in", c.CAFile, "-outform", "DER"},
		"PKCS7":    {"crl2pkcs7", "-nocrl", "-certfile", c.CAFile, "-outform", "DER"},
		"PKCS7PEM": {"crl2pkcs7", "-nocrl", "-certfile", c.CAFile},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := exec.CommandContext(t.Context(), "openssl", arguments...).Output()
			if err != nil {
				t.Fatal(err)
			}
			o := options(c, c.Admin)
			o.CAFile = filepath.Join(t.TempDir(), "ca")
			if err := os.WriteFile(o.CAFile, out, 0o600); err != nil {
				t.Fatal(err)
			}
			client, err := directory.Dial(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			_ = client.Close()
		})
	}
}

// accountStates: why an account may not log on, each with its own words.
func accountStates(t *testing.T, c *adtest.Controller) {
	t.Helper()
	head := c.Base
	c.Set(t, head, "lockoutThreshold", "2")
	defer c.Set(t, head, "lockoutThreshold", "0")
	for name, tc := range map[string]struct {
		attributes map[string][]string
		password   string
		tries      int
		says       string
	}{
		"st-wrong":    {nil, "wrong", 1, "wrong name or password"},
		"st-disabled": {map[string][]string{"userAccountControl": {"514"}}, adtest.Password, 1, "disabled"},
		"st-expired":  {map[string][]string{"accountExpires": {"130959936000000000"}}, adtest.Password, 1, "account has expired"},
		"st-change":   {map[string][]string{"pwdLastSet": {"0"}}, adtest.Password, 1, "must be changed"},
		"st-locked":   {nil, "wrong", 3, "locked"},
	} {
		t.Run(name, func(t *testing.T) {
			_, user := c.Account(t, name, tc.attributes)
			o := options(c, user)
			o.Password = func() string { return tc.password }
			var err error
			for range tc.tries {
				_, err = directory.Dial(t.Context(), o)
			}
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || !fault.Is(err, "directory.bind.refused") || !strings.Contains(e.Message, tc.says) || e.Hint == "" {
				t.Errorf("error %+v, want %q", err, tc.says)
			}
		})
	}
	client, err := directory.Dial(t.Context(), options(c, c.Admin))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	snapshot, err := client.Read(t.Context(), directory.Request{Scopes: []directory.Scope{whole(c.Domain)}})
	if err != nil {
		t.Fatal(err)
	}
	type state struct{ locked, disabled, expires bool }
	got := map[string]state{}
	for p := range snapshot.People.All() {
		if strings.HasPrefix(p.Account, "st-") {
			got[p.Account] = state{p.Locked, p.Disabled, !p.ExpiresAt.IsZero()}
		}
	}
	want := map[string]state{"st-wrong": {}, "st-change": {}, "st-locked": {locked: true}, "st-disabled": {disabled: true}, "st-expired": {expires: true}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(state{})); diff != "" {
		t.Errorf("what is read of them (-want +got):\n%s", diff)
	}
}

// trustAccount: the account of a trust has the class of a user and is nobody.
func trustAccount(t *testing.T, c *adtest.Controller) {
	t.Helper()
	c.TrustAccount(t, "PARTNER")
	client, err := directory.Dial(t.Context(), options(c, c.Admin))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	request := directory.Request{Scopes: []directory.Scope{whole(c.Domain)}}
	snapshot, err := client.Read(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for p := range snapshot.People.All() {
		if p.Account == "PARTNER$" {
			t.Errorf("read as a person: %+v", p)
		}
	}
	found, err := client.Find(t.Context(), "PARTNER$", request)
	if err != nil || len(found.Found) != 1 || found.Found[0].Class != identity.ClassTrust || len(found.Found[0].Returned) > 0 {
		t.Errorf("found %+v (%v), want a trust account that no search returns", found.Found, err)
	}
}
