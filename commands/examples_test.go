package commands

import (
	"crypto/ed25519"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"adsync/core/approval"
	"adsync/core/plan"
)

// words are the arguments of a line as PowerShell hands them over. Help needs no
// other quotes than single ones, TestHelp sees to that.
func words(line string) []string {
	var list []string
	for i, part := range strings.Split(line, "'") {
		if i%2 == 1 {
			list = append(list, part)
			continue
		}
		list = append(list, strings.Fields(part)...)
	}
	return list
}

// examples are the examples of a command's help, in their order.
func examples(t *testing.T, n *kong.Node) []string {
	t.Helper()
	h, ok := reflect.TypeAssert[kong.HelpProvider](n.Target.Addr())
	if !ok {
		return nil
	}
	var list []string
	for line := range strings.Lines(h.Help()) {
		if example, is := strings.CutPrefix(strings.TrimRight(line, "\n"), "    adsync "); is {
			list = append(list, example)
		}
	}
	return list
}

// TestExamplesAreOfTheirCommand: an example that shows another command was copied
// there.
func TestExamplesAreOfTheirCommand(t *testing.T) {
	others := []string{"central validate --profile sandbox"} // what goes on after sandbox start
	for _, n := range leaves(t) {
		path := strings.TrimSuffix(commandPath(n), " scenario")
		own := 0
		for _, e := range examples(t, n) {
			switch {
			case e == path, strings.HasPrefix(e, path+" "):
				own++
			case !slices.Contains(others, e):
				t.Errorf("%s: the example %q is of another command", path, e)
			}
		}
		if own == 0 {
			t.Errorf("%s: no example of its own", path)
		}
	}
}

// TestExamples runs every example of every help page, in an order in which each
// does its work.
func TestExamples(t *testing.T) {
	w := newWorld(t)
	info := w.sandbox()
	t.Chdir(t.TempDir())
	domains := `[{"name": "corp.example", "users": {"bases": [{"dn": "OU=Staff,DC=corp,DC=example"}]}}]`
	if err := os.WriteFile("domains.json", []byte(domains), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("tenant.json", []byte(`{"groups": [{"name": "Planted"}], "generate": {"users": 20, "agents": 50}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must(ok, "central", "validate")
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")

	// The plan that the examples speak of, and what stands for other things of
	// which each day has its own.
	stands := map[string]string{"3f9a1c02": w.preview()}
	_, other, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	if stands["kQ3...="], err = approval.PublicKey(other); err != nil {
		t.Fatal(err)
	}
	run := func(line string) reply {
		args := words(line)
		for i, a := range args {
			for old, now := range stands {
				a = strings.ReplaceAll(a, old, now)
			}
			args[i] = a
		}
		return w.run(args...)
	}
	many := func() {
		w.must(ok, "sandbox", "change", "--scenario", "hires")
		w.must(ok, "sandbox", "change", "--scenario", "marriage")
		w.must(ok, "sandbox", "change", "--scenario", "mass-delete")
		id := w.preview()
		stands["3f9a1c02"], stands["removals=42"] = id, "removals="+strconv.Itoa(w.removals(id))
	}
	secret := func() { w.stdin = info.Secrets.ClientSecret + "\n" }
	pages := map[string]*kong.Node{}
	for _, n := range leaves(t) {
		pages[commandPath(n)] = n
	}
	for _, step := range []struct {
		path   string
		before func()
		codes  []int // nil: 0, or 11 where something is held
	}{
		{path: "version"},
		{path: "sandbox start"},
		{path: "sandbox status"},
		{path: "sandbox serve", codes: []int{exitFailed}}, // it runs already
		{path: "credential list"},
		{path: "central validate"},
		{path: "directory validate"},
		{path: "directory domains"},
		{path: "scope show"},
		{path: "config show"},
		{path: "config path"},
		{path: "config check"},
		{path: "explain"},
		{path: "snapshot save", codes: []int{exitOK, exitHeld}},
		{path: "preview", codes: []int{exitOK, exitHeld, exitChanges}},
		{path: "plan list"},
		{path: "sandbox change add"},
		{path: "sandbox change rename"},
		{path: "sandbox change move"},
		{path: "sandbox change mail"},
		{path: "sandbox change member add"},
		{path: "sandbox change member remove"},
		{path: "sandbox change disable"},
		{path: "sandbox change enable"},
		{path: "sandbox change ou rename"},
		{path: "sandbox change ou move"},
		{path: "sandbox change scenario"},
		{path: "approver enroll", before: many},
		{path: "approver list"},
		{path: "plan show"},
		{path: "approve"},
		{path: "apply"},
		{path: "run list"},
		{path: "run show"},
		{path: "run resume"},
		{path: "sandbox change delete"},
		{path: "revoke", before: func() {
			stands["3f9a1c02"] = w.preview()
			w.must(ok, "approve", stands["3f9a1c02"])
		}},
		{path: "plan remove"},
		{path: "schedule set"},
		{path: "schedule show"},
		{path: "schedule xml"},
		{path: "probe"},
		{path: "status"},
		{path: "scope domain include"},
		{path: "scope base add"},
		{path: "scope base confirm"},
		{path: "scope filter set"},
		{path: "scope filter clear"},
		{path: "scope base remove"},
		{path: "scope accounts"},
		{path: "scope exclude add"},
		{path: "scope exclude remove"},
		{path: "scope protect add"},
		{path: "scope protect remove"},
		{path: "scope domain exclude"},
		{path: "config add"},
		{path: "config remove"},
		{path: "config set"},
		{path: "config unset"},
		{path: "credential set", before: secret},
		{path: "credential remove", codes: []int{exitOK, 22}},
		{path: "sandbox seed"},
		{path: "sandbox calls"},
		{path: "sandbox clock"},
		{path: "sandbox fault add"},
		{path: "sandbox fault list"},
		{path: "sandbox fault clear"},
		{path: "sandbox reset"},
		{path: "sandbox stop"},
	} {
		n := pages[step.path]
		if n == nil {
			t.Errorf("%s: there is no such command, or it was tried already", step.path)
			continue
		}
		delete(pages, step.path)
		if step.before != nil {
			step.before()
		}
		codes := step.codes
		if codes == nil {
			codes = ok
		}
		for _, e := range examples(t, n) {
			if strings.HasPrefix(step.path, "scope ") {
				e += " --yes" // what a person answers who is asked
			}
			if r := run(e); !slices.Contains(codes, r.code) {
				t.Errorf("adsync %s: exit %d, want one of %v\n%s%s", e, r.code, codes, r.stdout, r.stderr)
			}
		}
	}
	for path := range pages {
		t.Errorf("%s: its examples are not tried", path)
	}
}

// removals counts what approve --allow removals=COUNT has to name of a plan.
func (w *world) removals(id string) int {
	w.t.Helper()
	d := w.must(ok, "plan", "show", id)
	count := 0
	for _, list := range []string{"changes", "holds"} {
		changes, isList := d[list].([]any)
		if !isList {
			w.t.Fatalf("the plan's %s are %v", list, d[list])
		}
		for _, c := range changes {
			if one, is := c.(map[string]any); is && one["action"] == string(plan.Remove) {
				n := 1
				if folded, is := one["count"].(float64); is && folded > 1 {
					n = int(folded)
				}
				count += n
			}
		}
	}
	if count == 0 {
		w.t.Fatalf("nothing of plan %s is removed", id)
	}
	return count
}
