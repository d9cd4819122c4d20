package directory

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// NormaliseFilter reads an LDAP filter (RFC 4515) and returns it in the form in
// which it is kept. Administrators also write conditions without brackets
// ("memberOf=CN=testGroup, DC=myCompany, DC=com"); those get them. Blanks around
// the commas of a distinguished name are taken away and its escapes made those
// of a filter; other values stay as they are. "" is no filter. Which attributes
// hold distinguished names is known here of the common ones only: CheckFilter
// asks the schema.
func NormaliseFilter(text string) (string, error) {
	c, err := parseFilter(text, commonDN)
	if err != nil || c == nil {
		return "", err
	}
	normal := c.String()
	if _, err := ldap.CompileFilter(normal); err != nil {
		return "", fault.New("config.filter.syntax", "filter "+normal+" is not valid", fault.Cause(err))
	}
	return normal, nil
}

// clause is a filter as a tree: a set of clauses, or one condition.
type clause struct {
	set   byte // '&', '|' or '!'; 0 is a condition
	parts []*clause

	name  string // of the attribute, with a matching rule as in "a:dn:1.2.3"
	sign  string // =, >=, <=, ~= or :=
	value string // with the escapes of a filter

	at, valueAt int // where they stand in the text
}

// String is the clause as it is sent.
func (c *clause) String() string {
	var b strings.Builder
	c.write(&b)
	return b.String()
}

func (c *clause) write(b *strings.Builder) {
	b.WriteByte('(')
	if c.set == 0 {
		b.WriteString(c.name + c.sign + c.value)
	} else {
		b.WriteByte(c.set)
	}
	for _, part := range c.parts {
		part.write(b)
	}
	b.WriteByte(')')
}

// conditions calls f with each condition, from left to right, until an error.
func (c *clause) conditions(f func(*clause) error) error {
	if c.set == 0 {
		return f(c)
	}
	for _, part := range c.parts {
		if err := part.conditions(f); err != nil {
			return err
		}
	}
	return nil
}

// parseFilter reads a filter; nil is none. dn says of an attribute whether its
// values are distinguished names.
func parseFilter(text string, dn func(name string) bool) (*clause, error) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil, nil
	}
	p := &filterParser{text: text, dn: dn, at: strings.Index(text, trimmed), end: strings.Index(text, trimmed) + len(trimmed)}
	var whole *clause
	switch {
	case !utf8.ValidString(text):
		p.fail(0, "the text is not UTF-8")
	case trimmed[0] == '(':
		whole = p.filter(0)
		if p.err == nil && p.at < p.end {
			p.fail(p.at, "nothing is expected after the closing bracket")
		}
	case strings.ContainsRune("&|!", rune(trimmed[0])) && strings.HasPrefix(strings.TrimSpace(trimmed[1:]), "("):
		whole = p.set(0)
		if p.err == nil && p.at < p.end {
			p.fail(p.at, "nothing is expected after the last condition")
		}
	default:
		p.bare = true
		whole = p.condition()
	}
	return whole, p.err
}

// maxDepth bounds the nesting of a filter.
const maxDepth = 64

// filterParser reads one filter. What its methods return counts only while err
// is nil.
type filterParser struct {
	text    string
	dn      func(name string) bool
	at, end int
	bare    bool // a single condition without brackets: it reaches to the end
	err     error
}

func (p *filterParser) fail(at int, what string) {
	if p.err == nil {
		p.err = filterFault("config.filter.syntax", p.text, at, what,
			"write it as in (&(department=Sales)(!(title=Trainee))); brackets, * and \\ within a value as \\28, \\29, \\2a and \\5c")
	}
}

// filterFault is the refusal of a filter, with the place in its text.
func filterFault(code, text string, at int, what, hint string) error {
	position := utf8.RuneCountInString(text[:min(at, len(text))]) + 1
	return fault.New(code, fmt.Sprintf("the filter is wrong at position %d: %s", position, what),
		fault.Details(text, strings.Repeat(" ", position-1)+"^"), fault.Hint(hint))
}

