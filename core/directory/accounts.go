package directory

import (
	"context"
	"strings"
	"time"

	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

const recipientAttribute = "msExchRecipientTypeDetails"

// classOf tells an object by its classes, and trust accounts by sAMAccountType:
// their class is that of a user.
func classOf(e *ldap.Entry) string {
	if value(e, "sAMAccountType") == "805306370" {
		return identity.ClassTrust
	}
	classes := map[string]bool{}
	for _, c := range e.GetEqualFoldAttributeValues("objectClass") {
		classes[strings.ToLower(c)] = true
	}
	for _, x := range []struct{ class, is string }{
		{"msds-groupmanagedserviceaccount", identity.ClassManaged},
		{"msds-managedserviceaccount", identity.ClassManaged},
		{"computer", identity.ClassComputer},
		{"inetorgperson", identity.ClassInetOrgPerson},
		{"user", identity.ClassUser},
		{"contact", identity.ClassContact},
		{"group", identity.ClassGroup},
		{"foreignsecurityprincipal", identity.ClassForeign},
		{"organizationalunit", identity.ClassUnit},
		{"container", identity.ClassUnit},
	} {
		if classes[x.class] {
			return x.is
		}
	}
	return identity.ClassOther
}

// aliases are the SMTP addresses of proxyAddresses other than mail, in the order
// of the directory. Those of other systems (X400:, SIP:, EUM:) are no mail
// addresses of Central's kind.
func aliases(proxies []string, mail string) []string {
	list := []string{}
	for _, p := range proxies {
		const prefix = "smtp:"
		if len(p) <= len(prefix) || !strings.EqualFold(p[:len(prefix)], prefix) {
			continue
		}
		if address := p[len(prefix):]; !strings.EqualFold(address, mail) {
			list = append(list, address)
		}
	}
	return list
}

// recipient reads msExchRecipientTypeDetails, of a mailbox here or, with the
// remote bit, in Exchange Online.
func recipient(text string) identity.Recipient {
	switch text {
	case "1", "2", "2147483648":
		return identity.RecipientUser
	case "4", "34359738368":
		return identity.RecipientShared
	case "16", "8589934592":
		return identity.RecipientRoom
	case "32", "17179869184":
		return identity.RecipientEquipment
	}
	return ""
}

// locked says that an account is locked out: lockoutTime is set, and the
// domain's lockoutDuration has not passed. A password settings object may give a
// group of people another duration, which is not asked for.
func (h head) locked(e *ldap.Entry, now time.Time) bool {
	since := filetime(value(e, "lockoutTime"))
	return !since.IsZero() && (h.lockoutEndless || now.Before(since.Add(h.lockout)))
}

// hasExchange asks the schema whether the forest has the attributes of Exchange.
func (c *controller) hasExchange(ctx context.Context) (bool, error) {
	f, err := c.search(ctx, query{
		what: "the search of the schema for Exchange", base: c.root.schema, scope: ldap.ScopeSingleLevel,
		filter:     "(&(objectClass=attributeSchema)(lDAPDisplayName=" + recipientAttribute + "))",
		attributes: []string{"lDAPDisplayName"},
	}, func() func(*ldap.Entry) error { return func(*ldap.Entry) error { return nil } })
	return f.entries > 0, err
}
