package central

import (
	"strings"
	"time"

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

func (h head) key() string { return strings.ToLower(h.ID) }

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

// user is a directory user as the API writes it.
type user struct {
	head
	FirstName     string `json:"firstName"`
	LastName      string `json:"lastName"`
	Email         string `json:"email"`
	ExchangeLogin string `json:"exchangeLogin"`
}

func (u user) central() identity.CentralUser {
	return identity.CentralUser{
		ID:     u.key(),
		Source: identity.Source(u.Source.Type),
		Fields: identity.Fields{
			Name: u.Name, FirstName: u.FirstName, LastName: u.LastName,
			Email: u.Email, ExchangeLogin: u.ExchangeLogin,
		},
		CreatedAt: moment(u.CreatedAt),
		UpdatedAt: moment(u.UpdatedAt),
	}
}

// group is a directory user group as the API writes it, with a list of members
// that may be cut.
type group struct {
	head
	Description string `json:"description"`
	Users       struct {
		Total      *int `json:"total"`
		ItemsCount *int `json:"itemsCount"`
		Items      []struct {
			ID string `json:"id"`
		} `json:"items"`
	} `json:"users"`
}

func (g group) central() identity.CentralGroup {
	c := identity.CentralGroup{
		ID:        g.key(),
		Source:    identity.Source(g.Source.Type),
		Fields:    identity.Fields{Name: g.Name, Description: g.Description},
		Members:   []string{},
		CreatedAt: moment(g.CreatedAt),
		UpdatedAt: moment(g.UpdatedAt),
	}
	if g.Users.Total != nil {
		c.Total = *g.Users.Total
	}
	if ids, ok := g.embedded(); ok {
		c.Members, c.MembersKnown = ids, true
	}
	return c
}

// embedded is the list of members inside a group, where it is whole: from what
// size on Central cuts it is not known.
func (g group) embedded() ([]string, bool) {
	u := g.Users
	if u.Total == nil || u.ItemsCount == nil || u.Items == nil || *u.ItemsCount != *u.Total || len(u.Items) != *u.Total {
		return nil, false
	}
	ids := make([]string, 0, len(u.Items))
	seen := map[string]bool{}
	for _, item := range u.Items {
		id := strings.ToLower(item.ID)
		if id == "" || seen[id] {
			return nil, false
		}
		seen[id] = true
		ids = append(ids, id)
	}
	return ids, true
}
