package directory

import (
	"context"
	"crypto/x509"
	"net"
	"strings"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// negotiator makes the tokens of one GSSAPI logon (RFC 4752).
type negotiator interface {
	ldap.GSSAPIClient
	Close() error
}

// integrated logs on with Kerberos, as whom this process runs. TLS protects the
// connection: neither library offers a security layer of GSSAPI.
func (c *controller) integrated(ctx context.Context, k *conn) error {
	service, err := c.service(ctx, k)
	if err != nil {
		return err
	}
	var leaf *x509.Certificate
	if state, ok := k.TLS(); ok && len(state.PeerCertificates) > 0 {
		leaf = state.PeerCertificates[0]
	}
	client, err := newNegotiator(leaf, c.o.Now())
	if err != nil {
		return kerberosError(service, err)
	}
	done := make(chan error, 1)
	go func() {
		defer func() { _ = client.Close() }()
		done <- k.GSSAPIBind(ctx, client, service, "", nil)
	}()
	// The key distribution center is asked on a connection that ctx does not end.
	select {
	case err = <-done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if err == nil || ldapCode(err, ldap.LDAPResultInvalidCredentials, ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired) {
		return err
	}
	return kerberosError(service, err)
}

// service names the controller to the key distribution center: by the name that
// it goes by in the directory, because an address, an alias or the name of the
// domain has no service principal. Its certificate has been checked before.
func (c *controller) service(ctx context.Context, k *conn) (string, error) {
	e, err := c.objectOn(ctx, k, query{what: "the read of the rootDSE", filter: "(objectClass=*)", attributes: []string{"dnsHostName"}})
	if err != nil {
		return "", c.operationError("the read of the rootDSE", err)
	}
	host := c.server
	if e != nil && value(e, "dnsHostName") != "" {
		host = value(e, "dnsHostName")
	}
	if net.ParseIP(host) != nil {
		return "", fault.New("directory.kerberos.principal", "the domain controller "+host+" does not say its name, which Kerberos needs",
			fault.Hint("name it in directory.servers by its DNS name"))
	}
	return "ldap/" + strings.ToLower(host), nil
}

// kerberosError tells the troubles of Kerberos apart.
func kerberosError(service string, err error) error {
	if fault.Code(err) != "" {
		return err
	}
	r := kerberosReason(err)
	return fault.New(r.code, "integrated logon: "+strings.ReplaceAll(r.text, "SPN", service), fault.Hint(strings.ReplaceAll(r.hint, "SPN", service)), fault.Cause(err))
}

// reason is a trouble of Kerberos; SPN stands for the service principal name.
type reason struct{ code, text, hint string }

const hintSimple = ", or use an account with a password: config set directory.bind simple, then credential set directory --user NAME"

// The troubles that both libraries report, each in its own words.
var (
	reasonTicket = reason{
		"directory.bind.ticket", "there is no valid Kerberos ticket of the running account",
		"on Linux get one with kinit (KRB5CCNAME names its file) or name a keytab in KRB5_CLIENT_KTNAME; on Windows log on with an account of the domain" + hintSimple,
	}
	reasonClock = reason{
		"directory.kerberos.clock", "the clock of this machine and that of the domain controller differ too much",
		"Kerberos allows five minutes: synchronise the clock of this machine with the domain",
	}
	reasonKDC = reason{
		"directory.kerberos.unreachable", "no key distribution center of the domain can be reached",
		"check name resolution, port 88 in the firewall and, on Linux, krb5.conf (KRB5_CONFIG)" + hintSimple,
	}
	reasonService = reason{
		"directory.kerberos.principal", "the domain does not know the service SPN",
		"register it on the account of the domain controller: setspn -S SPN CONTROLLER",
	}
	reasonRefused = reason{
		"directory.bind.refused.kerberos", "the key distribution center refused the running account",
		"check that the account is enabled and that the keytab has its present password",
	}
	reasonOther = reason{
		"directory.kerberos", "Kerberos failed for SPN", "the cause stands in the log" + hintSimple,
	}
)
