package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/fault"
	"adsync/core/identity"
)

func TestProfileNames(t *testing.T) {
	for name, ok := range map[string]bool{
		"default": true, "a": true, "0-tenant": true, strings.Repeat("a", 32): true,
		"": false, "Default": false, "-a": false, "..": false, "a/b": false, `a\b`: false, "a.b": false, "ä": false,
		strings.Repeat("a", 33): false, "a\n": false, "nul ": false,
	} {
		_, err := Open(t.TempDir(), name, Options{Now: clock})
		if ok != (err == nil) || !ok && fault.Code(err) != "usage.profile.name" {
			t.Errorf("%q: got %v", name, err)
		}
	}
}

// What only shows must work on a profile that nobody has made, and not make it.
func TestReadingCreatesNothing(t *testing.T) {
	parent := t.TempDir()
	home := filepath.Join(parent, "home")
	p := open(t, home)
	s, err := OpenShared(home, clock)
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	reads := map[string]func() (any, error){
		"Plans":         func() (any, error) { return p.Plans() },
		"Approvals":     func() (any, error) { return p.Approvals(strings.Repeat("0", 32)) },
		"ApproverLines": func() (any, error) { return p.ApproverLines() },
		"Runs":          func() (any, error) { return p.Runs() },
		"Links":         func() (any, error) { return p.Links(ctx) },
		"Revoked":       func() (any, error) { return p.Revoked(ctx) },
		"Config":        func() (any, error) { return p.ReadConfig() },
		"Owners":        func() (any, error) { return s.Owners(ctx, "tenant") },
		"Get": func() (any, error) {
			var v int
			ok, err := p.Get(ctx, "x", &v)
			return map[bool][]int{false: nil}[ok], err
		},
		"Link":  func() (any, error) { _, ok, err := p.Link(ctx, "x"); return map[bool][]int{false: nil}[ok], err },
		"Unset": func() (any, error) { return []int{}, p.Unset(ctx, "x") },
		"Busy":  func() (any, error) { _, ok, err := p.Busy(); return map[bool][]int{false: nil}[ok], err },
	}
	empty := []any{
		[]PlanFile{},
		[]ApprovalFile{},
		[][]byte(nil),
		[]string{},
		[]identity.Link{},
		map[string]time.Time{},
		[]byte(nil),
		map[string]string{},
		[]int(nil),
		[]int{},
	}
	for name, read := range reads {
		got, err := read()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		found := false
		for _, e := range empty {
			found = found || cmp.Equal(e, got)
		}
		if !found {
			t.Errorf("%s: got %#v, want it empty", name, got)
		}
	}
	if _, _, err := p.Plan("latest"); fault.Code(err) != "usage.plan.unknown" {
		t.Errorf("latest plan: %v", err)
	}
	if _, _, err := p.RunLines("latest"); fault.Code(err) != "usage.run.unknown" {
		t.Errorf("latest run: %v", err)
	}
	if err := p.RemovePlan("12345678"); fault.Code(err) != "usage.plan.unknown" {
		t.Errorf("remove plan: %v", err)
	}
	if _, err := p.OpenRun("20261124T101500Z-aaaaaa"); fault.Code(err) != "usage.run.unknown" {
		t.Errorf("open run: %v", err)
	}
	if names := tree(t, parent); len(names) != 0 {
		t.Errorf("reading has created %v", names)
	}
}

