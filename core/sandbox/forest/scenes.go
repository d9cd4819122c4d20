package forest

import "slices"

func (p *play) absence() {
	for _, unit := range []string{"Engineering", "Finance", "Support"} {
		for _, n := range p.some(unit, 3, 1) {
			p.take(p.enable("disable", n.first("samaccountname"), false))
		}
	}
}

func (p *play) leavers() {
	for _, unit := range []string{"Sales", "Engineering", "IT"} {
		for _, n := range p.some(unit, 7, 1) {
			p.take(p.enable("disable", n.first("samaccountname"), false))
			p.leaveAll(n)
			if p.err == nil {
				p.take(p.moveNode("move", n, p.named["leavers"].dn()))
			}
		}
	}
}

func (p *play) rehire() {
	for _, n := range p.some("Support", 5, 1) {
		name, account, mail, parent := n.label(), n.first("samaccountname"), n.first("mail"), n.parent.dn()
		groups := slices.Clone(n.backs["memberof"])
		p.take(p.delete(account))
		if p.err == nil {
			p.take(p.addPerson(name, account, mail, parent))
		}
		anew, err := p.find(account)
		if err != nil {
			return
		}
		for _, g := range groups {
			p.take(p.join(g, anew, true), nil)
		}
	}
}

func (p *play) mailSwap() {
	two := p.some("Engineering", 10, 2)
	if len(two) < 2 {
		return
	}
	a, b := two[0].first("mail"), two[1].first("mail")
	p.take(p.mail(two[0].first("samaccountname"), b))
	p.take(p.mail(two[1].first("samaccountname"), a))
}

func (p *play) massDelete() {
	for _, n := range p.people("Sales") {
		p.take(p.delete(n.first("samaccountname")))
	}
}

func (p *play) ouRenamed() {
	p.take(p.renameOU("OU=Research,"+staff, "Research & Development"))
}

func (p *play) ouMoved() {
	n, err := p.unit("OU=Support," + staff)
	if err != nil {
		p.err = err
		return
	}
	p.take(p.moveNode("ou move", n, "OU=Sales,"+staff))
}

func (p *play) groupEmptied() {
	g := p.group("Laptop Owners")
	if g == nil {
		return
	}
	for _, n := range slices.Clone(g.refs["member"]) {
		p.take(p.join(g, n, false), nil)
	}
}

func (p *play) groupDeleted() {
	if g := p.group("Printers Floor 3"); g != nil {
		p.take(p.delete(string(g.guid)))
	}
}

func (p *play) lostRights() { p.take(p.setRights(p.root, false), nil) }

func (p *play) rightsRestored() {
	for n := range p.denied {
		p.take(p.setRights(n, true), nil)
	}
}
