package forest

import (
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// rootDSE is what the controller says about itself to anybody. Only what it
// can do is announced.
func (f *Forest) rootDSE(r request, who *node, secure bool) []*ber.Packet {
	config := "CN=Configuration," + BaseDN
	settings := f.named["dsa"].dn()
	attrs := []struct {
		name   string
		values []string
		asked  bool // comes only when it is named
	}{
		{"currentTime", []string{generalized(f.o.Now())}, false},
		{"subschemaSubentry", []string{"CN=Aggregate,CN=Schema," + config}, false},
		{"dsServiceName", []string{settings}, false},
		{"namingContexts", f.contexts(), false},
		{"defaultNamingContext", []string{BaseDN}, false},
		{"schemaNamingContext", []string{"CN=Schema," + config}, false},
		{"configurationNamingContext", []string{config}, false},
		{"rootDomainNamingContext", []string{BaseDN}, false},
		{"supportedControl", supportedControls, false},
		{"supportedLDAPVersion", []string{"3"}, false},
		{"supportedLDAPPolicies", []string{"MaxPageSize", "MaxValRange", "MaxReceiveBuffer"}, false},
		{"highestCommittedUSN", []string{strconv.FormatInt(f.usn, 10)}, false},
		{"dnsHostName", []string{Host}, false},
		{"ldapServiceName", []string{Domain + ":dc1$@" + strings.ToUpper(Domain)}, false},
		{"serverName", []string{f.named["server"].dn()}, false},
		{"supportedCapabilities", []string{
			"1.2.840.113556.1.4.800", "1.2.840.113556.1.4.1670", "1.2.840.113556.1.4.1791",
			"1.2.840.113556.1.4.1935", "1.2.840.113556.1.4.2080",
		}, false},
		{"supportedExtension", []string{oidStartTLS, oidWhoAmI}, true},
		{"tokenGroups", f.token(who), true},
		{"isSynchronized", []string{"TRUE"}, false},
		{"isGlobalCatalogReady", []string{"TRUE"}, false},
		{"domainFunctionality", []string{"7"}, false},
		{"forestFunctionality", []string{"7"}, false},
		{"domainControllerFunctionality", []string{"7"}, false},
	}
	all := len(r.attributes) == 0
	asked := make(map[string]bool)
	for _, a := range r.attributes {
		all = all || a == "*" || a == "+"
		asked[strings.ToLower(a)] = true
	}
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, opSearchEntry, nil, "")
	p.AppendChild(octets(""))
	list := ber.NewSequence("")
	for _, a := range attrs {
		if asked[strings.ToLower(a.name)] || all && !a.asked {
			if a.name == "supportedExtension" && !secure && f.o.Certificate == nil {
				a.values = []string{oidWhoAmI}
			}
			if len(a.values) > 0 {
				list.AppendChild(partial(a.name, a.values, r.typesOnly))
			}
		}
	}
	p.AppendChild(list)
	return []*ber.Packet{p}
}

// token are the groups of who asks, as SIDs (MS-ADTS 3.1.1.3.2.18).
func (f *Forest) token(who *node) []string {
	if who == nil {
		return nil
	}
	return f.tokenGroups(who)
}

// contexts are the naming contexts that this controller holds.
func (f *Forest) contexts() []string {
	out := []string{BaseDN}
	for _, name := range []string{"configuration", "schema", "domain zones", "forest zones"} {
		out = append(out, f.named[name].dn())
	}
	return out
}
