package jobtest

import (
	"encoding/hex"
	"fmt"
	"slices"
	"testing"

	"adsync/core/plan"
)

// guidText writes an objectGUID; its first three parts are little endian
// (MS-DTYP 2.3.4.2).
func guidText(b []byte) string {
	if len(b) != 16 {
		return ""
	}
	b = slices.Clone(b)
	slices.Reverse(b[0:4])
	slices.Reverse(b[4:6])
	slices.Reverse(b[6:8])
	s := hex.EncodeToString(b)
	return fmt.Sprintf("%s-%s-%s-%s-%s", s[:8], s[8:12], s[12:16], s[16:20], s[20:])
}

var scopeSteps = []step{
	{
		name: "OURenamed", why: "an OU below the base, and the base itself, are followed under their new names",
		do: func(t *testing.T, w *world) {
			w.dc.Move(t, "OU=Marketing #1,"+w.people, "OU=Werbung", "")
			w.people = w.dc.Move(t, w.people, "OU=Personal", "")
		},
	},
	{
		name: "Filter", why: "with a filter those stay who are in the group; the others leave because of the configuration",
		do: func(t *testing.T, w *world) {
			w.filter = w.group("grp-big")
			w.scope(t, "memberOf=CN=grp-big, OU=Groups, "+w.dc.Base)
		},
		plan: tally{"remove user filter.users": 2, "remove group group.empty": 2}, from: plan.FromConfig, both: true,
	},
	{
		name: "LeftFilterGroup", why: "who leaves the group of the filter leaves Central, by the data",
		do: func(t *testing.T, w *world) {
			w.dc.RemoveValues(t, w.filter, "member", w.dn(t, "u000070"), w.dn(t, "u000071"))
			w.dc.AddValues(t, w.filter, "member", w.dn(t, "jun"))
		},
		plan: tally{"remove user left.group": 2, "create user joined.group": 1}, cause: map[string]string{"left.group": "left CN=grp-big,OU=Groups,", "joined.group": "joined CN=grp-big,OU=Groups,"},
	},
	{
		name: "NestedFilter", why: "with nested groups those come too who are in a group within; expired accounts are left out from now on",
		do: func(t *testing.T, w *world) {
			w.expired = true
			w.dc.Set(t, w.dn(t, "u000072"), "accountExpires", longAgo)
			w.adsync(t, 0, "config", "set", "scope.includeExpired", "false")
			w.inner = w.group("inner")
			w.dc.Add(t, w.inner, map[string][]string{
				"objectClass": {"group"}, "sAMAccountName": {"inner"}, "member": {w.dn(t, "u000070"), w.dn(t, "u000071")},
			})
			w.dc.AddValues(t, w.filter, "member", w.inner)
			w.scope(t, "memberOf:1.2.840.113556.1.4.1941:="+w.filter)
		},
		plan: tally{"create user new": 2, "create group new": 1, "remove user expired": 1}, from: plan.FromConfig, both: true,
		cause: map[string]string{"expired": "expired on 2015-12-31"},
	},
	{
		name: "LeftNestedGroup", why: "who leaves that group is told apart from who leaves the one of the filter; another account expires",
		do: func(t *testing.T, w *world) {
			w.dc.RemoveValues(t, w.inner, "member", w.dn(t, "u000070"))
			w.dc.Set(t, w.dn(t, "u000073"), "accountExpires", longAgo)
		},
		plan:  tally{"remove user left.group": 1, "remove user expired": 1},
		cause: map[string]string{"left.group": "left CN=inner,OU=Groups,", "expired": "expired on 2015-12-31"},
	},
	{
		name: "JoinedNestedGroup", why: "likewise who joins it",
		do:   func(t *testing.T, w *world) { w.dc.AddValues(t, w.inner, "member", w.dn(t, "u000070")) },
		plan: tally{"create user joined.group": 1}, cause: map[string]string{"joined.group": "joined CN=inner,OU=Groups,"},
	},
	{
		name: "NestedGroupLeft", why: "the group within leaves, and its people with it",
		do: func(t *testing.T, w *world) {
			w.dc.RemoveValues(t, w.filter, "member", w.inner)
			w.inner = ""
		},
		plan:  tally{"remove user left.group": 2, "remove group group.empty": 1},
		cause: map[string]string{"left.group": "left CN=grp-big,OU=Groups,"},
	},
	{
		name: "ManyLeave", why: "the office in Rome is closed",
		do: func(t *testing.T, w *world) {
			for n := 100; n < 163; n++ {
				if n%20 != 9 {
					w.dc.Set(t, w.dn(t, fmt.Sprintf("u%06d", n)), "userAccountControl", "514")
				}
			}
			w.dc.Set(t, w.dn(t, "u000080"), "sn", "Still Here")
		},
		plan: tally{"update user changed": 1}, held: tally{"limit.removals remove user disabled": 60}, allow: "removals=60",
	},
}

// startTLS: the other way to a secure connection, on the port that goes with it.
func startTLS(t *testing.T, w *world) {
	t.Helper()
	w.adsync(t, 0, "config", "set", "directory.security", "starttls")
	w.refused(t, 22, "credential.binding", "preview")
	w.password(t)
	type report struct{ Security, Server string }
	if r := decode[report](t, w.adsync(t, 0, "directory", "validate")); r.Security != "starttls" {
		t.Errorf("directory validate: %+v", r)
	}
	w.dc.Set(t, w.dn(t, "u000081"), "sn", "By StartTLS")
	w.walk(t, step{name: "StartTLS", why: "the same people", plan: tally{"update user changed": 1}})
}

// wrongCA: a controller whose certificate cannot be checked is told nothing, and
// nothing changes.
func wrongCA(t *testing.T, w *world) {
	t.Helper()
	before := w.adsync(t, 0, "plan", "list")
	w.adsync(t, 0, "config", "set", "directory.caFile", w.central.CAFile)
	w.refused(t, 20, "directory.certificate.unknownAuthority", "directory", "validate")
	w.central.Tenant.Reset()
	w.refused(t, 20, "directory.certificate.unknownAuthority", "preview")
	if n := w.central.Tenant.Total(); n > 0 {
		t.Errorf("%d calls of Central for a directory that cannot be read", n)
	}
	if after := w.adsync(t, 0, "plan", "list"); string(after) != string(before) {
		t.Errorf("plans %s, before %s", after, before)
	}
	w.adsync(t, 0, "config", "set", "directory.caFile", w.dc.CAFile)
	w.walk(t, step{name: "RightCA", why: "nothing was lost"})
}
