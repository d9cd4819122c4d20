package forest_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/sandbox/forest"
)

// deleted is the control that shows deleted objects.
func deleted() ldap.Control { return critical{"1.2.840.113556.1.4.417", 0xff} }

func usn(t *testing.T, e *ldap.Entry) int64 {
	t.Helper()
	n, err := strconv.ParseInt(e.GetAttributeValue("uSNChanged"), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDeletedObject(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, forest.Reader)
	before := entry(t, c, "(sAMAccountName=anna.smith)", "*")
	guid, err := identity.GUIDFromBytes(before.GetRawAttributeValue("objectGUID"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Delete("anna.smith"); err != nil {
		t.Fatal(err)
	}
	if got := accounts(t, c, "(sAMAccountName=anna.smith)"); len(got) != 0 {
		t.Errorf("still found without the control: %v", got)
	}
	find := func(c *ldap.Conn, base string, scope int) ([]*ldap.Entry, error) {
		r := ask(base, scope, "(&(isDeleted=TRUE)(sAMAccountName=anna.smith))", "*")
		r.Controls = []ldap.Control{deleted()}
		got, err := c.Search(r)
		if err != nil {
			return nil, err
		}
		return got.Entries, nil
	}
	got, err := find(c, forest.BaseDN, ldap.ScopeWholeSubtree)
	if err != nil || len(got) != 1 {
		t.Fatalf("with the control: %v, %v", got, err)
	}
	after := got[0]
	if want := `CN=Anna Smith\0ADEL:` + string(guid) + ",CN=Deleted Objects," + forest.BaseDN; after.DN != want {
		t.Errorf("DN %s, expected %s", after.DN, want)
	}
	for _, name := range []string{"objectGUID", "objectSid", "sAMAccountName", "userAccountControl", "whenCreated", "uSNCreated"} {
		if !slices.Equal(before.GetAttributeValues(name), after.GetAttributeValues(name)) {
			t.Errorf("%s: %q, was %q", name, after.GetAttributeValues(name), before.GetAttributeValues(name))
		}
	}
	for _, name := range []string{"mail", "givenName", "displayName", "memberOf", "objectCategory", "sAMAccountType", "manager"} {
		if v := after.GetAttributeValues(name); len(v) != 0 {
			t.Errorf("%s is still there: %q", name, v)
		}
	}
	if after.GetAttributeValue("lastKnownParent") != "OU=Management,OU=Staff,"+forest.BaseDN {
		t.Errorf("lastKnownParent %q", after.GetAttributeValue("lastKnownParent"))
	}
	if usn(t, after) <= usn(t, before) || after.GetAttributeValue("whenChanged") != "20261124101500.0Z" {
		t.Errorf("changed %s, USN %d after %d", after.GetAttributeValue("whenChanged"), usn(t, after), usn(t, before))
	}
	if members := entry(t, c, "(cn=Management)", "member").GetAttributeValues("member"); slices.Contains(members, before.DN) {
		t.Error("the group still names a deleted member")
	}
	if got, err = find(c, "<GUID="+string(guid)+">", ldap.ScopeBaseObject); err != nil || len(got) != 1 {
		t.Errorf("by its GUID: %v, %v", got, err)
	}
	// Who has not the right finds nothing, and is not told why.
	if got, err = find(s.as(t, forest.PlainReader), forest.BaseDN, ldap.ScopeWholeSubtree); err != nil || len(got) != 0 {
		t.Errorf("an ordinary account: %v, %v", got, err)
	}
	if got, err = find(s.as(t, "administrator"), forest.BaseDN, ldap.ScopeWholeSubtree); err != nil || len(got) != 1 {
		t.Errorf("an administrator: %v, %v", got, err)
	}
}

func TestChanges(t *testing.T) {
	const sales, ou = "OU=Sales,OU=Staff," + forest.BaseDN, "OU=Research,OU=Staff," + forest.BaseDN
	for name, tc := range map[string]struct {
		why    string
		change func(site) (forest.Change, error)
		filter string
		want   map[string]string
	}{
		"Add": {
			"A hire has what the consoles give.",
			func(s site) (forest.Change, error) {
				return s.AddPerson("Zoë Quist-Ödman", "", "z@corp.example", sales)
			},
			"(sAMAccountName=zoe.quist-oedman)",
			map[string]string{
				"cn": "Zoë Quist-Ödman", "givenName": "Zoë", "sn": "Quist-Ödman", "mail": "z@corp.example", "userAccountControl": "512",
				"sAMAccountType": "805306368", "userPrincipalName": "zoe.quist-oedman@corp.example", "primaryGroupID": "513", "whenCreated": "20261124101500.0Z",
			},
		},
		"AddBare": {
			"Without an address there is none, and without a unit it is the staff.",
			func(s site) (forest.Change, error) { return s.AddPerson("Uma Zadek", "uz", "", "") },
			"(sAMAccountName=uz)",
			map[string]string{"mail": "", "proxyAddresses": "", "distinguishedName": "CN=Uma Zadek,OU=Staff," + forest.BaseDN},
		},
		"AddTaken": {
			"An account of its own for everybody.",
			func(s site) (forest.Change, error) { return s.AddPerson("Anna Smith", "", "", sales) },
			"(sAMAccountName=anna.smith2)",
			map[string]string{"cn": "Anna Smith"},
		},
		"Rename": {
			"Names change, account and address do not.",
			func(s site) (forest.Change, error) { return s.Rename("anna.smith", "Anna Sommer, Dr") },
			"(sAMAccountName=anna.smith)",
			map[string]string{
				"distinguishedName": `CN=Anna Sommer\, Dr,OU=Management,OU=Staff,` + forest.BaseDN, "displayName": "Anna Sommer, Dr",
				"mail": "anna.smith@corp.example", "name": "Anna Sommer, Dr",
			},
		},
		"Move": {
			"Everything but the place stays.",
			func(s site) (forest.Change, error) { return s.Move("Anna Smith", sales) },
			"(sAMAccountName=anna.smith)",
			map[string]string{"distinguishedName": "CN=Anna Smith," + sales, "cn": "Anna Smith"},
		},
		"Disable": {
			"One bit.",
			func(s site) (forest.Change, error) { return s.Disable("anna.smith@corp.example") },
			"(sAMAccountName=anna.smith)",
			map[string]string{"userAccountControl": "514"},
		},
		"Enable": {
			"And back.",
			func(s site) (forest.Change, error) { return s.Enable(`CORP\gerd.altmann`) },
			"(sAMAccountName=gerd.altmann)",
			map[string]string{"userAccountControl": "512"},
		},
		"Mail": {
			"The primary address in proxyAddresses follows.",
			func(s site) (forest.Change, error) { return s.Mail("anna.smith", "a@corp.example") },
			"(sAMAccountName=anna.smith)",
			map[string]string{"mail": "a@corp.example", "proxyAddresses": "SMTP:a@corp.example"},
		},
		"NoMail": {
			"An address may be taken.",
			func(s site) (forest.Change, error) { return s.Mail("anna.smith", "") },
			"(sAMAccountName=anna.smith)",
			map[string]string{"mail": "", "proxyAddresses": ""},
		},
		"Join": {
			"The member sees the group.",
			func(s site) (forest.Change, error) { return s.MemberAdd("Project Omega", "anna.smith") },
			"(&(sAMAccountName=anna.smith)(memberOf=CN=Project Omega,OU=Groups,DC=corp,DC=example))",
			map[string]string{"cn": "Anna Smith"},
		},
		"RenameOU": {
			"What is below has another DN, and was not written.",
			func(s site) (forest.Change, error) { return s.RenameOU(ou, "R&D, Labs") },
			"(sAMAccountName=kim.jones)",
			map[string]string{"distinguishedName": `CN=Kim\\Lee Jones,OU=R&D\, Labs,OU=Staff,` + forest.BaseDN},
		},
		"MoveOU": {
			"A unit goes with all that is in it.",
			func(s site) (forest.Change, error) { return s.MoveOU(ou, sales) },
			"(sAMAccountName=kim.jones)",
			map[string]string{"distinguishedName": `CN=Kim\\Lee Jones,OU=Research,` + sales},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, nil)
			if _, err := tc.change(s); err != nil {
				t.Fatal(err)
			}
			var names []string
			for k := range tc.want {
				names = append(names, k)
			}
			e := entry(t, s.as(t, forest.Reader), tc.filter, names...)
			got := make(map[string]string)
			for k := range tc.want {
				got[k] = e.GetAttributeValue(k)
			}
			if d := cmp.Diff(tc.want, got); d != "" {
				t.Errorf("%s\n(-want +got):\n%s", tc.why, d)
			}
		})
	}
}

func TestRefusedChanges(t *testing.T) {
	const sales = "OU=Sales,OU=Staff," + forest.BaseDN
	s := open(t, nil)
	for name, tc := range map[string]struct {
		why    string
		code   string
		change func() (forest.Change, error)
	}{
		"Nobody":       {"An unknown name.", "usage.sandbox.who", func() (forest.Change, error) { return s.Disable("nobody") }},
		"Empty":        {"No name at all.", "usage.sandbox.who", func() (forest.Change, error) { return s.Disable("") }},
		"Two":          {"Two people have the address.", "usage.sandbox.ambiguous", func() (forest.Change, error) { return s.Disable("julia.weber@corp.example") }},
		"TakenName":    {"Siblings are told apart without accents.", "usage.sandbox.exists", func() (forest.Change, error) { return s.Rename("anna.smith", "Olga Lefevre") }},
		"TakenAccount": {"Accounts are unique in the domain.", "usage.sandbox.exists", func() (forest.Change, error) { return s.AddPerson("A B", "anna.smith", "", sales) }},
		"BadAccount":   {"Accounts have no spaces.", "usage.sandbox.account", func() (forest.Change, error) { return s.AddPerson("A B", "a b", "", sales) }},
		"NoName":       {"A name is needed.", "usage.sandbox.name", func() (forest.Change, error) { return s.AddPerson(" ", "ab", "", sales) }},
		"NoUnit":       {"A unit that is not there.", "usage.sandbox.dn", func() (forest.Change, error) { return s.Move("anna.smith", "OU=None,"+forest.BaseDN) }},
		"NotAUnit":     {"A person holds nobody.", "usage.sandbox.dn", func() (forest.Change, error) { return s.Move("anna.smith", "CN=Sales,OU=Groups,"+forest.BaseDN) }},
		"IntoItself":   {"A unit cannot stand below itself.", "usage.sandbox.dn", func() (forest.Change, error) { return s.MoveOU("OU=Staff,"+forest.BaseDN, sales) }},
		"BuiltIn":      {"What belongs to the system stays.", "usage.sandbox.critical", func() (forest.Change, error) { return s.Delete("Domain Users") }},
		"BuiltInBelow": {"And what holds it.", "usage.sandbox.critical", func() (forest.Change, error) { return s.Delete("CN=Users," + forest.BaseDN) }},
		"NoGroup":      {"A person has no members.", "usage.sandbox.group", func() (forest.Change, error) { return s.MemberAdd("anna.smith", "ivy.novak") }},
		"Itself":       {"A group is not in itself.", "usage.sandbox.group", func() (forest.Change, error) { return s.MemberAdd("Sales", "Sales") }},
		"GroupAccount": {"A group is not disabled.", "usage.sandbox.who", func() (forest.Change, error) { return s.Disable("Sales") }},
	} {
		t.Run(name, func(t *testing.T) {
			before, err := s.Save()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := tc.change(); fault.Code(err) != tc.code {
				t.Errorf("%s\n%v", tc.why, err)
			}
			if after, err := s.Save(); err != nil || string(before) != string(after) {
				t.Errorf("%s\nrefused, and something changed", tc.why)
			}
		})
	}
}

func TestWhoIsWrittenByAChange(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, forest.Reader)
	highest := func() int64 {
		r, err := c.Search(ask("", ldap.ScopeBaseObject, "(objectClass=*)", "highestCommittedUSN"))
		if err != nil {
			t.Fatal(err)
		}
		n, err := strconv.ParseInt(r.Entries[0].GetAttributeValue("highestCommittedUSN"), 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	written := func(since int64) []string {
		return accounts(t, c, "(uSNChanged>="+strconv.FormatInt(since+1, 10)+")")
	}
	at := highest()
	if _, err := s.MemberAdd("Sales", "anna.smith"); err != nil {
		t.Fatal(err)
	}
	if got := written(at); !slices.Equal(got, []string{"Sales"}) {
		t.Errorf("joining a group writes the group alone: %q", got)
	}
	at = highest()
	if _, err := s.RenameOU("OU=Sales,OU=Staff,"+forest.BaseDN, "Vertrieb"); err != nil {
		t.Fatal(err)
	}
	if got := written(at); !slices.Equal(got, []string{""}) {
		t.Errorf("renaming a unit writes the unit alone: %q", got)
	}
	at = highest()
	if _, err := s.Delete("anna.smith"); err != nil {
		t.Fatal(err)
	}
	if got := written(at); len(got) != 0 || highest() == at {
		t.Errorf("deleting writes the deleted object alone: %q", got)
	}
	if _, err := s.Mail("ivy.mueller", "x@corp.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Enable("ivy.mueller"); err != nil {
		t.Fatal(err)
	}
	if got := written(at); !slices.Equal(got, []string{"ivy.mueller"}) {
		t.Errorf("a change that changes nothing is no write: %q", got)
	}
}

func TestLostRights(t *testing.T) {
	s := open(t, nil)
	c := s.as(t, forest.Reader)
	count := func(c *ldap.Conn, base string) int {
		r, err := c.SearchWithPaging(ask(base, ldap.ScopeWholeSubtree, "(objectClass=*)", "cn"), 500)
		if err != nil {
			t.Fatal(err)
		}
		return len(r.Entries)
	}
	all := count(c, forest.BaseDN)
	if _, err := s.SetRights("OU=Sales,OU=Staff,"+forest.BaseDN, false); err != nil {
		t.Fatal(err)
	}
	if n := count(c, forest.BaseDN); n >= all || n < 200 {
		t.Errorf("without the right on one unit %d of %d", n, all)
	}
	if n := count(c, "OU=Sales,OU=Staff,"+forest.BaseDN); n != 0 {
		t.Errorf("in that unit %d", n)
	}
	if _, err := s.Scenario("lost-rights"); err != nil {
		t.Fatal(err)
	}
	if n := count(c, forest.BaseDN); n != 0 {
		t.Errorf("without rights %d entries, expected success and none", n)
	}
	if n := count(c, "CN=Partitions,CN=Configuration,"+forest.BaseDN); n == 0 {
		t.Error("the configuration has rights of its own")
	}
	if _, err := s.Scenario("rights-restored"); err != nil {
		t.Fatal(err)
	}
	if n := count(c, forest.BaseDN); n != all {
		t.Errorf("restored: %d of %d", n, all)
	}
}
