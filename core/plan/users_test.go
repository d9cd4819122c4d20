package plan_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/plan"
)

// TestDiffWhole compares whole changes, every field of them.
func TestDiffWhole(t *testing.T) {
	got := plan.Diff(build(
		wants(1, "Ann", "ann@x", func(u *identity.WantedUser) { u.SID, u.Bases, u.Critical = "S-1", []string{"OU=A"}, true }),
		knows(2, "Bob", "bob@x"), wants(2, "Bob B", "bob@x"),
		knows(3, "Cid", "cid@x"), keeps(4, "Dan", ""), crowd(10, 4),
		wantsGroup(1000, "Staff", 1, 2), hasGroup(1000, "Staff", 4, 3), links(1000),
		wantsGroup(1001, "New", 1, 4),
	))
	staff, made := plan.Ref{ObjectGUID: guid(1000), Name: "Staff"}, plan.Ref{ObjectGUID: guid(1001), Name: "New"}
	newGroup := plan.ChangeID(plan.Create, identity.KindGroup, guid(1001), "")
	want := []plan.Change{
		{
			ID: newGroup, Action: plan.Create, Kind: identity.KindGroup, ObjectGUID: guid(1001), Name: "New", Domain: corp,
			After: &plan.Values{Name: new("New")}, From: plan.FromData, Object: &plan.Object{DN: "CN=1001", Account: "new"},
			Cause: plan.Coded{Code: "new", Text: "people in scope belong to it, and it is not in Sophos Central"},
		},
		{
			ID: plan.ChangeID(plan.Create, identity.KindUser, guid(1), ""), Action: plan.Create, Kind: identity.KindUser, ObjectGUID: guid(1), Name: "Ann", Domain: corp,
			After: &plan.Values{Name: new("Ann"), Email: new("ann@x"), ExchangeLogin: new(`CORP\u1`), Groups: []string{"Staff", "New"}},
			From:  plan.FromData, Object: &plan.Object{DN: "CN=1", SID: "S-1", Account: "u1", Bases: []string{"OU=A"}, Critical: true},
			MemberOf: []plan.Ref{staff, made}, Needs: []string{newGroup},
			Cause: plan.Coded{Code: "new", Text: "in scope, and not in Sophos Central"},
		},
		{
			ID: plan.ChangeID(plan.Update, identity.KindUser, guid(2), ""), Action: plan.Update, Kind: identity.KindUser, ObjectGUID: guid(2), Name: "Bob B", Domain: corp, CentralID: "c2",
			Before: &plan.Values{Name: new("Bob")}, After: &plan.Values{Name: new("Bob B")}, From: plan.FromData, Limit: plan.LimitUpdates,
			Cause: plan.Coded{Code: "renamed", Text: "the name changed in the directory"},
		},
		{
			ID: plan.ChangeID(plan.MembershipAdd, identity.KindUser, guid(4), guid(1001)), Action: plan.MembershipAdd, Kind: identity.KindUser, ObjectGUID: guid(4), Name: "Dan", Domain: corp, CentralID: "c4",
			Group: &made, From: plan.FromData, Needs: []string{newGroup},
			Cause: plan.Coded{Code: "joined.group", Text: "belongs to New in the directory"},
		},
		{
			ID: plan.ChangeID(plan.MembershipAdd, identity.KindUser, guid(2), guid(1000)), Action: plan.MembershipAdd, Kind: identity.KindUser, ObjectGUID: guid(2), Name: "Bob B", Domain: corp, CentralID: "c2",
			Group: &staff, GroupCentralID: "c1000", From: plan.FromData,
			Cause: plan.Coded{Code: "joined.group", Text: "belongs to Staff in the directory"},
		},
		{
			ID: plan.ChangeID(plan.MembershipRemove, identity.KindUser, guid(4), guid(1000)), Action: plan.MembershipRemove, Kind: identity.KindUser, ObjectGUID: guid(4), Name: "Dan", Domain: corp, CentralID: "c4",
			Group: &staff, GroupCentralID: "c1000", From: plan.FromData, Limit: plan.LimitMembershipRemovals,
			Cause: plan.Coded{Code: "left.group", Text: "no longer belongs to Staff in the directory"},
		},
		{
			ID: plan.ChangeID(plan.Remove, identity.KindUser, guid(3), ""), Action: plan.Remove, Kind: identity.KindUser, ObjectGUID: guid(3), Name: "Cid", Domain: corp, CentralID: "c3",
			Before: &plan.Values{Name: new("Cid"), Email: new("cid@x"), ExchangeLogin: new(`CORP\u3`)}, From: plan.FromData, Limit: plan.LimitRemovals,
			Cause: plan.Coded{Code: "disabled", Text: "the account is disabled"},
		},
	}
	if d := cmp.Diff(want, got.Changes); d != "" {
		t.Errorf("changes (-want +got):\n%s", d)
	}
	if len(got.Holds) != 0 {
		t.Errorf("holds %v", told(got))
	}
}

