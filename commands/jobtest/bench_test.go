//go:build linux

package jobtest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"adsync/core/directory/adtest"
	"adsync/core/sandbox/tenant"
	"adsync/core/sandbox/tenanttest"
)

// cost is what a program took.
type cost struct {
	wall   time.Duration
	maxRSS int64 // bytes, of the largest process
}

func (c cost) String() string {
	return fmt.Sprintf("%7.2f s %6.0f MB", c.wall.Seconds(), float64(c.maxRSS)/1e6)
}

// BenchmarkSnapshot reads the same domain controller with ldapsearch (users, then
// groups, in pages of 1,000) and with "snapshot save" of a fresh profile, as
// whole processes, in turn.
func BenchmarkSnapshot(b *testing.B) {
	ldapsearch, err := exec.LookPath("ldapsearch")
	if err != nil {
		b.Skip("skipped: ldapsearch is not installed (package ldap-utils)")
	}
	program := filepath.Join(b.TempDir(), "adsync")
	build := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-o", program, "adsync")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	for _, users := range []int{10_000, 100_000} {
		b.Run(strconv.Itoa(users), func(b *testing.B) {
			w := &world{
				dc:      adtest.StartCached(b, adtest.Options{Users: users, Groups: users / 20}),
				central: tenanttest.Start(b, tenant.Options{}),
				program: program, dir: b.TempDir(), kept: map[string]string{},
			}
			for n := range 2 {
				theirs := w.ldapsearch(b, ldapsearch)
				ours := w.snapshot(b, n, users)
				b.Logf("%d users: ldapsearch %v, snapshot save %v, ratio %.2f", users, theirs, ours, ours.wall.Seconds()/theirs.wall.Seconds())
			}
		})
	}
}

// ldapsearch runs the two searches that a person would run.
func (w *world) ldapsearch(tb testing.TB, program string) cost {
	tb.Helper()
	password := w.file(tb, "password", adtest.Password)
	var total cost
	for _, search := range [][]string{
		{
			"(sAMAccountType=805306368)", "objectGUID", "objectSid", "sAMAccountName", "cn", "displayName", "mail", "userAccountControl",
			"accountExpires", "isCriticalSystemObject", "primaryGroupID", "memberOf", "whenCreated",
		},
		{
			"(objectCategory=group)", "objectGUID", "objectSid", "sAMAccountName", "cn", "description", "mail", "isCriticalSystemObject",
			"groupType", "member", "whenCreated",
		},
	} {
		args := append([]string{
			"-LLL", "-H", "ldaps://" + w.dc.IP, "-x", "-D", w.dc.Admin, "-y", password, "-b", w.dc.Base, "-E", "pr=1000/noprompt",
		}, search...)
		cmd := exec.CommandContext(tb.Context(), program, args...)
		cmd.Env = append(os.Environ(), "LDAPTLS_CACERT="+w.dc.CAFile)
		c := measured(tb, cmd, 0)
		total.wall += c.wall
		total.maxRSS = max(total.maxRSS, c.maxRSS)
	}
	return total
}

// snapshot sets a profile up and measures its first reading.
func (w *world) snapshot(tb testing.TB, n, users int) cost {
	tb.Helper()
	w.enter("bench" + strconv.Itoa(n))
	w.connect(tb)
	for _, set := range [][]string{{"directory.servers", w.dc.IP}, {"directory.caFile", w.dc.CAFile}} {
		w.adsync(tb, 0, append([]string{"config", "set"}, set...)...)
	}
	w.password(tb)
	// The whole domain: 10,000 people alone would look like a limit of the server.
	w.adsync(tb, 0, "config", "set", "scope.domains", "--file", w.file(tb, "domains.json", `[{"name":"`+w.dc.Domain+`"}]`))
	file := filepath.Join(w.dir, "snapshot.json")
	cmd := exec.CommandContext(tb.Context(), w.program, "snapshot", "save", file)
	cmd.Env = w.env
	var out strings.Builder
	cmd.Stdout = &out
	c := measured(tb, cmd, -1)
	var d struct {
		People   int  `json:"people"`
		Complete bool `json:"complete"`
	}
	if err := json.Unmarshal([]byte(out.String()), &d); err != nil || !d.Complete || d.People < users {
		tb.Fatalf("%+v, %v, want %d people\n%s", d, err, users, excerpt([]byte(out.String())))
	}
	return c
}

// measured runs a process; want is its exit status, -1 for any.
func measured(tb testing.TB, cmd *exec.Cmd, want int) cost {
	tb.Helper()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	err := cmd.Run()
	wall := time.Since(start)
	if cmd.ProcessState == nil || want >= 0 && cmd.ProcessState.ExitCode() != want {
		tb.Fatalf("%v: %v after %v\n%s", cmd.Args, err, wall, stderr.String())
	}
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		tb.Fatal("no resource usage")
	}
	return cost{wall: wall, maxRSS: usage.Maxrss << 10}
}
