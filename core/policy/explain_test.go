package policy_test

import (
	"strings"
	"testing"

	"adsync/core/identity"
	"adsync/core/policy"
)

// TestExplain: which rule keeps somebody out, and with which value. Where
// several do, each of them is said.
func TestExplain(t *testing.T) {
	const filter = "(memberOf=CN=A," + dcs + ")"
	ann := func(change ...func(*identity.Person)) identity.Found {
		p := person("Ann", change...)
		w := live("Ann", strings.TrimPrefix(p.DN, "CN=Ann,"))
		return identity.Found{Whereabouts: w, Person: &p, Returned: p.Matched}
	}
	pc := func(change ...func(*identity.Found)) identity.Found {
		f := identity.Found{Whereabouts: live("PC", "CN=Computers,"+dcs)}
		f.Class = identity.ClassComputer
		for _, c := range change {
			c(&f)
		}
		return f
	}
	scope := func(d policy.DomainRules) func(*policy.Rules) {
		return func(r *policy.Rules) { d.Include = true; r.Domains[corp] = d }
	}
	devices := func(d policy.SearchRules) func(*policy.Rules) {
		return func(r *policy.Rules) { scope(policy.DomainRules{Devices: d})(r); r.SyncDevices = true }
	}
	for name, tc := range map[string]struct {
		why   string
		found identity.Found
		rules func(*policy.Rules)
		out   []string // the rules that are not passed
		text  string   // a part of the last word on the first of out, or on the filter
	}{
		"In":         {"nothing keeps her out", ann(), nil, nil, ""},
		"Disabled":   {"the account's state", ann(func(p *identity.Person) { p.Disabled = true }), nil, []string{"disabled"}, "disabled"},
		"Two":        {"whoever ends one of them still has the other", ann(func(p *identity.Person) { p.Disabled, p.System = true, true }), nil, []string{"system", "disabled"}, "system"},
		"Unreadable": {"the account says nothing of itself", identity.Found{Whereabouts: live("Ann", staff), Unreadable: "may not read CN=Ann"}, nil, []string{"readable"}, "may not read CN=Ann"},
		"Deleted":    {"and nothing else is asked", identity.Found{Whereabouts: deleted("Ann")}, nil, []string{"directory"}, "last in " + staff},
		"Base":       {"outside the bases", ann(), scope(policy.DomainRules{Users: policy.SearchRules{Bases: []string{sales}}}), []string{"base"}, "below none of the bases for users: " + sales},
		"Filter": {
			"the group that the filter asks for is named", identity.Found{
				Whereabouts: live("Ann", staff), Person: new(person("Ann")), Groups: []identity.Belonging{{Group: "CN=A," + dcs}},
			}, scope(policy.DomainRules{Users: policy.SearchRules{Filter: filter}}), []string{"filter"}, "it does not belong to CN=A," + dcs,
		},
		"FilterNested": {
			"the groups between her and that one too",
			identity.Found{
				Whereabouts: live("Ann", staff), Person: new(person("Ann")), Returned: []identity.Match{{Base: dcs, Filter: filter, Nested: true}},
				Groups: []identity.Belonging{{Group: "CN=A," + dcs, Nested: true, Chain: []string{"CN=A," + dcs, "CN=B," + dcs, "CN=C," + dcs}}},
			},
			scope(policy.DomainRules{Users: policy.SearchRules{Filter: filter, Nested: true}}), nil,
			"nested groups included; it belongs to CN=A," + dcs + ", through CN=B," + dcs + ", through CN=C," + dcs,
		},
		"Computer":         {"off by default", pc(), nil, []string{"type"}, "scope.devices.sync is off"},
		"ComputerIn":       {"on, and returned", pc(func(f *identity.Found) { f.Returned = []identity.Match{{Base: dcs}} }), devices(policy.SearchRules{}), nil, ""},
		"ComputerBase":     {"the bases for devices count, not those for people", pc(), devices(policy.SearchRules{Bases: []string{sales}}), []string{"base"}, "below none of the bases for devices"},
		"ComputerFilter":   {"likewise the filter", pc(), devices(policy.SearchRules{Filter: "(a=1)"}), []string{"filter"}, "(a=1)"},
		"ComputerDisabled": {"likewise its state", pc(func(f *identity.Found) { f.Disabled = true; f.Returned = []identity.Match{{Base: dcs}} }), devices(policy.SearchRules{}), []string{"disabled"}, "disabled"},
		"Contact":          {"no account at all", pc(func(f *identity.Found) { f.Class = identity.ClassContact }), nil, []string{"type"}, "contact"},
		"Unlisted":         {"a domain that nobody named", ann(), func(r *policy.Rules) { delete(r.Domains, corp) }, []string{"domain"}, "does not name the domain"},
	} {
		t.Run(name, func(t *testing.T) {
			r := rules()
			if tc.rules != nil {
				tc.rules(&r)
			}
			list, in := r.Explain(tc.found, identity.Domain{Name: corp, NetBIOS: "CORP", DN: dcs}, nil, nil)
			var out []string
			text := ""
			for _, v := range list {
				if !v.Passed {
					out = append(out, v.Rule)
				}
				if !v.Passed && len(out) == 1 || v.Passed && len(tc.out) == 0 && v.Rule == "filter" {
					text = v.Text + " " + v.Value
				}
			}
			if strings.Join(out, " ") != strings.Join(tc.out, " ") || in != (len(tc.out) == 0) || !strings.Contains(text, tc.text) {
				t.Errorf("%s\nnot passed %v, want %v; in %v; %q, want %q", tc.why, out, tc.out, in, text, tc.text)
			}
		})
	}
}
