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
func StartCached(t *testing.T, o Options) *Controller {
	t.Helper()
	precondition(t)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("skipped: no folder to keep the directory in: %v", err)
	}
	root := filepath.Join(cache, "adsync", "bench")
	if err := os.MkdirAll(root, 0o700); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(filepath.Join(root, "lock"))
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = lock.Unlock() })
	dir := filepath.Join(root, fmt.Sprintf("users-%d-%s", o.Users, o.content(t)))
	c := controller(dir, cachedIP, "dc1", "corp.example.com", "CORP")
	loaded := filepath.Join(dir, ".loaded")
	if _, err := os.Stat(loaded); err != nil {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		c.script(t, "up.sh", "AD_START=0")
		c.load(t, o)
		if err := os.WriteFile(loaded, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c.script(t, "up.sh", append(o.env(), "AD_STDIN="+lifeline(t, t.TempDir()))...)
	t.Cleanup(func() { c.script(t, "down.sh") })
	return c
}

// content names what a loaded tree holds: the people and groups asked for, and the
// scripts that make and load them.
func (o Options) content(t *testing.T) string {
	t.Helper()
	hash := sha256.New()
	for _, name := range []string{"gen.py", "load.py"} {
		text, err := os.ReadFile(script(t, name))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text)
	}
	_, _ = fmt.Fprintln(hash, o.Users, o.Groups)
	return fmt.Sprintf("%.6x", hash.Sum(nil))
}
