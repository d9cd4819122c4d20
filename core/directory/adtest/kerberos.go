package adtest

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// KerberosConfig is the krb5.conf that leads to this controller.
func (c *Controller) KerberosConfig() string { return filepath.Join(c.dir, "etc", "krb5.conf") }

// Ticket logs an account on with Password and returns the credential cache.
func (c *Controller) Ticket(t *testing.T, account string) string {
	t.Helper()
	cache := filepath.Join(t.TempDir(), "krb5cc")
	c.python(t, "kinit.py", c.KerberosConfig(), cache, account, Password)
	return cache
}

// Keytab returns a file with the keys of an account.
func (c *Controller) Keytab(t *testing.T, account string) string {
	t.Helper()
	keytab := filepath.Join(t.TempDir(), "client.keytab")
	out, err := exec.CommandContext(t.Context(), "samba-tool", "domain", "exportkeytab", keytab,
		"--principal="+account, "-s", filepath.Join(c.dir, "etc", "smb.conf")).CombinedOutput()
	if err != nil {
		t.Fatalf("samba-tool domain exportkeytab: %v\n%s", err, out)
	}
	return keytab
}

func (c *Controller) python(t *testing.T, name string, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "/usr/bin/python3",
		append([]string{script(t, name), c.dir}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}
