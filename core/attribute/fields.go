package attribute

import (
	"context"
	"slices"

	"adsync/core/identity"
)

// Expressions are the expressions by the field of a Central user that they
// make.
type Expressions struct {
	Name          string
	FirstName     string
	LastName      string
	Email         string
	ExchangeLogin string // "" for the domain's NetBIOS name, backslash, sAMAccountName
}

// Defaults is the table of which attributes feed which fields.
var Defaults = Expressions{
	Name:      ".displayName // .cn",
	FirstName: ".givenName",
	LastName:  ".sn",
	Email:     ".mail",
}

// Fields makes all fields of a user.
type Fields struct {
	rules []fieldRule
}

type fieldRule struct {
	rule *Rule
	put  func(f *identity.Fields, v string)
}

// Compile reads all expressions. Only that for exchangeLogin may be empty.
func (e Expressions) Compile() (*Fields, error) {
	f := &Fields{}
	for _, x := range []struct {
		field, expression string
		put               func(f *identity.Fields, v string)
	}{
		{"name", e.Name, func(f *identity.Fields, v string) { f.Name = v }},
		{"firstName", e.FirstName, func(f *identity.Fields, v string) { f.FirstName = v }},
		{"lastName", e.LastName, func(f *identity.Fields, v string) { f.LastName = v }},
		{"email", e.Email, func(f *identity.Fields, v string) { f.Email = v }},
		{"exchangeLogin", e.ExchangeLogin, func(f *identity.Fields, v string) { f.ExchangeLogin = v }},
	} {
		if x.field == "exchangeLogin" && x.expression == "" {
			continue
		}
		rule, err := Compile(x.field, x.expression)
		if err != nil {
			return nil, err
		}
		f.rules = append(f.rules, fieldRule{rule, x.put})
	}
	return f, nil
}

// Names returns the attributes that the rules read, sorted.
func (f *Fields) Names() []string {
	var names []string
	for _, r := range f.rules {
		names = append(names, r.rule.names...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Values makes the fields from the attributes of an entry. Without an
// expression for exchangeLogin that one stays empty.
func (f *Fields) Values(ctx context.Context, attributes identity.Attributes, multi map[string]bool) (identity.Fields, error) {
	var fields identity.Fields
	for _, r := range f.rules {
		v, err := r.rule.Value(ctx, attributes, multi)
		if err != nil {
			return identity.Fields{}, err
		}
		r.put(&fields, v)
	}
	return fields, nil
}
