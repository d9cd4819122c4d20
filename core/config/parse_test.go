package config

import (
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/fault"
	"adsync/core/text"
)

var update = flag.Bool("update", false, "write the golden files")

func TestDefaultGolden(t *testing.T) {
	c, err := Parse(nil, "windows")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "default.json", append(got, '\n'))
	golden(t, "deciding.json", append(c.Deciding(), '\n'))

	// The document is a config.json itself, and says the same.
	again, err := Parse(got, "windows")
	if err != nil {
		t.Fatalf("the default document is refused: %v", err)
	}
	if d := cmp.Diff(c, again, cmpopts.IgnoreUnexported(Config{})); d != "" {
		t.Errorf("read back (-default +again):\n%s", d)
	}
	if string(c.Deciding()) != string(again.Deciding()) {
		t.Error("defaults written out change the deciding configuration")
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got):\n%s", name, d)
	}
}

func TestParseRefuses(t *testing.T) {
	tests := map[string]struct {
		why, in, code string
		says          []string
	}{
		"UnknownKey": {
			why: "A misspelled key must not be ignored.", code: "config.unknownKey",
			in:   "{\n  \"proxy\": {\n    \"modus\": \"none\"\n  }\n}",
			says: []string{"proxy.modus", "3:5", "mode, url"},
		},
		"UnknownInList": {
			why: "Keys inside lists are checked too.", code: "config.unknownKey",
			in:   `{"scope": {"domains": [{"name": "a.example", "user": {}}]}}`,
			says: []string{"scope.domains[0].user", "1:46"},
		},
		"WrongCase": {
			why: "encoding/json would take it silently.", code: "config.unknownKey",
			in: `{"Proxy": {}}`, says: []string{"spelled proxy", "1:2"},
		},
		"TextForNumber": {
			why: "A number in quotes is text.", code: "config.type",
			in: `{"directory": {"port": "636"}}`, says: []string{"directory.port", "text", "a number", "1:24"},
		},
		"Fraction": {
			why: "Half a port is none.", code: "config.type",
			in: `{"directory": {"port": 1.5}}`, says: []string{"directory.port is 1.5", "whole number"},
		},
		"TooBig": {
			why: "A number that does not fit must not wrap.", code: "config.type",
			in: `{"rate": {"perDay": 99999999999999999999}}`, says: []string{"rate.perDay"},
		},
		"Null": {
			why: "null is no value; leaving the key out is how the default is meant.", code: "config.type",
			in: `{"exclude": {"users": null}}`, says: []string{"exclude.users is null, expected a list"},
		},
		"ListOfNumbers": {
			why: "Types hold inside lists.", code: "config.type",
			in: `{"exclude": {"users": ["a", 1]}}`, says: []string{"exclude.users[1]"},
		},
		"NoObject": {why: "The file is an object.", code: "config.type", in: `[]`, says: []string{"the file is a list"}},
		"Twice": {
			why: "Of two values one would be ignored.", code: "config.duplicateKey",
			in: "{\"groups\": {},\n\"groups\": {}}", says: []string{"groups", "1:2", "2:1"},
		},
		"Comment": {
			why: "Comments are not allowed, with their place.", code: "config.syntax",
			in: "{\n  // who\n  \"format\": 1\n}", says: []string{"comment at 2:3"},
		},
		"CommentBehind": {
			why: "A comment behind a value is one too.", code: "config.syntax",
			in: "{\n  \"format\": 1 // one\n}", says: []string{"comment at 2:15"},
		},
		"HashComment":   {why: "The other kind of comment.", code: "config.syntax", in: "# a\n{}", says: []string{"comment at 1:1"}},
		"TrailingComma": {why: "JSON has none.", code: "config.syntax", in: "{\"format\": 1,}", says: []string{"1:14"}},
		"CutOff":        {why: "A half-written file.", code: "config.syntax", in: `{"format": 1`, says: []string{"1:13"}},
		"Empty":         {why: "An empty file is not a profile without one.", code: "config.syntax", in: ""},
		"TwoDocuments":  {why: "Only one document is read.", code: "config.syntax", in: "{}\n{}", says: []string{"2:1"}},
		"Windows1252":   {why: "Bytes that are no text are not guessed at.", code: "config.syntax", in: "{\"exclude\": {\"users\": [\"M\xfcller\"]}}"},
		"Format":        {why: "A newer file may mean something else.", code: "config.value", in: `{"format": 2}`, says: []string{"format is 2, expected 1", "1:2"}},
		"Enum":          {why: "Unknown words are refused.", code: "config.value", in: `{"directory": {"security": "tls"}}`, says: []string{`"tls"`, "ldaps or starttls or none"}},
		"ProxyURLMode": {
			why: "A url that is not used misleads.", code: "config.value",
			in: `{"proxy": {"url": "http://proxy.example:3128"}}`, says: []string{"proxy.url", "system", "manual"},
		},
		"ManualWithout": {why: "Manual needs the address.", code: "config.value", in: `{"proxy": {"mode": "manual"}}`, says: []string{"proxy.url is empty"}},
		"UserInfo": {
			why: "Credentials never stand here, and are not repeated.", code: "config.value",
			in: `{"proxy": {"mode": "manual", "url": "http://u:hunter2@proxy.example:3128"}}`, says: []string{"credential set proxy"},
		},
		"OtherHost":    {why: "A secret goes to Sophos only.", code: "config.value", in: `{"central": {"identityUrl": "https://id.sophos.com.evil.example"}}`, says: []string{"sophos.com"}},
		"LookAlike":    {why: "The end of the name counts by label.", code: "config.value", in: `{"central": {"globalUrl": "https://notsophos.com"}}`},
		"PlainHTTP":    {why: "http is for loopback.", code: "config.value", in: `{"central": {"globalUrl": "http://api.central.sophos.com"}}`},
		"Percent":      {why: "No more than all.", code: "config.value", in: `{"limits": {"removals": {"percent": 101}}}`, says: []string{"0 to 100"}},
		"Adopt":        {why: "Adoptions are a person's always.", code: "config.value", in: `{"policy": {"approve": ["adopt"]}}`},
		"Time":         {why: "24:00 is no start.", code: "config.value", in: `{"schedule": {"times": ["24:00"]}}`, says: []string{"HH:MM"}},
		"Regexp":       {why: "A pattern that cannot match would protect nobody.", code: "config.value", in: `{"protect": {"users": ["/(/"]}}`, says: []string{"regular expression"}},
		"EmptyPattern": {why: "An empty pattern is a slip.", code: "config.value", in: `{"protect": {"users": [""]}}`},
		"DomainTwice":  {why: "Which of the two counts?", code: "config.value", in: `{"scope": {"domains": [{"name": "a.example"}, {"name": "A.example"}]}}`, says: []string{"second time", "1:47"}},
		"NoName":       {why: "A domain is known by its name.", code: "config.value", in: `{"scope": {"domains": [{}]}}`},
		"GUID":         {why: "A base is followed by it.", code: "config.value", in: `{"scope": {"domains": [{"name": "a.example", "users": {"bases": [{"dn": "OU=a", "objectGuid": "x"}]}}]}}`, says: []string{"domains[0].users.bases[0]"}},
		"TooMany":      {why: "Task Scheduler takes 48.", code: "config.value", in: `{"schedule": {"mode": "daily", "times": [` + manyTimes(49) + `]}}`, says: []string{"49 times"}},
		"Server":       {why: "A server is a name.", code: "config.value", in: `{"directory": {"servers": ["ldaps://dc1.corp.example"]}}`, says: []string{"directory.port"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(tc.in), "linux")
			if got := fault.Code(err); got != tc.code {
				t.Fatalf("%s\ncode %q, want %q (%v)", tc.why, got, tc.code, err)
			}
			e, _ := errors.AsType[*fault.Error](err)
			whole := err.Error() + e.Hint
			for _, s := range tc.says {
				if !strings.Contains(whole, s) {
					t.Errorf("%s\n%q does not say %q", tc.why, whole, s)
				}
			}
			if strings.Contains(whole, "hunter2") {
				t.Errorf("the password is repeated: %q", whole)
			}
		})
	}
}

