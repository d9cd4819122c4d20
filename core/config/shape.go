package config

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"adsync/core/fault"
)

// problem is one thing amiss in the file.
type problem struct {
	code string
	text string
}

// refuse makes one error of all problems: who mends the file wants to see all
// of them at once.
func refuse(problems []problem, options ...fault.Option) error {
	if len(problems) == 0 {
		return nil
	}
	message := problems[0].text
	if len(problems) > 1 {
		message = fmt.Sprintf("%s, and %d more", message, len(problems)-1)
		for _, p := range problems {
			options = append(options, fault.Details(p.text))
		}
	}
	return fault.New(problems[0].code, message, options...)
}

// shape compares a JSON value with the Go type that is to hold it: unknown and
// repeated keys and wrong types, each with its place.
type shape struct {
	text     string
	problems []problem
	places   map[string]place
}

func (s *shape) note(code string, at int, format string, args ...any) {
	s.problems = append(s.problems, problem{code, fmt.Sprintf(format, args...) + " (at " + placeOf(s.text, at).String() + ")"})
}

func (s *shape) check(n *node, t reflect.Type, path string) {
	want := kindOf(t)
	if n.kind != want {
		name := path
		if name == "" {
			name = "the file"
		}
		s.note("config.type", n.start, "%s is %s, expected %s", name, n.kind, want)
		return
	}
	switch want {
	case object:
		s.object(n, t, path)
	case list:
		for i, item := range n.items {
			entry := fmt.Sprintf("%s[%d]", path, i)
			s.stands(entry, item.start)
			s.check(item, t.Elem(), entry)
		}
	case number:
		literal := s.text[n.start:n.end]
		if t.Kind() != reflect.Int {
			return
		}
		if _, err := strconv.ParseInt(literal, 10, 32); err != nil {
			s.note("config.type", n.start, "%s is %s, expected a whole number below 2147483648", path, literal)
		}
	case textual, boolean, null:
	}
}

func (s *shape) object(n *node, t reflect.Type, path string) {
	known := fieldsOf(t)
	seen := map[string]int{}
	for _, m := range n.members {
		key := m.key
		if path != "" {
			key = path + "." + m.key
		}
		if first, twice := seen[m.key]; twice {
			s.note("config.duplicateKey", m.keyStart, "%s stands twice, the first time at %s", key, placeOf(s.text, first))
			continue
		}
		seen[m.key] = m.keyStart
		field, ok := known[m.key]
		if !ok {
			s.note("config.unknownKey", m.keyStart, "unknown key %s%s", key, suggestion(m.key, t))
			continue
		}
		s.stands(key, m.keyStart)
		s.check(m.value, field.Type, key)
	}
}

// stands remembers where a key or an entry of a list stands.
func (s *shape) stands(key string, at int) {
	if s.places != nil {
		s.places[key] = placeOf(s.text, at)
	}
}

// suggestion names what may stand in the place of an unknown key.
func suggestion(key string, t reflect.Type) string {
	names := namesOf(t)
	for _, name := range names {
		if strings.EqualFold(name, key) {
			return "; it is spelled " + name
		}
	}
	return "; known here are " + strings.Join(names, ", ")
}

// kinds are the kinds of values that a Config has; what is not here is a number.
var kinds = map[reflect.Kind]kind{
	reflect.Struct: object,
	reflect.Slice:  list,
	reflect.String: textual,
	reflect.Bool:   boolean,
}

func kindOf(t reflect.Type) kind {
	if k, ok := kinds[t.Kind()]; ok {
		return k
	}
	return number
}
