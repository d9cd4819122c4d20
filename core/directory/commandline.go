package directory

import (
	"net"
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
	b.WriteString("ldapsearch -LLL -o ldif-wrap=no -H " + url + c.lineAddress() + tls + c.logonFlags())
	if q.scope != ldap.ScopeBaseObject {
		b.WriteString(" -E pr=500/noprompt")
	}
	for _, ctl := range q.controls {
		if ctl.OID == ldap.ControlTypeMicrosoftShowDeleted {
			b.WriteString(" -E '!" + ctl.OID + "'")
		}
	}
	b.WriteString(" -b " + quote(q.base) + " -s " + scope + " " + quote(q.filter))
	for _, a := range q.attributes {
		b.WriteString(" " + quote(a))
	}
	return b.String()
}

// lineAddress is the address for ldapsearch, which asks Kerberos for a service by
// the name of the host in it.
func (c *controller) lineAddress() string {
	if c.o.Bind != BindIntegrated || c.root.server == "" {
		return c.address()
	}
	_, port, _ := net.SplitHostPort(c.address())
	return net.JoinHostPort(c.root.server, port)
}

// logonFlags are those of ldapsearch for the way this controller is logged on to.
// Within TLS a controller refuses a security layer of SASL, which ldapsearch asks
// for by default (MS-ADTS 5.1.2.2: code 53).
func (c *controller) logonFlags() string {
	if c.o.Bind == BindIntegrated {
		return " -Q -Y GSSAPI -O maxssf=0"
	}
	return " -D " + quote(c.o.User) + " -W"
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

// powerShellLine is the search as the module ActiveDirectory repeats it. That
// speaks to the web service of the controller, whatever port LDAP has.
func (c *controller) powerShellLine(q query) string {
	server := c.root.server
	if server == "" {
		server = c.server
	}
	scope := map[int]string{ldap.ScopeBaseObject: "Base", ldap.ScopeSingleLevel: "OneLevel", ldap.ScopeWholeSubtree: "Subtree"}[q.scope]
	var b strings.Builder
	b.WriteString("Get-ADObject -Server " + quotePowerShell(server) + " -SearchBase " + quotePowerShell(q.base) +
		" -SearchScope " + scope + " -LDAPFilter " + quotePowerShell(q.filter))
	for _, ctl := range q.controls {
		if ctl.OID == ldap.ControlTypeMicrosoftShowDeleted {
			b.WriteString(" -IncludeDeletedObjects")
		}
	}
	for i, a := range q.attributes {
		if i == 0 {
			b.WriteString(" -Properties ")
		} else {
			b.WriteString(",")
		}
		b.WriteString(quotePowerShell(a))
	}
	return b.String()
}

// quotePowerShell makes a literal text of s. PowerShell takes four further
// characters for an apostrophe, and each ends the text unless it is doubled.
func quotePowerShell(s string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range s {
		switch r {
		case '\'', '‘', '’', '‚', '‛':
			b.WriteRune(r)
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
	return b.String()
}
