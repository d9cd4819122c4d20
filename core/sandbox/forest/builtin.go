package forest

import "strconv"

// Values of groupType.
const (
	groupGlobal             = "-2147483646"
	groupLocal              = "-2147483644"
	groupUniversal          = "-2147483640"
	groupBuiltin            = "-2147483643"
	groupDistribution       = "2" // global
	groupDistributionUniver = "8"
)

// Values of sAMAccountType.
const (
	typeUser         = "805306368"
	typeMachine      = "805306369"
	typeTrust        = "805306370"
	typeGroup        = "268435456"
	typeDistribution = "268435457"
	typeAlias        = "536870912"
)

const (
	ridUsers       = 513
	ridComputers   = 515
	ridControllers = 516
)

// builtin makes what every domain has.
func (b *builder) builtin() {
	root := b.root
	users := b.container(root, "Users", "Default container for upgraded user accounts")
	computers := b.container(root, "Computers", "Default container for upgraded computer accounts")
	builtin := b.put(root, "builtinDomain", "CN", "Builtin", values{"isCriticalSystemObject": one("TRUE")})
	controllers := b.put(root, "organizationalUnit", "OU", "Domain Controllers", values{
		"description": one("Default container for domain controllers"), "isCriticalSystemObject": one("TRUE"),
	})
	b.named["users"], b.named["computers"], b.named["domain controllers"] = users, computers, controllers
	b.named["lost and found"] = b.put(root, "lostAndFound", "CN", "LostAndFound", nil)
	b.named["foreign principals"] = b.container(root, "ForeignSecurityPrincipals", "Default container for security identifiers (SIDs) associated with objects from external, trusted domains")
	b.named["managed service accounts"] = b.container(root, "Managed Service Accounts", "Default container for managed service accounts")
	b.named["system"] = b.container(root, "System", "Builtin system settings")
	bin := b.container(root, "Deleted Objects", "Default container for deleted objects")
	bin.set("isdeleted", "TRUE")
	b.named["deleted objects"] = bin
	for _, name := range []string{"users", "computers", "lost and found", "foreign principals", "managed service accounts", "system", "deleted objects"} {
		b.named[name].set("iscriticalsystemobject", "TRUE")
	}

	for _, g := range []struct {
		name, about, kind string
		rid               int64
	}{
		{"Domain Admins", "Designated administrators of the domain", groupGlobal, 512},
		{"Domain Users", "All domain users", groupGlobal, ridUsers},
		{"Domain Guests", "All domain guests", groupGlobal, 514},
		{"Domain Computers", "All workstations and servers joined to the domain", groupGlobal, ridComputers},
		{"Domain Controllers", "All domain controllers in the domain", groupGlobal, ridControllers},
		{"Cert Publishers", "Members of this group are permitted to publish certificates to the directory", groupLocal, 517},
		{"Schema Admins", "Designated administrators of the schema", groupUniversal, 518},
		{"Enterprise Admins", "Designated administrators of the enterprise", groupUniversal, 519},
		{"Group Policy Creator Owners", "Members in this group can modify group policy for the domain", groupGlobal, 520},
		{"Protected Users", "Members of this group are afforded additional protections against authentication security threats", groupGlobal, 525},
		{"DnsAdmins", "DNS Administrators Group", groupLocal, 1101},
	} {
		n := b.group(users, g.name, g.kind, domainSID(g.rid), g.about)
		if g.rid < 1000 {
			n.set("iscriticalsystemobject", "TRUE")
		}
		b.named[fold(g.name)] = n
	}
	for _, g := range []struct {
		name string
		rid  uint32
	}{
		{"Administrators", 544},
		{"Users", 545},
		{"Guests", 546},
		{"Backup Operators", 551},
		{"Pre-Windows 2000 Compatible Access", 554},
		{"Remote Desktop Users", 555},
		{"Event Log Readers", 573},
	} {
		n := b.group(builtin, g.name, groupBuiltin, sid(32, g.rid), "")
		n.set("iscriticalsystemobject", "TRUE")
		n.set("systemflags", "-1946157056")
		b.named["builtin "+fold(g.name)] = n
	}
	b.accounts(users, controllers)
}

