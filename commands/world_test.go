package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"adsync/core/sandbox"
	"adsync/core/secret"
)

// world is a computer of one test: a home, a clock, an environment, and
// everything that was ever written to its streams.
type world struct {
	t    *testing.T
	home string
	vars map[string]string
	mu   sync.Mutex
	plus time.Duration // by how much the clock is ahead
	zone *time.Location

	stdin    string
	terminal bool
	hidden   string
	ctx      context.Context //nolint:containedctx // a test's own
	all      bytes.Buffer
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	return &world{t: t, home: filepath.Join(dir, "home"), ctx: t.Context(), vars: map[string]string{
		"ADSYNC_HOME": filepath.Join(dir, "home"), "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "ADSYNC_PROFILE": "sandbox",
	}}
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.zone != nil {
		return time.Now().Add(w.plus).In(w.zone)
	}
	return time.Now().Add(w.plus)
}

// later moves the clock.
func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plus += d
}

func (w *world) env(stdout, stderr io.Writer) Env {
	return Env{
		Stdin: strings.NewReader(w.stdin), Stdout: stdout, Stderr: stderr,
		InTerminal: w.terminal, OutTerminal: w.terminal, ErrTerminal: w.terminal,
		ReadHidden: func() ([]byte, error) { return []byte(w.hidden), nil },
		Now:        w.now, Getenv: func(name string) string { return w.vars[name] },
		Account: secret.CurrentAccount,
		Program: func() (string, error) { return filepath.Join(w.home, "adsync"), nil },
	}
}

// reply is what a command line gave.
type reply struct {
	code           int
	stdout, stderr string
}

func (w *world) run(args ...string) reply {
	w.t.Helper()
	var out, diag bytes.Buffer
	code := Run(w.ctx, args, w.env(&out, &diag))
	w.all.WriteString(out.String())
	w.all.WriteString(diag.String())
	return reply{code, out.String(), diag.String()}
}

// must runs a command line that ends with one of the codes, and returns its
// document.
func (w *world) must(codes []int, args ...string) map[string]any {
	w.t.Helper()
	r := w.run(args...)
	if !slices.Contains(codes, r.code) {
		w.t.Fatalf("%v: exit %d, want one of %v\n%s%s", args, r.code, codes, r.stdout, r.stderr)
	}
	if r.stderr != "" {
		w.t.Errorf("%v: stderr is not empty: %q", args, r.stderr)
	}
	var d map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		w.t.Fatalf("%v: %v in %q", args, err, r.stdout)
	}
	return d
}

// refused runs a command line that fails with a code. Every such error says what
// to do next, in a document that stands alone.
func (w *world) refused(exit int, code string, args ...string) {
	w.t.Helper()
	d := w.must([]int{exit}, args...)
	e, ok := d["error"].(map[string]any)
	if !ok || e["code"] != code {
		w.t.Fatalf("%v: %v, want the error %s", args, d, code)
	}
	if next, _ := e["next"].([]any); e["hint"] == "" && len(next) == 0 {
		w.t.Errorf("%v: the error %s says nothing of what to do", args, code)
	}
}

// ok are the codes of a step that did what it should, holds or not.
var ok = []int{exitOK, exitHeld}

// sandbox runs a sandbox until the test ends, with the profile set up.
func (w *world) sandbox() sandbox.Info {
	w.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan int, 1)
	out := &firstWrite{ready: ready}
	go func() { ended <- Run(ctx, []string{"sandbox", "serve"}, w.env(out, io.Discard)) }()
	w.t.Cleanup(func() {
		stop()
		if code := <-ended; code != exitOK {
			w.t.Errorf("the sandbox ended with %d", code)
		}
	})
	select {
	case <-ready:
	case <-time.After(30 * time.Second):
		w.t.Fatal("the sandbox does not answer")
	}
	i, err := sandbox.Status(w.t.Context(), filepath.Join(w.home, ".sandbox"))
	if err != nil {
		w.t.Fatal(err)
	}
	return i
}

// firstWrite says when something is written for the first time.
type firstWrite struct {
	once  sync.Once
	ready chan struct{}
}

func (f *firstWrite) Write(p []byte) (int, error) {
	f.once.Do(func() { close(f.ready) })
	return len(p), nil
}

// preview makes a plan and returns its id.
func (w *world) preview() string {
	w.t.Helper()
	d := w.must(ok, "preview", "--summary")
	id, isText := d["id"].(string)
	if !isText {
		w.t.Fatalf("the plan's id is %v", d["id"])
	}
	return id
}
