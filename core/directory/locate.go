package directory

import (
	"context"
	"iter"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
)

// Resolver finds hosts by DNS. LookupSRV returns records in the order in which
// they are to be tried (RFC 2782), as net.Resolver does.
type Resolver interface {
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
	LookupHost(ctx context.Context, host string) ([]string, error)
}

// endpoint is a domain controller to try.
type endpoint struct {
	host string // as it is dialled, and named to Kerberos
	name string // that its certificate has to be for
	port int    // of its SRV record, 0 where it has none
}

// in says that the controller is of a domain by its name.
func (e endpoint) in(domain string) bool {
	_, above, _ := strings.Cut(e.host, ".")
	return strings.EqualFold(above, domain) || strings.EqualFold(e.name, domain)
}

// configured yields the controllers of directory.servers in their order, domain
// names resolved; where none are configured, those of this machine's domain.
func (c *Client) configured(ctx context.Context) iter.Seq[endpoint] {
	return func(yield func(endpoint) bool) {
		if len(c.o.Servers) == 0 {
			for _, domain := range c.o.HostDomains() {
				if found := c.bySRV(ctx, domain); len(found) > 0 {
					for _, e := range found {
						if !yield(e) {
							return
						}
					}
					return
				}
			}
			return
		}
		// Most names are hosts: a DNS that hangs must not hold them up for long.
		c.resolve(ctx, srvTimeout, c.o.Servers)
		for _, server := range c.o.Servers {
			found := c.resolved[domainName(server)].found
			if len(found) == 0 {
				found = []endpoint{{host: server, name: server}}
			}
			for _, e := range found {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// srvTimeout bounds the question whether a configured name is a domain's.
const srvTimeout = 2 * time.Second

// resolution is what DNS named for a domain.
type resolution struct {
	found []endpoint
	until time.Time // zero for good; a DNS that has not answered is asked again
}

// domainName is the one spelling of a name that may be a domain's.
func domainName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// bySRV returns the controllers that DNS names for a domain, none where it is no
// name of a domain (MS-ADTS on locating controllers; RFC 2782 for other servers).
func (c *Client) bySRV(ctx context.Context, domain string) []endpoint {
	c.resolve(ctx, min(c.o.Timeout, dialTimeout), []string{domain})
	return c.resolved[domainName(domain)].found
}

// resolve asks DNS for the controllers of domains, all at once and each once,
// within a time.
func (c *Client) resolve(ctx context.Context, within time.Duration, domains []string) {
	asking, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	type answer struct {
		domain string
		resolution
	}
	answers := make(chan answer, len(domains))
	asked := map[string]bool{}
	for _, domain := range domains {
		domain = domainName(domain)
		_, err := netip.ParseAddr(domain)
		was, known := c.resolved[domain]
		if err == nil || !strings.Contains(domain, ".") || asked[domain] || known && (was.until.IsZero() || c.o.Now().Before(was.until)) {
			continue
		}
		asked[domain] = true
		go func() { answers <- answer{domain, c.lookupSRV(asking, domain)} }()
	}
	for range asked {
		if a := <-answers; ctx.Err() == nil {
			c.resolved[a.domain] = a.resolution
		}
	}
}

// lookupSRV asks DNS for one domain.
func (c *Client) lookupSRV(ctx context.Context, domain string) resolution {
	var r resolution
	for _, name := range []string{"dc._msdcs." + domain, domain} {
		_, records, err := c.o.Resolver.LookupSRV(ctx, "ldap", "tcp", name)
		if err != nil {
			c.o.Log.DebugContext(ctx, "no SRV records", "name", "_ldap._tcp."+name, "error", err)
			continue
		}
		for _, record := range records {
			host := strings.ToLower(strings.TrimSuffix(record.Target, "."))
			if host != "" { // RFC 2782: a target of "." says that there is no service
				r.found = append(r.found, endpoint{host: host, name: certificateName(host, domain), port: int(record.Port)})
			}
		}
		if len(r.found) > 0 {
			return r
		}
	}
	if ctx.Err() != nil {
		r.until = c.o.Now().Add(lostFor)
	}
	return r
}

// certificateName is the name that the certificate of a controller found by SRV
// has to be for. DNS is not to be trusted: a forged record may lead to any host
// that has a good certificate for its own name. Only a host below the domain may
// show its own, any other has to show that it serves the domain.
func certificateName(host, domain string) string {
	if strings.HasSuffix(host, "."+domain) {
		return host
	}
	return domain
}

// noServers says that there is nothing to dial.
func (c *Client) noServers() error {
	text := "no domain controller is configured, and this machine belongs to no domain that DNS names controllers of"
	var details []string
	for _, d := range c.o.HostDomains() {
		details = append(details, "no SRV records _ldap._tcp.dc._msdcs."+d)
	}
	return fault.New("config.directory.servers", text, fault.Details(details...),
		fault.Hint("name one or more, or the domain, with: config set directory.servers HOST..."))
}

// dialHost connects to the first address of the controller that answers.
func (c *controller) dialHost(ctx context.Context) (net.Conn, error) {
	addresses := []string{c.endpoint.host}
	if _, err := netip.ParseAddr(c.endpoint.host); err != nil {
		if addresses, err = c.o.Resolver.LookupHost(ctx, c.endpoint.host); err != nil {
			return nil, err
		}
	}
	_, port, _ := net.SplitHostPort(c.address())
	var first error
	for i, address := range addresses {
		// Each address gets its share of the time: the first may be a dead one.
		d := net.Dialer{Timeout: min(c.o.Timeout, dialTimeout) / time.Duration(len(addresses)-i)}
		socket, err := d.DialContext(ctx, "tcp", net.JoinHostPort(address, port))
		if err == nil {
			return socket, nil
		}
		first = firstOf(first, err)
	}
	return nil, first
}

// hostDomains puts the candidates for the domain of this machine in order, each
// once.
func hostDomains(candidates ...string) []string {
	var list []string
	for _, name := range candidates {
		name = strings.ToLower(strings.Trim(strings.TrimSpace(name), "."))
		if strings.Contains(name, ".") && !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}