func manyTimes(n int) string {
	var times []string
	for i := range n {
		times = append(times, string([]byte{'"', '0' + byte(i/600), '0' + byte(i/60%10), ':', '0' + byte(i/10%6), '0' + byte(i%10), '"'}))
	}
	return strings.Join(times, ", ")
}

func TestParseNamesAllProblems(t *testing.T) {
	_, err := Parse([]byte(`{"a": 1, "b": 2, "directory": {"port": true}}`), "linux")
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || len(e.Details) != 3 || !strings.Contains(e.Message, "2 more") {
		t.Errorf("want all three named, got %v", err)
	}
}

func TestParseForms(t *testing.T) {
	const in = "{\r\n\"exclude\": {\"users\": [\"Müller\"]}}"
	for form := text.UTF8; form <= text.UTF16BE; form++ {
		c, err := Parse(form.Encode(in), "linux")
		if err != nil {
			t.Fatalf("form %d: %v", form, err)
		}
		if d := cmp.Diff([]string{"Müller"}, c.Exclude.Users); d != "" {
			t.Errorf("form %d (-want +got):\n%s", form, d)
		}
	}
}

func TestDerivedDefaults(t *testing.T) {
	tests := map[string]struct {
		why, in, goos string
		port          int
		bind          string
		account       bool
		readBack      []float64
	}{
		"Windows":     {why: "Integrated needs no password.", goos: "windows", in: `{}`, port: 636, bind: "integrated", readBack: []float64{1, 4, 10}},
		"Linux":       {why: "There is no logged-on domain account.", goos: "linux", in: `{}`, port: 636, bind: "simple", readBack: []float64{1, 4, 10}},
		"Account":     {why: "A stored account is meant to be used.", goos: "windows", in: `{}`, account: true, port: 636, bind: "simple", readBack: []float64{1, 4, 10}},
		"BindByHand":  {why: "What was set by hand stays.", goos: "windows", account: true, in: `{"directory": {"bind": "integrated"}}`, port: 636, bind: "integrated", readBack: []float64{1, 4, 10}},
		"StartTLS":    {why: "StartTLS begins on the plain port.", goos: "linux", in: `{"directory": {"security": "starttls"}}`, port: 389, bind: "simple", readBack: []float64{1, 4, 10}},
		"PortByHand":  {why: "Row S6: a port set by hand stays.", goos: "linux", in: `{"directory": {"security": "none", "port": 636}}`, port: 636, bind: "simple", readBack: []float64{1, 4, 10}},
		"Loopback":    {why: "The sandbox need not wait.", goos: "linux", in: `{"central": {"globalUrl": "http://127.0.0.1:8080"}}`, port: 636, bind: "simple", readBack: []float64{0.1, 0.1, 0.1}},
		"WaitsByHand": {why: "Waits set by hand stay.", goos: "linux", in: `{"central": {"globalUrl": "http://[::1]:8080"}, "rate": {"readBackSeconds": [2]}}`, port: 636, bind: "simple", readBack: []float64{2}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c, err := Parse([]byte(tc.in), tc.goos)
			if err != nil {
				t.Fatal(err)
			}
			if c.Directory.Port != tc.port || c.BindWith(tc.account) != tc.bind {
				t.Errorf("%s\nport %d bind %s, want %d %s", tc.why, c.Directory.Port, c.BindWith(tc.account), tc.port, tc.bind)
			}
			if d := cmp.Diff(tc.readBack, c.Rate.ReadBackSeconds); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.why, d)
			}
		})
	}
}

