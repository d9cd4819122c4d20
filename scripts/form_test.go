package scripts_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// sources are the scripts, and those that test them.
func sources(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"*.ps1", "Adsync/*.ps[md]1", "../testdata/pwsh/*.ps1", "../testdata/pwsh/*.psm1"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(found), err)
		}
		all = append(all, found...)
	}
	return all
}

// TestLint checks syntax, commands, what Windows PowerShell 5.1 lacks, and style.
func TestLint(t *testing.T) {
	t.Parallel()
	engine := find(t, "pwsh")
	c := exec.CommandContext(t.Context(), engine, append([]string{"--lint"}, sources(t)...)...)
	out, err := c.CombinedOutput()
	if err == nil {
		return
	}
	if bytes.Contains(out, []byte("Usage:")) || bytes.Contains(out, []byte("is not recognized")) {
		t.Skip("this pwsh has no --lint")
	}
	t.Errorf("%v\n%s", err, out)
}

// TestForm checks what both editions read alike on every system.
func TestForm(t *testing.T) {
	t.Parallel()
	for _, file := range sources(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.SplitAfter(string(data), "\n") {
			text, crlf := strings.CutSuffix(line, "\r\n")
			if !crlf && line != "" {
				t.Errorf("%s:%d: the line does not end with CRLF", file, i+1)
			}
			if len(text) > 115 {
				t.Errorf("%s:%d: %d columns", file, i+1, len(text))
			}
			if strings.IndexFunc(text, func(r rune) bool { return r > '~' }) >= 0 {
				t.Errorf("%s:%d: not ASCII", file, i+1)
			}
		}
	}
}
