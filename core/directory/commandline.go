package directory

import (
	"strings"

	"github.com/go-ldap/ldap/v3"
)

// commandLine is the search as somebody could type it, the password asked for.
func (c *controller) commandLine(q query) string {
	url, tls := "ldap://", ""
	switch c.o.Security {
	case SecurityLDAPS:
		url = "ldaps://"
	case SecurityStartTLS:
		tls = " -ZZ"
	}
	scope := map[int]string{ldap.ScopeBaseObject: "base", ldap.ScopeSingleLevel: "one", ldap.ScopeWholeSubtree: "sub"}[q.scope]
	var b strings.Builder
	b.WriteString("ldapsearch -LLL -o ldif-wrap=no -H " + url + c.address() + tls + " -D " + quote(c.o.User) + " -W")
	if q.scope != ldap.ScopeBaseObject {
		b.WriteString(" -E pr=500/noprompt")
	}
	for _, ctl := range q.controls {
		if ctl.oid == ldap.ControlTypeMicrosoftShowDeleted {
			b.WriteString(" -E '!" + ctl.oid + "'")
		}
	}
	b.WriteString(" -b " + quote(q.base) + " -s " + scope + " " + quote(q.filter))
	for _, a := range q.attributes {
		b.WriteString(" " + quote(a))
	}
	return b.String()
}

// quote makes one word of s for a POSIX shell.
func quote(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && r != '_' && r != '.' && r != '@' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}
