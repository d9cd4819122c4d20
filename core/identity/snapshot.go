// Package identity is the vocabulary that the other packages share: who and
// what there is in the directory, what Sophos Central holds, and which of the
// one stands for which of the other. It has no behaviour beyond conversions and
// imports the standard library only.
package identity

import "time"

// Kind tells users, groups, devices and groups of devices apart, in plans and the
// ledger.
type Kind string

// The kinds of objects.
const (
	KindUser        Kind = "user"
	KindGroup       Kind = "group"
	KindDeviceGroup Kind = "deviceGroup"
	// KindDevice is an endpoint as the member of a group. It is nobody's to make
	// or to remove.
	KindDevice Kind = "device"
)

// Snapshot is what was read from Active Directory, with the proof of how
// completely. It holds what the directory said and no decision: who is in scope
// is decided in package policy.
type Snapshot struct {
	Forest  string    `json:"forest"`  // DNS name of the forest's root domain
	TakenAt time.Time `json:"takenAt"` // when the reading began
	Servers []Server  `json:"servers"` // the controllers that were read, one for each domain
	Domains []Domain  `json:"domains"` // all domains of the forest, by name
	People  People    `json:"people"`  // accounts that matched a base and its filter
	Groups  []Group   `json:"groups"`  // every group of the domains read
	Devices []Device  `json:"devices"` // computers that matched; empty where none are read
	Reads   []Read    `json:"reads"`   // one for each search
	// Containers are those of the domains read, by objectGUID.
	Containers []Container `json:"containers"`

	// MultiValued names the attributes of Person.Attributes that the schema
	// allows several values of, spelled as the schema spells them.
	MultiValued map[string]bool `json:"multiValued"`
	// DeletedReadable says that the account may read the deleted objects: only
	// then is "found nowhere" more than a guess.
	DeletedReadable bool `json:"deletedReadable"`
}

// Server is the domain controller that a domain was read from.
type Server struct {
	Domain       string `json:"domain"`       // DNS name, lower case
	Name         string `json:"name"`         // dnsHostName of the rootDSE
	InvocationID string `json:"invocationId"` // identity of its database (MS-ADTS 3.1.1.1.9), "" where it may not be read
	HighestUSN   int64  `json:"highestUsn"`   // highestCommittedUSN of the rootDSE when the reading began
	ReadOnly     bool   `json:"readOnly"`     // a read-only controller, which filters attributes
}

// Domain is a domain of the forest, from its crossRef in CN=Partitions.
type Domain struct {
	Name    string `json:"name"`    // DNS name, lower case
	NetBIOS string `json:"netbios"` // nETBIOSName
	DN      string `json:"dn"`      // nCName
	SID     string `json:"sid"`     // "" where the domain was not read
}

// Match says that an entry was returned by the search of one base with the
// filter that the configuration has for it.
type Match struct {
	Base   string `json:"base"`   // DN of the base as configured, the domain's DN where none is
	Filter string `json:"filter"` // LDAP filter as configured, "" where none is
	// Nested says that the memberOf clauses of the filter counted nested groups.
	Nested bool `json:"nested,omitempty"`
}

// Person is a user account (sAMAccountType 0x30000000).
type Person struct {
	GUID    GUID   `json:"guid"`
	SID     string `json:"sid"`
	DN      string `json:"dn"`
	Domain  string `json:"domain"`  // DNS name, lower case
	Account string `json:"account"` // sAMAccountName
	CN      string `json:"cn"`
	// Display is displayName, otherwise cn: the name shown in documents.
	Display string `json:"display"`
	Mail    string `json:"mail"`
	// Attributes are the values that the attribute expressions read, by the
	// name as the schema spells it. An attribute without value is not there.
	Attributes Attributes `json:"attributes"`
	// ControlKnown is false where userAccountControl could not be read; such an
	// account is neither enabled nor disabled.
	ControlKnown bool      `json:"controlKnown"`
	Disabled     bool      `json:"disabled"`           // userAccountControl bit 2
	ExpiresAt    time.Time `json:"expiresAt,omitzero"` // accountExpires, zero for never
	Critical     bool      `json:"critical"`           // isCriticalSystemObject
	System       bool      `json:"system"`             // Administrator, Guest, krbtgt by RID; Exchange's own mailboxes
	PrimaryGroup string    `json:"primaryGroup"`       // SID of the primary group
	MemberOf     []string  `json:"memberOf"`           // DNs as the directory gave them
	CreatedAt    time.Time `json:"createdAt,omitzero"`
	Class        string    `json:"class"`               // ClassUser or ClassInetOrgPerson
	Locked       bool      `json:"locked"`              // lockoutTime is set; a fact, and no rule
	Aliases      []string  `json:"aliases"`             // SMTP addresses of proxyAddresses other than mail
	Recipient    Recipient `json:"recipient,omitempty"` // msExchRecipientTypeDetails, where the schema has it
	Matched      []Match   `json:"matched"`
}

