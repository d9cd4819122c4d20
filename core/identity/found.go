package identity

// Found is an object of the directory that somebody named, wherever it stands.
type Found struct {
	Whereabouts
	SID       string `json:"sid"`
	CN        string `json:"cn"`
	Mail      string `json:"mail"`
	Principal string `json:"userPrincipalName"`
	// Rank says how surely this is who was meant: the lower the surer.
	Rank int `json:"rank"`
	// Person is what a read would hold of a user account, with the bases and
	// filters that return it; nil of everything else.
	Person *Person `json:"person,omitempty"`
	// Standing are the bases that were renamed or moved: DN as configured -> of now.
	Standing map[string]string `json:"standing"`
	// Returned are the bases and filters of its kind that return the object.
	Returned []Match `json:"returned"`
}

// The ranks of Found.
const (
	RankExact   = iota // objectGUID, SID, DN: only one object can have it
	RankAccount        // sAMAccountName, userPrincipalName, mail
	RankAlias          // another address, the name of a computer
	RankName           // display name or cn, which repeat
)

// Finding is the answer to a search for somebody.
type Finding struct {
	Found    []Found  `json:"found"`    // the surest first
	Asked    []string `json:"asked"`    // domains that were asked, live and deleted objects
	NotAsked []string `json:"notAsked"` // domains that could not be, with the reason
	Domains  []Domain `json:"domains"`
	// MultiValued is as in Snapshot.
	MultiValued map[string]bool `json:"multiValued"`
}
