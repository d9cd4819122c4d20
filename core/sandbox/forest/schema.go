package forest

import "strings"

// syntax is attributeSyntax of an attribute, the part of its OID after 2.5.5.
type syntax int

// The syntaxes that occur (MS-ADTS 3.1.1.2.2.2).
const (
	synDN       syntax = 1
	synOID      syntax = 2
	synPrint    syntax = 5 // IA5 and printable strings: compared with case
	synBool     syntax = 8
	synInt      syntax = 9
	synOctets   syntax = 10
	synTime     syntax = 11
	synText     syntax = 12
	synSecurity syntax = 15
	synLarge    syntax = 16
	synSID      syntax = 17
)

// omSyntax is the second half of what the schema says about a syntax.
var omSyntax = map[syntax]string{
	synDN: "127", synOID: "6", synPrint: "22", synBool: "1", synInt: "2", synOctets: "4",
	synTime: "24", synText: "64", synSecurity: "66", synLarge: "65", synSID: "4",
}

// attribute is what the schema says about one attribute.
type attribute struct {
	name   string // lDAPDisplayName
	oid    string
	syntax syntax
	multi  bool
	// constructed attributes are computed, come only when named, and cannot be
	// filtered by.
	constructed bool
	// back names the attribute that holds the other end of a link, and linkID
	// is even for the forward end.
	back   string
	linkID int
}

func (a *attribute) key() string { return strings.ToLower(a.name) }

const (
	ms2  = "1.2.840.113556.1.2."
	ms4  = "1.2.840.113556.1.4."
	x500 = "2.5.4."
	cosx = "0.9.2342.19200300.100.1."
	exch = "1.2.840.113556.1.4.7000.102."
)

