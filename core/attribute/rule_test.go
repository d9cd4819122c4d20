package attribute

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/identity"
)

var ann = identity.AttributesOf(map[string][]string{
	"cn": {"Ann Lee"}, "mail": {" ann@corp.example "}, "proxyAddresses": {"SMTP:ann@corp.example", "smtp:lee@corp.example"},
	"otherTelephone": {"1"}, "employeeNumber": {"007"}, "msDS-cloudExtensionAttribute1": {"x"}, "sAMAccountName": {"ann"},
})

var multi = map[string]bool{"proxyAddresses": true, "otherTelephone": true, "description": true}

func TestRule(t *testing.T) {
	tests := map[string]struct {
		why, expression, want string
		names                 []string
	}{
		"Fallback":    {"displayName is absent, which is null.", ".displayName // .cn", "Ann Lee", []string{"cn", "displayName"}},
		"Trimmed":     {"Central would trim, and a second preview would not be empty.", ".mail", "ann@corp.example", []string{"mail"}},
		"Absent":      {"No value is the empty text.", ".givenName", "", []string{"givenName"}},
		"Quoted":      {"Names with a hyphen are quoted.", `."msDS-cloudExtensionAttribute1"`, "x", []string{"msDS-cloudExtensionAttribute1"}},
		"Brackets":    {"The other spelling.", `.["mail"]`, "ann@corp.example", []string{"mail"}},
		"Array":       {"Multi-valued is an array.", ".proxyAddresses[0]", "SMTP:ann@corp.example", []string{"proxyAddresses"}},
		"ArrayOfOne":  {"Also with one value.", ".otherTelephone[0]", "1", []string{"otherTelephone"}},
		"AbsentArray": {"Also with none.", ".description[0]", "", []string{"description"}},
		"Piped":       {"An index behind a pipe is no name.", ".proxyAddresses | .[1:] | .[0]", "smtp:lee@corp.example", []string{"proxyAddresses"}},
		"Search":      {"The primary address.", `first(.proxyAddresses[]? | select(startswith("SMTP:")) | ltrimstr("SMTP:"))`, "ann@corp.example", []string{"proxyAddresses"}},
		"Concat":      {"Texts put together.", `"\(.sAMAccountName)@corp.example"`, "ann@corp.example", []string{"sAMAccountName"}},
		"Number":      {"A number becomes text.", ".employeeNumber | tonumber", "7", []string{"employeeNumber"}},
		"Length":      {"Whole numbers have no fraction.", ".cn | length", "7", []string{"cn"}},
		"Nothing":     {"No result is the empty text.", ".mail | empty", "", []string{"mail"}},
		"Bound":       {"A pattern names what it takes.", `. as {mail: $m, $cn} | $m // $cn`, "ann@corp.example", []string{"cn", "mail"}},
		"Object":      {"So does the short form of an object.", `{mail, "cn"} | .cn`, "Ann Lee", []string{"cn", "mail"}},
		"Has":         {"has asks for the attribute that it names.", `if has("mail") then .cn else null end`, "Ann Lee", []string{"cn", "mail"}},
		"Getpath":     {"So does getpath.", `getpath(["mail"])`, "ann@corp.example", []string{"mail"}},
		"Case":        {"The directory does not mind the case.", ".CN", "Ann Lee", []string{"CN"}},
		"CaseArray":   {"Nor does the schema.", ".ProxyAddresses[0]", "SMTP:ann@corp.example", []string{"ProxyAddresses"}},
		"Function":    {"Names inside a definition count.", "def f: .mail; f", "ann@corp.example", []string{"mail"}},
		"Reduce":      {"And inside a loop.", `reduce .proxyAddresses[] as $a (.cn; . + "")`, "Ann Lee", []string{"cn", "proxyAddresses"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := Compile("email", tc.expression)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.names, r.Names()); d != "" {
				t.Errorf("%s names (-want +got):\n%s", tc.why, d)
			}
			got, err := r.Value(t.Context(), ann, multi)
			if err != nil || got != tc.want {
				t.Errorf("%s\ngot %q, %v, want %q", tc.why, got, err, tc.want)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ why, expression, code string }{
		"Empty":      {"Nothing names nothing.", "", "config.attribute.names"},
		"Constant":   {"Everybody would have one name.", `"Ann"`, "config.attribute.names"},
		"Identity":   {"All of an entry is no attribute.", ". | tostring", "config.attribute.names"},
		"Syntax":     {"Found before the step begins.", ".mail |", "config.attribute.syntax"},
		"Undefined":  {"gojq finds it only when it compiles.", ".mail | foo", "config.attribute.syntax"},
		"Import":     {"There are no modules.", `import "a" as a; .mail`, "config.attribute.syntax"},
		"Environ":    {"The environment may hold secrets.", ".mail // env.ADSYNC_CENTRAL_SECRET", "config.attribute.function"},
		"EnvironVar": {"So does the variable.", ".mail // $ENV.ADSYNC_CENTRAL_SECRET", "config.attribute.function"},
		"Input":      {"There is no other input.", ".mail // input", "config.attribute.function"},
		"Now":        {"Equal reads give equal plans.", ".mail // (now | tostring)", "config.attribute.function"},
		"Computed":   {"The attribute would not be asked for.", `("mail", "cn") as $n | .[$n] // .cn`, "config.attribute.computed"},
		"Added":      {"Nor would this.", `.["ma" + "il"]`, "config.attribute.computed"},
	} {
		if _, err := Compile("name", tc.expression); fault.Code(err) != tc.code {
			t.Errorf("%s: %s\ngot %v, want %s", name, tc.why, err, tc.code)
		}
	}
}

func TestValueRefuses(t *testing.T) {
	for name, tc := range map[string]struct{ why, expression, code string }{
		"Array":   {"An array is no text.", ".proxyAddresses", "config.attribute.result"},
		"Object":  {"Nor is an object.", "{mail}", "config.attribute.result"},
		"Bool":    {"Nor is a truth.", ".mail == .cn", "config.attribute.result"},
		"Several": {"Which of them?", ".proxyAddresses[]", "config.attribute.result"},
		"Error":   {"A text cannot be indexed.", ".cn.x", "config.attribute.failed"},
		"Raised":  {"An error of the expression's own.", `.cn | error("no")`, "config.attribute.failed"},
		"Later":   {"An error behind the first result.", `.cn, error("no")`, "config.attribute.failed"},
	} {
		r, err := Compile("name", tc.expression)
		if err != nil {
			t.Fatal(err)
		}
		if v, err := r.Value(t.Context(), ann, multi); fault.Code(err) != tc.code || v != "" {
			t.Errorf("%s: %s\ngot %q %v, want %s", name, tc.why, v, err, tc.code)
		}
	}
}

func TestValueEnds(t *testing.T) {
	r, err := Compile("name", "def f: f; .cn | f")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Value(ctx, ann, multi); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := r.Value(t.Context(), ann, multi); !fault.Is(err, "config.attribute.result") {
		t.Errorf("endless: %v", err)
	}
}

func TestDefaults(t *testing.T) {
	f, err := Defaults.Compile()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"cn", "displayName", "givenName", "mail", "sn"}, f.Names()); d != "" {
		t.Errorf("names (-want +got):\n%s", d)
	}
	got, err := f.Values(t.Context(), ann, multi)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(identity.Fields{Name: "Ann Lee", Email: "ann@corp.example"}, got); d != "" {
		t.Errorf("fields (-want +got):\n%s", d)
	}
	own := Defaults
	own.ExchangeLogin = `"CORP\\" + .sAMAccountName`
	if f, err = own.Compile(); err != nil {
		t.Fatal(err)
	}
	if got, err := f.Values(t.Context(), ann, multi); err != nil || got.ExchangeLogin != `CORP\ann` {
		t.Errorf("exchangeLogin %q, %v", got.ExchangeLogin, err)
	}
	own.Email = ""
	if _, err := own.Compile(); !fault.Is(err, "config.attribute.names") {
		t.Errorf("an empty expression for email: %v", err)
	}
}

// FuzzJQ: no expression and no value makes the program panic or hang.
func FuzzJQ(f *testing.F) {
	for _, s := range []string{".mail", ".displayName // .cn", `."a-b"[0]`, "def f: f; .a | f", ".a as [$x] | $x", ".a | error(null)", "{a} | ..", ".a |= 1", "limit(1; .a)", ".a | @base64d", "try error(.a) catch ."} {
		f.Add(s, "value")
	}
	f.Fuzz(func(t *testing.T, expression, value string) {
		r, err := Compile("name", expression)
		if err != nil {
			_ = err.Error()
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		var attributes identity.Attributes
		for i, name := range r.Names() {
			attributes.Set(name, []string{value, value}[:1+i%2])
		}
		if _, err := r.Value(ctx, attributes, multi); err != nil {
			_ = err.Error()
		}
	})
}

func BenchmarkFields(b *testing.B) {
	f, err := Defaults.Compile()
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := f.Values(b.Context(), ann, multi); err != nil {
			b.Fatal(err)
		}
	}
}
