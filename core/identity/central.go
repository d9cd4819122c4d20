package identity

import "time"

// Source is where an object of Central says it comes from (source.type of the
// directory API). Values that are not listed here occur and are kept as they are.
type Source string

// SourceCustom is the source of what was made by hand or through the API; all
// others are managed by a directory service and cannot be written.
const SourceCustom Source = "custom"

// Fields are the values of a user or group that the API lets us write. An empty
// text means that Central has none or that we have none to send.
type Fields struct {
	Name          string `json:"name,omitempty"`
	FirstName     string `json:"firstName,omitempty"`
	LastName      string `json:"lastName,omitempty"`
	Email         string `json:"email,omitempty"`
	ExchangeLogin string `json:"exchangeLogin,omitempty"`
	Description   string `json:"description,omitempty"`
}

// Embedded is a list of ids that stands inside another object, and that Central
// may have cut.
type Embedded struct {
	Total   int      // how many there are, as Central states
	Counted bool     // Central states it
	Shown   []string // those that it shows
}

// Whole reports whether all of them are shown. The zero value is not.
func (e Embedded) Whole() bool { return e.Counted && len(e.Shown) == e.Total }

// CentralUser is a directory user as Sophos Central holds it.
type CentralUser struct {
	ID        string    `json:"id"`
	Source    Source    `json:"source"`
	Fields    Fields    `json:"fields"`
	Groups    Embedded  `json:"-"` // how they were read is not what Central holds
	CreatedAt time.Time `json:"createdAt,omitzero"`
	UpdatedAt time.Time `json:"updatedAt,omitzero"`
}

// CentralGroup is a directory user group as Sophos Central holds it.
type CentralGroup struct {
	ID     string `json:"id"`
	Source Source `json:"source"`
	Fields Fields `json:"fields"`
	// Total is the number of members that Central states.
	Total int `json:"total"`
	// Members are the ids of the members; it is only to be used when
	// MembersKnown is true, and then it is all of them.
	Members      []string  `json:"members"`
	MembersKnown bool      `json:"membersKnown"`
	Users        Embedded  `json:"-"` // as the group itself showed them
	CreatedAt    time.Time `json:"createdAt,omitzero"`
	UpdatedAt    time.Time `json:"updatedAt,omitzero"`
}

// Tenant is the Sophos Central account that a credential belongs to.
type Tenant struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	DataRegion string `json:"dataRegion"`
	APIHost    string `json:"apiHost"`
}
