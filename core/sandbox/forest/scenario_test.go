package forest_test

import (
	"strings"
	"testing"

	"adsync/core/fault"
	"adsync/core/sandbox/forest"
)

func TestScenarios(t *testing.T) {
	for _, scenario := range forest.Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			s := open(t, nil)
			if scenario.Name == "rights-restored" {
				if _, err := s.Scenario("lost-rights"); err != nil {
					t.Fatal(err)
				}
			}
			before, err := s.Save()
			if err != nil {
				t.Fatal(err)
			}
			changes, err := s.Scenario(scenario.Name)
			if err != nil || len(changes) == 0 || scenario.Text == "" {
				t.Fatalf("%d changes, %v", len(changes), err)
			}
			after, err := s.Save()
			if err != nil || string(before) == string(after) {
				t.Errorf("nothing has changed, %v", err)
			}
			for _, c := range changes {
				if c.Text == "" || c.GUID == "" || c.DN == "" || c.Name == "" || strings.Contains(c.Text, "already") {
					t.Errorf("a change that says too little: %+v", c)
				}
			}
			// Played on until there is nothing left, it ends with an error.
			for range 12 {
				if _, err = s.Scenario(scenario.Name); err != nil {
					break
				}
			}
			if err != nil && fault.Code(err) != "usage.sandbox.scenario" && fault.Code(err) != "usage.sandbox.dn" {
				t.Errorf("again and again: %v", err)
			}
		})
	}
	if _, err := open(t, nil).Scenario("no such"); fault.Code(err) != "usage.sandbox.scenario" {
		t.Errorf("an unknown scenario: %v", err)
	}
}

// TestScenariosFollowMovedUnits plays every scenario after the units have been
// moved: a rehearsal plays them in any order.
func TestScenariosFollowMovedUnits(t *testing.T) {
	for _, scenario := range forest.Scenarios() {
		switch scenario.Name {
		case "ou-moved", "ou-renamed", "rights-restored":
			continue
		}
		s := open(t, nil)
		for _, first := range []string{"ou-moved", "ou-renamed"} {
			if _, err := s.Scenario(first); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Scenario(scenario.Name); err != nil {
			t.Errorf("%s: %v", scenario.Name, err)
		}
	}
}
