//go:build linux

package directory_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/fault"
)

// TestKerberos logs on without a password, over both protected connections, and
// tells the troubles apart, at a real key distribution center.
func TestKerberos(t *testing.T) {
	c := adtest.Start(t, adtest.Options{Kerberos: true, Strong: "allow_sasl_over_tls"})
	c.Account(t, "svc", nil)
	ticket, keytab := c.Ticket(t, "svc"), c.Keytab(t, "svc")
	nowhere := filepath.Join(t.TempDir(), "krb5.conf")
	content, err := os.ReadFile(c.KerberosConfig())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(nowhere, []byte(strings.ReplaceAll(string(content), ":88", ":1")), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		why                            string
		security, cache, keytab, krb5c string
		code                           string
	}{
		"LDAPS":    {"a ticket", directory.SecurityLDAPS, ticket, "", c.KerberosConfig(), ""},
		"StartTLS": {"a ticket with its type", directory.SecurityStartTLS, "FILE:" + ticket, "", c.KerberosConfig(), ""},
		"Keytab":   {"keys, for a scheduled run", directory.SecurityLDAPS, "", keytab, c.KerberosConfig(), ""},
		"NoTicket": {"a cache that is not there", directory.SecurityLDAPS, "/no/such", "", c.KerberosConfig(), "directory.bind.ticket"},
		"Keyring":  {"a cache that gokrb5 cannot read", directory.SecurityLDAPS, "KEYRING:x", "", c.KerberosConfig(), "directory.bind.ticket"},
		"NoKeytab": {"keys that are not there", directory.SecurityLDAPS, "", "/no/such", c.KerberosConfig(), "directory.bind.keytab"},
		"NoConfig": {"settings that are not there", directory.SecurityLDAPS, ticket, "", "/no/such", "directory.kerberos.config"},
		"NoKDC":    {"nothing listens there", directory.SecurityLDAPS, "", keytab, nowhere, "directory.kerberos.unreachable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("KRB5_CONFIG", tc.krb5c)
			t.Setenv("KRB5CCNAME", tc.cache)
			t.Setenv("KRB5_CLIENT_KTNAME", tc.keytab)
			integrated(t, c, tc.why, tc.security, tc.code)
		})
	}
	t.Run("Cases", func(t *testing.T) {
		t.Setenv("KRB5_CONFIG", c.KerberosConfig())
		t.Setenv("KRB5CCNAME", c.Ticket(t, "Administrator"))
		t.Setenv("KRB5_CLIENT_KTNAME", "")
		o := options(c, "")
		o.Bind, o.Password = directory.BindIntegrated, nil
		cases(t, c, o)
	})
	t.Run("NoService", func(t *testing.T) {
		t.Setenv("KRB5_CONFIG", c.KerberosConfig())
		t.Setenv("KRB5CCNAME", ticket)
		machine := "CN=DC1,OU=Domain Controllers," + c.Base
		for _, name := range c.Read(t, machine, "servicePrincipalName") {
			if strings.HasPrefix(strings.ToLower(name), "ldap/"+c.Host) {
				c.RemoveValues(t, machine, "servicePrincipalName", name)
			}
		}
		integrated(t, c, "the service is not registered", directory.SecurityLDAPS, "directory.kerberos.principal")
	})
}

func integrated(t *testing.T, c *adtest.Controller, why, security, code string) {
	t.Helper()
	o := options(c, "")
	o.Bind, o.Security, o.Password = directory.BindIntegrated, security, nil
	client, err := directory.Dial(t.Context(), o)
	if fault.Code(err) != code || (err == nil) != (code == "") {
		t.Fatalf("%s\nerror %q (%v), want %q", why, fault.Code(err), err, code)
	}
	if err != nil {
		if code == "directory.kerberos.principal" && !strings.Contains(err.Error(), "ldap/"+c.Host) {
			t.Errorf("the service is not named: %v", err)
		}
		return
	}
	defer func() { _ = client.Close() }()
	report, err := client.Validate(t.Context())
	if err != nil || !strings.HasPrefix(strings.ToLower(report.BoundAs), "svc@") || !report.Rights.Readable {
		t.Errorf("%s\n%+v (%v)", why, report, err)
	}
}
