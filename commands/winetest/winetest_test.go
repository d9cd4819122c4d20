// Package winetest runs the tests of the Windows build under Wine. It is a test
// of its own so that a machine without Wine skips it with the reason, counted
// among the others.
package winetest

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// skipped is what the script ends with where Wine is not to be had.
const skipped = 3

func TestWindowsBuild(t *testing.T) {
	out := run(t, "test.sh")
	if n := strings.Count(out, "ok  \tadsync/"); n < 7 {
		t.Errorf("%d packages were run, expected 7:\n%s", n, out)
	}
}

// TestJob does the main job with the program as administrators get it.
func TestJob(t *testing.T) {
	if out := run(t, "job.sh"); !strings.Contains(out, "the job is done") {
		t.Errorf("the script ended well and did not get through:\n%s", out)
	}
}

// run runs a script of testdata/wine with variables NAME=VALUE and returns what
// it printed.
func run(t *testing.T, script string, vars ...string) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("skipped: Wine on Linux is missing here; on Windows these tests run by themselves")
	}
	if testing.Short() {
		t.Skip("skipped: -short leaves out what needs Wine")
	}
	path, err := filepath.Abs(filepath.Join("..", "..", "testdata", "wine", script))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), "bash", path)
	c.Env = append(os.Environ(), vars...)
	out, err := c.CombinedOutput()
	if e, ok := errors.AsType[*exec.ExitError](err); ok && e.ExitCode() == skipped {
		t.Skip(strings.TrimSpace(string(out)))
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("%s", out)
	return string(out)
}
