package forest

import (
	"fmt"
	"slices"
	"strings"
)

// fleet makes the servers, and the groups of computers.
func (c *crew) fleet() {
	top := c.unit(c.root, "Servers", "Machines of the data centre")
	var servers []*node
	for _, name := range []string{"SRV-DB1", "SRV-DB2", "SRV-FILE1", "SRV-MAIL1", "SRV-MON1", "SRV-WEB1"} {
		n := c.account(top, "computer", name, name+"$", 0, uacWorkstation)
		c.fill(n, values{
			"dNSHostName": one(strings.ToLower(name) + "." + Domain), "operatingSystem": one("Windows Server 2022 Standard"),
			"operatingSystemVersion": one("10.0 (20348)"),
		})
		servers = append(servers, n)
	}
	laptop := func(from, to int) []*node {
		var list []*node
		for i := from; i <= to; i++ {
			if n := c.named["devices"].children[rdn{"CN", fmt.Sprintf("LT-%04d", i)}.key()]; n != nil {
				list = append(list, n)
			}
		}
		return list
	}
	groups := c.unit(c.root, "Device Groups", "Groups of computers and servers")
	for _, g := range []struct {
		name, about string
		members     []*node
	}{
		{"Sales Computers", "Laptops of Sales", laptop(1200, 1207)},
		{"Engineering Computers", "Laptops of Engineering", laptop(1208, 1217)},
		{"IT Machines", "What IT works with", append(laptop(1218, 1220), servers[4])},
		{"Databases", "Database servers", servers[:2]},
	} {
		c.add(c.group(groups, g.name, groupGlobal, "", g.about), g.members...)
	}
}

// Machine is a computer of the directory, as its agent would see it.
type Machine struct {
	Name   string
	OS     string
	Server bool
}

// Machines lists the computers, by name.
func (f *Forest) Machines() []Machine {
	f.mu.Lock()
	defer f.mu.Unlock()
	var list []Machine
	var look func(n *node)
	look = func(n *node) {
		if n.class == "computer" {
			system := n.first("operatingsystem")
			list = append(list, Machine{Name: n.name.value, OS: system, Server: strings.Contains(system, "Server")})
		}
		for _, child := range n.children {
			look(child)
		}
	}
	look(f.root)
	slices.SortFunc(list, func(a, b Machine) int { return strings.Compare(a.Name, b.Name) })
	return list
}
