package adtest

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/go-ldap/ldap/v3"
)

func (c *Controller) do(t *testing.T, what string, change func(*ldap.Conn) error) {
	t.Helper()
	conn := c.Conn(t)
	defer func() { _ = conn.Close() }()
	if err := change(conn); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

// Add makes an object.
func (c *Controller) Add(t *testing.T, dn string, attributes map[string][]string) {
	t.Helper()
	c.do(t, "add "+dn, func(conn *ldap.Conn) error {
		request := ldap.NewAddRequest(dn, nil)
		for name, values := range attributes {
			request.Attribute(name, values)
		}
		return conn.Add(request)
	})
}

// Set replaces an attribute; without values it is taken away.
func (c *Controller) Set(t *testing.T, dn, attribute string, values ...string) {
	t.Helper()
	c.do(t, "set "+attribute+" of "+dn, func(conn *ldap.Conn) error {
		request := ldap.NewModifyRequest(dn, nil)
		request.Replace(attribute, values)
		return conn.Modify(request)
	})
}

// AddValues adds values to an attribute, such as members to a group.
func (c *Controller) AddValues(t *testing.T, dn, attribute string, values ...string) {
	t.Helper()
	c.do(t, "add to "+attribute+" of "+dn, func(conn *ldap.Conn) error {
		request := ldap.NewModifyRequest(dn, nil)
		request.Add(attribute, values)
		return conn.Modify(request)
	})
}

// RemoveValues takes values from an attribute.
func (c *Controller) RemoveValues(t *testing.T, dn, attribute string, values ...string) {
	t.Helper()
	c.do(t, "remove from "+attribute+" of "+dn, func(conn *ldap.Conn) error {
		request := ldap.NewModifyRequest(dn, nil)
		request.Delete(attribute, values)
		return conn.Modify(request)
	})
}

// Move renames an object to rdn ("CN=New Name") and, where parent is not empty,
// moves it below parent. It returns the new DN.
func (c *Controller) Move(t *testing.T, dn, rdn, parent string) string {
	t.Helper()
	c.do(t, "move "+dn, func(conn *ldap.Conn) error {
		return conn.ModifyDN(ldap.NewModifyDNRequest(dn, rdn, true, parent))
	})
	if parent == "" {
		_, parent, _ = strings.Cut(dn, ",")
	}
	return rdn + "," + parent
}

// Delete removes an object; it goes to the deleted objects.
func (c *Controller) Delete(t *testing.T, dn string) {
	t.Helper()
	c.do(t, "delete "+dn, func(conn *ldap.Conn) error { return conn.Del(ldap.NewDelRequest(dn, nil)) })
}

// Account makes a user in CN=Users who can log on with Password, changed by the
// further attributes, and returns the DN and the name to log on with.
func (c *Controller) Account(t *testing.T, name string, further map[string][]string) (dn, user string) {
	t.Helper()
	dn, user = "CN="+name+",CN=Users,"+c.Base, name+"@"+c.Domain
	attributes := map[string][]string{
		"objectClass": {"user"}, "sAMAccountName": {name}, "userPrincipalName": {user},
		"userAccountControl": {"512"}, "unicodePwd": {quoted(Password)},
	}
	maps.Copy(attributes, further)
	c.Add(t, dn, attributes)
	return dn, user
}

// TrustAccount makes the account of a trust with another domain.
func (c *Controller) TrustAccount(t *testing.T, netbios string) {
	t.Helper()
	c.python(t, "trust.py", netbios)
}

// quoted is the form in which unicodePwd takes a password (MS-ADTS 3.1.1.3.1.5).
func quoted(password string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(`"` + password + `"`)) {
		b.WriteByte(byte(unit))
		b.WriteByte(byte(unit >> 8))
	}
	return b.String()
}

// Read returns one attribute of an object as the Administrator sees it.
func (c *Controller) Read(t *testing.T, dn, attribute string) []string {
	t.Helper()
	var values []string
	c.do(t, "read "+dn, func(conn *ldap.Conn) error {
		reply, err := conn.Search(ldap.NewSearchRequest(dn, ldap.ScopeBaseObject, ldap.NeverDerefAliases, 0, 0, false,
			"(objectClass=*)", []string{attribute}, nil))
		if err != nil {
			return err
		}
		if len(reply.Entries) != 1 {
			return fmt.Errorf("%d entries", len(reply.Entries))
		}
		values = reply.Entries[0].GetAttributeValues(attribute)
		return nil
	})
	return values
}
