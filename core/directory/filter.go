package directory

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// NormaliseFilter reads an LDAP filter (RFC 4515) and returns it in the form in
// which it is sent. Administrators also write conditions without brackets
// ("memberOf=CN=testGroup, DC=myCompany, DC=com"); those get them. Blanks around
// the commas of a distinguished name are taken away and its escapes made those
// of a filter; other values stay as they are. "" is no filter.
func NormaliseFilter(text string) (string, error) {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return "", nil
	}
	p := &filterParser{text: text, at: strings.Index(text, trimmed), end: strings.Index(text, trimmed) + len(trimmed)}
	var normal string
	switch {
	case !utf8.ValidString(text):
		p.fail(0, "the text is not UTF-8")
	case trimmed[0] == '(':
		normal = p.filter(0)
		if p.err == nil && p.at < p.end {
			p.fail(p.at, "nothing is expected after the closing bracket")
		}
	case strings.ContainsRune("&|!", rune(trimmed[0])) && strings.HasPrefix(strings.TrimSpace(trimmed[1:]), "("):
		normal = p.set(0)
		if p.err == nil && p.at < p.end {
			p.fail(p.at, "nothing is expected after the last condition")
		}
	default:
		p.bare = true
		normal = p.condition()
	}
	if p.err != nil {
		return "", p.err
	}
	if _, err := ldap.CompileFilter(normal); err != nil {
		return "", fault.New("config.filter.syntax", "filter "+normal+" is not valid", fault.Cause(err))
	}
	return normal, nil
}

// maxDepth bounds the nesting of a filter.
const maxDepth = 64

// filterParser reads one filter. Its methods return "" once err is set.
type filterParser struct {
	text    string
	at, end int
	bare    bool // a single condition without brackets: it reaches to the end
	err     error
}

func (p *filterParser) fail(at int, what string) {
	if p.err != nil {
		return
	}
	position := utf8.RuneCountInString(p.text[:min(at, len(p.text))]) + 1
	p.err = fault.New("config.filter.syntax", fmt.Sprintf("the filter is wrong at position %d: %s", position, what),
		fault.Details(p.text, strings.Repeat(" ", position-1)+"^"),
		fault.Hint("write it as in (&(department=Sales)(!(title=Trainee))); brackets, * and \\ within a value as \\28, \\29, \\2a and \\5c"))
}

func (p *filterParser) blanks() {
	for p.at < p.end && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

func (p *filterParser) filter(depth int) string {
	if depth > maxDepth {
		p.fail(p.at, "the conditions are nested too deeply")
		return ""
	}
	if p.at >= p.end || p.text[p.at] != '(' {
		p.fail(p.at, "an opening bracket is expected")
		return ""
	}
	opened := p.at
	p.at++
	p.blanks()
	var inner string
	if p.at < p.end && strings.IndexByte("&|!", p.text[p.at]) >= 0 {
		inner = p.set(depth)
	} else {
		inner = p.condition()
	}
	if p.err != nil {
		return ""
	}
	if p.at >= p.end {
		p.fail(opened, "this bracket is never closed")
		return ""
	}
	p.at++ // set and condition stop at the closing bracket only
	if inner[0] == '(' {
		return inner
	}
	return "(" + inner + ")"
}

// set reads "&", "|" or "!" and the filters after it; the result has brackets.
func (p *filterParser) set(depth int) string {
	operator := p.text[p.at]
	start := p.at
	p.at++
	var b strings.Builder
	b.WriteByte('(')
	b.WriteByte(operator)
	count := 0
	for p.blanks(); p.at < p.end && p.text[p.at] != ')'; p.blanks() {
		b.WriteString(p.filter(depth + 1))
		if p.err != nil {
			return ""
		}
		count++
		if operator == '!' && count > 1 {
			p.fail(start, "\"!\" takes exactly one condition")
			return ""
		}
	}
	if count == 0 {
		// "(&)" would match everything, "(|)" nothing (RFC 4526); neither is meant.
		p.fail(start, fmt.Sprintf("%q has no condition", operator))
		return ""
	}
	b.WriteByte(')')
	return b.String()
}

// condition reads "attribute OPERATOR value"; the result has brackets.
func (p *filterParser) condition() string {
	start := p.at
	operator := -1
	for ; p.at < p.end && operator < 0; p.at++ {
		switch p.text[p.at] {
		case '=':
			operator = p.at
		case '(', ')':
			p.fail(p.at, "a condition is expected, such as department=Sales")
			return ""
		}
	}
	if operator < 0 {
		p.fail(start, "\"=\" is missing")
		return ""
	}
	left, sign := p.text[start:operator], "="
	if n := len(left); n > 0 && strings.IndexByte("<>~:", left[n-1]) >= 0 {
		left, sign = left[:n-1], left[n-1:]+"="
	}
	name := strings.TrimSpace(left)
	if !validLeft(name, sign == ":=") {
		p.fail(start, fmt.Sprintf("%q is no name of an attribute", name))
		return ""
	}
	valueAt := p.at
	if p.bare {
		p.at = p.end
	} else {
		for p.at < p.end && p.text[p.at] != ')' {
			if p.text[p.at] == '(' {
				p.fail(p.at, "a bracket within a value is written \\28")
				return ""
			}
			p.at++
		}
	}
	value := p.value(p.text[valueAt:p.at], valueAt, dnValued(name))
	if p.err != nil {
		return ""
	}
	if value == "" && sign != "=" {
		p.fail(valueAt, "a value is missing")
		return ""
	}
	return "(" + name + sign + value + ")"
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
