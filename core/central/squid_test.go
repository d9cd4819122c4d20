package central_test

import (
	"context"
	"crypto/md5"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// squidHelpers is where Debian keeps what squid asks about passwords.
const squidHelpers = "/usr/lib/squid/"

// startSquid runs a squid with the lines given until the test ends, and returns
// its address.
func startSquid(t *testing.T, files map[string]string, lines ...string) string {
	t.Helper()
	exe, err := exec.LookPath("squid")
	if err != nil {
		t.Skip("skipped: squid is not installed (package squid)")
	}
	dir, err := os.MkdirTemp("", "squid") //nolint:usetesting // squid gives up root's rights: t.TempDir would be closed to it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	free, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := free.Addr().String()
	_ = free.Close()
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "http_port ") }) {
		lines = append(lines, "http_port ADDRESS")
	}
	conf := strings.Join(append([]string{
		"pid_filename none", "cache_log " + dir + "/cache.log", "access_log none", "cache deny all",
		"coredump_dir " + dir, "shutdown_lifetime 0 seconds", "pinger_enable off", "icp_port 0", "workers 1", "dns_timeout 2 seconds",
	}, lines...), "\n")
	conf = strings.NewReplacer("DIR", dir, "ADDRESS", address).Replace(conf) + "\n"
	if err := os.WriteFile(filepath.Join(dir, "squid.conf"), []byte(conf), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), exe, "-N", "-f", filepath.Join(dir, "squid.conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(dir, "cache.log"))
			t.Logf("squid says: %s", log)
		}
	})
	for range 150 {
		if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address); err == nil {
			_ = conn.Close()
			return "http://" + address
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "cache.log"))
	t.Fatalf("squid does not answer: %s", log)
	return ""
}

// TestSquid goes through a real proxy, in each way of signing in that it knows
// without a domain. The challenge of its helper for NTLM (ntlm_fake_auth) is not
// well formed: for that there is a proxy of our own.
func TestSquid(t *testing.T) {
	t.Parallel()
	const user, password = "svc-adsync", "pass: word"
	// A helper of squid is asked one line a question, with what is odd escaped.
	basic := "#!/bin/sh\nwhile read -r u p; do case \"$u $p\" in 'svc-adsync pass'*'%20word') echo OK;; *) echo ERR;; esac; done\n"
	digest := fmt.Sprintf("%s:office:%x\n", user, md5.Sum([]byte(user+":office:"+password)))
	signed := []string{"acl known proxy_auth REQUIRED", "http_access allow known", "http_access deny all"}
	for name, tc := range map[string]struct {
		why   string
		files map[string]string
		lines []string
		open  bool // it asks nobody
	}{
		"Open":  {why: "No sign-in.", lines: []string{"http_access allow all"}, open: true},
		"Basic": {why: "User and password.", files: map[string]string{"basic.sh": basic}, lines: append([]string{"auth_param basic program DIR/basic.sh", "auth_param basic realm the, office"}, signed...)},
		"Digest": {why: "The password does not travel.", files: map[string]string{"digest": digest}, lines: append([]string{
			"auth_param digest program " + squidHelpers + "digest_file_auth -c DIR/digest", "auth_param digest realm office",
		}, signed...)},
		"Several": {why: "The strongest is taken.", files: map[string]string{"basic.sh": basic, "digest": digest}, lines: append([]string{
			"auth_param digest program " + squidHelpers + "digest_file_auth -c DIR/digest", "auth_param digest realm office",
			"auth_param basic program DIR/basic.sh", "auth_param basic realm office",
		}, signed...)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := startSquid(t, tc.files, tc.lines...)
			s := tenanttest.Start(t, tenant.Options{})
			attempt := func(user, password string) (*central.Client, error) {
				o := options(t, s)
				o.Proxy = central.Proxy{Mode: central.ProxyManual, URL: address, User: user, Password: func() string { return password }}
				c := dial(t, o)
				_, err := c.Users(t.Context())
				return c, err
			}
			c, err := attempt(user, password)
			if err != nil {
				t.Fatalf("%s\n%v", tc.why, err)
			}
			if p := c.Proxies(); len(p) != 2 || !p[0].Used || p[0].URL != address || p[1].From != central.FromManual {
				t.Errorf("the proxies are %+v", p)
			}
			if !tc.open {
				s.Tenant.Reset()
				if _, err := attempt(user, "hunter2"); fault.Code(err) != "proxy.authRequired" || s.Tenant.Total() != 0 {
					t.Errorf("a wrong password: %v, %d calls", err, s.Tenant.Total())
				}
				if _, err := attempt("", ""); fault.Code(err) != "proxy.authRequired" {
					t.Errorf("nobody: %v", err)
				}
			}
		})
	}
}

// TestSquidRefuses tells what a real proxy says from what Central says.
func TestSquidRefuses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lines    []string
		identity string
		code     string
		says     string
	}{
		"Denied":      {[]string{"http_access deny all"}, "", "proxy.refused", "403 Forbidden (ERR_ACCESS_DENIED)"},
		"NoName":      {[]string{"http_access allow all", "dns_nameservers 127.0.0.1"}, "https://nosuch.sophos.com", "proxy.upstream", "(ERR_"},
		"Unreachable": {[]string{"http_access allow all"}, "https://127.0.0.1:9", "proxy.upstream", "503 Service Unavailable (ERR_CONNECT_FAIL)"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := options(t, tenanttest.Start(t, tenant.Options{}))
			o.Proxy = central.Proxy{Mode: central.ProxyManual, URL: startSquid(t, nil, tc.lines...)}
			if tc.identity != "" {
				o.IdentityURL = tc.identity
			}
			_, err := dial(t, o).Connect(t.Context())
			if !fault.Is(err, tc.code) || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("got %s %v", fault.Code(err), err)
			}
		})
	}
}
