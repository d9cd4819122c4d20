package sandbox_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/fault"
	"adsync/core/sandbox"
)

// serveDir and startDir make the test binary a program that serves, or starts,
// a sandbox.
const (
	serveDir = "ADSYNC_TEST_SERVE"
	startDir = "ADSYNC_TEST_START"
)

func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if dir := os.Getenv(serveDir); dir != "" {
		log := slog.New(slog.NewTextHandler(os.Stderr, nil))
		if err := sandbox.Serve(ctx, sandbox.Options{Dir: dir, Now: time.Now, Log: log}); err != nil {
			log.Error("serve", "error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if dir := os.Getenv(startDir); dir != "" {
		if err := os.Setenv(serveDir, dir); err != nil {
			os.Exit(1)
		}
		if _, err := sandbox.Start(ctx, os.Args[0], nil, dir); err != nil {
			slog.New(slog.NewTextHandler(os.Stderr, nil)).Error("start", "error", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// serve runs a sandbox inside the test until it is told to end.
func serve(t *testing.T, dir string) (info sandbox.Info, end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ready, ended := make(chan sandbox.Info, 1), make(chan error, 1)
	go func() {
		ended <- sandbox.Serve(ctx, sandbox.Options{
			Dir: dir, Now: time.Now, Log: slog.New(slog.DiscardHandler),
			Ready: func(i sandbox.Info) { ready <- i },
		})
	}()
	end = func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("serve ended with %v", err)
		}
		ended <- nil
	}
	t.Cleanup(end)
	select {
	case info = <-ready:
	case err := <-ended:
		t.Fatal(err)
	}
	return info, end
}

func trust(t *testing.T, i sandbox.Info) *tls.Config {
	t.Helper()
	ca, err := os.ReadFile(i.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		t.Fatal("the CA file holds no certificate")
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// people asks the directory as the profile's account would.
func people(t *testing.T, i sandbox.Info, filter string) []string {
	t.Helper()
	c, err := ldap.DialURL("ldaps://"+i.Directory.Host+":"+strconv.Itoa(i.Directory.Port), ldap.DialWithTLSConfig(trust(t, i)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	if err := c.Bind(i.Directory.User, i.Secrets.DirectoryPassword); err != nil {
		t.Fatal(err)
	}
	r, err := c.SearchWithPaging(ldap.NewSearchRequest(i.Directory.BaseDN, ldap.ScopeWholeSubtree, 0, 0, 0, false, filter, []string{"cn"}, nil), 500)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range r.Entries {
		out = append(out, e.GetAttributeValue("cn"))
	}
	return out
}

// token asks the simulated Central for a token, and who-am-I with it.
func token(t *testing.T, i sandbox.Info) (status int, whoami string) {
	t.Helper()
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: trust(t, i), DisableKeepAlives: true}}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {i.Central.ClientID}, "client_secret": {i.Secrets.ClientSecret}, "scope": {"token"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.Central.IdentityURL+"/api/v2/oauth2/token", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	reply, err := h.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(reply.Body)
	if err := errors.Join(err, reply.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return reply.StatusCode, string(body)
}

func TestServeKeepsWhatWasChanged(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sandbox")
	first, end := serve(t, dir)
	if got := people(t, first, "(cn=Ada Byron)"); len(got) != 0 {
		t.Fatalf("Ada is there before she was hired: %v", got)
	}
	if status, body := token(t, first); status != http.StatusOK {
		t.Fatalf("token: %d %s", status, body)
	}
	c, err := sandbox.Connect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := c.Change(t.Context(), "add", "Ada Byron", "ada", "ada@corp.example")
	if err != nil || len(changes) != 1 || changes[0].DN != "CN=Ada Byron,OU=Staff,DC=corp,DC=example" {
		t.Fatalf("add: %v, %v", changes, err)
	}
	calls, err := c.Calls(t.Context())
	if err != nil || len(calls) != 1 || calls[0].Method != http.MethodPost {
		t.Errorf("the one call was not recorded: %v, %v", calls, err)
	}
	end()
	if i, err := sandbox.Status(t.Context(), dir); err != nil || i.Running || i.PID != 0 {
		t.Errorf("after the end: %+v, %v", i, err)
	}

	second, _ := serve(t, dir)
	if got := people(t, second, "(sAMAccountName=ada)"); !cmp.Equal(got, []string{"Ada Byron"}) {
		t.Errorf("after a restart Ada is %v", got)
	}
	// A profile made for the first start is good for the second.
	if d := cmp.Diff(first, second, cmpopts.IgnoreFields(sandbox.Info{}, "StartedAt")); d != "" {
		t.Errorf("the second start differs (-first +second):\n%s", d)
	}
}

func TestStateIsForItsOwnerOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("skipped: permission bits mean nothing on Windows")
	}
	dir := t.TempDir()
	serve(t, dir)
	for _, name := range []string{"state.json", "ca-key.pem"} {
		s, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if s.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", name, s.Mode())
		}
	}
}

func TestOneSandboxAFolder(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	err := sandbox.Serve(t.Context(), sandbox.Options{Dir: dir, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if fault.Code(err) != "sandbox.running" {
		t.Errorf("a second sandbox: %v", err)
	}
}

func TestControlNeedsTheToken(t *testing.T) {
	dir := t.TempDir()
	i, _ := serve(t, dir)
	h := &http.Client{Transport: &http.Transport{TLSClientConfig: trust(t, i), DisableKeepAlives: true}}
	for why, header := range map[string]string{
		"Without a token nobody may stop it.":     "",
		"A wrong token is as good as none.":       "Bearer wrong",
		"The token alone is not how it is given.": i.Secrets.ControlToken,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, i.Control+"/stop", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", header)
		reply, err := h.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := reply.Body.Close(); err != nil || reply.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s\nstatus %d, %v", why, reply.StatusCode, err)
		}
	}
	if i, err := sandbox.Status(t.Context(), dir); err != nil || !i.Running {
		t.Errorf("it was stopped: %+v, %v", i, err)
	}
}

func TestChangeOverTheWire(t *testing.T) {
	dir := t.TempDir()
	serve(t, dir)
	c, err := sandbox.Connect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		why  string
		op   string
		args []string
		code string
		want int // changes
	}{
		"Rename":       {"A person has a new name.", "rename", []string{"anna.smith", "Anna Sommer"}, "", 1},
		"Scenario":     {"All changes of a scenario come back.", "scenario", []string{"mail-swap"}, "", 2},
		"OU":           {"Words of two are one operation.", "ou rename", []string{"OU=Finance,OU=Staff,DC=corp,DC=example", "Accounting"}, "", 1},
		"Nobody":       {"The code crosses the wire, so that the exit status is the same.", "disable", []string{"nobody.here"}, "usage.sandbox.who", 0},
		"TwoOfThem":    {"A name of two people is refused and not guessed.", "disable", []string{"julia.weber@corp.example"}, "usage.sandbox.ambiguous", 0},
		"Unknown":      {"A change that there is not.", "explode", nil, "usage.sandbox.change", 0},
		"TooFew":       {"Arguments are counted.", "rename", []string{"anna.smith"}, "usage.sandbox.change", 0},
		"NoSuchScene":  {"The hint lists the names.", "scenario", []string{"x"}, "usage.sandbox.scenario", 0},
		"SceneUnnamed": {"A scenario needs its name.", "scenario", nil, "usage.sandbox.change", 0},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.Change(t.Context(), tc.op, tc.args...)
			if fault.Code(err) != tc.code || len(got) != tc.want {
				t.Errorf("%s\n%v, %v", tc.why, got, err)
			}
		})
	}
}

// TestStartHoldsNothing reads the output of a program that starts a sandbox and
// ends: the reading ends only when nobody holds the pipe any more.
func TestStartHoldsNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "box")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	t.Cleanup(func() {
		if _, err := sandbox.Stop(context.WithoutCancel(ctx), dir); err != nil {
			t.Error(err)
		}
	})
	inherited, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), startDir+"="+dir)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if runtime.GOOS != "windows" {
		cmd.ExtraFiles = []*os.File{ours} // a handle that nobody told the program about
	}
	if err := cmd.Run(); err != nil {
		t.Fatalf("start: %v\n%s", err, out.String())
	}
	if err := ours.Close(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(inherited)
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-ctx.Done():
		t.Error("the sandbox holds a pipe of its caller's caller")
	}

	i, err := sandbox.Status(t.Context(), dir)
	if err != nil || !i.Running || i.PID == 0 || i.PID == os.Getpid() {
		t.Fatalf("after start: %+v, %v", i, err)
	}
	if n := len(people(t, i, "(&(objectCategory=person)(objectClass=user))")); n < 200 {
		t.Errorf("%d people", n)
	}
	again, err := sandbox.Start(t.Context(), os.Args[0], nil, dir)
	if err != nil || again.PID != i.PID {
		t.Errorf("a second start: pid %d after %d, %v", again.PID, i.PID, err)
	}
	if i, err = sandbox.Stop(t.Context(), dir); err != nil || i.Running || i.PID != 0 {
		t.Errorf("stop: %+v, %v", i, err)
	}
	if _, err := sandbox.Connect(t.Context(), dir); fault.Code(err) != "sandbox.notRunning" {
		t.Errorf("connecting to a stopped sandbox: %v", err)
	}
}

func TestStartSaysWhyItFailed(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "forest.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv(serveDir, dir)
	_, err := sandbox.Start(t.Context(), os.Args[0], nil, dir)
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != "sandbox.start" || !strings.Contains(strings.Join(f.Details, "\n"), "forest.json") {
		t.Errorf("start with a broken file: %#v", err)
	}
}
