package commands

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/secret"
)

// passing are the parts of a document that differ from one day to the next. Where
// equal ones have to stay equal they are numbered in the order in which they come.
var passing = []struct {
	name     string
	numbered bool
	is       *regexp.Regexp
}{
	{"TIME", false, regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z`)},
	{"LOCAL TIME", false, regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d`)},
	{"DATE", false, regexp.MustCompile(`\b20\d\d-\d\d-\d\d\b`)},
	{"RUN", true, regexp.MustCompile(`\b\d{8}T\d{6}Z-[0-9a-f]{6}\b`)},
	{"SHA256", true, regexp.MustCompile(`\b[0-9a-f]{64}\b`)},
	{"GUID", true, regexp.MustCompile(`\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b`)},
	{"ID", true, regexp.MustCompile(`\b[0-9a-f]{32}\b`)},
	{"CHANGE", true, regexp.MustCompile(`\b[0-9a-f]{16}\b`)},
	{"SIGNATURE", true, regexp.MustCompile(`[A-Za-z0-9+/]{86}==`)},
	{"KEY", true, regexp.MustCompile(`[A-Za-z0-9+/]{43}=`)},
	{"SID", false, regexp.MustCompile(`\bS-1-22-1-\d+`)},
	{"127.0.0.1:PORT", false, regexp.MustCompile(`127\.0\.0\.1:\d+`)},
}

var (
	elapsed = regexp.MustCompile(`("elapsedMs": ?)\d+`)
	spent   = regexp.MustCompile(`("(?:made|left|waitMs)": ?)\d+`) // of the rate budget
	usn     = regexp.MustCompile(`("highestUsn": ?)\d+`)
	actor   = regexp.MustCompile(`(?m)^(by\.account +).+$`) // in a table
)

// settled returns a document with what passes replaced.
func (w *world) settled(document string) string {
	w.t.Helper()
	me, err := secret.CurrentAccount()
	if err != nil {
		w.t.Fatal(err)
	}
	for _, name := range []string{`"account": `, `"account":`} {
		document = strings.ReplaceAll(document, name+strconv.Quote(me.Name), name+`"ACCOUNT"`)
	}
	document = actor.ReplaceAllString(document, "${1}ACCOUNT")
	document = strings.ReplaceAll(document, "for "+me.Name+": open "+filepath.Dir(w.home), "for ACCOUNT: open DIR")
	document = spent.ReplaceAllString(document, `${1}0`)
	document = usn.ReplaceAllString(document, `${1}0`)
	document = elapsed.ReplaceAllString(document, `${1}0`)
	for _, p := range passing {
		seen := map[string]string{}
		document = p.is.ReplaceAllStringFunc(document, func(found string) string {
			if !p.numbered {
				return p.name
			}
			if _, known := seen[found]; !known {
				seen[found] = fmt.Sprintf("%s-%d", p.name, len(seen)+1)
			}
			return seen[found]
		})
	}
	return document
}

// golden compares a text with a file of testdata; -update writes the file.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (make golden writes it)", err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s (-want +got); make golden writes it anew:\n%s", path, d)
	}
}

// keep runs a command line, wants an exit code, and compares its document.
func (w *world) keep(name string, code int, args ...string) string {
	w.t.Helper()
	r := w.run(args...)
	if r.code != code {
		w.t.Fatalf("%v: exit %d, want %d\n%s%s", args, r.code, code, r.stdout, r.stderr)
	}
	golden(w.t, name, w.settled(r.stdout))
	return r.stdout
}

