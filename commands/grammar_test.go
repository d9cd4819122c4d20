package commands

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// kongTags are the struct tags that Kong knows. It ignores all others without a
// word, so that a misspelled one would do nothing.
var kongTags = []string{
	"cmd", "arg", "help", "name", "placeholder", "default", "enum", "hidden", "optional", "required", "sep", "xor", "embed",
}

// leaves returns every command of the grammar.
func leaves(t *testing.T) []*kong.Node {
	t.Helper()
	k, err := kong.New(&grammar{}, kong.Name("adsync"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(k.Model.Leaves(false), func(n *kong.Node) bool { return n.Type != kong.CommandNode })
}

// TestEveryCommandHasAGate walks the grammar: a command in neither list of the
// gate would be let through by forgetting.
func TestEveryCommandHasAGate(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range leaves(t) {
		path := commandPath(n)
		seen[path] = true
		st, known := steps[path]
		if !known || st.gate < open || st.gate > depends {
			t.Errorf("%s: no gate", path)
		}
		_, decides := reflect.TypeAssert[guarded](n.Target.Addr())
		if decides != (st.gate == depends) {
			t.Errorf("%s: gate %d, decides by its arguments: %v", path, st.gate, decides)
		}
		if st.gate == shut && st.show {
			t.Errorf("%s: only shows and is behind the gate", path)
		}
	}
	for path := range steps {
		if !seen[path] {
			t.Errorf("%s: a step of no command", path)
		}
	}
}

// TestGate names the commands of the design whose gate is shut.
func TestGate(t *testing.T) {
	for _, path := range []string{"preview", "approve", "approver enroll", "apply", "run resume", "schedule xml"} {
		if steps[path].gate != shut {
			t.Errorf("%s: not behind the gate", path)
		}
	}
	for name, tc := range map[string]struct {
		cmd  guarded
		want bool
	}{
		"limits":           {&configSetCmd{Key: "limits.removals.count"}, true},
		"scope":            {&configAddCmd{Key: "scope.domains"}, true},
		"whole central":    {&configSetCmd{Key: "central"}, false},
		"proxy":            {&configUnsetCmd{Key: "proxy.url"}, false},
		"rate":             {&configSetCmd{Key: "rate.perHour"}, false},
		"not by prefix":    {&configRemoveCmd{Key: "centralx"}, true},
		"central secret":   {&credentialSetCmd{Purpose: "central"}, false},
		"proxy secret":     {&credentialRemoveCmd{Purpose: "proxy"}, false},
		"directory secret": {&credentialSetCmd{Purpose: "directory"}, true},
		"smtp secret":      {&credentialRemoveCmd{Purpose: "smtp"}, true},
		"schedule never":   {&scheduleSetCmd{Never: true}, false},
		"schedule daily":   {&scheduleSetCmd{Daily: []string{"02:00"}}, true},
	} {
		if got := tc.cmd.needsValidation(); got != tc.want {
			t.Errorf("%s: needs validation %v, want %v", name, got, tc.want)
		}
	}
}

func TestTagsAreKnownToKong(t *testing.T) {
	key := regexp.MustCompile(`([A-Za-z]+):"`)
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		if typ.Kind() != reflect.Struct || seen[typ] || typ.PkgPath() == "time" {
			return
		}
		seen[typ] = true
		for f := range typ.Fields() {
			for _, m := range key.FindAllStringSubmatch(string(f.Tag), -1) {
				if !slices.Contains(kongTags, m[1]) {
					t.Errorf("%s.%s: Kong does not know the tag %s", typ.Name(), f.Name, m[1])
				}
			}
			walk(f.Type)
		}
	}
	walk(reflect.TypeFor[grammar]())
	if len(seen) < 40 {
		t.Errorf("only %d structs were walked", len(seen))
	}
}

// TestHelp holds what help promises: every command has an example in PowerShell
// quoting, which needs no double quote.
func TestHelp(t *testing.T) {
	for _, n := range leaves(t) {
		path := commandPath(n)
		h, ok := reflect.TypeAssert[kong.HelpProvider](n.Target.Addr())
		if !ok {
			t.Errorf("%s: no help", path)
			continue
		}
		text := h.Help()
		if !strings.Contains(text, "    adsync ") {
			t.Errorf("%s: no example", path)
		}
		for line := range strings.Lines(text) {
			if example, is := strings.CutPrefix(line, "    "); is && strings.ContainsAny(example, "\"`$") {
				t.Errorf("%s: PowerShell would change %q", path, example)
			}
		}
		if n.Help == "" || !strings.HasSuffix(n.Help, ".") {
			t.Errorf("%s: the summary %q is no sentence", path, n.Help)
		}
	}
}

// TestNamedFlags pins names that scripts depend on.
func TestNamedFlags(t *testing.T) {
	want := map[string][]string{
		"credential set":  {"user", "expires"},
		"config set":      {"file"},
		"preview":         {"fail-on-changes", "no-save", "summary", "only", "from"},
		"plan show":       {"only", "summary"},
		"approve":         {"comment", "for", "only", "except", "allow", "reason", "policy"},
		"approver enroll": {"key", "account", "policy-only"},
		"schedule set":    {"daily", "days", "every", "never", "account"},
		"schedule xml":    {"file", "script", "no-triggers"},
		"status":          {"check"},
	}
	for _, n := range leaves(t) {
		var got []string
		for _, f := range n.Flags {
			if f.Name != "help" && !f.Hidden {
				got = append(got, f.Name)
			}
		}
		if w, pinned := want[commandPath(n)]; pinned && !slices.Equal(w, got) {
			t.Errorf("%s: flags %v, want %v", commandPath(n), got, w)
		}
	}
	k, err := kong.New(&grammar{}, kong.Name("adsync"))
	if err != nil {
		t.Fatal(err)
	}
	var globals []string
	for _, f := range k.Model.Flags {
		if f.Name != "help" {
			globals = append(globals, f.Name)
		}
	}
	names := []string{"profile", "home", "output", "json", "jq", "jq-file", "log", "verbose", "no-progress", "no-input", "yes", "scheduled"}
	if !slices.Equal(names, globals) {
		t.Errorf("global flags %v, want %v", globals, names)
	}
}
