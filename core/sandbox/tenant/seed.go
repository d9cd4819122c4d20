package tenant

import (
	"cmp"
	"strings"
	"time"

	"adsync/core/fault"
)

// User is a directory user as the tenant holds it.
type User struct {
	ID            string    `json:"id"` // "" when seeded: a new one
	Name          string    `json:"name"`
	FirstName     string    `json:"firstName,omitempty"`
	LastName      string    `json:"lastName,omitempty"`
	Email         string    `json:"email,omitempty"`
	ExchangeLogin string    `json:"exchangeLogin,omitempty"`
	Domain        string    `json:"domain,omitempty"`
	Source        Source    `json:"source"`           // "" when seeded: custom
	Admin         bool      `json:"admin,omitempty"`  // signs in with the address
	Groups        []string  `json:"groups,omitempty"` // ids, sorted
	CreatedAt     time.Time `json:"createdAt"`        // zero when seeded: now
	UpdatedAt     time.Time `json:"updatedAt"`        // zero when seeded: CreatedAt
}

// Group is a user group as the tenant holds it.
type Group struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description,omitempty"`
	Domain      string    `json:"domain,omitempty"`
	Source      Source    `json:"source"`
	Members     []string  `json:"members,omitempty"` // ids of users, sorted
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

// Seed adds objects past the API: of any source, with memberships named from
// either side or both. New ids are set in the slices given. The rules of
// uniqueness hold, and an error means that nothing was added.
func (t *Tenant) Seed(users []User, groups []Group) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range users {
		u := &users[i]
		u.ID, u.Source = cmp.Or(strings.ToLower(u.ID), t.o.NewID()), cmp.Or(u.Source, SourceCustom)
	}
	for i := range groups {
		g := &groups[i]
		g.ID, g.Source = cmp.Or(strings.ToLower(g.ID), t.o.NewID()), cmp.Or(g.Source, SourceCustom)
	}
	if err := t.dir.admits(users, groups); err != nil {
		return err
	}
	t.dir.take(users, groups, t.Now())
	return nil
}

// admits checks that objects fit to what is there and to one another.
func (d *directory) admits(users []User, groups []Group) error {
	ids, emails, names := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, u := range users {
		email := strings.ToLower(u.Email)
		switch {
		case u.Name == "":
			return fault.New("sandbox.seed", "user "+u.ID+" has no name")
		case ids[u.ID] || d.byID[u.ID] != nil:
			return fault.New("sandbox.seed", "user "+u.ID+" is there twice")
		case email != "" && (emails[email] || d.byEmail[email] != nil):
			return fault.New("sandbox.seed", "the address "+u.Email+" is there twice")
		}
		ids[u.ID], emails[email] = true, true
	}
	groupIDs := map[string]bool{}
	for _, g := range groups {
		name := strings.ToLower(g.Name)
		switch {
		case g.Name == "":
			return fault.New("sandbox.seed", "group "+g.ID+" has no name")
		case groupIDs[g.ID] || d.groupID[g.ID] != nil:
			return fault.New("sandbox.seed", "group "+g.ID+" is there twice")
		case names[name] || d.byName[name] != nil:
			return fault.New("sandbox.seed", "the group name "+g.Name+" is there twice")
		}
		groupIDs[g.ID], names[name] = true, true
		for _, id := range g.Members {
			if !ids[id] && d.byID[id] == nil {
				return fault.New("sandbox.seed", "group "+g.Name+" has the unknown member "+id)
			}
		}
	}
	for _, u := range users {
		for _, id := range u.Groups {
			if !groupIDs[id] && d.groupID[id] == nil {
				return fault.New("sandbox.seed", "user "+u.Name+" is in the unknown group "+id)
			}
		}
	}
	return nil
}

// take adds many objects and puts every list that grew into order once.
func (d *directory) take(users []User, groups []Group, now time.Time) {
	grownUsers, grownGroups := map[*user]bool{}, map[*group]bool{}
	pair := func(u *user, g *group) {
		u.groups, g.users = append(u.groups, g), append(g.users, u)
		grownUsers[u], grownGroups[g] = true, true
	}
	for _, g := range groups {
		n := &group{id: g.ID, name: g.Name, description: g.Description, domain: g.Domain, source: g.Source}
		n.createdAt = firstTime(g.CreatedAt, now)
		n.updatedAt = firstTime(g.UpdatedAt, n.createdAt)
		d.groups, d.groupID[n.id], d.byName[strings.ToLower(n.name)] = append(d.groups, n), n, n
	}
	for _, u := range users {
		n := &user{
			id: u.ID, name: u.Name, firstName: u.FirstName, lastName: u.LastName, email: u.Email,
			exchangeLogin: u.ExchangeLogin, domain: u.Domain, source: u.Source, admin: u.Admin,
		}
		n.createdAt = firstTime(u.CreatedAt, now)
		n.updatedAt = firstTime(u.UpdatedAt, n.createdAt)
		d.users, d.byID[n.id] = append(d.users, n), n
		if n.email != "" {
			d.byEmail[strings.ToLower(n.email)] = n
		}
		for _, id := range u.Groups {
			pair(n, d.groupID[id])
		}
	}
	for _, g := range groups {
		for _, id := range g.Members {
			pair(d.byID[id], d.groupID[g.ID])
		}
	}
	d.users, d.groups = inOrder(d.users), inOrder(d.groups)
	for u := range grownUsers {
		u.groups = inOrder(u.groups)
	}
	for g := range grownGroups {
		g.users = inOrder(g.users)
	}
}

func firstTime(at, otherwise time.Time) time.Time {
	if at.IsZero() {
		return otherwise
	}
	return at
}

// Drop removes users and groups of any source past the API, as a person in the
// console would; unknown ids are passed over.
func (t *Tenant) Drop(ids ...string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, id := range ids {
		if u := t.dir.byID[id]; u != nil {
			t.dir.dropUser(u)
		}
		if g := t.dir.groupID[id]; g != nil {
			t.dir.dropGroup(g)
		}
	}
}

// Users returns all users in the order of their ids.
func (t *Tenant) Users() []User {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]User, 0, len(t.dir.users))
	for _, u := range t.dir.users {
		all = append(all, User{
			ID: u.id, Name: u.name, FirstName: u.firstName, LastName: u.lastName, Email: u.email,
			ExchangeLogin: u.exchangeLogin, Domain: u.domain, Source: u.source, Admin: u.admin,
			Groups: idsOf(u.groups), CreatedAt: u.createdAt, UpdatedAt: u.updatedAt,
		})
	}
	return all
}

// Groups returns all groups in the order of their ids.
func (t *Tenant) Groups() []Group {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Group, 0, len(t.dir.groups))
	for _, g := range t.dir.groups {
		all = append(all, Group{
			ID: g.id, Name: g.name, Description: g.description, Domain: g.domain, Source: g.source,
			Members: idsOf(g.users), CreatedAt: g.createdAt, UpdatedAt: g.updatedAt,
		})
	}
	return all
}

func idsOf[T object](list []T) []string {
	var ids []string
	for _, o := range list {
		ids = append(ids, o.key())
	}
	return ids
}
