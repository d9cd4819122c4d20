package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
)

// TestDiffRecord says which memberships are to be recorded as ours, and which no
// longer, so that whoever leaves later is not taken for somebody put in by hand.
func TestDiffRecord(t *testing.T) {
	list := func(users ...int) map[identity.GUID][]identity.GUID {
		var ids []identity.GUID
		for _, n := range users {
			ids = append(ids, guid(n))
		}
		return map[identity.GUID][]identity.GUID{guid(1000): ids}
	}
	type lists struct {
		Joined, Parted map[identity.GUID][]identity.GUID
	}
	for name, tc := range map[string]struct {
		why  string
		in   []func(*scene)
		want lists
	}{
		"Same":      {"Recorded, in Central and in the directory.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G", 1), wantsGroup(1000, "G", 1), ours(1000, 1)}, lists{}},
		"Joined":    {"Put in by hand, and then in the directory too: ours.", []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1, 2), ours(1000, 1)}, lists{Joined: list(2)}},
		"Never":     {"Nothing recorded yet: whatever both sides have.", []func(*scene){crowd(1, 3), knowsGroup(1000, "G", 1, 2, 3), wantsGroup(1000, "G", 1, 2)}, lists{Joined: list(1, 2)}},
		"Parted":    {"Taken out by hand, and gone from the directory too.", []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 2), wantsGroup(1000, "G", 2), ours(1000, 1, 2)}, lists{Parted: list(1)}},
		"TakenOut":  {"By hand alone: it is ours, and put back.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1), ours(1000, 1)}, lists{}},
		"Left":      {"In the directory alone: ours until it is taken out.", []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 2), ours(1000, 1, 2)}, lists{}},
		"Hidden":    {"Central did not show the members: nothing is known.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G"), ours(1000, 1), hidden(1000)}, lists{}},
		"Stranger":  {"Somebody else's member is nobody of ours.", []func(*scene){has(1, "A", ""), knowsGroup(1000, "G", 1), wantsGroup(1000, "G", 1)}, lists{}},
		"Unlinked":  {"A group that is not ours.", []func(*scene){keeps(1, "A", ""), hasGroup(1000, "G", 1), wantsGroup(1000, "G", 1)}, lists{}},
		"Undesired": {"A group that is going takes nobody in.", []func(*scene){keeps(1, "A", ""), knowsGroup(1000, "G", 1)}, lists{}},
	} {
		t.Run(name, func(t *testing.T) {
			r := plan.Diff(build(tc.in...))
			if d := cmp.Diff(tc.want, lists{r.Joined, r.Parted}, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.why, d)
			}
		})
	}
}
