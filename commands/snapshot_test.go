package commands

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// codesOf returns the codes of the entries of a list of a document.
func codesOf(d map[string]any, list string) []string {
	var codes []string
	entries, _ := d[list].([]any)
	for _, e := range entries {
		if one, is := e.(map[string]any); is {
			code, _ := one["code"].(string)
			codes = append(codes, code)
		}
	}
	return codes
}

// causes counts the causes of changes.
func causes(d map[string]any) map[string]int {
	counts := map[string]int{}
	entries, _ := d["changes"].([]any)
	for _, e := range entries {
		c, _ := e.(map[string]any)
		cause, _ := c["cause"].(map[string]any)
		code, _ := cause["code"].(string)
		counts[code]++
	}
	return counts
}

// TestSnapshot: a plan from a saved snapshot is the plan from the directory, is
// not saved, and cannot be approved.
func TestSnapshot(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	w.must(ok, "sandbox", "change", "--scenario", "leavers")
	file := filepath.Join(t.TempDir(), "corp.json")
	saved := w.must(ok, "snapshot", "save", file)
	if n, _ := saved["people"].(float64); n < 100 || saved["complete"] != true || saved["file"] != file {
		t.Errorf("%v people, complete %v, file %v", saved["people"], saved["complete"], saved["file"])
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if saved["sha256"] != digest(data) {
		t.Errorf("sha256 %v, the file has %s", saved["sha256"], digest(data))
	}
	if at := slices.IndexFunc(data, func(b byte) bool { return b > 0x7e }); at >= 0 {
		t.Errorf("the file is not ASCII at %d", at)
	}
	back := w.must(ok, "preview", "--from", file)
	live := w.must(ok, "preview", "--no-save")
	if back["applyable"] != false || !slices.Contains(codesOf(back, "warnings"), "plan.snapshot") {
		t.Errorf("applyable %v, warnings %v", back["applyable"], codesOf(back, "warnings"))
	}
	if b, l := causes(back), causes(live); len(b) == 0 || !mapsEqual(b, l) {
		t.Errorf("causes %v, from the directory %v", b, l)
	}
	id, _ := back["id"].(string)
	w.refused(exitUsage, "usage.plan.unknown", "approve", id)

	// The file is replaced as a whole, and nothing lies beside it.
	w.must(ok, "snapshot", "save", file)
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("beside the file: %v, %v", left, err)
	}
	w.refused(exitUsage, "usage.snapshot.file", "snapshot", "save", filepath.Join(t.TempDir(), "no", "corp.json"))
	w.otherFiles(t, data)
	w.otherPlaces(t, data)
	w.notAsked(t, file)
}

func mapsEqual(a, b map[string]int) bool {
	if len(a) != len(b) {
		return false
	}
	for k, n := range a {
		if b[k] != n {
			return false
		}
	}
	return true
}

// otherFiles: what is no whole snapshot of this format is refused.
func (w *world) otherFiles(t *testing.T, data []byte) {
	t.Helper()
	for name, content := range map[string]string{
		"cut":      string(data[:len(data)/2]),
		"noEnd":    strings.Replace(string(data), `,"complete":true}`, "}", 1),
		"newer":    strings.Replace(string(data), `"format":1`, `"format":2`, 1),
		"more":     string(data) + "{}",
		"unknown":  strings.Replace(string(data), `"format":1`, `"format":1,"shape":"round"`, 1),
		"plan":     `{"format":1,"changes":[]}`,
		"nothing":  "",
		"notJSON":  "hello",
		"lastByte": string(data[:len(data)-2]),
		"changed":  strings.Replace(string(data), "anna.silva@", "hanna.silva@", 1),
		"unsealed": string(data[:strings.LastIndex(string(data), `,"sha256"`)]) + "}\n",
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		w.refused(exitUsage, "usage.snapshot.file", "preview", "--from", path)
	}
	w.refused(exitUsage, "usage.snapshot.file", "preview", "--from", filepath.Join(t.TempDir(), "none"))
}

