package forest

import (
	"fmt"
	"strconv"
	"strings"
)

// department is an OU of people and the group of all of them.
type department struct {
	name  string
	head  string // title of the first of them
	title string // and of the others
	town  string
	size  int
}

var departments = []department{
	{"Management", "Chief Executive Officer", "Vice President", "Zürich", 6},
	{"Sales", "Head of Sales", "Account Manager", "Berlin", 30},
	{"Marketing", "Head of Marketing", "Marketing Specialist", "Berlin", 16},
	{"Engineering", "Head of Engineering", "Software Engineer", "Zürich", 40},
	{"Research", "Head of Research", "Scientist", "Zürich", 14},
	{"Finance", "Chief Financial Officer", "Accountant", "Zürich", 12},
	{"Human Resources", "Head of People", "HR Business Partner", "Berlin", 8},
	{"IT", "Head of IT", "System Administrator", "Zürich", 12},
	{"Support", "Head of Support", "Support Engineer", "Porto", 18},
	{"Legal, Compliance", "General Counsel", "Counsel", "Zürich", 6},
	{"Warehouse", "Warehouse Manager", "Warehouse Clerk", "Basel", 14},
}

// staff is where the departments are.
const staff = "OU=Staff," + BaseDN

// person is what is known of somebody when the account is made.
type person struct {
	cn, given, family, account, mail string
	class                            string
	department                       department
	control                          int
}

// crew makes the people of a company, no two of one name.
type crew struct {
	*builder
	names  map[string]bool
	at     int
	people map[string][]*node // by department
}

func (b *builder) company() {
	c := &crew{builder: b, names: make(map[string]bool), people: make(map[string][]*node)}
	top := c.unit(b.root, "Staff", "Everybody who works here")
	c.named["groups"] = c.unit(b.root, "Groups", "Groups of people")
	c.named["services"] = c.unit(b.root, "Service Accounts", "Accounts of programs")
	c.named["leavers"] = c.unit(b.root, "Leavers", "People who have left")
	c.named["contractors"] = c.unit(b.root, "Contractors", "People of other companies who work here")
	c.named["devices"] = c.unit(b.root, "Devices", "Workstations and laptops")
	c.named["contacts"] = c.unit(b.root, "Contacts", "Addresses outside the company")
	c.named["mailboxes"] = c.unit(b.root, "Shared Mailboxes", "")
	for _, d := range departments {
		ou := c.unit(top, d.name, "")
		for i := range d.size {
			c.ordinary(ou, d, i)
		}
	}
	c.tokyo(c.unit(top, "東京", "Tokyo office"))
	c.odd()
	c.outside()
	c.machines()
	c.teams()
	c.report()
	c.fleet()
}

func (c *crew) unit(parent *node, name, about string) *node {
	return c.put(parent, "organizationalUnit", "OU", name, values{"description": one(about)})
}

// ordinary hires somebody for a department.
func (c *crew) ordinary(ou *node, d department, i int) {
	p := person{department: d, control: uacNormal}
	for {
		p.given = givenNames[(c.at*7)%len(givenNames)]
		p.family = familyNames[(c.at*11)%len(familyNames)]
		c.at++
		if p.cn = p.given + " " + p.family; !c.names[fold(p.cn)] {
			break
		}
	}
	if d.name == "Legal, Compliance" {
		p.cn = p.family + ", " + p.given
	}
	if d.name != "Warehouse" || i%2 == 0 {
		p.mail = "company" // the address of the company's own form
	}
	switch {
	case d.name == "Sales" && i == 17, d.name == "Support" && i == 9, d.name == "Engineering" && i == 31:
		p.control |= uacDisabled // on leave
	case d.name == "Finance" && i == 5:
		p.mail = ""
	}
	n := c.hire(ou, p)
	if i == 0 {
		n.set("title", d.head)
	}
}

