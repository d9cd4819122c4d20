// Package adtest starts a real domain controller (Samba) for a test: on a
// loopback address of its own, in a temporary folder, filled with generated
// people and groups, and gone when the test is over, however it ends. Where
// Samba is missing and cannot be installed the test is skipped with the reason.
package adtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/gofrs/flock"
)

// Password is that of the Administrator and of every account made by Account.
const Password = "Passw0rd!adm"

// Options say what the directory holds to begin with, and what it demands.
type Options struct {
	Users, Groups int    // 0: nothing but what a new domain has
	Kerberos      bool   // a key distribution center too, see KerberosConfig
	Strong        string // smb.conf "ldap server require strong auth"; "" is "yes"
}

// Controller is a running domain controller.
type Controller struct {
	IP      string // also a name of its certificate
	Host    string // DNS name of the controller, which resolves nowhere
	Domain  string // DNS name of the domain
	NetBIOS string // its short name
	Base    string // its DN
	CAFile  string
	Admin   string // account with all rights
	dir     string
	env     []string // that it was started with
}

// Start provisions, fills and starts a domain controller.
func Start(tb testing.TB, o Options) *Controller {
	tb.Helper()
	precondition(tb)
	dir := filepath.Join(tb.TempDir(), "dc")
	c := controller(dir, address(tb), "dc1", "corp.example.com", "CORP")
	name := "single"
	if o.Users > 0 {
		name = fmt.Sprintf("single-%d-%d", o.Users, o.Groups)
	}
	template(tb, dir, name, func(folder string) {
		k := controller(folder, c.IP, "dc1", c.Domain, c.NetBIOS)
		k.script(tb, "up.sh", "AD_START=0")
		if o.Users > 0 {
			k.load(tb, o)
		}
	})
	c.env = append(o.env(), "AD_STDIN="+lifeline(tb, tb.TempDir()))
	c.Restart(tb)
	tb.Cleanup(func() { c.Stop(tb) })
	return c
}

// Stop ends the controller, which keeps what it holds.
func (c *Controller) Stop(tb testing.TB) {
	tb.Helper()
	c.script(tb, "down.sh")
}

// Restart starts a controller that was stopped.
func (c *Controller) Restart(tb testing.TB) {
	tb.Helper()
	c.script(tb, "up.sh", c.env...)
}

func precondition(tb testing.TB) {
	tb.Helper()
	if runtime.GOOS != "linux" {
		tb.Skip("skipped: a Samba domain controller runs on Linux only")
	}
	if testing.Short() {
		tb.Skip("skipped: -short leaves the real domain controller out")
	}
}

func controller(dir, ip, host, domain, netbios string) *Controller {
	return &Controller{
		IP: ip, Host: host + "." + domain, Domain: domain, NetBIOS: netbios,
		Base:   "DC=" + strings.ReplaceAll(domain, ".", ",DC="),
		CAFile: filepath.Join(dir, "tls", "ca.pem"), Admin: "administrator@" + domain, dir: dir,
	}
}

func (o Options) env() []string {
	env := []string{"AD_SERVICES=ldap"}
	if o.Kerberos {
		env = []string{"AD_SERVICES=ldap, kdc"}
	}
	if o.Strong != "" {
		env = append(env, "AD_STRONG="+o.Strong)
	}
	return env
}

// load fills the stopped directory with generated people and groups.
func (c *Controller) load(tb testing.TB, o Options) {
	tb.Helper()
	ldif, err := exec.CommandContext(tb.Context(), "/usr/bin/python3", script(tb, "gen.py"),
		c.Base, strconv.Itoa(o.Users), strconv.Itoa(o.Groups)).Output()
	if err != nil {
		tb.Fatalf("gen.py: %v", err)
	}
	file := filepath.Join(tb.TempDir(), "forest.ldif")
	if err := os.WriteFile(file, ldif, 0o600); err != nil {
		tb.Fatal(err)
	}
	if out, err := exec.CommandContext(tb.Context(), "/usr/bin/python3", script(tb, "load.py"), c.dir, file).CombinedOutput(); err != nil {
		tb.Fatalf("load.py: %v\n%s", err, out)
	}
}

// address takes an address of 127.77.0.0/24 that no other test holds.
func address(tb testing.TB) string {
	tb.Helper()
	for n := 2; n < 250; n++ {
		lock := flock.New(filepath.Join(os.TempDir(), fmt.Sprintf("adsync-adtest-%d.lock", n)))
		if ok, err := lock.TryLock(); err == nil && ok {
			tb.Cleanup(func() { _ = lock.Unlock() })
			return fmt.Sprintf("127.77.0.%d", n)
		}
	}
	tb.Fatal("no free loopback address for a domain controller")
	return ""
}

func script(tb testing.TB, name string) string {
	tb.Helper()
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..", "testdata", "ad", name)
}

// script runs a script of testdata/ad for this controller.
func (c *Controller) script(tb testing.TB, name string, env ...string) {
	tb.Helper()
	host, _, _ := strings.Cut(c.Host, ".")
	run(tb, name, append(env, "AD_DIR="+c.dir, "AD_IP="+c.IP, "AD_HOST="+host,
		"AD_REALM="+strings.ToUpper(c.Domain), "AD_DOMAIN="+c.NetBIOS)...)
}

// run runs a script of testdata/ad; the test is skipped where Samba is missing.
func run(tb testing.TB, name string, env ...string) {
	tb.Helper()
	// The test's context has ended when its cleanup runs down.sh.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(tb.Context()), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/bash", script(tb, name))
	cmd.Env = append(os.Environ(), append(env, "AD_ADMINPASS="+Password)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = time.Second // the server keeps no output of the script open
	err := cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 3 {
		tb.Skipf("skipped: %s", strings.TrimSpace(out.String()))
	}
	if err != nil {
		tb.Fatalf("%s: %v\n%s", name, err, out.String())
	}
}

// Conn returns a connection as the Administrator, over LDAPS.
func (c *Controller) Conn(t *testing.T) *ldap.Conn {
	t.Helper()
	return c.ConnAs(t, c.Admin)
}

// ConnAs returns a connection as an account that has Password, over LDAPS.
func (c *Controller) ConnAs(t *testing.T, user string) *ldap.Conn {
	t.Helper()
	pem, err := os.ReadFile(c.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	conn, err := ldap.DialURL("ldaps://"+c.IP, ldap.DialWithTLSConfig(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Bind(user, Password); err != nil {
		t.Fatal(err)
	}
	return conn
}
