package directory

import (
	"context"
	"regexp"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// subcode finds the reason that Active Directory gives in the text of code 49.
var subcode = regexp.MustCompile(`\bdata ([0-9a-fA-F]+)\b`)

// refusals are those reasons (winerror.h, ERROR_LOGON_FAILURE and after it).
var refusals = map[string]struct{ text, hint string }{
	"525": {"there is no such account", "check the name: user@domain, DOMAIN\\account or a distinguished name"},
	"52e": {"wrong name or password", "store them again with: credential set directory --user NAME"},
	"530": {"the account may not log on at this time", "its logon hours are limited in the directory"},
	"531": {"the account may not log on from this machine", "its workstations are limited in the directory (userWorkstations)"},
	"532": {"the password has expired", "change it in the directory, then store it with: credential set directory --user NAME"},
	"533": {"the account is disabled", "enable it in the directory"},
	"701": {"the account has expired", "extend it in the directory (accountExpires)"},
	"773": {"the password must be changed before the first logon", "change it in the directory, then store it with: credential set directory --user NAME"},
	"775": {"the account is locked", "unlock it in the directory, and look for who tries wrong passwords"},
}

// bind sends the password once. What the server says about the account is
// remembered, so that no retry sends it again.
func (c *controller) bind(ctx context.Context, k *conn) error {
	password := c.o.Password()
	if password == "" {
		// RFC 4513 5.1.2: a name without a password would be an anonymous bind.
		return fault.New("directory.bind.missing", "the password for "+c.o.User+" is empty",
			fault.Hint("store it with: credential set directory --user NAME"))
	}
	err := k.Bind(ctx, c.o.User, password)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case ldapCode(err, ldap.LDAPResultInvalidCredentials):
		c.refused = bindRefused(c.o.User, err)
		return c.refused
	case ldapCode(err, ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired):
		c.refused = strongAuth(err)
		return c.refused
	}
	return c.operationError("the logon as "+c.o.User, err)
}

func bindRefused(user string, err error) error {
	text, hint, detail := "the domain controller refused name or password", refusals["52e"].hint, []string(nil)
	if m := subcode.FindStringSubmatch(err.Error()); m != nil {
		detail = []string{"reason of the domain controller: " + m[1]}
		if r, ok := refusals[m[1]]; ok {
			text, hint = r.text, r.hint
		}
	}
	return fault.New("directory.bind.refused", "logon as "+user+" was refused: "+text,
		fault.Hint(hint), fault.Details(detail...), fault.Cause(err))
}