func TestDiffUsers(t *testing.T) {
	sent := func(n int, sent, answered identity.Fields) func(*scene) {
		return set(func(in *plan.Input) {
			for i := range in.Links {
				if in.Links[i].GUID == guid(n) {
					in.Links[i].Sent, in.Links[i].Answered = sent, answered
				}
			}
		})
	}
	one := plan.Counts{Users: 1, Total: 1}
	tell(t, map[string]telling{
		"Nothing":   {why: "Both sides agree.", in: []func(*scene){keeps(1, "Ann", "ann@x")}, same: one},
		"Untouched": {why: "What the ledger does not name is not ours: neither changed nor removed.", in: []func(*scene){has(1, "Ann", "ann@x")}},
		"Create":    {why: "In scope and in no list.", in: []func(*scene){wants(1, "Ann", "ann@x")}, want: []string{"create user Ann new"}},
		"Update": {
			why:  "Only the fields that differ are written.",
			in:   []func(*scene){knows(1, "Ann", "ann@x"), wants(1, "Ann", "lee@x", func(u *identity.WantedUser) { u.Fields.LastName = "Lee" })},
			want: []string{"update user Ann lastName:>Lee email:ann@x>lee@x changed"},
		},
		"Renamed": {why: "A rename is an update, whatever else changes.", in: []func(*scene){knows(1, "Ann", "ann@x"), wants(1, "Lee", "lee@x")}, want: []string{"update user Lee name:Ann>Lee email:ann@x>lee@x renamed"}},
		"CaseOfMail": {
			why: "Another spelling of an address is a change, and takes the address from nobody.",
			in:  []func(*scene){knows(1, "Ann", "ann@x"), wants(1, "Ann", "Ann@x")}, want: []string{"update user Ann email:ann@x>Ann@x changed"},
		},
		"Cleared": {
			why: "A value that goes empty is not sent: Central keeps it, and the plan says so.",
			in:  []func(*scene){knows(1, "Ann", "ann@x"), wants(1, "Ann", "")}, warns: []string{"value.cleared Ann"}, same: one,
		},
		"ClearedBesideChange": {
			why: "The other fields are written.", in: []func(*scene){knows(1, "Ann", "ann@x"), wants(1, "Lee", "")},
			want: []string{"update user Lee name:Ann>Lee renamed"}, warns: []string{"value.cleared Lee"},
		},
		"Normalised": {
			why:   "Central answered our write in its own spelling; the same answer again is no difference.",
			in:    []func(*scene){knows(1, "Ann", "ann@x"), wants(1, " Ann", "ann@x"), sent(1, person(1, " Ann", "ann@x"), person(1, "Ann", "ann@x"))},
			warns: []string{"value.normalised  Ann"}, same: one,
		},
		"NormalisedThenChanged": {
			why:  "What Central holds is no longer its answer: somebody changed it.",
			in:   []func(*scene){knows(1, "Eve", "ann@x"), wants(1, " Ann", "ann@x"), sent(1, person(1, " Ann", "ann@x"), person(1, "Ann", "ann@x"))},
			want: []string{"update user  Ann name:Eve> Ann central.changed"},
		},
		"NormalisedThenWanted": {
			why:  "The directory wants another value than the one that was answered.",
			in:   []func(*scene){knows(1, "Ann", "ann@x"), wants(1, "Anna", "ann@x"), sent(1, person(1, " Ann", "ann@x"), person(1, "Ann", "ann@x"))},
			want: []string{"update user Anna name:Ann>Anna renamed"},
		},
		"CentralChanged": {
			why:  "Central differs from what we sent, the directory does not: put back.",
			in:   []func(*scene){knows(1, "Eve", "eve@x"), wants(1, "Ann", "ann@x"), sent(1, person(1, "Ann", "ann@x"), person(1, "Ann", "ann@x"))},
			want: []string{"update user Ann name:Eve>Ann email:eve@x>ann@x central.changed"},
		},
		"BothChanged": {
			why:  "Where the directory changed too, that is the cause.",
			in:   []func(*scene){knows(1, "Eve", "ann@x"), wants(1, "Ann", "lee@x"), sent(1, person(1, "Ann", "ann@x"), person(1, "Ann", "ann@x"))},
			want: []string{"update user Ann name:Eve>Ann email:ann@x>lee@x renamed"},
		},
		"CentralDeleted": {
			why:  "Gone by its id: made again, with a cause that policy never approves.",
			in:   []func(*scene){wants(1, "Ann", "ann@x"), links(1), set(func(in *plan.Input) { in.Gone["c1"] = true })},
			want: []string{"create user Ann central.deleted"},
		},
		"CentralLag": {
			why: "Missing in a list alone is no deletion: lists lag.",
			in:  []func(*scene){wants(1, "Ann", "ann@x"), links(1)}, warns: []string{"central.lag "},
		},
		"CentralLagLeaving": {why: "Nor is anything removed that the list does not show.", in: []func(*scene){links(1)}, warns: []string{"central.lag "}},
		"Remove":            {why: "No longer wanted, and ours.", in: []func(*scene){knows(1, "Ann", "ann@x")}, want: []string{"remove user Ann disabled"}},
		"RemoveManaged": {
			why: "A managed object cannot be removed through the API.", in: []func(*scene){knows(1, "Ann", "ann@x", managedUser)}, want: []string{"remove user Ann disabled ! managed"},
		},
		"UpdateManaged": {
			why: "Nor changed.", in: []func(*scene){knows(1, "Ann", "ann@x", managedUser), wants(1, "Lee", "ann@x")}, want: []string{"update user Lee name:Ann>Lee renamed ! managed"},
		},
		"RemoveOwnedElsewhere": {
			why: "Two profiles must not fight over one object.", in: []func(*scene){knows(1, "Ann", "ann@x"), set(func(in *plan.Input) { in.Owners["c1"] = "other" })},
			want: []string{"remove user Ann disabled ! owned.elsewhere"},
		},
		"UpdateOwnedElsewhere": {
			why: "Nor update it in turns.", in: []func(*scene){knows(1, "Ann", "ann@x"), wants(1, "Lee", "ann@x"), set(func(in *plan.Input) { in.Owners["c1"] = "other" })},
			want: []string{"update user Lee name:Ann>Lee renamed ! owned.elsewhere"},
		},
		"Lag": {
			why: "Another controller answered: what a second one shows otherwise waits, whatever it is, and nothing else.",
			in: []func(*scene){knows(1, "Ann", ""), knows(2, "Bob", ""), wants(2, "Rob", ""), wants(3, "Eve", ""), wants(4, "Lee", ""), set(func(in *plan.Input) {
				in.Lag = func(c plan.Change) string {
					if c.Name == "Eve" {
						return ""
					}
					return "dc2 answers now"
				}
			})},
			want: []string{"create user Eve new", "remove user Ann disabled ! directory.lag", "create user Lee new ! directory.lag", "update user Rob name:Bob>Rob renamed ! directory.lag"},
		},
	})
}

