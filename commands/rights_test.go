package commands

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox"
)

// planned is a new plan, and how many of its changes and holds take somebody or
// a membership away.
func (w *world) planned() (d plan.Document, removed, held int) {
	w.t.Helper()
	r := w.run("plan", "show", w.preview(), "--json")
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		w.t.Fatalf("%v in %q", err, r.stdout)
	}
	for _, c := range d.Changes {
		if c.Action == plan.Remove || c.Action == plan.MembershipRemove {
			removed++
		}
	}
	for _, c := range d.Holds {
		if c.Action == plan.Remove || c.Action == plan.MembershipRemove {
			held++
		}
	}
	return d, removed, held
}

// TestInnerUnitDenied: the reading account loses the right to one OU within the
// scope. Its searches succeed without those people; nobody is taken away for it,
// and once the right is back nothing is left of it.
func TestInnerUnitDenied(t *testing.T) {
	const unit = "OU=Sales,OU=Staff,DC=corp,DC=example"
	w := newWorld(t)
	w.sandbox()
	directory, err := sandbox.Connect(t.Context(), filepath.Join(w.home, ".sandbox"))
	if err != nil {
		t.Fatal(err)
	}
	rights := func(change string) {
		t.Helper()
		if _, err := directory.Change(t.Context(), change, unit); err != nil {
			t.Fatal(err)
		}
	}
	w.must(ok, "central", "validate")
	w.must(ok, "approve", w.preview())
	w.must(ok, "apply")
	whole, removed, held := w.planned()
	if removed+held > 0 {
		t.Fatalf("before: %d removals, %d held", removed, held)
	}
	count := func(reads []identity.Read) (entries int, complete bool) {
		complete = true
		for _, r := range reads {
			if r.Kind == identity.ReadUsers {
				entries, complete = entries+r.Entries, complete && r.Complete
			}
		}
		return entries, complete
	}
	all, complete := count(whole.Reads)
	if !complete {
		t.Fatalf("before: %+v", whole.Reads)
	}

	rights("rights lose")
	for range 2 { // the first read without the right is not what the second compares with
		d, removed, held := w.planned()
		some, complete := count(d.Reads)
		if some >= all || complete {
			t.Errorf("%d of %d people, complete %v: %+v", some, all, complete, d.Reads)
		}
		if removed > 0 || held == 0 {
			t.Errorf("%d removals and %d held, want all of them held", removed, held)
		}
	}
	rights("rights restore")
	d, removed, held := w.planned()
	if again, complete := count(d.Reads); again != all || !complete || removed+held > 0 {
		t.Errorf("%d of %d people, complete %v, %d removals, %d held", again, all, complete, removed, held)
	}
}