func (p *filterParser) blanks() {
	for p.at < p.end && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *filterParser) filter(depth int) *clause {
	if depth > maxDepth {
		p.fail(p.at, "the conditions are nested too deeply")
		return nil
	}
	if p.at >= p.end || p.text[p.at] != '(' {
		p.fail(p.at, "an opening bracket is expected")
		return nil
	}
	opened := p.at
	p.at++
	p.blanks()
	var inner *clause
	if p.at < p.end && strings.IndexByte("&|!", p.text[p.at]) >= 0 {
		inner = p.set(depth)
	} else {
		inner = p.condition()
	}
	if p.err == nil && p.at >= p.end {
		p.fail(opened, "this bracket is never closed")
	}
	p.at++ // set and condition stop at the closing bracket only
	return inner
}

// set reads "&", "|" or "!" and the filters after it.
func (p *filterParser) set(depth int) *clause {
	c := &clause{set: p.text[p.at], at: p.at}
	p.at++
	for p.blanks(); p.at < p.end && p.text[p.at] != ')'; p.blanks() {
		c.parts = append(c.parts, p.filter(depth+1))
		if p.err != nil {
			return nil
		}
		if c.set == '!' && len(c.parts) > 1 {
			p.fail(c.at, "\"!\" takes exactly one condition")
			return nil
		}
	}
	if len(c.parts) == 0 {
		// "(&)" would match everything, "(|)" nothing (RFC 4526); neither is meant.
		p.fail(c.at, fmt.Sprintf("%q has no condition", c.set))
	}
	return c
}

// condition reads "attribute OPERATOR value".
func (p *filterParser) condition() *clause {
	start := p.at
	operator := -1
	for ; p.at < p.end && operator < 0; p.at++ {
		switch p.text[p.at] {
		case '=':
			operator = p.at
		case '(', ')':
			p.fail(p.at, "a condition is expected, such as department=Sales")
			return nil
		}
	}
	if operator < 0 {
		p.fail(start, "\"=\" is missing")
		return nil
	}
	left, sign := p.text[start:operator], "="
	if n := len(left); n > 0 && strings.IndexByte("<>~:", left[n-1]) >= 0 {
		left, sign = left[:n-1], left[n-1:]+"="
	}
	c := &clause{name: strings.TrimSpace(left), sign: sign, at: start, valueAt: p.at}
	if !validLeft(c.name, sign == ":=") {
		p.fail(start, fmt.Sprintf("%q is no name of an attribute", c.name))
		return nil
	}
	if p.bare {
		p.at = p.end
	} else {
		for p.at < p.end && p.text[p.at] != ')' {
			if p.text[p.at] == '(' {
				p.fail(p.at, "a bracket within a value is written \\28")
				return nil
			}
			p.at++
		}
	}
	c.value = p.value(p.text[c.valueAt:p.at], c.valueAt, p.dn(c.attribute()))
	if p.err == nil && c.value == "" && sign != "=" {
		p.fail(c.valueAt, "a value is missing")
	}
	return c
}

// attribute is the name without matching rule and options.
func (c *clause) attribute() string {
	name, _, _ := strings.Cut(c.name, ":")
	name, _, _ = strings.Cut(name, ";")
	return name
}

// validLeft accepts an attribute with options, or an object identifier, and for
// extensible conditions "attribute:dn:rule" in its forms (RFC 4515 3).
func validLeft(name string, extensible bool) bool {
	if extensible {
		parts := strings.Split(name, ":")
		if len(parts) > 3 || len(parts) == 3 && parts[1] != "dn" {
			return false
		}
		for i, part := range parts {
			if (i > 0 || part != "") && !validName(part) {
				return false
			}
		}
		return parts[0] != "" || len(parts) > 1 && parts[len(parts)-1] != "dn"
	}
	return validName(name)
}

func validName(name string) bool {
	for i, part := range strings.Split(name, ";") {
		if part == "" {
			return false
		}
		for _, r := range part {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !letter && (r < '0' || r > '9') && r != '-' && (r != '.' || i > 0) {
				return false
			}
		}
	}
	return true
}
