package commands

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"adsync/core/secret"
)

// secretSessions are command lines that touch every command of the grammar, in
// an order in which most of them do their work. PLAN stands for the plan of the
// last preview.
func secretSessions() [][]string {
	return [][]string{
		{"version"},
		{"sandbox", "start"},
		{"sandbox", "status"},
		{"sandbox", "serve"},
		{"credential", "list"},
		{"central", "validate"},
		{"directory", "validate"},
		{"probe"},
		{"directory", "domains"},
		{"scope", "show"},
		{"config", "show"},
		{"config", "set", "limits.updates.ceiling", "499"},
		{"config", "add", "exclude.users", "svc-*"},
		{"config", "remove", "exclude.users", "svc-*"},
		{"config", "unset", "limits.updates.ceiling"},
		{"config", "check"},
		{"config", "path"},
		{"scope", "domain", "exclude", "corp.example", "--dry-run"},
		{"scope", "domain", "include", "corp.example"},
		{"scope", "base", "add", "corp.example", "--users", "OU=Staff,DC=corp,DC=example", "--yes"},
		{"scope", "base", "confirm", "corp.example", "OU=Staff,DC=corp,DC=example", "--reason", "moved"},
		{"scope", "base", "remove", "corp.example", "--users", "OU=Staff,DC=corp,DC=example", "--yes"},
		{"scope", "filter", "set", "corp.example", "--users", "(mail=*)", "--yes"},
		{"scope", "filter", "clear", "corp.example", "--users", "--yes"},
		{"scope", "accounts", "--include-disabled=true", "--dry-run"},
		{"scope", "exclude", "add", "--users", "svc-*", "--yes"},
		{"scope", "exclude", "remove", "--users", "svc-*", "--yes"},
		{"scope", "protect", "add", "--users", "svc-*", "--yes"},
		{"scope", "protect", "remove", "--users", "svc-*", "--yes"},
		{"preview"},
		{"snapshot", "save", "FILE"},
		{"explain", "anna.silva"},
		{"plan", "list"},
		{"plan", "show"},
		{"approver", "enroll"},
		{"approver", "enroll", "--policy-only"},
		{"approver", "list"},
		{"approve", "PLAN", "--policy"},
		{"approve", "PLAN"},
		{"revoke", "PLAN"},
		{"approve", "PLAN"},
		{"apply"},
		{"run", "list"},
		{"run", "show"},
		{"run", "resume"},
		{"schedule", "set", "--daily", "02:00"},
		{"schedule", "show"},
		{"schedule", "xml"},
		{"status"},
		{"sandbox", "change", "add", "Zoe Zett", "--account", "zzett", "--mail", "zzett@corp.example"},
		{"sandbox", "change", "rename", "zzett", "Zoe Zet"},
		{"sandbox", "change", "move", "zzett", "OU=Sales,OU=Staff,DC=corp,DC=example"},
		{"sandbox", "change", "disable", "zzett"},
		{"sandbox", "change", "enable", "zzett"},
		{"sandbox", "change", "mail", "zzett", "zoe@corp.example"},
		{"sandbox", "change", "member", "add", "News", "zzett"},
		{"sandbox", "change", "member", "remove", "News", "zzett"},
		{"sandbox", "change", "ou", "rename", "OU=Sales,OU=Staff,DC=corp,DC=example", "Selling"},
		{"sandbox", "change", "ou", "move", "OU=Selling,OU=Staff,DC=corp,DC=example", "DC=corp,DC=example"},
		{"sandbox", "change", "delete", "zzett"},
		{"sandbox", "change", "--scenario", "hires"},
		{"sandbox", "seed", "SEED"},
		{"sandbox", "fault", "add", "--status", "500", "--after", "1000"},
		{"sandbox", "fault", "list"},
		{"sandbox", "fault", "clear"},
		{"sandbox", "clock"},
		{"sandbox", "calls", "--each"},
		{"sandbox", "reset"},
		{"preview"},
		{"plan", "remove", "PLAN"},
		{"credential", "set", "central"},
		{"central", "validate"},
		{"credential", "set", "directory"},
		{"directory", "validate"},
		{"probe"},
		{"credential", "remove", "directory"},
		{"credential", "remove", "central"},
		{"sandbox", "stop"},
	}
}