func TestDiffMatched(t *testing.T) {
	login := func(l string) func(*identity.CentralUser) {
		return func(u *identity.CentralUser) { u.Fields.ExchangeLogin = l }
	}
	tell(t, map[string]telling{
		"Mail": {why: "By mail, whatever the case.", in: []func(*scene){has(9, "A. Lee", "ANN@x"), wants(1, "Ann", "ann@x")}, want: []string{"create user Ann matched.mail ! matched"}},
		"Account": {
			why: "By exchangeLogin.", in: []func(*scene){has(9, "A. Lee", "lee@x", login(`corp\U1`)), wants(1, "Ann", "ann@x")}, want: []string{"create user Ann matched.account ! matched"},
		},
		"NameIsAccount": {
			why: "By a name that is the account, as agents make them.", in: []func(*scene){has(9, `corp\U1`, ""), wants(1, "Ann", "ann@x")}, want: []string{"create user Ann matched.account ! matched"},
		},
		"NameAlone": {why: "Names repeat: the same display name is nobody.", in: []func(*scene){has(9, "Ann", ""), wants(1, "Ann", "ann@x")}, want: []string{"create user Ann new"}},
		"MailWins": {
			why: "The mail match goes before the account.", in: []func(*scene){has(8, "By account", "", login(`CORP\u1`)), has(9, "By mail", "ann@x"), wants(1, "Ann", "ann@x")},
			want: []string{"create user Ann matched.mail ! matched"},
		},
		"NoLogin": {why: "Nobody matches by an empty account.", in: []func(*scene){has(9, "A", "", login("")), wants(1, "Ann", "", func(u *identity.WantedUser) { u.Fields.ExchangeLogin = "" })}, want: []string{"create user Ann new"}},
		"OursIsNoMatch": {
			why:  "An object that the ledger has for somebody else is no match but a taken address.",
			in:   []func(*scene){keeps(2, "Bob", "ann@x"), set(func(in *plan.Input) { delete(in.Desired.Users, guid(2)) }), wants(2, "Bob", ""), wants(1, "Ann", "ann@x")},
			want: []string{"create user Ann new ! value.taken"}, warns: []string{"value.cleared Bob"}, same: plan.Counts{Users: 1, Total: 1},
		},
		"Managed": {
			why: "A match that another directory service manages says so.", in: []func(*scene){has(9, "Ann", "ann@x", managedUser), wants(1, "Ann", "ann@x")}, want: []string{"create user Ann matched.mail ! managed"},
		},
		"OwnedElsewhere": {
			why: "A match of another profile names that.", in: []func(*scene){has(9, "Ann", "ann@x"), wants(1, "Ann", "ann@x"), set(func(in *plan.Input) { in.Owners["c9"] = "other" })},
			want: []string{"create user Ann matched.mail ! owned.elsewhere"},
		},
		"Group": {why: "Groups match by name, whatever the case.", in: []func(*scene){keeps(1, "Ann", ""), hasGroup(1009, "STAFF"), wantsGroup(1000, "Staff", 1)}, want: []string{
			"create group Staff matched.name ! matched", "put Ann into Staff joined.group after create group Staff ! needs.unapproved",
		}, same: plan.Counts{Users: 1, Total: 1}},
		"GroupManaged": {why: "A managed one.", in: []func(*scene){hasGroup(1009, "Staff"), managed(1009), wantsGroup(1000, "Staff")}, want: []string{"create group Staff matched.name ! managed"}},
		"GroupOwnedElsewhere": {
			why: "One of another profile.", in: []func(*scene){hasGroup(1009, "Staff"), wantsGroup(1000, "Staff"), set(func(in *plan.Input) { in.Owners["c1009"] = "other" })},
			want: []string{"create group Staff matched.name ! owned.elsewhere"},
		},
	})
	got := plan.Diff(build(has(8, "One", "", login(`CORP\u1`)), has(9, "Two", "", login(`CORP\u1`)), wants(1, "Ann", ""))).Holds[0]
	want := plan.Coded{Code: "matched", Text: `"One" (c8, c9) in Sophos Central has the same account and was not made by adsync`}
	if d := cmp.Diff(&want, got.Rule); d != "" || got.CentralID != "c8" {
		t.Errorf("two candidates of one rank are both named (-want +got):\n%s", d)
	}
}