// TestDocuments pins the documents that scripts are written against, each also in
// its empty form: a field that goes or is renamed shows here.
func TestDocuments(t *testing.T) {
	w := newWorld(t)
	w.vars["ADSYNC_PROFILE"] = "default"
	w.keep("status-none.json", 0, "status")
	w.keep("error-gate.json", 40, "preview")
	w.keep("error-usage.json", 80, "plan", "show", "deadbeef00")
	w.keep("probe-none.json", 40, "probe")
	w.vars["ADSYNC_PROFILE"] = "sandbox"
	w.sandbox()
	w.keep("validation-tenant.json", 0, "central", "validate")
	w.keep("validation-tenant.txt", 0, "central", "validate", "--output", "table")
	w.keep("probe.json", 0, "probe")
	w.keep("probe.jsonl", 0, "probe", "--output", "jsonl")
	w.must(ok, "approve", w.preview())
	w.must([]int{exitOK}, "apply")
	w.keep("plan-empty.json", 0, "preview", "--only", "anna.silva@corp.example", "--no-save")
	w.keep("explain.json", 0, "explain", "anna.silva@corp.example")
	w.keep("explain-group.json", 0, "explain", "CN=Project Omega,OU=Groups,DC=corp,DC=example")
	w.keep("error-explain.json", exitUsage, "explain", "julia.weber@corp.example")

	for _, change := range [][]string{
		{"add", "Nora Lind", "--account", "nora.lind", "--mail", "nora.lind@corp.example"},
		{"rename", "anna.silva", "Anna Silva-Stein"},
		{"member", "add", "News", "anna.silva"},
		{"delete", "hugo.mueller@corp.example"},
	} {
		w.must([]int{exitOK}, append([]string{"sandbox", "change"}, change...)...)
	}
	w.keep("plan.json", exitHeld, "preview")
	id := w.preview()
	w.keep("plan.jsonl", 0, "plan", "show", id, "--output", "jsonl")
	w.keep("plan.txt", 0, "plan", "show", id, "--output", "table")
	w.keep("plan-summary.txt", 0, "plan", "show", id, "--output", "table", "--summary")
	w.keep("plan-summary.json", 0, "plan", "show", id, "--summary")
	w.keep("status-pending.json", 0, "status")
	w.keep("error-approval.json", 12, "apply", id)
	w.keep("approval.json", 0, "approve", id, "--except", "remove", "--comment", "new staff")
	w.keep("run.json", 0, "apply", id)
	w.keep("run.jsonl", 0, "run", "show", "--output", "jsonl")
	w.keep("runs.json", 0, "run", "list")
	golden(t, "journal.jsonl", w.settled(w.journal()))
	w.keep("status.json", 0, "status")

	w.must(ok, "approve", id)
	w.must([]int{exitOK}, "apply", id)
	empty := w.preview()
	w.must([]int{12, 80}, "approve", empty)
	w.keep("run-none.json", 0, "run", "resume", "--scheduled")
}

// journal is the newest record of a run, as it lies on disk.
func (w *world) journal() string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, "sandbox", "runs", "*.jsonl"))
	if err != nil || len(files) == 0 {
		w.t.Fatalf("%d records of runs, %v", len(files), err)
	}
	data, err := os.ReadFile(slices.Max(files))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(data)
}

// TestHelpPages pins what --help prints of the program, of each command and of
// each group of commands.
func TestHelpPages(t *testing.T) {
	t.Setenv("COLUMNS", "100")
	pages := map[string]bool{"": true}
	for _, n := range leaves(t) {
		words := strings.Fields(commandPath(n))
		for i := range words {
			pages[strings.Join(words[:i+1], " ")] = true
		}
	}
	var w bytes.Buffer
	for page := range pages {
		w.Reset()
		env := newWorld(t).env(&w, &w)
		if code := Run(t.Context(), append(strings.Fields(page), "--help"), env); code != exitOK {
			t.Errorf("%s --help: exit %d", page, code)
			continue
		}
		name := strings.ReplaceAll(page, " ", "-")
		if name == "" {
			name = "adsync"
		}
		golden(t, filepath.Join("help", name+".txt"), w.String())
	}
	files, err := filepath.Glob(filepath.Join("testdata", "help", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != len(pages) {
		t.Errorf("%d pages of help, %d files", len(pages), len(files))
	}
}
