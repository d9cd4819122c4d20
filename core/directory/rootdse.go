package directory

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// root is what the rootDSE says about the controller and its forest.
type root struct {
	server        string // dnsHostName
	domainDN      string // defaultNamingContext
	forestDN      string // rootDomainNamingContext
	configuration string
	schema        string
	dsService     string
	highestUSN    int64
	whole         bool // a search without pages returns everything
	// unsynchronized says that the first replication has not ended.
	unsynchronized bool
	readOnly       bool
}

func rootQuery() query {
	return query{what: "the read of the rootDSE", filter: "(objectClass=*)", attributes: []string{
		"dnsHostName", "defaultNamingContext", "rootDomainNamingContext", "configurationNamingContext",
		"schemaNamingContext", "dsServiceName", "highestCommittedUSN", "isSynchronized", "supportedCapabilities",
		"vendorName", "supportedLDAPPolicies",
	}}
}

func (c *controller) readRoot(ctx context.Context) (root, error) {
	e, err := c.object(ctx, rootQuery())
	if err != nil {
		return root{}, err
	}
	return c.parseRoot(e)
}

// sameController makes sure that a new connection leads to the controller of the
// old one: a name may stand for several, and one snapshot is of one of them.
// Between two reads another controller is as good.
func (c *controller) sameController(ctx context.Context, k *conn) error {
	if c.root.server == "" {
		return nil
	}
	e, err := c.objectOn(ctx, k, rootQuery())
	if err != nil {
		return c.operationError("the read of the rootDSE", err)
	}
	r, err := c.parseRoot(e)
	if err != nil {
		return err
	}
	if c.reading && r.server != c.root.server {
		return fault.New("directory.server.changed",
			fmt.Sprintf("the connection to %s was lost, and %s now leads to %s", c.root.server, c.server, r.server),
			fault.Hint("name the domain controllers themselves in directory.servers, not the domain"))
	}
	c.root = r
	return nil
}

func (c *controller) parseRoot(e *ldap.Entry) (root, error) {
	if e == nil || e.GetAttributeValue("defaultNamingContext") == "" {
		return root{}, fault.New("directory.notActiveDirectory", c.address()+" is a directory but no domain controller of Active Directory",
			fault.Hint("name a domain controller in directory.servers, and no global catalog port"))
	}
	r := root{
		server:        e.GetAttributeValue("dnsHostName"),
		domainDN:      e.GetAttributeValue("defaultNamingContext"),
		forestDN:      e.GetAttributeValue("rootDomainNamingContext"),
		configuration: e.GetAttributeValue("configurationNamingContext"),
		schema:        e.GetAttributeValue("schemaNamingContext"),
		dsService:     e.GetAttributeValue("dsServiceName"),
		whole:         unlimited(e.GetAttributeValue("vendorName"), e.GetAttributeValues("supportedLDAPPolicies")),

		unsynchronized: strings.EqualFold(e.GetAttributeValue("isSynchronized"), "FALSE"),
		readOnly:       slices.Contains(e.GetAttributeValues("supportedCapabilities"), capabilityReadOnly),
	}
	if r.server == "" {
		r.server = c.server
	}
	r.highestUSN, _ = strconv.ParseInt(e.GetAttributeValue("highestCommittedUSN"), 10, 64)
	return r, nil
}

// capabilityReadOnly is LDAP_CAP_ACTIVE_DIRECTORY_PARTIAL_SECRETS_OID (MS-ADTS
// 3.1.1.3.4.3): the controller is read-only.
const capabilityReadOnly = "1.2.840.113556.1.4.1920"

// holds reports whether the controller has the domain dn in full: it has one. A
// global catalogue holds the others in part, and that is not enough.
func (r root) holds(dn string) bool { return sameDN(r.domainDN, dn) }

// partition is a crossRef: a naming context of the forest.
type partition struct {
	dn     string
	domain bool
	entry  identity.Domain
}

const domainFlag = 2 // FLAG_CR_NTDS_DOMAIN of a crossRef's systemFlags

