package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// TestRanges: a controller that sends 1,500 values of member at a time, plain
// DNs, in another case and with other escapes than those of the people.
func TestRanges(t *testing.T) {
	const members, step = 4000, 1500
	users := many(members)
	values := make([]string, members)
	for i, u := range users {
		values[i] = strings.Replace(strings.ToUpper(u.DN), "CN=U", `cn=\75`, 1)
	}
	slice := func(from int) (string, []string) {
		if from+step >= members {
			return fmt.Sprintf("member;range=%d-*", from), values[from:]
		}
		return fmt.Sprintf("member;range=%d-%d", from, from+step-1), values[from : from+step]
	}
	name, first := slice(0)
	big := group(map[string][]string{"member": {}, name: first})
	for name, tc := range map[string]struct {
		why    string
		usn    func(ask int) string
		gone   bool
		code   string
		ranges int
	}{
		"Whole":   {"asked on until the range ends in a star", func(int) string { return "5" }, false, "", 2},
		"Changed": {"A removal meanwhile shifts the rest: it begins again.", func(ask int) string { return fmt.Sprint(min(ask, 2)) }, false, "", 4},
		"Restless": {
			"what never holds still is not read",
			func(ask int) string { return fmt.Sprint(ask) }, false, "directory.read.incomplete.range", 3,
		},
		"Gone": {"deleted between two ranges", nil, true, "directory.read.incomplete.range", 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, &fake{users: users, groups: []*ldap.Entry{big}})
			ask := 0
			f.search = func(s *search) bool {
				if !strings.HasPrefix(s.base, "<GUID=") {
					return false
				}
				if tc.gone {
					s.done(ldap.LDAPResultNoSuchObject, "", nil)
					return true
				}
				var from int
				if _, err := fmt.Sscanf(s.attributes[0], "member;range=%d-*", &from); err != nil {
					t.Errorf("asked for %v", s.attributes)
				}
				ask++
				name, some := slice(from)
				s.all(ldap.NewEntry(big.DN, map[string][]string{name: some, "uSNChanged": {tc.usn(ask)}}))
				return true
			}
			snapshot, err := f.dial(t, nil).Read(t.Context(), corp)
			if err != nil {
				t.Fatal(err)
			}
			read := snapshot.Reads[len(snapshot.Reads)-1]
			if read.Kind != identity.ReadGroups || read.Code != tc.code || read.Complete != (tc.code == "") || read.Ranges != tc.ranges {
				t.Errorf("%s\n%+v, want code %q and %d ranges", tc.why, read, tc.code, tc.ranges)
			}
			if got := snapshot.Groups[0]; tc.code == "" && (len(got.Members) != members || got.MembersListed != members) {
				t.Errorf("%s\n%d members, %d listed", tc.why, len(got.Members), got.MembersListed)
			}
		})
	}
}

// TestRangesOfPeople: whatever a controller sends of an attribute at first, all its
// values come in the end, in the first copy of somebody and in a later one.
func TestRangesOfPeople(t *testing.T) {
	phones := []string{"+1", "+2", "+3"}
	for name, tc := range map[string]struct {
		why   string
		first map[string][]string
	}{
		"Range":     {"the first values of more", map[string][]string{"otherTelephone": {}, "otherTelephone;range=0-1": phones[:2]}},
		"Nonsense":  {"a range that makes no sense shows no value", map[string][]string{"otherTelephone;range=2-1": phones[1:]}},
		"NoNumbers": {"nor does one without numbers", map[string][]string{"otherTelephone;range=a-b": phones[1:]}},
		"Later":     {"a range that does not begin at the first value", map[string][]string{"otherTelephone;range=1-*": phones[1:]}},
	} {
		for _, meanwhile := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", name, meanwhile), func(t *testing.T) {
				ann := user(1)
				for attribute, values := range tc.first {
					ann.Attributes = append(ann.Attributes, ldap.NewEntryAttribute(attribute, values))
				}
				f := serve(t, &fake{users: []*ldap.Entry{ann}, groups: []*ldap.Entry{group(nil)}})
				f.search = func(s *search) bool {
					switch {
					case strings.Contains(s.filter, "attributeSchema"):
						s.all(ldap.NewEntry("CN=x,"+s.base, map[string][]string{"lDAPDisplayName": {"otherTelephone"}, "isSingleValued": {"FALSE"}}))
					case strings.HasPrefix(s.base, "<GUID=") && slices.Contains(s.attributes, "otherTelephone;range=0-*"):
						s.all(ldap.NewEntry(ann.DN, map[string][]string{"otherTelephone": phones}))
					case strings.HasPrefix(s.base, "<GUID=") && slices.Contains(s.attributes, "otherTelephone;range=2-*"):
						s.all(ldap.NewEntry(ann.DN, map[string][]string{"otherTelephone;range=2-*": phones[2:]}))
					case meanwhile && strings.Contains(s.filter, "uSNChanged>=") && strings.Contains(s.filter, "sAMAccountType"):
						s.all(ann)
					default:
						return false
					}
					return true
				}
				request := corp
				request.Attributes = []string{"otherTelephone"}
				snapshot, err := f.dial(t, nil).Read(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				if r := snapshot.Reads[0]; !r.Complete || r.Ranges != 1 {
					t.Errorf("%+v", r)
				}
				if got := snapshot.People.At(0).Attributes.Get("otherTelephone"); !slices.Equal(got, phones) {
					t.Errorf("%s: %q, want %q", tc.why, got, phones)
				}
			})
		}
	}
}