func TestDiffDuplicates(t *testing.T) {
	same := plan.Counts{Users: 1, Total: 1}
	tell(t, map[string]telling{
		"BothNew": {
			why: "Of two new people with one address nobody can say which is meant.", in: []func(*scene){wants(1, "Ann", "a@x"), wants(2, "Bob", "A@x")},
			want: []string{"create user Ann new ! user.emailDuplicate", "create user Bob new ! user.emailDuplicate"}, warns: []string{"user.emailDuplicate Ann", "user.emailDuplicate Bob"},
		},
		"OneHasIt": {
			why: "The one that has it in Central goes on.", in: []func(*scene){keeps(1, "Ann", "a@x"), wants(2, "Bob", "a@x")},
			want: []string{"create user Bob new ! user.emailDuplicate"}, warns: []string{"user.emailDuplicate Bob"}, same: same,
		},
		"OneLinked": {
			why: "The one in the ledger goes on, though it only now gets the address.", in: []func(*scene){knows(1, "Ann", ""), wants(1, "Ann", "a@x"), wants(2, "Bob", "a@x")},
			want: []string{"update user Ann email:>a@x changed", "create user Bob new ! user.emailDuplicate"}, warns: []string{"user.emailDuplicate Bob"},
		},
		"BothLinkedOneHasIt": {
			why: "Of two in the ledger the one that has it.", in: []func(*scene){keeps(1, "Ann", "a@x"), knows(2, "Bob", "b@x"), wants(2, "Bob", "a@x")},
			want: []string{"update user Bob email:b@x>a@x changed ! user.emailDuplicate"}, warns: []string{"user.emailDuplicate Bob"}, same: same,
		},
		"BothLinkedNobodyHasIt": {
			why: "Of two in the ledger of whom nobody has it, neither.", in: []func(*scene){knows(1, "Ann", "1@x"), wants(1, "Ann", "a@x"), knows(2, "Bob", "2@x"), wants(2, "Bob", "a@x")},
			want:  []string{"update user Ann email:1@x>a@x changed ! user.emailDuplicate", "update user Bob email:2@x>a@x changed ! user.emailDuplicate"},
			warns: []string{"user.emailDuplicate Ann", "user.emailDuplicate Bob"},
		},
		"GoneIsNotLinked": {
			why: "Whom somebody deleted in Central has no older right.", in: []func(*scene){links(1), wants(1, "Ann", "a@x"), wants(2, "Bob", "a@x"), set(func(in *plan.Input) { in.Gone["c1"] = true })},
			want:  []string{"create user Ann central.deleted ! user.emailDuplicate", "create user Bob new ! user.emailDuplicate"},
			warns: []string{"user.emailDuplicate Ann", "user.emailDuplicate Bob"},
		},
		"WithoutMail": {why: "Many have none.", in: []func(*scene){wants(1, "Ann", ""), wants(2, "Bob", "")}, want: []string{"create user Ann new", "create user Bob new"}},
		"Groups": {
			why: "Two groups of one name, in two domains for example.", in: []func(*scene){knowsGroup(1000, "Staff"), wantsGroup(1000, "Staff"), wantsGroup(1001, "STAFF")},
			want: []string{"create group STAFF new ! group.nameDuplicate"}, warns: []string{"group.nameDuplicate STAFF"}, same: plan.Counts{Groups: 1, Total: 1},
		},
	})
}