// partitions lists every naming context of the forest from CN=Partitions.
func (c *controller) partitions(ctx context.Context) ([]partition, error) {
	var list []partition
	_, err := c.search(ctx, query{
		what: "the search for the domains of the forest", base: "CN=Partitions," + c.root.configuration,
		scope: ldap.ScopeSingleLevel, filter: "(objectClass=crossRef)",
		attributes: []string{"nCName", "dnsRoot", "nETBIOSName", "systemFlags"},
	}, func() func(*ldap.Entry) error {
		list = nil
		return func(e *ldap.Entry) error {
			list = append(list, partitionOf(e))
			return nil
		}
	})
	return list, err
}

func partitionOf(e *ldap.Entry) partition {
	flags, _ := strconv.ParseInt(value(e, "systemFlags"), 10, 64)
	p := partition{dn: value(e, "nCName"), domain: flags&domainFlag != 0}
	dns := strings.ToLower(value(e, "dnsRoot"))
	if p.dn == "" && dns != "" && p.domain {
		// Samba hides nCName where this controller does not hold the context.
		p.dn = "DC=" + strings.ReplaceAll(dns, ".", ",DC=")
	}
	name := dnsName(p.dn)
	if name == "" {
		name = dns
	}
	p.entry = identity.Domain{Name: name, NetBIOS: value(e, "nETBIOSName"), DN: p.dn}
	return p
}

// partitions asks another controller where the first one died.
func (c *Client) partitions(ctx context.Context) ([]partition, error) {
	for try := 0; ; try++ {
		all, err := c.first.partitions(ctx)
		if err == nil || fatal(ctx, err) || try >= maxControllers || !died(fault.Code(err)) {
			return all, err
		}
		own := c.first.root.domainDN
		if ok, rerr := c.replace(ctx, identity.Domain{Name: dnsName(own), DN: own}, c.first); !ok {
			return nil, firstOf(rerr, err)
		}
	}
}

// Domains lists the domains of the forest by name, with the SID of those that
// a controller was reached for and the account may read.
func (c *Client) Domains(ctx context.Context) ([]identity.Domain, error) {
	all, err := c.partitions(ctx)
	if err != nil {
		return nil, err
	}
	return c.domainsOf(ctx, all, func(string) bool { return true })
}

// domainsOf asks the controllers of those domains that are wanted.
func (c *Client) domainsOf(ctx context.Context, all []partition, wanted func(name string) bool) ([]identity.Domain, error) {
	c.foresee(ctx, all, wanted)
	domains := []identity.Domain{}
	for _, p := range all {
		if !p.domain || p.dn == "" {
			continue
		}
		var k *controller
		if wanted(p.entry.Name) {
			k, _ = c.of(ctx, p.entry) // a domain that is not reached has no SID here
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
		}
		if k != nil {
			head, err := k.object(ctx, query{what: "the read of " + p.dn, base: p.dn, attributes: []string{"objectSid"}})
			if fatal(ctx, err) {
				return nil, err
			}
			if err == nil && head != nil {
				p.entry.SID = sidOf(head)
			}
		}
		domains = append(domains, p.entry)
	}
	if len(domains) == 0 {
		return nil, fault.New("directory.rights", "no domain of the forest can be read from CN=Partitions",
			fault.Hint("the account "+c.o.User+" needs the right to read the configuration of the forest"))
	}
	slices.SortFunc(domains, func(a, b identity.Domain) int { return strings.Compare(a.Name, b.Name) })
	return domains, nil
}

// identify names the controller and the state of its database.
func (c *controller) identify(ctx context.Context, domain string) (identity.Server, error) {
	id, err := c.invocationID(ctx)
	return identity.Server{Domain: domain, Name: c.root.server, InvocationID: id, HighestUSN: c.root.highestUSN, ReadOnly: c.root.readOnly}, err
}

// invocationID identifies the database of the controller, "" where the account
// may not read it.
func (c *controller) invocationID(ctx context.Context) (string, error) {
	if c.root.dsService == "" {
		return "", nil
	}
	e, err := c.object(ctx, query{what: "the read of the controller's settings", base: c.root.dsService, attributes: []string{"invocationId"}})
	if err != nil {
		if fault.Is(err, "directory.rights") {
			return "", nil
		}
		return "", err
	}
	if e == nil {
		return "", nil
	}
	id, err := identity.GUIDFromBytes(rawValue(e, "invocationId"))
	if err != nil {
		return "", nil //nolint:nilerr // the account may not read it, which is what "" says
	}
	return string(id), nil
}
