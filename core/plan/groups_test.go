package plan_test

import (
	"testing"

	"adsync/core/identity"
	"adsync/core/plan"
)

// What is unchanged in most cases.
var (
	oneUser  = plan.Counts{Users: 1, Total: 1}
	oneGroup = plan.Counts{Groups: 1, Total: 1}
	oneEach  = plan.Counts{Users: 1, Groups: 1, Total: 2}
	twoInOne = plan.Counts{Users: 2, Groups: 1, Total: 3}
)

func noRemovals(s *scene) { s.Limits.Removals = plan.RemovalLimit{} }

func describe(text string, n int) func(*scene) {
	return func(s *scene) {
		g := s.Desired.Groups[guid(n)]
		g.Fields.Description = text
		s.Desired.Groups[guid(n)] = g
	}
}

// hidden makes Central not show the members of a group.
func hidden(n int) func(*scene) {
	return func(s *scene) {
		for i := range s.Groups {
			if s.Groups[i].ID == cid(n) {
				s.Groups[i].MembersKnown, s.Groups[i].Members = false, nil
			}
		}
	}
}

func ours(group int, members ...int) func(*scene) {
	return func(s *scene) {
		if s.Ours == nil {
			s.Ours = map[identity.GUID]map[identity.GUID]bool{}
		}
		s.Ours[guid(group)] = map[identity.GUID]bool{}
		for _, m := range members {
			s.Ours[guid(group)][guid(m)] = true
		}
	}
}

func TestDiffGroups(t *testing.T) {
	tell(t, map[string]telling{
		"Described": {why: "A description is a field.", in: []func(*scene){knowsGroup(1000, "G"), wantsGroup(1000, "G"), describe("all", 1000)}, want: []string{"update group G description:>all changed"}},
		"CentralDeleted": {
			why:  "Gone by its id: made again, with its members.",
			in:   []func(*scene){keeps(1, "Ann", ""), links(1000), wantsGroup(1000, "G", 1), set(func(in *plan.Input) { in.Gone["c1000"] = true })},
			want: []string{"create group G central.deleted", "put Ann into G joined.group after create group G"}, same: oneUser,
		},
		"CentralLag": {
			why: "Missing in the list alone: no change of it, nor of its members.", in: []func(*scene){keeps(1, "Ann", ""), links(1000), wantsGroup(1000, "G", 1)},
			warns: []string{"central.lag "}, same: oneUser,
		},
		"Foreign": {why: "A group that is not ours is not emptied and not removed.", in: []func(*scene){keeps(1, "Ann", ""), hasGroup(1000, "G", 1)}, same: oneUser},
		"Removed": {
			why: "With its people who leave: theirs first, and they are taken out with it.",
			in:  []func(*scene){knows(1, "Ann", ""), knowsGroup(1000, "G", 1)}, want: []string{"remove user Ann disabled", "remove group G disabled emptying c1 after remove user Ann"},
		},
		"RemovedStaying": {
			why: "People who stay are taken out of it.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G", 1), leaving(plan.CauseGroupDeleted)},
			want: []string{"remove group G group.deleted emptying c1"}, same: oneUser,
		},
		"ForeignMembers": {
			why: "A group that holds somebody else's member stays.", in: []func(*scene){keeps(1, "Ann", ""), has(9, "Eve", ""), knowsGroup(1000, "G", 1, 9)},
			want: []string{"remove group G disabled emptying c1 ! group.foreignMembers"}, same: oneUser,
		},
		"ManagedMember": {
			why:  "A member that Central does not let us take out keeps the group.",
			in:   []func(*scene){knows(1, "Ann", "", managedUser), wants(1, "Ann", ""), knowsGroup(1000, "G", 1)},
			want: []string{"remove group G disabled emptying c1 ! managed"}, same: oneUser,
		},
		"RemovalOfMemberHeld": {
			why: "A group that a removal was to empty stays while that is held.", in: []func(*scene){knows(1, "Ann", "", managedUser), knowsGroup(1000, "G", 1)},
			want: []string{"remove user Ann disabled ! managed", "remove group G disabled emptying c1 after remove user Ann ! needs.unapproved"},
		},
		"RemovalOfMemberLimited": {
			why: "Also where a limit holds it, in another domain for example.",
			in: []func(*scene){knows(1, "Ann", ""), knowsGroup(1000, "G", 1), set(func(in *plan.Input) {
				in.Limits.Removals = plan.RemovalLimit{Percent: 50, Ceiling: 9}
				in.Links[1].Domain = "east"
			}), knowsGroup(1001, "H"), wantsGroup(1001, "H"), set(func(in *plan.Input) { in.Links[2].Domain = "east" })},
			want: []string{"remove user Ann disabled ! limit.removals", "remove group G disabled emptying c1 after remove user Ann ! needs.unapproved"}, same: oneGroup,
		},
		"MembersUnknown": {
			why: "Without the list of members nobody knows whom the removal takes out.", in: []func(*scene){knowsGroup(1000, "G"), hidden(1000)}, want: []string{"remove group G disabled ! read.incomplete"},
		},
		"Managed":        {why: "Managed: not removed.", in: []func(*scene){knowsGroup(1000, "G"), managed(1000)}, want: []string{"remove group G disabled ! managed"}},
		"OwnedElsewhere": {why: "Another profile's: not removed.", in: []func(*scene){knowsGroup(1000, "G"), set(func(in *plan.Input) { in.Owners["c1000"] = "other" })}, want: []string{"remove group G disabled ! owned.elsewhere"}},
	})
}

