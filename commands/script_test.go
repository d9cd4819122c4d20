package commands

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/itchyny/gojq"
	"github.com/rogpeppe/go-internal/testscript"

	"adsync/core/sandbox"
	"adsync/core/text"
)

var update = flag.Bool("update", false, "rewrite what sessions compare with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"adsync": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			env := System()
			env.Program = func() (string, error) { return exec.LookPath("adsync") }
			code := Run(ctx, os.Args[1:], env)
			stop()
			os.Exit(code)
		},
	})
}

// TestSessions runs command lines that a user could have typed.
func TestSessions(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "../testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "home")
			e.Setenv("ADSYNC_HOME", home)
			e.Setenv("XDG_CONFIG_HOME", filepath.Join(e.WorkDir, "config"))
			e.Setenv("ProgramData", e.WorkDir)
			e.Defer(func() {
				// A session that fails leaves its sandbox behind.
				if _, err := sandbox.Stop(context.Background(), filepath.Join(home, ".sandbox")); err != nil {
					t.Logf("stop the sandbox: %v", err)
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":    exitsWith,
			"let":      let,
			"rewrite":  rewrite,
			"reencode": reencode,
			"cut":      cut,
			"encoded":  secretAs,
			"password": directorySecret,
		},
	})
}

// exitsWith runs a program and wants one exit status: exits N PROGRAM ARGUMENT...
func exitsWith(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits N program [argument...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// let sets a variable to what a jq expression finds in the last stdout:
// let NAME EXPRESSION.
func let(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: let NAME EXPRESSION")
	}
	q, err := gojq.Parse(args[1])
	ts.Check(err)
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &v))
	found, ok := q.Run(v).Next()
	if !ok || found == nil {
		ts.Fatalf("%s finds nothing", args[1])
	}
	if err, failed := found.(error); failed {
		ts.Fatalf("%s: %v", args[1], err)
	}
	ts.Setenv(args[0], fmt.Sprint(found))
}

// rewrite replaces a text in a file: rewrite FILE OLD NEW.
func rewrite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: rewrite FILE OLD NEW")
	}
	before := ts.ReadFile(args[0])
	after := strings.Replace(before, args[1], args[2], 1)
	if before == after {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(after), 0o600))
}

// reencode writes a text file in another form: reencode FILE FORM.
func reencode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: reencode FILE bom|utf16le|utf16be|crlf")
	}
	content := []byte(ts.ReadFile(args[0]))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), inForm(ts, string(content), args[1]), 0o600))
}

// inForm is a text as programs on Windows write it.
func inForm(ts *testscript.TestScript, content, form string) []byte {
	switch form {
	case "plain":
		return []byte(content)
	case "crlf":
		return []byte(strings.ReplaceAll(content, "\n", "\r\n"))
	case "bom":
		return text.UTF8BOM.Encode(content)
	case "utf16le":
		return text.UTF16LE.Encode(content)
	case "utf16be":
		return text.UTF16BE.Encode(content)
	case "broken":
		return []byte("\xff" + content)
	case "empty":
		return nil
	}
	ts.Fatalf("no form %s", form)
	return nil
}

// cut leaves the beginning of a file: cut FILE BYTES.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut FILE BYTES")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), n))
}

// directorySecret writes the password of the sandbox's directory to a file:
// password FILE.
func directorySecret(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: password FILE")
	}
	i, err := sandbox.Status(context.Background(), filepath.Join(ts.Getenv("ADSYNC_HOME"), ".sandbox"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(i.Secrets.DirectoryPassword+"\n"), 0o600))
}

// secretAs writes the API secret of the sandbox to a file of that name, in the
// form of that name: encoded FORM.
func secretAs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: encoded FORM")
	}
	i, err := sandbox.Status(context.Background(), filepath.Join(ts.Getenv("ADSYNC_HOME"), ".sandbox"))
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), inForm(ts, i.Secrets.ClientSecret+"\n", args[0]), 0o600))
}
