package config

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/text"
)

func TestEdit(t *testing.T) {
	type edit func(data []byte, key string, values []string) ([]byte, []string, error)
	unset := func(data []byte, key string, _ []string) ([]byte, []string, error) { return Unset(data, key) }
	raw := func(data []byte, key string, v []string) ([]byte, []string, error) {
		return SetJSON(data, key, []byte(v[0]))
	}
	tests := map[string]struct {
		why      string
		edit     edit
		in       string // "" for no file
		key      string
		values   []string
		want     string
		notes    []string
		contains string
	}{
		"NoFile": {
			why: "The first set makes the file.", edit: Set, key: "central.tenant", values: []string{"Example"},
			want: "{\n  \"format\": 1,\n  \"central\": {\n    \"tenant\": \"Example\"\n  }\n}\n",
		},
		"Replace": {
			why: "Only the value changes, whatever the layout.", edit: Set, key: "directory.port", values: []string{"3269"},
			in:   "{ \"directory\":{\"port\" :  636 ,\n\t\"caFile\":\"x\"} }",
			want: "{ \"directory\":{\"port\" :  3269 ,\n\t\"caFile\":\"x\"} }",
		},
		"InsertOneLine": {
			why: "One line stays one line.", edit: Set, key: "directory.timeoutSeconds", values: []string{"5"},
			in: `{"directory": {"port": 636}}`, want: `{"directory": {"port": 636, "timeoutSeconds": 5}}`,
		},
		"InsertTabs": {
			why: "The neighbours' indentation is taken over.", edit: Set, key: "directory.bind", values: []string{"simple"},
			in:   "{\n\t\"directory\": {\n\t\t\"port\": 636\n\t}\n}",
			want: "{\n\t\"directory\": {\n\t\t\"port\": 636,\n\t\t\"bind\": \"simple\"\n\t}\n}",
		},
		"CRLF": {
			why: "Lines end as the others do.", edit: Set, key: "groups.name", values: []string{"cn (DOMAIN)"},
			in:   "{\r\n  \"format\": 1\r\n}\r\n",
			want: "{\r\n  \"format\": 1,\r\n  \"groups\": {\r\n    \"name\": \"cn (DOMAIN)\"\r\n  }\r\n}\r\n",
		},
		"EmptyObject": {
			why: "An empty object opens up.", edit: Set, key: "groups.name", values: []string{"cn"},
			in: "{\n  \"groups\": {}\n}", want: "{\n  \"groups\": {\n    \"name\": \"cn\"\n  }\n}",
		},
		"List": {
			why: "Values with commas are one value.", edit: Set, key: "exclude.users", values: []string{"CN=a,DC=b", `x"<y`},
			in: `{"exclude": {"users": ["old"]}}`, want: `{"exclude": {"users": ["CN=a,DC=b", "x\"<y"]}}`,
		},
		"Bool": {
			why: "PowerShell hands $true over as True.", edit: Set, key: "scope.includeDisabled", values: []string{"True"},
			in: `{"scope": {}}`, contains: `"includeDisabled": true`,
		},
		"Numbers": {
			why: "A list of numbers.", edit: Set, key: "rate.readBackSeconds", values: []string{"0.5", "2"},
			in: `{"rate": {"perDay": 9}}`, want: `{"rate": {"perDay": 9, "readBackSeconds": [0.5, 2]}}`,
		},
		"AddToDefault": {
			why: "Adding to a default keeps the default.", edit: Add, key: "policy.approve", values: []string{"remove"},
			contains: `["create", "update", "membershipAdd", "membershipRemove", "remove"]`,
		},
		"AddAgain": {
			why: "A list has each entry once.", edit: Add, key: "exclude.users", values: []string{"a", "b"},
			in: `{"exclude": {"users": ["a"]}}`, want: `{"exclude": {"users": ["a", "b"]}}`, notes: []string{"a is in exclude.users already"},
		},
		"Remove": {
			why: "One entry goes, the others stay in order.", edit: Remove, key: "exclude.users", values: []string{"b"},
			in: `{"exclude": {"users": ["a", "b", "c"]}}`, want: `{"exclude": {"users": ["a", "c"]}}`,
		},
		"RemoveLast": {
			why: "An empty list is a value of its own.", edit: Remove, key: "policy.approve", values: []string{"create"},
			in: `{"policy": {"approve": ["create"]}}`, want: `{"policy": {"approve": []}}`,
		},
		"UnsetFirst":  {why: "The first of several.", edit: unset, key: "directory.port", in: "{\"directory\": {\n  \"port\": 1,\n  \"bind\": \"simple\"\n}}", want: "{\"directory\": {\n  \"bind\": \"simple\"\n}}"},
		"UnsetLast":   {why: "The last of several.", edit: unset, key: "directory.bind", in: "{\"directory\": {\n  \"port\": 1,\n  \"bind\": \"simple\"\n}}", want: "{\"directory\": {\n  \"port\": 1\n}}"},
		"UnsetOnly":   {why: "The only one.", edit: unset, key: "directory.bind", in: "{\"directory\": {\n  \"bind\": \"simple\"\n}}", want: "{\"directory\": {}}"},
		"UnsetObject": {why: "All below a key.", edit: unset, key: "directory", in: `{"format": 1, "directory": {"port": 1}}`, want: `{"format": 1}`},
		"UnsetNothing": {
			why: "No change is no error, and is said.", edit: unset, key: "rate.perDay", in: `{}`, want: `{}`,
			notes: []string{"rate.perDay is not in config.json: its default counts"},
		},
		"ProxyURL": {
			why: "An address is set to be used.", edit: Set, key: "proxy.url", values: []string{"http://proxy.example:3128"},
			in: `{"proxy": {"mode": "none"}}`, want: `{"proxy": {"mode": "manual", "url": "http://proxy.example:3128"}}`,
			notes: []string{"proxy.mode is manual now"},
		},
		"ProxyURLUnset": {
			why: "Manual without an address is no way.", edit: unset, key: "proxy.url",
			in: `{"proxy": {"mode": "manual", "url": "http://proxy.example:3128"}}`, want: `{"proxy": {}}`,
			notes: []string{"proxy.mode is system again: manual needs a url"},
		},
		"SecurityOff": {
			why: "Row S6: the port moves, the file does not.", edit: Set, key: "directory.security", values: []string{"none"},
			in: `{"directory": {"bind": "simple"}}`, want: `{"directory": {"bind": "simple", "security": "none"}}`,
			notes: []string{"directory.port is 389 now"},
		},
		"SecurityOffPortByHand": {
			why: "Row S6: a port set by hand stays.", edit: Set, key: "directory.security", values: []string{"none"},
			in: `{"directory": {"port": 636}}`, want: `{"directory": {"port": 636, "security": "none"}}`,
			notes: []string{"directory.port stays 636: it was set by hand"},
		},
		"JSON": {
			why: "Lists of objects come as JSON and are laid out.", edit: raw, key: "scope.domains", values: []string{`[{"name":"a.example","include":true}]`},
			in:   "{\n  \"scope\": {\n    \"includeDisabled\": true\n  }\n}",
			want: "{\n  \"scope\": {\n    \"includeDisabled\": true,\n    \"domains\": [\n      {\n        \"name\": \"a.example\",\n        \"include\": true\n      }\n    ]\n  }\n}",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var data []byte
			if tc.in != "" {
				data = []byte(tc.in)
			}
			got, notes, err := tc.edit(data, tc.key, tc.values)
			if err != nil {
				t.Fatalf("%s\n%v", tc.why, err)
			}
			if tc.contains == "" || tc.want != "" {
				if d := cmp.Diff(tc.want, string(got)); d != "" {
					t.Errorf("%s (-want +got):\n%s", tc.why, d)
				}
			}
			if !strings.Contains(string(got), tc.contains) {
				t.Errorf("%s\n%s does not hold %s", tc.why, got, tc.contains)
			}
			if d := cmp.Diff(tc.notes, notes); d != "" {
				t.Errorf("%s notes (-want +got):\n%s", tc.why, d)
			}
		})
	}
}