func TestDiffMemberships(t *testing.T) {
	tell(t, map[string]telling{
		"Same": {why: "Nothing to do.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G", 1), wantsGroup(1000, "G", 1)}, same: oneEach},
		"Join": {why: "Joined in the directory.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1)}, want: []string{"put Ann into G joined.group"}, same: oneEach},
		"Leave": {
			why: "Left in the directory.", in: []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1)}, want: []string{"take P2 out of G left.group"}, same: twoInOne,
		},
		"NewPerson": {
			why: "What a new person begins with is part of the create.", in: []func(*scene){wants(1, "Ann", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1), wantsGroup(1001, "H", 1)},
			want: []string{"create group H new", "create user Ann new with G,H after create group H"}, same: oneGroup,
		},
		"LeavingPerson": {
			why: "What ends with a removed person is not listed.", in: []func(*scene){crowd(1, 1), knows(2, "Bob", ""), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1)},
			want: []string{"remove user Bob disabled"}, same: oneEach,
		},
		"HeldPersonKeepsAll": {
			why: "Who stays because the removal is held stays with all memberships.",
			in:  []func(*scene){crowd(1, 1), knows(2, "Bob", ""), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), unproven(2)}, want: []string{"remove user Bob disabled ! read.incomplete"}, same: oneEach,
		},
		"ForeignMember": {why: "Somebody else's member is left alone.", in: []func(*scene){crowd(1, 1), has(9, "Eve", ""), knowsGroup(1000, "G", 1, 9), wantsGroup(1000, "G", 1)}, same: oneEach},
		"HeldGroupDropped": {
			why:  "A new person does not wait for a group that is held, and begins with the others.",
			in:   []func(*scene){wants(1, "Ann", ""), hasGroup(1009, "G"), wantsGroup(1000, "G", 1), wantsGroup(1001, "H", 1)},
			want: []string{"create group H new", "create user Ann new with H after create group H", "create group G matched.name ! matched"},
		},
		"HeldPersonLater": {
			why: "The memberships of a held person wait with it.", in: []func(*scene){has(9, "Ann", "a@x"), wants(1, "Ann", "a@x"), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1)},
			want: []string{"create user Ann matched.mail with G ! matched"}, same: oneGroup,
		},
		"MembersUnknown": {why: "Nothing is said of a group whose members Central did not show.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G"), hidden(1000), wantsGroup(1000, "G", 1)}, same: oneEach},
		"PersonLags": {
			why: "Nobody is put into a group whom Central's list does not show.", in: []func(*scene){links(1), wants(1, "Ann", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1)},
			warns: []string{"central.lag "}, same: oneGroup,
		},
		"ManagedGroup": {
			why: "Members of a managed group are not ours to set.", in: []func(*scene){crowd(1, 2), wants(3, "New", ""), knowsGroup(1000, "G", 1), managed(1000), wantsGroup(1000, "G", 2, 3)},
			want: []string{"create user New new", "put New into G joined.group ! managed", "take P1 out of G left.group ! managed", "put P2 into G joined.group ! managed"}, same: twoInOne,
		},
		"ManagedPerson": {
			why: "Nor the memberships of a managed person.", in: []func(*scene){knows(1, "Ann", "", managedUser), wants(1, "Ann", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1)},
			want: []string{"put Ann into G joined.group ! managed"}, same: oneEach,
		},
		"OwnedElsewhere": {
			why: "Nor those of another profile's group.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1), set(func(in *plan.Input) { in.Owners["c1000"] = "other" })},
			want: []string{"put Ann into G joined.group ! owned.elsewhere"}, same: oneEach,
		},
		"PutBack": {
			why: "Taken out in Central by hand.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G"), wantsGroup(1000, "G", 1), ours(1000, 1)}, want: []string{"put Ann into G central.changed"}, same: oneEach,
		},
		"TakenOutAgain": {
			why: "Put in by hand.", in: []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), ours(1000, 1)}, want: []string{"take P2 out of G central.changed"}, same: twoInOne,
		},
	})
}

