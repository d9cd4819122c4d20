package jobtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"adsync/core/apply"
	"adsync/core/directory/adtest"
	"adsync/core/plan"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// world is both sides and the profile between them.
type world struct {
	dc      *adtest.Controller
	central *tenanttest.Server
	program string
	env     []string
	dir     string // files that a person would have written

	people string // DN of the base for people, as it is called now
	filter string // DN of the group that the filter asks for, "" for none
	inner  string // DN of the group within it that counts too, "" for none
	// expired says that expired accounts are left out.
	expired bool
	// kept are the addresses that Central keeps although the directory has none
	// any more, by account.
	kept map[string]string
}

func start(t *testing.T) *world {
	t.Helper()
	program, err := exec.LookPath("adsync")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		dc:      adtest.Start(t, adtest.Options{Users: 1000, Groups: 100}),
		central: tenanttest.Start(t, tenant.Options{}),
		program: program, dir: t.TempDir(), kept: map[string]string{},
	}
	w.people = "OU=People," + w.dc.Base
	w.enter("main")
	return w
}

// enter goes on with a profile of the world's own folders.
func (w *world) enter(profile string) {
	w.env = append(os.Environ(), "ADSYNC_HOME="+filepath.Join(w.dir, "state"), "XDG_CONFIG_HOME="+filepath.Join(w.dir, "config"),
		"ADSYNC_PROFILE="+profile, "HTTPS_PROXY=", "https_proxy=")
}

// connect gives the profile its side of Central, with a budget that no test
// waits for.
func (w *world) connect(tb testing.TB) {
	tb.Helper()
	for _, set := range [][]string{
		{"central.identityUrl", w.central.URL},
		{"central.globalUrl", w.central.URL},
		{"central.caFile", w.central.CAFile},
		{"rate.perSecond", "10000"},
		{"rate.perMinute", "100000"},
		{"rate.perHour", "1000000"},
		{"rate.perDay", "10000000"},
	} {
		w.adsync(tb, 0, append([]string{"config", "set"}, set...)...)
	}
	w.typed(tb, w.central.Secret+"\n", 0, "credential", "set", "central", "--user", w.central.ClientID)
	w.adsync(tb, 0, "central", "validate")
}

// file writes a file and returns its name.
func (w *world) file(tb testing.TB, name, text string) string {
	tb.Helper()
	path := filepath.Join(w.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// adsync runs the program as a process of its own, wants an exit status, and
// returns what it printed. Whatever happens, stderr is empty and stdout is one
// document.
func (w *world) adsync(tb testing.TB, want int, args ...string) []byte {
	tb.Helper()
	return w.typed(tb, "", want, args...)
}

func (w *world) typed(tb testing.TB, stdin string, want int, args ...string) []byte {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), w.program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = w.env, strings.NewReader(stdin), &stdout, &stderr
	err := cmd.Run()
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else if err != nil {
		tb.Fatal(err)
	}
	if got != want || stderr.Len() > 0 || !json.Valid(stdout.Bytes()) {
		tb.Fatalf("adsync %s: exit status %d, want %d\n%s%s", strings.Join(args, " "), got, want, excerpt(stdout.Bytes()), excerpt(stderr.Bytes()))
	}
	return stdout.Bytes()
}

func excerpt(b []byte) []byte { return b[:min(len(b), 4000)] }

func decode[T any](t *testing.T, data []byte) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v\n%s", err, excerpt(data))
	}
	return v
}

// refused runs a command that ends with an error and wants its code.
func (w *world) refused(t *testing.T, exit int, code string, args ...string) {
	t.Helper()
	type document struct {
		Error struct{ Code, Message, Hint string }
	}
	e := decode[document](t, w.adsync(t, exit, args...)).Error
	if e.Code != code || e.Message == "" || e.Hint == "" {
		t.Errorf("adsync %s: %+v, want the code %s with a message and a hint", strings.Join(args, " "), e, code)
	}
}

// planned is a plan as preview prints it, with what it cost.
type planned struct {
	plan.Document
	ID    string `json:"id"`
	took  time.Duration
	calls int
}

func (w *world) preview(t *testing.T, exit int) planned {
	t.Helper()
	w.central.Tenant.Reset()
	start := time.Now()
	out := w.adsync(t, exit, "preview")
	p := decode[planned](t, out)
	p.took, p.calls = time.Since(start), w.central.Tenant.Total()
	for method := range w.central.Tenant.Counts() {
		if !strings.HasPrefix(method, "GET ") && !strings.HasSuffix(method, tenant.RouteToken) {
			t.Errorf("preview made a call that is no read: %s", method)
		}
	}
	return p
}

// applied is a run as apply prints it, with what it cost.
type applied struct {
	apply.Run
	took  time.Duration
	calls int // without those that found out who calls
}

func (w *world) apply(t *testing.T) applied {
	t.Helper()
	w.central.Tenant.Reset()
	start := time.Now()
	r := applied{Run: decode[apply.Run](t, w.adsync(t, 0, "apply"))}
	r.took = time.Since(start)
	r.calls = w.central.Tenant.Total() - w.central.Tenant.Count("POST", tenant.RouteToken) - w.central.Tenant.Count("GET", tenant.RouteWhoAmI)
	return r
}