func TestDomainDefaults(t *testing.T) {
	c, err := Parse([]byte(`{"scope": {"domains": [{"name": "a.example", "users": {"filter": "CN=x"}}, {"name": "b.example", "include": false}]}}`), "linux")
	if err != nil {
		t.Fatal(err)
	}
	want := []Domain{
		{Name: "a.example", Include: true, Users: Users{Bases: []Base{}, Filter: "CN=x"}, Groups: Objects{Bases: []Base{}}, Devices: Objects{Bases: []Base{}}},
		{Name: "b.example", Users: Users{Bases: []Base{}}, Groups: Objects{Bases: []Base{}}, Devices: Objects{Bases: []Base{}}},
	}
	if d := cmp.Diff(want, c.Scope.Domains); d != "" {
		t.Errorf("a domain is named because it is wanted, and its lists are never null (-want +got):\n%s", d)
	}
}

func TestDecidingLeavesTheRestOut(t *testing.T) {
	base := string(Default().Deciding())
	for _, in := range []string{
		`{"rate": {"perHour": 5}}`, `{"directory": {"port": 3269, "timeoutSeconds": 5}}`, `{"schedule": {"mode": "daily"}}`,
		`{"central": {"caFile": "x"}}`, `{"retention": {"days": 1}}`, `{"limits": {"updates": {"percent": 30}}}`,
	} {
		if c, err := Parse([]byte(in), "linux"); err != nil || string(c.Deciding()) != base {
			t.Errorf("%s decides nothing, but changes Deciding (%v)", in, err)
		}
	}
	for _, in := range []string{
		`{"central": {"tenant": "x"}}`, `{"directory": {"servers": ["dc1"]}}`, `{"scope": {"includeDisabled": true}}`,
		`{"attributes": {"name": ".cn"}}`, `{"exclude": {"users": ["a"]}}`, `{"groups": {"name": "cn (DOMAIN)"}}`,
		`{"protect": {"users": ["a"]}}`, `{"limits": {"updates": {"percent": 31}}}`, `{"policy": {"approve": []}}`,
		`{"approval": {"hours": 71}}`,
	} {
		if c, err := Parse([]byte(in), "linux"); err != nil || string(c.Deciding()) == base {
			t.Errorf("%s decides, but leaves Deciding as it is (%v)", in, err)
		}
	}
}

// FuzzParse: whatever the bytes, Parse neither panics nor keeps a nil list.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`{"scope": {"domains": [{"name": "a.example"}]}}`))
	f.Add([]byte("\xff\xfe{\x00}\x00"))
	f.Add([]byte(`{"proxy": {"mode": 1, "mode": 2}} //`))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data, "linux")
		if err != nil {
			if fault.Code(err) == "" {
				t.Errorf("an error without a code: %v", err)
			}
			return
		}
		if s := string(c.Deciding()); strings.Contains(s, "null") && !strings.Contains(string(data), "null") {
			t.Errorf("a list is null: %s", s)
		}
	})
}