func TestDiffProtected(t *testing.T) {
	tell(t, map[string]telling{
		"Removal":       {why: "By the name in Central.", in: []func(*scene){knows(1, "Ann", ""), protecting("Ann")}, want: []string{"remove user Ann disabled ! protected"}},
		"RemovalByDN":   {why: "By the DN last seen.", in: []func(*scene){knows(1, "Ann", ""), protecting("CN=1")}, want: []string{"remove user Ann disabled ! protected"}},
		"RemovalByMail": {why: "By the address.", in: []func(*scene){knows(1, "Ann", "a@x"), protecting("a@x")}, want: []string{"remove user Ann disabled ! protected"}},
		"RemovalByLink": {
			why: "By the values of the last read where Central's are others.", in: []func(*scene){knows(1, "Ann", "a@x"), set(func(in *plan.Input) { in.Links[0].Name = "Old" }), protecting("Old")},
			want: []string{"remove user Old disabled ! protected"},
		},
		"Update":  {why: "Protection keeps, it does not freeze.", in: []func(*scene){knows(1, "Ann", ""), wants(1, "Lee", ""), protecting("Ann")}, want: []string{"update user Lee name:Ann>Lee renamed"}},
		"Group":   {why: "A group with its members.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G", 1), protecting("G")}, want: []string{"remove group G disabled emptying c1 ! protected"}, same: oneUser},
		"Member":  {why: "A protected person stays with all memberships.", in: []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), protecting("P2")}, want: []string{"take P2 out of G left.group ! protected"}, same: twoInOne},
		"OfGroup": {why: "A protected group with its members.", in: []func(*scene){crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), protecting("G")}, want: []string{"take P2 out of G left.group ! protected"}, same: twoInOne},
		"MemberByNewName": {
			why: "One of the values of now is enough.", in: []func(*scene){crowd(1, 1), knows(2, "Bob", ""), wants(2, "Boss", ""), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), protecting("Boss")},
			want: []string{"update user Boss name:Bob>Boss renamed", "take Boss out of G left.group ! protected"}, same: oneEach,
		},
		"MemberOfRemoved": {
			why: "The removal of a group would take the membership away as well.", in: []func(*scene){keeps(1, "Ann", ""), knowsGroup(1000, "G", 1), protecting("Ann")},
			want: []string{"remove group G disabled emptying c1 ! protected"}, same: oneUser,
		},
		"RemovedMemberOfRemoved": {
			why: "Who is protected from removal keeps the group too.", in: []func(*scene){knows(1, "Ann", ""), knowsGroup(1000, "G", 1), protecting("Ann")},
			want: []string{"remove group G disabled emptying c1 after remove user Ann ! needs.unapproved", "remove user Ann disabled ! protected"},
		},
	})
}