// Recipient is what an account is to Exchange, as far as it matters here.
type Recipient string

// The recipients. "" is everything else, and a directory without Exchange.
const (
	RecipientUser      Recipient = "user"
	RecipientShared    Recipient = "shared"
	RecipientRoom      Recipient = "room"
	RecipientEquipment Recipient = "equipment"
)

// The classes by which objects are told apart.
const (
	ClassUser          = "user"
	ClassInetOrgPerson = "inetOrgPerson"
	ClassContact       = "contact"
	ClassManaged       = "managedServiceAccount" // msDS-ManagedServiceAccount and msDS-GroupManagedServiceAccount
	ClassComputer      = "computer"
	ClassTrust         = "trustAccount" // sAMAccountType 0x30000002
	ClassForeign       = "foreignSecurityPrincipal"
	ClassGroup         = "group"
	ClassUnit          = "organizationalUnit" // and containers
	ClassOther         = "other"
)

// Device is a computer account.
type Device struct {
	GUID            GUID   `json:"guid"`
	SID             string `json:"sid"`
	DN              string `json:"dn"`
	Domain          string `json:"domain"`
	Account         string `json:"account"` // sAMAccountName, with its dollar sign
	Name            string `json:"name"`    // cn, which is the host name
	DNSName         string `json:"dnsName"` // dNSHostName
	OperatingSystem string `json:"operatingSystem"`
	Server          bool   `json:"server"` // operatingSystem names a server
	ControlKnown    bool   `json:"controlKnown"`
	Disabled        bool   `json:"disabled"`
	// LastLogon is lastLogonTimestamp: replicated, and up to 14 days late
	// (MS-ADA1 2.351). Zero is never.
	LastLogon    time.Time `json:"lastLogon,omitzero"`
	PrimaryGroup string    `json:"primaryGroup"` // SID
	MemberOf     []string  `json:"memberOf"`
	CreatedAt    time.Time `json:"createdAt,omitzero"`
	Critical     bool      `json:"critical"`
	Matched      []Match   `json:"matched"`
}

// Container is an organizational unit or a container, with what was read directly
// in it. Rights are given by container: whoever loses the right to one sees
// nobody there, and no error.
type Container struct {
	GUID   GUID   `json:"guid"`
	DN     string `json:"dn"`
	Domain string `json:"domain"`
	// Users, Groups and Devices count what this snapshot holds of them.
	Users   int `json:"users,omitempty"`
	Groups  int `json:"groups,omitempty"`
	Devices int `json:"devices,omitempty"`
	// Shown are the attributes that filters ask for and one of the people has,
	// in lower case and sorted; DevicesShown those that one of the devices has. A
	// right may be given to one class of objects alone.
	Shown        []string `json:"shown,omitempty"`
	DevicesShown []string `json:"devicesShown,omitempty"`
}

// ShownOf is what the objects in the container show that a kind of reads returns.
func (c *Container) ShownOf(kind string) *[]string {
	if kind == ReadDevices {
		return &c.DevicesShown
	}
	return &c.Shown
}

