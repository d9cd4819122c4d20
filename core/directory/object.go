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

// objectOn reads the object on a connection of which it is not yet known whether
// it leads to the right controller.
func (c *controller) objectOn(ctx context.Context, k *conn, q query) (*ldap.Entry, error) {
	var one *ldap.Entry
	var f found
	_, err := k.Search(ctx, q.request(), f.reply(func(e *ldap.Entry) error {
		if one != nil {
			return fault.New("directory.read.failed", q.what+" returned more than the one object asked for")
		}
		one = e
		return nil
	}))
	if err == nil && one == nil && len(f.references) > 0 {
		err = fault.New("directory.read.incomplete.referral", q.what+" was answered with a reference to "+f.references[0])
	}
	if err != nil {
		return nil, err
	}
	return one, nil
}
