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
	"now", "localtime", "strflocaltime", "mktime", "env", "$ENV", "input", "inputs", "input_filename",
	"input_line_number", "debug", "stderr", "halt", "halt_error", "get_search_list", "modulemeta", "$__prog_args",
}

// reader finds the attributes that an expression reads. It rather finds one too
// many (a name that indexes something else) than one too few, because what is
// not asked for is read as absent.
type reader struct {
	rule  string
	names []string
	err   error
}

// visit walks the syntax tree. gojq's nodes are plain structs, so reflection
// reaches every kind of them, also kinds that a later gojq adds.
func (r *reader) visit(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		if n, ok := v.Interface().(*gojq.Func); ok {
			r.function(n)
		}
		if n, ok := v.Interface().(*gojq.Term); ok && n.Type == gojq.TermTypeIndex {
			r.computed(n.Index)
		}
		r.node(v.Interface())
		r.visit(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			r.visit(v.Index(i))
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			r.visit(f)
		}
	default:
	}
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
		r.texts(reflect.ValueOf(arg))
	}
}

// texts takes down every text of a part of the tree.
func (r *reader) texts(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if s, ok := v.Interface().(*gojq.String); ok {
			r.add(constant(s))
		}
		if !v.IsNil() {
			r.texts(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			r.texts(v.Index(i))
		}
	case reflect.Struct:
		for _, f := range v.Fields() {
			r.texts(f)
		}
	default:
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
