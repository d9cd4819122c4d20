package forest

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// The matching rules of Active Directory (MS-ADTS 3.1.1.3.4.4).
const (
	ruleBitAnd  = "1.2.840.113556.1.4.803"
	ruleBitOr   = "1.2.840.113556.1.4.804"
	ruleInChain = "1.2.840.113556.1.4.1941"
)

func (f *Forest) compileExtended(p *ber.Packet) (test, error) {
	var rule, name, value string
	for _, c := range p.Children {
		switch uint64(c.Tag) {
		case 1:
			rule = text(c)
		case 2:
			name = text(c)
		case 3:
			value = text(c)
		}
	}
	if rule == "" && name == "" {
		return nil, errors.New("malformed extensible match")
	}
	if name == "" {
		return undefined, nil
	}
	if rule == "" {
		return f.compileComparison(filterEqual, name, value)
	}
	a, err := f.described(name)
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return undefined, nil
	}
	switch rule {
	case ruleBitAnd, ruleBitOr:
		return f.compileBits(a, rule == ruleBitAnd, value), nil
	case ruleInChain:
		return f.compileChain(a, value), nil
	}
	return undefined, nil
}

func (f *Forest) compileBits(a *attribute, all bool, value string) test {
	mask, err := strconv.ParseInt(value, 10, 64)
	if err != nil || a.syntax != synInt && a.syntax != synLarge {
		return undefined
	}
	return func(n *node) truth {
		for _, v := range f.get(n, a) {
			got, err := strconv.ParseInt(v, 10, 64)
			if err == nil && (all && got&mask == mask || !all && got&mask != 0) {
				return yes
			}
		}
		return no
	}
}

// compileChain follows a link from object to object: the objects whose member
// or memberOf, over any number of groups, is the one named.
func (f *Forest) compileChain(a *attribute, value string) test {
	if a.linkID == 0 {
		return undefined
	}
	to, err := f.target(value)
	if err != nil {
		return undefined
	}
	if to == nil {
		return func(*node) truth { return no }
	}
	reached := make(map[*node]bool)
	back := strings.ToLower(a.back)
	queue := []*node{to}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		ends := at.refs[back]
		if a.linkID%2 == 0 {
			ends = at.backs[back]
		}
		for _, e := range ends {
			if !reached[e] {
				reached[e] = true
				queue = append(queue, e)
			}
		}
	}
	return func(n *node) truth { return truthOf(reached[n]) }
}

// target finds the object that a DN value names, in any of its forms; nil where
// there is none, an error where it is no DN.
func (f *Forest) target(value string) (*node, error) {
	if n, special := f.special(value); special {
		return n, nil
	}
	dn, err := parseDN(value)
	if err != nil {
		return nil, err
	}
	found, _ := f.lookup(dn)
	return found, nil
}

// anrSet are the attributes of ambiguous name resolution.
var anrSet = []string{
	"displayname", "givenname", "legacyexchangedn", "mail", "mailnickname", "name",
	"physicaldeliveryofficename", "proxyaddresses", "samaccountname", "sn",
}

// compileANR looks for what somebody may have typed for a name (MS-ADTS
// 3.1.1.3.1.3.3).
func (f *Forest) compileANR(value string) test {
	want, exact := strings.CutPrefix(fold(strings.TrimSpace(value)), "=")
	first, last, two := strings.Cut(want, " ")
	begins := func(n *node, key, prefix string) bool {
		values := n.values[key]
		if key == "name" {
			values = []string{n.name.value}
		}
		return slices.ContainsFunc(values, func(v string) bool {
			if exact {
				return fold(v) == prefix
			}
			return strings.HasPrefix(fold(v), prefix)
		})
	}
	return func(n *node) truth {
		if want == "" {
			return no
		}
		for _, key := range anrSet {
			if begins(n, key, want) {
				return yes
			}
		}
		return truthOf(two && (begins(n, "givenname", first) && begins(n, "sn", last) ||
			begins(n, "givenname", last) && begins(n, "sn", first)))
	}
}
