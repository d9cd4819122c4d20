package directory

import (
	"context"

	"adsync/core/fault"
	"adsync/core/identity"
)

// BaseGUID finds the objectGUID by which a base is to be remembered.
func (c *Client) BaseGUID(ctx context.Context, dn string) (identity.GUID, error) {
	e, err := c.object(ctx, query{what: "the read of the base " + dn, base: dn, attributes: []string{"objectGUID"}})
	if err != nil {
		return "", err
	}
	if e == nil {
		return "", fault.New("directory.base.missing", "the base "+dn+" is not there")
	}
	guid, err := guidOf(e)
	if err != nil {
		return "", c.unreadable(dn)
	}
	return guid, nil
}
