package jobtest

import "testing"

func (w *world) group(name string) string { return "CN=" + name + ",OU=Groups," + w.dc.Base }

// direct returns people who are members of one group and of none below it.
func (w *world) direct(t *testing.T, group string, without ...string) []string {
	t.Helper()
	inner := map[string]bool{}
	for _, g := range without {
		for _, dn := range w.dc.Read(t, w.group(g), "member") {
			inner[dn] = true
		}
	}
	in := w.wanted(t)
	var list []string
	for _, dn := range w.dc.Read(t, w.group(group), "member") {
		account := w.dc.Read(t, dn, "sAMAccountName")
		if len(account) == 1 && !inner[dn] {
			if _, scoped := in.People[`CORP\`+account[0]]; scoped {
				list = append(list, dn)
			}
		}
	}
	return list
}

// The groups come in chains of five, each the member of the one before, so
// grp-00005 begins a chain and grp-00009 ends it; each has 50 people.
var groupSteps = []step{
	{
		name: "Memberships", why: "people join and leave a group that is in no other",
		do: func(t *testing.T, w *world) {
			out := w.direct(t, "grp-00020", "grp-00021", "grp-00022", "grp-00023", "grp-00024")
			w.dc.RemoveValues(t, w.group("grp-00020"), "member", out[0], out[1])
			w.dc.AddValues(t, w.group("grp-00020"), "member", w.dn(t, "nora.lind"), w.dn(t, "jun"))
			w.dc.AddValues(t, w.group("grp-00095"), "member", w.dn(t, "nora.lind"))
		},
		plan: tally{"membershipAdd user joined.group": 3, "membershipRemove user left.group": 2},
	},
	{
		name: "Nested", why: "a group that is put into the last of a chain brings its people into all five",
		do: func(t *testing.T, w *world) {
			w.dc.AddValues(t, w.group("grp-00034"), "member", w.group("Projekt Müller & Söhne"))
		},
		plan: tally{"membershipAdd user joined.group": 15},
	},
	{
		name: "Unnested", why: "and taken out again, takes them out",
		do: func(t *testing.T, w *world) {
			w.dc.RemoveValues(t, w.group("grp-00034"), "member", w.group("Projekt Müller & Söhne"))
		},
		plan: tally{"membershipRemove user left.group": 15},
	},
	{
		name: "PrimaryGroup", why: "a primary group counts as a membership, though no list of members names it",
		do: func(t *testing.T, w *world) {
			w.dc.AddValues(t, "CN=Domain Guests,CN=Users,"+w.dc.Base, "member", w.dn(t, "nora.lind"))
			w.dc.Set(t, w.dn(t, "nora.lind"), "primaryGroupID", "514")
			w.dc.RemoveValues(t, "CN=Domain Users,CN=Users,"+w.dc.Base, "member", w.dn(t, "nora.lind"))
		},
		plan: tally{"create group new": 2, "membershipAdd user joined.group": 2, "membershipRemove user left.group": 2},
	},
	{
		name: "GroupsRenamed", why: "a group that is renamed stays the same group; the name that one gives up is free for another",
		do: func(t *testing.T, w *world) {
			w.dc.Move(t, w.group("grp-00040"), `CN=Größe\, neu`, "")
			w.dc.Set(t, w.group("grp-00041"), "description", "Andere Gruppe")
			w.dc.Move(t, w.group("grp-00045"), "CN=grp-00045 alt", "")
			w.dc.Move(t, w.group("grp-00046"), "CN=grp-00045", "")
		},
		plan: tally{"update group renamed": 3, "update group changed": 1},
	},
	{
		name: "GroupEmptied", why: "a group that held three and is empty at once is a person's",
		do: func(t *testing.T, w *world) {
			w.dc.Set(t, w.group("Projekt Müller & Söhne"), "member")
		},
		held: tally{"limit.removals remove group group.empty": 1}, allow: "removals=1",
	},
	{
		name: "GroupDeleted", why: "a group goes with its memberships, and its people stay",
		do:   func(t *testing.T, w *world) { w.dc.Delete(t, w.group("grp-00005")) },
		plan: tally{"remove group group.deleted": 1},
	},
}
