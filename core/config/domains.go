package config

import (
	"encoding/json"
	"runtime"
	"slices"
	"strings"
)

// SetDomain gives a key of one domain of scope.domains a value, and leaves every
// other byte of the file. The key is dotted, such as users.filter; a domain that
// is not listed yet is put behind the others.
func SetDomain(data []byte, name, key string, value any) ([]byte, error) {
	d, err := open(data)
	if err != nil {
		return nil, err
	}
	if d.domains() == nil {
		if d, err = open(d.form.Encode(d.put("scope.domains", []byte("[]")))); err != nil {
			return nil, err
		}
	}
	is := func(n *node) bool {
		m, listed := n.member("name"), ""
		return m != nil && json.Unmarshal([]byte(d.text[m.value.start:m.value.end]), &listed) == nil && strings.EqualFold(listed, name)
	}
	if !slices.ContainsFunc(d.domains().items, is) {
		entry := encode(struct {
			Name string `json:"name"`
		}{strings.ToLower(name)})
		if d, err = open(d.form.Encode(d.push(d.domains(), entry))); err != nil {
			return nil, err
		}
	}
	items := d.domains().items
	at := slices.IndexFunc(items, is)
	edited := d.form.Encode(d.putIn(items[at], strings.Split(key, "."), encode(value)))
	_, err = Read(edited, runtime.GOOS)
	return edited, err
}

// domains is the list of scope.domains, nil where the file has none.
func (d document) domains() *node {
	n := d.root
	for _, key := range []string{"scope", "domains"} {
		m := n.member(key)
		if m == nil {
			return nil
		}
		n = m.value
	}
	return n
}
