package policy_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/identity"
	"adsync/core/policy"
)

// TestRemembered asks what the counts of the last complete read prove.
func TestRemembered(t *testing.T) {
	was := func(entries, mail int) policy.Remembered {
		return policy.Remembered{
			Domain: corp, Base: dcs, Kind: identity.ReadUsers, At: now.Add(-time.Hour), Entries: entries, Carried: map[string]int{"mail": mail, "cn": entries},
		}
	}
	confirmed := policy.Confirmed{Domain: corp, DN: dcs, At: now.Add(-time.Minute), Reason: "moved to Exchange Online"}
	stale := confirmed
	stale.At = now.Add(-2 * time.Hour)
	for name, tc := range map[string]struct {
		why       string
		was       policy.Remembered
		entries   int
		carried   map[string]int
		other     map[string]int // what a read of a base below carried
		confirmed []policy.Confirmed
		links     []identity.Link
		code      string
	}{
		"AsBefore":       {why: "Some have mail, as before.", was: was(10, 5), entries: 10, carried: map[string]int{"mail": 5, "cn": 10}},
		"OneIsEnough":    {why: "Who sees it on one may read it.", was: was(10, 9), entries: 10, carried: map[string]int{"mail": 1, "cn": 10}},
		"Lost":           {why: "Five had mail and now nobody: the right to it went.", was: was(10, 5), entries: 10, carried: map[string]int{"mail": 0, "cn": 10}, code: "directory.read.attribute"},
		"Four":           {why: "Four may have lost it one by one.", was: was(10, 4), entries: 10, carried: map[string]int{"mail": 0, "cn": 10}},
		"NotAsked":       {why: "An attribute that no expression names any more proves nothing.", was: was(10, 5), entries: 10, carried: map[string]int{"cn": 10}},
		"ShownBelow":     {why: "A base below this one shows it.", was: was(10, 5), entries: 10, carried: map[string]int{"mail": 0}, other: map[string]int{"mail": 1}},
		"Confirmed":      {why: "A person has said that it is meant.", was: was(10, 5), entries: 10, carried: map[string]int{"mail": 0}, confirmed: []policy.Confirmed{confirmed}},
		"ConfirmedOnce":  {why: "What was said before the last read says nothing of this one.", was: was(10, 5), entries: 10, carried: map[string]int{"mail": 0}, confirmed: []policy.Confirmed{stale}, code: "directory.read.attribute"},
		"Empty":          {why: "Nothing where ten were, none of them in the ledger.", was: was(10, 5), code: "directory.read.empty"},
		"EmptyAsBefore":  {why: "Nothing where nothing was.", was: was(0, 0)},
		"EmptyConfirmed": {why: "A base that is empty on purpose.", was: was(10, 5), confirmed: []policy.Confirmed{confirmed}},
		"EmptyStays":     {why: "It stays confirmed while it is empty.", was: was(0, 0), confirmed: []policy.Confirmed{stale}, links: links(link("Ann"))},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot(func(s *identity.Snapshot) {
				s.Reads[0].Entries, s.Reads[0].Carried = tc.entries, tc.carried
				if tc.other != nil {
					s.Reads = append(s.Reads, identity.Read{Domain: corp, Base: staff, Kind: identity.ReadUsers, Entries: 1, Complete: true, Carried: tc.other})
				}
			})
			r := rules(func(r *policy.Rules) { r.Remembered, r.Confirmed = []policy.Remembered{tc.was}, tc.confirmed })
			c := policy.Judge(s, tc.links, where(nowhere("Ann")), r)
			if got := c.Reads[0]; got.Code != tc.code || got.Complete != (tc.code == "") || (got.Reason == "") != (tc.code == "") {
				t.Errorf("%s\n%+v, want %q", tc.why, got, tc.code)
			}
		})
	}
}

// TestRemember keeps what an incomplete read does not replace.
func TestRemember(t *testing.T) {
	at := now.Add(time.Hour)
	old := []policy.Remembered{
		{Domain: corp, Base: staff, BaseGUID: "s", Kind: identity.ReadUsers, At: now, Entries: 9},
		{Domain: corp, Base: sales, BaseGUID: "t", Kind: identity.ReadUsers, At: now, Entries: 5},
		{Domain: corp, Base: dcs, Kind: identity.ReadGroups, At: now, Entries: 3},
	}
	got := policy.Remember(old, []identity.Read{
		{Domain: corp, Base: "OU=Renamed,DC=corp", BaseGUID: "s", Kind: identity.ReadUsers, Entries: 8, Complete: true},
		{Domain: corp, Base: sales, BaseGUID: "t", Kind: identity.ReadUsers, Entries: 0},
	}, at)
	want := []policy.Remembered{
		{Domain: corp, Base: "OU=Renamed,DC=corp", BaseGUID: "s", Kind: identity.ReadUsers, At: at, Entries: 8}, old[1], old[2],
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("remembered (-want +got):\n%s", d)
	}
}

// TestForeignMembers warns of strangers, not of what every domain has.
func TestForeignMembers(t *testing.T) {
	foreign := func(builtIn bool, list ...string) func(*identity.Group) {
		return func(g *identity.Group) { g.BuiltIn, g.Foreign = builtIn, list }
	}
	s := snapshot(people(person("Ann")), groups(
		group("Team", ids("Ann"), foreign(false, `OTHER\eve (S-1-5-21-1-2-3-1105)`)),
		group("Users", ids("Ann"), foreign(true, `NT AUTHORITY\Authenticated Users (S-1-5-11)`)),
		group("Nobody", nil, foreign(false, "S-1-5-21-1-2-3-1106")),
	))
	var got []string
	for _, w := range policy.Desire(s, rules()).Warnings {
		if w.Code == "group.foreign" {
			got = append(got, w.Name+": "+w.Text)
		}
	}
	want := []string{`Team: 1 members of other forests are not synchronised with it: OTHER\eve (S-1-5-21-1-2-3-1105)`}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("warnings (-want +got):\n%s", d)
	}
}
