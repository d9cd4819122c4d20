package directory_test

import (
	"fmt"
	"testing"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/identity"
)

// TestTenThousand reads 10,000 generated people and 500 groups with and without
// pages, over each protection of the connection and each logon: each of them
// once, as they were generated.
func TestTenThousand(t *testing.T) {
	const users, groups = 10_000, 500
	dc := adtest.Start(t, adtest.Options{Users: users, Groups: groups, Kerberos: true, Strong: "allow_sasl_over_tls"})
	t.Setenv("KRB5_CONFIG", dc.KerberosConfig())
	ticket, keytab := dc.Ticket(t, "Administrator"), dc.Keytab(t, "Administrator")
	for _, way := range []struct {
		name, security, bind, ticket, keytab string
		size                                 int
	}{
		{"LDAPS", directory.SecurityLDAPS, directory.BindSimple, "", "", 0},
		{"LDAPSPaged", directory.SecurityLDAPS, directory.BindSimple, "", "", 100},
		{"StartTLS", directory.SecurityStartTLS, directory.BindSimple, "", "", 0},
		{"GSSAPI", directory.SecurityLDAPS, directory.BindIntegrated, ticket, "", 0},
		{"GSSAPIStartTLSPaged", directory.SecurityStartTLS, directory.BindIntegrated, "", keytab, 300},
	} {
		t.Run(way.name, func(t *testing.T) {
			t.Setenv("KRB5CCNAME", way.ticket)
			t.Setenv("KRB5_CLIENT_KTNAME", way.keytab)
			o := options(dc, dc.Admin)
			o.Security, o.Bind, o.PageSize = way.security, way.bind, way.size
			c, err := directory.Dial(t.Context(), o)
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
				if whole := way.size == 0 && r.Entries%100 != 0; !r.Complete || whole != (r.Pages == 1) {
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
	for p := range s.People.All() {
		people[p.Account] = p
	}
	if len(people) != users || s.People.Len() != users {
		t.Fatalf("%d accounts in %d people, want %d", len(people), s.People.Len(), users)
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
