package directory

import (
	"context"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// object reads one object; nil without an error means that there is none.
func (c *controller) object(ctx context.Context, q query) (*ldap.Entry, error) {
	q.scope = ldap.ScopeBaseObject
	if q.filter == "" {
		q.filter = "(objectClass=*)"
	}
	c.o.Log.DebugContext(ctx, "search", "command", c.commandLine(q))
	for try := 0; ; try++ {
		e, err := c.objectOnce(ctx, q)
		if err == nil {
			return e, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if ldapCode(err, ldap.LDAPResultNoSuchObject) {
			return nil, nil
		}
		err = c.operationError(q.what, err)
		if try >= len(retryDelays) || !retryable(err) || c.refused != nil {
			return nil, err
		}
		if err := sleep(ctx, retryDelays[try]); err != nil {
			return nil, err
		}
	}
}

func (c *controller) objectOnce(ctx context.Context, q query) (*ldap.Entry, error) {
	k, err := c.live(ctx)
	if err != nil {
		return nil, err
	}
	e, err := c.objectOn(ctx, k, q)
	if err != nil && !ldapCode(err, ldap.LDAPResultNoSuchObject) {
		c.drop(k)
	}
	return e, err
}

func (c *controller) objectOn(ctx context.Context, k *conn, q query) (*ldap.Entry, error) {
	var result *ldap.SearchResult
	err := k.guard(ctx, c.o.Timeout, func(func()) error {
		var err error
		// Search returns without an error only after a done message with code 0.
		result, err = k.ldap.Search(ldap.NewSearchRequest(q.base, q.scope, ldap.NeverDerefAliases, 0, 0, false,
			q.filter, q.attributes, q.requestControls()))
		return err
	})
	switch {
	case err != nil:
		return nil, err
	case len(result.Entries) == 0:
		return nil, nil
	case len(result.Entries) > 1:
		return nil, fault.New("directory.read.failed", q.what+" returned more than the one object asked for")
	}
	return result.Entries[0], nil
}
