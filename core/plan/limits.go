package plan

// Limits are the most that a plan may do without a person's override. Keys and
// units are those of limits in config.json.
type Limits struct {
	Removals           RemovalLimit    `json:"removals"`
	MembershipRemovals MembershipLimit `json:"membershipRemovals"`
	Updates            UpdateLimit     `json:"updates"`
}

// RemovalLimit bounds removals per kind and domain: at most
// max(Count, Percent of the population), never more than Ceiling.
type RemovalLimit struct {
	Count     int `json:"count"`
	Percent   int `json:"percent"`
	Ceiling   int `json:"ceiling"`
	GraceDays int `json:"graceDays"`
}

// MembershipLimit bounds membership removals: Percent of a group of Minimum or
// more; over all groups max(Minimum, TotalPercent), never more than TotalCeiling.
type MembershipLimit struct {
	Percent      int `json:"percent"`
	Minimum      int `json:"minimum"`
	TotalPercent int `json:"totalPercent"`
	TotalCeiling int `json:"totalCeiling"`
}

// UpdateLimit bounds updates per kind and domain: Percent of a population of
// Minimum or more, never more than Ceiling.
type UpdateLimit struct {
	Percent int `json:"percent"`
	Minimum int `json:"minimum"`
	Ceiling int `json:"ceiling"`
}

// The classes of Limits, as approve --allow names them.
const (
	LimitRemovals           = "removals"
	LimitMembershipRemovals = "membershipRemovals"
	LimitUpdates            = "updates"
)
