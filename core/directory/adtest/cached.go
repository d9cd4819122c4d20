package adtest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gofrs/flock"
)

// cachedIP is the address of a cached tree: its certificate names it.
const cachedIP = "127.77.1.2"

// StartCached starts a domain controller with many people. Loading 100,000 takes
// up to half an hour, so the tree stays in the user's cache and is used again;
// tests that use one change nothing in it and run one at a time.
func StartCached(tb testing.TB, o Options) *Controller {
	tb.Helper()
	precondition(tb)
	cache, err := os.UserCacheDir()
	if err != nil {
		tb.Skipf("skipped: no folder to keep the directory in: %v", err)
	}
	root := filepath.Join(cache, "adsync", "bench")
	if err := os.MkdirAll(root, 0o700); err != nil {
		tb.Fatal(err)
	}
	lock := flock.New(filepath.Join(root, "lock"))
	if err := lock.Lock(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = lock.Unlock() })
	dir := filepath.Join(root, fmt.Sprintf("users-%d-%s", o.Users, o.content(tb)))
	c := controller(dir, cachedIP, "dc1", "corp.example.com", "CORP")
	loaded := filepath.Join(dir, ".loaded")
	if _, err := os.Stat(loaded); err != nil {
		if err := os.RemoveAll(dir); err != nil {
			tb.Fatal(err)
		}
		c.script(tb, "up.sh", "AD_START=0")
		c.load(tb, o)
		if err := os.WriteFile(loaded, nil, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	c.script(tb, "up.sh", append(o.env(), "AD_STDIN="+lifeline(tb, tb.TempDir()))...)
	tb.Cleanup(func() { c.script(tb, "down.sh") })
	return c
}

// content names what a loaded tree holds: the people and groups asked for, and the
// scripts that make and load them.
func (o Options) content(tb testing.TB) string {
	tb.Helper()
	hash := sha256.New()
	for _, name := range []string{"gen.py", "load.py"} {
		text, err := os.ReadFile(script(tb, name))
		if err != nil {
			tb.Fatal(err)
		}
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
	}
	_, _ = fmt.Fprintln(hash, o.Users, o.Groups)
	return fmt.Sprintf("%.6x", hash.Sum(nil))
}