// Group is a security or distribution group.
type Group struct {
	// MemberOf are the groups that it belongs to itself, DNs as the directory gave
	// them; a controller leaves out groups of other domains.
	MemberOf []string `json:"memberOf,omitempty"`

	GUID         GUID   `json:"guid"`
	SID          string `json:"sid"`
	DN           string `json:"dn"`
	Domain       string `json:"domain"`
	Account      string `json:"account"` // sAMAccountName
	CN           string `json:"cn"`
	Description  string `json:"description"`
	Mail         string `json:"mail"`
	Critical     bool   `json:"critical"`     // isCriticalSystemObject
	BuiltIn      bool   `json:"builtIn"`      // by SID: below S-1-5-32
	Distribution bool   `json:"distribution"` // groupType without the security bit
	// Members are the direct members that are people or groups of this
	// snapshot, by objectGUID and without those whose primary group this is.
	Members []GUID `json:"members"`
	// MembersListed counts all values of member, resolved or not.
	MembersListed int `json:"membersListed"`
	// Foreign are members of other forests that could not be resolved, by SID
	// or, where the directory tells it, by name.
	Foreign   []string  `json:"foreign,omitempty"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	// Matched is empty for a group that the configured group bases and filter
	// do not return; where neither is configured it holds the domain's DN.
	Matched []Match `json:"matched"`
}

// Read is the record of one search: the proof that it was complete, or the
// reason why it was not. The zero value is incomplete on purpose.
type Read struct {
	Domain string `json:"domain"`
	Base   string `json:"base"` // DN, as configured
	// Standing is the DN of the base now, where it was renamed or moved and
	// followed by its objectGUID; "" where it stands as configured.
	Standing string `json:"standing,omitempty"`
	// BaseGUID is the objectGUID of the base, "" where it was not found.
	BaseGUID GUID   `json:"baseGuid,omitempty"`
	Kind     string `json:"kind"` // users, groups, devices
	// CoveredBy is the base, as configured, below which this one stands and with
	// whose search it was read; "" where it had one of its own.
	CoveredBy string `json:"coveredBy,omitempty"`
	Filter    string `json:"filter"` // as configured
	Nested    bool   `json:"nested,omitempty"`
	Server    string `json:"server"`
	Pages     int    `json:"pages"`
	Entries   int    `json:"entries"`
	Ranges    int    `json:"ranges"`    // further ranges of multi-valued attributes fetched
	Referrals int    `json:"referrals"` // search references met outside what was asked for
	ElapsedMS int64  `json:"elapsedMs"`
	// Named are the objects that the filter names, groups above all.
	Named []Named `json:"named,omitempty"`
	// HighestUSN is the greatest uSNChanged of what came back.
	HighestUSN int64 `json:"highestUsn"`
	// Carried counts how many of the entries had each attribute that rights are
	// proved by.
	Carried map[string]int `json:"carried,omitempty"`
	// Ldapsearch and GetADObject are command lines that repeat the search.
	Ldapsearch  string `json:"ldapsearch"`
	GetADObject string `json:"getADObject"`
	Complete    bool   `json:"complete"`
	Code        string `json:"code"`   // "" when complete, otherwise an error code
	Reason      string `json:"reason"` // "" when complete
}

// Named is an object that a filter names.
type Named struct {
	DN   string `json:"dn"` // as the filter has it
	GUID GUID   `json:"guid"`
	// Standing is the DN of now, where the object was renamed or moved and
	// followed by its objectGUID; "" where it stands as named.
	Standing string `json:"standing,omitempty"`
}

// The kinds of reads.
const (
	ReadUsers   = "users"
	ReadGroups  = "groups"
	ReadDevices = "devices"
)

// Presence says where an object was found when it was asked for by objectGUID.
type Presence string

// The presences. The zero value is unknown: nobody has asked.
const (
	Live    Presence = "live"
	Deleted Presence = "deleted"
	Nowhere Presence = "nowhere" // neither live nor among the deleted objects that the account may read
)

// Whereabouts is what the directory says about one object when it is asked for
// by objectGUID, whatever the scope.
type Whereabouts struct {
	GUID         GUID      `json:"guid"`
	Presence     Presence  `json:"presence"`
	DN           string    `json:"dn"`         // of a deleted object the DN in the Deleted Objects container
	LastParent   string    `json:"lastParent"` // lastKnownParent of a deleted object
	Domain       string    `json:"domain"`
	Name         string    `json:"name"`
	Class        string    `json:"class"`
	Account      string    `json:"account"`
	ControlKnown bool      `json:"controlKnown"`
	Disabled     bool      `json:"disabled"`
	ExpiresAt    time.Time `json:"expiresAt,omitzero"`
	Critical     bool      `json:"critical"`
	System       bool      `json:"system"`
	MemberOf     []string  `json:"memberOf"`
	PrimaryGroup string    `json:"primaryGroup"` // SID
	// Shown are the attributes of the filters that came back, in lower case.
	Shown []string `json:"shown,omitempty"`
	// Listed says that a group which was read has it among its members.
	Listed    bool      `json:"listed,omitempty"`
	ChangedAt time.Time `json:"changedAt,omitzero"` // whenChanged: of a deleted object the time of its deletion
	// CreatedUSN and ChangedUSN are uSNCreated and uSNChanged, which mean something
	// on the controller of that name alone.
	Server     string `json:"server,omitempty"`
	CreatedUSN int64  `json:"createdUsn,omitempty"`
	ChangedUSN int64  `json:"changedUsn,omitempty"`
}
