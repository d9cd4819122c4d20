// Package config reads and edits a profile's config.json. A Config is complete
// (what the file leaves out has its default) and what the file says amiss is an
// error that names the key and its place; nothing is guessed and nothing is
// ignored. Edits change the keys they are given and leave every other byte.
package config

import (
	"adsync/core/identity"
	"adsync/core/plan"
)

// Format is the format of config.json that this program reads and writes.
const Format = 1

// Config is config.json with its defaults filled in. Lists are never nil.
type Config struct {
	Format     int         `json:"format"`
	Central    Central     `json:"central"`
	Proxy      Proxy       `json:"proxy"`
	Directory  Directory   `json:"directory"`
	Scope      Scope       `json:"scope"`
	Attributes Attributes  `json:"attributes"`
	Exclude    Exclude     `json:"exclude"`
	Groups     Groups      `json:"groups"`
	Protect    Protect     `json:"protect"`
	Limits     plan.Limits `json:"limits"`
	Policy     Policy      `json:"policy"`
	Approval   Approval    `json:"approval"`
	Schedule   Schedule    `json:"schedule"`
	Alerts     Alerts      `json:"alerts"`
	Retention  Retention   `json:"retention"`
	Rate       Rate        `json:"rate"`

	// places are the keys that stand in the file, with where they stand.
	places map[string]place
}

// Central is where Sophos Central is, and which tenant.
type Central struct {
	IdentityURL    string `json:"identityUrl"`
	GlobalURL      string `json:"globalUrl"`
	CAFile         string `json:"caFile"`
	Tenant         string `json:"tenant"`         // name or id; "" for the credential's own
	CredentialFrom string `json:"credentialFrom"` // another profile, whose secret is used
}

// Proxy is the way to Sophos Central.
type Proxy struct {
	Mode string `json:"mode"` // ProxySystem, ProxyNone, ProxyManual
	URL  string `json:"url"`  // with ProxyManual only
}

// The modes of Proxy.
const (
	ProxySystem = "system"
	ProxyNone   = "none"
	ProxyManual = "manual"
)

// Directory is how Active Directory is reached.
type Directory struct {
	Servers             []string `json:"servers"` // empty: the machine's own domain, by SRV
	Port                int      `json:"port"`
	Security            string   `json:"security"` // SecurityLDAPS, SecurityStartTLS, SecurityNone
	Bind                string   `json:"bind"`     // BindIntegrated, BindSimple
	CAFile              string   `json:"caFile"`
	TimeoutSeconds      int      `json:"timeoutSeconds"`
	ReadOnlyControllers bool     `json:"readOnlyControllers"`
}

// The values of Directory.Security and Directory.Bind.
const (
	SecurityLDAPS    = "ldaps"
	SecurityStartTLS = "starttls"
	SecurityNone     = "none"
	BindIntegrated   = "integrated"
	BindSimple       = "simple"
)

// Scope is who is synchronised.
type Scope struct {
	Domains         []Domain     `json:"domains"`
	IncludeDisabled bool         `json:"includeDisabled"`
	IncludeExpired  bool         `json:"includeExpired"`
	Devices         DeviceGroups `json:"devices"`
}

// Domain is a domain of the forest and what of it is read. Left out, Include is
// true: a domain is named because it is wanted.
type Domain struct {
	Name    string  `json:"name"`
	Include bool    `json:"include"`
	Users   Users   `json:"users"`
	Groups  Objects `json:"groups"`
	Devices Objects `json:"devices"`
}

// Users limits the people of a domain.
type Users struct {
	Bases          []Base `json:"bases"`
	Filter         string `json:"filter"`
	NestedMemberOf bool   `json:"nestedMemberOf"`
}

// Objects limits the groups or the computers of a domain.
type Objects struct {
	Bases  []Base `json:"bases"`
	Filter string `json:"filter"`
}

// Base is where a search begins.
type Base struct {
	DN         string        `json:"dn"`
	ObjectGUID identity.GUID `json:"objectGuid,omitempty"` // "" where it was written by hand
}

// DeviceGroups says whether computers are read, and which of several groups a
// computer goes into.
type DeviceGroups struct {
	Sync       bool     `json:"sync"`
	GroupOrder []string `json:"groupOrder"`
}

// Attributes are the expressions that make a user's fields.
type Attributes struct {
	Name          string `json:"name"`
	FirstName     string `json:"firstName"`
	LastName      string `json:"lastName"`
	Email         string `json:"email"`
	ExchangeLogin string `json:"exchangeLogin"` // "": NetBIOS name, backslash, sAMAccountName
}

// Exclude has patterns of what is left out.
type Exclude struct {
	Users   []string `json:"users"`
	Groups  []string `json:"groups"`
	Central []string `json:"central"`
}

// Groups says how groups are named.
type Groups struct {
	Name string `json:"name"` // GroupCN, GroupCNDomain
}

// The values of Groups.Name.
const (
	GroupCN       = "cn"
	GroupCNDomain = "cn (DOMAIN)"
)

// Protect has patterns of what is never removed.
type Protect struct {
	Users  []string `json:"users"`
	Groups []string `json:"groups"`
}

// Policy is what approve --policy may cover.
type Policy struct {
	Approve []string `json:"approve"` // actions, as in plan.Actions
	PerDay  PerDay   `json:"perDay"`
}

// PerDay bounds what policy approves within 24 hours.
type PerDay struct {
	Create        int `json:"create"`
	MembershipAdd int `json:"membershipAdd"`
}

// Approval is how long approvals and plans count.
type Approval struct {
	Hours            int `json:"hours"`
	PlanDays         int `json:"planDays"`
	RemovalApprovers int `json:"removalApprovers"`
}

// Schedule is when the scheduled task runs, and as whom.
type Schedule struct {
	Mode               string   `json:"mode"` // never, daily, every
	Times              []string `json:"times"`
	Days               []string `json:"days"`
	EveryMinutes       int      `json:"everyMinutes"`
	Account            string   `json:"account"` // "": SYSTEM
	RandomDelayMinutes int      `json:"randomDelayMinutes"`
	LimitHours         int      `json:"limitHours"`
}

// Alerts is who is told of trouble.
type Alerts struct {
	EventLog bool    `json:"eventLog"`
	Mail     Mail    `json:"mail"`
	Webhook  Webhook `json:"webhook"`
}

// Mail is where alerts are mailed.
type Mail struct {
	Server string   `json:"server"`
	Port   int      `json:"port"`
	From   string   `json:"from"`
	To     []string `json:"to"`
}

// Webhook is the form of the alerts that are posted; the address is a secret.
type Webhook struct {
	Format string `json:"format"` // generic, teams
}

// Retention is how long records are kept.
type Retention struct {
	Days          int `json:"days"`
	EmptyPlanDays int `json:"emptyPlanDays"`
}

// Rate is the budget of calls to Sophos Central, and the waits before an
// unclear write is read back.
type Rate struct {
	PerSecond       int       `json:"perSecond"`
	PerMinute       int       `json:"perMinute"`
	PerHour         int       `json:"perHour"`
	PerDay          int       `json:"perDay"`
	ReadBackSeconds []float64 `json:"readBackSeconds"`
}
