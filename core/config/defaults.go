package config

import (
	"encoding/json"
	"runtime"

	"adsync/core/attribute"
	"adsync/core/plan"
)

// Default returns the configuration of a profile without config.json on the
// system that this program was built for.
func Default() Config { return defaults(runtime.GOOS) }

// defaults is the table of defaults. What depends on other keys (the port,
// the waits of the read-back) is filled by derive.
func defaults(goos string) Config {
	bind := BindSimple
	if goos == "windows" {
		bind = BindIntegrated
	}
	c := Config{
		Format:  Format,
		Central: Central{IdentityURL: "https://id.sophos.com", GlobalURL: "https://api.central.sophos.com"},
		Proxy:   Proxy{Mode: ProxySystem},
		Directory: Directory{
			Servers: []string{}, Security: SecurityLDAPS, Bind: bind, TimeoutSeconds: 60,
		},
		Scope: Scope{
			Domains: []Domain{}, IncludeExpired: true, Devices: DeviceGroups{GroupOrder: []string{}},
		},
		Attributes: Attributes(attribute.Defaults),
		Exclude:    Exclude{Users: []string{}, Groups: []string{}, Central: []string{}},
		Groups:     Groups{Name: GroupCN},
		Protect:    Protect{Users: []string{}, Groups: []string{}},
		Limits: plan.Limits{
			Removals:           plan.RemovalLimit{Count: 5, Percent: 5, Ceiling: 100},
			MembershipRemovals: plan.MembershipLimit{Percent: 20, Minimum: 10, TotalPercent: 10, TotalCeiling: 1000},
			Updates:            plan.UpdateLimit{Percent: 30, Minimum: 50, Ceiling: 500},
		},
		Policy: Policy{
			Approve: []string{
				string(plan.Create), string(plan.Update), string(plan.MembershipAdd), string(plan.MembershipRemove),
			},
			PerDay: PerDay{Create: 200, MembershipAdd: 2000},
		},
		Approval: Approval{Hours: 72, PlanDays: 7, RemovalApprovers: 1},
		Schedule: Schedule{
			Mode: "never", Times: []string{"02:00"}, Days: []string{}, RandomDelayMinutes: 5, LimitHours: 72,
		},
		Alerts: Alerts{
			EventLog: true, Mail: Mail{Port: 587, To: []string{}}, Webhook: Webhook{Format: "generic"},
		},
		Retention: Retention{Days: 400, EmptyPlanDays: 30},
		Rate:      Rate{PerSecond: 10, PerMinute: 100, PerHour: 1000, PerDay: 200000},
	}
	c.derive()
	return c
}

// derive fills the defaults that follow from other keys, where the file does
// not have them.
func (c *Config) derive() {
	if !c.ByHand("directory.port") {
		c.Directory.Port = 389
		if c.Directory.Security == SecurityLDAPS {
			c.Directory.Port = 636
		}
	}
	if !c.ByHand("rate.readBackSeconds") {
		c.Rate.ReadBackSeconds = []float64{1, 4, 10}
		if loopbackURL(c.Central.GlobalURL) {
			c.Rate.ReadBackSeconds = []float64{0.1, 0.1, 0.1}
		}
	}
}

// ByHand reports whether the key stands in the file: a default that follows
// from something else does not move it.
func (c Config) ByHand(key string) bool {
	_, ok := c.places[key]
	return ok
}

// BindWith returns how to bind. A stored account is there to be used, so it
// turns the default into a simple bind; a bind set by hand stays.
func (c Config) BindWith(storedAccount bool) string {
	if storedAccount && !c.ByHand("directory.bind") {
		return BindSimple
	}
	return c.Directory.Bind
}

// UnmarshalJSON reads a domain with its defaults.
func (d *Domain) UnmarshalJSON(data []byte) error {
	type plain Domain
	p := plain{
		Include: true,
		Users:   Users{Bases: []Base{}},
		Groups:  Objects{Bases: []Base{}},
		Devices: Objects{Bases: []Base{}},
	}
	if err := json.Unmarshal(data, &p); err != nil {
		return err
	}
	*d = Domain(p)
	return nil
}
