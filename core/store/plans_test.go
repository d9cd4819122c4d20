package store

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

func TestPlans(t *testing.T) {
	home := t.TempDir()
	now := clock()
	p, err := Open(home, "default", Options{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var ids []string
	for _, text := range []string{"a", "b", "c"} {
		id, sha, err := p.SavePlan([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if again, _, err := p.SavePlan([]byte(text)); err != nil || again != id || !strings.HasPrefix(sha, id) {
			t.Errorf("the same plan again: %s, %v", again, err)
		}
		ids = append(ids, id)
		now = now.Add(time.Second)
	}
	for _, tc := range []struct{ why, prefix, id, code string }{
		{"whole", ids[0], ids[0], ""},
		{"prefix", ids[1][:8], ids[1], ""},
		{"upper case, as Get-FileHash prints it", strings.ToUpper(ids[1][:12]), ids[1], ""},
		{"newest", Latest, ids[2], ""},
		{"unknown", "00000000", "", "usage.plan.unknown"},
		{"too short", ids[0][:7], "", "usage.plan.name"},
	} {
		id, data, err := p.Plan(tc.prefix)
		if id != tc.id || fault.Code(err) != tc.code {
			t.Errorf("%s: got %q, %v", tc.why, id, err)
		}
		if again, _ := PlanID(data); err == nil && again != id {
			t.Errorf("%s: bytes of another plan", tc.why)
		}
	}
	list, err := p.Plans()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range list {
		got = append(got, f.ID+f.SHA256[:4]+f.SavedAt.Format("05"))
	}
	want := []string{ids[2] + ids[2][:4] + "02", ids[1] + ids[1][:4] + "01", ids[0] + ids[0][:4] + "00"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("newest first (-want +got):\n%s", d)
	}

	name := filepath.Join(p.Dir(), "plans", ids[0]+".json")
	if err := os.WriteFile(name, []byte("A"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Plan(ids[0]); fault.Code(err) != "approval.changed" {
		t.Errorf("changed on disk: %v", err)
	}
	if _, _, err := p.SavePlan([]byte("a")); fault.Code(err) != "approval.changed" {
		t.Errorf("a plan is written once: %v", err)
	}
	twin := ids[1][:8] + strings.Repeat("0", 24)
	if err := os.WriteFile(filepath.Join(p.Dir(), "plans", twin+".json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := p.Plan(ids[1][:8]); fault.Code(err) != "usage.plan.ambiguous" {
		t.Errorf("two plans: %v", err)
	}
	if err := p.RemovePlan(ids[1]); err != nil {
		t.Error(err)
	}
	if _, _, err := p.Plan(ids[1]); fault.Code(err) != "usage.plan.unknown" {
		t.Errorf("removed: %v", err)
	}
}

func TestApprovals(t *testing.T) {
	p := open(t, t.TempDir())
	plan, _ := PlanID([]byte("a"))
	for _, id := range []string{"bbbbbbbb", "aaaaaaaa"} {
		if err := p.SaveApproval(plan, id, []byte(id)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.SaveApproval(plan, "aaaaaaaa", []byte("x")); fault.Code(err) != "approval.changed" {
		t.Errorf("an approval is written once: %v", err)
	}
	dir := filepath.Join(p.Dir(), "approvals", plan)
	if err := os.WriteFile(filepath.Join(dir, "note.json"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(dir, "cccccccc.json")); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		t.Log(err)
	}
	got, err := p.Approvals(plan)
	if err != nil {
		t.Fatal(err)
	}
	want := []ApprovalFile{{"aaaaaaaa", []byte("aaaaaaaa")}, {"bbbbbbbb", []byte("bbbbbbbb")}}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("approvals (-want +got):\n%s", d)
	}
}

// failing is a file that stops after some bytes.
type failing struct {
	file
	left      int
	err       error
	unflushed bool
}

func (f *failing) Write(b []byte) (int, error) {
	if len(b) <= f.left {
		f.left -= len(b)
		return f.file.Write(b)
	}
	n, err := f.file.Write(b[:f.left])
	f.left = 0
	return n, errors.Join(f.err, err)
}

func (f *failing) WriteAt(b []byte, at int64) (int, error) {
	if len(b) <= f.left {
		f.left -= len(b)
		return f.file.WriteAt(b, at)
	}
	n, err := f.file.WriteAt(b[:f.left], at)
	f.left = 0
	return n, errors.Join(f.err, err)
}

func (f *failing) Sync() error {
	if f.unflushed {
		return f.err
	}
	return f.file.Sync()
}

// fail lets each file that is opened from now on take so many bytes.
func fail(p *Profile, left int, err error, unflushed bool) {
	p.open = func(root *os.Root, name string, flag int, mode fs.FileMode) (file, error) {
		f, e := openFile(root, name, flag, mode)
		return &failing{f, left, err, unflushed}, e
	}
}

func TestNothingIsHalfWritten(t *testing.T) {
	for why, tc := range map[string]struct {
		left int
		err  error
		code string
	}{
		"full at once":     {0, errFull, "store.full"},
		"full in between":  {5, errFull, "store.full"},
		"no right to":      {0, syscall.EACCES, "profile.access"},
		"the disk is gone": {3, syscall.EIO, "store.io"},
		"not flushed":      {999, syscall.EIO, "store.io"},
	} {
		home := t.TempDir()
		p := open(t, home)
		if err := p.WriteConfig([]byte("old")); err != nil {
			t.Fatal(err)
		}
		fail(p, tc.left, tc.err, tc.left > 100)
		if _, _, err := p.SavePlan([]byte("a plan")); fault.Code(err) != tc.code {
			t.Errorf("%s: plan: %v", why, err)
		}
		if err := p.WriteConfig([]byte("new config")); fault.Code(err) != tc.code {
			t.Errorf("%s: config: %v", why, err)
		}
		if _, err := p.NewRun("20261124T101500Z-aaaaaa", []byte("header")); fault.Code(err) != tc.code {
			t.Errorf("%s: run: %v", why, err)
		}
		p.open = openFile
		if got, err := p.ReadConfig(); string(got) != "old" || err != nil {
			t.Errorf("%s: config is now %q, %v", why, got, err)
		}
		for _, name := range tree(t, home) {
			if info, err := os.Stat(filepath.Join(home, name)); err == nil && !info.IsDir() && !strings.HasSuffix(name, "config.json") {
				t.Errorf("%s: left behind %s", why, name)
			}
		}
	}
}

// A real full disk, where the tests may mount one.
func TestFullDisk(t *testing.T) {
	home := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", home).CombinedOutput(); err != nil {
		t.Skipf("no small disk can be mounted here: %v %s", err, bytes.TrimSpace(out))
	}
	t.Cleanup(func() {
		if out, err := exec.CommandContext(context.WithoutCancel(t.Context()), "umount", home).CombinedOutput(); err != nil {
			t.Errorf("%v %s", err, out)
		}
	})
	p := open(t, home)
	if _, _, err := p.SavePlan(bytes.Repeat([]byte("x"), 1000)); err != nil {
		t.Fatal(err)
	}
	before := tree(t, home)
	if _, _, err := p.SavePlan(bytes.Repeat([]byte("x"), 100<<10)); fault.Code(err) != "store.full" {
		t.Errorf("got %v", err)
	}
	if d := cmp.Diff(before, tree(t, home)); d != "" {
		t.Errorf("files (-before +after):\n%s", d)
	}
	if err := p.Set(t.Context(), "x", strings.Repeat("x", 100<<10)); fault.Code(err) != "store.full" {
		t.Errorf("database: got %v", err)
	}
	if plans, err := p.Plans(); err != nil || len(plans) != 1 {
		t.Errorf("what was there: %v, %v", plans, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}
