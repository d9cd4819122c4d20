//go:build unix

package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is the program of this test as a process of its own.
func (w *world) process(stdout, stderr *bytes.Buffer, args ...string) *exec.Cmd {
	w.t.Helper()
	c := exec.CommandContext(w.t.Context(), "adsync", args...)
	c.Env = os.Environ()
	for name, value := range w.vars {
		c.Env = append(c.Env, name+"="+value)
	}
	c.Stdout, c.Stderr = stdout, stderr
	return c
}

// record returns the lines of the newest run, without a half-written last one.
func (w *world) record() []string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, "sandbox", "runs", "*.jsonl"))
	if err != nil {
		w.t.Fatal(err)
	}
	if len(files) == 0 {
		return nil
	}
	data, err := os.ReadFile(files[len(files)-1])
	if err != nil {
		w.t.Fatal(err)
	}
	whole := string(data[:bytes.LastIndexByte(data, '\n')+1])
	return strings.Split(strings.TrimSuffix(whole, "\n"), "\n")
}

// TestKilled ends apply by signals and goes on each time: killed twice, once
// asked to stop, and then let through.
func TestKilled(t *testing.T) {
	w := newWorld(t)
	info := w.sandbox()
	w.must(ok, "config", "set", "rate.perSecond", "150")
	w.must(ok, "central", "validate")
	id := w.preview()
	w.must(ok, "approve", id)

	step := []string{"apply", id}
	for _, tc := range []struct {
		signal syscall.Signal
		lines  int
	}{{syscall.SIGKILL, 30}, {syscall.SIGKILL, 110}, {syscall.SIGINT, 190}} {
		var out, diag bytes.Buffer
		c := w.process(&out, &diag, step...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for began := time.Now(); len(w.record()) < tc.lines; time.Sleep(5 * time.Millisecond) {
			if time.Since(began) > 30*time.Second {
				t.Fatal("the run does not begin")
			}
		}
		if tc.signal == syscall.SIGINT {
			w.refused(30, "run.busy", "preview")
			w.refused(30, "run.busy", "run", "resume")
		}
		if err := c.Process.Signal(tc.signal); err != nil {
			t.Fatal(err)
		}
		e, failed := errors.AsType[*exec.ExitError](c.Wait())
		switch {
		case !failed:
			t.Fatal("it ended by itself")
		case tc.signal == syscall.SIGKILL:
			if out.Len() > 0 {
				t.Errorf("it was killed and printed %q", out.String())
			}
		default:
			var d struct {
				Outcome string    `json:"outcome"`
				Error   errorBody `json:"error"`
			}
			if err := json.Unmarshal(out.Bytes(), &d); err != nil || e.ExitCode() != 130 || d.Outcome != "interrupted" || d.Error.Code != "interrupted" || d.Error.Hint == "" {
				t.Errorf("exit %d, %v, %+v", e.ExitCode(), err, d)
			}
		}
		if diag.Len() > 0 {
			t.Errorf("stderr is not empty: %q", diag.String())
		}
		for _, line := range w.record() {
			if !json.Valid([]byte(line)) {
				t.Fatalf("a line of the record is broken: %q", line)
			}
		}
		d := w.must([]int{exitPartial}, "status", "--check")
		if d["running"] != false {
			t.Error("status says that a run is under way")
		}
		step = []string{"run", "resume"}
	}
	if d := w.must([]int{exitOK}, "run", "resume"); d["outcome"] != "done" {
		t.Fatalf("resumed: %v", d["outcome"])
	}
	d := w.must(ok, "preview")
	if changes, isList := d["changes"].([]any); !isList || len(changes) > 0 {
		t.Errorf("changes are left: %v", d["changes"])
	}
	users, err := w.hand(info).Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	links := w.links()
	for _, u := range users {
		if links[u.ID].CentralID == "" {
			t.Errorf("%s is in Central and not in the ledger", u.Fields.Name)
		}
	}
	if n := float64(len(users)); n < 150 {
		t.Errorf("%v users were made", n)
	}
}

// TestEndlessFilter ends with Ctrl+C, as everything does.
func TestEndlessFilter(t *testing.T) {
	w := newWorld(t)
	var out, diag bytes.Buffer
	c := w.process(&out, &diag, "version", "--jq", "last(range(infinite))")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	e, failed := errors.AsType[*exec.ExitError](c.Wait())
	if !failed || e.ExitCode() != 130 || !strings.Contains(out.String(), `"code": "interrupted"`) || diag.Len() > 0 {
		t.Errorf("%v, stdout %q, stderr %q", e, out.String(), diag.String())
	}
}

// TestHomeOfOthers runs as an account that may not read the home, and in one that
// belongs to somebody else.
func TestHomeOfOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder to somebody else")
	}
	w := newWorld(t)
	w.must(ok, "config", "set", "rate.perHour", "500")
	const nobody = 65534
	for _, dir := range []string{w.home, filepath.Join(w.home, "sandbox")} {
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
		for _, step := range [][]string{{"status"}, {"config", "show"}, {"config", "set", "rate.perHour", "400"}, {"preview"}, {"credential", "set", "central", "--user", "x"}} {
			w.stdin = "geheim\n"
			w.refused(40, "profile.access", step...)
		}
		if err := os.Chown(dir, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	if d := w.must(ok, "config", "show", "--jq", "{n: .rate.perHour}"); d["n"] != float64(500) {
		t.Errorf("the configuration is %v", d)
	}

	program, err := exec.LookPath("adsync")
	if err != nil {
		t.Fatal(err)
	}
	open := t.TempDir()
	if err := os.Chmod(filepath.Dir(open), 0o755); err != nil {
		t.Fatal(err)
	}
	shut := filepath.Join(open, "home")
	if err := os.MkdirAll(filepath.Join(shut, "sandbox"), 0o700); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(open, "adsync"), data, 0o755); err != nil {
		t.Fatal(err)
	}
	w.vars["ADSYNC_HOME"] = shut
	for _, step := range [][]string{{"status"}, {"config", "set", "rate.perHour", "400"}, {"preview"}} {
		var out, diag bytes.Buffer
		c := w.process(&out, &diag, step...)
		c.Path = filepath.Join(open, "adsync")
		c.Dir = "/"
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		e, failed := errors.AsType[*exec.ExitError](c.Run())
		if !failed || e.ExitCode() != 40 || !strings.Contains(out.String(), `"code": "profile.access"`) || diag.Len() > 0 {
			t.Errorf("%v: %v, stdout %q, stderr %q", step, e, out.String(), diag.String())
		}
	}
}
