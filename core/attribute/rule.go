// Package attribute makes the fields of a user from attributes of the directory
// by jq expressions. A rule knows which attributes it reads before it reads
// any; what it gives depends on them alone: not on the clock, the environment
// or other input.
package attribute

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"

	"adsync/core/fault"
	"adsync/core/identity"
)

// maxTime is how long one value may take: "def f: f; f" never ends.
const maxTime = time.Second

// Rule is an expression that makes one field.
type Rule struct {
	field string
	names []string
	code  *gojq.Code
}

// Compile reads the expression for a field. One that names no attribute is
// refused: it would give everybody the same value.
func Compile(field, expression string) (*Rule, error) {
	query, err := gojq.Parse(expression)
	if err != nil {
		return nil, fault.New("config.attribute.syntax",
			fmt.Sprintf("the expression for %s cannot be read: %q", field, expression), fault.Cause(err),
			fault.Hint("a simple one is .displayName // .cn"))
	}
	r := reader{rule: field}
	r.visit(query)
	if r.err != nil {
		return nil, r.err
	}
	if len(r.names) == 0 {
		return nil, fault.New("config.attribute.names",
			fmt.Sprintf("the expression for %s names no attribute: %q", field, expression),
			fault.Hint("an attribute has a dot before its name: .mail"))
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, fault.New("config.attribute.syntax",
			fmt.Sprintf("the expression for %s cannot be compiled: %q", field, expression), fault.Cause(err))
	}
	slices.Sort(r.names)
	return &Rule{field, r.names, code}, nil
}

// Names returns the attributes that the rule reads, sorted.
func (r *Rule) Names() []string { return slices.Clone(r.names) }

// Value makes the field from the attributes of an entry. An attribute that is
// multi-valued is an array, every other a text; one without value is absent,
// which jq reads as null. The result is without blanks around it; null and
// nothing at all are "".
//
// Names are found whatever their case, as the directory finds them.
func (r *Rule) Value(ctx context.Context, attributes identity.Attributes, multi map[string]bool) (string, error) {
	entry := map[string]any{}
	for _, name := range r.names {
		values := attributes.Get(name)
		if len(values) == 0 {
			continue
		}
		if named(multi, name) || len(values) > 1 {
			all := make([]any, len(values))
			for i, v := range values {
				all[i] = v
			}
			entry[name] = all
			continue
		}
		entry[name] = values[0]
	}
	limited, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	results := r.code.RunWithContext(limited, entry)
	value, ok := results.Next()
	if !ok {
		return "", nil
	}
	s, err := r.text(value)
	if err == nil {
		if another, more := results.Next(); more {
			err, _ = another.(error)
			if err == nil {
				return "", r.refuse("gives more than one value", "take one: first(...) or [...] | .[0]")
			}
			err = r.failed(err)
		}
	}
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return "", r.refuse(fmt.Sprintf("takes longer than %s", maxTime), "")
	}
	if err != nil {
		return "", err
	}
	return s, nil
}

// text is a result as the text of a field.
func (r *Rule) text(result any) (string, error) {
	switch v := result.(type) {
	case nil:
		return "", nil
	case string:
		return strings.TrimSpace(v), nil
	case error:
		return "", r.failed(v)
	case bool:
		return "", r.refuse("gives true or false", "expected text")
	case []any:
		return "", r.refuse("gives an array", "take one of its values: .proxyAddresses[0]")
	case map[string]any:
		return "", r.refuse("gives an object", "expected text")
	}
	b, err := gojq.Marshal(result)
	if err != nil {
		return "", r.failed(err)
	}
	return string(b), nil
}

func (r *Rule) failed(err error) error {
	return fault.New("config.attribute.failed", "the expression for "+r.field+" failed", fault.Cause(err))
}

func (r *Rule) refuse(what, hint string) error {
	return fault.New("config.attribute.result", "the expression for "+r.field+" "+what, fault.Hint(hint))
}

// named finds a name whatever its case, the exact one first.
func named(m map[string]bool, name string) bool {
	if v, ok := m[name]; ok {
		return v
	}
	for k, v := range m {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return false
}
