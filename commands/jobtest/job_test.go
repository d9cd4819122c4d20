// Package jobtest walks the whole job on a real domain controller with a
// thousand people: the program runs as a process of its own, is set up by its own
// commands alone, and a simulated Sophos Central is the second side.
package jobtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/testscript"

	"adsync/commands"
	"adsync/core/apply"
	"adsync/core/directory/adtest"
	"adsync/core/identity"
	"adsync/core/plan"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"adsync": func() {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			env := commands.System()
			env.Program = func() (string, error) { return exec.LookPath("adsync") }
			code := commands.Run(ctx, os.Args[1:], env)
			stop()
			os.Exit(code)
		},
	})
}

// step is one change of the directory or of the configuration, and what it
// brings about.
type step struct {
	name, why string
	do        func(*testing.T, *world)
	plan      tally // of the changes, empty: the plan is
	held      tally // of the holds
	warned    string
	from      plan.Origin       // of all changes and holds, "": from the data
	allow     string            // the limit that a person lifts, class=number
	remains   int               // holds of the plan that comes after
	cause     map[string]string // parts of the causes of people's changes, by code
	both      bool              // another configuration is accepted, and read too
}

// tally counts changes as "action kind cause", holds as "rule action kind".
type tally map[string]int

func changes(d plan.Document) tally {
	n := tally{}
	for _, c := range d.Changes {
		n[fmt.Sprintf("%s %s %s", c.Action, c.Kind, c.Cause.Code)]++
	}
	return n
}

func holds(d plan.Document) tally {
	n := tally{}
	for _, c := range d.Holds {
		n[fmt.Sprintf("%s %s %s %s", c.Rule.Code, c.Action, c.Kind, c.Cause.Code)] += max(1, c.Count)
	}
	return n
}

// TestJob sets a profile up and keeps it in step with the directory.
func TestJob(t *testing.T) {
	began := time.Now()
	w := start(t)
	t.Logf("domain controller with 1,000 people and 100 groups: %.1f s", time.Since(began).Seconds())
	setUp(t, w)
	for _, s := range slices.Concat(peopleSteps, groupSteps, scopeSteps) {
		if !t.Run(s.name, func(t *testing.T) { w.walk(t, s) }) {
			t.FailNow() // the steps build upon one another
		}
	}
	t.Run("StartTLS", func(t *testing.T) { startTLS(t, w) })
	t.Run("WrongCA", func(t *testing.T) { wrongCA(t, w) })
}

// setUp is what the administrator does on the first day.
func setUp(t *testing.T, w *world) {
	t.Helper()
	w.refused(t, 40, "config.central.notvalidated", "preview")
	w.connect(t)
	for _, set := range [][]string{{"directory.servers", w.dc.IP}, {"directory.caFile", w.dc.CAFile}} {
		w.adsync(t, 0, append([]string{"config", "set"}, set...)...)
	}
	w.password(t)
	type report struct {
		Valid    bool
		Security string
		Forest   string
	}
	if r := decode[report](t, w.adsync(t, 0, "directory", "validate")); r != (report{true, "ldaps", w.dc.Domain}) {
		t.Errorf("directory validate: %+v", r)
	}
	w.refused(t, 40, "config.scope.domains", "preview")
	w.scope(t, "")
	out := string(w.adsync(t, 0, "directory", "domains", "--jq", ".domains[] | [.name, .netbios, .included]", "--output", "json"))
	if want := []string{w.dc.Domain, "CORP", "true"}; !contains(out, want) {
		t.Errorf("directory domains: %s, want %v", out, want)
	}
}

