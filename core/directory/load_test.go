package directory_test

import (
	"fmt"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/identity"
)

// TestTenThousand reads 10,000 generated people and 500 groups with and without
// pages: each of them once, as they were generated.
func TestTenThousand(t *testing.T) {
	const users, groups = 10_000, 500
	dc := adtest.StartCached(t, adtest.Options{Users: users, Groups: groups})
	for _, size := range []int{0, 100} {
		t.Run(fmt.Sprint("PageSize", size), func(t *testing.T) {
			c, err := directory.Dial(t.Context(), directory.Options{
				Servers: []string{dc.IP}, CAFile: dc.CAFile, Bind: "simple", User: dc.Admin,
				Password: func() string { return adtest.Password }, PageSize: size, Now: time.Now,
			})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = c.Close() }()
			s, err := c.Read(t.Context(), directory.Request{Scopes: []directory.Scope{{
				Domain: dc.Domain, Users: []directory.Search{{Bases: []directory.Base{{DN: "OU=People," + dc.Base}}}},
				Groups: []directory.Search{{Bases: []directory.Base{{DN: "OU=Groups," + dc.Base}}}},
			}}})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range s.Reads {
				// The 10,000 people are a round number, and read again in pages.
				if whole := size == 0 && r.Entries%100 != 0; !r.Complete || whole != (r.Pages == 1) {
					t.Errorf("%+v", r)
				}
			}
			checkGenerated(t, s, users, groups)
		})
	}
}

// checkGenerated compares what was read with what gen.py makes.
func checkGenerated(t *testing.T, s identity.Snapshot, users, groups int) {
	t.Helper()
	people := map[string]identity.Person{}
	for _, p := range s.People {
		people[p.Account] = p
	}
	if len(people) != users || len(s.People) != users {
		t.Fatalf("%d accounts in %d people, want %d", len(people), len(s.People), users)
	}
	for i := range users {
		account := fmt.Sprintf("u%06d", i)
		mail := account + "@example.com"
		if i%33 == 4 {
			mail = ""
		}
		p := people[account]
		if p.Mail != mail || p.Disabled != (i%20 == 9) || !p.ControlKnown || p.GUID == "" || p.CN == "" {
			t.Fatalf("%+v, want the address %q and disabled %v", p, mail, i%20 == 9)
		}
	}
	generated := map[string]identity.Group{}
	for _, g := range s.Groups {
		if len(g.Matched) > 0 {
			generated[g.Account] = g
		}
	}
	if len(generated) != groups+2 {
		t.Fatalf("%d groups, want %d", len(generated), groups+2)
	}
	per := 5 * users / groups
	for i := range groups {
		g, want := generated[fmt.Sprintf("grp-%05d", i)], per
		if i%5 != 4 && i+1 < groups {
			want++ // the next group
		}
		listed := want
		if i%100 == 50 {
			listed++ // a contact
		}
		if len(g.Members) != want || g.MembersListed != listed {
			t.Fatalf("%s has %d members of %d listed, want %d of %d", g.Account, len(g.Members), g.MembersListed, want, listed)
		}
	}
	if g := generated["grp-big"]; len(g.Members) != 4000 {
		t.Errorf("grp-big has %d members", len(g.Members))
	}
}
