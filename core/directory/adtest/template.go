package adtest

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/gofrs/flock"
)

// templateAge is how long a template is kept that was made by older scripts.
const templateAge = 30 * 24 * time.Hour

// template fills dir with what provision makes. That takes seconds, so it is
// made once for these scripts and this Samba, kept in the user's cache, and
// copied; without a cache it is made in dir itself.
func template(tb testing.TB, dir, name string, provision func(folder string)) {
	tb.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		provision(dir)
		return
	}
	root := filepath.Join(cache, "adsync", "adtest")
	if err := os.MkdirAll(root, 0o700); err != nil {
		tb.Fatal(err)
	}
	folder := filepath.Join(root, name+"-"+version(tb))
	lock := flock.New(filepath.Join(root, name+".lock"))
	if err := lock.Lock(); err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = lock.Unlock() }()
	if _, err := os.Stat(folder); err != nil {
		prune(root, name)
		fresh := folder + ".new"
		_ = os.RemoveAll(fresh)
		provision(fresh)
		if err := os.Rename(fresh, folder); err != nil {
			tb.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(tb.Context(), "cp", "-a", "--sparse=always", folder, dir).CombinedOutput(); err != nil {
		tb.Fatalf("copy of the template: %v\n%s", err, out)
	}
}

// version names the scripts and the Samba that a template is made with.
func version(tb testing.TB) string {
	tb.Helper()
	hash := sha256.New()
	for _, name := range []string{"up.sh", "down.sh", "provision.py", "forest_up.sh", "join_child.py", "gen.py", "load.py"} {
		content, err := os.ReadFile(script(tb, name))
		if err != nil {
			tb.Fatal(err)
		}
		hash.Write(content)
	}
	if info, err := os.Stat("/usr/sbin/samba"); err == nil {
		_, _ = fmt.Fprint(hash, info.Size(), info.ModTime().Unix())
	}
	return fmt.Sprintf("%x", hash.Sum(nil)[:6])
}

func prune(root, name string) {
	old, _ := filepath.Glob(filepath.Join(root, name+"-*"))
	for _, folder := range old {
		if info, err := os.Stat(folder); err == nil && time.Since(info.ModTime()) > templateAge {
			_ = os.RemoveAll(folder)
		}
	}
}
