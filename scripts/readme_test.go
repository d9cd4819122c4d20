package scripts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// block is a fenced block of README.
type block struct {
	section, kind string
	lines         []string // without empty ones
}

// blocks returns the fenced blocks of README, in their order.
func blocks(t *testing.T) []block {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	var list []block
	section, inside := "", false
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\r\n", "\n")) {
		line = strings.TrimRight(line, "\n")
		kind, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && inside:
			inside = false
		case fence:
			inside = true
			list = append(list, block{section: section, kind: kind})
		case inside && strings.TrimSpace(line) != "":
			b := &list[len(list)-1]
			b.lines = append(b.lines, line)
		case strings.HasPrefix(line, "#"):
			section = strings.TrimLeft(line, "# ")
		}
	}
	return list
}

// TestReadmeKinds: a block of a kind that no test runs would be an example that
// nobody tries.
func TestReadmeKinds(t *testing.T) {
	t.Parallel()
	got := map[string]int{}
	for _, b := range blocks(t) {
		got[b.kind]++
		if len(b.lines) == 0 {
			t.Errorf("an empty block in %q", b.section)
		}
		if b.kind != "console" {
			continue
		}
		for _, line := range b.lines {
			target, isMake := strings.CutPrefix(line, "make ")
			if !isMake {
				t.Errorf("%q is run by no test", line)
				continue
			}
			// These very tests are a part of make test: that the target is there has to do.
			c := exec.CommandContext(t.Context(), "make", "-n", target)
			c.Dir = ".."
			if out, err := c.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s", line, err, out)
			}
		}
	}
	if kinds := slices.Sorted(maps.Keys(got)); !slices.Equal(kinds, []string{"console", "json", "powershell"}) {
		t.Errorf("blocks of %v", got)
	}
}

