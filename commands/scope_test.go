package commands

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	salesOU  = "OU=Sales,OU=Staff,DC=corp,DC=example"
	staffOU  = "OU=Staff,DC=corp,DC=example"
	scopedTo = "corp.example"
)

// TestScopeEffect pins what the commands of the scope show of their effect, as a
// document and as a table, also where nothing is another.
func TestScopeEffect(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	narrow := []string{"scope", "base", "add", scopedTo, "--users", salesOU, "--dry-run"}
	w.keep("scope-effect.json", exitOK, narrow...)
	w.keep("scope-effect.txt", exitOK, append(narrow, "--output", "table")...)
	none := []string{"scope", "accounts", "--include-disabled=false", "--dry-run"}
	w.keep("scope-effect-none.json", exitOK, none...)
	w.keep("scope-effect-none.txt", exitOK, append(none, "--output", "table")...)
}

// TestScopeOfDevices narrows the computers: bases and filter are kept for them
// alone.
func TestScopeOfDevices(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	before := w.must(ok, "scope", "base", "add", scopedTo, "--devices", staffOU)
	if before["changed"] != true {
		t.Errorf("nothing was changed: %v", before)
	}
	w.must(ok, "scope", "filter", "set", scopedTo, "--devices", "(operatingSystem=Windows*)")
	config := w.configText()
	_, devices, _ := strings.Cut(config, `"devices"`)
	if !strings.Contains(devices, staffOU) || !strings.Contains(devices, "(operatingSystem=Windows*)") || strings.Count(config, staffOU) != 1 {
		t.Errorf("config.json is\n%s", config)
	}
}

// TestScopeCountsDevices counts the computers that the scope lets in, and names
// them.
func TestScopeCountsDevices(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	w.must(ok, "config", "set", "scope.devices.sync", "true")
	devices := func(d map[string]any) (before, after float64) {
		count := func(at string) float64 {
			counts, _ := d[at].(map[string]any)
			n, counted := counts["devices"].(float64)
			if !counted {
				t.Fatalf("%s counts no devices: %v", at, d[at])
			}
			return n
		}
		return count("before"), count("after")
	}
	all, servers := devices(w.must(ok, "scope", "filter", "set", scopedTo, "--devices", "(operatingSystem=Windows Server*)", "--dry-run"))
	if all <= servers || servers == 0 {
		t.Errorf("%v devices before and %v after a filter for servers", all, servers)
	}
	off := w.must(ok, "scope", "domain", "exclude", scopedTo, "--dry-run")
	if before, after := devices(off); before != all || after != 0 {
		t.Errorf("without the domain %v and then %v devices, want %v and 0", before, after, all)
	}
	for _, note := range []string{"false", "true"} {
		d := w.must(ok, "config", "set", "scope.devices.sync", note)
		if notes := fmt.Sprint(d["notes"]); !strings.Contains(notes, "policies") {
			t.Errorf("sync %s: notes %s", note, notes)
		}
	}
}

func (w *world) configText() string {
	w.t.Helper()
	data, err := os.ReadFile(filepath.Join(w.home, "sandbox", "config.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// TestScopeAsks: a person is asked before people leave by a change of the scope,
// and no is no.
func TestScopeAsks(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	before := w.configText()
	narrow := []string{"scope", "base", "add", scopedTo, "--users", salesOU}
	w.refused(80, "usage.scope.leaving", narrow...)

	w.terminal, w.stdin = true, "n\n"
	r := w.run(narrow...)
	if r.code != 80 || r.stdout != "" || !strings.Contains(r.stderr, "would leave Sophos Central") || !strings.Contains(r.stderr, "[y/N]") {
		t.Fatalf("exit %d, stdout %q, stderr %q; want 80 and a question that counts", r.code, r.stdout, r.stderr)
	}
	if w.configText() != before {
		t.Error("the answer was no, and config.json is another")
	}
	w.stdin = "y\n"
	if r = w.run(narrow...); r.code != exitOK {
		t.Fatalf("answered with yes: exit %d, %s", r.code, r.stderr)
	}
	if !strings.Contains(w.configText(), salesOU) {
		t.Error("the answer was yes, and config.json does not have the base")
	}
}
