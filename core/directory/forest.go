package directory

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

// lostFor is how long a domain that nobody answered for is not asked again.
const lostFor = 5 * time.Minute

// lost is a domain that no controller was reached for.
type lost struct {
	err error
	at  time.Time // zero for good
}

// reach returns the connection to a controller, a new one where there is none. A
// refused logon is not tried again, or the account is locked by us.
func (c *Client) reach(ctx context.Context, e endpoint) (*controller, error) {
	if k, ok := c.reached[e]; ok {
		return k, nil
	}
	if err, ok := c.refused[e]; ok {
		return nil, err
	}
	k, err := c.dial(ctx, e)
	if err == nil {
		if err = k.usable(); err != nil {
			k.close()
		}
	}
	if err != nil {
		switch {
		case fault.Is(err, "directory.bind"):
			c.refused[e] = err
		case fault.Is(err, codeCertificate):
			c.untrusted[e.host] = err
		}
		return nil, err
	}
	c.reached[e] = k
	delete(c.untrusted, e.host)
	return k, nil
}

// codeCertificate is that of all errors of a certificate that proves nothing.
const codeCertificate = "directory.certificate"

// Untrusted returns the errors of the controllers that were passed over because
// their certificates do not prove them, by host.
func (c *Client) Untrusted() map[string]error { return maps.Clone(c.untrusted) }

// usable says why a controller is not read, nil if it may be.
func (c *controller) usable() error {
	switch {
	case c.root.unsynchronized:
		return fault.New("directory.notSynchronized", c.root.server+" has not finished its first replication and is not read",
			fault.Hint("name another domain controller in directory.servers, or wait until it has"))
	case c.root.readOnly && !c.o.ReadOnlyControllers:
		return fault.New("directory.readOnly", c.root.server+" is a read-only controller, which hides attributes, and is not read",
			fault.Hint("name a writable domain controller, or allow it with: config set directory.readOnlyControllers true"))
	}
	return nil
}

// of returns the controller that a domain is read from: the first that holds it,
// of those configured and then of those that DNS names for it.
func (c *Client) of(ctx context.Context, d identity.Domain) (*controller, error) {
	if k, ok := c.domains[d.Name]; ok {
		return k, nil
	}
	if l, ok := c.lost[d.Name]; ok && (l.at.IsZero() || c.o.Now().Sub(l.at) < lostFor) {
		return nil, l.err
	}
	k := c.first
	if !k.root.holds(d.DN) {
		var err error
		if k, err = c.find(ctx, d, nil, ""); err != nil {
			if ctx.Err() == nil {
				c.lost[d.Name] = lost{err, c.o.Now()}
			}
			return nil, err
		}
	}
	c.domains[d.Name] = k
	return k, nil
}

// find looks for a controller of a domain that is another than the one given. The
// preferred host is tried first.
func (c *Client) find(ctx context.Context, d identity.Domain, other *controller, preferred string) (*controller, error) {
	list := slices.Collect(c.configured(ctx))
	named := len(list)
	if c.trustsDNS() {
		list = append(list, c.bySRV(ctx, d.Name)...)
	}
	order := make([]int, 0, len(list))
	for i, e := range list {
		if slices.Index(list, e) == i && (other == nil || e != other.endpoint) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return boolean(strings.EqualFold(list[b].host, preferred)) - boolean(strings.EqualFold(list[a].host, preferred))
	})
	details := []string{}
	for _, i := range order {
		k, err := c.reach(ctx, list[i])
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			details = append(details, err.Error())
			if i >= named && fault.Is(err, "directory.bind") {
				// All controllers of the domain would say the same, and count it.
				return nil, noController(d, details, err)
			}
		case k.root.holds(d.DN) && (other == nil || k.root.server != other.root.server) && k.root.server != c.apart[d.Name]:
			return k, nil
		}
	}
	return nil, noController(d, details, nil)
}

// trustsDNS says that controllers which nobody named may be asked: a password
// goes to them only where their certificates prove them.
func (c *Client) trustsDNS() bool {
	return c.o.Security != SecurityNone || c.o.Bind == BindIntegrated
}

