package store

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// What a second process of these tests does: the test binary runs itself with
// the job in its environment, works on the home folder that its first argument
// names, and waits for stdin to close where that is part of the job.
const jobVariable = "ADSYNC_STORE_TEST_JOB"

func TestMain(m *testing.M) {
	job := os.Getenv(jobVariable)
	if job == "" {
		os.Exit(m.Run())
	}
	if err := second(job, os.Args[1]); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func second(job, home string) error {
	ctx := context.Background()
	p, err := Open(home, "default", Options{Now: time.Now, Account: "the other"})
	if err != nil {
		return err
	}
	defer p.Close()
	switch job {
	case "hold": // takes the lock and a transaction, and keeps both
		if _, err := p.Lock(ctx); err != nil {
			return err
		}
		db, err := p.db(ctx, true)
		if err != nil {
			return err
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO state (name, value) VALUES ('half', '1')"); err != nil {
			return err
		}
		fmt.Println("ready")
		_, err = io.Copy(io.Discard, os.Stdin)
		return err
	case "budget": // takes calls and says when
		s, err := OpenShared(home, time.Now)
		if err != nil {
			return err
		}
		defer s.Close()
		b := s.Budget("client", raceRate)
		for range raceCalls {
			if err := b.Take(ctx); err != nil {
				return err
			}
			fmt.Println(time.Now().UnixNano())
		}
		return nil
	case "state": // writes many small things
		for i := range 50 {
			if err := p.Set(ctx, fmt.Sprintf("%d-%d", os.Getpid(), i), i); err != nil {
				return err
			}
		}
		return nil
	default:
		return fmt.Errorf("unknown job %s", job)
	}
}

// process starts a second process; its lines come out of the returned function
// one by one, "" at the end.
func process(t *testing.T, job, home string) (line func() string, end func() error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], home)
	cmd.Env = append(os.Environ(), jobVariable+"="+job)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(out)
	line = func() string {
		text, err := r.ReadString('\n')
		if err != nil && err != io.EOF {
			t.Fatal(err)
		}
		return strings.TrimSpace(text)
	}
	return line, func() error {
		_ = in.Close()
		_, _ = io.Copy(io.Discard, r)
		return cmd.Wait()
	}
}

var clock = func() time.Time { return time.Date(2026, 11, 24, 10, 15, 0, 0, time.UTC) }

func open(t *testing.T, home string) *Profile {
	t.Helper()
	p, err := Open(home, "default", Options{Now: clock, Account: "root"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// tree lists all files below dir.
func tree(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	walk(t, root, ".", &names)
	return names
}

func walk(t *testing.T, root *os.Root, dir string, names *[]string) {
	t.Helper()
	f, err := root.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, err := f.ReadDir(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		name := strings.TrimPrefix(dir+"/"+e.Name(), "./")
		*names = append(*names, name)
		if e.IsDir() {
			walk(t, root, name, names)
		}
	}
}
