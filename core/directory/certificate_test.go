package directory_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// authority is a CA that exists for one test.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{key, cert}
}

func (a *authority) issue(t *testing.T, change func(*x509.Certificate)) tls.Certificate {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "dc1"}, IPAddresses: []net.IP{net.ParseIP(fakeHost)},
		NotBefore: time.Now().Add(-24 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: a.key}
}

func (a *authority) file(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	data := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// handshakes answers every connection with a handshake and nothing after it.
func handshakes(t *testing.T, certificate tls.Certificate) int {
	t.Helper()
	l, err := tls.Listen("tcp", fakeHost+":0", &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			if secure, ok := conn.(*tls.Conn); ok {
				_ = secure.HandshakeContext(t.Context())
			}
			_ = conn.Close()
		}
	}()
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		t.Fatal(l.Addr())
	}
	return address.Port
}

// TestUntrustedIsPassedOver: a controller whose certificate does not prove it gets
// nothing, and the next one is read; that it was passed over is told.
func TestUntrustedIsPassedOver(t *testing.T) {
	ca := newAuthority(t)
	bad := handshakes(t, ca.issue(t, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }))
	good := ca.issue(t, func(c *x509.Certificate) { c.IPAddresses = []net.IP{net.ParseIP("127.0.0.2")} })
	l, err := tls.Listen("tcp", net.JoinHostPort("127.0.0.2", strconv.Itoa(bad)), &tls.Config{Certificates: []tls.Certificate{good}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	f := &fake{t: t, groups: []*ldap.Entry{group(nil)}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go f.talk(conn, 1)
		}
	}()
	options := func(servers ...string) directory.Options {
		return directory.Options{
			Servers: servers, Port: bad, Bind: "simple", User: "reader", Password: func() string { return "hunter2" },
			CAFile: ca.file(t), Timeout: 5 * time.Second, Now: time.Now,
		}
	}
	c, err := directory.Dial(t.Context(), options(fakeHost, "127.0.0.2"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if _, err := c.Read(t.Context(), corp); err != nil {
		t.Error(err)
	}
	report, err := c.Validate(t.Context())
	if err != nil || !slices.ContainsFunc(report.Warnings, func(w string) bool { return strings.HasPrefix(w, fakeHost+" is passed over") }) {
		t.Errorf("warnings %q, error %v", report.Warnings, err)
	}
	if u := c.Untrusted(); len(u) != 1 || fault.Code(u[fakeHost]) != "directory.certificate.expired" {
		t.Errorf("untrusted %v", u)
	}
	if _, err := directory.Dial(t.Context(), options(fakeHost, "127.0.0.9")); fault.Code(err) != "directory.certificate.expired" {
		t.Errorf("with nobody else: %v", err)
	}
}

// TestCertificates: what is wrong with a certificate is told apart, and nothing
// is sent to a server that cannot prove who it is.
func TestCertificates(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	for name, tc := range map[string]struct {
		issuer *authority
		change func(*x509.Certificate)
		caFile string
		code   string
		says   string
	}{
		"UnknownAuthority": {theirs, func(*x509.Certificate) {}, ours.file(t), "directory.certificate.unknownAuthority", "not signed by an authority"},
		"SystemStore":      {ours, func(*x509.Certificate) {}, "", "directory.certificate.unknownAuthority", "not signed by an authority"},
		"OtherName": {ours, func(c *x509.Certificate) {
			c.IPAddresses, c.DNSNames = nil, []string{"dc7.corp.example"}
		}, ours.file(t), "directory.certificate.name", "dc7.corp.example"},
		"Expired":  {ours, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Hour) }, ours.file(t), "directory.certificate.expired", "expired"},
		"WrongUse": {ours, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, ours.file(t), "directory.certificate.use", "not valid for this use"},
		"Early":    {ours, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Hour) }, ours.file(t), "directory.certificate.notYetValid", "not valid before"},
	} {
		t.Run(name, func(t *testing.T) {
			asked := false
			_, err := directory.Dial(t.Context(), directory.Options{
				Servers: []string{fakeHost}, Port: handshakes(t, tc.issuer.issue(t, tc.change)), Bind: "simple", User: "reader",
				Password: func() string { asked = true; return "hunter2" }, CAFile: tc.caFile, Timeout: 5 * time.Second, Now: time.Now,
			})
			e, ok := errors.AsType[*fault.Error](err)
			if !ok || e.Code != tc.code || !strings.Contains(e.Message, tc.says) || e.Hint == "" {
				t.Errorf("error %+v, want %s with %q", err, tc.code, tc.says)
			}
			if asked {
				t.Error("the password was taken out for a server that is not known")
			}
		})
	}
	t.Run("NotTLS", func(t *testing.T) {
		f := serve(t, &fake{})
		o := f.options()
		o.Security, o.Timeout = directory.SecurityLDAPS, 500*time.Millisecond
		if _, err := directory.Dial(t.Context(), o); fault.Code(err) != "directory.unreachable" {
			t.Errorf("error %q (%v)", fault.Code(err), err)
		}
	})
	t.Run("NoStartTLS", func(t *testing.T) {
		f := serve(t, &fake{})
		o := f.options()
		o.Security = directory.SecurityStartTLS
		if _, err := directory.Dial(t.Context(), o); fault.Code(err) != "directory.starttls" || f.logons() != 0 {
			t.Errorf("error %q (%v), %d logons", fault.Code(err), err, f.logons())
		}
	})
	for name, data := range map[string]string{
		"NoCertificate": "hello", "EmptyFile": "", "BrokenPEM": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"KeyOnly": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "ca.cer")
			if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := directory.Dial(t.Context(), directory.Options{
				Servers: []string{fakeHost}, User: "reader", Password: func() string { return "x" }, CAFile: file, Now: time.Now,
			})
			if fault.Code(err) != "config.directory.caFile" {
				t.Errorf("error %q (%v)", fault.Code(err), err)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	password := func() string { return "x" }
	for name, tc := range map[string]struct {
		options directory.Options
		code    string
	}{
		"NoServer":   {directory.Options{User: "a", Password: password}, "config.directory.servers"},
		"Integrated": {directory.Options{Servers: []string{"a"}, Bind: directory.BindIntegrated, Security: directory.SecurityNone}, "config.directory.security"},
		"NoUser":     {directory.Options{Servers: []string{"a"}, Bind: "simple", Password: password}, "directory.bind.missing"},
		"Security":   {directory.Options{Servers: []string{"a"}, Security: "tls", User: "a", Password: password}, "config.value"},
		"NoCAFile":   {directory.Options{Servers: []string{"a"}, User: "a", Password: password, CAFile: "/no/such/file"}, "config.directory.caFile"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := directory.Dial(t.Context(), tc.options); fault.Code(err) != tc.code {
				t.Errorf("error %q (%v), want %s", fault.Code(err), err, tc.code)
			}
		})
	}
}
