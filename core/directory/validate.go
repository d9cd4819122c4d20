package directory

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

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
	Grants      []Grant           `json:"grants"`
	Excess      []Excess          `json:"excess"`
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
	Readable           bool `json:"readable"`           // the heads of all domains held here and the bases, accounts and groups
	DeletedObjects     bool `json:"deletedObjects"`     // the containers of deleted objects of all domains held here
	MemberOfProtected  bool `json:"memberOfProtected"`  // memberOf of an administrator, whom AdminSDHolder protects
	MemberOfGroups     bool `json:"member"`             // member of Domain Admins, which AdminSDHolder protects
	UserAccountControl bool `json:"userAccountControl"` // of users, protected ones too
	Schema             bool `json:"schema"`
}

// certificateWarning is how long before its end a certificate is warned about.
const certificateWarning = 30 * 24 * time.Hour

// Validate reports what the connection is like, what the account may read of the
// domains and these bases, and what it can do that a reader should not.
func (c *Client) Validate(ctx context.Context, bases ...Base) (Report, error) {
	domains, err := c.Domains(ctx)
	if err != nil {
		return Report{}, err
	}
	report := Report{
		Server: c.first.root.server, Security: c.o.Security, BoundAs: c.first.boundAs(ctx), Forest: dnsName(c.first.root.forestDN),
		Domains: domains, Warnings: []string{},
	}
	held := &rights{
		account: c.first.accountName(ctx, report.BoundAs, domains), grants: []Grant{}, excess: []Excess{},
		found: Rights{Readable: true, DeletedObjects: true, MemberOfProtected: true, MemberOfGroups: true, UserAccountControl: true},
	}
	warn := func(format string, a ...any) { report.Warnings = append(report.Warnings, fmt.Sprintf(format, a...)) }
	for _, host := range slices.Sorted(maps.Keys(c.untrusted)) {
		warn("%s is passed over: %s", host, c.untrusted[host])
	}
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
		if err := k.domainRights(ctx, d, basesIn(d, domains, bases), held); err != nil {
			return Report{}, err
		}
	}
	if err := c.first.forestRights(ctx, held); err != nil {
		return Report{}, err
	}
	report.Rights, report.Grants, report.Excess = held.found, held.grants, held.excess
	for _, dn := range held.gone {
		warn("the base %s is not there, or the account %s may not see it", dn, c.o.User)
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
	if !report.Rights.UserAccountControl {
		warn("the account %s may not read userAccountControl of everybody: nobody is then known to be enabled or disabled", c.o.User)
	}
	if !report.Rights.MemberOfGroups {
		warn("the account %s may not read the members of protected groups", c.o.User)
	}
	if len(report.Excess) > 0 {
		warn("the account %s can do more than read (see excess): use one that cannot", c.o.User)
	}
	return report, nil
}

func (c *controller) domainRights(ctx context.Context, d identity.Domain, bases []Base, r *rights) error {
	deleted, err := c.deletedReadable(ctx, d.DN)
	if err != nil {
		return err
	}
	if !deleted {
		r.found.DeletedObjects = false
		container, why := "CN=Deleted Objects,"+d.DN, "who is deleted is told from who is out of sight"
		r.add("deleted objects", why, `dsacls "`+container+`" /takeownership`)
		r.add("deleted objects", why, `dsacls "`+container+`" /G "`+r.account+`:LCRP"`)
	}
	if err := c.baseRights(ctx, append([]Base{{DN: d.DN}}, bases...), r); err != nil {
		return err
	}
	objects := []string{d.DN}
	for _, b := range bases {
		objects = append(objects, b.name())
	}
	if d.SID != "" {
		if err := c.readRights(ctx, d, r); err != nil {
			return err
		}
		objects = append(objects, "<SID="+d.SID+"-501>", "<SID="+d.SID+"-513>")
	}
	return c.writeRights(ctx, objects, r)
}

// forestRights: the schema says what filters mean; the token, whose power it has.
func (c *controller) forestRights(ctx context.Context, r *rights) error {
	e, err := c.visible(ctx, c.root.schema)
	if err != nil {
		return err
	}
	if r.found.Schema = readableEntry(e); !r.found.Schema {
		r.missing("schema", "filters are checked by it", c.root.schema, "GR", true)
	}
	return c.membership(ctx, r)
}

// basesIn picks the bases that stand in a domain and in no domain below it.
func basesIn(d identity.Domain, domains []identity.Domain, bases []Base) []Base {
	var list []Base
	for _, b := range bases {
		dn := b.DN
		if sameDN(dn, d.DN) || !UnderBase(dn, d.DN) || slices.ContainsFunc(domains, func(o identity.Domain) bool {
			return !sameDN(o.DN, d.DN) && UnderBase(o.DN, d.DN) && UnderBase(dn, o.DN)
		}) {
			continue
		}
		list = append(list, b)
	}
	return list
}

// accountName is the account as the tools of Windows take it: a distinguished
// name becomes DOMAIN\account.
func (c *controller) accountName(ctx context.Context, boundAs string, domains []identity.Domain) string {
	if rdnKeys(boundAs) == nil {
		return boundAs
	}
	e, err := c.visible(ctx, boundAs)
	if err != nil || e == nil {
		return boundAs
	}
	var of identity.Domain // the lowest that the account stands in
	for _, d := range domains {
		if UnderBase(e.DN, d.DN) && (of.DN == "" || UnderBase(d.DN, of.DN)) {
			of = d
		}
	}
	account := value(e, "sAMAccountName")
	if account == "" || of.DN == "" {
		return boundAs
	}
	return of.NetBIOS + `\` + account
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
