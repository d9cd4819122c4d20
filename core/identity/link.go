package identity

import "time"

// Origin says how an object of Central came to be ours.
type Origin string

// The origins.
const (
	Created Origin = "created" // adsync made it
	Adopted Origin = "adopted" // it was there, and a person approved that it is this one
	Matched Origin = "matched" // an endpoint that has the computer's name; it is never removed
)

// Link is a line of the ledger: which object of Central stands for which object
// of the directory. What has no link is never changed and never removed.
type Link struct {
	GUID GUID `json:"guid"`
	Kind Kind `json:"kind"`
	// Type is set of a group of devices alone.
	Type      DeviceType `json:"type,omitempty"`
	CentralID string     `json:"centralId"`
	Origin    Origin     `json:"origin"`
	Since     time.Time  `json:"since"`
	Run       string     `json:"run"` // the run that made the link
	// The values of the last complete read that saw the object.
	Domain  string   `json:"domain"`
	DN      string   `json:"dn"`
	SID     string   `json:"sid"`
	Account string   `json:"account"`
	Name    string   `json:"name"` // the display name shown in documents
	Mail    string   `json:"mail"`
	Bases   []string `json:"bases"` // the bases under which it was found
	// Critical is isCriticalSystemObject as last seen.
	Critical bool `json:"critical"`
	// Sent is what our last write of each field held, Answered what Central
	// replied to it. Both the same again is no difference (value.normalised).
	Sent     Fields `json:"sent"`
	Answered Fields `json:"answered"`
}
