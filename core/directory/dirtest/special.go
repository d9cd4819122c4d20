package dirtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"adsync/core/directory"
	"adsync/core/identity"

	"github.com/google/go-cmp/cmp"
)

// stranger is an account of a forest that nobody here has heard of.
const stranger = "S-1-5-21-1-2-3-1105"

// kinds: what is no person is not read as one, and is told apart when it is
// asked for by its objectGUID.
func (s *suite) kinds(t *testing.T) {
	at := "OU=Kinds," + s.ou
	s.Change.Add(t, at, map[string][]string{"objectClass": {"organizationalUnit"}})
	want := map[string]string{}
	for name, class := range map[string]string{
		"inet": identity.ClassInetOrgPerson, "person": identity.ClassUser, "pc": identity.ClassComputer, "contact": identity.ClassContact,
		"gmsa": identity.ClassManaged, "list": identity.ClassGroup, "unit": identity.ClassUnit, "box": identity.ClassUnit,
	} {
		dn, attributes := "CN="+name+","+at, map[string][]string{"objectClass": {class}, "sAMAccountName": {"k-" + name}}
		switch class {
		case identity.ClassComputer:
			attributes["sAMAccountName"] = []string{"k-" + name + "$"}
			attributes["userAccountControl"] = []string{"4128"}
		case identity.ClassInetOrgPerson, identity.ClassUser:
			attributes["userAccountControl"] = []string{"544"}
		case identity.ClassManaged:
			attributes = map[string][]string{
				"objectClass": {"msDS-GroupManagedServiceAccount"}, "sAMAccountName": {"k-" + name + "$"}, "userAccountControl": {"4096"},
				"dNSHostName": {"gmsa." + s.Domain}, "msDS-ManagedPasswordInterval": {"30"},
			}
		case identity.ClassContact:
			delete(attributes, "sAMAccountName")
		case identity.ClassGroup:
			attributes["groupType"] = []string{distribution}
		case identity.ClassUnit:
			delete(attributes, "sAMAccountName")
			if attributes["objectClass"] = []string{"container"}; name == "unit" {
				dn, attributes["objectClass"] = "OU="+name+","+at, []string{"organizationalUnit"}
			}
		}
		s.Change.Add(t, dn, attributes)
		want[dn] = class
	}
	snapshot := s.read(t, directory.Scope{
		Users: []directory.Search{{Bases: []directory.Base{{DN: at}}}}, Devices: []directory.Search{{Bases: []directory.Base{{DN: at}}}},
	})
	var got []string
	for p := range snapshot.People.All() {
		got = append(got, p.Account+" "+p.Class)
	}
	for _, d := range snapshot.Devices {
		got = append(got, d.Account+" device")
	}
	slices.Sort(got)
	if diff := cmp.Diff([]string{"k-inet inetOrgPerson", "k-pc$ device", "k-person user"}, got); diff != "" {
		t.Errorf("people and devices (-want +got):\n%s", diff)
	}
	c := s.dial(t, nil)
	for dn, class := range want {
		found, err := c.CheckBase(t.Context(), s.Domain, dn)
		if err != nil {
			t.Fatal(err)
		}
		guid := found.GUID
		where, err := c.Lookup(t.Context(), []identity.GUID{guid})
		if err != nil {
			t.Fatal(err)
		}
		if w := where[guid]; w.Class != class {
			t.Errorf("%s: class %q, want %q", dn, w.Class, class)
		}
	}
}