// otherPlaces: a snapshot takes the place of a snapshot alone, whose link stays a
// link, and only its account may read it.
func (w *world) otherPlaces(t *testing.T, data []byte) {
	t.Helper()
	dir := t.TempDir()
	letter, old, link := filepath.Join(dir, "letter.txt"), filepath.Join(dir, "old.json"), filepath.Join(dir, "link.json")
	if err := errors.Join(os.WriteFile(letter, []byte("Dear Anna"), 0o600), os.WriteFile(old, data[:len(data)/2], 0o600), os.Symlink(old, link)); err != nil {
		t.Fatal(err)
	}
	w.refused(exitUsage, "usage.snapshot.exists", "snapshot", "save", letter)
	if now, err := os.ReadFile(letter); err != nil || string(now) != "Dear Anna" {
		t.Errorf("the letter is %q, %v", now, err)
	}
	w.refused(exitUsage, "usage.snapshot.file", "snapshot", "save", dir)
	w.refused(exitUsage, "usage.snapshot.file", "snapshot", "save", os.DevNull)
	if d := w.must(ok, "snapshot", "save", link); d["file"] != old {
		t.Errorf("written to %v, want %s", d["file"], old)
	}
	info, err := os.Stat(old)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	w.must(ok, "preview", "--from", link)
}

// TestSnapshotIncomplete: a snapshot of an account that has lost its rights says
// so, and a plan from it removes nobody.
func TestSnapshotIncomplete(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	w.must(ok, "sandbox", "change", "--scenario", "lost-rights")
	file := filepath.Join(t.TempDir(), "lost.json")
	if d := w.must([]int{exitHeld}, "snapshot", "save", file); d["complete"] != false {
		t.Errorf("complete %v", d["complete"])
	}
	w.must(ok, "sandbox", "change", "--scenario", "rights-restored")
	d := w.must([]int{exitHeld}, "preview", "--from", file)
	if len(causesOf(d, "remove"))+len(causesOf(d, "membershipRemove")) > 0 || d["complete"] != false {
		t.Errorf("complete %v, changes %v", d["complete"], d["changes"])
	}
	w.setDomains(`[{"name": "other.example", "include": true}]`)
	w.refused(exitUsage, "usage.snapshot.foreign", "preview", "--from", file)
}

// notAsked: what the snapshot was not read for is not known, and takes nothing
// away.
func (w *world) notAsked(t *testing.T, file string) {
	t.Helper()
	domains := filepath.Join(t.TempDir(), "domains.json")
	content := `[{"name": "corp.example", "users": {"bases": [{"dn": "OU=Staff,DC=corp,DC=example"}], "filter": "(department=Sales)"}}]`
	if err := os.WriteFile(domains, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	w.must(ok, "config", "set", "scope.domains", "--file", domains)
	d := w.must(ok, "preview", "--from", file)
	if d["complete"] != false {
		t.Error("complete, though the filter was not asked for")
	}
	summary, _ := d["summary"].(map[string]any)
	remove, _ := summary["remove"].(map[string]any)
	if remove["users"] != float64(0) {
		t.Errorf("%v removals on the strength of a filter that was not asked for", remove["users"])
	}
	w.must(ok, "config", "set", "attributes.name", ".description")
	w.refused(exitUsage, "usage.snapshot.attribute", "preview", "--from", file)
}

// TestSnapshotLinkToNothing is not taken for a place to write to: the link would be
// replaced, and not what it stands for.
func TestSnapshotLinkToNothing(t *testing.T) {
	w := newWorld(t)
	link := filepath.Join(t.TempDir(), "corp.json")
	if err := os.Symlink(link+".gone", link); err != nil {
		t.Skipf("skipped: no links can be made here: %v", err)
	}
	w.sandbox()
	w.must(ok, "central", "validate")
	w.refused(exitUsage, "usage.snapshot.file", "snapshot", "save", link)
	if _, err := os.Readlink(link); err != nil {
		t.Error(err)
	}
}
