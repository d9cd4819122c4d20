package central

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
)

const (
	usersPath  = "/common/v1/directory/users"
	groupsPath = "/common/v1/directory/user-groups"
	// maxIDs is how many ids are asked for in one call: the URL must not grow
	// too long.
	maxIDs = 50
)

// Users reads all users of the tenant, whatever their source.
func (c *Client) Users(ctx context.Context) ([]identity.CentralUser, error) {
	return c.users(ctx, list{doing: "reading the users of Sophos Central", route: usersPath, path: usersPath})
}

// Groups reads all user groups of the tenant. The members of a group are known
// only where Central showed all of them; otherwise ask Members.
func (c *Client) Groups(ctx context.Context) ([]identity.CentralGroup, error) {
	return c.groups(ctx, list{doing: "reading the groups of Sophos Central", route: groupsPath, path: groupsPath})
}

// Members reads the ids of all members of a group.
func (c *Client) Members(ctx context.Context, groupID string) ([]string, error) {
	return c.references(ctx, list{
		doing: "reading the members of the group " + groupID,
		route: groupsPath + "/{id}/users",
		path:  groupsPath + "/" + url.PathEscape(groupID) + "/users",
	})
}

// Memberships reads the ids of all groups that a user is in. The groups come
// whole: that this list answers in part (fields=) stands in no document of the API.
func (c *Client) Memberships(ctx context.Context, userID string) ([]string, error) {
	return whole(ctx, c, list{
		doing: "reading the groups of the user " + userID,
		route: usersPath + "/{id}/groups",
		path:  usersPath + "/" + url.PathEscape(userID) + "/groups",
	}, reference.key)
}

// UsersByID reads users by their ids, many in one call. An id that is not in
// the answer is not in Central.
func (c *Client) UsersByID(ctx context.Context, ids []string) (map[string]identity.CentralUser, error) {
	return byID(ids, func(q url.Values) ([]identity.CentralUser, error) {
		return c.users(ctx, list{doing: "reading users by id", route: usersPath, path: usersPath, query: q})
	}, func(u identity.CentralUser) string { return u.ID })
}

// GroupsByID reads groups by their ids, as UsersByID does.
func (c *Client) GroupsByID(ctx context.Context, ids []string) (map[string]identity.CentralGroup, error) {
	return byID(ids, func(q url.Values) ([]identity.CentralGroup, error) {
		return c.groups(ctx, list{doing: "reading groups by id", route: groupsPath, path: groupsPath, query: q})
	}, func(g identity.CentralGroup) string { return g.ID })
}

// byID reads in batches. The result has the ids as they were asked for.
func byID[T any](ids []string, read func(url.Values) ([]T, error), id func(T) string) (map[string]T, error) {
	asked := map[string][]string{} // lower case -> as asked for
	var unique []string
	for _, i := range ids {
		low := strings.ToLower(i)
		if asked[low] == nil {
			unique = append(unique, low)
		}
		asked[low] = append(asked[low], i)
	}
	found := make(map[string]T, len(unique))
	for batch := range slices.Chunk(unique, maxIDs) {
		items, err := read(url.Values{"ids": {strings.Join(batch, ",")}})
		if err != nil {
			return nil, err
		}
		for _, item := range items {
			if !slices.Contains(batch, id(item)) {
				return nil, fault.New("central.malformed",
					"reading by id: "+id(item)+" came and was not asked for",
					fault.Hint("Sophos Central did not regard the ids; nothing is decided from such a reply"))
			}
			for _, as := range asked[id(item)] {
				found[as] = item
			}
		}
	}
	return found, nil
}

// FindUser looks for the user with a mail address; where email is "", for the
// one with an Exchange login, because names repeat. It is nil where there is none.
func (c *Client) FindUser(ctx context.Context, email, exchangeLogin string) (*identity.CentralUser, error) {
	field, want := "email", email
	if want == "" {
		field, want = "exchangeLogin", exchangeLogin
	}
	if want == "" {
		return nil, fault.New("internal.request", "a user cannot be looked for without mail address and login")
	}
	found, err := c.users(ctx, list{
		doing: "looking for the user with " + field + " " + want,
		route: usersPath, path: usersPath, query: search(field, want),
	})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(u identity.CentralUser) bool {
		has := u.Fields.Email
		if field == "exchangeLogin" {
			has = u.Fields.ExchangeLogin
		}
		return !strings.EqualFold(has, want)
	})
	return one(found, "user", field+" "+want)
}

// FindGroup looks for the group with a name. It is nil where there is none.
func (c *Client) FindGroup(ctx context.Context, name string) (*identity.CentralGroup, error) {
	found, err := c.groups(ctx, list{
		doing: "looking for the group " + name,
		route: groupsPath, path: groupsPath, query: search("name", name),
	})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(g identity.CentralGroup) bool {
		return !strings.EqualFold(g.Fields.Name, name)
	})
	return one(found, "group", "name "+name)
}

// search asks Central for terms; what comes back is compared here, because it
// matches parts of a value too.
func search(field, text string) url.Values {
	return url.Values{"search": {text}, "searchFields": {field}}
}

func one[T any](found []T, kind, by string) (*T, error) {
	switch len(found) {
	case 0:
		return nil, nil // nil is the answer: there is none
	case 1:
		return &found[0], nil
	default:
		return nil, fault.New("central.ambiguous", fmt.Sprintf("Sophos Central has %d %ss with the %s", len(found), kind, by))
	}
}

func (c *Client) users(ctx context.Context, l list) ([]identity.CentralUser, error) {
	return whole(ctx, c, l, user.central)
}

func (c *Client) groups(ctx context.Context, l list) ([]identity.CentralGroup, error) {
	return whole(ctx, c, l, group.central)
}
