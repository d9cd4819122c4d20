package directory_test

import (
	"slices"
	"strings"
	"testing"

	"adsync/core/directory"
	"adsync/core/directory/adtest"
	"adsync/core/sandbox/forest"
)

// accountControl is the schemaIDGUID of userAccountControl (MS-ADA3 2.342).
const accountControl = "bf967a68-0de6-11d0-a285-00aa003049e2"

// TestRights asks what accounts may do that were given too little or too much.
func TestRights(t *testing.T) {
	c := adtest.Start(t, adtest.Options{})
	sid := func(dn string) string { return forest.SIDText(c.Read(t, dn, "objectSid")[0]) }
	validate := func(t *testing.T, user string, bases ...directory.Base) directory.Report {
		t.Helper()
		client, err := directory.Dial(t.Context(), options(c, user))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = client.Close() }()
		report, err := client.Validate(t.Context(), bases...)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	granted := func(r directory.Report, text string) bool {
		return slices.ContainsFunc(r.Grants, func(g directory.Grant) bool { return strings.Contains(g.Command, text) })
	}

	t.Run("Delegated", func(t *testing.T) {
		dn, user := c.Account(t, "svc-delegated", nil)
		group := "CN=Domain Users,CN=Users," + c.Base
		c.Access(t, "(A;;WP;;;"+sid(dn)+")", group)
		report := validate(t, user)
		at := slices.IndexFunc(report.Excess, func(e directory.Excess) bool { return strings.EqualFold(e.At, group) })
		if at < 0 || !strings.HasPrefix(report.Excess[at].Right, "write ") {
			t.Errorf("excess %+v, want the right to write to %s", report.Excess, group)
		}
		if !report.Rights.Readable {
			t.Errorf("rights %+v", report.Rights)
		}
	})
	t.Run("NoAccountControl", func(t *testing.T) {
		dn, user := c.Account(t, "svc-blind", nil)
		c.Access(t, "(OD;;RP;"+accountControl+";;"+sid(dn)+")", "CN=Guest,CN=Users,"+c.Base)
		report := validate(t, user)
		if report.Rights.UserAccountControl || !granted(report, ":RP;userAccountControl") {
			t.Errorf("rights %+v, grants %+v", report.Rights, report.Grants)
		}
	})
	t.Run("NoUnit", func(t *testing.T) {
		dn, user := c.Account(t, "svc-shut-out", nil)
		unit := "OU=Closed," + c.Base
		c.Add(t, unit, map[string][]string{"objectClass": {"organizationalUnit"}})
		open := validate(t, user, directory.Base{DN: unit})
		if !open.Rights.Readable {
			t.Fatalf("before: rights %+v, grants %+v", open.Rights, open.Grants)
		}
		c.Access(t, "(D;CI;GR;;;"+sid(dn)+")", unit)
		report := validate(t, user, directory.Base{DN: unit})
		// What stands in a container whose contents may be listed is seen, bare (MS-ADTS
		// 5.1.3.3.6, outside of List Object mode): the base is there and cannot be read.
		gone := slices.ContainsFunc(report.Warnings, func(w string) bool { return strings.Contains(w, unit) })
		if report.Rights.Readable || !granted(report, `"`+unit+`" /I:T /G "`+user+`:GR"`) || gone {
			t.Errorf("rights %+v, grants %+v, warnings %v", report.Rights, report.Grants, report.Warnings)
		}
	})
}
