package commands

import (
	"os"
	"path/filepath"
	"testing"
)

// origins counts the changes of a document by action and origin.
func origins(d map[string]any) map[string]int {
	counts := map[string]int{}
	entries, _ := d["changes"].([]any)
	for _, e := range entries {
		c, _ := e.(map[string]any)
		action, _ := c["action"].(string)
		from, _ := c["from"].(string)
		counts[action+" "+from]++
	}
	return counts
}

// TestOrigins: while the accepted configuration is another one, a plan tells
// what comes from the data, and the policy goes on with that alone.
func TestOrigins(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	first := w.must(ok, "preview")
	for what := range origins(first) {
		if what != "create config" {
			t.Errorf("before anything is accepted: %s", what)
		}
	}
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	accepted := func() bool {
		t.Helper()
		d := w.must(ok, "preview")
		return d["configAccepted"] == true
	}
	if !accepted() {
		t.Fatal("the first run has accepted nothing")
	}

	// A configuration under which the same happens accepts itself, but for what
	// it widens.
	w.must(ok, "config", "set", "exclude.users", "nobody-has-this-name")
	if !accepted() {
		t.Error("an exclusion of nobody is not accepted")
	}
	w.must(ok, "config", "set", "limits.removals.count", "3")
	if !accepted() {
		t.Error("a narrower limit is not accepted")
	}
	w.must(ok, "config", "set", "limits.removals.count", "4")
	w.must(ok, "config", "set", "exclude.users", "nor-has-anybody-this")
	wide := w.must(ok, "preview")
	if wide["configAccepted"] != false {
		t.Error("a wider limit has accepted itself")
	}
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	if !accepted() {
		t.Error("a person's approval of the wider limit is not enough")
	}

	// One person comes by the data, others go by the configuration.
	w.must(ok, "approver", "enroll", "--policy-only")
	w.must(ok, "sandbox", "change", "add", "Nora Lind", "--account", "nora.lind", "--mail", "nora.lind@corp.example")
	w.must(ok, "config", "set", "exclude.users", "anna.silva")
	d := w.must(ok, "preview")
	if got := origins(d); got["create data"] != 1 || got["remove config"] != 1 || got["create config"]+got["remove data"] != 0 {
		t.Errorf("origins %v", got)
	}
	id, _ := d["id"].(string)
	signed := w.must(ok, "approve", id, "--policy")
	if signed["covered"] != float64(1) {
		t.Errorf("the policy covers %v changes", signed["covered"])
	}
	w.must(ok, "apply", id)
	d = w.must(ok, "preview")
	if got := origins(d); got["remove config"] != 1 || got["create data"] != 0 || d["configAccepted"] != false {
		t.Errorf("after the policy's run: %v, accepted %v", got, d["configAccepted"])
	}
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	if !accepted() {
		t.Error("the approved exclusion is not accepted")
	}
}

// TestAcceptedFilterIsReadToo: whoever leaves by the data alone leaves by the
// data, though the filter is another one by now.
func TestAcceptedFilterIsReadToo(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	file := filepath.Join(t.TempDir(), "domains.json")
	content := `[{"name": "corp.example", "users": {"filter": "(!(sAMAccountName=anna.silva))"}}]`
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must(ok, "config", "set", "scope.domains", "--file", file)
	w.must(ok, "sandbox", "change", "disable", "ivy.ricci")
	d := w.must(ok, "preview")
	if got := origins(d); got["remove data"] < 1 || got["remove config"] < 1 {
		t.Errorf("origins %v, want a removal of each kind; held: %v", got, d["holds"])
	}
}
