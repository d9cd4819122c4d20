// Package commands is the command line: the grammar, one file a subcommand,
// and the table of exit codes. Each subcommand does one step, calls core, and
// hands one value to output. Whatever happens, stdout holds one whole document
// or nothing, and in JSON mode stderr stays empty unless --verbose is given,
// because Windows PowerShell makes errors of what it finds there.
package commands

import (
	"context"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"adsync/core/secret"
)

// Env is the outside world. Nothing else names the standard streams, the clock
// or the environment.
type Env struct {
	Stdin          io.Reader
	Stdout, Stderr io.Writer
	// InTerminal, OutTerminal and ErrTerminal say which of them is a console.
	InTerminal, OutTerminal, ErrTerminal bool
	// ReadHidden reads a line from the console without showing it.
	ReadHidden func() ([]byte, error)
	Now        func() time.Time
	Getenv     func(string) string
	// Account is the account of the operating system that runs the program.
	Account func() (secret.Account, error)
	// Program is the path of this program, to start it once more.
	Program func() (string, error)
}

// System is the world that the program runs in.
func System() Env {
	tty := func(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
	return Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		InTerminal: tty(os.Stdin), OutTerminal: tty(os.Stdout), ErrTerminal: tty(os.Stderr),
		ReadHidden: func() ([]byte, error) { return term.ReadPassword(int(os.Stdin.Fd())) },
		Now:        time.Now,
		Getenv:     os.Getenv,
		Account:    secret.CurrentAccount,
		Program:    os.Executable,
	}
}

// Run carries out one command line and returns the exit code.
func Run(ctx context.Context, args []string, env Env) int {
	var g grammar
	out := earlyOptions(args, env)
	selected, done, err := parse(&g, args, env)
	if done {
		return exitOK
	}
	if err != nil {
		return report(ctx, env, out, err)
	}
	out, err = g.Globals.options(env, selected)
	if err != nil {
		return report(ctx, env, earlyOptions(args, env), err)
	}
	s, err := newSession(env, g.Globals, out)
	if err != nil {
		return report(ctx, env, out, err)
	}
	defer s.close()
	if err := s.run(ctx, selected); err != nil {
		s.placed(err)
		return report(ctx, env, out, err)
	}
	return exitOK
}
