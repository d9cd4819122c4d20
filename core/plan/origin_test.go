package plan_test

import (
	"slices"
	"testing"

	"adsync/core/identity"
	"adsync/core/plan"
)

// TestAttribute: what a plan under the accepted configuration would do too comes
// from the data; everything else comes from the configuration.
func TestAttribute(t *testing.T) {
	plans := func(steps ...func(*scene)) plan.Result { return plan.Diff(build(steps...)) }
	ann, bob := wants(1, "Ann", "ann@x"), wants(2, "Bob", "")
	for name, tc := range map[string]struct {
		why         string
		now, before plan.Result
		from        map[string]plan.Origin
		same        bool
	}{
		"Same": {
			why: "The same under both is data.", now: plans(ann), before: plans(ann),
			from: map[string]plan.Origin{"Ann": plan.FromData}, same: true,
		},
		"More": {
			why: "What the accepted configuration would not do comes from the new one.", now: plans(ann, bob), before: plans(ann),
			from: map[string]plan.Origin{"Ann": plan.FromData, "Bob": plan.FromConfig},
		},
		"Less": {
			why: "What only the accepted one would do makes the plans differ.", now: plans(ann), before: plans(ann, bob),
			from: map[string]plan.Origin{"Ann": plan.FromData},
		},
		"OtherValues": {
			why: "Other values are another change.", now: plans(ann), before: plans(wants(1, "Ann", "a.nother@x")),
			from: map[string]plan.Origin{"Ann": plan.FromConfig},
		},
		"Nothing": {why: "Two empty plans are the same.", now: plans(), before: plans(), same: true},
	} {
		t.Run(name, func(t *testing.T) {
			r := tc.now
			if same := plan.Attribute(&r, tc.before); same != tc.same {
				t.Errorf("%s\nsame %v", tc.why, same)
			}
			for _, c := range slices.Concat(r.Changes, r.Holds) {
				if c.From != tc.from[c.Name] {
					t.Errorf("%s\n%s is from %s", tc.why, c.Name, c.From)
				}
			}
		})
	}
}

// TestAttributeHeld: a change that the accepted configuration holds back is not
// one that it would make.
func TestAttributeHeld(t *testing.T) {
	held := set(func(in *plan.Input) {
		in.Protected = func(identity.Kind, ...string) bool { return true }
	})
	gone := knows(3, "Cid", "cid@x")
	r, before := plan.Diff(build(gone)), plan.Diff(build(gone, held))
	if len(r.Changes) != 1 || len(before.Holds) != 1 {
		t.Fatalf("%d changes, %d holds", len(r.Changes), len(before.Holds))
	}
	if plan.Attribute(&r, before) || r.Changes[0].From != plan.FromConfig {
		t.Errorf("the removal is from %s", r.Changes[0].From)
	}
	if r = plan.Diff(build(gone, held)); !plan.Attribute(&r, before) || r.Holds[0].From != plan.FromData {
		t.Errorf("held under both: from %s", r.Holds[0].From)
	}
}
