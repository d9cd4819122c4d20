package directory_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/identity"
	"adsync/core/policy"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

// TestDeviceFilterRightLost: the account loses the right to the attribute that the
// filter for devices asks for in one of two units. Who cannot be returned any more
// has not left for that, in that unit alone, and what people show says nothing.
func TestDeviceFilterRightLost(t *testing.T) {
	const filter, hall, office = "(location=*)", "OU=Hall," + fakeBase, "OU=Office," + fakeBase
	device := func(n int, unit string) *ldap.Entry {
		e := user(n)
		e.DN = fmt.Sprintf("CN=pc%d,%s", n, unit)
		e.Attributes = append(e.Attributes, ldap.NewEntryAttribute("location", []string{"B1"}))
		return e
	}
	f := serve(t, &fake{groups: []*ldap.Entry{group(nil)}})
	computers := []*ldap.Entry{device(1, hall), device(2, hall), device(3, office), device(4, office)}
	people := []*ldap.Entry{device(5, hall), device(6, office)}
	f.search = func(s *search) bool {
		switch {
		case strings.Contains(s.filter, "attributeSchema"):
			s.all(schemaText("cn"), schemaText("location"))
		case strings.Contains(s.filter, "objectCategory=organizationalUnit"):
			s.all(ldap.NewEntry(hall, map[string][]string{"objectGUID": {guidBytes(3, 1)}}), ldap.NewEntry(office, map[string][]string{"objectGUID": {guidBytes(3, 2)}}))
		case strings.Contains(s.filter, "objectCategory=computer"):
			f.users = slices.DeleteFunc(slices.Clone(computers), func(e *ldap.Entry) bool { return e.GetAttributeValue("location") == "" })
			return false
		case isUsers(s):
			f.users = people
			return false
		case strings.Contains(s.filter, "objectGUID="):
			f.users = slices.Concat(computers, people)
			return false
		default:
			return false
		}
		return true
	}
	request := directory.Request{Scopes: []directory.Scope{{
		Domain: "corp.example", Users: []directory.Search{{Filter: filter}}, Groups: []directory.Search{{}}, Devices: []directory.Search{{Filter: filter}},
	}}}
	c := f.dial(t, nil)
	before, err := c.Read(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	rules := policy.Rules{
		SyncDevices: true, Under: directory.UnderBase, FilterAttributes: directory.FilterAttributes, Now: before.TakenAt,
		Domains: map[string]policy.DomainRules{"corp.example": {Include: true, Users: policy.SearchRules{Filter: filter}, Devices: policy.SearchRules{Filter: filter}}},
	}
	covered := policy.Judge(before, nil, nil, rules)
	rules.Containers = covered.Containers(before, covered.Reads)
	var links []identity.Link
	for _, x := range before.Devices {
		links = append(links, identity.Link{GUID: x.GUID, Kind: identity.KindDevice, Domain: x.Domain, DN: x.DN, Name: x.Name})
	}

	lose := func(e *ldap.Entry) {
		e.Attributes = slices.DeleteFunc(e.Attributes, func(a *ldap.EntryAttribute) bool { return a.Name == "location" })
	}
	lose(computers[0]) // the right, in the hall
	lose(computers[1])
	lose(computers[2]) // the value, in the office
	now, err := c.Read(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range now.Reads {
		if !r.Complete {
			t.Fatalf("nothing of the read shows it: %+v", r)
		}
		if _, proved := r.Carried["memberOf"]; r.Kind == identity.ReadDevices && !proved {
			t.Errorf("the right to memberOf of devices is not proved: %v", r.Carried)
		}
	}
	var wanted []identity.GUID
	for _, l := range links {
		if !slices.ContainsFunc(now.Devices, func(x identity.Device) bool { return x.GUID == l.GUID }) {
			wanted = append(wanted, l.GUID)
		}
	}
	where, err := c.Lookup(t.Context(), wanted, directory.FilterAttributes(filter)...)
	if err != nil {
		t.Fatal(err)
	}
	covered = policy.Judge(now, links, where, rules)
	got := map[string]bool{}
	for _, l := range links {
		got[l.Name] = covered.Absence(l) != ""
	}
	want := map[string]bool{"u0001": true, "u0002": true, "u0003": false, "u0004": false}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("whose absence proves nothing (-want +got):\n%s", diff)
	}
}

// schemaText defines an attribute whose values are texts.
func schemaText(name string) *ldap.Entry {
	return ldap.NewEntry("CN="+name+",CN=Schema,CN=Configuration,"+fakeBase, map[string][]string{
		"lDAPDisplayName": {name}, "attributeSyntax": {"2.5.5.12"}, "isSingleValued": {"TRUE"},
	})
}
