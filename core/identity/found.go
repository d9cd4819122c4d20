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
	// Unreadable says why nothing more is known of a user account; "" where it was
	// read. What every account has did not come back.
	Unreadable string `json:"unreadable,omitempty"`
	// Standing are the bases that were renamed or moved: DN as configured -> of now.
	Standing map[string]string `json:"standing"`
	// Returned are the bases and filters of its kind that return the object.
	Returned []Match `json:"returned"`
	// Groups are those that the filters of its kind ask for.
	Groups []Belonging `json:"groups"`
}

// Belonging says whether somebody belongs to a group that a filter asks for.
type Belonging struct {
	Group  string `json:"group"`  // DN as the filter has it
	Nested bool   `json:"nested"` // groups within count
	// Chain are the DNs of the groups by which it does, the one that is asked for
	// first and the one that has it as a member last; empty where it does not.
	Chain []string `json:"chain"`
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
	Asked    []string `json:"asked"`    // domains that were asked
	NotAsked []string `json:"notAsked"` // domains that could not be, with the reason
	// NotRead are the objects that answer to the name and do not even show their
	// objectGUID, each as the sentence that names it.
	NotRead []string `json:"notRead"`
	// NoDeleted are the domains of Asked whose deleted objects the account may not
	// read.
	NoDeleted []string `json:"noDeleted"`
	Domains   []Domain `json:"domains"`
	// MultiValued is as in Snapshot.
	MultiValued map[string]bool `json:"multiValued"`
}
