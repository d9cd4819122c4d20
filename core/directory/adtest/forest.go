package adtest

import (
	"maps"
	"path/filepath"
	"testing"
)

// Forest is a running forest of two domains, each on one controller, and beside
// it a forest that nothing connects with it.
type Forest struct {
	Root  *Controller // corp.example.com
	Child *Controller // child.corp.example.com, in the same forest
	Other *Controller // other.test

	// User and Admin log on to all three controllers with Password: there is no
	// trust between the domains, so each has accounts of these names. Admin is
	// an administrator of each domain.
	User, Admin string
}

// StartForest starts the three controllers. What o says of users and groups
// holds for the domain of the root.
func StartForest(t *testing.T, o Options) *Forest {
	t.Helper()
	precondition(t)
	dir := filepath.Join(t.TempDir(), "forest")
	ips := [3]string{address(t), address(t), address(t)}
	f := &Forest{
		Root:  controller(filepath.Join(dir, "root"), ips[0], "dc1", "corp.example.com", "CORP"),
		Child: controller(filepath.Join(dir, "child"), ips[1], "dc2", "child.corp.example.com", "CHILD"),
		Other: controller(filepath.Join(dir, "other"), ips[2], "dcx", "other.test", "OTHER"),
		User:  "svc@corp.example.com", Admin: "svcadmin@corp.example.com",
	}
	script := func(t *testing.T, name, folder string, env ...string) {
		t.Helper()
		run(t, name, append(env, "AD_DIR="+folder, "AD_IPS="+ips[0]+" "+ips[1]+" "+ips[2])...)
	}
	template(t, dir, "forest", func(folder string) { script(t, "forest_up.sh", folder, "AD_START=0") })
	if o.Users > 0 {
		f.Root.load(t, o)
	}
	env := append(o.env(), "AD_STDIN="+lifeline(t, t.TempDir()))
	for _, c := range f.All() {
		c.env = env
	}
	script(t, "forest_up.sh", dir, env...)
	t.Cleanup(func() { script(t, "forest_down.sh", dir) })
	for _, c := range f.All() {
		c.Account(t, "svc", map[string][]string{"userPrincipalName": {f.User}})
		dn, _ := c.Account(t, "svcadmin", map[string][]string{"userPrincipalName": {f.Admin}})
		c.AddValues(t, "CN=Domain Admins,CN=Users,"+c.Base, "member", dn)
	}
	return f
}

// All lists the controllers.
func (f *Forest) All() []*Controller { return []*Controller{f.Root, f.Child, f.Other} }

// Group makes a security group in CN=Users, global unless further says
// otherwise, and returns its DN.
func (c *Controller) Group(t *testing.T, name string, further map[string][]string, members ...string) string {
	t.Helper()
	dn := "CN=" + name + ",CN=Users," + c.Base
	attributes := map[string][]string{
		"objectClass": {"group"}, "sAMAccountName": {name}, "groupType": {"-2147483646"},
	}
	maps.Copy(attributes, further)
	if len(members) > 0 {
		attributes["member"] = members
	}
	c.Add(t, dn, attributes)
	return dn
}

// AddForeign adds objects of another forest to a group, by their SIDs, and
// returns the DNs of the foreign security principals that stand for them.
func (c *Controller) AddForeign(t *testing.T, group string, sids ...string) []string {
	t.Helper()
	c.python(t, "foreign.py", sids...)
	var principals []string
	for _, sid := range sids {
		principals = append(principals, "CN="+sid+",CN=ForeignSecurityPrincipals,"+c.Base)
	}
	c.AddValues(t, group, "member", principals...)
	return principals
}

// AddAbroad adds objects of another domain of the forest to a group.
func (c *Controller) AddAbroad(t *testing.T, group string, other *Controller, dns ...string) {
	t.Helper()
	c.python(t, "link.py", append([]string{group, other.dir}, dns...)...)
}
