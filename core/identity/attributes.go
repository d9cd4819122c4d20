package identity

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"
)

// Attributes are the values of an entry by attribute: sorted by name, each name
// once. One without value is not there. In documents they are an object.
type Attributes []Attribute

// Attribute is a name as the schema spells it, with its values.
type Attribute struct {
	Name   string
	Values []string
}

// AttributesOf sorts the attributes of a map.
func AttributesOf(m map[string][]string) Attributes {
	a := make(Attributes, 0, len(m))
	for name, values := range m {
		a = append(a, Attribute{name, values})
	}
	slices.SortFunc(a, func(x, y Attribute) int { return cmp.Compare(x.Name, y.Name) })
	return a
}

// Get returns the values of an attribute whatever the case of its name, that of
// the exact name first.
func (a Attributes) Get(name string) []string {
	if i, found := a.find(name); found {
		return a[i].Values
	}
	for _, x := range a {
		if strings.EqualFold(x.Name, name) {
			return x.Values
		}
	}
	return nil
}

// Set puts values in the place of those that an attribute has, if it has any.
func (a *Attributes) Set(name string, values []string) {
	i, found := a.find(name)
	if !found {
		*a = slices.Insert(*a, i, Attribute{Name: name})
	}
	(*a)[i].Values = values
}

func (a Attributes) find(name string) (int, bool) {
	return slices.BinarySearchFunc(a, name, func(x Attribute, name string) int { return cmp.Compare(x.Name, name) })
}

// MarshalJSON writes an object with the names in order.
func (a Attributes) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	b.WriteByte('{')
	for i, x := range a {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := e.Encode(x.Name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := e.Encode(x.Values); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON reads an object.
func (a *Attributes) UnmarshalJSON(data []byte) error {
	var m map[string][]string
	if err := json.Unmarshal(data, &m); err != nil {
		return err
	}
	*a = AttributesOf(m)
	return nil
}
