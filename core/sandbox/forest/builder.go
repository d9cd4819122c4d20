package forest

import (
	"strconv"
	"time"
)

// founded is when the first object of the company was made.
var founded = time.Date(2016, 3, 14, 8, 0, 0, 0, time.UTC)

// builder makes the objects of a new forest, each a little later than the one
// before.
type builder struct {
	*Forest
	at   time.Time
	step time.Duration
}

func (b *builder) tick() time.Time {
	b.at = b.at.Add(b.step)
	return b.at
}

// values are the attributes that a new object is given, by name.
type values map[string][]string

func one(v string) []string { return []string{v} }

// put makes an object under parent.
func (b *builder) put(parent *node, class, attr, name string, v values) *node {
	n := newNode(class, rdn{attr, name})
	b.fill(n, v)
	return b.enter(parent, n, b.tick())
}

func (b *builder) fill(n *node, v values) {
	for name, list := range v {
		n.set(b.schema.attribute(name).key(), list...)
	}
}

func (b *builder) container(parent *node, name string, more ...string) *node {
	v := values{"showInAdvancedViewOnly": one("TRUE")}
	if len(more) > 0 {
		v = values{"description": more}
	}
	return b.put(parent, "container", "CN", name, v)
}

// infrastructure makes the naming contexts, the schema and the controller's own
// objects.
func (b *builder) infrastructure() {
	root := newNode("domainDNS", rdn{"DC", "corp"})
	root.suffix, root.nc, root.guid = "DC=example", true, derived("domain")
	b.fill(root, values{
		"objectSid": one(domainSID()), "instanceType": one("5"), "msDS-Behavior-Version": one("7"),
		"isCriticalSystemObject": one("TRUE"), "lockoutThreshold": one("0"),
	})
	b.root = b.enter(nil, root, b.tick())

	config := b.put(root, "configuration", "CN", "Configuration", values{"instanceType": one("13")})
	config.nc = true
	b.named["configuration"] = config
	b.schemaObjects(config)
	b.refile(root)
	b.refile(config)

	partitions := b.put(config, "crossRefContainer", "CN", "Partitions", values{"msDS-Behavior-Version": one("7")})
	b.named["partitions"] = partitions
	sites := b.put(config, "sitesContainer", "CN", "Sites", nil)
	site := b.put(sites, "site", "CN", "Default-First-Site-Name", nil)
	servers := b.put(site, "serversContainer", "CN", "Servers", nil)
	server := b.put(servers, "server", "CN", "DC1", values{"dNSHostName": one(Host)})
	dsa := b.put(server, "nTDSDSA", "CN", "NTDS Settings", values{
		"invocationId": one(string(derived("invocation").Bytes())), "options": one("1"),
		"msDS-Behavior-Version": one("7"), "systemFlags": one("33554432"),
	})
	b.named["server"], b.named["dsa"] = server, dsa
	b.zones(partitions)
}

// schemaObjects makes an entry of each class and attribute.
func (b *builder) schemaObjects(config *node) {
	top := b.put(config, "dMD", "CN", "Schema", values{"instanceType": one("13"), "objectVersion": one("88")})
	top.nc = true
	b.named["schema"] = top
	for _, c := range classes {
		n := newNode("classSchema", rdn{"CN", c.cn})
		n.guid = derived("class " + c.name)
		b.fill(n, values{
			"lDAPDisplayName": one(c.name), "governsID": one(c.oid), "subClassOf": one(c.parent),
			"schemaIDGUID": one(string(derived("class id " + c.name).Bytes())),
		})
		b.named["class "+c.cn] = b.enter(top, n, b.tick())
	}
	category := b.schema.attribute("defaultObjectCategory").key()
	for _, c := range classes {
		b.named["class "+c.cn].refs[category] = []*node{b.named["class "+c.category]}
	}
	for _, a := range attributes {
		n := newNode("attributeSchema", rdn{"CN", a.name})
		n.guid = derived("attribute " + a.name)
		b.fill(n, values{
			"lDAPDisplayName": one(a.name), "attributeID": one(a.oid),
			"attributeSyntax": one("2.5.5." + strconv.Itoa(int(a.syntax))), "oMSyntax": one(omSyntax[a.syntax]),
			"isSingleValued": one(boolText(!a.multi)), "schemaIDGUID": one(string(derived("attribute id " + a.name).Bytes())),
		})
		if a.linkID != 0 {
			n.set("linkid", strconv.Itoa(a.linkID))
		}
		if a.constructed {
			n.set("systemflags", "4")
		}
		b.enter(top, n, b.tick())
	}
	for _, n := range top.children {
		b.refile(n)
	}
	b.refile(top)
}

// refile sets objectCategory of an object that was made before the schema was.
func (b *builder) refile(n *node) {
	if c := b.schema.class(n.class); c != nil {
		n.refs["objectcategory"] = []*node{b.named["class "+c.category]}
	}
}

func boolText(v bool) string {
	if v {
		return "TRUE"
	}
	return "FALSE"
}

// zones makes the naming contexts of DNS and the cross references of all.
func (b *builder) zones(partitions *node) {
	for _, z := range [][2]string{{"DomainDnsZones", "domain zones"}, {"ForestDnsZones", "forest zones"}} {
		name, landmark := z[0], z[1]
		n := newNode("domainDNS", rdn{"DC", name})
		n.nc, n.guid = true, derived(landmark)
		b.fill(n, values{"instanceType": one("13")})
		b.named[landmark] = b.enter(b.root, n, founded)
	}
	for _, c := range []struct {
		name, flags, dns, netbios string
		nc                        *node
	}{
		{NetBIOS, "3", Domain, NetBIOS, b.root},
		{"Enterprise Configuration", "1", Domain, "", b.named["configuration"]},
		{"Enterprise Schema", "1", Domain, "", b.named["schema"]},
		{"DomainDnsZones", "5", "DomainDnsZones." + Domain, "", b.named["domain zones"]},
		{"ForestDnsZones", "5", "ForestDnsZones." + Domain, "", b.named["forest zones"]},
	} {
		n := b.put(partitions, "crossRef", "CN", c.name, values{
			"systemFlags": one(c.flags), "dnsRoot": one(c.dns), "nETBIOSName": one(c.netbios),
		})
		n.refs["ncname"] = []*node{c.nc}
	}
}