// accounts makes the built-in accounts, the controller's own, and who is in
// which built-in group.
func (b *builder) accounts(users, controllers *node) {
	admin := b.account(users, "user", "Administrator", "Administrator", 500, uacNormal|uacNeverExpires)
	guest := b.account(users, "user", "Guest", "Guest", 501, 0x20|uacNormal|uacDisabled|uacNeverExpires)
	krbtgt := b.account(users, "user", "krbtgt", "krbtgt", 502, uacNormal|uacDisabled)
	guest.set("primarygroupid", "514")
	guest.password, krbtgt.password = "", ""
	krbtgt.set("showinadvancedviewonly", "TRUE")
	for _, n := range []*node{admin, guest, krbtgt} {
		n.set("iscriticalsystemobject", "TRUE")
		n.set("userprincipalname")
	}
	admin.set("admincount", "1")

	dc := b.account(controllers, "computer", "DC1", "DC1$", 1000, uacServer|uacDelegation)
	dc.set("primarygroupid", strconv.Itoa(ridControllers))
	dc.set("iscriticalsystemobject", "TRUE")
	dc.set("dnshostname", Host)
	dc.set("operatingsystem", "Windows Server 2022 Standard")

	for _, l := range [][2]string{
		{"domain admins", "builtin administrators"},
		{"enterprise admins", "builtin administrators"},
		{"domain users", "builtin users"},
		{"domain guests", "builtin guests"},
	} {
		b.member(b.named[l[1]], b.named[l[0]])
	}
	for _, g := range []string{"domain admins", "enterprise admins", "schema admins", "group policy creator owners", "builtin administrators"} {
		b.member(b.named[g], admin)
	}
	b.member(b.named["builtin guests"], guest)
	authenticated := b.put(b.named["foreign principals"], "foreignSecurityPrincipal", "CN", "S-1-5-11", values{"objectSid": one(sid(11))})
	b.member(b.named["builtin users"], authenticated)
	b.member(b.named["builtin pre-windows 2000 compatible access"], authenticated)
}

// member puts who into group, as an originating write of the group.
func (b *builder) member(group, who *node) {
	if link(group, b.schema.attribute("member"), who) {
		b.stamp(group, b.tick())
	}
}

// group makes a group; an empty SID is a new one.
func (b *builder) group(parent *node, name, kind, sid, about string) *node {
	if sid == "" {
		sid = b.nextSID()
	}
	account := typeGroup
	switch {
	case kind == groupLocal || kind == groupBuiltin:
		account = typeAlias
	case kind[0] != '-':
		account = typeDistribution
	}
	return b.put(parent, "group", "CN", name, values{
		"sAMAccountName": one(name), "sAMAccountType": one(account), "groupType": one(kind),
		"objectSid": one(sid), "description": one(about),
	})
}

func (f *Forest) nextSID() string {
	f.rid++
	return domainSID(f.rid)
}

// account makes something that can sign in; rid 0 is a new one.
func (b *builder) account(parent *node, class, name, account string, rid int64, control int) *node {
	sid := domainSID(rid)
	if rid == 0 {
		sid = b.nextSID()
	}
	primary, kind := ridUsers, typeUser
	switch {
	case control&uacTrust != 0:
		kind = typeTrust
	case class != "user" && class != "inetOrgPerson":
		primary, kind = ridComputers, typeMachine
	}
	n := b.put(parent, class, "CN", name, values{
		"sAMAccountName": one(account), "sAMAccountType": one(kind), "objectSid": one(sid),
		"userAccountControl": one(strconv.Itoa(control)), "primaryGroupID": one(strconv.Itoa(primary)),
		"accountExpires": one(never), "pwdLastSet": one(fileTime(b.at)), "badPwdCount": one("0"),
		"codePage": one("0"), "countryCode": one("0"), "logonCount": one("0"), "lastLogon": one("0"),
	})
	if kind == typeUser {
		n.set("userprincipalname", account+"@"+Domain)
	}
	n.password = b.o.Password
	return n
}
