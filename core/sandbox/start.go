package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"adsync/core/fault"
)

// startPatience is how long a sandbox may take until it answers.
const startPatience = 30 * time.Second

// Start runs exe with args in the background, which has to be a Serve of dir,
// and returns when it answers. Paths in args are absolute: the process begins
// in dir. A sandbox that runs already is left as it is.
// The new process holds nothing of its caller: no terminal, no pipe, not its
// working directory.
func Start(ctx context.Context, exe string, args []string, dir string) (Info, error) {
	i, err := Status(ctx, dir)
	if err != nil || i.Running {
		return i, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Info{}, damaged(dir, err)
	}
	path := filepath.Join(dir, logFile)
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600) //nolint:gosec // the sandbox's own folder
	if err != nil {
		return Info{}, damaged(logFile, err)
	}
	if exe, err = filepath.Abs(exe); err != nil {
		return Info{}, errors.Join(damaged(exe, err), out.Close())
	}
	// Ending ctx later must not end the sandbox.
	cmd := exec.CommandContext(context.WithoutCancel(ctx), exe, args...) //nolint:gosec // the program itself, named by commands
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, out, out
	detach(cmd)
	err = cmd.Start()
	if closed := out.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return Info{}, fault.New("sandbox.start", "the sandbox could not be started", fault.Cause(err))
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return await(ctx, cmd, ended, dir)
}

// await returns when the sandbox answers, or says why it does not.
func await(ctx context.Context, cmd *exec.Cmd, ended <-chan error, dir string) (Info, error) {
	ctx, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	for {
		if i, err := Status(ctx, dir); err == nil && i.Running {
			return i, nil
		}
		select {
		case err := <-ended:
			return Info{}, fault.New("sandbox.start", fmt.Sprintf("the sandbox ended at once (%v)", err), fault.Details(tail(dir)...))
		default:
		}
		if err := pause(ctx); err != nil {
			if killed := cmd.Process.Kill(); killed != nil {
				err = errors.Join(err, killed)
			}
			if errors.Is(err, context.Canceled) {
				return Info{}, err
			}
			return Info{}, fault.New("sandbox.start", fmt.Sprintf("the sandbox did not answer within %s", startPatience),
				fault.Cause(err), fault.Details(tail(dir)...))
		}
	}
}

// tail is the end of what the process wrote.
func tail(dir string) []string {
	data, err := os.ReadFile(filepath.Join(dir, logFile)) //nolint:gosec // the sandbox's own folder
	if err != nil {
		return nil
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	const last = 10
	return lines[max(0, len(lines)-last):]
}
