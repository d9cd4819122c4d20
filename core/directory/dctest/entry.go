package dctest

import (
	"slices"
	"strings"
)

// Entry is an object as a search returns it. Its methods return changed copies:
// the original is shared by all answers.
type Entry struct {
	Name       string // as it was sent, with its GUID where that was asked for
	Attributes []Attribute

	raw []byte // nil where it has to be encoded
}

// Attribute is a name with its values.
type Attribute struct {
	Name   string
	Values []string
}

// DN is the name of the object without its GUID and SID.
func (e Entry) DN() string {
	dn := e.Name
	for strings.HasPrefix(dn, "<") {
		_, rest, found := strings.Cut(dn, ">;")
		if !found {
			break
		}
		dn = rest
	}
	return dn
}

// Value returns the first value of an attribute, "" where there is none.
func (e Entry) Value(name string) string {
	for _, a := range e.Attributes {
		if strings.EqualFold(a.Name, name) && len(a.Values) > 0 {
			return a.Values[0]
		}
	}
	return ""
}

// Without leaves attributes out, with all their options.
func (e Entry) Without(names ...string) Entry {
	return Entry{Name: e.Name, Attributes: slices.DeleteFunc(slices.Clone(e.Attributes), func(a Attribute) bool {
		name, _, _ := strings.Cut(a.Name, ";")
		return slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) })
	})}
}

// Bare leaves all attributes out.
func (e Entry) Bare() Entry { return Entry{Name: e.Name} }

// With sets the values of an attribute.
func (e Entry) With(name string, values ...string) Entry {
	c := Entry{Name: e.Name, Attributes: slices.Clone(e.Attributes)}
	for i, a := range c.Attributes {
		if strings.EqualFold(a.Name, name) {
			c.Attributes[i].Values = values
			return c
		}
	}
	c.Attributes = append(c.Attributes, Attribute{name, values})
	return c
}

// At gives the object another name; its GUID and SID stay.
func (e Entry) At(dn string) Entry {
	return Entry{Name: strings.TrimSuffix(e.Name, e.DN()) + dn, Attributes: e.Attributes}
}

// Ranged gives the range of an attribute another name.
func (e Entry) Ranged(name, options string) Entry {
	c := Entry{Name: e.Name, Attributes: slices.Clone(e.Attributes)}
	for i, a := range c.Attributes {
		if base, _, found := strings.Cut(a.Name, ";"); found && strings.EqualFold(base, name) {
			c.Attributes[i].Name = base + ";" + options
		}
	}
	return c
}

// encode returns the operation of a search result entry.
func (e Entry) encode() []byte {
	if e.raw != nil {
		return e.raw
	}
	list := make([][]byte, len(e.Attributes))
	for i, a := range e.Attributes {
		values := make([][]byte, len(a.Values))
		for j, v := range a.Values {
			values[j] = octets(v)
		}
		list[i] = wrap(tagSequence, octets(a.Name), wrap(tagSet, values...))
	}
	return wrap(opEntry, octets(e.Name), wrap(tagSequence, list...))
}

func parseEntry(op tlv) (Entry, error) {
	e := Entry{raw: slices.Clone(op.raw)}
	parts, err := elements(op.value)
	if err != nil || len(parts) != 2 {
		return e, errBER
	}
	e.Name = string(parts[0].value)
	list, err := elements(parts[1].value)
	if err != nil {
		return e, err
	}
	for _, a := range list {
		pair, err := elements(a.value)
		if err != nil || len(pair) != 2 {
			return e, errBER
		}
		values, err := elements(pair[1].value)
		if err != nil {
			return e, err
		}
		one := Attribute{Name: string(pair[0].value)}
		for _, v := range values {
			one.Values = append(one.Values, string(v.value))
		}
		e.Attributes = append(e.Attributes, one)
	}
	return e, nil
}