func TestEditRefuses(t *testing.T) {
	tests := map[string]struct {
		why, code string
		edit      func() error
	}{
		"UnknownKey":  {"Nothing is made up.", "usage.config.key", func() error { _, _, err := Set(nil, "proxy.modus", []string{"x"}); return err }},
		"Missing":     {"A missing value is never 'clear'.", "usage.config.value", func() error { _, _, err := Set(nil, "proxy.mode", nil); return err }},
		"TwoForOne":   {"A DN in pieces.", "usage.config.value", func() error { _, _, err := Set(nil, "central.tenant", []string{"a", "b"}); return err }},
		"NotANumber":  {"Types by the key.", "usage.config.value", func() error { _, _, err := Set(nil, "directory.port", []string{"ldaps"}); return err }},
		"OutOfRange":  {"Values by the key.", "usage.config.value", func() error { _, _, err := Set(nil, "directory.port", []string{"70000"}); return err }},
		"NaN":         {"JSON has no NaN.", "usage.config.value", func() error { _, _, err := Set(nil, "rate.readBackSeconds", []string{"NaN"}); return err }},
		"Object":      {"Objects come as JSON.", "usage.config.value", func() error { _, _, err := Set(nil, "scope.domains", []string{"a"}); return err }},
		"AddToText":   {"Only lists have entries.", "usage.config.key", func() error { _, _, err := Add(nil, "central.tenant", []string{"a"}); return err }},
		"RemoveOther": {"What is not there was a slip.", "usage.config.value", func() error { _, _, err := Remove(nil, "exclude.users", []string{"a"}); return err }},
		"BrokenFile":  {"A broken file is not edited.", "config.syntax", func() error { _, _, err := Set([]byte("{"), "central.tenant", []string{"a"}); return err }},
		"WrongJSON": {"The type is checked in JSON too.", "config.unknownKey", func() error {
			_, _, err := SetJSON(nil, "scope.domains", []byte(`[{"nam": "x"}]`))
			return err
		}},
	}
	for name, tc := range tests {
		if err := tc.edit(); fault.Code(err) != tc.code {
			t.Errorf("%s: %s\ncode %q, want %q (%v)", name, tc.why, fault.Code(err), tc.code, err)
		}
	}
}

