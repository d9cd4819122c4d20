//go:build unix

package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestKilledOften kills apply and run resume of a real process at random moments
// until the plan is carried out. ADSYNC_SOAK=1 kills hundreds of times. At the
// end nobody is in Central twice, nobody is missing, and the ledger names all.
func TestKilledOften(t *testing.T) {
	kills := 8
	if os.Getenv("ADSYNC_SOAK") != "" {
		kills = 200
	}
	w := newWorld(t)
	info := w.sandbox()
	w.must(ok, "config", "set", "rate.perSecond", "150")
	w.must(ok, "central", "validate")
	id := w.preview()
	w.must(ok, "approve", id)

	r := rand.New(rand.NewPCG(1, 2))
	step, killed := []string{"apply", id}, 0
	for killed < kills {
		lines := 0
		if len(step) == 2 && step[0] == "run" {
			lines = len(w.record())
		}
		if !w.killAfter(lines+r.IntN(5), time.Duration(r.IntN(8))*time.Millisecond, step...) {
			break // it was done before
		}
		killed++
		if len(w.record()) > 0 {
			step = []string{"run", "resume"}
		}
	}
	t.Logf("killed %d times", killed)
	w.finish(step)

	users, err := w.hand(info).Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	links, logins := w.links(), map[string]int{}
	for _, u := range users {
		logins[u.Fields.ExchangeLogin]++
		if links[u.ID].CentralID == "" {
			t.Errorf("%s is in Central and not in the ledger", u.Fields.Name)
		}
	}
	for login, n := range logins {
		if n > 1 {
			t.Errorf("%s is in Central %d times", login, n)
		}
	}
	groups, err := w.hand(info).Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(links) != len(users)+len(groups) {
		t.Errorf("the ledger names %d objects, Central has %d people and %d groups", len(links), len(users), len(groups))
	}
}

// killAfter starts the program and kills it once the record of the run has so
// many lines, and a moment later. It returns false where the program ended first.
func (w *world) killAfter(lines int, later time.Duration, args ...string) bool {
	w.t.Helper()
	var out, diag bytes.Buffer
	c := w.process(&out, &diag, args...)
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for began := time.Now(); len(w.record()) <= lines; time.Sleep(2 * time.Millisecond) {
		select {
		case err := <-ended:
			w.t.Logf("ended by itself: %v", err)
			return false
		default:
		}
		if time.Since(began) > 30*time.Second {
			w.t.Fatal("the run does not go on")
		}
	}
	time.Sleep(later)
	if err := c.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		w.t.Fatal(err)
	}
	e, failed := errors.AsType[*exec.ExitError](<-ended)
	return failed && !e.Exited()
}

// finish lets the run end. Somebody without a mail address whose create was cut
// off is not sent again for a while: that alone may stay unknown.
func (w *world) finish(step []string) {
	w.t.Helper()
	var out, diag bytes.Buffer
	err := w.process(&out, &diag, step...).Run()
	var d struct {
		Outcome string `json:"outcome"`
		Results []struct {
			Change  string `json:"change"`
			Outcome string `json:"outcome"`
		} `json:"results"`
	}
	if jerr := json.Unmarshal(out.Bytes(), &d); jerr != nil {
		w.t.Fatalf("%v, %v: %s", err, jerr, out.String())
	}
	unknown := map[string]bool{}
	for _, x := range d.Results {
		switch x.Outcome {
		case "done", "already":
		case "unknown":
			unknown[x.Change] = true
		default:
			w.t.Errorf("change %s ended %s", x.Change, x.Outcome)
		}
	}
	p := w.must(ok, "preview")
	changes, isList := p["changes"].([]any)
	if !isList {
		w.t.Fatalf("changes: %v", p["changes"])
	}
	for _, c := range changes {
		m, isMap := c.(map[string]any)
		if !isMap {
			w.t.Fatalf("change: %v", c)
		}
		id, after := m["id"], m["after"]
		fields, isMap := after.(map[string]any)
		text, isText := id.(string)
		if !isMap || !isText || !unknown[text] || fields["email"] != nil {
			w.t.Errorf("left: %v", m)
		}
	}
	w.t.Logf("%s, %d unknown", d.Outcome, len(unknown))
}

// TestSnapshotKilled kills snapshot save of a real process while it writes: the
// file of before stays, and the next save is like any other.
func TestSnapshotKilled(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.must(ok, "central", "validate")
	file := filepath.Join(t.TempDir(), "corp.json")
	w.must(ok, "snapshot", "save", file)
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for try := 0; killed < 2 && try < 40; try++ {
		if w.killWriting(file) {
			killed++
		}
		now, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(now, before) {
			// It was done before the signal came: then all of it is there.
			w.must(ok, "preview", "--from", file)
			before = now
		}
	}
	if killed == 0 {
		t.Error("no save was caught while it wrote")
	}
	w.must(ok, "preview", "--from", file)
	w.must(ok, "snapshot", "save", file)
}

// killWriting starts a save and kills it as soon as it begins to write. It
// returns false where the program had ended.
func (w *world) killWriting(file string) bool {
	w.t.Helper()
	beside := func() int {
		list, err := filepath.Glob(filepath.Join(filepath.Dir(file), ".adsync-*"))
		if err != nil {
			w.t.Fatal(err)
		}
		return len(list)
	}
	had := beside()
	var out, diag bytes.Buffer
	c := w.process(&out, &diag, "snapshot", "save", file)
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	for began := time.Now(); beside() == had; {
		select {
		case err := <-ended:
			w.t.Logf("it had ended: %v", err)
			return false
		default:
		}
		if time.Since(began) > 30*time.Second {
			w.t.Fatal("nothing is written")
		}
	}
	if err := c.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		w.t.Fatal(err)
	}
	e, failed := errors.AsType[*exec.ExitError](<-ended)
	return failed && !e.Exited()
}
