package directory

import (
	"context"
	"slices"
	"strings"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// abroad returns controllers of other forests among the servers configured, one of
// each domain. One that is of a domain of this forest by its name, or by that under
// which DNS told of it, is not logged on to for that. A server that is not reached or does not take this account is
// passed over: who is abroad is named by the SID then.
func (c *Client) abroad(ctx context.Context) ([]*controller, error) {
	var list []*controller
	if len(c.o.Servers) < 2 {
		return nil, nil
	}
	all, err := c.first.partitions(ctx)
	if err != nil {
		return nil, err
	}
	for e := range c.configured(ctx) {
		if slices.ContainsFunc(all, func(p partition) bool { return p.domain && e.in(p.entry.Name) }) {
			continue
		}
		k, err := c.reach(ctx, e)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil || sameDN(k.root.forestDN, c.first.root.forestDN) ||
			slices.ContainsFunc(list, func(o *controller) bool { return o.root.holds(k.root.domainDN) }) {
			continue
		}
		list = append(list, k)
	}
	return list, nil
}

// nameAbroad finds out what the objects of other forests are called, by their
// SIDs: DOMAIN\account.
func (c *Client) nameAbroad(ctx context.Context, sids []string) (map[string]string, error) {
	names := map[string]string{}
	controllers, err := c.abroad(ctx)
	for _, k := range controllers {
		if err == nil {
			err = k.accountsOf(ctx, sids, names)
		}
	}
	if fault.Is(err, "directory.bind") {
		err = nil // the other forest refuses the account, which is no fault of this reading
	}
	return names, err
}

// accountsOf adds the names of those of the SIDs that are of the controller's domain.
func (c *controller) accountsOf(ctx context.Context, sids []string, names map[string]string) error {
	all, err := c.partitions(ctx)
	if err != nil {
		return err
	}
	short := dnsName(c.root.domainDN)
	for _, p := range all {
		if sameDN(p.dn, c.root.domainDN) && p.entry.NetBIOS != "" {
			short = p.entry.NetBIOS
		}
	}
	for batch := range slices.Chunk(sids, lookupBatch) {
		var filter strings.Builder
		for _, sid := range batch {
			filter.WriteString("(objectSid=" + escapeBytes(sidBytes(sid)) + ")")
		}
		_, err := c.search(ctx, query{
			what: "the search for members in " + short, base: c.root.domainDN, scope: ldap.ScopeWholeSubtree,
			filter: "(|" + filter.String() + ")", attributes: []string{"objectSid", "sAMAccountName"},
		}, func() func(*ldap.Entry) error {
			return func(e *ldap.Entry) error {
				if account := value(e, "sAMAccountName"); account != "" {
					names[sidOf(e)] = short + `\` + account
				}
				return nil
			}
		})
		if err != nil {
			return err
		}
	}
	return nil
}