// TestRangePastTheEnd: a group loses members while they are read, so that the next
// range begins behind the last one: Active Directory gives an error there, Samba
// no values. It begins again; any other error is one.
func TestRangePastTheEnd(t *testing.T) {
	const before, step, after = 400, 150, 100
	users := many(before)
	values := make([]string, before)
	for i, u := range users {
		values[i] = u.DN
	}
	big := group(map[string][]string{"member": {}, fmt.Sprintf("member;range=0-%d", step-1): values[:step], "uSNChanged": {"5"}})
	for name, tc := range map[string]struct {
		behind, again int // result codes
		code          string
		asked         int
	}{
		"Operations":    {ldap.LDAPResultOperationsError, 0, "", 2},
		"NoAttribute":   {ldap.LDAPResultNoSuchAttribute, 0, "", 2},
		"Unwilling":     {ldap.LDAPResultUnwillingToPerform, 0, "", 2},
		"NoValues":      {0, 0, "", 2},
		"Denied":        {ldap.LDAPResultInsufficientAccessRights, 0, "directory.rights", 1},
		"FirstRangeToo": {ldap.LDAPResultUnwillingToPerform, ldap.LDAPResultUnwillingToPerform, "directory.read.failed", 2},
	} {
		t.Run(name, func(t *testing.T) {
			f := serve(t, &fake{users: users, groups: []*ldap.Entry{big}})
			asked := 0
			f.search = func(s *search) bool {
				if !strings.HasPrefix(s.base, "<GUID=") {
					return false
				}
				asked++
				code, entry := tc.behind, ldap.NewEntry(big.DN, map[string][]string{"uSNChanged": {"5"}})
				if s.attributes[0] == "member;range=0-*" {
					code, entry = tc.again, ldap.NewEntry(big.DN, map[string][]string{"member;range=0-*": values[:after], "uSNChanged": {"6"}})
				}
				if code != 0 {
					s.done(code, "", nil)
					return true
				}
				s.all(entry)
				return true
			}
			snapshot, err := f.dial(t, nil).Read(t.Context(), corp)
			if err != nil {
				t.Fatal(err)
			}
			read := snapshot.Reads[len(snapshot.Reads)-1]
			if read.Kind != identity.ReadGroups || read.Code != tc.code || read.Complete != (tc.code == "") || asked != tc.asked {
				t.Errorf("%+v after %d requests, want code %q after %d", read, asked, tc.code, tc.asked)
			}
			if got := snapshot.Groups[0]; tc.code == "" && (len(got.Members) != after || got.MembersListed != after) {
				t.Errorf("%d members, %d listed, want the %d of now", len(got.Members), got.MembersListed, after)
			}
		})
	}
}

func TestFilterIsRefusedBeforeReading(t *testing.T) {
	f := serve(t, &fake{})
	request := corp
	request.Scopes = append(request.Scopes[:0:0], request.Scopes...)
	request.Scopes[0].Groups = []directory.Search{{Filter: "(cn=a"}}
	if _, err := f.dial(t, nil).Read(t.Context(), request); fault.Code(err) != "config.filter.syntax" {
		t.Errorf("error %v", err)
	}
}
