package approval

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"adsync/core/identity"
	"adsync/core/plan"
)

func TestByPolicy(t *testing.T) {
	usual := []string{"create", "update", "membershipAdd", "membershipRemove"}
	plenty := map[string]int{"create": 200, "membershipAdd": 2000}
	config := func(c *plan.Change) { c.From = plan.FromConfig }
	unsaid := func(c *plan.Change) { c.From = "" }
	ours := func(identity.GUID) bool { return false }
	tests := map[string]struct {
		why          string
		changes      []plan.Change
		edit         func(*plan.Document)
		classes      []string
		perDay, used map[string]int
		adopted      func(identity.GUID) bool
		met          []string
		ids          []string
		left         int
	}{
		"Usual": {
			why:     "The allowed classes, the rest is a person's.",
			changes: []plan.Change{change("c", plan.Create), change("u", plan.Update), change("m", plan.MembershipRemove), change("r", plan.Remove), change("a", plan.Adopt)},
			classes: usual, ids: []string{"c", "u", "m"}, left: 2,
		},
		"AdoptNever": {
			why:     "Adoptions are a person's, whatever is configured.",
			changes: []plan.Change{change("a", plan.Adopt)}, classes: []string{"adopt"}, left: 1,
		},
		"UnknownClass": {
			why:     "What is not known is not approved.",
			changes: []plan.Change{change("z", "zap")}, classes: []string{"zap"}, left: 1,
		},
		"RemoveOurs": {
			why:     "Removals may be allowed for what we made.",
			changes: []plan.Change{change("r", plan.Remove)}, classes: []string{"remove"}, adopted: ours, ids: []string{"r"},
		},
		"RemoveAdopted": {
			why:     "The removal of an adopted object is a person's.",
			changes: []plan.Change{change("r", plan.Remove)}, classes: []string{"remove"},
			adopted: func(identity.GUID) bool { return true }, left: 1,
		},
		"RemoveUnsure": {
			why:     "Without the ledger every object counts as adopted.",
			changes: []plan.Change{change("r", plan.Remove)}, classes: []string{"remove"}, left: 1,
		},
		"RemoveNotFound": {
			why:     "Found nowhere is not gone.",
			changes: []plan.Change{change("r", plan.Remove, cause("notFound"))}, classes: []string{"remove"}, adopted: ours, left: 1,
		},
		"CentralDeleted": {
			why:     "What somebody deleted in Central is made again by a person.",
			changes: []plan.Change{change("c", plan.Create, cause("central.deleted"))}, classes: usual, left: 1,
		},
		"Config": {
			why:     "Changes that the configuration causes are a person's; so is what does not say.",
			changes: []plan.Change{change("c", plan.Create, config), change("d", plan.Create, unsaid)}, classes: usual, left: 2,
		},
		"Incomplete": {
			why:     "Only from a complete read.",
			changes: []plan.Change{change("c", plan.Create)}, edit: func(p *plan.Document) { p.Complete = false }, classes: usual, left: 1,
		},
		"NotAccepted": {
			why:     "While another configuration is accepted, what the data causes goes on.",
			changes: []plan.Change{change("c", plan.Create), change("d", plan.Create, config)}, edit: func(p *plan.Document) { p.ConfigAccepted = false },
			classes: usual, ids: []string{"c"}, left: 1,
		},
		"Held": {
			why:     "Nothing held, and each hold is left for a person.",
			changes: []plan.Change{change("u", plan.Update, held("limit.updates")), change("c", plan.Create)},
			classes: usual, ids: []string{"c"}, left: 1,
		},
		"CreateWithGroups": {
			why:     "A new user's memberships are additions.",
			changes: []plan.Change{change("c", plan.Create, memberOf("Sales")), change("d", plan.Create)},
			classes: []string{"create"}, ids: []string{"d"}, left: 1,
		},
		"Needs": {
			why:     "Never widened by what a change needs.",
			changes: []plan.Change{change("m", plan.MembershipAdd, needs("c")), change("c", plan.Create)},
			classes: []string{"membershipAdd"}, left: 2,
		},
		"NeedsMet": {
			why:     "A person has approved what it needs.",
			changes: []plan.Change{change("m", plan.MembershipAdd, needs("c")), change("c", plan.Create)},
			classes: []string{"membershipAdd"}, met: []string{"c"}, ids: []string{"m"}, left: 1,
		},
		"PerDay": {
			why:     "Somebody nests Domain Users into the filter group: the rest waits.",
			changes: []plan.Change{change("1", plan.Create), change("2", plan.Create), change("3", plan.Create), change("4", plan.Create)},
			classes: usual, perDay: map[string]int{"create": 3}, used: map[string]int{"create": 1}, ids: []string{"1", "2"}, left: 2,
		},
		"PerDayMemberships": {
			why: "The groups that a user begins with count as additions.",
			changes: []plan.Change{
				change("1", plan.Create, memberOf("a", "b")), change("2", plan.Create, memberOf("a", "b")),
				change("3", plan.MembershipAdd), change("4", plan.MembershipAdd), change("5", plan.Update),
			},
			classes: usual, perDay: map[string]int{"create": 9, "membershipAdd": 3}, ids: []string{"1", "3", "5"}, left: 2,
		},
		"PerDayNeeds": {
			why:     "What needs a change that the day has no room for waits too.",
			changes: []plan.Change{change("1", plan.Create), change("2", plan.MembershipAdd, needs("1"))},
			classes: usual, perDay: map[string]int{"membershipAdd": 9}, left: 2,
		},
		"Overused": {
			why:     "More than allowed was used already.",
			changes: []plan.Change{change("1", plan.Create), change("2", plan.Update)},
			classes: usual, used: map[string]int{"create": 999}, ids: []string{"2"}, left: 1,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			p := document(tc.changes...)
			if tc.edit != nil {
				tc.edit(&p)
			}
			perDay := tc.perDay
			if perDay == nil {
				perDay = plenty
			}
			ids, left := ByPolicy(p, tc.classes, perDay, tc.used, tc.adopted, tc.met...)
			if d := cmp.Diff(tc.ids, ids, cmpopts.EquateEmpty()); d != "" {
				t.Errorf("%s\nids (-want +got):\n%s", tc.why, d)
			}
			if left != tc.left {
				t.Errorf("%s\nleft %d, want %d", tc.why, left, tc.left)
			}
		})
	}
}
