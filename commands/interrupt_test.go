//go:build unix

package commands

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"adsync/core/directory/dctest"
)

// hangs are the requests at which a controller does not answer any more.
var hangs = map[string]func(*dctest.Request) bool{
	"Bind":       func(r *dctest.Request) bool { return r.Kind == dctest.Bind },
	"RootDSE":    (*dctest.Request).Root,
	"Partitions": func(r *dctest.Request) bool { return strings.HasPrefix(r.Base, "CN=Partitions,") },
	"People":     (*dctest.Request).Users,
	"LaterPage":  func(r *dctest.Request) bool { return r.Cookie != "" },
	"Groups":     (*dctest.Request).Groups,
	"Meanwhile":  (*dctest.Request).Meanwhile,
}

// TestInterruptedAtController presses Ctrl+C while a controller does not answer,
// whatever it was asked: the program ends within a second, with its document.
func TestInterruptedAtController(t *testing.T) {
	forest := dctest.NewWorld(t, dctest.Options{})
	c := forest.Controller(t)
	w := newWorld(t)
	w.controllers(c)
	for name, at := range hangs {
		t.Run(name, func(t *testing.T) {
			hung := make(chan struct{}, 1)
			c.Play(func(r *dctest.Request, a *dctest.Answer) {
				if at(r) {
					a.Entries, a.Hang = nil, true
					select {
					case hung <- struct{}{}:
					default:
					}
				}
			})
			var out, diag bytes.Buffer
			p := w.process(&out, &diag, "preview")
			if err := p.Start(); err != nil {
				t.Fatal(err)
			}
			select {
			case <-hung:
			case <-time.After(30 * time.Second):
				t.Fatal("nothing was asked")
			}
			time.Sleep(50 * time.Millisecond)
			pressed := time.Now()
			if err := p.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			e, failed := errors.AsType[*exec.ExitError](p.Wait())
			took := time.Since(pressed)
			var d struct {
				Error errorBody `json:"error"`
			}
			if err := json.Unmarshal(out.Bytes(), &d); err != nil || !failed || e.ExitCode() != exitInterrupted || d.Error.Code != "interrupted" || diag.Len() > 0 {
				t.Errorf("%v, %v, stdout %q, stderr %q", e, err, out.String(), diag.String())
			}
			if took > time.Second {
				t.Errorf("it ended after %s", took)
			}
		})
	}
}

// TestTimeoutAtController: no operation waits longer than the configuration says.
// What was being read is incomplete, and where nothing was read the step fails.
func TestTimeoutAtController(t *testing.T) {
	forest := dctest.NewWorld(t, dctest.Options{})
	c := forest.Controller(t)
	w := newWorld(t)
	w.controllers(c)
	w.must(ok, "config", "set", "directory.timeoutSeconds", "1")
	for name, at := range hangs {
		t.Run(name, func(t *testing.T) {
			c.Play(func(r *dctest.Request, a *dctest.Answer) {
				if at(r) {
					a.Entries, a.Hang = nil, true
				}
			})
			began := time.Now()
			d := w.must([]int{exitHeld, 20}, "preview")
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			code := ""
			if e, failed := d["error"].(map[string]any); failed {
				code = fmt.Sprint(e["code"])
			}
			reads, _ := d["reads"].([]any)
			for _, r := range reads {
				if m, _ := r.(map[string]any); m["complete"] == false {
					code = fmt.Sprint(m["code"])
				}
			}
			if code != "directory.timeout" && code != "directory.unreachable" {
				t.Errorf("it ended with %q: %v", code, d["error"])
			}
		})
	}
}
