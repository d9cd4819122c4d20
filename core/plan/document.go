// Package plan compares what Sophos Central should hold with what it holds and
// says what would have to change, in an order in which no single write can be
// refused. It is pure: no I/O, no clock, no configuration beyond its arguments;
// equal arguments give an equal document, byte for byte.
package plan

import (
	"time"

	"adsync/core/identity"
)

// Action is what a change does.
type Action string

// The actions. They are also the classes that approve --only and policy.approve
// speak of.
const (
	Create           Action = "create"
	Update           Action = "update"
	Remove           Action = "remove"
	Adopt            Action = "adopt"
	MembershipAdd    Action = "membershipAdd"
	MembershipRemove Action = "membershipRemove"
)

// Actions lists all actions, in the order of the summary.
var Actions = []Action{Create, Update, Remove, Adopt, MembershipAdd, MembershipRemove}

// Coded is a code that scripts may branch on, with its text for people.
type Coded struct {
	Code string `json:"code"`
	Text string `json:"text"`
}

// Ref names an object of the directory.
type Ref struct {
	ObjectGUID identity.GUID `json:"objectGuid"`
	Name       string        `json:"name"`
}

// Values are the fields of a Central object as a change shows them, by Central's
// own names. A nil text is a field that the change does not speak of.
type Values struct {
	Name          *string `json:"name,omitempty"`
	FirstName     *string `json:"firstName,omitempty"`
	LastName      *string `json:"lastName,omitempty"`
	Email         *string `json:"email,omitempty"`
	ExchangeLogin *string `json:"exchangeLogin,omitempty"`
	Description   *string `json:"description,omitempty"`
	// Groups are the names of the groups that a new user begins with; nil where
	// the change does not speak of groups.
	Groups []string `json:"groups,omitempty"`
}

// Object is what is known of an object of the directory beside its values.
type Object struct {
	DN       string   `json:"dn"`
	SID      string   `json:"sid"`
	Account  string   `json:"account"`
	Bases    []string `json:"bases"` // under which it was found
	Critical bool     `json:"critical"`
}

// Change is one thing to do, or, with a Rule, one thing that is held back.
type Change struct {
	ID     string        `json:"id"` // from action, kind, objectGUID and group
	Action Action        `json:"action"`
	Kind   identity.Kind `json:"kind"`
	// Type is that of a group of devices, or of the group of a device.
	Type       identity.DeviceType `json:"type,omitempty"`
	ObjectGUID identity.GUID       `json:"objectGuid"`
	Name       string              `json:"name"`
	Domain     string              `json:"domain"`
	CentralID  string              `json:"centralId,omitempty"` // absent of a create only
	Group      *Ref                `json:"group,omitempty"`     // of a membership change
	// GroupCentralID is the Central id of Group, "" where this plan makes it.
	GroupCentralID string `json:"groupCentralId,omitempty"`
	// Leaves is the group that a device sits in now, and that it leaves by being put
	// into Group; without objectGuid it is none of ours.
	Leaves          *Ref    `json:"leaves,omitempty"`
	LeavesCentralID string  `json:"leavesCentralId,omitempty"`
	Before          *Values `json:"before"` // null of a create and of memberships
	After           *Values `json:"after"`  // null of a removal and of memberships
	Cause           Coded   `json:"cause"`
	From            Origin  `json:"from"`
	// Object is what the ledger is to remember of the directory's object; of a
	// create and of a device that is put into a group.
	Object *Object `json:"object,omitempty"`
	// MemberOf are the groups of After.Groups, by objectGUID.
	MemberOf []Ref `json:"memberOf,omitempty"`
	// Members are the Central ids of our own members that a group's removal
	// takes out of it first, those of people who are removed before it included.
	Members []string `json:"members,omitempty"`
	// Needs are the ids of the changes of this plan that must have been carried
	// out before this one may be.
	Needs []string `json:"needs,omitempty"`
	// Rule is why the change is held; nil of everything that can be approved.
	Rule *Coded `json:"rule,omitempty"`
	// Limit is the key of Limits under which a removal, update or membership
	// removal counts, also where the rule that holds it is another.
	Limit string `json:"limit,omitempty"`
	// Count and Examples are set of a folded hold only: so many of one rule and
	// cause, and five of their names. Folding is done for printing, see Fold.
	Count    int      `json:"count,omitempty"`
	Examples []string `json:"examples,omitempty"`
}

// Key is what the ledger knows the object by.
func (c Change) Key() identity.GUID {
	if c.Kind == identity.KindDeviceGroup {
		return identity.Key(c.ObjectGUID, c.Type)
	}
	return c.ObjectGUID
}

