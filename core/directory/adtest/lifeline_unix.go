//go:build unix

package adtest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// lifeline makes a pipe whose write end this process holds, and no child does.
// Samba ends when the last writer of the pipe does: no test process that is
// killed leaves a server behind.
func lifeline(tb testing.TB, dir string) string {
	tb.Helper()
	name := filepath.Join(dir, "lifeline")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		tb.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = f.Close() })
	return name
}