func TestEditKeepsTheForm(t *testing.T) {
	for form := text.UTF8; form <= text.UTF16BE; form++ {
		got, _, err := Set(form.Encode(`{"central": {"tenant": "a"}}`), "central.tenant", []string{"ü"})
		if err != nil {
			t.Fatal(err)
		}
		if want := string(form.Encode(`{"central": {"tenant": "ü"}}`)); string(got) != want {
			t.Errorf("form %d: got %q, want %q", form, got, want)
		}
	}
}

func TestKeys(t *testing.T) {
	keys := Keys()
	for _, want := range []string{"format", "central.identityUrl", "scope.domains", "limits.removals.percent", "alerts.mail.to", "policy.perDay.create"} {
		if !slices.Contains(keys, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, key := range keys {
		if _, err := Get(Default(), key); err != nil {
			t.Errorf("%s cannot be read: %v", key, err)
		}
	}
	for key := range rules {
		if !slices.Contains(keys, key) {
			t.Errorf("a rule for %s, which is no key", key)
		}
	}
	if _, err := Get(Default(), "limits.removals"); err != nil {
		t.Errorf("an object can be read whole: %v", err)
	}
}

// Every key can be set to its own default and taken out again, and the file is
// then as it was: no key's type is forgotten by the editor.
func TestEveryKeySetsItsDefault(t *testing.T) {
	c := Default()
	for _, key := range Keys() {
		v, err := Get(c, key)
		if err != nil {
			t.Fatal(err)
		}
		data, _, err := SetJSON(nil, key, encode(v))
		if err != nil {
			t.Errorf("%s: %v", key, err)
			continue
		}
		if _, err := Parse(data, "linux"); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
}
