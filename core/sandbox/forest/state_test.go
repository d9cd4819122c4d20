package forest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"adsync/core/sandbox/forest"
)

// everything is what a client can read of the domain and the configuration.
func everything(t *testing.T, s site) map[string]map[string][]string {
	t.Helper()
	c := s.as(t, "administrator")
	out := make(map[string]map[string][]string)
	for _, base := range []string{forest.BaseDN, "CN=Configuration," + forest.BaseDN, "CN=Schema,CN=Configuration," + forest.BaseDN} {
		r := ask(base, ldap.ScopeWholeSubtree, "(objectClass=*)", "*")
		r.Controls = []ldap.Control{deleted()}
		got, err := c.SearchWithPaging(r, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range got.Entries {
			values := make(map[string][]string)
			for _, a := range e.Attributes {
				values[a.Name] = slices.Sorted(slices.Values(a.Values))
			}
			out[e.DN] = values
		}
	}
	return out
}

func TestSaveAndLoad(t *testing.T) {
	a := open(t, nil)
	for _, name := range []string{"hires", "leavers", "rehire", "ou-renamed", "marriage"} {
		if _, err := a.Scenario(name); err != nil {
			t.Fatal(err)
		}
	}
	a.AddDomain("emea.corp.example", "EMEA", "DC=emea,"+forest.BaseDN)
	if _, err := a.SetRights("OU=IT,OU=Staff,"+forest.BaseDN, false); err != nil {
		t.Fatal(err)
	}
	data, err := a.Save()
	if err != nil {
		t.Fatal(err)
	}
	b := open(t, func(o *forest.Options) { o.Empty = true })
	if err := b.Load(data); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(everything(t, a), everything(t, b)); d != "" {
		t.Errorf("loaded, a client reads something else (-saved +loaded):\n%s", d)
	}
	again, err := b.Save()
	if err != nil || string(again) != string(data) {
		t.Errorf("saved again it is not the same bytes, %v", err)
	}
	// The next object gets a GUID that no object had before.
	ca, err := a.AddPerson("Same Name", "same", "", "")
	if err != nil {
		t.Fatal(err)
	}
	cb, err := b.AddPerson("Same Name", "same", "", "")
	if err != nil || ca != cb {
		t.Errorf("going on from the same state: %v and %v, %v", ca, cb, err)
	}
}

func TestCompanyIsTheSameEverywhere(t *testing.T) {
	a, b := forest.New(forest.Options{Password: password}), forest.New(forest.Options{Password: password})
	x, err := a.Save()
	if err != nil {
		t.Fatal(err)
	}
	y, err := b.Save()
	if err != nil || string(x) != string(y) {
		t.Errorf("two companies differ, %v", err)
	}
}

func TestLoadRefusesAndKeeps(t *testing.T) {
	s := open(t, nil)
	data, err := s.Save()
	if err != nil {
		t.Fatal(err)
	}
	for why, broken := range map[string]string{
		"Half a file.":                    string(data[:len(data)/2]),
		"A format of the future.":         strings.Replace(string(data), `"format":1`, `"format":2`, 1),
		"Nothing.":                        `{"format":1}`,
		"A link to an object not there.":  strings.Replace(string(data), `"member":["`, `"member":["00000000-0000-4000-8000-000000000000","`, 1),
		"A parent that is not there.":     strings.Replace(string(data), `"parent":"`, `"parent":"0`, 1),
		"Bytes that are no base64 at all": strings.Replace(string(data), `"objectsid":["`, `"objectsid":["!`, 1),
	} {
		if err := s.Load([]byte(broken)); err == nil {
			t.Errorf("%s: loaded", why)
		}
		if after, err := s.Save(); err != nil || string(after) != string(data) {
			t.Errorf("%s: something changed, %v", why, err)
		}
	}
}

// TestCompany holds the company to what the sandbox promises of it.
func TestCompany(t *testing.T) {
	c := open(t, nil).as(t, forest.Reader)
	const people = "(sAMAccountType=805306368)"
	for name, tc := range map[string]struct {
		filter      string
		least, most int
	}{
		"people":              {people, 200, 260},
		"disabled":            {"(&" + people + "(userAccountControl:1.2.840.113556.1.4.803:=2))", 10, 30},
		"expired":             {"(&" + people + "(accountExpires<=134000000000000000)(!(accountExpires=0)))", 3, 3},
		"expire later":        {"(&" + people + "(accountExpires>=134000000000000000)(!(accountExpires=9223372036854775807)))", 3, 3},
		"without an address":  {"(&" + people + "(employeeID=*)(!(mail=*)))", 6, 12},
		"with one of another": {"(mail=julia.weber@corp.example)", 2, 2},
		"units":               {"(objectClass=organizationalUnit)", 18, 30},
		"groups":              {"(objectClass=group)", 40, 80},
		"groups in groups":    {"(&(objectClass=group)(memberOf=*))", 15, 40},
		"distribution groups": {"(&(objectClass=group)(!(groupType:1.2.840.113556.1.4.803:=2147483648)))", 2, 5},
		"empty groups":        {"(&(objectClass=group)(cn=Project Omega)(!(member=*)))", 1, 1},
		"computers":           {"(objectCategory=computer)", 30, 40},
		"contacts":            {"(objectClass=contact)", 10, 20},
		"gMSA":                {"(objectClass=msDS-GroupManagedServiceAccount)", 1, 1},
		"trust":               {"(sAMAccountType=805306370)", 1, 1},
		"mailboxes":           {"(&(userAccountControl:1.2.840.113556.1.4.803:=2)(|(msExchRecipientTypeDetails=4)(msExchRecipientTypeDetails=16)(msExchRecipientTypeDetails=32)))", 5, 5},
		"managers":            {"(&" + people + "(directReports=*))", 10, 20},
		"renamable unit":      {"(&(objectClass=organizationalUnit)(ou=Research))", 1, 1},
	} {
		if n := len(accounts(t, c, tc.filter)); n < tc.least || n > tc.most {
			t.Errorf("%s: %d, expected %d to %d", name, n, tc.least, tc.most)
		}
	}
	r, err := c.SearchWithPaging(ask(forest.BaseDN, ldap.ScopeWholeSubtree, "(sAMAccountName=*)", "sAMAccountName", "mail", "objectSid"), 500)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]string)
	for _, e := range r.Entries {
		for _, value := range []string{
			"account " + strings.ToLower(e.GetAttributeValue("sAMAccountName")),
			"address " + strings.ToLower(e.GetAttributeValue("mail")),
			"SID " + e.GetAttributeValue("objectSid"),
		} {
			if other, twice := seen[value]; twice && !strings.HasSuffix(value, " ") && value != "address julia.weber@corp.example" {
				t.Errorf("%q is of %s and of %s", value, e.DN, other)
			}
			seen[value] = e.DN
		}
	}
}
