package commands

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// explanation is the document of explain. A nil truth is one that is not known.
type explanation struct {
	Format      int              `json:"format"`
	Who         string           `json:"who"`
	Verdict     string           `json:"verdict"`
	InDirectory *bool            `json:"inDirectory"`
	InScope     *bool            `json:"inScope"`
	InCentral   bool             `json:"inCentral"`
	AsOf        *time.Time       `json:"asOf"` // of what is known of Central: the last complete read
	Object      *explainedObject `json:"object"`
	Central     *explainedLink   `json:"central"`
	// EndpointGroups are what a group of the directory is for its devices.
	EndpointGroups []explainedLink  `json:"endpointGroups"`
	Pending        []pendingChange  `json:"pending"`
	Warnings       []plan.Warning   `json:"warnings"` // of the newest plan, about the object
	Rules          []policy.Verdict `json:"rules"`
	Others         []otherMatch     `json:"others"`      // who else answers to the name, less surely
	Unreachable    string           `json:"unreachable"` // why the directory was not asked; "" where it was
	NotAsked       []string         `json:"notAsked"`    // domains that could not be asked
	NotRead        []string         `json:"notRead"`     // what else answers to the name and cannot be read
	Next           []fault.Next     `json:"next"`
}

type explainedObject struct {
	ObjectGUID identity.GUID `json:"objectGuid"`
	SID        string        `json:"sid"`
	DN         string        `json:"dn"`
	Domain     string        `json:"domain"`
	Class      string        `json:"class"`
	Account    string        `json:"account"`
	Name       string        `json:"name"`
	Mail       string        `json:"mail"`
	Presence   string        `json:"presence"`
}

type explainedLink struct {
	ID     string    `json:"id"`
	Origin string    `json:"origin"`
	Since  time.Time `json:"since"`
	Name   string    `json:"name"`
}

// pendingChange is what the newest plan has for the object.
type pendingChange struct {
	Plan      string      `json:"plan"`
	CreatedAt time.Time   `json:"createdAt"`
	ID        string      `json:"id"`
	Action    plan.Action `json:"action"`
	Group     string      `json:"group"`
	Cause     plan.Coded  `json:"cause"`
	From      plan.Origin `json:"from"`
	Rule      *plan.Coded `json:"rule"` // why it is held; null of a change
}

type otherMatch struct {
	ObjectGUID identity.GUID `json:"objectGuid"`
	DN         string        `json:"dn"`
	Class      string        `json:"class"`
	Account    string        `json:"account"`
	Presence   string        `json:"presence"`
}

// verdict is the whole in one sentence.
func verdict(e explanation) string {
	name := first(e.Object.Name, e.Object.Account, string(e.Object.ObjectGUID))
	var b strings.Builder
	switch {
	case e.Unreachable != "":
		fmt.Fprintf(&b, "%s: the directory cannot be asked", name)
	case *e.InScope:
		fmt.Fprintf(&b, "%s is in scope", name)
	default:
		why := ""
		if at := slices.IndexFunc(e.Rules, func(v policy.Verdict) bool { return !v.Passed }); at >= 0 {
			why = ": " + e.Rules[at].Text
		}
		fmt.Fprintf(&b, "%s is not in scope%s", name, why)
	}
	if e.InCentral {
		b.WriteString("; Sophos Central holds it by the ledger")
	} else {
		b.WriteString("; by the ledger it is not in Sophos Central")
	}
	if len(e.Pending) > 0 {
		p := e.Pending[0]
		if p.Rule != nil {
			fmt.Fprintf(&b, "; in the newest plan %s is held: %s", p.Action, p.Rule.Text)
		} else {
			fmt.Fprintf(&b, "; the newest plan has %s: %s", p.Action, p.Cause.Text)
		}
	}
	return b.String() + "."
}
