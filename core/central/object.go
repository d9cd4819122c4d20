package central

import (
	"strings"
	"time"
	"unique"

	"adsync/core/identity"
)

// head is what users and groups have in common. Ids are compared without
// regard to case, so they are made lower case where they enter.
type head struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
	Source    struct {
		Type string `json:"type"`
	} `json:"source"`
	Tenant struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"tenant"`
}

func (h head) key() string { return same(h.ID) }

func (h head) tenant() (id, name string) {
	return strings.ToLower(h.Tenant.ID), h.Tenant.Name
}

// lacking names id and source: without the one an object cannot be spoken of,
// without the other it is not known whether it may be written.
func (h head) lacking() string {
	switch {
	case h.ID == "":
		return "id"
	case h.Source.Type == "":
		return "source.type"
	}
	return ""
}

// moment is a time of Central, zero where there is none that can be read.
func moment(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// embedded is a list of references inside an object. From what size on Central
// cuts it is not known.
type embedded struct {
	Total      *int `json:"total"`
	ItemsCount *int `json:"itemsCount"`
	Items      []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	} `json:"items"`
}

// read returns what the list says; of one that contradicts itself nothing.
func (e embedded) read() identity.Embedded {
	if e.Total == nil || *e.Total < 0 {
		return identity.Embedded{}
	}
	r := identity.Embedded{Total: *e.Total, Counted: true}
	if e.Items == nil && r.Total > 0 {
		return r // it says how many there are, and shows none
	}
	if len(e.Items) > r.Total || e.ItemsCount != nil && *e.ItemsCount != len(e.Items) {
		return identity.Embedded{}
	}
	r.Shown = make([]string, 0, len(e.Items))
	seen := map[string]bool{}
	for _, item := range e.Items {
		id := same(item.ID)
		if id == "" || seen[id] {
			return identity.Embedded{}
		}
		seen[id] = true
		r.Shown = append(r.Shown, id)
	}
	return r
}

// same is an id in lower case, and one copy of it for all that name it: a hundred
// thousand users name the same few groups.
func same(id string) string { return unique.Make(strings.ToLower(id)).Value() }

// user is a directory user as the API writes it.
type user struct {
	head
	FirstName     string   `json:"firstName"`
	LastName      string   `json:"lastName"`
	Email         string   `json:"email"`
	ExchangeLogin string   `json:"exchangeLogin"`
	Groups        embedded `json:"groups"`
}

func (u user) central() identity.CentralUser {
	return identity.CentralUser{
		ID:     u.key(),
		Source: identity.Source(u.Source.Type),
		Fields: identity.Fields{
			Name: u.Name, FirstName: u.FirstName, LastName: u.LastName,
			Email: u.Email, ExchangeLogin: u.ExchangeLogin,
		},
		Groups:    u.Groups.read(),
		CreatedAt: moment(u.CreatedAt),
		UpdatedAt: moment(u.UpdatedAt),
	}
}

// group is a directory user group as the API writes it.
type group struct {
	head
	Description string   `json:"description"`
	Users       embedded `json:"users"`
}

func (g group) central() identity.CentralGroup {
	c := identity.CentralGroup{
		ID:        g.key(),
		Source:    identity.Source(g.Source.Type),
		Fields:    identity.Fields{Name: g.Name, Description: g.Description},
		Members:   []string{},
		Users:     g.Users.read(),
		CreatedAt: moment(g.CreatedAt),
		UpdatedAt: moment(g.UpdatedAt),
	}
	if g.Users.Total != nil {
		c.Total = *g.Users.Total
	}
	if c.Users.Whole() {
		c.Members, c.MembersKnown = append(c.Members, c.Users.Shown...), true
	}
	return c
}

// reference is a user or a group of which nothing but the id is asked for. The
// other fields come all the same where Central does not answer in part.
type reference struct {
	user
	Description string   `json:"description"`
	Users       embedded `json:"users"`
}

func (r reference) lacking() string {
	if r.ID == "" {
		return "id"
	}
	return ""
}
