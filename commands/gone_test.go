package commands

import (
	"testing"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/identity"
	"adsync/core/policy"
)

// TestWithoutGone: what only the accepted configuration names and is deleted
// counts as read with nothing in it, and nothing else does.
func TestWithoutGone(t *testing.T) {
	const (
		dcs  = "DC=corp,DC=example"
		base = "OU=Old," + dcs
		a, b = "CN=A," + dcs, "CN=B," + dcs
		all  = "(objectClass=user)"
	)
	of := func(filter string, bases ...config.Base) config.Config {
		return config.Config{Scope: config.Scope{Domains: []config.Domain{{Name: "corp.example", Include: true, Users: config.Users{Bases: bases, Filter: filter}}}}}
	}
	missing := func(code, filter string) identity.Read {
		return identity.Read{Domain: "corp.example", Base: base, Kind: identity.ReadUsers, Filter: filter, Code: code, Reason: "?"}
	}
	memberOf := func(dn string) string { return "(memberOf=" + dn + ")" }
	for name, tc := range map[string]struct {
		why         string
		read        identity.Read
		now, before config.Config
		presence    identity.Presence // of what is missing
		unreadable  bool              // the deleted objects
		gone        bool
	}{
		"Base":           {why: "Deleted, and nobody names it now.", read: missing("directory.base.missing", ""), now: of(all), before: of("", config.Base{DN: base, ObjectGUID: "base"}), presence: identity.Deleted},
		"BaseGone":       {why: "Deleted, and the configuration of now has another base.", read: missing("directory.base.missing", ""), now: of("", config.Base{DN: "OU=New," + dcs}), before: of("", config.Base{DN: base, ObjectGUID: "base"}), presence: identity.Deleted, gone: true},
		"BaseRemembered": {why: "Its objectGUID is known from a read alone.", read: missing("directory.base.missing", ""), now: of("", config.Base{DN: "OU=New," + dcs}), before: of("", config.Base{DN: base}), presence: identity.Deleted, gone: true},
		"BaseNamed":      {why: "The configuration of now names it: a hold.", read: missing("directory.base.missing", ""), now: of("", config.Base{DN: base}), before: of("", config.Base{DN: base, ObjectGUID: "base"}), presence: identity.Deleted},
		"BaseLive":       {why: "It stands elsewhere.", read: missing("directory.base.missing", ""), now: of("", config.Base{DN: "OU=New," + dcs}), before: of("", config.Base{DN: base, ObjectGUID: "base"}), presence: identity.Live},
		"BaseNowhere":    {why: "Nowhere is proof where the deleted objects can be read.", read: missing("directory.base.missing", ""), now: of("", config.Base{DN: "OU=New," + dcs}), before: of("", config.Base{DN: base, ObjectGUID: "base"}), presence: identity.Nowhere, gone: true},
		"BaseUnseen":     {why: "And none where they cannot.", read: missing("directory.base.missing", ""), now: of("", config.Base{DN: "OU=New," + dcs}), before: of("", config.Base{DN: base, ObjectGUID: "base"}), presence: identity.Nowhere, unreadable: true},
		"BaseTimeout":    {why: "Another trouble is no proof.", read: missing("directory.timeout", ""), now: of("", config.Base{DN: "OU=New," + dcs}), before: of("", config.Base{DN: base, ObjectGUID: "base"}), presence: identity.Deleted},
		"Domain":         {why: "It has left the forest, and nobody names it now.", read: missing("directory.domain.unknown", ""), now: config.Config{}, before: of(""), gone: true},
		"DomainNamed":    {why: "The configuration of now names it.", read: missing("directory.domain.unknown", ""), now: of("", config.Base{DN: "OU=New," + dcs}), before: of("")},
		"Group":          {why: "The filter's group is deleted, the base stands.", read: missing("directory.filter.missing", memberOf(a)), now: of(all), before: of(memberOf(a)), presence: identity.Deleted, gone: true},
		"GroupNamed":     {why: "The filter of now names it too.", read: missing("directory.filter.missing", memberOf(a)), now: of("(&" + all + memberOf(a) + ")"), before: of(memberOf(a)), presence: identity.Deleted},
		"GroupLive":      {why: "It may not be read, and is there.", read: missing("directory.filter.missing", memberOf(a)), now: of(all), before: of(memberOf(a)), presence: identity.Live},
		"GroupUnknown":   {why: "Nobody knows what the name stood for.", read: missing("directory.filter.missing", memberOf("CN=C,"+dcs)), now: of(all), before: of(memberOf("CN=C," + dcs)), presence: identity.Deleted},
		"GroupAnd":       {why: "Whatever else is asked for, nobody belongs to it.", read: missing("directory.filter.missing", "(&"+all+memberOf(a)+")"), now: of(all), before: of("(&" + all + memberOf(a) + ")"), presence: identity.Deleted, gone: true},
		"GroupOr":        {why: "The members of the other group would be lost.", read: missing("directory.filter.missing", "(|"+memberOf(a)+memberOf(b)+")"), now: of(all), before: of("(|" + memberOf(a) + memberOf(b) + ")"), presence: identity.Deleted},
		"GroupNot":       {why: "Without it the filter returns everybody.", read: missing("directory.filter.missing", "(!"+memberOf(a)+")"), now: of(all), before: of("(!" + memberOf(a) + ")"), presence: identity.Deleted},
	} {
		t.Run(name, func(t *testing.T) {
			r := reading{
				snapshot: identity.Snapshot{Reads: []identity.Read{tc.read}, DeletedReadable: !tc.unreadable},
				request:  directory.Request{Known: map[string]identity.GUID{a: "a", b: "b", base: "base"}},
				where:    map[identity.GUID]identity.Whereabouts{"a": {Presence: tc.presence}, "base": {Presence: tc.presence}, "b": {Presence: identity.Live}},
			}
			got := withoutGone(r, tc.now, tc.before).Reads[0]
			if got.Complete != tc.gone || (got.Code == policy.BaseGone) != tc.gone {
				t.Errorf("%s\ncomplete %v, %s", tc.why, got.Complete, got.Code)
			}
			if r.snapshot.Reads[0].Complete {
				t.Error("the snapshot itself was changed")
			}
			if tc.gone && tc.read.Code == "directory.filter.missing" && len(got.Named) != 1 {
				t.Errorf("what the group stood for is forgotten: %v", got.Named)
			}
		})
	}
}
