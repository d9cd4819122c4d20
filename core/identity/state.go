package identity

import "time"

// WantedUser is a person as Central should hold him or her, with what documents and
// the ledger need to know of the account.
type WantedUser struct {
	GUID      GUID      `json:"guid"`
	SID       string    `json:"sid"`
	DN        string    `json:"dn"`
	Domain    string    `json:"domain"`
	Account   string    `json:"account"`
	NetBIOS   string    `json:"netbios"` // of the domain, for DOMAIN\account
	Display   string    `json:"display"`
	Critical  bool      `json:"critical"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	Bases     []string  `json:"bases"`
	Fields    Fields    `json:"fields"`
}

// WantedGroup is a group as Central should hold it. Members are the people in scope
// that belong to it directly, through other groups, or as their primary group.
type WantedGroup struct {
	GUID      GUID      `json:"guid"`
	SID       string    `json:"sid"`
	DN        string    `json:"dn"`
	Domain    string    `json:"domain"`
	Account   string    `json:"account"`
	Display   string    `json:"display"`
	Critical  bool      `json:"critical"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
	Bases     []string  `json:"bases"`
	Fields    Fields    `json:"fields"`
	Members   []GUID    `json:"members"` // sorted
}

// State is what Central should hold.
type State struct {
	Users  map[GUID]WantedUser  `json:"users"`
	Groups map[GUID]WantedGroup `json:"groups"`
	// Devices and DeviceGroups are empty unless devices are synchronised.
	Devices      map[GUID]WantedDevice      `json:"devices,omitempty"`
	DeviceGroups map[GUID]WantedDeviceGroup `json:"deviceGroups,omitempty"`
}

// Warning is something to know that holds nothing back.
type Warning struct {
	Code       string `json:"code"`
	ObjectGUID GUID   `json:"objectGuid"` // "" where it is about no object
	Name       string `json:"name"`
	Text       string `json:"text"`
}
