//go:build !windows

package directory

import (
	"os"
	"strings"
)

// machineDomains returns what may be the DNS domain of this machine, the
// likeliest first: the Kerberos realm, the domain of the host's name, and what
// the resolver searches.
func machineDomains() []string {
	krb5, _ := os.ReadFile("/etc/krb5.conf")
	resolv, _ := os.ReadFile("/etc/resolv.conf")
	host, _ := os.Hostname()
	return domainsIn(string(krb5), host, string(resolv))
}

// domainsIn takes the candidates out of krb5.conf(5), a host's full name and
// resolv.conf(5).
func domainsIn(krb5, host, resolv string) []string {
	var candidates []string
	for line := range strings.Lines(krb5) {
		if key, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(key) == "default_realm" {
			candidates = append(candidates, value)
		}
	}
	_, domain, _ := strings.Cut(host, ".")
	candidates = append(candidates, domain)
	for line := range strings.Lines(resolv) {
		if words := strings.Fields(line); len(words) > 1 && (words[0] == "search" || words[0] == "domain") {
			candidates = append(candidates, words[1:]...)
		}
	}
	return hostDomains(candidates...)
}
