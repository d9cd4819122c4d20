package directory_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/identity"
	"adsync/core/sandbox/forest"

	"github.com/go-ldap/ldap/v3"
)

// grantLine is a line for dsacls as directory validate prints it: an object, the
// flag for all below it, an account and what it may do there.
var grantLine = regexp.MustCompile(`^dsacls "([^"]+)" (/I:T )?/G "([^":]+):([A-Z]+)(?:;(\w+))?"$`)

// ownLine makes an administrator the owner of the deleted objects first, whose
// list nobody else may change (MS-ADTS 7.1.1.4.2).
var ownLine = regexp.MustCompile(`^dsacls "CN=Deleted Objects,[^"]+" /takeownership$`)

// grant carries out a line as dsacls would: an entry in the list of the object
// (MS-DTYP 2.5.1.1), with the property's schemaIDGUID where one is named, which
// reaches what is below where the line says so.
func grant(t *testing.T, c *adtest.Controller, sid, account, line string) {
	t.Helper()
	if ownLine.MatchString(line) {
		return // the test writes as the server itself
	}
	m := grantLine.FindStringSubmatch(line)
	if m == nil || m[3] != account {
		t.Fatalf("%s is no line that dsacls takes for %s", line, account)
	}
	kind, flags, property := "A", "", ""
	if m[2] != "" {
		flags = "CI"
	}
	if m[5] != "" {
		kind, property = "OA", schemaGUID(t, c, m[5])
	}
	c.Access(t, "("+kind+";"+flags+";"+m[4]+";"+property+";;"+sid+")", m[1])
}

func schemaGUID(t *testing.T, c *adtest.Controller, attribute string) string {
	t.Helper()
	conn := c.Conn(t)
	defer func() { _ = conn.Close() }()
	found, err := conn.Search(ldap.NewSearchRequest("CN=Schema,CN=Configuration,"+c.Base, ldap.ScopeSingleLevel, ldap.NeverDerefAliases, 0, 0, false,
		"(lDAPDisplayName="+attribute+")", []string{"schemaIDGUID"}, nil))
	if err != nil || len(found.Entries) != 1 {
		t.Fatalf("%s: %d attributes (%v)", attribute, len(found.Entries), err)
	}
	guid, err := identity.GUIDFromBytes(found.Entries[0].GetRawAttributeValue("schemaIDGUID"))
	if err != nil {
		t.Fatal(err)
	}
	return string(guid)
}

// TestGrants takes from a plain account what every account may read by default,
// and gives it back by the lines that directory validate prints, one by one.
func TestGrants(t *testing.T) {
	c := adtest.Start(t, adtest.Options{})
	dn, user := c.Account(t, "svc-hardened", nil)
	sid := forest.SIDText(c.Read(t, dn, "objectSid")[0])
	unit, gone := "OU=Hardened,"+c.Base, "CN=gone,CN=Users,"+c.Base
	c.Add(t, unit, map[string][]string{"objectClass": {"organizationalUnit"}})
	c.Account(t, "gone", nil)
	deleted := c.Read(t, gone, "objectGUID")[0]
	c.Delete(t, gone)

	// A hardened domain: the group that every account is in by default is empty,
	// and own lists name administrators alone.
	for _, everybody := range c.Read(t, "CN=Pre-Windows 2000 Compatible Access,CN=Builtin,"+c.Base, "member") {
		c.RemoveValues(t, "CN=Pre-Windows 2000 Compatible Access,CN=Builtin,"+c.Base, "member", everybody)
	}
	const administrators = "D:P(A;CI;GA;;;DA)(A;CI;GA;;;SY)"
	holder := "CN=AdminSDHolder,CN=System," + c.Base
	guarded := []string{"CN=Administrator,CN=Users," + c.Base, "CN=Domain Admins,CN=Users," + c.Base}
	c.Access(t, administrators, append([]string{unit, holder, "CN=Schema,CN=Configuration," + c.Base}, guarded...)...)

	validate := func() directory.Report {
		t.Helper()
		client, err := directory.Dial(t.Context(), options(c, user))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		report, err := client.Validate(t.Context(), directory.Base{DN: unit})
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	before := validate()
	for _, g := range before.Grants {
		t.Logf("%s: %s", g.Missing, g.Command)
	}
	for _, missing := range []string{"base " + unit, "deleted objects", "schema", "userAccountControl", "memberOf", "member"} {
		if !slices.ContainsFunc(before.Grants, func(g directory.Grant) bool { return strings.EqualFold(g.Missing, missing) }) {
			t.Errorf("no line for %s: %+v", missing, before.Grants)
		}
	}
	for _, g := range before.Grants {
		grant(t, c, sid, before.BoundAs, g.Command)
		// What SDProp does within an hour: the list of AdminSDHolder is that of all
		// that it protects (MS-ADTS 3.1.1.6.1). Samba has no SDProp.
		if strings.Contains(g.Command, holder) {
			list := c.Read(t, holder, "nTSecurityDescriptor")
			for _, dn := range guarded {
				c.Set(t, dn, "nTSecurityDescriptor", list...)
			}
		}
		if after := validate(); slices.Contains(after.Grants, g) && !ownLine.MatchString(g.Command) {
			t.Errorf("%s is missing still after %s", g.Missing, g.Command)
		}
	}
	after := validate()
	if r := after.Rights; len(after.Grants) > 0 || len(after.Excess) > 0 || !r.Readable || !r.DeletedObjects || !r.Schema || !r.UserAccountControl || !r.MemberOfProtected || !r.MemberOfGroups {
		t.Errorf("rights %+v, grants %+v, excess %+v, warnings %v", r, after.Grants, after.Excess, after.Warnings)
	}
	client, err := directory.Dial(t.Context(), options(c, user))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	guid, err := identity.GUIDFromBytes([]byte(deleted))
	if err != nil {
		t.Fatal(err)
	}
	where, err := client.Lookup(t.Context(), []identity.GUID{guid})
	if err != nil || where[guid].Presence != identity.Deleted {
		t.Errorf("somebody deleted: %+v (%v)", where[guid], err)
	}
}