// foresee asks DNS for the controllers of several domains at once, so that a DNS
// which does not answer is waited for once.
func (c *Client) foresee(ctx context.Context, all []partition, wanted func(name string) bool) {
	var names []string
	for _, p := range all {
		_, known := c.domains[p.entry.Name]
		if p.domain && !known && wanted(p.entry.Name) && !c.first.root.holds(p.dn) {
			names = append(names, p.entry.Name)
		}
	}
	if c.trustsDNS() {
		c.resolve(ctx, min(c.o.Timeout, dialTimeout), names)
	}
}

func noController(d identity.Domain, details []string, cause error) error {
	return fault.New("directory.domain.unreachable", "no domain controller of "+d.Name+" can be read",
		fault.Details(details...), fault.Cause(cause),
		fault.Hint("name one of that domain in directory.servers; without, DNS has to name them (SRV _ldap._tcp.dc._msdcs."+d.Name+") and they have to be reached by ldaps or starttls"))
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// died says that a controller gave no answer, and another may.
func died(code string) bool {
	return slices.Contains([]string{
		"directory.unreachable", "directory.timeout", "directory.busy", "directory.server.changed", "directory.notSynchronized",
		"directory.read.incomplete.cut",
	}, code)
}

// replace puts another controller in the place of one that died, for all that it
// answered, and reports whether there was one.
func (c *Client) replace(ctx context.Context, d identity.Domain, dead *controller) (bool, error) {
	k, err := c.find(ctx, d, dead, "")
	if err != nil {
		return false, ctx.Err()
	}
	c.o.Log.WarnContext(ctx, "the reading begins again on another domain controller", "domain", d.Name, "gone", dead.root.server, "server", k.root.server)
	delete(c.reached, dead.endpoint)
	dead.close()
	c.domains[d.Name] = k
	if c.first == dead {
		c.first = k
	}
	return true, nil
}

// Second returns a client that reads each of the domains from another controller
// than this one does, and the rest from the same: what the two show apart from
// each other has not been replicated yet. A controller of before is preferred. It
// is closed with this client.
func (c *Client) Second(ctx context.Context, before []identity.Server) (*Client, error) {
	all, err := c.partitions(ctx)
	if err != nil {
		return nil, err
	}
	second := *c
	second.domains, second.lost, second.apart = maps.Clone(c.domains), maps.Clone(c.lost), map[string]string{}
	for _, p := range all {
		d := p.entry
		i := slices.IndexFunc(before, func(s identity.Server) bool { return s.Domain == d.Name })
		if i < 0 || !p.domain {
			continue // read from the controller that this client has
		}
		k, err := c.of(ctx, d)
		if err != nil {
			second.lost[d.Name] = lost{err: err}
			continue
		}
		second.apart[d.Name] = k.root.server
		other, err := c.find(ctx, d, k, before[i].Name)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			delete(second.domains, d.Name)
			second.lost[d.Name] = lost{err: err}
			continue
		}
		second.domains[d.Name] = other
		if second.first == k {
			second.first = other
		}
	}
	return &second, nil
}

// maxControllers is how many more controllers of a domain are tried for one
// reading.
const maxControllers = 2

// whole runs a reading until each domain was read from one controller to its end,
// or no other controller is left for it.
func (c *Client) whole(ctx context.Context, read func() (identity.Snapshot, error)) (identity.Snapshot, error) {
	for try := 0; ; try++ {
		snapshot, err := read()
		again := false
		if err != nil {
			if ctx.Err() != nil || try >= maxControllers || !died(fault.Code(err)) {
				return snapshot, err
			}
			ok, rerr := c.replace(ctx, identity.Domain{Name: dnsName(c.first.root.domainDN), DN: c.first.root.domainDN}, c.first)
			if rerr != nil || !ok {
				return snapshot, errors.Join(rerr, err)
			}
			continue
		}
		for _, d := range snapshot.Domains {
			k := c.domains[d.Name]
			if k == nil || try >= maxControllers || !slices.ContainsFunc(snapshot.Reads, func(r identity.Read) bool {
				return r.Domain == d.Name && r.Server == k.root.server && !r.Complete && died(r.Code)
			}) {
				continue
			}
			ok, err := c.replace(ctx, d, k)
			if err != nil {
				return identity.Snapshot{}, err
			}
			again = again || ok
		}
		if !again {
			return snapshot, nil
		}
	}
}
