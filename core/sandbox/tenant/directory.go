package tenant

import (
	"slices"
	"strings"
	"time"
)

// Source is where an object comes from.
type Source string

// The sources. Only what is custom can be written through the API.
const (
	SourceCustom          Source = "custom"
	SourceActiveDirectory Source = "activeDirectory"
	SourceEntra           Source = "azureActiveDirectory"
)

func (s Source) known() bool {
	return s == SourceCustom || s == SourceActiveDirectory || s == SourceEntra
}

// directory is what the tenant holds. Users and groups, and the members of both,
// are kept in the order of their ids, so that a page costs what it shows.
type directory struct {
	users   []*user
	groups  []*group
	byID    map[string]*user
	byEmail map[string]*user // lower case
	groupID map[string]*group
	byName  map[string]*group // lower case
}

func newDirectory() directory {
	return directory{
		byID: map[string]*user{}, byEmail: map[string]*user{},
		groupID: map[string]*group{}, byName: map[string]*group{},
	}
}

type user struct {
	id, name, firstName, lastName, email, exchangeLogin, domain string

	source               Source
	admin                bool // signs in to Central with the email
	groups               []*group
	createdAt, updatedAt time.Time
}

type group struct {
	id, name, description, domain string

	source               Source
	users                []*user
	createdAt, updatedAt time.Time
}

// object is what lists are made of.
type object interface {
	*user | *group
	key() string
	value(field string) string
	origin() (Source, string)
	born() time.Time
}

func (u *user) key() string { return u.id }

func (u *user) born() time.Time { return u.createdAt }

func (u *user) origin() (source Source, domain string) { return u.source, u.domain }

func (u *user) value(field string) string {
	switch field {
	case "id":
		return u.id
	case "name":
		return u.name
	case "firstName":
		return u.firstName
	case "lastName":
		return u.lastName
	case "email":
		return u.email
	case "exchangeLogin":
		return u.exchangeLogin
	case "createdAt":
		return stamp(u.createdAt)
	case "updatedAt":
		return stamp(u.updatedAt)
	}
	return ""
}

func (g *group) key() string { return g.id }

func (g *group) born() time.Time { return g.createdAt }

func (g *group) origin() (source Source, domain string) { return g.source, g.domain }

func (g *group) value(field string) string {
	switch field {
	case "id":
		return g.id
	case "name":
		return g.name
	case "description":
		return g.description
	case "createdAt":
		return stamp(g.createdAt)
	case "updatedAt":
		return stamp(g.updatedAt)
	}
	return ""
}

func position[T object](list []T, id string) (int, bool) {
	return slices.BinarySearchFunc(list, id, func(o T, id string) int { return strings.Compare(o.key(), id) })
}

// insert adds an object to a list in the order of ids; false where it is there.
func insert[T object](list *[]T, o T) bool {
	i, there := position(*list, o.key())
	if !there {
		*list = slices.Insert(*list, i, o)
	}
	return !there
}

// remove takes an object out of a list; false where it is not there.
func remove[T object](list *[]T, o T) bool {
	i, there := position(*list, o.key())
	if there {
		*list = slices.Delete(*list, i, i+1)
	}
	return there
}

// inOrder puts a list into the order of ids after a bulk of appends, each once.
func inOrder[T object](list []T) []T {
	slices.SortFunc(list, func(a, b T) int { return strings.Compare(a.key(), b.key()) })
	return slices.Compact(list)
}

func (d *directory) addUser(u *user) {
	insert(&d.users, u)
	d.byID[u.id] = u
	if u.email != "" {
		d.byEmail[strings.ToLower(u.email)] = u
	}
}

func (d *directory) setEmail(u *user, email string) {
	delete(d.byEmail, strings.ToLower(u.email))
	u.email = email
	d.byEmail[strings.ToLower(email)] = u
}

func (d *directory) dropUser(u *user) {
	for _, g := range u.groups {
		remove(&g.users, u)
	}
	remove(&d.users, u)
	delete(d.byID, u.id)
	delete(d.byEmail, strings.ToLower(u.email))
}

func (d *directory) addGroup(g *group) {
	insert(&d.groups, g)
	d.groupID[g.id] = g
	d.byName[strings.ToLower(g.name)] = g
}

func (d *directory) rename(g *group, name string) {
	delete(d.byName, strings.ToLower(g.name))
	g.name = name
	d.byName[strings.ToLower(name)] = g
}

func (d *directory) dropGroup(g *group) {
	for _, u := range g.users {
		remove(&u.groups, g)
	}
	remove(&d.groups, g)
	delete(d.groupID, g.id)
	delete(d.byName, strings.ToLower(g.name))
}

// join makes a user a member; false where it is one.
func join(u *user, g *group) bool {
	insert(&u.groups, g)
	return insert(&g.users, u)
}

// part ends a membership; false where there is none.
func part(u *user, g *group) bool {
	remove(&u.groups, g)
	return remove(&g.users, u)
}
