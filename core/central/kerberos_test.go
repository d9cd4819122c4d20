//go:build linux

package central_test

import (
	"os"
	"strings"
	"testing"

	"adsync/core/central"
	"adsync/core/directory/adtest"
	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// TestKerberosProxy signs in at a real squid with tickets of a real domain: with
// user and password, and with the account's ticket cache.
func TestKerberosProxy(t *testing.T) {
	c := adtest.Start(t, adtest.Options{Kerberos: true})
	_, _ = c.Account(t, "squid", map[string][]string{"servicePrincipalName": {"HTTP/localhost"}})
	_, _ = c.Account(t, "svc", nil)
	keytab, err := os.ReadFile(c.Keytab(t, "HTTP/localhost"))
	if err != nil {
		t.Fatal(err)
	}
	conf, err := os.ReadFile(c.KerberosConfig())
	if err != nil {
		t.Fatal(err)
	}
	// The helper runs without root's rights and sees copies only.
	helper := "#!/bin/sh\ncd \"${0%/*}\" || exit 1\nKRB5_CONFIG=$PWD/krb5.conf exec " + squidHelpers +
		"negotiate_kerberos_auth -k \"$PWD/squid.keytab\" -s GSS_C_NO_NAME -r\n"
	address := startSquid(t, map[string]string{"squid.keytab": string(keytab), "krb5.conf": string(conf), "helper.sh": helper},
		"auth_param negotiate program DIR/helper.sh",
		"acl known proxy_auth REQUIRED", "http_access allow known", "http_access deny all")
	address = strings.Replace(address, "127.0.0.1", "localhost", 1)
	cache := c.Ticket(t, "svc")
	s := tenanttest.Start(t, tenant.Options{})
	for name, tc := range map[string]struct {
		why            string
		user, password string
		cache          string
		code           string
	}{
		"Password": {why: "A ticket is got with the password.", user: "svc@corp.example.com", password: adtest.Password},
		"Domain":   {why: "The short name of the domain means its realm.", user: `CORP\svc`, password: adtest.Password},
		"Cache":    {why: "Without a user it is the account's own ticket.", cache: cache},
		"Wrong":    {why: "No ticket, and nothing else is offered: what stood in the way is said.", user: "svc@corp.example.com", password: "hunter2", code: "proxy.authRequired"},
		"Nobody":   {why: "No ticket cache, no user.", cache: "/nonexistent", code: "proxy.authRequired"},
	} {
		t.Run(name, func(t *testing.T) {
			o := options(t, s)
			o.Proxy = central.Proxy{Mode: central.ProxyManual, URL: address, User: tc.user, Password: func() string { return tc.password }}
			o.Environ = func(n string) string {
				return map[string]string{"KRB5_CONFIG": c.KerberosConfig(), "KRB5CCNAME": "FILE:" + tc.cache}[n]
			}
			if _, err := dial(t, o).Users(t.Context()); fault.Code(err) != tc.code || (err != nil) != (tc.code != "") {
				t.Errorf("%s\ngot %s %v", tc.why, fault.Code(err), err)
			}
		})
	}
}
