package forest

// class is what the schema says about one class of objects.
type class struct {
	name     string
	oid      string
	parent   string // "" for top
	cn       string // its entry in the schema
	category string // cn of the class that objectCategory of its objects names
}

// classes are the classes that occur, each after its parent.
var classes = []class{
	{"top", "2.5.6.0", "", "Top", "Top"},
	{"domain", "1.2.840.113556.1.5.66", "top", "Domain", "Domain"},
	{"domainDNS", "1.2.840.113556.1.5.67", "domain", "Domain-DNS", "Domain-DNS"},
	{"container", "1.2.840.113556.1.3.23", "top", "Container", "Container"},
	{"builtinDomain", "1.2.840.113556.1.5.4", "top", "Builtin-Domain", "Builtin-Domain"},
	{"lostAndFound", "1.2.840.113556.1.5.139", "top", "Lost-And-Found", "Lost-And-Found"},
	{"organizationalUnit", "2.5.6.5", "top", "Organizational-Unit", "Organizational-Unit"},
	{"configuration", "1.2.840.113556.1.5.12", "top", "Configuration", "Configuration"},
	{"dMD", "1.2.840.113556.1.3.9", "top", "DMD", "DMD"},
	{"crossRefContainer", "1.2.840.113556.1.5.7000.53", "top", "Cross-Ref-Container", "Cross-Ref-Container"},
	{"crossRef", "1.2.840.113556.1.3.11", "top", "Cross-Ref", "Cross-Ref"},
	{"sitesContainer", "1.2.840.113556.1.5.107", "top", "Sites-Container", "Sites-Container"},
	{"site", "1.2.840.113556.1.5.31", "top", "Site", "Site"},
	{"serversContainer", "1.2.840.113556.1.5.7000.48", "top", "Servers-Container", "Servers-Container"},
	{"server", "1.2.840.113556.1.5.17", "top", "Server", "Server"},
	{"applicationSettings", "1.2.840.113556.1.5.7000.49", "top", "Application-Settings", "Application-Settings"},
	{"nTDSDSA", "1.2.840.113556.1.5.7000.47", "applicationSettings", "NTDS-DSA", "NTDS-DSA"},
	{"attributeSchema", "1.2.840.113556.1.3.14", "top", "Attribute-Schema", "Attribute-Schema"},
	{"classSchema", "1.2.840.113556.1.3.13", "top", "Class-Schema", "Class-Schema"},
	{"leaf", "1.2.840.113556.1.5.20", "top", "Leaf", "Leaf"},
	{"trustedDomain", "1.2.840.113556.1.5.34", "leaf", "Trusted-Domain", "Trusted-Domain"},
	{"person", "2.5.6.6", "top", "Person", "Person"},
	{"organizationalPerson", "2.5.6.7", "person", "Organizational-Person", "Person"},
	{"user", "1.2.840.113556.1.5.9", "organizationalPerson", "User", "Person"},
	{"inetOrgPerson", "2.16.840.1.113730.3.2.2", "user", "inetOrgPerson", "Person"},
	{"contact", "1.2.840.113556.1.5.15", "organizationalPerson", "Contact", "Person"},
	{"computer", "1.2.840.113556.1.3.30", "user", "Computer", "Computer"},
	{"msDS-ManagedServiceAccount", "1.2.840.113556.1.5.264", "computer", "ms-DS-Managed-Service-Account", "ms-DS-Managed-Service-Account"},
	{"msDS-GroupManagedServiceAccount", "1.2.840.113556.1.5.282", "computer", "ms-DS-Group-Managed-Service-Account", "ms-DS-Group-Managed-Service-Account"},
	{"group", "1.2.840.113556.1.5.8", "top", "Group", "Group"},
	{"foreignSecurityPrincipal", "1.2.840.113556.1.5.76", "top", "Foreign-Security-Principal", "Foreign-Security-Principal"},
}