func TestReadOnlyWritesNothing(t *testing.T) {
	parent := t.TempDir()
	p, err := Open(filepath.Join(parent, "home"), "default", Options{Now: clock, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	for name, write := range map[string]func() error{
		"Plan":     func() error { _, _, err := p.SavePlan([]byte("{}")); return err },
		"Approval": func() error { return p.SaveApproval(strings.Repeat("0", 32), "00000000", []byte("{}")) },
		"Approver": func() error { return p.AppendApprover(func([][]byte) ([]byte, error) { return []byte("{}"), nil }) },
		"Run":      func() error { _, err := p.NewRun("20261124T101500Z-aaaaaa", []byte("{}")); return err },
		"Config":   func() error { return p.WriteConfig([]byte("{}")) },
		"Link":     func() error { return p.PutLink(ctx, identity.Link{GUID: "a", CentralID: "b"}) },
		"Delete":   func() error { return p.DeleteLink(ctx, "a") },
		"Join":     func() error { return p.Join(ctx, "g", "u") },
		"Leave":    func() error { return p.Leave(ctx, "g", "u") },
		"State":    func() error { return p.Set(ctx, "a", 1) },
		"Revoke":   func() error { return p.Revoke(ctx, []string{"a"}, "me", clock()) },
		"Lock":     func() error { _, err := p.Lock(ctx); return err },
	} {
		if err := write(); fault.Code(err) != "store.readOnly" {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if names := tree(t, parent); len(names) != 0 {
		t.Errorf("written: %v", names)
	}
}

func TestNamesStayInTheFolder(t *testing.T) {
	home := t.TempDir()
	p := open(t, home)
	if _, _, err := p.SavePlan([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	zero := strings.Repeat("0", 32)
	for _, bad := range []string{"../x.json", "..", "", "a", "..\\x", "/etc/passwd", "C:\\x", "00000000/../x", "NUL", "0000000g", "00000000\x00", strings.Repeat("0", 65)} {
		for what, got := range map[string]struct {
			err  error
			code string
		}{
			"plan":     {second3(p.Plan(bad)), "usage.plan.name"},
			"remove":   {p.RemovePlan(bad), "usage.plan.name"},
			"approval": {p.SaveApproval(bad, "00000000", nil), "usage.plan.name"},
			"list":     {second2(p.Approvals(bad)), "usage.plan.name"},
			"file":     {p.SaveApproval(zero, bad, nil), "usage.approval.name"},
		} {
			if fault.Code(got.err) != got.code {
				t.Errorf("%s %q: got %v", what, bad, got.err)
			}
		}
	}
	for _, bad := range []string{"../x.json", "..", "", "2026", "../../default/runs/2026", "20261124T101500Z/aaaa", "NUL", "-0261124T101500Z", "20261124T101500Z-aaaaaa.jsonl"} {
		for what, err := range map[string]error{
			"lines": second3(p.RunLines(bad)), "new": second2(p.NewRun(bad, []byte("{}"))), "open": second2(p.OpenRun(bad)),
		} {
			if fault.Code(err) != "usage.run.name" {
				t.Errorf("%s run %q: got %v", what, bad, err)
			}
		}
	}
	names := tree(t, home)
	if d := cmp.Diff([]string{"default", "default/plans", "default/plans/44136fa355b3678a1146ad16f7e8649e.json"}, names, cmpopts.SortSlices(strings.Compare)); d != "" {
		t.Errorf("files (-want +got):\n%s", d)
	}
}

func second2[A any](_ A, err error) error         { return err }
func second3[A, B any](_ A, _ B, err error) error { return err }

func TestModes(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("modes are those of unix")
	}
	home := filepath.Join(t.TempDir(), "home")
	p := open(t, home)
	if _, _, err := p.SavePlan([]byte("{}")); err != nil {
		t.Fatal(err)
	}
	if err := p.Set(t.Context(), "a", 1); err != nil {
		t.Fatal(err)
	}
	unlock, err := p.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(tree(t, home), ".") {
		info, err := os.Stat(filepath.Join(home, name))
		if err != nil {
			t.Fatal(err)
		}
		want := fs.FileMode(0o600)
		if info.IsDir() {
			want = 0o700
		}
		if info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", name, info.Mode().Perm(), want)
		}
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}

func TestOurOwnHome(t *testing.T) {
	home := t.TempDir()
	for _, dir := range []string{home, filepath.Join(home, "not there yet")} {
		if _, err := Open(dir, "default", Options{Now: clock, CheckOwner: true}); err != nil {
			t.Error(err)
		}
	}
}

func TestOwner(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	home := t.TempDir()
	if _, err := Open(home, "default", Options{Now: clock, CheckOwner: true}); err != nil {
		t.Errorf("our own: %v", err)
	}
	if err := os.Mkdir(filepath.Join(home, "default"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(filepath.Join(home, "default"), 12345, 12345); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"default", "other"} {
		_, err := Open(home, name, Options{Now: clock, CheckOwner: true})
		if refused := fault.Code(err) == "profile.access"; refused != (name == "default") {
			t.Errorf("profile %s in our home: %v", name, err)
		}
	}
	if err := os.Chown(home, 12345, 12345); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(home, "other", Options{Now: clock, CheckOwner: true}); fault.Code(err) != "profile.access" {
		t.Errorf("somebody else's home: %v", err)
	}
	if _, err := Open(home, "other", Options{Now: clock}); err != nil {
		t.Errorf("not asked for: %v", err)
	}
}

func TestProblemsOfTheDisk(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the numbers are those of unix")
	}
	for _, tc := range []struct {
		err  error
		code string
		hint bool
	}{
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EACCES}, "profile.access", true},
		{&fs.PathError{Op: "open", Path: "x", Err: syscall.EROFS}, "profile.access", true},
		{&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, "store.full", true},
		{errors.Join(&fs.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT}, nil), "store.full", true},
		{syscall.EIO, "store.io", true},
	} {
		err := problem("write x", tc.err)
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Code != tc.code || (e.Hint != "") != tc.hint || !errors.Is(err, tc.err) {
			t.Errorf("%v: got %#v", tc.err, err)
		}
	}
	for _, err := range []error{context.Canceled, fmt.Errorf("query: %w", context.Canceled)} {
		if err := problem("write x", err); !errors.Is(err, context.Canceled) || fault.Code(err) != "" {
			t.Errorf("a stop request is no trouble of the disk: %v", err)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := open(t, file)
	if _, err := p.Plans(); fault.Code(err) != "profile.access" {
		t.Errorf("home is a file: %v", err)
	}
	if err := p.WriteConfig(nil); fault.Code(err) != "profile.access" {
		t.Errorf("home is a file: %v", err)
	}
}
