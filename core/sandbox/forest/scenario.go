package forest

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/fault"
)

// Scenario is a set of changes that belong together, as they come about in a
// company.
type Scenario struct {
	Name string `json:"name"`
	Text string `json:"text"`
	run  func(*play)
}

// scenarios, by name.
var scenarios = []Scenario{
	{"absence", "three people go on leave: their accounts are disabled", (*play).absence},
	{"group-deleted", "the group Printers Floor 3 is deleted", (*play).groupDeleted},
	{"group-emptied", "everybody is taken out of the group Laptop Owners", (*play).groupEmptied},
	{"hires", "five people begin in Engineering and Sales", (*play).hires},
	{"leavers", "three people leave: disabled, out of their groups, moved to Leavers", (*play).leavers},
	{"lost-rights", "the reading account loses its rights: searches succeed and find nothing", (*play).lostRights},
	{"mail-swap", "two people exchange their addresses", (*play).mailSwap},
	{"marriage", "somebody takes another family name and address", (*play).marriage},
	{"mass-delete", "everybody in OU=Sales is deleted by mistake", (*play).massDelete},
	{"ou-moved", "the unit Support becomes part of the unit Sales", (*play).ouMoved},
	{"ou-renamed", "the unit Research is renamed to Research & Development", (*play).ouRenamed},
	{"rehire", "somebody's account is deleted and made anew with the same names", (*play).rehire},
	{"reorg", "four people go from Sales to Marketing, with their groups and their manager", (*play).reorg},
	{"rights-restored", "the reading account has its rights back", (*play).rightsRestored},
}

// Scenarios lists what Scenario plays, by name.
func Scenarios() []Scenario { return slices.Clone(scenarios) }

// Scenario plays a set of changes. When it cannot go on, the changes made until
// then come with the error.
func (f *Forest) Scenario(name string) ([]Change, error) {
	i := slices.IndexFunc(scenarios, func(s Scenario) bool { return s.Name == name })
	if i < 0 {
		var names []string
		for _, s := range scenarios {
			names = append(names, s.Name)
		}
		return nil, fault.New("usage.sandbox.scenario", fmt.Sprintf("there is no scenario %q", name),
			fault.Hint("the scenarios: "+strings.Join(names, ", ")))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &play{Forest: f}
	scenarios[i].run(p)
	if p.err == nil && len(p.changes) == 0 {
		p.err = fault.New("usage.sandbox.scenario", fmt.Sprintf("the scenario %s finds nothing left to change", name))
	}
	return p.changes, p.err
}

// play collects the changes of a scenario; after an error it does nothing more.
type play struct {
	*Forest
	changes []Change
	err     error
}

func (p *play) take(c Change, err error) {
	if p.err = err; err == nil {
		p.changes = append(p.changes, c)
	}
}

// department is the unit of a department, wherever it stands by now.
func (p *play) department(name string) *node {
	if ou, err := p.unit("OU=" + escape(name) + "," + staff); err == nil {
		return ou
	}
	var found *node
	var look func(n *node)
	look = func(n *node) {
		for _, c := range n.children {
			if c.class == "organizationalUnit" && c.name.value == name && (found == nil || c.dn() < found.dn()) {
				found = c
			}
			look(c)
		}
	}
	look(p.root)
	if found == nil {
		p.err = fault.New("usage.sandbox.scenario", fmt.Sprintf("the unit %s is gone", name))
	}
	return found
}

// people are the enabled accounts directly in a department, by account.
func (p *play) people(unit string) []*node {
	ou := p.department(unit)
	if ou == nil {
		return nil
	}
	var out []*node
	for _, n := range ou.children {
		if n.first("samaccounttype") == typeUser && n.control()&uacDisabled == 0 {
			out = append(out, n)
		}
	}
	slices.SortFunc(out, func(a, b *node) int {
		return strings.Compare(a.first("samaccountname"), b.first("samaccountname"))
	})
	return out
}

// some are up to n people of a unit, the ones at first leading.
func (p *play) some(unit string, first, n int) []*node {
	list := p.people(unit)
	first = min(first, max(0, len(list)-n))
	return list[first:min(first+n, len(list))]
}

// group returns a group of the company, nil where it is gone.
func (p *play) group(name string) *node {
	if g := p.named["groups"].children[rdn{"CN", name}.key()]; g != nil && g.class == "group" {
		return g
	}
	p.err = fault.New("usage.sandbox.scenario", fmt.Sprintf("the group %s is gone", name))
	return nil
}

func (p *play) leaveAll(n *node) {
	for _, g := range slices.Clone(n.backs["memberof"]) {
		p.take(p.join(g, n, false), nil)
	}
}

func (p *play) enter(n *node, group string) {
	if g := p.group(group); g != nil {
		p.take(p.join(g, n, true), nil)
	}
}

func (p *play) hires() {
	made := 0
	for _, h := range []struct{ name, unit string }{
		{"Amira Haddad", "Engineering"},
		{"Bruno Conti", "Engineering"},
		{"Clara Voß", "Sales"},
		{"Dmitri Orlov", "Engineering"},
		{"Esther Kimani", "Sales"},
		{"Finn Ødegård", "Engineering"},
		{"Gül Demir", "Sales"},
		{"Hana Procházková", "Engineering"},
		{"Ismail Benali", "Sales"},
		{"Jaya Rao", "Engineering"},
	} {
		given, family := splitName(h.name)
		account := accountName(given, family)
		if made == 5 || p.err != nil {
			return
		}
		if p.freeAccount(account) != nil {
			continue // hired by an earlier play
		}
		ou := p.department(h.unit)
		if ou == nil {
			return
		}
		p.take(p.addPerson(h.name, account, account+"@"+Domain, ou.dn()))
		if n, err := p.find(account); err == nil {
			p.enter(n, h.unit)
			p.enter(n, "VPN Users")
			made++
		}
	}
}

func (p *play) marriage() {
	for _, n := range p.some("Marketing", 2, 1) {
		given, _ := splitName(n.label())
		account := n.first("samaccountname")
		family := "Sommer"
		if n.first("sn") == family {
			family = "Winter"
		}
		old := n.first("mail")
		p.take(p.rename(account, given+" "+family))
		if p.err != nil {
			return
		}
		p.take(p.mail(account, accountName(given, family)+"@"+Domain))
		if p.err == nil && old != "" {
			n.set("proxyaddresses", append(n.values["proxyaddresses"], "smtp:"+old)...)
		}
	}
}

func (p *play) reorg() {
	heads, marketing := p.some("Marketing", 0, 1), p.department("Marketing")
	for _, n := range p.some("Sales", 4, 4) {
		if marketing == nil {
			return
		}
		p.take(p.moveNode("move", n, marketing.dn()))
		if p.err != nil {
			return
		}
		n.set("department", "Marketing")
		if len(heads) > 0 {
			link(n, p.schema.attribute("manager"), heads[0])
		}
		for _, g := range slices.Clone(n.backs["memberof"]) {
			if strings.HasPrefix(g.name.value, "Sales") {
				p.take(p.join(g, n, false), nil)
			}
		}
		p.enter(n, "Marketing")
	}
}
