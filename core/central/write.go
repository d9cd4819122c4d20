package central

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
)

// How many ids one membership call takes. What Central allows at most is not
// known.
const (
	MaxAdd    = 100
	MaxRemove = 50
)

// Writer is a Client that may also write. It is a type of its own so that what
// makes plans can be handed one that cannot.
//
// An error with code central.unclear (Error.Unclear) means that the write was
// sent and nobody knows whether it took effect. It has not been repeated.
type Writer struct{ *Client }

// Writer gives the client its writes.
func (c *Client) Writer() *Writer { return &Writer{c} }

// userBody holds the fields of a user; what is empty is not sent, an empty text
// is refused by Central and clears nothing.
type userBody struct {
	Name          string   `json:"name,omitempty"`
	FirstName     string   `json:"firstName,omitempty"`
	LastName      string   `json:"lastName,omitempty"`
	Email         string   `json:"email,omitempty"`
	ExchangeLogin string   `json:"exchangeLogin,omitempty"`
	GroupIDs      []string `json:"groupIds,omitempty"`
}

type groupBody struct {
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`
}

type idsBody struct {
	IDs []string `json:"ids"`
}

func newUserBody(f identity.Fields) userBody {
	return userBody{Name: f.Name, FirstName: f.FirstName, LastName: f.LastName, Email: f.Email, ExchangeLogin: f.ExchangeLogin}
}

// CreateUser makes a user, a member of groups from the start.
func (w *Writer) CreateUser(ctx context.Context, f identity.Fields, groupIDs []string) (identity.CentralUser, error) {
	body := newUserBody(f)
	body.GroupIDs = groupIDs
	var u user
	err := w.write(ctx, request{
		doing: "creating the user " + f.Name, method: http.MethodPost,
		route: usersPath, path: usersPath, body: body,
	}, &u)
	if err != nil {
		return identity.CentralUser{}, err
	}
	return u.central(), nil
}

// UpdateUser sets the fields that are not empty.
func (w *Writer) UpdateUser(ctx context.Context, id string, f identity.Fields) (identity.CentralUser, error) {
	q := request{
		doing: "updating the user " + id, method: http.MethodPatch,
		route: usersPath + "/{id}", path: usersPath + "/" + url.PathEscape(id), body: newUserBody(f),
	}
	f.Description = ""
	if f == (identity.Fields{}) {
		return identity.CentralUser{}, nothing(q)
	}
	var u user
	if err := w.write(ctx, q, &u); err != nil {
		return identity.CentralUser{}, err
	}
	return u.central(), nil
}

// DeleteUser removes a user. One that is not there is no error, Central answers
// the same then.
func (w *Writer) DeleteUser(ctx context.Context, id string) error {
	return w.remove(ctx, request{
		doing: "deleting the user " + id, method: http.MethodDelete,
		route: usersPath + "/{id}", path: usersPath + "/" + url.PathEscape(id),
	})
}

// CreateGroup makes an empty group.
func (w *Writer) CreateGroup(ctx context.Context, f identity.Fields) (identity.CentralGroup, error) {
	var g group
	err := w.write(ctx, request{
		doing: "creating the group " + f.Name, method: http.MethodPost,
		route: groupsPath, path: groupsPath, body: groupBody{f.Name, f.Description},
	}, &g)
	if err != nil {
		return identity.CentralGroup{}, err
	}
	return g.central(), nil
}

// UpdateGroup sets name and description where they are not empty.
func (w *Writer) UpdateGroup(ctx context.Context, id string, f identity.Fields) (identity.CentralGroup, error) {
	q := request{
		doing: "updating the group " + id, method: http.MethodPatch,
		route: groupsPath + "/{id}", path: groupsPath + "/" + url.PathEscape(id), body: groupBody{f.Name, f.Description},
	}
	if f.Name == "" && f.Description == "" {
		return identity.CentralGroup{}, nothing(q)
	}
	var g group
	if err := w.write(ctx, q, &g); err != nil {
		return identity.CentralGroup{}, err
	}
	return g.central(), nil
}

// DeleteGroup removes an empty group.
func (w *Writer) DeleteGroup(ctx context.Context, id string) error {
	return w.remove(ctx, request{
		doing: "deleting the group " + id, method: http.MethodDelete,
		route: groupsPath + "/{id}", path: groupsPath + "/" + url.PathEscape(id),
	})
}

// AddMembers adds at most MaxAdd users to a group, in one call.
func (w *Writer) AddMembers(ctx context.Context, groupID string, userIDs []string) error {
	q := request{
		doing: fmt.Sprintf("adding %d members to the group %s", len(userIDs), groupID), method: http.MethodPost,
		route: groupsPath + "/{id}/users", path: groupsPath + "/" + url.PathEscape(groupID) + "/users",
		body: idsBody{userIDs},
	}
	if err := batch(q, userIDs, MaxAdd); err != nil {
		return err
	}
	var done struct {
		Added []head `json:"addedUsers"`
	}
	return w.call(ctx, q, &done)
}

// RemoveMembers removes at most MaxRemove users from a group, in one call. Users
// that are not there are no error.
func (w *Writer) RemoveMembers(ctx context.Context, groupID string, userIDs []string) error {
	q := request{
		doing: fmt.Sprintf("removing %d members from the group %s", len(userIDs), groupID), method: http.MethodDelete,
		route: groupsPath + "/{id}/users", path: groupsPath + "/" + url.PathEscape(groupID) + "/users",
		query: url.Values{"ids": {strings.Join(userIDs, ",")}},
	}
	if err := batch(q, userIDs, MaxRemove); err != nil {
		return err
	}
	var done struct {
		Removed []head `json:"removedUsers"`
	}
	return w.call(ctx, q, &done)
}

// AddToGroups makes a user a member of at most MaxAdd groups, in one call.
func (w *Writer) AddToGroups(ctx context.Context, userID string, groupIDs []string) error {
	q := request{
		doing: fmt.Sprintf("adding the user %s to %d groups", userID, len(groupIDs)), method: http.MethodPost,
		route: usersPath + "/{id}/groups", path: usersPath + "/" + url.PathEscape(userID) + "/groups",
		body: idsBody{groupIDs},
	}
	if err := batch(q, groupIDs, MaxAdd); err != nil {
		return err
	}
	var done struct {
		Added []head `json:"addedToGroups"`
	}
	return w.call(ctx, q, &done)
}

// RemoveFromGroups takes a user out of at most MaxRemove groups, in one call.
// Groups that the user is not in are no error.
func (w *Writer) RemoveFromGroups(ctx context.Context, userID string, groupIDs []string) error {
	q := request{
		doing: fmt.Sprintf("taking the user %s out of %d groups", userID, len(groupIDs)), method: http.MethodDelete,
		route: usersPath + "/{id}/groups", path: usersPath + "/" + url.PathEscape(userID) + "/groups",
		query: url.Values{"ids": {strings.Join(groupIDs, ",")}},
	}
	if err := batch(q, groupIDs, MaxRemove); err != nil {
		return err
	}
	var done struct {
		Removed []head `json:"removedFromGroups"`
	}
	return w.call(ctx, q, &done)
}

// write makes a call that answers with the object.
func (w *Writer) write(ctx context.Context, q request, out entry) error {
	to, err := w.region(ctx)
	if err != nil {
		return err
	}
	r, err := w.send(ctx, to, q, out)
	if err != nil {
		return err
	}
	if field := out.lacking(); field != "" {
		return w.malformed(q, r, "the object that came back has no "+field)
	}
	return nil
}

// remove makes a call that answers whether the object is gone.
func (w *Writer) remove(ctx context.Context, q request) error {
	to, err := w.region(ctx)
	if err != nil {
		return err
	}
	var done struct {
		Deleted *bool `json:"deleted"`
	}
	r, err := w.send(ctx, to, q, &done)
	if err != nil {
		return err
	}
	if done.Deleted == nil || !*done.Deleted {
		return w.malformed(q, r, "the reply does not say that it is deleted")
	}
	return nil
}

func nothing(q request) error {
	return fault.New("internal.request", q.doing+": no field is given, and an empty one is not sent")
}

// batch refuses a number of ids that one call cannot carry.
func batch(q request, ids []string, most int) error {
	if len(ids) == 0 || len(ids) > most {
		return fault.New("internal.request", fmt.Sprintf("%s: one call takes between 1 and %d", q.doing, most))
	}
	return nil
}
