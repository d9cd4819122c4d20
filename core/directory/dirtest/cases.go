package dirtest

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func (s *suite) domains(t *testing.T) {
	got, err := s.dial(t, nil).Domains(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(got, func(d identity.Domain) bool { return d.Name == s.Domain })
	if i < 0 {
		t.Fatalf("%s is not among %+v", s.Domain, got)
	}
	d := got[i]
	if !strings.HasPrefix(d.SID, "S-1-5-21-") {
		t.Errorf("SID %q", d.SID)
	}
	if diff := cmp.Diff(identity.Domain{Name: s.Domain, NetBIOS: s.NetBIOS, DN: s.Base, SID: d.SID}, d); diff != "" {
		t.Errorf("domain (-want +got):\n%s", diff)
	}
}

func (s *suite) validate(t *testing.T) {
	for name, tc := range map[string]struct {
		options           directory.Options
		deleted, powerful bool
	}{
		"AllRights": {s.Options, true, s.Powerful},
		"Plain":     {s.Plain, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := s.dial(t, func(o *directory.Options) { *o = tc.options }).Validate(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if !got.Rights.Readable || got.Rights.DeletedObjects != tc.deleted {
				t.Errorf("rights %+v, want readable and deletedObjects=%v", got.Rights, tc.deleted)
			}
			if (len(got.Excess) > 0) != tc.powerful || (len(got.Grants) == 0) != tc.deleted {
				t.Errorf("grants %+v, excess %+v", got.Grants, got.Excess)
			}
			if got.Certificate == nil || got.Certificate.Issuer == "" || len(got.Certificate.Names) == 0 || got.Certificate.SHA256 == "" || !got.Certificate.NotBefore.Before(got.Certificate.NotAfter) || got.Server == "" || got.BoundAs == "" || got.Forest != s.Domain {
				t.Errorf("report %+v", got)
			}
		})
	}
}

// wholeDomain: without bases and filters the domain is read, and nothing but
// accounts of people is a person.
func (s *suite) wholeDomain(t *testing.T) {
	snapshot := s.read(t, directory.Scope{})
	got := accounts(snapshot)
	for _, p := range people {
		if _, ok := got[p.account]; !ok {
			t.Errorf("%s was not read", p.account)
		}
	}
	if _, ok := got["DTPC$"]; ok {
		t.Error("a computer was read as a person")
	}
	for p := range snapshot.People.All() {
		if want := []identity.Match{{Base: s.Base}}; !slices.Equal(p.Matched, want) {
			t.Errorf("%s: matched %v, want %v", p.Account, p.Matched, want)
		}
		builtIn := strings.HasSuffix(p.SID, "-500") || strings.HasSuffix(p.SID, "-501") || strings.HasSuffix(p.SID, "-502")
		// Of the others only the company of this suite is known.
		if (builtIn || s.company(p.Account)) && p.System != (builtIn || p.Account == "dt-health") {
			t.Errorf("%s: system %v", p.Account, p.System)
		}
	}
	for _, g := range snapshot.Groups {
		if want := []identity.Match{{Base: s.Base}}; !slices.Equal(g.Matched, want) {
			t.Errorf("%s: matched %v, want %v", g.Account, g.Matched, want)
		}
		if g.Account == "Administrators" && !g.BuiltIn {
			t.Error("Administrators is not marked as built-in")
		}
	}
	if !snapshot.DeletedReadable {
		t.Error("the deleted objects are not readable")
	}
	if len(snapshot.Servers) != 1 {
		t.Fatalf("servers %+v", snapshot.Servers)
	}
	if at := snapshot.Servers[0]; at.Domain != s.Domain || at.Name == "" || at.InvocationID == "" || at.HighestUSN == 0 {
		t.Errorf("server %+v", at)
	}
	for _, r := range snapshot.Reads {
		if r.Referrals != 0 || r.Pages == 0 || r.Entries == 0 {
			t.Errorf("read %+v", r)
		}
	}
}

// values: every field of a person, and attributes spelled as the schema does.
func (s *suite) values(t *testing.T) {
	snapshot := s.read(t, s.below(""), "DISPLAYNAME", "mail", "proxyaddresses", "sAMAccountName", "objectGUID", "noSuchAttribute")
	got := accounts(snapshot)
	ann := got["dt-ann"]
	domainSID := ann.SID[:strings.LastIndexByte(ann.SID, '-')]
	want := identity.Person{
		GUID: ann.GUID, SID: ann.SID, DN: s.dn("dt-ann"), Domain: s.Domain, Account: "dt-ann", CN: "Ann Archer",
		Display: "Ann Archer", Mail: "ann@dirtest.example", ControlKnown: true, PrimaryGroup: domainSID + "-513",
		MemberOf: []string{s.dn("dt-sales")}, CreatedAt: ann.CreatedAt, Matched: []identity.Match{{Base: s.ou}},
		Class: identity.ClassUser, Aliases: []string{"a.archer@dirtest.example"},
		Attributes: identity.AttributesOf(map[string][]string{
			"displayName": {"Ann Archer"}, "mail": {"ann@dirtest.example"}, "sAMAccountName": {"dt-ann"},
			"objectGUID":     {string(ann.GUID)},
			"proxyAddresses": {"SMTP:ann@dirtest.example", "smtp:a.archer@dirtest.example"},
		}),
	}
	sorted := cmpopts.SortSlices(strings.Compare)
	if diff := cmp.Diff(want, ann, sorted); diff != "" {
		t.Errorf("dt-ann (-want +got):\n%s", diff)
	}
	if ann.CreatedAt.IsZero() || len(ann.GUID) != 36 || !strings.HasPrefix(ann.SID, "S-1-5-21-") {
		t.Errorf("createdAt %v, GUID %q, SID %q", ann.CreatedAt, ann.GUID, ann.SID)
	}
	if diff := cmp.Diff(map[string]bool{"proxyAddresses": true}, snapshot.MultiValued); diff != "" {
		t.Errorf("multi-valued (-want +got):\n%s", diff)
	}
	if len(got["dt-ben"].Attributes.Get("proxyAddresses")) != 1 {
		t.Errorf("dt-ben: %v", got["dt-ben"].Attributes)
	}
	if !got["dt-dora"].Disabled || got["dt-ann"].Disabled {
		t.Error("userAccountControl is misread")
	}
	if at := got["dt-eve"].ExpiresAt; !at.Equal(time.Date(2015, 12, 31, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("dt-eve expires at %v", at)
	}
	if at := got["dt-finn"].ExpiresAt; !at.IsZero() {
		t.Errorf("dt-finn expires at %v, want never", at)
	}
	if got["dt-eve"].Display != "Eve Expired" {
		t.Errorf("display %q, want the cn where displayName is missing", got["dt-eve"].Display)
	}
	if got["dt-hanako"].Display != "山田 花子" || got["dt-juergen"].CN != "Jürgen Müller" {
		t.Errorf("names: %q, %q", got["dt-hanako"].Display, got["dt-juergen"].CN)
	}
}

// groupsRead: members are people and groups by objectGUID, whatever is in their
// names; contacts are counted and not among them.
func (s *suite) groupsRead(t *testing.T) {
	snapshot := s.read(t, s.below(""))
	who, what := accounts(snapshot), groups(snapshot)
	for _, g := range companyGroups {
		got := what[g.account]
		want := []identity.GUID{}
		for _, m := range g.members {
			if p, ok := who[m]; ok {
				want = append(want, p.GUID)
			} else {
				want = append(want, what[m].GUID)
			}
		}
		slices.Sort(want)
		if diff := cmp.Diff(want, got.Members); diff != "" {
			t.Errorf("%s: members (-want +got):\n%s", g.account, diff)
		}
		listed := len(g.members)
		if g.account == "dt-mailing" {
			listed++ // the contact
		}
		if got.MembersListed != listed {
			t.Errorf("%s: %d members listed, want %d", g.account, got.MembersListed, listed)
		}
		if got.Distribution != (g.kind == distribution) || got.Description != "Group "+g.account || got.DN != s.dn(g.account) || got.BuiltIn || got.Domain != s.Domain {
			t.Errorf("%s: %+v", g.account, got)
		}
	}
}

func (s *suite) pageSizes(t *testing.T) {
	var first identity.Snapshot
	for i, size := range []int{1000, 3, 7} {
		c := s.dial(t, func(o *directory.Options) { o.PageSize = size })
		snapshot, err := c.Read(t.Context(), directory.Request{Scopes: []directory.Scope{{
			Domain: s.Domain, Users: s.below("").Users, Groups: []directory.Search{{Bases: []directory.Base{{DN: s.ou}}}},
		}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range snapshot.Reads {
			if !r.Complete || r.Pages < r.Entries/size {
				t.Errorf("page size %d: %+v", size, r)
			}
		}
		if i == 0 {
			first = snapshot
			continue
		}
		ignore := cmpopts.IgnoreFields(identity.Snapshot{}, "Reads", "TakenAt", "Servers")
		people := cmp.Transformer("People", func(p identity.People) []identity.Person { return slices.Collect(p.All()) })
		if diff := cmp.Diff(first, snapshot, ignore, people); diff != "" {
			t.Errorf("pages of %d read something else (-1000 +%d):\n%s", size, size, diff)
		}
	}
}

func (s *suite) wrongPassword(t *testing.T) {
	o := s.Options
	o.Password = func() string { return "not the password" }
	_, err := directory.Dial(t.Context(), o)
	if !fault.Is(err, "directory.bind.refused") || strings.Contains(err.Error(), "not the password") {
		t.Errorf("error %q (%v)", fault.Code(err), err)
	}
}

// plainAccount: who may not read the deleted objects still reads everybody.
func (s *suite) plainAccount(t *testing.T) {
	c := s.dial(t, func(o *directory.Options) { *o = s.Plain })
	snapshot, err := c.Read(t.Context(), directory.Request{Scopes: []directory.Scope{{Domain: s.Domain, Users: s.below("").Users}}})
	if err != nil {
		t.Fatal(err)
	}
	if snapshot.DeletedReadable {
		t.Error("deleted objects are said to be readable")
	}
	want := slices.Sorted(maps.Keys(accounts(s.read(t, s.below("")))))
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(accounts(snapshot)))); diff != "" {
		t.Errorf("accounts (-administrator +plain):\n%s", diff)
	}
}