// hire makes an account for p.
func (c *crew) hire(ou *node, p person) *node {
	c.names[fold(p.given+" "+p.family)] = true
	if p.account == "" {
		p.account = accountName(p.given, p.family)
	}
	if p.mail == "company" {
		p.mail = strings.ToLower(strings.ReplaceAll(p.account, "..", ".")) + "@" + Domain
	}
	if p.class == "" {
		p.class = "user"
	}
	n := c.account(ou, p.class, p.cn, p.account, 0, p.control)
	number := len(c.names)
	c.fill(n, values{
		"givenName": one(p.given), "sn": one(p.family), "displayName": one(strings.TrimSpace(p.given + " " + p.family)),
		"mail": one(p.mail), "department": one(p.department.name), "title": one(p.department.title),
		"l": one(p.department.town), "company": one("Corp Example"),
		"employeeID":         one(strconv.Itoa(10000 + number)),
		"telephoneNumber":    one(fmt.Sprintf("+41 44 555 %04d", 1000+number)),
		"lastLogonTimestamp": one(fileTime(c.builder.at.AddDate(0, 2, number%28))),
	})
	if p.mail != "" {
		n.set("proxyaddresses", "SMTP:"+p.mail)
		if number%9 == 4 {
			n.set("proxyaddresses", "SMTP:"+p.mail, "smtp:"+p.account+"@corp-group.example")
		}
	}
	c.people[p.department.name] = append(c.people[p.department.name], n)
	return n
}

func (c *crew) tokyo(ou *node) {
	d := department{name: "東京", title: "営業担当", town: "東京"}
	for i, p := range [][3]string{
		{"太郎", "山田", "taro.yamada"},
		{"花子", "佐藤", "hanako.sato"},
		{"一郎", "鈴木", "ichiro.suzuki"},
		{"美咲", "高橋", "misaki.takahashi"},
		{"健", "田中", "ken.tanaka"},
		{"伟", "王", "wei.wang"},
		{"지훈", "김", "jihoon.kim"},
		{"秀英", "李", "xiuying.li"},
	} {
		n := c.hire(ou, person{
			cn: p[1] + " " + p[0], given: p[0], family: p[1], account: p[2], mail: "company",
			department: d, control: uacNormal,
		})
		n.set("displayname", p[1]+" "+p[0])
		if i == 0 {
			n.set("title", "支社長")
		}
	}
}

// odd hires people whose names and states trip careless programs.
func (c *crew) odd() {
	at := func(name string) *node {
		n, _ := c.lookup(append([]rdn{{"OU", name}}, mustParse(staff)...))
		return n
	}
	dept := make(map[string]department)
	for _, d := range departments {
		dept[d.name] = d
	}
	for _, p := range []person{
		{cn: "Weber, Julia", given: "Julia", family: "Weber", mail: "julia.weber@" + Domain, department: dept["Sales"]},
		{cn: "Julia Weber-Klein", given: "Julia", family: "Weber-Klein", mail: "julia.weber@" + Domain, department: dept["Marketing"]},
		{cn: `Robert "Bob" Taylor`, given: "Robert", family: "Taylor", mail: "company", department: dept["Engineering"]},
		{cn: "Mai Tran + Partner", given: "Mai", family: "Tran", mail: "company", department: dept["Marketing"]},
		{cn: "#1 Support Line", given: "Support", family: "Line", account: "support.line", mail: "support@" + Domain, department: dept["Support"]},
		{cn: `Peter Vogel/Ops`, given: "Peter", family: "Vogel", mail: "company", department: dept["IT"]},
		{cn: `Kim\Lee Jones`, given: "Kim", family: "Jones", mail: "company", department: dept["Research"]},
		{cn: "Lea <Temp>; Ost=West", given: "Lea", family: "Ost", mail: "company", department: dept["Warehouse"]},
		{cn: "Ines Linux", given: "Ines", family: "Linux", mail: "company", class: "inetOrgPerson", department: dept["IT"]},
		{cn: "Nora Newman", given: "Nora", family: "Newman", account: "nora.newman", mail: "company", department: dept["Human Resources"]},
		{cn: "Otto Locke", given: "Otto", family: "Locke", account: "otto.locke", mail: "company", department: dept["Finance"]},
	} {
		p.control = uacNormal
		n := c.hire(at(p.department.name), p)
		switch p.account {
		case "nora.newman":
			n.set("pwdlastset", "0") // has to choose a password first
		case "otto.locke":
			n.set("lockouttime", fileTime(c.builder.at))
		}
	}
}

func mustParse(dn string) []rdn {
	parts, err := parseDN(dn)
	if err != nil {
		panic(err) // a DN of this package
	}
	return parts
}

// report says who works for whom.
func (c *crew) report() {
	manager := c.schema.attribute("manager")
	chief := c.people["Management"][0]
	for name, list := range c.people {
		if name == "Leavers" {
			continue
		}
		for i, n := range list {
			switch {
			case n == chief:
			case i == 0 || name == "Management":
				link(n, manager, chief)
			default:
				link(n, manager, list[0])
			}
		}
	}
}
