package forest

import "slices"

// teams makes the groups of the company.
func (c *crew) teams() {
	all := c.team("All Staff", groupUniversal, "Everybody who works here")
	for _, name := range c.units() {
		g := c.team(name, groupGlobal, "Everybody in "+name)
		c.add(all, g)
		c.add(g, c.people[name]...)
	}
	sales, engineering := c.people["Sales"], c.people["Engineering"]
	for i, name := range []string{"Sales EMEA", "Sales Americas", "Sales APAC"} {
		c.nest("Sales", name, "Sales by region", every(sales, 3, i))
	}
	for i, name := range []string{"Engineering Backend", "Engineering Frontend", "Engineering QA"} {
		c.nest("Engineering", name, "Engineering teams", every(engineering, 3, i))
	}
	c.add(c.team("Sales, EMEA key accounts", groupGlobal, "Comma in the name"), every(sales, 6, 0)...)
	c.add(c.team("日本チーム", groupUniversal, "東京オフィス"), c.people["東京"]...)

	leads := c.team("Führungskräfte", groupUniversal, "Heads of departments")
	var everybody []*node
	for _, name := range c.units() {
		c.add(leads, c.people[name][0])
		everybody = append(everybody, c.people[name]...)
	}
	c.add(c.team("VPN Users", groupGlobal, "May dial in"), every(everybody, 2, 0)...)
	c.add(c.team("Wi-Fi Corporate", groupGlobal, "Wireless network"), all)
	c.add(c.team("Printers Floor 3", groupLocal, "Colour printers"), every(everybody, 7, 2)...)
	c.add(c.team("Laptop Owners", groupGlobal, "Who has a laptop"), every(everybody, 3, 1)...)

	alpha := c.team("Project Alpha", groupGlobal, "Everybody in the project")
	leaders := c.team("Project Alpha Leads", groupGlobal, "Leads of the project")
	core := c.team("Project Alpha Core", groupGlobal, "Core of the project")
	c.add(alpha, append(every(engineering, 8, 1), leaders)...)
	c.add(leaders, c.people["Research"][0], core)
	c.add(core, append(every(c.people["Research"], 5, 1), alpha)...) // and round again
	c.team("Project Omega", groupGlobal, "Closed project, nobody left")

	c.add(c.team("News", groupDistribution, "Newsletter"), all)
	berlin := c.team("Berlin Office", groupDistributionUniver, "Mailing list of the office")
	berlin.set("mail", "berlin@"+Domain)
	c.add(berlin, append(slices.Clone(c.people["Marketing"]), c.people["Human Resources"]...)...)
	partners := c.team("Partners", groupUniversal, "People of other companies")
	c.add(partners, c.named["contacts"].sorted()...)
	c.add(partners, c.people["Contractors"]...)
	c.add(c.team("Former Employees", groupGlobal, "Access to archives"), c.people["Leavers"]...)
	c.add(c.team("Backup Programs", groupGlobal, "Programs that make backups"), c.named["services"].sorted()...)
	c.add(c.named["domain admins"], c.people["IT"][1])
}

// units are the departments that have people, in a fixed order.
func (c *crew) units() []string {
	out := make([]string, 0, len(departments)+1)
	for _, d := range departments {
		out = append(out, d.name)
	}
	return append(out, "東京")
}

func (c *crew) team(name, kind, about string) *node {
	return c.group(c.named["groups"], name, kind, "", about)
}

func (c *crew) nest(outer, name, about string, people []*node) {
	g := c.team(name, groupGlobal, about)
	c.add(g, people...)
	if o := c.named["groups"].children[rdn{"CN", outer}.key()]; o != nil {
		c.add(o, g)
	}
}

func (c *crew) add(group *node, members ...*node) {
	for _, m := range members {
		c.member(group, m)
	}
}

// every takes one in n, beginning with the one at first.
func every(list []*node, n, first int) []*node {
	var out []*node
	for i := first; i < len(list); i += n {
		out = append(out, list[i])
	}
	return out
}
