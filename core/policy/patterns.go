package policy

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// Patterns are names, globs (*, ?, [a-z]) and /regular expressions/, all without
// regard to case.
type Patterns struct {
	exact map[string]bool
	globs []string
	exprs []*regexp.Regexp
}

// ParsePatterns reads the entries of an exclude or protect list.
func ParsePatterns(list []string) (Patterns, error) {
	p := Patterns{exact: map[string]bool{}}
	for _, text := range list {
		folded := strings.ToLower(text)
		switch {
		case len(text) > 2 && strings.HasPrefix(text, "/") && strings.HasSuffix(text, "/"):
			expr, err := regexp.Compile("(?i)" + text[1:len(text)-1])
			if err != nil {
				return Patterns{}, fmt.Errorf("pattern %q: %w", text, err)
			}
			p.exprs = append(p.exprs, expr)
		case strings.ContainsAny(text, "*?["):
			if _, err := path.Match(globText(folded), ""); err != nil {
				return Patterns{}, fmt.Errorf("pattern %q: %w", text, err)
			}
			p.globs = append(p.globs, globText(folded))
		case text == "":
			return Patterns{}, fmt.Errorf("an empty pattern matches nobody")
		default:
			p.exact[folded] = true
		}
	}
	return p, nil
}

// globText keeps path.Match from treating the separators of names and DNs as
// its own: "*" shall match "/" and "\" too.
func globText(s string) string { return strings.NewReplacer("/", "\x00", "\\", "\x01").Replace(s) }

// Match returns whether one of the values matches one of the patterns.
func (p Patterns) Match(values ...string) bool {
	for _, v := range values {
		if v == "" {
			continue
		}
		folded := strings.ToLower(v)
		if p.exact[folded] {
			return true
		}
		for _, g := range p.globs {
			if ok, err := path.Match(g, globText(folded)); err == nil && ok {
				return true
			}
		}
		for _, e := range p.exprs {
			if e.MatchString(v) {
				return true
			}
		}
	}
	return false
}
