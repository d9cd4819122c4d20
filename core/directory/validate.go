package directory

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// Report says what a connection is like.
type Report struct {
	Server      string            `json:"server"`   // dnsHostName of the controller
	Security    string            `json:"security"` // ldaps, starttls or none
	Certificate *Certificate      `json:"certificate"`
	BoundAs     string            `json:"boundAs"`
	Forest      string            `json:"forest"`
	Domains     []identity.Domain `json:"domains"`
	Rights      Rights            `json:"rights"`
	Warnings    []string          `json:"warnings"`
}

// Certificate is that of the domain controller.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names"` // DNS names and addresses that it is for
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	SHA256    string    `json:"sha256"` // fingerprint, as browsers show it
}

// Rights says what the account was seen to be able to read.
type Rights struct {
	Readable          bool `json:"readable"`          // the heads of all domains held here, with their accounts and groups
	DeletedObjects    bool `json:"deletedObjects"`    // the containers of deleted objects of all domains held here
	MemberOfProtected bool `json:"memberOfProtected"` // memberOf of an administrator, whom AdminSDHolder protects
}

// certificateWarning is how long before its end a certificate is warned about.
const certificateWarning = 30 * 24 * time.Hour

// Validate reports what the connection is like and what the account may read.
func (c *Client) Validate(ctx context.Context) (Report, error) {
	domains, err := c.Domains(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{
		Server: c.first.root.server, Security: c.o.Security, BoundAs: c.first.boundAs(ctx), Forest: dnsName(c.first.root.forestDN),
		Domains: domains, Warnings: []string{},
		Rights: Rights{Readable: true, DeletedObjects: true, MemberOfProtected: true},
	}
	warn := func(format string, a ...any) { report.Warnings = append(report.Warnings, fmt.Sprintf(format, a...)) }
	if leaf := c.first.certificate(ctx); leaf != nil {
		report.Certificate = certificateReport(leaf)
		if leaf.NotAfter.Sub(c.o.Now()) < certificateWarning {
			warn("the certificate of the domain controller ends on %s", leaf.NotAfter.UTC().Format("2006-01-02"))
		}
	}
	if c.o.Security == SecurityNone {
		warn("the password and everything read cross the network in the clear: use directory.security ldaps")
	}
	for _, d := range domains {
		k, err := c.of(ctx, d)
		if err != nil {
			warn("the domain %s cannot be read: %v", d.Name, err)
			continue
		}
		if err := k.domainRights(ctx, d, &report.Rights); err != nil {
			return Report{}, err
		}
	}
	if !report.Rights.Readable {
		warn("the account %s may not read all of the directory: no read will be complete", c.o.User)
	}
	if !report.Rights.DeletedObjects {
		warn("the account %s may not read the deleted objects: who is found nowhere is then not known to be deleted", c.o.User)
	}
	if !report.Rights.MemberOfProtected {
		warn("the account %s may not read memberOf of administrators", c.o.User)
	}
	return report, nil
}

func (c *controller) domainRights(ctx context.Context, d identity.Domain, rights *Rights) error {
	deleted, err := c.deletedReadable(ctx, d.DN)
	if err != nil {
		return err
	}
	rights.DeletedObjects = rights.DeletedObjects && deleted
	var administrator, users *ldap.Entry
	for suffix, entry := range map[string]**ldap.Entry{"-500": &administrator, "-513": &users} {
		if d.SID == "" {
			break
		}
		_, err := c.search(ctx, query{
			what: "the search for well-known objects of " + d.Name, base: d.DN, scope: ldap.ScopeWholeSubtree,
			filter: "(objectSid=" + d.SID + suffix + ")", attributes: []string{"objectGUID", "memberOf"},
		}, func() func(*ldap.Entry) error {
			return func(e *ldap.Entry) error { *entry = e; return nil }
		})
		if err != nil && !fault.Is(err, "directory.rights") {
			return err
		}
	}
	rights.Readable = rights.Readable && readableEntry(administrator) && readableEntry(users)
	rights.MemberOfProtected = rights.MemberOfProtected && administrator != nil && value(administrator, "memberOf") != ""
	return nil
}

func readableEntry(e *ldap.Entry) bool {
	if e == nil {
		return false
	}
	_, err := guidOf(e)
	return err == nil
}

// boundAs asks the controller who we are (RFC 4532); not every one knows.
func (c *controller) boundAs(ctx context.Context) string {
	k, err := c.live(ctx)
	if err != nil {
		return c.o.User
	}
	name, err := k.WhoAmI(ctx)
	if _, answered := errors.AsType[*ldap.Error](err); err != nil && (!answered || ldapCode(err, ldap.ErrorNetwork)) {
		c.drop(k)
	}
	if name == "" {
		return c.o.User
	}
	return strings.TrimPrefix(name, "u:")
}

func certificateReport(c *x509.Certificate) *Certificate {
	return &Certificate{
		Subject: c.Subject.String(), Issuer: c.Issuer.String(), Names: nameList(c),
		NotBefore: c.NotBefore.UTC(), NotAfter: c.NotAfter.UTC(), SHA256: fingerprint(c),
	}
}

// certificate is that of the controller, nil without TLS.
func (c *controller) certificate(ctx context.Context) *x509.Certificate {
	k, err := c.live(ctx)
	if err != nil {
		return nil
	}
	if state, ok := k.TLS(); ok && len(state.PeerCertificates) > 0 {
		return state.PeerCertificates[0]
	}
	return nil
}
