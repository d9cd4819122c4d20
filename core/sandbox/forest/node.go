package forest

import (
	"slices"
	"strings"

	"adsync/core/identity"
)

// node is one object. Values that name other objects are kept as pointers, as
// the database of a domain controller does: a renamed object is renamed in all
// the places that name it, and none of those changes by it.
type node struct {
	guid     identity.GUID
	class    string
	name     rdn
	suffix   string // of the domain's head alone: the rest of its DN
	parent   *node
	children map[string]*node
	nc       bool // head of a naming context

	values map[string][]string // by attribute.key, as they go over the wire
	refs   map[string][]*node  // forward ends of links, and other DNs
	backs  map[string][]*node  // the other ends, by the key of the back link

	deleted     bool
	password    string
	readDeleted bool // this account may read the deleted objects
}

func newNode(class string, name rdn) *node {
	return &node{
		class: class, name: name,
		children: make(map[string]*node),
		values:   make(map[string][]string),
		refs:     make(map[string][]*node),
		backs:    make(map[string][]*node),
	}
}

func (n *node) dn() string {
	var b strings.Builder
	for at := n; at != nil; at = at.parent {
		if at != n {
			b.WriteByte(',')
		}
		b.WriteString(at.name.String())
		if at.suffix != "" {
			b.WriteByte(',')
			b.WriteString(at.suffix)
		}
	}
	return b.String()
}

// below reports whether n is top or stands under it.
func (n *node) below(top *node) bool {
	for at := n; at != nil; at = at.parent {
		if at == top {
			return true
		}
	}
	return false
}

func (n *node) first(key string) string {
	if v := n.values[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (n *node) set(key string, values ...string) {
	if len(values) == 0 || (len(values) == 1 && values[0] == "") {
		delete(n.values, key)
		return
	}
	n.values[key] = values
}

// attach puts n under parent.
func (n *node) attach(parent *node) {
	n.parent = parent
	parent.children[n.name.key()] = n
}

func (n *node) detach() {
	if n.parent != nil {
		delete(n.parent.children, n.name.key())
		n.parent = nil
	}
}

// sorted lists the children in a fixed order.
func (n *node) sorted() []*node {
	out := make([]*node, 0, len(n.children))
	for _, c := range n.children {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b *node) int { return strings.Compare(string(a.guid), string(b.guid)) })
	return out
}

// label is what people call the object.
func (n *node) label() string {
	if d := n.first("displayname"); d != "" {
		return d
	}
	return n.name.value
}

// link makes a's forward end name b; it reports whether that is new.
func link(a *node, attr *attribute, b *node) bool {
	key := attr.key()
	if slices.Contains(a.refs[key], b) {
		return false
	}
	if attr.multi {
		a.refs[key] = append(a.refs[key], b)
	} else {
		for _, old := range a.refs[key] {
			unlink(a, attr, old)
		}
		a.refs[key] = []*node{b}
	}
	if attr.back != "" {
		back := strings.ToLower(attr.back)
		b.backs[back] = append(b.backs[back], a)
	}
	return true
}

func unlink(a *node, attr *attribute, b *node) bool {
	key := attr.key()
	i := slices.Index(a.refs[key], b)
	if i < 0 {
		return false
	}
	a.refs[key] = slices.Delete(a.refs[key], i, i+1)
	if len(a.refs[key]) == 0 {
		delete(a.refs, key)
	}
	if attr.back != "" {
		back := strings.ToLower(attr.back)
		if j := slices.Index(b.backs[back], a); j >= 0 {
			b.backs[back] = slices.Delete(b.backs[back], j, j+1)
		}
		if len(b.backs[back]) == 0 {
			delete(b.backs, back)
		}
	}
	return true
}
