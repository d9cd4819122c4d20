package approval

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
)

func mixed() plan.Document {
	return document(
		change("g1", plan.Create), change("u1", plan.Create, needs("g1")), change("u2", plan.Create),
		change("m1", plan.MembershipAdd, needs("g1")), change("a1", plan.Adopt),
		change("r1", plan.Remove, held("limit.removals")), change("r2", plan.Remove, held("limit.removals")),
		change("r3", plan.Remove, held("read.incomplete")), change("x1", plan.Update),
		change("g9", plan.Remove, held("limit.removals"), needs("r3")),
	)
}

func TestSelect(t *testing.T) {
	tests := map[string]struct {
		why          string
		only, except []string
		allow        []Allow
		met          []string
		changes      []string
		classes      []string
		waiting      map[string][]string
		whole        bool
	}{
		"Everything": {
			why:     "Without --only it is every change, and no hold.",
			changes: []string{"g1", "u1", "u2", "m1", "a1", "x1"}, classes: []string{"create", "update", "adopt", "membershipAdd"}, whole: true,
		},
		"Class": {
			why: "A class is an action.", only: []string{"create"},
			changes: []string{"g1", "u1", "u2"}, classes: []string{"create"},
		},
		"NeedsLeftOut": {
			why: "What needs a change that is not approved is left out and named.", except: []string{"g1"},
			changes: []string{"u2", "a1", "x1"}, classes: []string{"update", "adopt"},
			waiting: map[string][]string{"u1": {"g1"}, "m1": {"g1"}},
		},
		"OnlyOne": {
			why: "An approval is never widened by needs.", only: []string{"m1"},
			waiting: map[string][]string{"m1": {"g1"}},
		},
		"NeedMet": {
			why: "What an earlier approval covers is there.", only: []string{"m1"}, met: []string{"g1"},
			changes: []string{"m1"}, classes: []string{"membershipAdd"},
		},
		"Allow": {
			why:   "The holds of that limit come along, others stay; so does what needs one that stays.",
			allow: []Allow{{"removals", 4}}, changes: []string{"g1", "u1", "u2", "m1", "a1", "x1", "r1", "r2"},
			classes: []string{"create", "update", "adopt", "membershipAdd"}, waiting: map[string][]string{"g9": {"r3"}}, whole: true,
		},
		"AllowOne": {
			why:   "One of the lifted holds may be picked.",
			allow: []Allow{{"removals", 4}}, only: []string{"r2"}, changes: []string{"r2"},
		},
		"ExceptHeld": {
			why: "A held change may be named as an exception.", except: []string{"r1"},
			changes: []string{"g1", "u1", "u2", "m1", "a1", "x1"}, classes: []string{"create", "update", "adopt", "membershipAdd"}, whole: true,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := Select(mixed(), tc.only, tc.except, tc.allow, tc.met...)
			if err != nil {
				t.Fatal(err)
			}
			waiting := map[string][]string{}
			for _, w := range got.Waiting {
				waiting[w.Change] = w.Needs
				if w.Rule.Code != RuleNeeds {
					t.Errorf("%s waits by rule %q", w.Change, w.Rule.Code)
				}
			}
			for what, d := range map[string]string{
				"changes": cmp.Diff(tc.changes, got.Changes, cmpopts.EquateEmpty()),
				"classes": cmp.Diff(tc.classes, got.Classes, cmpopts.EquateEmpty()),
				"waiting": cmp.Diff(tc.waiting, waiting, cmpopts.EquateEmpty()),
				"whole":   cmp.Diff(tc.whole, got.Whole),
			} {
				if d != "" {
					t.Errorf("%s\n%s (-want +got):\n%s", tc.why, what, d)
				}
			}
		})
	}
}

func TestSelectRefuses(t *testing.T) {
	tests := map[string]struct {
		why          string
		only, except []string
		allow        []Allow
		code         string
	}{
		"UnknownOnly":   {"A change that is not there cannot be approved.", []string{"zz"}, nil, nil, "usage.change.unknown"},
		"UnknownExcept": {"A mistyped exception must not approve.", nil, []string{"zz"}, nil, "usage.change.unknown"},
		"LimitAsClass":  {"A limit is no class.", []string{"removals"}, nil, nil, "usage.change.unknown"},
		"Held":          {"A hold is not lifted by naming it.", []string{"r1"}, nil, nil, "approval.held"},
		"HeldOtherwise": {"Allow lifts holds of limits only.", []string{"r3"}, nil, []Allow{{"removals", 4}}, "approval.held"},
		"Count":         {"The number is that of the plan, held ones included.", nil, nil, []Allow{{"removals", 3}}, "approval.count"},
		"NoLimit":       {"An action is no limit.", nil, nil, []Allow{{"remove", 4}}, "usage.allow.class"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Select(mixed(), tc.only, tc.except, tc.allow); fault.Code(err) != tc.code {
				t.Errorf("%s\ngot %v, want %s", tc.why, err, tc.code)
			}
		})
	}
}

