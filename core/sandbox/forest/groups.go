package forest

import (
	"fmt"

	"adsync/core/fault"
)

// MemberAdd puts somebody, or a group, into a group.
func (f *Forest) MemberAdd(group, who string) (Change, error) {
	return f.do(func() (Change, error) { return f.membership(group, who, true) })
}

// MemberRemove takes somebody, or a group, out of a group.
func (f *Forest) MemberRemove(group, who string) (Change, error) {
	return f.do(func() (Change, error) { return f.membership(group, who, false) })
}

func (f *Forest) membership(group, who string, in bool) (Change, error) {
	g, err := f.find(group)
	if err != nil {
		return Change{}, err
	}
	if g.class != "group" {
		return Change{}, fault.New("usage.sandbox.group", fmt.Sprintf("%s is no group", g.dn()))
	}
	n, err := f.find(who)
	if err != nil {
		return Change{}, err
	}
	if n == g {
		return Change{}, fault.New("usage.sandbox.group", fmt.Sprintf("%s cannot be a member of itself", g.label()))
	}
	return f.join(g, n, in), nil
}

// join records a membership, or its end, as a write of the group.
func (f *Forest) join(g, n *node, in bool) Change {
	member := f.schema.attribute("member")
	op, act, verb := "member add", link, "joined"
	if !in {
		op, act, verb = "member remove", unlink, "left"
	}
	if !act(g, member, n) {
		return changed(op, g, fmt.Sprintf("%s had %s %s already", n.label(), verb, g.label()))
	}
	f.stamp(g, f.o.Now())
	return changed(op, g, fmt.Sprintf("%s %s %s", n.label(), verb, g.label()))
}

// RenameOU gives an organizational unit another name.
func (f *Forest) RenameOU(dn, name string) (Change, error) {
	return f.do(func() (Change, error) { return f.renameOU(dn, name) })
}

func (f *Forest) renameOU(dn, name string) (Change, error) {
	n, err := f.unit(dn)
	if err != nil {
		return Change{}, err
	}
	if n.class != "organizationalUnit" || n.critical() {
		return Change{}, refusedCritical(n)
	}
	to := rdn{n.name.attr, name}
	if err := f.free(n.parent, to, n); err != nil {
		return Change{}, err
	}
	before, parent := n.name.value, n.parent
	n.detach()
	n.name = to
	n.attach(parent)
	f.stamp(n, f.o.Now())
	return changed("ou rename", n, fmt.Sprintf("the unit %s is called %s now", before, name)), nil
}

// MoveOU puts an organizational unit, with all in it, under another.
func (f *Forest) MoveOU(dn, to string) (Change, error) {
	return f.do(func() (Change, error) {
		n, err := f.unit(dn)
		if err != nil {
			return Change{}, err
		}
		if n.class != "organizationalUnit" {
			return Change{}, refusedCritical(n)
		}
		return f.moveNode("ou move", n, to)
	})
}

// AddOU makes an organizational unit.
func (f *Forest) AddOU(parent, name string) (Change, error) {
	return f.do(func() (Change, error) {
		p, err := f.unit(parent)
		if err != nil {
			return Change{}, err
		}
		if err := f.free(p, rdn{"OU", name}, nil); err != nil {
			return Change{}, err
		}
		b := &builder{Forest: f, at: f.o.Now()}
		n := b.put(p, "organizationalUnit", "OU", name, nil)
		return changed("ou add", n, fmt.Sprintf("the unit %s was made", name)), nil
	})
}

// AddGroup makes a global security group in a unit, OU=Groups where ou is "".
func (f *Forest) AddGroup(name, ou string) (Change, error) {
	return f.do(func() (Change, error) {
		if ou == "" {
			ou = "OU=Groups," + BaseDN
		}
		p, err := f.unit(ou)
		if err != nil {
			return Change{}, err
		}
		if err := f.free(p, rdn{"CN", name}, nil); err != nil {
			return Change{}, err
		}
		if err := f.freeAccount(name); err != nil {
			return Change{}, err
		}
		b := &builder{Forest: f, at: f.o.Now()}
		return changed("group add", b.group(p, name, groupGlobal, "", ""), fmt.Sprintf("the group %s was made", name)), nil
	})
}

// AddDomain adds a domain to the forest that this controller knows of and does
// not hold: searches that reach it get a reference.
func (f *Forest) AddDomain(name, netbios, dn string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	b := &builder{Forest: f, at: f.o.Now()}
	n := b.put(f.named["partitions"], "crossRef", "CN", netbios, values{
		"systemFlags": one("3"), "dnsRoot": one(name), "nETBIOSName": one(netbios),
	})
	n.set("ncname", dn)
	f.foreign = append(f.foreign, &crossRef{dn: dn, dns: name})
}

// SetRights takes from ordinary accounts the right to read what is below dn,
// the whole domain where it is "", or gives it back. Their searches succeed and
// find nothing there, as on a real controller.
func (f *Forest) SetRights(dn string, readable bool) (Change, error) {
	return f.do(func() (Change, error) {
		n := f.root
		if dn != "" {
			var err error
			if n, err = f.unit(dn); err != nil {
				return Change{}, err
			}
		}
		return f.setRights(n, readable), nil
	})
}

func (f *Forest) setRights(n *node, readable bool) Change {
	if readable {
		delete(f.denied, n)
		return changed("rights", n, "ordinary accounts may read "+n.dn()+" again")
	}
	f.denied[n] = true
	return changed("rights", n, "ordinary accounts may not read "+n.dn()+" any more")
}

// Populate hires people for OU=Crowd and puts all of them into the group Crowd:
// for tests that need many.
func (f *Forest) Populate(people int) error {
	if _, err := f.AddOU(BaseDN, "Crowd"); err != nil {
		return err
	}
	if _, err := f.AddGroup("Crowd", "OU=Crowd,"+BaseDN); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	ou, err := f.unit("OU=Crowd," + BaseDN)
	if err != nil {
		return err
	}
	g := ou.children[rdn{"CN", "Crowd"}.key()]
	b := &builder{Forest: f, at: f.o.Now()}
	member := f.schema.attribute("member")
	for i := range people {
		account := fmt.Sprintf("crowd%06d", i)
		n := b.account(ou, "user", fmt.Sprintf("Crowd Person %06d", i), account, 0, uacNormal)
		b.fill(n, values{
			"givenName": one("Crowd"), "sn": one(fmt.Sprintf("Person %06d", i)),
			"displayName": one(n.name.value), "mail": one(account + "@" + Domain),
		})
		link(g, member, n)
	}
	f.stamp(g, b.at)
	return nil
}