// TestNoSecretIsShown runs every command, with and without success, and looks
// for the secrets in all that was printed, logged and kept in the profile.
func TestNoSecretIsShown(t *testing.T) {
	w := newWorld(t)
	info := w.sandbox()
	w.stdin = "geheim-secret-123\n"
	if err := os.WriteFile(filepath.Join(w.home, "seed.json"), []byte(`{"generate": {"users": 3}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	covered := map[string]bool{}
	var keys []string
	plan, done := "latest", map[string]int{}
	for _, line := range secretSessions() {
		for i := range line {
			if line[i] == "PLAN" {
				line[i] = plan
			}
			if line[i] == "SEED" {
				line[i] = filepath.Join(w.home, "seed.json")
			}
			if line[i] == "FILE" {
				line[i] = filepath.Join(w.home, "snapshot.json")
			}
		}
		r := w.run(append(line, "--verbose", "--json", "--log", filepath.Join(w.home, "extra.log"))...)
		w.run(append(line, "--verbose", "--output", "table")...)
		var d struct {
			ID string `json:"id"`
		}
		if line[0] == "preview" && json.Unmarshal([]byte(r.stdout), &d) == nil {
			plan = d.ID
		}
		if line[0] == "approve" || line[0] == "approver" {
			keys = append(keys, w.keys()...)
		}
		done[strings.Join(line[:min(2, len(line))], " ")] = r.code
		covered[pathOf(line)] = true
	}
	for _, n := range leaves(t) {
		if path := commandPath(n); !covered[path] {
			t.Errorf("%s: not tried", path)
		}
	}
	if done["apply"] != exitOK || done["run show"] != exitOK || done["central validate"] != 22 {
		t.Fatalf("the session did not do its work: %v", done)
	}
	if len(keys) < 2 {
		t.Fatalf("%d keys were made, want a person's and a policy's", len(keys))
	}
	secrets := append(keys, info.Secrets.ClientSecret, info.Secrets.DirectoryPassword, info.Secrets.ControlToken, "geheim-secret-123")
	w.mustNotShow(secrets, info.Central.ClientID)
}

// pathOf returns the command of a line; a line that names no subcommand of
// sandbox change plays a scenario.
func pathOf(line []string) string {
	for n := len(line); n > 0; n-- {
		if path := strings.Join(line[:n], " "); steps[path].gate != 0 {
			return path
		}
	}
	return strings.Join(line[:2], " ") + " scenario"
}

// keys returns the private keys that the account holds now.
func (w *world) keys() []string {
	w.t.Helper()
	k, err := secret.Open("sandbox", func(name string) string { return w.vars[name] }, w.now)
	if err != nil {
		w.t.Fatal(err)
	}
	var found []string
	for _, p := range []secret.Purpose{secret.ApprovalKey, secret.PolicyKey} {
		if held, err := k.Get(p); err == nil {
			found = append(found, held.Value.Reveal())
		}
	}
	return found
}

// mustNotShow looks for secrets in everything printed and in the profile's
// files, as they are and as they travel.
func (w *world) mustNotShow(secrets []string, clientID string) {
	w.t.Helper()
	places := map[string][]byte{"the output": w.all.Bytes()}
	err := filepath.WalkDir(w.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".sandbox" {
			if d != nil && d.IsDir() {
				return fs.SkipDir // the sandbox's own folder holds what opens it
			}
			return err
		}
		if d.Type().IsRegular() {
			places[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(places) < 5 {
		w.t.Fatalf("only %d places were looked at", len(places))
	}
	for _, s := range secrets {
		for form, text := range map[string]string{
			"as it is": s, "escaped": url.QueryEscape(s), "in base64": base64.StdEncoding.EncodeToString([]byte(s)),
			"for Basic": base64.StdEncoding.EncodeToString([]byte(clientID + ":" + s)),
		} {
			for place, data := range places {
				if at := bytes.Index(data, []byte(text)); at >= 0 {
					w.t.Errorf("a secret stands %s in %s: %q", form, place, data[max(0, at-80):at])
				}
			}
		}
	}
}