// unpacked lays a folder out as the archive does, with scope.json from README.
func unpacked(t *testing.T, program string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "adsync"), binary, 0o700); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, b := range blocks(t) {
		if b.kind != "json" {
			continue
		}
		found++
		if err := os.WriteFile(filepath.Join(dir, "scope.json"), []byte(strings.Join(b.lines, "\n")), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found != 1 {
		t.Fatalf("README has %d blocks of JSON, the test takes one for scope.json", found)
	}
	return dir
}

// tenant is the sandbox of another home: it stands for the tenant and the
// directory of whoever reads README. The profile default gets its addresses, as
// far as README does not set them. It returns the directory's host, and what the
// two questions for a credential are answered with.
func (w *world) tenant(t *testing.T) (host string, answers []string) {
	t.Helper()
	other := filepath.Join(w.dir, "tenant")
	there := &world{engine: w.engine, program: w.program, dir: other, env: append(slices.Clone(w.env),
		"ADSYNC_HOME="+other, "XDG_CONFIG_HOME="+filepath.Join(other, "config"))}
	t.Cleanup(func() {
		if out, err := there.command(context.Background(), w.program, "sandbox", "stop").CombinedOutput(); err != nil {
			t.Logf("stop the tenant: %v\n%s", err, out)
		}
	})
	there.adsync(t, "sandbox", "start")
	data, err := os.ReadFile(filepath.Join(other, ".sandbox", "state.json"))
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		CAFile    string `json:"caFile"`
		Directory struct {
			Host string `json:"host"`
			Port int    `json:"port"`
			User string `json:"user"`
		} `json:"directory"`
		Central struct {
			IdentityURL string `json:"identityUrl"`
			GlobalURL   string `json:"globalUrl"`
			ClientID    string `json:"clientId"`
		} `json:"central"`
		DirectoryPassword string `json:"directoryPassword"`
		ClientSecret      string `json:"clientSecret"`
	}
	if err := json.Unmarshal(data, &state); err != nil {
		t.Fatal(err)
	}
	config, err := json.Marshal(map[string]any{
		"format":    1,
		"central":   map[string]any{"identityUrl": state.Central.IdentityURL, "globalUrl": state.Central.GlobalURL, "caFile": state.CAFile},
		"proxy":     map[string]any{"mode": "none"},
		"directory": map[string]any{"port": state.Directory.Port, "caFile": state.CAFile},
		"rate":      map[string]any{"perSecond": 1000, "perMinute": 60000, "perHour": 1000000, "perDay": 10000000},
	})
	if err != nil {
		t.Fatal(err)
	}
	profile := filepath.Join(w.dir, "state", "default")
	if err := os.MkdirAll(profile, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profile, "config.json"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	return state.Directory.Host, []string{
		state.Central.ClientID, state.ClientSecret, state.Directory.User, state.DirectoryPassword,
	}
}

// controller is the domain controller that README speaks of.
const controller = "dc1.corp.example"

var mark = regexp.MustCompile(`^#readme (\d+) (-?\d+)$`)

// TestReadme runs every line of PowerShell in README, in their order, in one
// window and in a folder laid out like the archive: the only things that are
// replaced are the controller's name and, for Task Scheduler, the system.
func TestReadme(t *testing.T) {
	for _, edition := range editions {
		find(t, edition)
	}
	program := build(t)
	for _, edition := range editions {
		t.Run(edition, func(t *testing.T) {
			t.Parallel()
			readme(t, edition, program)
		})
	}
}

func readme(t *testing.T, edition, program string) {
	t.Helper()
	w := &world{engine: find(t, edition), program: program, dir: t.TempDir()}
	w.env = append(os.Environ(),
		"PATH="+filepath.Dir(w.engine)+string(os.PathListSeparator)+os.Getenv("PATH"),
		"ADSYNC_HOME="+filepath.Join(w.dir, "state"), "ADSYNC_PROFILE=",
		"XDG_CONFIG_HOME="+filepath.Join(w.dir, "config"), "ADSYNC_TEST_TASKS="+filepath.Join(w.dir, "tasks"))
	t.Cleanup(func() {
		if out, err := w.command(context.Background(), program, "sandbox", "stop").CombinedOutput(); err != nil {
			t.Logf("stop the sandbox: %v\n%s", err, out)
		}
	})
	host, answers := w.tenant(t)

	var lines []string
	var script strings.Builder
	script.WriteString("Set-StrictMode -Version Latest\r\n$ErrorActionPreference = 'Stop'\r\n")
	for _, b := range blocks(t) {
		if b.kind != "powershell" {
			continue
		}
		for _, line := range b.lines {
			// Out-Host keeps what a line prints before its mark: a table that is still
			// being laid out would come after it.
			fmt.Fprintf(&script, "$global:LASTEXITCODE = 0\r\n. { %s } | Out-Host\r\n'#readme %d {0}' -f $LASTEXITCODE\r\n",
				strings.ReplaceAll(line, controller, host), len(lines))
			lines = append(lines, line)
		}
	}
	dir := unpacked(t, program)
	file := filepath.Join(w.dir, "readme.ps1")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	c := w.command(t.Context(), w.engine, "-NoProfile", "-File", file)
	c.Dir = dir
	var stdout, stderr bytes.Buffer
	c.Stdin, c.Stdout, c.Stderr = strings.NewReader(strings.Join(append(answers, "y"), "\n")+"\n"), &stdout, &stderr
	if err := c.Run(); err != nil {
		t.Errorf("%v", err)
	}
	said := w.said(t, stdout.String())
	for i, line := range lines {
		s, ran := said[i]
		if !ran {
			t.Fatalf("%s was not run to its end, nor was what follows it:\n%s\n%s", line, &stdout, &stderr)
		}
		if s.code != 0 && s.code != 11 {
			t.Errorf("%s ended with %d:\n%s", line, s.code, s.text)
		}
		if want := shows[line]; !regexp.MustCompile(want).MatchString(s.text) {
			t.Errorf("%s does not show %q but\n%s", line, want, s.text)
		}
	}
	for line := range shows {
		if !slices.Contains(lines, line) {
			t.Errorf("README does not hold %q any more", line)
		}
	}
	if stderr.Len() > 0 {
		t.Errorf("stderr:\n%s", &stderr)
	}
}

// shows is what some lines have to show, for README to have come to where it says.
var shows = map[string]string{
	`$plan.summary.create`:           `\b200\b`,
	`(New-AdsyncPlan).changes.Count`: `(?m)^0\s*$`,
	`adsync sandbox stop`:            `"running": false`,
	`.\Register-AdsyncTask.ps1 -Daily '02:00' -Days mon,tue,wed,thu,fri -Confirm:$false`: `Registered \\adsync\\default`,
	`adsync plan list --json --jq '.plans | length'`:                                     `(?m)^1$`,
	`adsync status --check`:                                  `"profile": "default"`,
	`adsync central validate`:                                `"credentialKind": "tenant"`,
	`adsync directory validate`:                              `"security": "ldaps"`,
	`.\Invoke-AdsyncPreview.ps1`:                             `create user`,
	`.\Approve-AdsyncPending.ps1 -Comment 'reviewed' -Apply`: `done, \d+ done, 0 failed`,
}

// saying is what one line printed, and its exit code.
type saying struct {
	code int
	text string
}

// said takes what the script printed apart, line of README by line of README.
func (w *world) said(t *testing.T, stdout string) map[int]saying {
	t.Helper()
	all := map[int]saying{}
	var text strings.Builder
	for line := range strings.Lines(stdout) {
		line = strings.TrimRight(line, "\r\n")
		m := mark.FindStringSubmatch(line)
		if m == nil {
			text.WriteString(line + "\n")
			continue
		}
		at, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		code, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		all[at] = saying{code: code, text: text.String()}
		text.Reset()
	}
	return all
}
