package commands

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/output"
)

// screen is what a console shows of what was written to it: \r goes to the first
// column, \b one back.
func screen(written string) string {
	var line []rune
	at := 0
	for _, r := range written {
		switch r {
		case '\r':
			at = 0
		case '\b':
			at--
		default:
			if at == len(line) {
				line = append(line, r)
			} else {
				line[at] = r
			}
			at++
		}
	}
	return strings.TrimRight(string(line), " ")
}

// TestWhoSeesProgress holds the contract with scripts: stderr stays empty but
// for a person at a console.
func TestWhoSeesProgress(t *testing.T) {
	person := Env{ErrTerminal: true, Stderr: io.Discard}
	table := output.Options{Format: output.Table}
	filter, err := output.NewFilter(".id")
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		env  Env
		g    globals
		o    output.Options
		want bool
	}{
		"console":           {person, globals{}, table, true},
		"redirected stderr": {Env{Stderr: io.Discard}, globals{}, table, false},
		"json":              {person, globals{}, output.Options{Format: output.JSON}, false},
		"jsonl":             {person, globals{}, output.Options{Format: output.JSONL}, false},
		"csv":               {person, globals{}, output.Options{Format: output.CSV}, false},
		"filtered":          {person, globals{}, output.Options{Format: output.Table, Filter: filter}, false},
		"--no-progress":     {person, globals{NoProgress: true}, table, false},
		"--verbose":         {person, globals{Verbose: true}, table, false},
	} {
		if got := progressFor(tc.env, tc.g, tc.o) != nil; got != tc.want {
			t.Errorf("%s: shown %v, want %v", name, got, tc.want)
		}
	}
}

func TestProgressIsRewrittenInPlace(t *testing.T) {
	var b bytes.Buffer
	p := &progress{to: &b}
	var got []string
	see := func() { got = append(got, screen(b.String())) }
	p.say("reading the directory")
	see()
	p.say("reading")
	see()
	count := p.count("applying")
	count(0, 4)
	see()
	count(1, 4)
	see()
	count(4, 4)
	see()
	count(0, 0)
	see()
	p.say("a\nb\x1b[2J")
	see()
	p.clear()
	see()
	want := []string{
		"reading the directory",
		"reading",
		"applying [" + strings.Repeat(".", 30) + "] 0/4",
		"applying [" + strings.Repeat("#", 7) + strings.Repeat(".", 23) + "] 1/4",
		"applying [" + strings.Repeat("#", 30) + "] 4/4",
		"applying [" + strings.Repeat("#", 30) + "] 0/0",
		`a\u000ab\u001b[2J`,
		"",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if strings.ContainsAny(b.String(), "\n\x1b") {
		t.Errorf("more than one line, or a control sequence: %q", b.String())
	}
	if !strings.HasSuffix(b.String(), "\r") {
		t.Errorf("what follows does not begin in the first column: %q", b.String())
	}
	before := b.Len()
	p.clear()
	if b.Len() != before {
		t.Error("an empty line is taken away once more")
	}
}

func TestNoProgressShowsNothing(t *testing.T) {
	var p *progress
	p.say("x")
	p.wait("y")()
	p.clear()
	if p.count("z") != nil {
		t.Error("somebody looks at nothing")
	}
}

// slowBudget makes each call wait.
type slowBudget time.Duration

func (b slowBudget) Take(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(b)):
		return nil
	}
}

// TestWaitsForTheRateLimitAreShown: a short wait is nobody's business, a long one
// is told until it is over.
func TestWaitsForTheRateLimitAreShown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		p := &progress{to: &b}
		p.say("applying")
		if err := (shownBudget{slowBudget(patient / 2), p}).Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(b.String(), "waiting") {
			t.Errorf("a short wait is shown: %q", b.String())
		}
		go func() {
			time.Sleep(3 * patient)
			p.mu.Lock()
			defer p.mu.Unlock()
			if got := screen(b.String()); got != "applying, waiting for the rate limit" {
				t.Errorf("in the middle of a wait: %q", got)
			}
		}()
		if err := (shownBudget{slowBudget(time.Minute), p}).Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := screen(b.String()); got != "applying" {
			t.Errorf("after the wait: %q", got)
		}
	})
}

// TestStepsShowProgress runs steps as a person at a console does: what is shown
// is gone at the end, and a script never sees any of it.
func TestStepsShowProgress(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	id := w.preview()
	w.terminal = true
	shows := func(code int, stages []string, args ...string) {
		t.Helper()
		r := w.run(args...)
		if r.code != code {
			t.Fatalf("%v: exit %d, want %d\n%s%s", args, r.code, code, r.stdout, r.stderr)
		}
		for _, s := range stages {
			if !strings.Contains(r.stderr, s) {
				t.Errorf("%v does not show %q: %q", args, s, r.stderr)
			}
		}
		if left := screen(r.stderr); left != "" || (r.stderr != "") != (stages != nil) {
			t.Errorf("%v leaves %q of %q", args, left, r.stderr)
		}
	}
	shows(exitHeld, []string{"reading the directory", "reading Sophos Central"}, "preview")
	shows(exitHeld, nil, "preview", "--no-progress")
	shows(exitHeld, nil, "preview", "--json")
	shows(exitHeld, nil, "preview", "--output", "jsonl")
	shows(exitHeld, nil, "preview", "--jq", ".id")
	shows(exitOK, nil, "approve", id, "--yes")
	shows(exitOK, []string{"applying [..............................] 0/237", "237/237"}, "apply")
	r := w.run("approve", "deadbeef00")
	if !strings.HasPrefix(r.stderr, "adsync: ") {
		t.Errorf("an error begins with %q", r.stderr)
	}
}
