package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// setDomain writes the rules of the sandbox's domain.
func (w *world) setDomain(rules string) {
	w.t.Helper()
	w.setDomains(`[{"name": "corp.example", "include": true, ` + rules + `}]`)
}

// setDomains writes all domains.
func (w *world) setDomains(domains string) {
	w.t.Helper()
	file := filepath.Join(w.t.TempDir(), "domains.json")
	if err := os.WriteFile(file, []byte(domains), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.must(ok, "config", "set", "scope.domains", "--file", file)
}

// because checks that the plan of now has these changes of people, each with its
// cause, and nothing else of people; then it carries the plan out.
func (w *world) because(want map[string][2]string) {
	w.t.Helper()
	d := w.must(ok, "preview")
	changes, _ := d["changes"].([]any)
	for _, c := range changes {
		one, _ := c.(map[string]any)
		cause, _ := one["cause"].(map[string]any)
		if one["kind"] != "user" || one["action"] == "membershipAdd" || one["action"] == "membershipRemove" {
			continue
		}
		who := fmt.Sprint(one["action"], " ", one["name"])
		expected, is := want[who]
		if !is || cause["code"] != expected[0] || !strings.Contains(fmt.Sprint(cause["text"]), expected[1]) {
			w.t.Errorf("%s: %v: %v; want %v", who, cause["code"], cause["text"], expected)
		}
		delete(want, who)
	}
	for who := range want {
		w.t.Errorf("%s is not planned", who)
	}
	w.must(ok, "approve", fmt.Sprint(d["id"]))
	w.must(ok, "apply")
}

// TestCauses: why people leave Central, and why they come, in the plan of the
// program.
func TestCauses(t *testing.T) {
	const dcs = "DC=corp,DC=example"
	w := newWorld(t)
	w.sandbox()
	change := func(words ...string) {
		t.Helper()
		w.must(ok, append([]string{"sandbox", "change"}, words...)...)
	}
	w.must(ok, "central", "validate")
	bases := `"users": {"bases": [{"dn": "OU=Staff,` + dcs + `"}, {"dn": "OU=Contractors,` + dcs + `"}]`
	w.setDomain(bases + `}`)
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")

	change("disable", "ivy.ricci")
	change("delete", "otto.locke")
	change("move", "nora.newman", "OU=Leavers,"+dcs)
	w.because(map[string][2]string{
		"remove Ivy Ricci":   {"disabled", "the account is disabled"},
		"remove Otto Locke":  {"deleted", ", last in OU=Finance,OU=Staff," + dcs},
		"remove Nora Newman": {"moved.out", "moved from OU=Human Resources,OU=Staff," + dcs + " to OU=Leavers," + dcs},
	})
	change("enable", "ivy.ricci")
	change("move", "nora.newman", "OU=IT,OU=Staff,"+dcs)
	change("add", "Nora Lind", "--account", "nora.lind")
	w.because(map[string][2]string{
		"create Ivy Ricci":   {"new", ""},
		"create Nora Lind":   {"new", ""},
		"create Nora Newman": {"moved.in", "stands in OU=IT,OU=Staff," + dcs},
	})
	w.must(ok, "scope", "accounts", "--include-expired=false", "--yes")
	w.because(map[string][2]string{
		"remove Aidan Burke": {"expired", "expired on 2024-06-30"},
		"remove Cem Aydin":   {"expired", "expired on 2024-06-30"},
		"remove Emil Hansen": {"expired", "expired on 2024-06-30"},
	})
	w.setDomain(`"users": {"bases": [{"dn": "OU=Staff,` + dcs + `"}]}`)
	w.because(map[string][2]string{
		"remove Beatriz Pinto": {"base", "the search bases were changed from"},
		"remove Dora Szabo":    {"base", "the search bases were changed from"},
		"remove Freya Dahl":    {"base", "the search bases were changed from"},
	})
	change("ou", "move", "OU=Contractors,"+dcs, "OU=Staff,"+dcs)
	w.because(map[string][2]string{
		"create Beatriz Pinto": {"moved.in", "stands in OU=Contractors,OU=Staff," + dcs},
		"create Dora Szabo":    {"moved.in", "stands in OU=Contractors,OU=Staff," + dcs},
		"create Freya Dahl":    {"moved.in", "stands in OU=Contractors,OU=Staff," + dcs},
	})
	w.nestedCauses(change)
}

// nestedCauses: with a filter that counts nested groups.
func (w *world) nestedCauses(change func(...string)) {
	w.t.Helper()
	const groups = ",OU=Groups,DC=corp,DC=example"
	w.setDomain(`"users": {"filter": "(memberOf=CN=All Staff` + groups + `)", "nestedMemberOf": true}`)
	w.because(map[string][2]string{
		"remove Beatriz Pinto": {"filter.users", "the filter was changed"},
		"remove Dora Szabo":    {"filter.users", "the filter was changed"},
		"remove Freya Dahl":    {"filter.users", "the filter was changed"},
		"remove Nora Lind":     {"filter.users", "the filter was changed"},
	})
	change("member", "remove", "Human Resources", "nora.newman")
	w.because(map[string][2]string{
		"remove Nora Newman": {"left.group", "left CN=Human Resources" + groups + ", through which it belonged to CN=All Staff" + groups},
	})
	e := w.must(ok, "explain", "nora.newman")
	if text := fmt.Sprint(e["verdict"]); !strings.Contains(text, "it does not belong to CN=All Staff"+groups) {
		w.t.Errorf("explained: %s", text)
	}
	change("member", "add", "Human Resources", "nora.newman")
	w.because(map[string][2]string{
		"create Nora Newman": {"joined.group", "joined CN=Human Resources" + groups + ", through which it belongs to CN=All Staff" + groups},
	})
	if text := w.run("explain", "nora.newman").stdout; !strings.Contains(text, "it belongs to CN=All Staff"+groups+", through CN=Human Resources"+groups) {
		w.t.Errorf("explained: %s", text)
	}
}

// causesOf are the causes of the changes of one action.
func causesOf(d map[string]any, action string) []any {
	var list []any
	changes, _ := d["changes"].([]any)
	for _, c := range changes {
		if one, _ := c.(map[string]any); one["action"] == action {
			list = append(list, one["cause"])
		}
	}
	return list
}
