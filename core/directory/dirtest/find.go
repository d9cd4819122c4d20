package dirtest

import (
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// find looks for people and other objects by every name they have.
func (s *suite) find(t *testing.T) {
	ask := s.asker(t)
	ann := ask("dt-ann").Found[0]
	for _, who := range []string{
		"DT-ANN", s.NetBIOS + `\dt-ann`, s.Domain + `\dt-ann`, "dt-ann@" + s.Domain, "ann@dirtest.example", "Ann Archer",
		ann.DN, ann.SID, string(ann.GUID), "{" + string(ann.GUID) + "}",
	} {
		f := ask(who)
		if len(f.Found) != 1 || f.Found[0].GUID != ann.GUID {
			t.Errorf("%s: found %v", who, names(f))
		}
	}
	want := []identity.Match{{Base: staff + "," + s.ou}, {Base: s.ou, Filter: "(department=sales)"}}
	if !slices.Equal(ann.Returned, want) || ann.Person == nil || !slices.Equal(ann.Person.Matched, want) {
		t.Errorf("dt-ann is returned by %v", ann.Returned)
	}
	if ann.Person.Mail != "ann@dirtest.example" || len(ann.Person.Attributes.Get("department")) != 1 || ann.Person.Disabled {
		t.Errorf("dt-ann: %+v", ann.Person)
	}
	if f := ask("dt-finn"); len(f.Found) != 1 || len(f.Found[0].Returned) != 0 {
		t.Errorf("dt-finn, who is out of scope: %+v", f.Found)
	}
	for who, class := range map[string]string{
		"A Contact": identity.ClassContact, "DTPC": identity.ClassComputer, "DTPC$": identity.ClassComputer,
		s.dn("dt-sales"): identity.ClassGroup, "dt-nested": identity.ClassGroup, s.dn("dt-ben"): identity.ClassUser,
		"a.archer@dirtest.example": identity.ClassUser, s.ou: identity.ClassUnit,
	} {
		if f := ask(who); len(f.Found) != 1 || f.Found[0].Class != class {
			t.Errorf("%s: found %v, want a %s", who, names(f), class)
		}
	}
	for _, who := range []string{"nobody-has-this", "*", "dt-*", `OTHER\dt-ann`, "dt-ann)(cn=*", "01234567-89ab-cdef-0123-456789abcdef", "CN=Nobody," + s.Base, "S-1-5-21-1-2-3-4"} {
		if f := ask(who); len(f.Found) != 0 || !slices.Contains(f.Asked, s.Domain) {
			t.Errorf("%s: found %v, asked %v", who, names(f), f.Asked)
		}
	}
}

// findGroups names the groups by which somebody belongs to those of a filter.
func (s *suite) findGroups(t *testing.T) {
	filter := "(|(memberOf=" + ldap.EscapeFilter(s.dn("dt-sales")) + ")(memberOf=" + ldap.EscapeFilter(s.dn("dt-nobody")) + "))"
	sales, nested := s.dn("dt-sales"), s.dn("dt-nested")
	c := s.dial(t, nil)
	for _, tc := range []struct {
		who           string
		nested, in    bool
		sales, others []string
	}{
		{"dt-ann", true, true, []string{sales}, nil},
		{"dt-hanako", true, true, []string{sales, nested}, nil},
		{"dt-hanako", false, false, nil, nil},
		{"dt-juergen", true, false, nil, nil},
	} {
		f, err := c.Find(t.Context(), tc.who, directory.Request{Scopes: []directory.Scope{{
			Domain: s.Domain, Users: []directory.Search{{Filter: filter, NestedMemberOf: tc.nested}},
		}}})
		if err != nil || len(f.Found) != 1 {
			t.Fatalf("%s: %v, %v", tc.who, names(f), err)
		}
		got := f.Found[0]
		if len(got.Returned) == 1 != tc.in || len(got.Groups) != 2 {
			t.Fatalf("%s, nested %v: returned by %v, groups %v", tc.who, tc.nested, got.Returned, got.Groups)
		}
		for i, want := range [][]string{tc.sales, tc.others} {
			if !slices.EqualFunc(got.Groups[i].Chain, want, strings.EqualFold) {
				t.Errorf("%s, nested %v: belongs to %s by %v, want %v", tc.who, tc.nested, got.Groups[i].Group, got.Groups[i].Chain, want)
			}
		}
	}
}

// asker asks with two searches for people.
func (s *suite) asker(t *testing.T) func(string) identity.Finding {
	request := directory.Request{Attributes: []string{"department"}, Scopes: []directory.Scope{{
		Domain: s.Domain,
		Users:  []directory.Search{{Bases: []directory.Base{{DN: staff + "," + s.ou}}}, {Bases: []directory.Base{{DN: s.ou}}, Filter: "(department=sales)"}},
	}}}
	c := s.dial(t, nil)
	return func(who string) identity.Finding {
		t.Helper()
		f, err := c.Find(t.Context(), who, request)
		if err != nil {
			t.Fatalf("%s: %v", who, err)
		}
		return f
	}
}

func names(f identity.Finding) []string {
	var list []string
	for _, x := range f.Found {
		list = append(list, x.Class+" "+x.DN)
	}
	return list
}

// findDeleted looks for somebody who was deleted, by what is left of the names.
func (s *suite) findDeleted(t *testing.T) {
	ask := s.asker(t)
	s.Change.Add(t, "CN=Gone Gill,"+staff+","+s.ou, map[string][]string{
		"objectClass": {"user"}, "sAMAccountName": {"dt-gill"}, "userAccountControl": {"544"},
	})
	gill := ask("dt-gill").Found[0]
	s.Change.Delete(t, gill.DN)
	for _, who := range []string{"dt-gill", s.NetBIOS + `\dt-gill`, "Gone Gill", gill.DN, gill.SID, string(gill.GUID)} {
		f := ask(who)
		if len(f.Found) != 1 || f.Found[0].GUID != gill.GUID || f.Found[0].Presence != identity.Deleted || f.Found[0].CN != "Gone Gill" {
			t.Errorf("%s, deleted: %+v", who, f.Found)
			continue
		}
		if !directory.UnderBase(f.Found[0].LastParent, staff+","+s.ou) {
			t.Errorf("%s: last in %s", who, f.Found[0].LastParent)
		}
	}
}
