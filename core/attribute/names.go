package attribute

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"adsync/core/fault"
)

// forbidden are the functions whose value is not a matter of the entry: with
// them two equal reads would give two plans, or none.
var forbidden = []string{
	"now", "localtime", "strflocaltime", "env", "$ENV", "input", "inputs", "input_filename",
	"input_line_number", "debug", "stderr", "halt", "halt_error", "get_search_list", "modulemeta",
}

// reader finds the attributes that an expression reads. It rather finds one too
// many (a name that indexes something else) than one too few, because what is
// not asked for is read as absent.
type reader struct {
	rule  string
	names []string
	err   error
}

// walk calls f with every node of a syntax tree. gojq's nodes are plain structs,
// so reflection reaches every kind of them, also kinds that a later gojq adds.
func walk(v reflect.Value, f func(node any)) {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		f(v.Interface())
		walk(v.Elem(), f)
	}
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			walk(v.Index(i), f)
		}
	}
	if v.Kind() == reflect.Struct {
		for _, field := range v.Fields() {
			walk(field, f)
		}
	}
}

func (r *reader) visit(query *gojq.Query) {
	walk(reflect.ValueOf(query), func(n any) {
		switch n := n.(type) {
		case *gojq.Func:
			r.function(n)
		case *gojq.Term:
			if n.Type == gojq.TermTypeIndex {
				r.computed(n.Index)
			}
		}
		r.node(n)
	})
}

// node takes down the names that a node spells.
func (r *reader) node(n any) {
	switch n := n.(type) {
	case *gojq.Index: // .mail, ."msDS-x", .["mail"]
		r.add(strings.TrimPrefix(n.Name, "."))
		r.add(constant(n.Str))
		if n.Start != nil && n.Start.Term != nil {
			r.add(constant(n.Start.Term.Str))
		}
	case *gojq.ObjectKeyVal: // {mail}
		if n.Val == nil {
			r.add(strings.TrimPrefix(n.Key, "$"))
			r.add(constant(n.KeyString))
		}
	case *gojq.PatternObject: // . as {mail: $m}, . as {$mail}
		r.add(strings.TrimPrefix(n.Key, "$"))
		r.add(constant(n.KeyString))
	}
}

// function refuses what must not be called, and takes the names from the calls
// that are given them as text: has("mail"), getpath(["mail"]).
func (r *reader) function(f *gojq.Func) {
	if slices.Contains(forbidden, f.Name) {
		r.refuse("config.attribute.function",
			fmt.Sprintf("calls %s, which is not a matter of the entry", f.Name))
	}
	if f.Name != "has" && f.Name != "getpath" {
		return
	}
	for _, arg := range f.Args {
		walk(reflect.ValueOf(arg), func(n any) {
			if s, ok := n.(*gojq.String); ok {
				r.add(constant(s))
			}
		})
	}
}

// computed refuses .[$name] and .["a" + "b"]: which attribute that reads does
// not show in the tree. A number (.proxyAddresses | .[0]) does no harm.
func (r *reader) computed(i *gojq.Index) {
	if i == nil || i.Start == nil || i.IsSlice || i.Start.Term != nil && constant(i.Start.Term.Str) != "" {
		return
	}
	if text := i.Start.String(); strings.ContainsAny(text, `"$`) {
		r.refuse("config.attribute.computed", fmt.Sprintf("reads .[%s], a name that has to be computed", text))
	}
}

func (r *reader) refuse(code, what string) {
	if r.err == nil {
		r.err = fault.New(code, fmt.Sprintf("the expression for %s %s", r.rule, what),
			fault.Hint("name the attributes: .mail, .\"msDS-cloudExtensionAttribute1\", .proxyAddresses[0]"))
	}
}

func (r *reader) add(name string) {
	if name != "" && !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
}

// constant is a text without interpolation, "" for any other.
func constant(s *gojq.String) string {
	if s == nil || len(s.Queries) > 0 {
		return ""
	}
	return s.Str
}
