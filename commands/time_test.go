package commands

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"adsync/output"
)

func TestApprovalsEnd(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	id := w.preview()
	w.must(ok, "approve", id, "--for", "90m")
	w.later(91 * time.Minute)
	w.refused(12, "approval.expired", "apply", id)
	w.must(ok, "approve", id)
	w.later(8 * 24 * time.Hour)
	w.refused(12, "approval.planExpired", "approve", id)
}

func TestApprovingAsks(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	id := w.preview()
	w.must(ok, "approve", id)
	w.must(ok, "apply")
	w.must(ok, "sandbox", "change", "delete", "anna.silva")
	id = w.preview()

	w.terminal, w.stdin = true, "n\n"
	r := w.run("approve", id)
	if r.code != 12 || !strings.Contains(r.stderr, "1 removed") || r.stdout != "" {
		t.Fatalf("exit %d, stdout %q, stderr %q; want 12 and a question that counts", r.code, r.stdout, r.stderr)
	}
	if r = w.run("approve", id, "--json"); r.code != exitOK || r.stderr != "" {
		t.Errorf("with --json: exit %d, stderr %q; want no question", r.code, r.stderr)
	}
	w.must(ok, "revoke", id, "--json")
	w.stdin = "y\n"
	if r = w.run("approve", id); r.code != exitOK {
		t.Errorf("answered with yes: exit %d, %s", r.code, r.stderr)
	}
}

// TestInterrupt presses Ctrl+C in the middle of apply.
func TestInterrupt(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	w.must(ok, "config", "set", "rate.perSecond", "100")
	w.must(ok, "central", "validate")
	id := w.preview()
	w.must(ok, "approve", id)

	ctx, press := context.WithCancel(t.Context())
	w.ctx = ctx
	go func() {
		for ctx.Err() == nil {
			time.Sleep(10 * time.Millisecond)
			records, err := filepath.Glob(filepath.Join(w.home, "sandbox", "runs", "*.jsonl"))
			if err != nil || len(records) == 0 {
				continue
			}
			if data, err := os.ReadFile(records[0]); err == nil && strings.Count(string(data), "\n") > 40 {
				press()
			}
		}
	}()
	d := w.must([]int{exitInterrupted}, "apply")
	if d["outcome"] != "interrupted" || d["error"] == nil {
		t.Fatalf("outcome %v, error %v; want interrupted, and why", d["outcome"], d["error"])
	}
	w.ctx = t.Context()
	w.must([]int{exitPartial}, "status", "--check")
	w.must(ok, "preview", "--summary", "--no-save")
	d = w.must(ok, "run", "resume")
	if d["outcome"] != "done" {
		t.Fatalf("resumed: %v", d["outcome"])
	}
	d = w.must([]int{exitHeld}, "preview", "--fail-on-changes")
	if changes, isList := d["changes"].([]any); !isList || len(changes) > 0 {
		t.Errorf("changes are left: %v", d["changes"])
	}
}

func TestScheduledSteps(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	for _, step := range [][]string{{"preview"}, {"apply"}, {"run", "resume"}} {
		d := w.must(ok, append(step, "--scheduled")...)
		if d["skipped"] == nil {
			t.Errorf("%v with the mode never: %v, want skipped", step, d)
		}
	}
	w.must(ok, "schedule", "set", "--daily", "02:00")
	for _, step := range [][]string{{"apply"}, {"run", "resume"}} {
		d := w.must(ok, append(step, "--scheduled")...)
		if d["skipped"] == nil {
			t.Errorf("%v with nothing to do: %v, want skipped", step, d)
		}
	}
	w.must(ok, "config", "unset", "directory.caFile")
	w.refused(20, "directory.certificate.unknownAuthority", "preview", "--scheduled")
	d := w.must(ok, "run", "show")
	if d["outcome"] != "failed" || d["step"] != "preview" || d["exitCode"] != float64(20) || d["plan"] != nil {
		t.Errorf("the failed step is recorded as %v", d)
	}
	w.must([]int{exitPartial}, "status", "--check")
}

func TestBusy(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	s, err := newSession(w.env(os.Stderr, os.Stderr), globals{}, output.Options{Format: output.JSON})
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	unlock, err := s.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	w.refused(30, "run.busy", "preview")
	w.refused(30, "run.busy", "apply")
	d := w.must(ok, "status")
	if d["running"] != true {
		t.Error("status does not say that a run is under way")
	}
}