// TestDiffIncomplete is rule 4: what was not read completely takes nothing away,
// and additions and updates go on.
func TestDiffIncomplete(t *testing.T) {
	goesOn := []func(*scene){wants(8, "New", ""), knows(9, "Old", ""), wants(9, "Other", ""), wantsGroup(1008, "H", 9)}
	and := func(more ...func(*scene)) []func(*scene) { return append(more, goesOn...) }
	onward := []string{"create group H new", "create user New new", "update user Other name:Old>Other renamed", "put Other into H joined.group after create group H"}
	with := func(more ...string) []string { return append(append([]string{}, onward...), more...) }
	noMembership := set(func(in *plan.Input) { in.Membership = "the groups were not read" })
	unsure := func(n int) func(*scene) {
		return set(func(in *plan.Input) { in.Unsure[guid(n)] = "too little could be read" })
	}
	tell(t, map[string]telling{
		"Person": {why: "An absence that was not proven is none.", in: and(knows(1, "Ann", ""), unproven(1)), want: with("remove user Ann disabled ! read.incomplete")},
		"Base":   {why: "What the person was found by is not there.", in: and(knows(1, "Ann", ""), unproven(1), missing(1)), want: with("remove user Ann disabled ! base.missing")},
		"Other":  {why: "Another scope is not affected.", in: and(knows(1, "Ann", ""), unproven(2)), want: append(with()[:4:4], "remove user Ann disabled")},
		"Unsure": {why: "Of whom too little was read.", in: and(knows(1, "Ann", ""), unsure(1)), want: with("remove user Ann disabled ! read.incomplete")},
		"Group":  {why: "A group of the scope.", in: and(knowsGroup(1000, "G"), unproven(1000)), want: with("remove group G disabled ! read.incomplete")},
		"GroupUnsure": {
			why: "A group whose membership is hidden looks empty.", in: and(knowsGroup(1000, "G"), unsure(1000)), want: with("remove group G disabled ! read.incomplete"),
		},
		"GroupElsewhere": {
			why: "A group wherever it is that holds somebody of the scope, seen or not.",
			in:  and(keeps(1, "Ann", ""), knowsGroup(1000, "G", 1), unproven(1)), want: with("remove group G disabled emptying c1 ! read.incomplete"), same: oneUser,
		},
		"GroupOfAbsent": {
			why: "And one that holds somebody whose absence is not proven.", in: and(knows(1, "Ann", ""), knowsGroup(1000, "G", 1), unproven(1)),
			want: with("remove user Ann disabled ! read.incomplete", "remove group G disabled emptying c1 after remove user Ann ! read.incomplete"),
		},
		"GroupOfLagging": {
			why: "Also where Central's list of people does not show him or her.", in: and(links(1), knowsGroup(1000, "G", 1), unproven(1)),
			want: with("remove group G disabled emptying c1 ! read.incomplete"), warns: []string{"central.lag "},
		},
		"MembershipOfPerson": {
			why: "Each membership of one of them.", in: and(crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), unproven(2)), want: with("take P2 out of G left.group ! read.incomplete"), same: twoInOne,
		},
		"MembershipOfPersonByBase": {
			why: "And of one whose base is not there.", in: and(crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), unproven(2), missing(2)), want: with("take P2 out of G left.group ! base.missing"), same: twoInOne,
		},
		"MembershipOfGroup": {
			why: "Each of a group of the scope.", in: and(crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), unproven(1000)), want: with("take P2 out of G left.group ! read.incomplete"), same: twoInOne,
		},
		"MembershipOfUnsureGroup": {
			why: "A group with a hidden one inside.", in: and(crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), unsure(1000)), want: with("take P2 out of G left.group ! read.incomplete"), same: twoInOne,
		},
		"Memberships": {
			why:  "Groups not read: through nesting no membership may be taken away, and no group removed.",
			in:   and(crowd(1, 2), knowsGroup(1000, "G", 1, 2), wantsGroup(1000, "G", 1), knowsGroup(1001, "Out"), noMembership),
			want: with("remove group Out disabled ! read.incomplete", "take P2 out of G left.group ! read.incomplete"), same: twoInOne,
		},
		"BeforeLimits": {
			why: "What no override lifts is the rule that is shown.", in: and(knows(1, "Ann", ""), unproven(1), noRemovals), want: with("remove user Ann disabled ! read.incomplete"),
		},
	})
}
