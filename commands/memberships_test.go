package commands

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/central"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/sandbox"
	"adsync/core/store"
)

// hand is somebody who changes Central by hand.
func (w *world) hand(i sandbox.Info) *central.Client {
	w.t.Helper()
	c, err := central.New(central.Options{
		IdentityURL: i.Central.IdentityURL, GlobalURL: i.Central.GlobalURL, CAFile: i.CAFile,
		ClientID: i.Central.ClientID, Secret: func() string { return i.Secrets.ClientSecret }, Now: time.Now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// links is the ledger, by Central id.
func (w *world) links() map[string]identity.Link {
	w.t.Helper()
	p, err := store.Open(w.home, "sandbox", store.Options{Now: time.Now, ReadOnly: true})
	if err != nil {
		w.t.Fatal(err)
	}
	defer p.Close()
	links, err := p.Links(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	byID := map[string]identity.Link{}
	for _, l := range links {
		byID[l.CentralID] = l
	}
	return byID
}

// memberships are the membership changes and holds of one group in a new plan,
// with causes.
func (w *world) memberships(group string) (id string, list []string) {
	w.t.Helper()
	id = w.preview()
	r := w.run("plan", "show", id, "--json")
	var d plan.Document
	if err := json.Unmarshal([]byte(r.stdout), &d); err != nil {
		w.t.Fatalf("%v in %q", err, r.stdout)
	}
	for _, c := range slices.Concat(d.Changes, d.Holds) {
		if c.Group != nil && c.Group.Name == group {
			list = append(list, fmt.Sprintf("%s %s %s", c.Action, c.Name, c.Cause.Code))
		}
	}
	slices.Sort(list)
	return id, list
}

// TestCausesOfMemberships tells what was done by hand in Central from what comes
// from the directory.
func TestCausesOfMemberships(t *testing.T) {
	w := newWorld(t)
	client := w.hand(w.sandbox())
	w.must(ok, "central", "validate")
	w.must(ok, "approve", w.preview())
	w.must([]int{exitOK}, "apply")

	links := w.links()
	groups, err := client.Groups(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	find := func(name string) (identity.CentralGroup, []identity.Link) {
		t.Helper()
		for _, g := range groups {
			if g.Fields.Name != name {
				continue
			}
			ids, err := client.Members(t.Context(), g.ID)
			if err != nil {
				t.Fatal(err)
			}
			var members []identity.Link
			for _, id := range ids {
				members = append(members, links[id])
			}
			slices.SortFunc(members, func(a, b identity.Link) int { return strings.Compare(a.Account, b.Account) })
			return g, members
		}
		t.Fatalf("Central has no group %s", name)
		return identity.CentralGroup{}, nil
	}
	group, in := find("Marketing")
	_, others := find("Research")
	if len(in) < 10 || len(others) < 3 {
		t.Fatalf("%d and %d members", len(in), len(others))
	}

	want := []string{
		"membershipAdd " + in[0].Name + " central.changed",
		"membershipAdd " + others[0].Name + " joined.group",
		"membershipRemove " + in[1].Name + " left.group",
		"membershipRemove " + others[1].Name + " central.changed",
	}
	slices.Sort(want)
	for _, err := range []error{
		client.Writer().RemoveMembers(t.Context(), group.ID, []string{in[0].CentralID}),
		client.Writer().AddMembers(t.Context(), group.ID, []string{others[1].CentralID, others[2].CentralID}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	w.must(ok, "sandbox", "change", "member", "add", "Marketing", others[0].Account)
	w.must(ok, "sandbox", "change", "member", "remove", "Marketing", in[1].Account)
	// By hand first, and then in the directory too: nothing to do.
	w.must(ok, "sandbox", "change", "member", "add", "Marketing", others[2].Account)
	id, got := w.memberships("Marketing")
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("memberships of the plan (-want +got):\n%s", d)
	}

	w.must(ok, "approve", id)
	w.must([]int{exitOK}, "apply")
	if _, got := w.memberships("Marketing"); len(got) != 0 {
		t.Errorf("after apply: %v", got)
	}
	// What is ours by now has left for the directory's reasons.
	for _, l := range []identity.Link{others[0], others[2]} {
		w.must(ok, "sandbox", "change", "member", "remove", "Marketing", l.Account)
	}
	want = []string{
		"membershipRemove " + others[0].Name + " left.group",
		"membershipRemove " + others[2].Name + " left.group",
	}
	slices.Sort(want)
	_, got = w.memberships("Marketing")
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("memberships of the last plan (-want +got):\n%s", d)
	}
}