func TestDiffRecreated(t *testing.T) {
	since := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	old := func(n int, mail string) func(*scene) {
		return func(s *scene) {
			knows(n, "Ann", mail)(s)
			s.Links[len(s.Links)-1].Since, s.Links[len(s.Links)-1].Account = since, "u1"
		}
	}
	at := func(when time.Time) func(*identity.WantedUser) {
		return func(u *identity.WantedUser) { u.CreatedAt = when }
	}
	later, earlier := since.AddDate(0, 1, 0), since.AddDate(0, -1, 0)
	both := []string{"create user Ann recreated ! matched", "remove user Ann recreated ! matched"}
	tell(t, map[string]telling{
		"SameMail":    {why: "Deleted and made again: never removed and created.", in: []func(*scene){old(7, "ann@x"), wants(1, "Ann", "ANN@x", at(later)), leaving(plan.CauseDeleted)}, want: both},
		"NotFound":    {why: "Found nowhere counts like deleted.", in: []func(*scene){old(7, "ann@x"), wants(1, "Ann", "ann@x", at(later)), leaving(plan.CauseNotFound)}, want: both},
		"SameAccount": {why: "The account alone is a hold too.", in: []func(*scene){old(7, "ann@x"), wants(1, "Ann", "new@x", at(later)), leaving(plan.CauseDeleted)}, want: both},
		"NoMail":      {why: "Without mail by the account.", in: []func(*scene){old(7, ""), wants(1, "Ann", "", at(later)), leaving(plan.CauseDeleted)}, want: both},
		"Older": {
			why:  "Who was there before we knew the other is somebody else who inherits the address.",
			in:   []func(*scene){old(7, "ann@x"), wants(1, "Ann", "ann@x", at(earlier)), leaving(plan.CauseDeleted)},
			want: []string{"remove user Ann deleted", "create user Ann new after remove user Ann"},
		},
		"Disabled": {
			why: "The old account exists out of scope: its removal comes first, the create waits for the address.",
			in:  []func(*scene){old(7, "ann@x"), wants(1, "Ann", "ann@x", at(later))}, want: []string{"remove user Ann disabled", "create user Ann new after remove user Ann"},
		},
		"SomebodyElse": {
			why: "Neither address nor account: two people.", in: []func(*scene){old(7, "ann@x"), wants(2, "Bob", "bob@x", at(later)), leaving(plan.CauseDeleted)},
			want: []string{"create user Bob new", "remove user Ann deleted"},
		},
		"Group": {
			why: "A group of the same name made again.", in: []func(*scene){knowsGroup(1007, "Staff"), wantsGroup(1000, "Staff"), leaving(plan.CauseGroupDeleted)},
			want: []string{"remove group Staff recreated ! matched", "create group Staff recreated ! matched"},
		},
		"GroupOutOfScope": {
			why: "The old one exists out of scope: first its removal.", in: []func(*scene){knowsGroup(1007, "Staff"), wantsGroup(1000, "Staff"), leaving(plan.CauseFilterGroups)},
			want: []string{"remove group Staff filter.groups", "create group Staff new after remove group Staff"},
		},
	})
}
