package apply

import (
	"adsync/core/identity"
	"adsync/core/plan"
)

// texts pairs the values of a change with those of an object.
func texts(v *plan.Values, f *identity.Fields) []struct{ planned, held *string } {
	return []struct{ planned, held *string }{
		{v.Name, &f.Name},
		{v.FirstName, &f.FirstName},
		{v.LastName, &f.LastName},
		{v.Email, &f.Email},
		{v.ExchangeLogin, &f.ExchangeLogin},
		{v.Description, &f.Description},
	}
}

// holds reports whether an object has the values of v, as far as the change
// speaks of them.
func holds(f identity.Fields, speaks, v *plan.Values) bool {
	if speaks == nil {
		return true
	}
	want := v.Fields()
	held, wanted := texts(speaks, &f), texts(speaks, &want)
	for i := range held {
		if held[i].planned != nil && *held[i].held != *wanted[i].held {
			return false
		}
	}
	return true
}

// sent keeps in a link what a write held and what Central replied.
func sent(l *identity.Link, wrote, answered identity.Fields) {
	all := &plan.Values{}
	w, s, a, n := texts(all, &wrote), texts(all, &l.Sent), texts(all, &l.Answered), texts(all, &answered)
	for i := range w {
		if *w[i].held != "" {
			*s[i].held, *a[i].held = *w[i].held, *n[i].held
		}
	}
}
