package forest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// truth is the three-valued logic of search filters (RFC 4511 4.5.1.7).
type truth int8

const (
	no      truth = -1
	unknown truth = 0
	yes     truth = 1
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// test is a filter ready to be asked about objects.
type test func(*node) truth

// errConstructed is the refusal of a filter on a computed attribute.
var errConstructed = errors.New("constructed attribute in a filter")

// Tags of the Filter choice.
const (
	filterAnd = iota
	filterOr
	filterNot
	filterEqual
	filterSubstring
	filterGreater
	filterLess
	filterPresent
	filterApprox
	filterExtended
)

const maxFilterDepth = 100

// compile turns the filter of a request into a test. It fails for what is not a
// filter at all; what is only unknown evaluates to unknown.
func (f *Forest) compile(p *ber.Packet) (test, error) { return f.compileAt(p, 0) }

func (f *Forest) compileAt(p *ber.Packet, depth int) (test, error) {
	if p == nil || p.ClassType != ber.ClassContext || depth > maxFilterDepth {
		return nil, errors.New("malformed filter")
	}
	switch uint64(p.Tag) {
	case filterAnd, filterOr:
		return f.compileSet(p, depth)
	case filterNot:
		if len(p.Children) != 1 {
			return nil, errors.New("a negation has one filter")
		}
		inner, err := f.compileAt(p.Children[0], depth+1)
		if err != nil {
			return nil, err
		}
		return func(n *node) truth { return -inner(n) }, nil
	case filterPresent:
		return f.compilePresent(text(p))
	case filterEqual, filterApprox, filterGreater, filterLess:
		if len(p.Children) != 2 {
			return nil, errors.New("a comparison has an attribute and a value")
		}
		return f.compileComparison(int(p.Tag), text(p.Children[0]), text(p.Children[1])) //nolint:gosec // a tag of the list above
	case filterSubstring:
		return f.compileSubstring(p)
	case filterExtended:
		return f.compileExtended(p)
	}
	return nil, fmt.Errorf("filter of kind %d", p.Tag)
}

// text is the content of a primitive element.
func text(p *ber.Packet) string {
	if p == nil || p.Data == nil {
		return ""
	}
	return p.Data.String()
}

func (f *Forest) compileSet(p *ber.Packet, depth int) (test, error) {
	parts := make([]test, 0, len(p.Children))
	for _, c := range p.Children {
		t, err := f.compileAt(c, depth+1)
		if err != nil {
			return nil, err
		}
		parts = append(parts, t)
	}
	// An empty AND is true and an empty OR false (RFC 4526).
	settled, start := no, yes
	if p.Tag == filterOr {
		settled, start = yes, no
	}
	return func(n *node) truth {
		result := start
		for _, t := range parts {
			got := t(n)
			if got == settled {
				return settled
			}
			if got == unknown {
				result = unknown
			}
		}
		return result
	}, nil
}

func undefined(*node) truth { return unknown }

// described finds the attribute of a filter. Options make a description that
// no value has.
func (f *Forest) described(name string) (*attribute, error) {
	a := f.schema.attribute(name)
	if a != nil && a.constructed {
		return nil, errConstructed
	}
	return a, nil
}

func (f *Forest) compilePresent(name string) (test, error) {
	a, err := f.described(name)
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return undefined, nil
	}
	return func(n *node) truth { return truthOf(f.has(n, a)) }, nil
}

// has is len(get) > 0 without making the DNs of a large group.
func (f *Forest) has(n *node, a *attribute) bool {
	if a.syntax == synDN && a.name != "distinguishedName" {
		return len(n.refs[a.key()])+len(n.backs[a.key()])+len(n.values[a.key()]) > 0
	}
	return len(f.get(n, a)) > 0
}

func (f *Forest) compileComparison(kind int, name, value string) (test, error) {
	if strings.EqualFold(name, "anr") && kind != filterGreater && kind != filterLess {
		return f.compileANR(value), nil
	}
	a, err := f.described(name)
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return undefined, nil
	case a.syntax == synDN && a.name != "distinguishedName":
		return f.compileReference(kind, a, value), nil
	}
	c, ok := f.comparer(a, value)
	if !ok {
		return undefined, nil
	}
	return func(n *node) truth {
		for _, v := range f.get(n, a) {
			if d, ok := c(v); ok && (kind == filterEqual && d == 0 || kind == filterApprox && d == 0 ||
				kind == filterGreater && d >= 0 || kind == filterLess && d <= 0) {
				return yes
			}
		}
		return no
	}, nil
}

// compileReference compares values that name objects; they have no order.
func (f *Forest) compileReference(kind int, a *attribute, value string) test {
	if kind == filterGreater || kind == filterLess {
		return undefined
	}
	if a.name == "objectCategory" {
		if c := f.schema.class(value); c != nil {
			category := f.named["class "+c.category]
			return func(n *node) truth { return truthOf(linked(n, a, category)) }
		}
	}
	dn, err := f.target(value)
	if err != nil {
		return undefined
	}
	return func(n *node) truth { return truthOf(dn != nil && linked(n, a, dn)) }
}

func linked(n *node, a *attribute, to *node) bool {
	ends := n.refs[a.key()]
	if a.linkID%2 == 1 {
		ends = n.backs[a.key()]
	}
	return slices.Contains(ends, to)
}

func (f *Forest) compileSubstring(p *ber.Packet) (test, error) {
	if len(p.Children) != 2 || len(p.Children[1].Children) == 0 {
		return nil, errors.New("malformed substrings")
	}
	a, err := f.described(text(p.Children[0]))
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		return undefined, nil
	}
	var pieces []piece
	for _, c := range p.Children[1].Children {
		if c.Tag > pieceFinal || text(c) == "" {
			return nil, errors.New("malformed substrings")
		}
		pieces = append(pieces, piece{uint64(c.Tag), text(c)})
	}
	match, ok := substring(a, pieces)
	if !ok {
		return undefined, nil
	}
	return func(n *node) truth { return truthOf(slices.ContainsFunc(f.get(n, a), match)) }, nil
}
