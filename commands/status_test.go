package commands

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"adsync/core/plan"
	"adsync/core/store"
)

// problems checks the code of status --check and returns the codes it names.
func (w *world) problems(exit int) []string {
	w.t.Helper()
	d := w.must([]int{exit}, "status", "--check")
	list, isList := d["problems"].([]any)
	if !isList {
		w.t.Fatalf("problems are %v", d["problems"])
	}
	codes := []string{}
	for _, p := range list {
		if one, is := p.(map[string]any); is {
			codes = append(codes, one["code"].(string)) //nolint:errcheck,forcetypeassert // a code is text
		}
	}
	if plain := w.run("status"); plain.code != exitOK {
		w.t.Errorf("status without --check ends with %d", plain.code)
	}
	return codes
}

func (w *world) wantProblems(exit int, want ...string) {
	w.t.Helper()
	if got := w.problems(exit); !slices.Equal(got, want) {
		w.t.Errorf("exit %d: %q, want %q", exit, got, want)
	}
}

// TestStatusCheck goes through what status --check ends with.
func TestStatusCheck(t *testing.T) {
	w := newWorld(t)
	w.sandbox()
	w.wantProblems(exitConfig, "config.central.notvalidated", "config.notAccepted")
	w.must(ok, "central", "validate")
	w.wantProblems(exitHeld, "config.notAccepted")
	id := w.preview()
	w.wantProblems(exitHeld, "config.notAccepted", "plan.held", "plan.pending")
	w.must(ok, "approve", id)
	w.must(ok, "apply")
	w.wantProblems(exitHeld, "plan.held")

	// Nobody shares an address any more.
	w.must(ok, "sandbox", "change", "mail", "julia.weber-klein", "julia.weber-klein@corp.example")
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	w.wantProblems(exitOK)

	// A plan for one person says nothing of the others.
	w.must(ok, "sandbox", "change", "--scenario", "hires")
	id = w.preview()
	w.must(ok, "preview", "--only", "anna.silva@corp.example")
	w.wantProblems(exitHeld, "plan.pending")
	w.must(ok, "approve", id)
	w.must(ok, "apply", id)
	w.wantProblems(exitOK)

	// What a person lifts a limit for is held no more, and done when it is done.
	w.must(ok, "sandbox", "change", "--scenario", "mass-delete")
	id = w.preview()
	w.wantProblems(exitHeld, "plan.held")
	w.must(ok, "approve", id, "--allow", "removals="+strconv.Itoa(w.removals(id)), "--reason", "they went")
	w.wantProblems(exitHeld, "plan.pending")
	w.must(ok, "apply", id)
	w.wantProblems(exitOK)

	w.unlisted(t)
	w.wantProblems(exitOK, "domain.unlisted")
	w.schedules(t)

	w.stdin = "x\n"
	w.must(ok, "credential", "set", "central")
	if got := w.problems(exitConfig); !slices.Contains(got, "config.central.notvalidated") {
		t.Errorf("a new secret: %q", got)
	}
}

// unlisted saves the last plan with a domain that scope.domains does not name.
func (w *world) unlisted(t *testing.T) {
	t.Helper()
	w.preview()
	p, err := store.Open(w.home, "sandbox", store.Options{Now: w.now})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	_, data, err := p.Plan(latest)
	if err != nil {
		t.Fatal(err)
	}
	d, err := plan.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"west.example", "CORP.example"} {
		d.Warnings = append(d.Warnings, plan.Warning{Code: "domain.unlisted", Name: name, Text: name + " is not read"})
	}
	if data, err = plan.Encode(d); err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * time.Millisecond) // newer than the plan before
	if _, _, err := p.SavePlan(data); err != nil {
		t.Fatal(err)
	}
}

// schedules follows the schedule from set to overdue.
func (w *world) schedules(t *testing.T) {
	t.Helper()
	const unlisted, missing = "domain.unlisted", "schedule.notRegistered"
	d := w.must(ok, "schedule", "set", "--every", "4h")
	if d["registered"] != false || d["nextRun"] == nil {
		t.Errorf("after schedule set: %v", d)
	}
	w.wantProblems(exitOK, unlisted, missing)
	// To look at the task registers nothing.
	w.must(ok, "schedule", "xml")
	w.must(ok, "schedule", "xml", "--no-triggers", "--file", filepath.Join(t.TempDir(), "task.xml"))
	w.wantProblems(exitOK, unlisted, missing)
	w.must(ok, "schedule", "set", "--registered")
	w.wantProblems(exitOK, unlisted)

	w.must(ok, "schedule", "set", "--daily", "02:00", "--days", "MON,sun")
	w.wantProblems(exitOK, unlisted, missing)
	w.must(ok, "schedule", "xml", "--file", filepath.Join(t.TempDir(), "task.xml"))
	w.wantProblems(exitOK, unlisted)
	w.must(ok, "schedule", "set", "--unregistered")
	w.wantProblems(exitOK, unlisted, missing)

	// Two hours after a start was due it is overdue, until there is a sign of life.
	w.must(ok, "schedule", "set", "--every", "4h")
	w.must(ok, "schedule", "set", "--registered")
	w.later(time.Hour)
	w.wantProblems(exitOK, unlisted)
	w.later(6 * time.Hour)
	w.wantProblems(exitPartial, unlisted, "run.overdue")
	w.must(ok, "preview")
	w.wantProblems(exitOK)

	// The times of day are those of the machine's zone.
	w.zone = time.FixedZone("east", 9*60*60)
	w.must(ok, "schedule", "set", "--daily", w.now().Add(30*time.Minute).Format("15:04"))
	w.must(ok, "schedule", "set", "--registered")
	w.later(2 * time.Hour)
	w.wantProblems(exitOK)
	w.later(time.Hour)
	w.wantProblems(exitPartial, "run.overdue")
	w.must(ok, "preview")

	d = w.must(ok, "schedule", "set", "--never")
	if d["registered"] != false || d["nextRun"] != nil {
		t.Errorf("after schedule set --never: %v", d)
	}
	w.wantProblems(exitOK, missing)
	w.must(ok, "schedule", "set", "--unregistered")
	w.wantProblems(exitOK)
}
