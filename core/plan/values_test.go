package plan_test

import "testing"

// TestDiffUniqueValues is rule 22: addresses and group names are unique after
// each single write.
func TestDiffUniqueValues(t *testing.T) {
	tell(t, map[string]telling{
		"FreedByRemoval": {
			why:  "Who leaves frees the address before somebody new takes it, against the usual order.",
			in:   []func(*scene){knows(2, "Bob", "a@x"), wants(1, "Ann", "a@x")},
			want: []string{"remove user Bob disabled", "create user Ann new after remove user Bob"},
		},
		"FreedByUpdate": {
			why:  "Who gets another address frees his first.",
			in:   []func(*scene){knows(2, "Bob", "a@x"), wants(2, "Bob", "b@x"), wants(1, "Ann", "a@x")},
			want: []string{"update user Bob email:a@x>b@x changed", "create user Ann new after update user Bob"},
		},
		"Chain": {
			why: "Addresses handed down are freed from the end.",
			in:  []func(*scene){knows(1, "Ann", "1@x"), knows(2, "Bob", "2@x"), knows(3, "Cid", "3@x"), wants(1, "Ann", "2@x"), wants(2, "Bob", "3@x"), wants(3, "Cid", "4@x")},
			want: []string{
				"update user Cid email:3@x>4@x changed", "update user Bob email:2@x>3@x changed after update user Cid",
				"update user Ann email:1@x>2@x changed after update user Bob",
			},
		},
		"Swap": {
			why:  "Two who exchange addresses: no single write can begin.",
			in:   []func(*scene){knows(1, "Ann", "1@x"), wants(1, "Ann", "2@x"), knows(2, "Bob", "2@x"), wants(2, "Bob", "1@x")},
			want: []string{"update user Ann email:1@x>2@x changed after update user Bob ! value.taken", "update user Bob email:2@x>1@x changed after update user Ann ! value.taken"},
		},
		"RingOfThree": {
			why: "Nor in a ring; who waits for the ring waits too.",
			in: []func(*scene){
				knows(1, "Ann", "1@x"), wants(1, "Ann", "2@x"), knows(2, "Bob", "2@x"), wants(2, "Bob", "3@x"),
				knows(3, "Cid", "3@x"), wants(3, "Cid", "1@x"), knowsGroup(1000, "G"), wantsGroup(1000, "G"),
			},
			want: []string{
				"update user Ann email:1@x>2@x changed after update user Bob ! value.taken", "update user Bob email:2@x>3@x changed after update user Cid ! value.taken",
				"update user Cid email:3@x>1@x changed after update user Ann ! value.taken",
			},
			same: oneGroup,
		},
		"KeptByForeign": {
			why:  "An address of somebody who is not ours is never sent.",
			in:   []func(*scene){has(9, "Eve", "a@x"), knows(1, "Ann", "1@x"), wants(1, "Ann", "a@x")},
			want: []string{"update user Ann email:1@x>a@x changed ! value.taken"},
		},
		"KeptByManaged": {
			why:  "Nor one that a managed object keeps.",
			in:   []func(*scene){knows(2, "Bob", "a@x", managedUser), wants(2, "Bob", "b@x"), wants(1, "Ann", "a@x")},
			want: []string{"update user Bob email:a@x>b@x changed ! managed", "create user Ann new ! value.taken"},
		},
		"KeptByCleared": {
			why:   "An address cleared in the directory is not sent, so Central keeps it.",
			in:    []func(*scene){knows(2, "Bob", "a@x"), wants(2, "Bob", ""), wants(1, "Ann", "a@x")},
			want:  []string{"create user Ann new ! value.taken"},
			warns: []string{"value.cleared Bob"}, same: oneUser,
		},
		"KeptByHeldRemoval": {
			why:  "Nor does an object free anything whose removal is held.",
			in:   []func(*scene){knows(2, "Bob", "a@x"), wants(1, "Ann", "a@x"), unproven(2)},
			want: []string{"remove user Bob disabled ! read.incomplete", "create user Ann new ! value.taken"},
		},
		"KeptByLimit": {
			why: "Over a limit the create waits for a plan of its own.",
			in:  []func(*scene){knows(2, "Bob", "a@x"), wants(1, "Ann", "a@x"), noRemovals},
			want: []string{
				"remove user Bob disabled ! limit.removals", "create user Ann new ! value.taken",
			},
		},
		"KeptAlongAChain": {
			why: "What waits for somebody who waits in vain waits too.",
			in:  []func(*scene){knows(1, "Ann", "1@x"), wants(1, "Ann", "2@x"), knows(2, "Bob", "2@x"), wants(2, "Bob", "9@x"), has(9, "Eve", "9@x")},
			want: []string{
				"update user Ann email:1@x>2@x changed after update user Bob ! value.taken", "update user Bob email:2@x>9@x changed ! value.taken",
			},
		},
		"GroupNames": {
			why:  "Names of groups likewise: freed by a rename.",
			in:   []func(*scene){knowsGroup(1001, "Old"), wantsGroup(1001, "Older"), wantsGroup(1000, "Old")},
			want: []string{"update group Older name:Old>Older renamed", "create group Old new after update group Older"},
		},
		"GroupNameFreedByRemoval": {
			why:  "Or by a removal.",
			in:   []func(*scene){knowsGroup(1001, "Old"), wantsGroup(1000, "OLD")},
			want: []string{"remove group Old disabled", "create group OLD new after remove group Old"},
		},
		"GroupSwap": {
			why:  "And a swap is a hold.",
			in:   []func(*scene){knowsGroup(1000, "A"), wantsGroup(1000, "B"), knowsGroup(1001, "B"), wantsGroup(1001, "A")},
			want: []string{"update group A name:B>A renamed after update group B ! value.taken", "update group B name:A>B renamed after update group A ! value.taken"},
		},
		"NameOfPersonIsFree": {
			why:  "Names of people repeat.",
			in:   []func(*scene){has(9, "Ann", "9@x"), knows(1, "A", "1@x"), wants(1, "Ann", "1@x")},
			want: []string{"update user Ann name:A>Ann renamed"},
		},
	})
}
