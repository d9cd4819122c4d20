package sandbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"adsync/core/fault"
	"adsync/core/sandbox/forest"
)

// Client speaks to a running sandbox.
type Client struct {
	info Info
	http *http.Client
}

// Connect returns a client of the sandbox of a folder; it is an error when none
// is running.
func Connect(ctx context.Context, dir string) (*Client, error) {
	i, err := Status(ctx, dir)
	if err != nil {
		return nil, err
	}
	if !i.Running {
		return nil, notRunning(dir)
	}
	return connect(i)
}

func notRunning(dir string) error {
	return fault.New("sandbox.notRunning", "the sandbox of "+dir+" is not running",
		fault.Then("adsync sandbox start", "start it in the background"))
}

func connect(i Info) (*Client, error) {
	ca, err := os.ReadFile(i.CAFile)
	if err != nil {
		return nil, damaged(caFile, err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	const patience = time.Minute
	return &Client{info: i, http: &http.Client{
		Timeout: patience,
		Transport: &http.Transport{
			TLSClientConfig:   &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
			DisableKeepAlives: true, // or a stopping server would wait for us
		},
	}}, nil
}

// Status says whether the sandbox of a folder runs, and where.
func Status(ctx context.Context, dir string) (Info, error) {
	i, err := readState(dir)
	if err != nil {
		return Info{}, err
	}
	i.Running = false
	held, err := locked(dir)
	if err != nil {
		return Info{}, err
	}
	if held && i.Control != "" {
		c, err := connect(i)
		if err != nil {
			return Info{}, err
		}
		if a, err := c.call(ctx, http.MethodGet, "/status", nil); err == nil && a.PID == i.PID {
			i.Running = true
		}
	}
	if !i.Running {
		i.PID = 0
	}
	return i, nil
}

// locked reports whether a sandbox holds the folder.
func locked(dir string) (bool, error) {
	path := filepath.Join(dir, lockFile)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	l := flock.New(path)
	free, err := l.TryRLock()
	if err != nil {
		return false, damaged(lockFile, err)
	}
	if free {
		return false, l.Close()
	}
	return true, nil
}

// Stop ends the sandbox of a folder and returns when it has ended, with its
// files written. One that is not running is no error.
func Stop(ctx context.Context, dir string) (Info, error) {
	i, err := Status(ctx, dir)
	if err != nil || !i.Running {
		return i, err
	}
	c, err := connect(i)
	if err != nil {
		return Info{}, err
	}
	if _, err := c.call(ctx, http.MethodPost, "/stop", nil); err != nil {
		return Info{}, err
	}
	const patience = 15 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		held, err := locked(dir)
		if err != nil {
			return Info{}, err
		}
		if !held {
			return readState(dir)
		}
		if err := pause(ctx); err != nil {
			return Info{}, fault.New("sandbox.stop", "the sandbox was told to stop and still runs", fault.Cause(err))
		}
	}
}

// pause waits a moment before something is looked at again.
func pause(ctx context.Context) error {
	const moment = 30 * time.Millisecond
	t := time.NewTimer(moment)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Change changes the directory: op and args are the words of `sandbox change`,
// "scenario" and its name for a scenario. With an error come the changes that
// were made before it.
func (c *Client) Change(ctx context.Context, op string, args ...string) ([]forest.Change, error) {
	a, err := c.call(ctx, http.MethodPost, "/change", order{Op: op, Args: args})
	return a.Changes, err
}
