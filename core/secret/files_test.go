//go:build !windows

package secret

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func keeper(t *testing.T, env map[string]string) (Keeper, string) {
	t.Helper()
	dir := t.TempDir()
	getenv := func(name string) string {
		if name == "XDG_CONFIG_HOME" {
			return dir
		}
		return env[name]
	}
	k, err := Open("default", getenv, func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return k, filepath.Join(dir, "adsync", "default")
}

func TestFiles(t *testing.T) {
	k, dir := keeper(t, nil)
	if _, err := k.Get(Central); !fault.Is(err, "credential.missing") {
		t.Fatalf("nothing stored: %v", err)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("looking made the folder")
	}
	expires := noon.AddDate(1, 0, 0)
	for _, value := range []string{"old", "new ä\n"} {
		if err := k.Set(Secret{Central, "id-" + value, NewValue(value)}, &expires); err != nil {
			t.Fatal(err)
		}
		got, err := k.Get(Central)
		if err != nil || got.Value.Reveal() != value || got.User != "id-"+value || got.Purpose != Central {
			t.Errorf("got %v %q, %v", got, got.Value.Reveal(), err)
		}
	}
	info, err := os.Stat(filepath.Join(dir, "central.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
	account, err := CurrentAccount()
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{{
		Purpose: Central, User: "id-new ä\n", Store: StoreFile, Where: filepath.Join(dir, "central.json"),
		Account: account.Name, StoredAt: &noon, ExpiresAt: &expires,
	}}
	entries, err := k.List()
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, entries); d != "" {
		t.Errorf("entries (-want +got):\n%s", d)
	}
	if err := k.Remove(Central); err != nil {
		t.Fatal(err)
	}
	if err := k.Remove(Central); !fault.Is(err, "credential.missing") {
		t.Errorf("removed twice: %v", err)
	}
	if entries, err := k.List(); err != nil || entries == nil || len(entries) != 0 {
		t.Errorf("an empty list is a list: %v, %v", entries, err)
	}
}

func TestEnvironmentComesFirst(t *testing.T) {
	env := map[string]string{}
	k, _ := keeper(t, env)
	if err := k.Set(Secret{ApprovalKey, "", NewValue("from the file")}, nil); err != nil {
		t.Fatal(err)
	}
	env["ADSYNC_APPROVAL_KEY_SECRET"], env["ADSYNC_APPROVAL_KEY_USER"] = "from the environment", "ann"
	got, err := k.Get(ApprovalKey)
	if err != nil || got.Value.Reveal() != "from the environment" || got.User != "ann" {
		t.Errorf("got %v %q, %v", got, got.Value.Reveal(), err)
	}
	entries, err := k.List()
	if err != nil || len(entries) != 1 || entries[0].Store != StoreEnvironment || entries[0].Where != "ADSYNC_APPROVAL_KEY_SECRET" || entries[0].StoredAt != nil {
		t.Errorf("entries %+v, %v", entries, err)
	}
	if err := k.Set(Secret{ApprovalKey, "", NewValue("x")}, nil); !fault.Is(err, "credential.environment") {
		t.Errorf("a file that nobody reads was written: %v", err)
	}
	if err := k.Remove(ApprovalKey); !fault.Is(err, "credential.environment") {
		t.Errorf("removed from the environment: %v", err)
	}
}

func TestFilesRefused(t *testing.T) {
	tests := map[string]struct {
		why   string
		spoil func(t *testing.T, path string)
	}{
		"GroupReads": {"Others may know it.", func(t *testing.T, path string) {
			t.Helper()
			must(t, os.Chmod(path, 0o640))
		}},
		"OthersWrite": {"Others may have written it.", func(t *testing.T, path string) {
			t.Helper()
			must(t, os.Chmod(path, 0o602))
		}},
		"OtherOwner": {"Another account's file is not ours.", func(t *testing.T, path string) {
			t.Helper()
			if os.Geteuid() != 0 {
				t.Skip("only root can give a file away")
			}
			must(t, os.Chown(path, 12345, -1))
		}},
		"Link": {"A link leads anywhere.", func(t *testing.T, path string) {
			t.Helper()
			must(t, os.Rename(path, path+".x"))
			must(t, os.Symlink(path+".x", path))
		}},
		"Folder": {"A folder is no file.", func(t *testing.T, path string) {
			t.Helper()
			must(t, os.Remove(path))
			must(t, os.Mkdir(path, 0o700))
		}},
		"Garbage": {"Half a file is no credential, and is not quoted.", func(t *testing.T, path string) {
			t.Helper()
			must(t, os.WriteFile(path, []byte(`{"secret": hunter2`), 0o600))
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			k, dir := keeper(t, nil)
			must(t, k.Set(Secret{Central, "id", NewValue("hunter2")}, nil))
			tc.spoil(t, filepath.Join(dir, "central.json"))
			_, err := k.Get(Central)
			if !fault.Is(err, "credential.unreadable") || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s\ngot %v", tc.why, err)
			}
			if _, err := k.List(); !fault.Is(err, "credential.unreadable") {
				t.Errorf("%s\nlist says %v", tc.why, err)
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	none := func(string) string { return "" }
	if _, err := Open("../x", none, time.Now); !fault.Is(err, "profile.name") {
		t.Errorf("a profile that leaves the folder: %v", err)
	}
}

func TestWithoutHome(t *testing.T) {
	env := map[string]string{"ADSYNC_CENTRAL_SECRET": "x"}
	k, err := Open("default", func(name string) string { return env[name] }, time.Now)
	must(t, err)
	if got, err := k.Get(Central); err != nil || got.Value.Reveal() != "x" {
		t.Errorf("the environment needs no folder: %v", err)
	}
	if _, err := k.Get(Directory); !fault.Is(err, "credential.missing") {
		t.Errorf("get: %v", err)
	}
	if err := k.Remove(Directory); !fault.Is(err, "credential.missing") {
		t.Errorf("remove: %v", err)
	}
	if err := k.Set(Secret{Directory, "", NewValue("x")}, nil); !fault.Is(err, "credential.unwritable") {
		t.Errorf("set: %v", err)
	}
}

func TestUnwritable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	k, err := Open("default", func(name string) string {
		if name == "HOME" {
			return file
		}
		return ""
	}, time.Now)
	must(t, err)
	if err := k.Set(Secret{Central, "id", NewValue("x")}, nil); !fault.Is(err, "credential.unwritable") {
		t.Errorf("got %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
