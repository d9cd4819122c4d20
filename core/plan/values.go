package plan

import "adsync/core/identity"

// field reads and names one writable value.
type field struct {
	of  func(*identity.Fields) *string
	out func(*Values) **string
}

// fields are the writable values of users and groups.
var fields = []field{
	{func(f *identity.Fields) *string { return &f.Name }, func(v *Values) **string { return &v.Name }},
	{func(f *identity.Fields) *string { return &f.FirstName }, func(v *Values) **string { return &v.FirstName }},
	{func(f *identity.Fields) *string { return &f.LastName }, func(v *Values) **string { return &v.LastName }},
	{func(f *identity.Fields) *string { return &f.Email }, func(v *Values) **string { return &v.Email }},
	{func(f *identity.Fields) *string { return &f.ExchangeLogin }, func(v *Values) **string { return &v.ExchangeLogin }},
	{func(f *identity.Fields) *string { return &f.Description }, func(v *Values) **string { return &v.Description }},
}

// whole shows every value that is not empty.
func whole(f identity.Fields) *Values {
	v := &Values{}
	for _, x := range fields {
		if s := *x.of(&f); s != "" {
			*x.out(v) = new(s)
		}
	}
	return v
}

// Fields returns the values of a change as they are sent: nil texts are empty.
func (v *Values) Fields() identity.Fields {
	var f identity.Fields
	if v == nil {
		return f
	}
	for _, x := range fields {
		if s := *x.out(v); s != nil {
			*x.of(&f) = *s
		}
	}
	return f
}

// Within says that every value is the one of f.
func (v *Values) Within(f identity.Fields) bool {
	for _, x := range fields {
		if s := *x.out(v); s != nil && *s != *x.of(&f) {
			return false
		}
	}
	return true
}

// delta is how the values of one object differ.
type delta struct {
	before, after *Values // nil when nothing differs
	cleared       bool    // a value is empty in the directory and kept in Central
	normalised    bool    // Central keeps our last write in its own spelling
	foreign       bool    // Central changed, the directory did not
	name          bool    // the name differs
}

// compare finds what has to be written so that have becomes want. A value that
// is empty in the directory is not sent, and one that Central answered to our
// last write of the same value is no difference.
func compare(want, have identity.Fields, l identity.Link) delta {
	var d delta
	changed, byHand := 0, 0
	for i, x := range fields {
		w, h := *x.of(&want), *x.of(&have)
		switch sent, answered := *x.of(&l.Sent), *x.of(&l.Answered); {
		case w == h:
		case w == "":
			d.cleared = true
		case w == sent && h == answered:
			d.normalised = true
		default:
			if changed == 0 {
				d.before, d.after = &Values{}, &Values{}
			}
			*x.out(d.before), *x.out(d.after) = new(h), new(w)
			changed++
			if w == sent {
				byHand++
			}
			d.name = d.name || i == 0
		}
	}
	d.foreign = changed > 0 && byHand == changed
	return d
}
