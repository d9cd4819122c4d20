// Package scripts_test runs the scripts as an administrator does, in both
// editions of PowerShell, with the built program against its sandbox.
package scripts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// editions are the two PowerShells that the scripts are made for.
var editions = []string{"pwsh", "powershell"}

// find returns the path of a PowerShell, from PATH or from the one to test with.
func find(t *testing.T, edition string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the test would write to this account's Credential Manager and Task Scheduler")
	}
	if path, err := exec.LookPath(edition); err == nil {
		return path
	}
	up := filepath.Join("..", "..", "shared", "testbed", "pwsh", "up.sh")
	if _, err := os.Stat(up); err != nil {
		t.Skipf("there is no %s on PATH and none to test with", edition)
	}
	dir, err := exec.CommandContext(t.Context(), up).Output()
	if err != nil {
		t.Fatalf("unpack the PowerShell to test with: %v", err)
	}
	return filepath.Join(strings.TrimSpace(string(dir)), edition)
}

// world is one edition with a home, a sandbox and the built program of its own.
type world struct {
	engine, program, dir string
	env                  []string
}

// build builds the program and returns its path.
func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "adsync")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "..").CombinedOutput()
	if err != nil {
		t.Fatalf("build the program: %v\n%s", err, out)
	}
	return program
}

// begin starts the sandbox of a new world.
func begin(t *testing.T, edition, program string) *world {
	t.Helper()
	w := &world{engine: find(t, edition), program: program, dir: t.TempDir()}
	scripts, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	// A program that crashes: it prints nothing and ends with 2.
	mute := filepath.Join(w.dir, "mute")
	if err := os.Mkdir(mute, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(mute, "adsync"), []byte("#!/bin/sh\nexit 2\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := strings.Join([]string{filepath.Dir(program), filepath.Dir(w.engine), os.Getenv("PATH")}, string(os.PathListSeparator))
	w.env = append(os.Environ(),
		"PATH="+path, "ADSYNC_HOME="+filepath.Join(w.dir, "state"), "ADSYNC_PROFILE=sandbox",
		"XDG_CONFIG_HOME="+filepath.Join(w.dir, "config"), "ADSYNC_TEST_TASKS="+filepath.Join(w.dir, "tasks"),
		"ADSYNC_TEST_SCRIPTS="+scripts, "ADSYNC_TEST_TEMP="+w.dir, "ADSYNC_TEST_MUTE="+mute,
	)
	t.Cleanup(func() {
		stop := w.command(context.Background(), program, "sandbox", "stop")
		if out, err := stop.CombinedOutput(); err != nil {
			t.Logf("stop the sandbox: %v\n%s", err, out)
		}
	})
	w.adsync(t, "sandbox", "start")
	return w
}

func (w *world) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = w.env
	return c
}

// adsync runs the program, which has to succeed, and returns its output.
func (w *world) adsync(t *testing.T, args ...string) []byte {
	t.Helper()
	out, err := w.command(t.Context(), w.program, args...).Output()
	if err != nil {
		t.Fatalf("adsync %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

var caseLine = regexp.MustCompile(`^(ok|not ok) (.+?)(?: # (.*))?$`)

// script runs one of the scripts of testdata/pwsh and makes a subtest of each of
// its cases. It returns the other lines.
func (w *world) script(t *testing.T, name, answers string) []string {
	t.Helper()
	c := w.command(t.Context(), w.engine, "-NoProfile", "-File", filepath.Join("..", "testdata", "pwsh", name))
	var stdout, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(answers), &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	var rest []string
	for line := range strings.Lines(stdout.String()) {
		line = strings.TrimRight(line, "\r\n")
		m := caseLine.FindStringSubmatch(line)
		if m == nil {
			rest = append(rest, line)
			continue
		}
		t.Run(m[2], func(t *testing.T) {
			if m[1] != "ok" {
				t.Error(m[3])
			}
		})
	}
	if len(rest) == 0 || rest[len(rest)-1] != "done" {
		t.Errorf("%s did not come to its end:\n%s", name, &stdout)
	}
	if stderr.Len() > 0 {
		t.Errorf("%s wrote to stderr:\n%s", name, &stderr)
	}
	return rest
}

// TestScripts goes through a profile's first days, in both editions.
func TestScripts(t *testing.T) {
	for _, edition := range editions {
		find(t, edition)
	}
	program := build(t)
	for _, edition := range editions {
		t.Run(edition, func(t *testing.T) {
			t.Parallel()
			w := begin(t, edition, program)
			lines := w.script(t, "module.ps1", "")
			compareExitCodes(t, lines)
			w.compareSecret(t)
			w.script(t, "confirm.ps1", "n\nn\nn\ny\n")
			w.script(t, "first.ps1", "")
			w.killInTheMiddle(t)
			w.script(t, "scheduled.ps1", "")
			for _, line := range w.script(t, "task.ps1", "") {
				if why, skipped := strings.CutPrefix(line, "skip "); skipped {
					t.Skip("registration: " + why)
				}
			}
		})
	}
}

// compareExitCodes compares the module's names of exit codes with the table of
// README, which a test of the program compares with its own.
func compareExitCodes(t *testing.T, lines []string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[string]string{}, map[string]string{}
	for _, m := range regexp.MustCompile(`(?m)^\| *(\d+) *\| *([a-z]+) *\|`).FindAllStringSubmatch(string(readme), -1) {
		want[m[1]] = m[2]
	}
	for _, line := range lines {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "exit" {
			got[words[1]] = words[2]
		}
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("names of exit codes (-README +module):\n%s", d)
	}
}

// killInTheMiddle carries the approved plan out slowly and kills the process
// once a part is done.
func (w *world) killInTheMiddle(t *testing.T) {
	t.Helper()
	w.adsync(t, "config", "set", "rate.perSecond", "20")
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	c := w.command(ctx, w.program, "apply")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for written := false; !written; {
		select {
		case <-ctx.Done():
			t.Fatal("no run came half way")
		case <-tick.C:
			written = w.journalled(t) > 30
		}
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err == nil {
		t.Fatal("the run was over before it was killed")
	} else if _, ended := errors.AsType[*exec.ExitError](err); !ended {
		t.Fatal(err)
	}
	w.adsync(t, "config", "set", "rate.perSecond", "1000")
}

// journalled counts the lines of the longest record of a run.
func (w *world) journalled(t *testing.T) int {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "state", "sandbox", "runs", "*.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	longest := 0
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, bytes.Count(data, []byte{'\n'}))
	}
	return longest
}

// compareSecret compares what the program stored with what the script gave it.
func (w *world) compareSecret(t *testing.T) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(w.dir, "config", "adsync", "sandbox", "smtp.json"))
	if err != nil {
		t.Fatal(err)
	}
	type stored struct {
		User   string `json:"user"`
		Secret string `json:"secret"`
	}
	var got stored
	if err := json.Unmarshal(data, &got); err != nil {
		t.Fatal(err)
	}
	want := stored{`corp\"smtp user"`, "p\u00e4ss \"\u20ac\" \\w\u6771rd?"}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("stored secret (-given +stored):\n%s", d)
	}
}
