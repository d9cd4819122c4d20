package directory

import (
	"context"
	"regexp"
	"strings"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// The ways to log on.
const (
	BindSimple     = "simple"     // a name and a password
	BindIntegrated = "integrated" // Kerberos, as the running account; no password
)

const hintStore = "store it again with: credential set directory --user NAME"

// subcode finds the reason that Active Directory gives in the text of code 49.
var subcode = regexp.MustCompile(`\bdata ([0-9a-fA-F]+)\b`)

// refusals are those reasons (winerror.h, ERROR_LOGON_FAILURE and after it; the
// last is SEC_E_BAD_BINDINGS).
var refusals = map[string]struct{ code, text, hint string }{
	"525": {"unknown", "there is no such account", "check the name: user@domain, DOMAIN\\account or a distinguished name"},
	"52e": {"password", "wrong name or password", hintStore},
	"530": {"hours", "the account may not log on at this time", "its logon hours are limited in the directory"},
	"531": {"workstation", "the account may not log on from this machine", "its workstations are limited in the directory (userWorkstations)"},
	"532": {"passwordExpired", "the password has expired", "change it in the directory, then " + hintStore},
	"533": {"disabled", "the account is disabled", "enable it in the directory"},
	"701": {"expired", "the account has expired", "extend it in the directory (accountExpires)"},
	"773": {"mustChange", "the password must be changed before the first logon", "change it in the directory, then " + hintStore},
	"775": {"locked", "the account is locked", "unlock it in the directory, and look for who tries wrong passwords"},
	"80090346": {
		"channelBinding", "the domain controller demands channel binding (LdapEnforceChannelBinding), which this logon has not or not for its certificate",
		"a proxy that ends TLS on the way breaks it; integrated logon has it on Windows only, elsewhere use: config set directory.bind simple",
	},
}

// bind logs on once. What the server says about the account is remembered, so
// that no retry sends a password again.
func (c *controller) bind(ctx context.Context, k *conn) error {
	err := c.logon(ctx, k)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case ldapCode(err, ldap.LDAPResultInvalidCredentials):
		c.refused = bindRefused(c.o, err)
		return c.refused
	case ldapCode(err, ldap.LDAPResultStrongAuthRequired, ldap.LDAPResultConfidentialityRequired):
		c.refused = strongAuth(err)
		return c.refused
	}
	return c.operationError("the logon as "+c.o.User, err)
}

func (c *controller) logon(ctx context.Context, k *conn) error {
	if c.o.Bind == BindIntegrated {
		return c.integrated(ctx, k)
	}
	password := c.o.Password()
	if password == "" {
		// RFC 4513 5.1.2: a name without a password would be an anonymous bind.
		return fault.New("directory.bind.missing", "the password for "+c.o.User+" is empty",
			fault.Hint("store it with: credential set directory --user NAME"))
	}
	return k.Bind(ctx, c.o.User, password)
}

// bindRefused tells apart why a logon was refused, in a code of its own each.
func bindRefused(o Options, err error) error {
	code, text, hint, detail := "directory.bind.refused", "the domain controller refused name or password", hintStore, []string(nil)
	if o.Bind == BindIntegrated {
		text, hint = "the domain controller did not accept the Kerberos ticket", "renew the ticket, and check the clocks of both machines"
	}
	if m := subcode.FindStringSubmatch(err.Error()); m != nil {
		detail = []string{"reason of the domain controller: " + m[1]}
		if r, ok := refusals[strings.ToLower(m[1])]; ok {
			code, text, hint = code+"."+r.code, r.text, r.hint
		}
	}
	if o.Bind != BindIntegrated && bareName(o.User) {
		hint = o.User + " is no logon name for LDAP: write user@domain, DOMAIN\\user or the distinguished name. " + hint
	}
	return fault.New(code, "logon as "+o.User+" was refused: "+text,
		fault.Hint(hint), fault.Details(detail...), fault.Cause(err))
}

// bareName reports a name in none of the forms that a simple bind accepts
// (MS-ADTS 5.1.1.1.1): UPN, account@NETBIOS, DOMAIN\account, DN, canonical name.
func bareName(user string) bool { return !strings.ContainsAny(user, `@\=/`) }
