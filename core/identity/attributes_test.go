package identity_test

import (
	"encoding/json"
	"slices"
	"testing"

	"adsync/core/identity"

	"github.com/google/go-cmp/cmp"
)

func TestAttributes(t *testing.T) {
	m := map[string][]string{"sn": {"A & B <x>"}, "mail": {"a@x"}, "Mail": {"b@x"}, "proxyAddresses": {"1", "2"}}
	a := identity.AttributesOf(m)
	for name, want := range map[string][]string{
		"sn": {"A & B <x>"}, "mail": {"a@x"}, "Mail": {"b@x"}, "PROXYADDRESSES": {"1", "2"}, "cn": nil, "": nil,
	} {
		if got := a.Get(name); !slices.Equal(got, want) {
			t.Errorf("%s has %q, want %q", name, got, want)
		}
	}
	var built identity.Attributes
	for name, values := range m {
		built.Set(name, []string{"before"})
		built.Set(name, values)
	}
	if d := cmp.Diff(a, built); d != "" {
		t.Error(d)
	}
	for _, a := range []identity.Attributes{a, {}, nil} {
		m := map[string][]string{}
		for _, x := range a {
			m[x.Name] = x.Values
		}
		want, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(a)
		if err != nil || string(got) != string(want) {
			t.Errorf("%s, %v, want as of a map: %s", got, err, want)
		}
		var back identity.Attributes
		if err := json.Unmarshal(got, &back); err != nil || len(back) != len(a) || len(a) > 0 && !cmp.Equal(a, back) {
			t.Errorf("%v, %v, want %v", back, err, a)
		}
	}
	if err := json.Unmarshal([]byte(`{"sn":"x"}`), &built); err == nil {
		t.Error("a text is no list of values")
	}
}
