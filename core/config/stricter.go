package config

import (
	"encoding/json"
	"slices"

	"adsync/core/fault"
)

// Accepted reads what Deciding has written: the deciding configuration of an
// earlier day, with the defaults for everything else.
func Accepted(deciding []byte, goos string) (Config, error) {
	c := defaults(goos)
	if err := json.Unmarshal(deciding, &c); err != nil {
		return Config{}, fault.New("config.accepted", "the accepted configuration cannot be read", fault.Cause(err))
	}
	return c, nil
}

// Stricter returns c with the stricter of both wherever c widens limits, policy
// or approval or narrows what is protected: until a person approves the wider
// one, the stricter counts.
func (c Config) Stricter(accepted Config) Config {
	r, a := &c.Limits.Removals, accepted.Limits.Removals
	r.Count, r.Percent, r.Ceiling = min(r.Count, a.Count), min(r.Percent, a.Percent), min(r.Ceiling, a.Ceiling)
	r.GraceDays = max(r.GraceDays, a.GraceDays)
	m, b := &c.Limits.MembershipRemovals, accepted.Limits.MembershipRemovals
	m.Percent, m.Minimum = min(m.Percent, b.Percent), min(m.Minimum, b.Minimum)
	m.TotalPercent, m.TotalCeiling = min(m.TotalPercent, b.TotalPercent), min(m.TotalCeiling, b.TotalCeiling)
	u, d := &c.Limits.Updates, accepted.Limits.Updates
	u.Percent, u.Minimum, u.Ceiling = min(u.Percent, d.Percent), min(u.Minimum, d.Minimum), min(u.Ceiling, d.Ceiling)

	if lacks(accepted.Policy.Approve, c.Policy.Approve) {
		c.Policy.Approve = slices.DeleteFunc(slices.Clone(c.Policy.Approve), func(class string) bool {
			return !slices.Contains(accepted.Policy.Approve, class)
		})
	}
	c.Policy.PerDay.Create = min(c.Policy.PerDay.Create, accepted.Policy.PerDay.Create)
	c.Policy.PerDay.MembershipAdd = min(c.Policy.PerDay.MembershipAdd, accepted.Policy.PerDay.MembershipAdd)
	c.Approval.Hours = min(c.Approval.Hours, accepted.Approval.Hours)
	c.Approval.PlanDays = min(c.Approval.PlanDays, accepted.Approval.PlanDays)
	c.Approval.RemovalApprovers = max(c.Approval.RemovalApprovers, accepted.Approval.RemovalApprovers)

	c.Protect.Users = both(c.Protect.Users, accepted.Protect.Users)
	c.Protect.Groups = both(c.Protect.Groups, accepted.Protect.Groups)
	// What of Central is excluded is protected from removal.
	c.Exclude.Central = both(c.Exclude.Central, accepted.Exclude.Central)
	return c
}

// both returns list with the entries of other that it lacks.
func both(list, other []string) []string {
	if !lacks(list, other) {
		return list
	}
	list = slices.Clone(list)
	for _, entry := range other {
		if !slices.Contains(list, entry) {
			list = append(list, entry)
		}
	}
	return list
}

// lacks says that list does not have every entry of other.
func lacks(list, other []string) bool {
	return slices.ContainsFunc(other, func(entry string) bool { return !slices.Contains(list, entry) })
}