// GroupKey is what the ledger knows the group of a membership by, "" of all else.
func (c Change) GroupKey() identity.GUID {
	if c.Group == nil {
		return ""
	}
	return identity.Key(c.Group.ObjectGUID, c.Type)
}

// left is the group of ours that a change takes its member out of, nil for none.
func (c Change) left() *Ref {
	switch {
	case c.Action == MembershipRemove:
		return c.Group
	case c.Leaves != nil && c.Leaves.ObjectGUID != "":
		return c.Leaves
	}
	return nil
}

// Origin says whether a change comes from the data or from the configuration.
type Origin string

// The origins of a change.
const (
	FromData   Origin = "data"
	FromConfig Origin = "config"
)

// Counts are numbers of changes by kind.
type Counts struct {
	Users   int `json:"users"`
	Groups  int `json:"groups"`
	Devices int `json:"devices"`
	Total   int `json:"total"`
}

// Summary counts the changes by action and all holds.
type Summary struct {
	Create           Counts `json:"create"`
	Update           Counts `json:"update"`
	Remove           Counts `json:"remove"`
	Adopt            Counts `json:"adopt"`
	MembershipAdd    Counts `json:"membershipAdd"`
	MembershipRemove Counts `json:"membershipRemove"`
	Held             Counts `json:"held"`
	Warnings         Counts `json:"warnings"`
	Unchanged        Counts `json:"unchanged"`
}

// Warning is something to know that holds nothing back.
type Warning = identity.Warning

// LimitUse shows one limit against what the plan would do.
type LimitUse struct {
	Class      string        `json:"class"` // removals, membershipRemovals, updates
	Kind       identity.Kind `json:"kind"`
	Domain     string        `json:"domain"`
	Group      *Ref          `json:"group,omitempty"` // of membershipRemovals in one group
	Count      int           `json:"count"`           // changes of the plan, held ones included
	Population int           `json:"population"`      // what the ledger holds there
	Limit      int           `json:"limit"`           // the most that is let through
	Margin     int           `json:"margin"`          // Limit - Count, negative where exceeded
	Exceeded   bool          `json:"exceeded"`
}

// Actor is an account of the operating system.
type Actor struct {
	Account string `json:"account"` // DOMAIN\name on Windows
	SID     string `json:"sid"`     // S-1-22-1-<uid> on other systems
}

// Estimate is what carrying the plan out costs.
type Estimate struct {
	Calls           int `json:"calls"`           // calls of the API, as apply makes them
	Seconds         int `json:"seconds"`         // time for them within the rate budget
	LowerBoundCalls int `json:"lowerBoundCalls"` // no tool could do with fewer
}

// Inputs are SHA-256 digests of what the plan was made from, in hexadecimal.
type Inputs struct {
	Config   string `json:"config"` // of the deciding configuration alone
	Snapshot string `json:"snapshot"`
	Central  string `json:"central"`
	Ledger   string `json:"ledger"`
}

// OutCount says how many objects of a kind are left out for one reason.
type OutCount struct {
	Kind   identity.Kind `json:"kind"`
	Reason string        `json:"reason"`
	Count  int           `json:"count"`
}

// Document is a plan. Its file holds these fields as canonical JSON; id and
// sha256 are derived from those bytes and printed beside them.
type Document struct {
	Format    int             `json:"format"`
	CreatedAt time.Time       `json:"createdAt"`
	By        Actor           `json:"by"`
	Profile   string          `json:"profile"`
	Tenant    identity.Tenant `json:"tenant"`
	// Complete is true when every read was complete.
	Complete  bool `json:"complete"`
	Applyable bool `json:"applyable"`
	// Whole is false of a plan made for some objects only; it accepts no
	// configuration and supersedes nothing.
	Whole bool `json:"whole"`
	// ConfigAccepted says that the deciding configuration is the accepted one;
	// otherwise every change counts as caused by the configuration.
	ConfigAccepted bool      `json:"configAccepted"`
	Summary        Summary   `json:"summary"`
	Changes        []Change  `json:"changes"`
	Holds          []Change  `json:"holds"`
	Warnings       []Warning `json:"warnings"`
	// Out counts the objects of the directory that are left out, by reason code.
	Out      []OutCount      `json:"out"`
	Reads    []identity.Read `json:"reads"`
	Limits   []LimitUse      `json:"limits"`
	Estimate Estimate        `json:"estimate"`
	Inputs   Inputs          `json:"inputs"`
}
