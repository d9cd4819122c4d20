package config_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/config"
)

// TestStricter: of two configurations the stricter limits, policy, approval and
// protection count, whichever of the two has them; everything else is that of
// now.
func TestStricter(t *testing.T) {
	parse := func(text string) config.Config {
		t.Helper()
		c, err := config.Parse([]byte(text), "linux")
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	now := parse(`{"format":1,"exclude":{"users":["new"]},"limits":{"removals":{"count":9,"percent":2}},"policy":{"approve":["create","remove"],"perDay":{"create":900}},
		"approval":{"hours":200,"planDays":3},"protect":{"users":["boss"]}}`)
	before := parse(`{"format":1,"exclude":{"users":["old"],"central":["kept"]},"limits":{"removals":{"count":5,"percent":5}},"policy":{"approve":["create"],"perDay":{"create":100}},
		"approval":{"hours":72,"planDays":7,"removalApprovers":2},"protect":{"users":["boss","chief"]}}`)
	want := parse(`{"format":1,"exclude":{"users":["new"],"central":["kept"]},"limits":{"removals":{"count":5,"percent":2}},"policy":{"approve":["create"],"perDay":{"create":100}},
		"approval":{"hours":72,"planDays":3,"removalApprovers":2},"protect":{"users":["boss","chief"]}}`)
	same := func(what string, want, got config.Config) {
		t.Helper()
		if d := cmp.Diff(string(want.Deciding()), string(got.Deciding())); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	same("the stricter of both", want, now.Stricter(before))
	same("a configuration beside itself", now, now.Stricter(now))

	kept, err := config.Accepted(before.Deciding(), "linux")
	if err != nil {
		t.Fatal(err)
	}
	same("what was kept", before, kept)
	if _, err := config.Accepted(json.RawMessage("{"), "linux"); err == nil {
		t.Error("half a configuration is read")
	}
}