func TestCountOfMemberships(t *testing.T) {
	p := document(
		change("m1", plan.MembershipRemove),
		change("r1", plan.Remove, func(c *plan.Change) { c.CentralID = "one" }),
		change("g1", plan.Remove, held("limit.membershipRemovals"), func(c *plan.Change) {
			c.Kind, c.Members = identity.KindGroup, []string{"one", "two", "three"}
		}),
	)
	if n := plan.LimitCount(p, plan.LimitMembershipRemovals); n != 3 {
		t.Errorf("a removed group counts those members who stay: got %d, want 3", n)
	}
	if n := plan.LimitCount(p, plan.LimitRemovals); n != 2 {
		t.Errorf("removals: got %d, want 2", n)
	}
}

func TestRemovalOfGroupNeedsBothLimits(t *testing.T) {
	p := document(change("g1", plan.Remove, held("limit.removals"), func(c *plan.Change) {
		c.Kind, c.Members = identity.KindGroup, []string{"one", "two"}
	}))
	p.Limits = []plan.LimitUse{{Class: plan.LimitMembershipRemovals, Kind: identity.KindUser, Exceeded: true}}
	got, err := Select(p, nil, nil, []Allow{{plan.LimitRemovals, 1}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Changes) > 0 {
		t.Errorf("the members who stay are over the limit of membership removals, and nobody allowed those: got %v", got.Changes)
	}
}

func TestOneLimitDoesNotLiftAnother(t *testing.T) {
	p := document(change("g1", plan.Remove, held("limit.membershipRemovals"), func(c *plan.Change) {
		c.Kind, c.Members = identity.KindGroup, []string{"one"}
	}))
	p.Limits = []plan.LimitUse{{Class: plan.LimitRemovals, Kind: identity.KindGroup, Domain: "corp.example", Exceeded: true}}
	memberships, removals := Allow{plan.LimitMembershipRemovals, 1}, Allow{plan.LimitRemovals, 1}
	for _, tc := range []struct {
		why   string
		allow []Allow
		want  []string
	}{
		{"the limit of removals is exceeded too", []Allow{memberships}, nil},
		{"removals are not what holds it", []Allow{removals}, nil},
		{"both are allowed", []Allow{memberships, removals}, []string{"g1"}},
	} {
		got, err := Select(p, nil, nil, tc.allow)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tc.want, got.Changes, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.why, d)
		}
	}
}

// TestLimitLiftsWhatWaitedForIt holds that a number which a person typed covers
// the whole class it counts: the group that waits for its people goes with them.
func TestLimitLiftsWhatWaitedForIt(t *testing.T) {
	p := document(
		change("m1", plan.MembershipRemove),
		change("r1", plan.Remove, held("limit.removals")), change("r2", plan.Remove, held("read.incomplete")),
		change("g1", plan.Remove, held(RuleNeeds), needs("r1", "m1")), change("g2", plan.Remove, held(RuleNeeds), needs("g1")),
		change("g3", plan.Remove, held(RuleNeeds), needs("r1", "r2")), change("g4", plan.Remove, held(RuleNeeds)),
		change("c1", plan.Create, held(RuleNeeds), needs("r1")), change("x1", plan.Update, held(RuleNeeds), needs("r1")),
	)
	allow := []Allow{{plan.LimitRemovals, 6}}
	for _, tc := range []struct {
		why    string
		except []string
		want   []string
	}{
		{"what waits for more than the limit stays, and so does what the number did not count", nil, []string{"m1", "r1", "g1", "g2"}},
		{"without its people a group stays", []string{"r1"}, []string{"m1"}},
	} {
		got, err := Select(p, nil, tc.except, allow)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(tc.want, got.Changes, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s (-want +got):\n%s", tc.why, d)
		}
	}
}