// attributes is the part of the schema that the company uses, and what clients
// commonly ask for.
var attributes = []attribute{
	{name: "accountExpires", oid: ms4 + "159", syntax: synLarge},
	{name: "adminCount", oid: ms4 + "150", syntax: synInt},
	{name: "attributeID", oid: ms2 + "30", syntax: synOID},
	{name: "attributeSyntax", oid: ms2 + "32", syntax: synOID},
	{name: "badPwdCount", oid: ms4 + "12", syntax: synInt},
	{name: "c", oid: x500 + "6", syntax: synText},
	{name: "canonicalName", oid: ms4 + "916", syntax: synText, multi: true, constructed: true},
	{name: "cn", oid: x500 + "3", syntax: synText},
	{name: "co", oid: ms2 + "131", syntax: synText},
	{name: "codePage", oid: ms4 + "16", syntax: synInt},
	{name: "company", oid: ms2 + "146", syntax: synText},
	{name: "countryCode", oid: ms4 + "25", syntax: synInt},
	{name: "createTimeStamp", oid: "2.5.18.1", syntax: synTime, constructed: true},
	{name: "dc", oid: cosx + "25", syntax: synText},
	{name: "defaultObjectCategory", oid: ms4 + "783", syntax: synDN},
	{name: "department", oid: ms2 + "141", syntax: synText},
	{name: "description", oid: x500 + "13", syntax: synText, multi: true},
	{name: "directReports", oid: ms2 + "436", syntax: synDN, multi: true, back: "manager", linkID: 43},
	{name: "displayName", oid: ms2 + "13", syntax: synText},
	{name: "distinguishedName", oid: x500 + "49", syntax: synDN},
	{name: "division", oid: ms4 + "261", syntax: synText},
	{name: "dNSHostName", oid: ms4 + "619", syntax: synText},
	{name: "dnsRoot", oid: ms4 + "28", syntax: synText, multi: true},
	{name: "employeeID", oid: ms4 + "35", syntax: synText},
	{name: "employeeNumber", oid: ms2 + "610", syntax: synText},
	{name: "employeeType", oid: ms2 + "613", syntax: synText},
	{name: "extensionAttribute1", oid: ms2 + "423", syntax: synText},
	{name: "extensionAttribute2", oid: ms2 + "424", syntax: synText},
	{name: "extensionAttribute3", oid: ms2 + "425", syntax: synText},
	{name: "extensionAttribute4", oid: ms2 + "426", syntax: synText},
	{name: "extensionAttribute5", oid: ms2 + "427", syntax: synText},
	{name: "extensionAttribute6", oid: ms2 + "428", syntax: synText},
	{name: "extensionAttribute7", oid: ms2 + "429", syntax: synText},
	{name: "extensionAttribute8", oid: ms2 + "430", syntax: synText},
	{name: "extensionAttribute9", oid: ms2 + "431", syntax: synText},
	{name: "extensionAttribute10", oid: ms2 + "432", syntax: synText},
	{name: "extensionAttribute11", oid: ms2 + "599", syntax: synText},
	{name: "extensionAttribute12", oid: ms2 + "600", syntax: synText},
	{name: "extensionAttribute13", oid: ms2 + "601", syntax: synText},
	{name: "extensionAttribute14", oid: ms2 + "602", syntax: synText},
	{name: "extensionAttribute15", oid: ms2 + "603", syntax: synText},
	{name: "facsimileTelephoneNumber", oid: x500 + "23", syntax: synText},
	{name: "flatName", oid: ms4 + "511", syntax: synText},
	{name: "givenName", oid: x500 + "42", syntax: synText},
	{name: "governsID", oid: ms2 + "22", syntax: synOID},
	{name: "groupType", oid: ms4 + "750", syntax: synInt},
	{name: "homePhone", oid: cosx + "20", syntax: synText},
	{name: "info", oid: ms2 + "81", syntax: synText},
	{name: "initials", oid: x500 + "43", syntax: synText},
	{name: "instanceType", oid: ms2 + "1", syntax: synInt},
	{name: "invocationId", oid: ms2 + "115", syntax: synOctets},
	{name: "isCriticalSystemObject", oid: ms4 + "868", syntax: synBool},
	{name: "isDeleted", oid: ms2 + "48", syntax: synBool},
	{name: "isMemberOfPartialAttributeSet", oid: ms4 + "639", syntax: synBool},
	{name: "isSingleValued", oid: ms2 + "33", syntax: synBool},
	{name: "l", oid: x500 + "7", syntax: synText},
	{name: "lastKnownParent", oid: ms4 + "781", syntax: synDN},
	{name: "lastLogon", oid: ms4 + "52", syntax: synLarge},
	{name: "lastLogonTimestamp", oid: ms4 + "1696", syntax: synLarge},
	{name: "lDAPDisplayName", oid: ms2 + "460", syntax: synText},
	{name: "legacyExchangeDN", oid: ms4 + "655", syntax: synText},
	{name: "linkID", oid: ms2 + "50", syntax: synInt},
	{name: "lockoutThreshold", oid: ms4 + "73", syntax: synInt},
	{name: "lockoutTime", oid: ms4 + "662", syntax: synLarge},
	{name: "logonCount", oid: ms4 + "169", syntax: synInt},
	{name: "mail", oid: cosx + "3", syntax: synText},
	{name: "mailNickname", oid: ms2 + "447", syntax: synText},
	{name: "managedBy", oid: ms4 + "653", syntax: synDN, back: "managedObjects", linkID: 72},
	{name: "managedObjects", oid: ms4 + "654", syntax: synDN, multi: true, back: "managedBy", linkID: 73},
	{name: "manager", oid: cosx + "10", syntax: synDN, back: "directReports", linkID: 42},
	{name: "member", oid: x500 + "31", syntax: synDN, multi: true, back: "memberOf", linkID: 2},
	{name: "memberOf", oid: ms2 + "102", syntax: synDN, multi: true, back: "member", linkID: 3},
	{name: "middleName", oid: "2.16.840.1.113730.3.1.34", syntax: synText},
	{name: "mobile", oid: cosx + "41", syntax: synText},
	{name: "modifyTimeStamp", oid: "2.5.18.2", syntax: synTime, constructed: true},
	{name: "msDS-Behavior-Version", oid: ms4 + "1459", syntax: synInt},
	{name: "msDS-LastKnownRDN", oid: ms4 + "2067", syntax: synText},
	{name: "msDS-PrincipalName", oid: ms4 + "1865", syntax: synText, constructed: true},
	{name: "msDS-User-Account-Control-Computed", oid: ms4 + "1460", syntax: synInt, constructed: true},
	{name: "msExchRecipientTypeDetails", oid: exch + "50855", syntax: synLarge},
	{name: "name", oid: ms4 + "1", syntax: synText},
	{name: "nCName", oid: ms2 + "16", syntax: synDN},
	{name: "nETBIOSName", oid: ms4 + "87", syntax: synText},
	{name: "o", oid: x500 + "10", syntax: synText, multi: true},
	{name: "objectCategory", oid: ms4 + "782", syntax: synDN},
	{name: "objectClass", oid: x500 + "0", syntax: synOID, multi: true},
	{name: "objectGUID", oid: ms4 + "2", syntax: synOctets},
	{name: "objectSid", oid: ms4 + "146", syntax: synSID},
	{name: "objectVersion", oid: ms2 + "76", syntax: synInt},
	{name: "oMSyntax", oid: ms2 + "231", syntax: synInt},
	{name: "operatingSystem", oid: ms4 + "363", syntax: synText},
	{name: "operatingSystemVersion", oid: ms4 + "364", syntax: synText},
	{name: "options", oid: ms4 + "307", syntax: synInt},
	{name: "otherMailbox", oid: ms4 + "651", syntax: synText, multi: true},
	{name: "otherTelephone", oid: ms2 + "18", syntax: synText, multi: true},
	{name: "ou", oid: x500 + "11", syntax: synText, multi: true},
	{name: "physicalDeliveryOfficeName", oid: x500 + "19", syntax: synText},
	{name: "postalAddress", oid: x500 + "16", syntax: synText, multi: true},
	{name: "postalCode", oid: x500 + "17", syntax: synText},
	{name: "preferredLanguage", oid: "2.16.840.1.113730.3.1.39", syntax: synText},
	{name: "primaryGroupID", oid: ms4 + "98", syntax: synInt},
	{name: "primaryGroupToken", oid: ms4 + "1412", syntax: synInt, constructed: true},
	{name: "proxyAddresses", oid: ms2 + "210", syntax: synText, multi: true},
	{name: "pwdLastSet", oid: ms4 + "96", syntax: synLarge},
	{name: "sAMAccountName", oid: ms4 + "221", syntax: synText},
	{name: "sAMAccountType", oid: ms4 + "302", syntax: synInt},
	{name: "schemaIDGUID", oid: ms4 + "148", syntax: synOctets},
	{name: "searchFlags", oid: ms2 + "334", syntax: synInt},
	{name: "securityIdentifier", oid: ms4 + "121", syntax: synSID},
	{name: "serialNumber", oid: x500 + "5", syntax: synPrint, multi: true},
	{name: "servicePrincipalName", oid: ms4 + "771", syntax: synText, multi: true},
	{name: "showInAdvancedViewOnly", oid: ms2 + "169", syntax: synBool},
	{name: "sIDHistory", oid: ms4 + "609", syntax: synSID, multi: true},
	{name: "sn", oid: x500 + "4", syntax: synText},
	{name: "st", oid: x500 + "8", syntax: synText},
	{name: "street", oid: x500 + "9", syntax: synText},
	{name: "streetAddress", oid: ms2 + "256", syntax: synText},
	{name: "subClassOf", oid: ms2 + "21", syntax: synOID},
	{name: "systemFlags", oid: ms4 + "375", syntax: synInt},
	{name: "targetAddress", oid: ms2 + "352", syntax: synText},
	{name: "telephoneNumber", oid: x500 + "20", syntax: synText},
	{name: "thumbnailPhoto", oid: "2.16.840.1.113730.3.1.35", syntax: synOctets},
	{name: "title", oid: x500 + "12", syntax: synText},
	{name: "tokenGroups", oid: ms4 + "1301", syntax: synSID, multi: true, constructed: true},
	{name: "trustAttributes", oid: ms4 + "470", syntax: synInt},
	{name: "trustDirection", oid: ms4 + "132", syntax: synInt},
	{name: "trustPartner", oid: ms4 + "133", syntax: synText},
	{name: "trustType", oid: ms4 + "136", syntax: synInt},
	{name: "uid", oid: cosx + "1", syntax: synText, multi: true},
	{name: "userAccountControl", oid: ms4 + "8", syntax: synInt},
	{name: "userCertificate", oid: x500 + "36", syntax: synOctets, multi: true},
	{name: "userPrincipalName", oid: ms4 + "656", syntax: synText},
	{name: "uSNChanged", oid: ms2 + "120", syntax: synLarge},
	{name: "uSNCreated", oid: ms2 + "19", syntax: synLarge},
	{name: "whenChanged", oid: ms2 + "3", syntax: synTime},
	{name: "whenCreated", oid: ms2 + "2", syntax: synTime},
	{name: "wWWHomePage", oid: ms2 + "464", syntax: synText},
}

// schema answers questions about names.
type schema struct {
	attributes map[string]*attribute // by name and by OID, lower case
	classes    map[string]*class
}

func newSchema() *schema {
	s := &schema{attributes: make(map[string]*attribute), classes: make(map[string]*class)}
	for i := range attributes {
		a := &attributes[i]
		s.attributes[a.key()] = a
		s.attributes[a.oid] = a
	}
	for i := range classes {
		c := &classes[i]
		s.classes[strings.ToLower(c.name)] = c
		s.classes[c.oid] = c
	}
	return s
}

// attribute returns nil for a name that the schema does not know. Options after
// a semicolon are left to the caller.
func (s *schema) attribute(name string) *attribute { return s.attributes[strings.ToLower(name)] }

func (s *schema) class(name string) *class { return s.classes[strings.ToLower(name)] }

// chain lists a class and what it descends from, top first.
func (s *schema) chain(name string) []string {
	var out []string
	for c := s.class(name); c != nil; c = s.class(c.parent) {
		out = append([]string{c.name}, out...)
		if c.parent == "" {
			break
		}
	}
	return out
}
