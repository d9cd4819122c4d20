package forest

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// Raw writes to a forest what no command of the sandbox writes: any object with
// any attributes, as an administrator could over LDAP.
type Raw struct{ *Forest }

func (r Raw) do(t *testing.T, change func() error) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := change(); err != nil {
		t.Fatal(err)
	}
}

// Add makes an object.
func (r Raw) Add(t *testing.T, dn string, attributes map[string][]string) {
	t.Helper()
	r.do(t, func() error {
		parts, err := parseDN(dn)
		if err != nil {
			return err
		}
		parent, err := r.at(format(parts[1:]))
		if err != nil {
			return err
		}
		b := &builder{Forest: r.Forest, at: r.o.Now()}
		var n *node
		switch class := attributes["objectClass"][0]; class {
		case "user", "computer", "inetOrgPerson", "msDS-GroupManagedServiceAccount":
			n = b.account(parent, class, parts[0].value, attributes["sAMAccountName"][0], 0, uacNormal)
		case "group":
			n = b.group(parent, parts[0].value, attributes["groupType"][0], "", "")
		default:
			n = b.put(parent, class, parts[0].attr, parts[0].value, nil)
		}
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			if name == "objectClass" || r.schema.attribute(name) == nil {
				continue
			}
			if err := r.change(n, name, attributes[name], true); err != nil {
				return err
			}
		}
		return nil
	})
}

// change gives n values, or ends which it refers to.
func (r Raw) change(n *node, name string, list []string, in bool) error {
	a := r.schema.attribute(name)
	if a.linkID == 0 {
		n.set(a.key(), list...)
		return nil
	}
	for _, dn := range list {
		end, err := r.end(dn)
		if err != nil {
			return err
		}
		if in {
			link(n, a, end)
		} else {
			unlink(n, a, end)
		}
	}
	return nil
}

// end finds what a link names. An unknown SID gets a foreign security principal,
// as it does when somebody of another forest is made a member.
func (r Raw) end(dn string) (*node, error) {
	text, isSID := strings.CutPrefix(dn, "<SID=")
	if !isSID {
		return r.at(dn)
	}
	text = strings.TrimSuffix(text, ">")
	binary, err := parseSID(text)
	if err != nil {
		return nil, err
	}
	if n := r.bySID(binary); n != nil {
		return n, nil
	}
	b := &builder{Forest: r.Forest, at: r.o.Now()}
	return b.put(r.named["foreign principals"], "foreignSecurityPrincipal", "CN", text, values{"objectSid": one(binary)}), nil
}

// Set replaces an attribute that is no link.
func (r Raw) Set(t *testing.T, dn, attribute string, list ...string) {
	t.Helper()
	r.do(t, func() error { return r.write(dn, attribute, list, true) })
}

// AddValues adds ends to a link.
func (r Raw) AddValues(t *testing.T, dn, attribute string, list ...string) {
	t.Helper()
	r.do(t, func() error { return r.write(dn, attribute, list, true) })
}

// RemoveValues takes ends from a link.
func (r Raw) RemoveValues(t *testing.T, dn, attribute string, list ...string) {
	t.Helper()
	r.do(t, func() error { return r.write(dn, attribute, list, false) })
}

func (r Raw) write(dn, attribute string, list []string, in bool) error {
	n, err := r.at(dn)
	if err != nil {
		return err
	}
	defer r.stamp(n, r.o.Now())
	return r.change(n, attribute, list, in)
}

// Move renames an object and puts it below parent.
func (r Raw) Move(t *testing.T, dn, name, parent string) string {
	t.Helper()
	if parent == "" {
		parts, err := parseDN(dn)
		if err != nil {
			t.Fatal(err)
		}
		parent = format(parts[1:])
	}
	r.do(t, func() error {
		n, err := r.at(dn)
		if err != nil {
			return err
		}
		to, err := r.at(parent)
		if err != nil {
			return err
		}
		parts, err := parseDN(name)
		if err != nil {
			return err
		}
		n.detach()
		n.name = rdn{strings.ToUpper(parts[0].attr), parts[0].value}
		n.attach(to)
		r.stamp(n, r.o.Now())
		return nil
	})
	return name + "," + parent
}

// Delete makes a deleted object.
func (r Raw) Delete(t *testing.T, dn string) {
	t.Helper()
	r.do(t, func() error {
		n, err := r.at(dn)
		if err != nil {
			return err
		}
		r.bury(n, r.o.Now())
		return nil
	})
}
