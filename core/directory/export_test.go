package directory

import "github.com/go-ldap/ldap/v3"

// CertificateName is certificateName.
var CertificateName = certificateName

// PowerShellLine is the line of Get-ADObject for a search at a server.
func PowerShellLine(server, base, scope, filter string, deleted bool, attributes []string) string {
	q := query{base: base, filter: filter, attributes: attributes}
	q.scope = map[string]int{"Base": ldap.ScopeBaseObject, "OneLevel": ldap.ScopeSingleLevel, "Subtree": ldap.ScopeWholeSubtree}[scope]
	if deleted {
		q.controls = []control{showDeleted}
	}
	c := controller{server: server}
	return c.powerShellLine(q)
}