func contains(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

// password stores the bind account.
func (w *world) password(tb testing.TB) {
	tb.Helper()
	w.typed(tb, adtest.Password+"\n", 0, "credential", "set", "directory", "--user", w.dc.Admin)
}

// scope says who is synchronised: those below the one base, by the filter.
func (w *world) scope(t *testing.T, filter string) {
	t.Helper()
	type base struct {
		DN   string `json:"dn"`
		GUID string `json:"objectGuid"`
	}
	type users struct {
		Bases  []base `json:"bases"`
		Filter string `json:"filter"`
	}
	data, err := json.Marshal([]any{map[string]any{
		"name": w.dc.Domain, "users": users{[]base{{"OU=People," + w.dc.Base, w.guid(t, w.people)}}, filter},
	}})
	if err != nil {
		t.Fatal(err)
	}
	w.adsync(t, 0, "config", "set", "scope.domains", "--file", w.file(t, "domains.json", string(data)))
}

// walk makes a change, and goes from a preview by way of an approval to a second
// preview, which is empty.
func (w *world) walk(t *testing.T, s step) {
	t.Helper()
	if s.do != nil {
		s.do(t, w)
	}
	exit := 0
	if len(s.held) > 0 {
		exit = 11
	}
	p := w.preview(t, exit)
	w.expect(t, s, p)
	if t.Failed() {
		t.FailNow()
	}
	if len(p.Changes) == 0 && s.allow == "" {
		t.Logf("preview %.1f s, %d calls", p.took.Seconds(), p.calls)
	} else {
		w.carryOut(t, s, p)
	}
	if !p.Applyable {
		w.refused(t, 80, "usage.approve.empty", "approve", p.ID)
	}
	if s.remains == 0 && len(s.held) == 0 || s.allow != "" {
		w.agree(t)
	}
}

// expect compares a plan with what the step should bring about.
func (w *world) expect(t *testing.T, s step, p planned) {
	t.Helper()
	if d := cmp.Diff(s.plan, changes(p.Document), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s\nchanges (-want +got):\n%s", s.why, d)
	}
	if d := cmp.Diff(s.held, holds(p.Document), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s\nholds (-want +got):\n%s", s.why, d)
	}
	from := s.from
	if from == "" {
		from = plan.FromData
	}
	for _, c := range slices.Concat(p.Changes, p.Holds) {
		if c.From != from {
			t.Errorf("%s of %s is from the %s, want %s", c.Action, c.Name, c.From, from)
			break
		}
	}
	for _, c := range p.Changes {
		if c.Kind == identity.KindUser && c.Group == nil && !strings.Contains(c.Cause.Text, s.cause[c.Cause.Code]) {
			t.Errorf("%s\n%s of %s: %s, want %s", s.why, c.Action, c.Name, c.Cause.Text, s.cause[c.Cause.Code])
		}
	}
	reads := 2 // people and groups
	if s.both {
		reads = 3 // and the people of the accepted configuration
	}
	if !p.Complete || len(p.Reads) != reads {
		t.Errorf("reads %+v", p.Reads)
	}
	if s.warned != "" && !slices.ContainsFunc(p.Warnings, func(x plan.Warning) bool { return x.Code == s.warned }) {
		t.Errorf("%s\nno warning %s", s.why, s.warned)
	}
}

// carryOut approves the plan and applies it; what follows is an empty plan.
func (w *world) carryOut(t *testing.T, s step, p planned) {
	t.Helper()
	approve := []string{"approve", p.ID, "--comment", s.name}
	if s.allow != "" {
		approve = append(approve, "--allow", s.allow, "--reason", s.why)
	}
	w.adsync(t, 0, approve...)
	r := w.apply(t)
	if bad := slices.DeleteFunc(slices.Clone(r.Results), func(x apply.Result) bool { return x.Outcome == apply.Done }); r.Outcome != apply.Complete || len(bad) > 0 {
		t.Fatalf("outcome %s, %+v", r.Outcome, bad)
	}
	t.Logf("preview %.1f s, %d calls; apply %.1f s, %d calls of estimated %d, at least %d; %d changes",
		p.took.Seconds(), p.calls, r.took.Seconds(), r.calls, p.Estimate.Calls, p.Estimate.LowerBoundCalls, len(r.Results))
	if r.Summary.Calls != r.calls {
		t.Errorf("the run counts %d calls, Central had %d", r.Summary.Calls, r.calls)
	}
	if s.allow == "" && r.calls != p.Estimate.Calls {
		t.Errorf("%d calls, estimated %d: %v", r.calls, p.Estimate.Calls, w.central.Tenant.Counts())
	}
	exit := 0
	if s.remains > 0 {
		exit = 11
	}
	again := w.preview(t, exit)
	if len(again.Changes) > 0 || len(again.Holds) != s.remains {
		t.Fatalf("the second preview is not empty: %v, held %v", changes(again.Document), holds(again.Document))
	}
}
