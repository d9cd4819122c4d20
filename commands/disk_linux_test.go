package commands

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"adsync/core/identity"
)

// full makes the profile's folder a disk of its own, with so many kilobytes left.
func (w *world) full(size string) (fill func(leave int64), free func()) {
	w.t.Helper()
	if os.Geteuid() != 0 {
		w.t.Skip("only root can mount a small disk")
	}
	dir := filepath.Join(w.home, "sandbox")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size+",mode=700"); err != nil {
		w.t.Skipf("a small disk cannot be mounted here: %v", err)
	}
	w.t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			w.t.Errorf("unmount: %v", err)
		}
	})
	filler := filepath.Join(dir, "filler")
	return func(leave int64) {
			var st syscall.Statfs_t
			if err := syscall.Statfs(dir, &st); err != nil {
				w.t.Fatal(err)
			}
			left := int64(st.Bavail)*st.Bsize - leave
			if err := os.WriteFile(filler, make([]byte, max(0, left)), 0o600); err != nil {
				w.t.Fatal(err)
			}
		}, func() {
			if err := os.Remove(filler); err != nil {
				w.t.Fatal(err)
			}
		}
}

// TestFullDisk fills the disk before a plan is saved, before an approval, and
// while a run is recorded. Each time the next command after making room works.
func TestFullDisk(t *testing.T) {
	w := newWorld(t)
	fill, free := w.full("16m")
	info := w.sandbox()
	w.must(ok, "central", "validate")
	first := w.preview()
	if err := os.Remove(filepath.Join(w.home, "sandbox", "plans", first+".json")); err != nil {
		t.Fatal(err)
	}

	fill(0)
	before := w.plans()
	for _, left := range []int64{0, 40 << 10} {
		free()
		fill(left)
		w.refused(1, "store.full", "preview", "--summary")
		if n := w.plans(); n != before {
			t.Errorf("%d files in plans, before %d", n, before)
		}
	}
	free()
	id := w.preview()

	fill(0)
	w.refused(1, "store.full", "approve", id)
	w.refused(1, "store.full", "config", "set", "limits.updates.ceiling", "400")
	w.must(ok, "config", "check")
	w.must(ok, "status")
	if files, err := filepath.Glob(filepath.Join(w.home, "sandbox", "approvals", "*", "*")); err != nil || len(files) > 0 {
		t.Errorf("approvals %v, %v", files, err)
	}
	free()
	w.must(ok, "approve", id)

	fill(0)
	w.refused(1, "store.full", "apply", id)
	if w.record() != nil {
		t.Error("a run was begun")
	}
	users, err := w.hand(info).Users(t.Context())
	if err != nil || len(users) > 0 {
		t.Fatalf("%d users, %v: something was sent without a record", len(users), err)
	}
	free()
	fill(64 << 10)
	d := w.must([]int{1}, "apply", id)
	e, isError := d["error"].(map[string]any)
	if d["outcome"] != "interrupted" || !isError || !strings.HasPrefix(fmt.Sprint(e["code"]), "store.") || e["hint"] == "" {
		t.Errorf("%v %v", d["outcome"], d["error"])
	}
	for _, line := range w.record() {
		if !json.Valid([]byte(line)) {
			t.Fatalf("a line of the record is broken: %q", line)
		}
	}
	free()
	if d := w.must([]int{exitOK}, "run", "resume"); d["outcome"] != "done" {
		t.Fatalf("resumed: %v", d["outcome"])
	}
	d = w.must(ok, "preview")
	if changes, isList := d["changes"].([]any); !isList || len(changes) > 0 {
		t.Errorf("changes are left: %v", d["changes"])
	}
	if users, err = w.hand(info).Users(t.Context()); err != nil || len(users) != len(usersOf(w)) {
		t.Errorf("%d users in Central, %d in the ledger, %v", len(users), len(usersOf(w)), err)
	}
}

// TestFullDiskSnapshot fills the disk that a snapshot is written to: the one
// before stays as it was, and nothing lies beside it.
func TestFullDiskSnapshot(t *testing.T) {
	w := newWorld(t)
	fill, free := w.full("16m")
	w.sandbox()
	w.must(ok, "central", "validate")
	file := filepath.Join(w.home, "sandbox", "corp.json")
	w.must(ok, "snapshot", "save", file)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i, left := range []int64{0, 4 << 10, int64(len(before) / 2)} {
		if i > 0 {
			free()
		}
		fill(left)
		w.refused(1, "store.full", "snapshot", "save", file)
		now, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(now, before) {
			t.Errorf("with %d bytes left: %d bytes, before %d, %v", left, len(now), len(before), err)
		}
		if beside, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".adsync-*")); err != nil || len(beside) > 0 {
			t.Errorf("with %d bytes left: %v, %v", left, beside, err)
		}
	}
	free()
	w.must(ok, "snapshot", "save", file)
	w.must(ok, "preview", "--from", file)
}

// usersOf are the Central ids of the people of the ledger.
func usersOf(w *world) []string {
	var ids []string
	for id, l := range w.links() {
		if l.Kind == identity.KindUser {
			ids = append(ids, id)
		}
	}
	return ids
}
