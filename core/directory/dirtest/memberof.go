package dirtest

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/google/go-cmp/cmp"
)

// memberOf: membership is that of the group's side, with the primary group and,
// where it is asked for, with groups within; under a negation too.
func (s *suite) memberOf(t *testing.T) {
	sales, nested, users := "(memberOf="+filterDN(s.dn("dt-sales"))+")", "(memberOf="+filterDN(s.dn("dt-nested"))+")", "(memberOf=CN=Domain Users,CN=Users,"+s.Base+")"
	everybody := slices.Sorted(maps.Keys(accounts(s.read(t, s.below("")))))
	but := func(out ...string) []string {
		return slices.DeleteFunc(slices.Clone(everybody), func(a string) bool { return slices.Contains(out, a) })
	}
	for _, tc := range []struct {
		why, filter string
		nested      bool
		want        []string
	}{
		{"members alone", sales, false, []string{"dt-ann", "dt-ben"}},
		{"and those of the group within", sales, true, []string{"dt-ann", "dt-ben", "dt-dora", "dt-hanako"}},
		{"the rule for chains asks for them by itself", strings.Replace(sales, "=", ":1.2.840.113556.1.4.1941:=", 1), false, []string{"dt-ann", "dt-ben", "dt-dora", "dt-hanako"}},
		{"the others", "(!" + sales + ")", false, but("dt-ann", "dt-ben")},
		{"the others, with groups within", "(!" + sales + ")", true, but("dt-ann", "dt-ben", "dt-dora", "dt-hanako")},
		{"either", "(|" + nested + "(sn=Archer))", false, []string{"dt-ann", "dt-dora", "dt-hanako"}},
		{"both", "(&" + sales + "(department=Sales)(!" + nested + "))", true, []string{"dt-ann", "dt-ben"}},
		{"the primary group", users, false, everybody},
		{"nobody is outside the primary group", "(!" + users + ")", false, nil},
		{"a built-in group through the primary group", "(memberOf=CN=Users,CN=Builtin," + s.Base + ")", true, everybody},
		{"and nobody in it directly", "(memberOf=CN=Users,CN=Builtin," + s.Base + ")", false, nil},
	} {
		t.Run(tc.why, func(t *testing.T) {
			search := directory.Search{Bases: []directory.Base{{DN: s.ou}}, Filter: tc.filter, NestedMemberOf: tc.nested}
			snapshot := s.read(t, directory.Scope{Users: []directory.Search{search}})
			var got []string
			for p := range snapshot.People.All() {
				got = append(got, p.Account)
			}
			slices.Sort(got)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s, nested %v (-want +got):\n%s", tc.filter, tc.nested, diff)
			}
			if read := snapshot.Reads[0]; read.Filter != tc.filter || len(read.Named) == 0 || read.Named[0].GUID == "" || read.BaseGUID == "" {
				t.Errorf("read %+v", read)
			}
		})
	}
}

// filterDN writes a DN as a filter has it.
func filterDN(dn string) string { return strings.ReplaceAll(dn, `\`, `\5c`) }

// checkFilter: what a server would answer with nothing or everything is refused.
func (s *suite) checkFilter(t *testing.T) {
	c := s.dial(t, nil)
	sales := groups(s.read(t, s.below("")))["dt-sales"]
	got, err := c.CheckFilter(t.Context(), "memberOf="+strings.Replace(s.dn("dt-sales"), ","+teams, ", "+teams, 1))
	want := directory.Filter{Normal: "(memberOf=" + filterDN(s.dn("dt-sales")) + ")", Named: []identity.Named{{DN: s.dn("dt-sales"), GUID: sales.GUID}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for filter, code := range map[string]string{
		"displayName=Lee, Ben": "", "(&(objectCategory=person)(objectClass=user))": "", "(accountExpires>=1)": "",
		"(whenChanged>=20200101000000.0Z)": "", "(objectSid=S-1-5-21-1-2-3-4)": "",
		"(mail=": "config.filter.syntax", "(noSuchAttribute=1)": "config.filter.attribute", "(primaryGroupToken=513)": "config.filter.attribute",
		"(whenChanged>=foo)": "config.filter.value", "(userAccountControl=abc)": "config.filter.value", "(objectClass=nothing)": "config.filter.value",
		"(memberOf=CN=Nobody Knows," + s.ou + ")": "config.filter.missing", "(manager=CN=Nobody Knows,DC=elsewhere)": "config.filter.missing",
		"(memberOf=" + s.ou + ")": "config.filter.noGroup", "(userAccountControl:1.2.3:=2)": "config.filter.rule", "(cn:dn:=a)": "config.filter.rule",
	} {
		if _, err := c.CheckFilter(t.Context(), filter); fault.Code(err) != code || code != "" && !strings.Contains(err.Error(), "position") {
			t.Errorf("%s: %v, want %q", filter, err, code)
		}
	}
}

// filterGroup: a group that a filter names is followed by its objectGUID; where it
// is gone, nobody is taken for having left it.
func (s *suite) filterGroup(t *testing.T) {
	old := "CN=Moving," + teams + "," + s.ou
	s.Change.Add(t, old, map[string][]string{"objectClass": {"group"}, "sAMAccountName": {"dt-moving"}, "groupType": {security}, "member": {s.dn("dt-ben")}})
	filter := "(memberOf=" + filterDN(old) + ")"
	first := s.read(t, s.below(filter))
	named := first.Reads[0].Named
	if len(named) != 1 || named[0].DN != old || named[0].Standing != "" || first.People.Len() != 1 {
		t.Fatalf("%d people, named %+v", first.People.Len(), named)
	}
	again := func() identity.Snapshot {
		snapshot, err := s.dial(t, nil).Read(t.Context(), directory.Request{
			Scopes: []directory.Scope{{Domain: s.Domain, Users: s.below(filter).Users}}, Known: map[string]identity.GUID{old: named[0].GUID},
		})
		if err != nil {
			t.Fatal(err)
		}
		return snapshot
	}
	now := s.Change.Move(t, old, "CN=Moved", elsewhere+","+s.ou)
	// Another group takes its name.
	s.Change.Add(t, old, map[string][]string{"objectClass": {"group"}, "sAMAccountName": {"dt-other"}, "groupType": {security}, "member": {s.dn("dt-juergen")}})
	moved := again()
	if moved.People.Len() != 1 || moved.People.At(0).Account != "dt-ben" || !moved.Reads[0].Complete || !strings.EqualFold(moved.Reads[0].Named[0].Standing, now) {
		t.Errorf("people %v, read %+v", slices.Collect(moved.People.All()), moved.Reads[0])
	}
	if want := []identity.Match{{Base: s.ou, Filter: filter}}; moved.People.Len() == 1 && !slices.Equal(moved.People.At(0).Matched, want) {
		t.Errorf("matched %v, want %v: the filter as configured", moved.People.At(0).Matched, want)
	}
	s.Change.Delete(t, now)
	if gone := again(); gone.Reads[0].Complete || gone.Reads[0].Code != "directory.filter.missing" || gone.People.Len() > 0 {
		t.Errorf("gone: %+v", gone.Reads[0])
	}
	s.Change.Delete(t, old)
}
