package output

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// field is a member of an object, its value still JSON. Objects are kept as
// lists of fields because the order in which a document names things is part
// of how it reads.
type field struct {
	name  string
	value json.RawMessage
}

// fields takes an object apart; nil for anything else.
func fields(data []byte) ([]field, error) {
	if len(data) == 0 || data[0] != '{' {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	var out []field
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, err
		}
		f := field{name: fmt.Sprint(name)}
		if err := d.Decode(&f.value); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// member returns the value of one field of an object, nil where it has none.
func member(data []byte, name string) (json.RawMessage, error) {
	all, err := fields(data)
	if err != nil {
		return nil, err
	}
	for _, f := range all {
		if f.name == name {
			return f.value, nil
		}
	}
	return nil, nil
}

// entries takes an array apart; nil for anything else.
func entries(data []byte) ([]json.RawMessage, error) {
	if len(data) == 0 || data[0] != '[' {
		return nil, nil
	}
	var out []json.RawMessage
	return out, json.Unmarshal(data, &out)
}

// appendObject appends the fields as one compact object.
func appendObject(out []byte, all []field) []byte {
	out = append(out, '{')
	for i, f := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, quote(f.name)...)
		out = append(out, ':')
		out = append(out, f.value...)
	}
	return append(out, '}')
}

// quote returns text as a JSON text in ASCII.
func quote(text string) []byte {
	q, err := encode(text)
	if err != nil {
		return []byte(`""`)
	}
	return q
}

// cell is one value of a row: the dotted path that leads to it, and its text.
type cell struct {
	path string
	text string
}

// flatten lists the values of an object with dotted paths. Lists of texts are
// joined; lists of objects are counted, because they have tables of their own.
func flatten(prefix string, data []byte) ([]cell, error) {
	all, err := fields(data)
	if err != nil {
		return nil, err
	}
	var out []cell
	for _, f := range all {
		path := prefix + f.name
		if f.value[0] == '{' {
			below, err := flatten(path+".", f.value)
			if err != nil {
				return nil, err
			}
			out = append(out, below...)
			continue
		}
		text, err := scalar(f.value)
		if err != nil {
			return nil, err
		}
		out = append(out, cell{path: path, text: text})
	}
	return out, nil
}

// scalar returns the text of a value that is no object.
func scalar(data []byte) (string, error) {
	switch data[0] {
	case '"':
		var s string
		return s, json.Unmarshal(data, &s)
	case 'n':
		return "", nil
	case '[':
		return joined(data)
	default:
		return string(data), nil
	}
}

// joined returns a list as one text.
func joined(data []byte) (string, error) {
	all, err := entries(data)
	if err != nil {
		return "", err
	}
	var out []byte
	for i, e := range all {
		if e[0] == '{' || e[0] == '[' {
			return fmt.Sprintf("%d entries", len(all)), nil
		}
		text, err := scalar(e)
		if err != nil {
			return "", err
		}
		if i > 0 {
			out = append(out, ", "...)
		}
		out = append(out, text...)
	}
	return string(out), nil
}
