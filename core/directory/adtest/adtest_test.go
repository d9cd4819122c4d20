package adtest_test

import (
	"os"
	"testing"

	"adsync/core/directory/adtest"

	"github.com/go-ldap/ldap/v3"
)

// TestForest shows that the test bed is what its comments promise.
func TestForest(t *testing.T) {
	f := adtest.StartForest(t, adtest.Options{})
	contexts := map[string]string{}
	for _, c := range f.All() {
		for _, user := range []string{f.User, f.Admin} {
			conn := c.ConnAs(t, user)
			reply, err := conn.Search(ldap.NewSearchRequest("", ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
				"(objectClass=*)", []string{"defaultNamingContext", "configurationNamingContext", "dnsHostName"}, nil))
			_ = conn.Close()
			if err != nil || len(reply.Entries) != 1 || reply.Entries[0].GetAttributeValue("defaultNamingContext") != c.Base ||
				reply.Entries[0].GetAttributeValue("dnsHostName") != c.Host {
				t.Fatalf("rootDSE of %s as %s: %v (%v)", c.Domain, user, reply, err)
			}
			contexts[c.Domain] = reply.Entries[0].GetAttributeValue("configurationNamingContext")
		}
	}
	if contexts[f.Root.Domain] != contexts[f.Child.Domain] || contexts[f.Root.Domain] == contexts[f.Other.Domain] {
		t.Errorf("one forest and another: %v", contexts)
	}
	for _, name := range f.Root.Read(t, "CN=CHILD,CN=Partitions,"+contexts[f.Root.Domain], "nCName") {
		if name != f.Child.Base {
			t.Errorf("the child is known as %s", name)
		}
	}
	group := f.Root.Group(t, "abroad", map[string][]string{"groupType": {"-2147483644"}})
	foreign := f.Root.AddForeign(t, group, "S-1-5-21-1-2-3-1105")
	if members := f.Root.Read(t, group, "member"); len(members) != 1 || members[0] != foreign[0] {
		t.Errorf("members %v, want %s", members, foreign)
	}
}

func TestKerberos(t *testing.T) {
	c := adtest.Start(t, adtest.Options{Kerberos: true})
	_, _ = c.Account(t, "svc", nil)
	for what, file := range map[string]string{"ticket": c.Ticket(t, "svc"), "keytab": c.Keytab(t, "svc")} {
		if info, err := os.Stat(file); err != nil || info.Size() < 100 {
			t.Errorf("%s: %v (%v)", what, info, err)
		}
	}
}
