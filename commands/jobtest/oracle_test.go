package jobtest

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-ldap/ldap/v3"
	"github.com/google/go-cmp/cmp"
)

// person and team are what Central should hold, and what it holds.
type person struct {
	Name, First, Last, Email string
	Teams                    []string
}

type team struct {
	Description string
	Size        int
}

type content struct {
	People map[string]person // by exchangeLogin
	Teams  map[string]team   // by name
}

// wanted reads the directory by other means than the program does (one search,
// no pages, members by name) and says what Central should hold.
func (w *world) wanted(t *testing.T) content {
	t.Helper()
	conn := w.dc.Conn(t)
	defer func() { _ = conn.Close() }()
	c := content{People: map[string]person{}, Teams: map[string]team{}}
	login := map[string]string{}     // DN of a person, folded -> exchangeLogin
	primary := map[string][]string{} // RID -> exchangeLogin
	for _, e := range find(t, conn, w.people, "(sAMAccountType=805306368)",
		"displayName", "cn", "givenName", "sn", "mail", "sAMAccountName", "userAccountControl", "primaryGroupID", "memberOf", "accountExpires") {
		if w.left(e) {
			continue
		}
		account := e.GetAttributeValue("sAMAccountName")
		p := person{e.GetAttributeValue("displayName"), e.GetAttributeValue("givenName"), e.GetAttributeValue("sn"), e.GetAttributeValue("mail"), nil}
		if p.Name == "" {
			p.Name = e.GetAttributeValue("cn")
		}
		if p.Email == "" {
			p.Email = w.kept[account]
		}
		who := `CORP\` + account
		login[strings.ToLower(e.DN)], c.People[who] = who, p
		rid := e.GetAttributeValue("primaryGroupID")
		primary[rid] = append(primary[rid], who)
	}
	groups := map[string]*ldap.Entry{}
	for _, e := range find(t, conn, w.dc.Base, "(objectClass=group)", "cn", "description", "member", "primaryGroupToken") {
		groups[strings.ToLower(e.DN)] = e
	}
	for _, e := range groups {
		members := map[string]bool{}
		reach(groups, login, primary, e, members, map[string]bool{})
		if len(members) == 0 {
			continue
		}
		name := e.GetAttributeValue("cn")
		c.Teams[name] = team{e.GetAttributeValue("description"), len(members)}
		for who := range members {
			p := c.People[who]
			p.Teams = append(p.Teams, name)
			c.People[who] = p
		}
	}
	return c.sorted()
}

// longAgo is an accountExpires of 2015.
const longAgo = "130959936000000000"

// left says of somebody below the base that the scope leaves them out.
func (w *world) left(e *ldap.Entry) bool {
	member := slices.ContainsFunc(e.GetAttributeValues("memberOf"), func(dn string) bool {
		return strings.EqualFold(dn, w.filter) || w.inner != "" && strings.EqualFold(dn, w.inner)
	})
	control, err := strconv.Atoi(e.GetAttributeValue("userAccountControl"))
	const disabled = 2
	if w.expired && e.GetAttributeValue("accountExpires") == longAgo {
		return true
	}
	return err != nil || control&disabled != 0 || (w.filter != "" && !member)
}

func reach(groups map[string]*ldap.Entry, login map[string]string, primary map[string][]string, e *ldap.Entry, members, seen map[string]bool) {
	if seen[e.DN] {
		return
	}
	seen[e.DN] = true
	for _, who := range primary[e.GetAttributeValue("primaryGroupToken")] {
		members[who] = true
	}
	for _, dn := range e.GetAttributeValues("member") {
		key := strings.ToLower(dn)
		if who, ok := login[key]; ok {
			members[who] = true
		} else if inner, ok := groups[key]; ok {
			reach(groups, login, primary, inner, members, seen)
		}
	}
}

func find(t *testing.T, conn *ldap.Conn, base, filter string, attributes ...string) []*ldap.Entry {
	t.Helper()
	reply, err := conn.Search(ldap.NewSearchRequest(base, ldap.ScopeWholeSubtree, ldap.NeverDerefAliases, 0, 0, false, filter, attributes, nil))
	if err != nil {
		t.Fatalf("search %s below %s: %v", filter, base, err)
	}
	return reply.Entries
}

func (c content) sorted() content {
	for _, p := range c.People {
		slices.Sort(p.Teams)
	}
	return c
}

// held is what Central holds.
func (w *world) held() content {
	c := content{People: map[string]person{}, Teams: map[string]team{}}
	names := map[string]string{}
	for _, g := range w.central.Tenant.Groups() {
		names[g.ID] = g.Name
		c.Teams[g.Name] = team{g.Description, len(g.Members)}
	}
	for _, u := range w.central.Tenant.Users() {
		p := person{u.Name, u.FirstName, u.LastName, u.Email, nil}
		for _, id := range u.Groups {
			p.Teams = append(p.Teams, names[id])
		}
		c.People[u.ExchangeLogin] = p
	}
	return c.sorted()
}

// agree wants both sides to be the same.
func (w *world) agree(t *testing.T) {
	t.Helper()
	if d := cmp.Diff(w.wanted(t), w.held()); d != "" {
		t.Fatalf("Central (-directory +Central):\n%s", excerpt([]byte(d)))
	}
}