// devices: computers come when they are asked for, with their groups.
func (s *suite) devices(t *testing.T) {
	dn := "CN=DTSRV,OU=Hosts," + s.ou
	s.Change.Add(t, "OU=Hosts,"+s.ou, map[string][]string{"objectClass": {"organizationalUnit"}})
	s.Change.Add(t, dn, map[string][]string{
		"objectClass": {"computer"}, "sAMAccountName": {"DTSRV$"}, "userAccountControl": {"4130"}, "dNSHostName": {"dtsrv." + s.Domain},
		"operatingSystem": {"Windows Server 2022 Standard"}, "lastLogonTimestamp": {"130959936000000000"},
	})
	s.Change.AddValues(t, s.dn("dt-nobody"), "member", dn)
	defer s.Change.RemoveValues(t, s.dn("dt-nobody"), "member", dn)
	bases := []directory.Base{{DN: s.ou}}
	snapshot := s.read(t, directory.Scope{Users: []directory.Search{{Bases: bases}}, Devices: []directory.Search{{Bases: bases, Filter: "(cn=DTSRV)"}}})
	if len(snapshot.Devices) != 1 {
		t.Fatalf("devices %+v, want DTSRV alone", snapshot.Devices)
	}
	got := snapshot.Devices[0]
	domainSID := got.SID[:max(strings.LastIndexByte(got.SID, '-'), 0)]
	want := identity.Device{
		GUID: got.GUID, SID: got.SID, DN: dn, Domain: s.Domain, Account: "DTSRV$", Name: "DTSRV", DNSName: "dtsrv." + s.Domain,
		OperatingSystem: "Windows Server 2022 Standard", Server: true, ControlKnown: true, Disabled: true,
		LastLogon: time.Date(2015, 12, 31, 0, 0, 0, 0, time.UTC), PrimaryGroup: domainSID + "-515", MemberOf: []string{s.dn("dt-nobody")},
		CreatedAt: got.CreatedAt, Matched: []identity.Match{{Base: s.ou, Filter: "(cn=DTSRV)"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("device (-want +got):\n%s", diff)
	}
	if got.CreatedAt.IsZero() || !strings.HasPrefix(got.SID, "S-1-5-21-") {
		t.Errorf("createdAt %v, SID %q", got.CreatedAt, got.SID)
	}
	if members := groups(snapshot)["dt-nobody"].Members; !slices.Equal(members, []identity.GUID{got.GUID}) {
		t.Errorf("members %v, want the device", members)
	}
	without := s.read(t, s.below(""))
	if len(without.Devices) != 0 || len(groups(without)["dt-nobody"].Members) != 0 {
		t.Errorf("nobody asked for devices, and there are %v", without.Devices)
	}
}

// foreign: members of other forests are named by their SID, and one that stands
// for somebody who was read is that person.
func (s *suite) foreign(t *testing.T) {
	ann := accounts(s.read(t, s.below("")))["dt-ann"]
	s.Change.AddValues(t, s.dn("dt-nested"), "member", "<SID="+stranger+">")
	snapshot := s.read(t, s.below(""))
	g := groups(snapshot)["dt-nested"]
	if len(g.Foreign) != 1 || !strings.Contains(g.Foreign[0], stranger) {
		t.Errorf("foreign %v, want %s", g.Foreign, stranger)
	}
	if g.MembersListed != 3 || len(g.Members) != 2 || slices.Contains(g.Members, ann.GUID) {
		t.Errorf("%d listed, members %v", g.MembersListed, g.Members)
	}
	if users := groups(snapshot)["Users"]; !users.BuiltIn || !slices.ContainsFunc(users.Foreign, func(f string) bool { return strings.Contains(f, "S-1-5-11") }) {
		t.Errorf("Users: foreign %v, want Authenticated Users named", users.Foreign)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// records: each search says what it was, and the lines that repeat it count the
// same entries.
func (s *suite) records(t *testing.T) {
	bases := []directory.Base{{DN: s.ou}}
	scope := s.below("(!(cn=Lee*))")
	scope.Groups = []directory.Search{{Bases: bases, Filter: `(cn=Sales\2c all*)`}}
	scope.Devices = []directory.Search{{Bases: bases}}
	snapshot := s.read(t, scope, "givenName")
	base, err := s.dial(t, nil).CheckBase(t.Context(), s.Domain, s.ou)
	if err != nil {
		t.Fatal(err)
	}
	guid := base.GUID
	lines := s.lineRuns(t)
	for _, r := range snapshot.Reads {
		if r.Server == "" || r.HighestUSN <= 0 || r.Pages < 1 || r.Base == s.ou && r.BaseGUID != guid || r.BaseGUID == "" {
			t.Errorf("%+v", r)
		}
		if r.Kind == identity.ReadUsers {
			if r.Carried["userAccountControl"] != r.Entries || r.Carried["cn"] != r.Entries || r.Carried["mail"] >= r.Entries || r.Carried["givenName"] != 2 {
				t.Errorf("%d users carried %v", r.Entries, r.Carried)
			}
		}
		if !strings.HasPrefix(r.GetADObject, "Get-ADObject -Server '") || !strings.Contains(r.GetADObject, " -SearchScope Subtree -LDAPFilter '") {
			t.Errorf("PowerShell line %q", r.GetADObject)
		}
		if !lines {
			continue
		}
		out, err := s.typed(t, r.Ldapsearch).Output()
		if err != nil {
			t.Fatalf("%s\n%v", r.Ldapsearch, err)
		}
		if n := strings.Count("\n"+string(out), "\ndn:"); n != r.Entries {
			t.Errorf("%d entries, the line finds %d\n%s", r.Entries, n, r.Ldapsearch)
		}
	}
}

// lineRuns reports whether the lines for ldapsearch can be run here.
func (s *suite) lineRuns(t *testing.T) bool {
	t.Helper()
	if _, err := exec.LookPath("ldapsearch"); err != nil {
		t.Log("ldapsearch is not installed: its lines are not run (package ldap-utils)")
		return false
	}
	if s.Options.Bind != directory.BindIntegrated {
		return true
	}
	if found, _ := filepath.Glob("/usr/lib/*/sasl2/libgssapiv2.so"); len(found) == 0 {
		t.Log("ldapsearch has no GSSAPI here: its lines are not run (package libsasl2-modules-gssapi-mit)")
		return false
	}
	if err := exec.CommandContext(t.Context(), "unshare", "--mount", "true").Run(); err != nil {
		t.Logf("the controller's name resolves nowhere and may not be made to: no line is run: %v", err)
		return false
	}
	return true
}

// typed is a line as somebody types it, who is asked for the password where one
// is needed. Kerberos needs the name of the controller, which this one process
// finds in a table of hosts of its own.
func (s *suite) typed(t *testing.T, line string) *exec.Cmd {
	t.Helper()
	file := filepath.Join(t.TempDir(), "typed")
	cmd := exec.CommandContext(t.Context(), "sh", "-c", strings.Replace(line, " -W ", " -y "+file+" ", 1))
	if s.Options.Bind == directory.BindIntegrated {
		write(t, file, s.Options.Servers[0]+" "+s.Host+"\n")
		cmd = exec.CommandContext(t.Context(), "unshare", "--mount", "sh", "-c", `mount --bind "$0" /etc/hosts && exec sh -c "$1"`, file, line)
	} else {
		write(t, file, s.Options.Password())
	}
	cmd.Env = append(cmd.Environ(), "LDAPTLS_CACERT="+s.Options.CAFile)
	return cmd
}
