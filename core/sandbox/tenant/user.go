package tenant

import (
	"net/http"
	"strings"
)

func (t *Tenant) listUsers(e *exchange) reply {
	all := t.dir.users
	switch q := e.query; {
	case q.ids != nil:
		all = chosen(q.ids, t.dir.byID)
		if q.group != "" {
			all = filterBy(all, func(u *user) bool { _, in := position(u.groups, q.group); return in })
		}
	case q.group != "":
		all = nil // of an unknown group there are no members
		if g := t.dir.groupID[q.group]; g != nil {
			all = g.users
		}
	}
	return list(t, e, all, (*Tenant).viewUser)
}

func (t *Tenant) oneUser(e *exchange) reply {
	u := t.dir.byID[e.vars["userId"]]
	if u == nil {
		return noUser()
	}
	return accepted(http.StatusOK, partial(t.viewUser(u), e.query.fields))
}

func (t *Tenant) createUser(e *exchange) reply {
	groups, ok := every(e.body.ids, t.dir.groupID)
	if !ok {
		return refusal(http.StatusNotFound, "a group does not exist")
	}
	if anyManaged(groups) {
		return managed("a group")
	}
	texts := e.body.texts
	if t.dir.byEmail[strings.ToLower(texts["email"])] != nil {
		return emailTaken()
	}
	u := &user{id: t.o.NewID(), source: SourceCustom, createdAt: e.at}
	t.write(u, texts, e)
	t.dir.addUser(u)
	for _, g := range groups {
		join(u, g)
		t.touch(e, nil, g)
	}
	return accepted(http.StatusCreated, t.viewUser(u))
}

func (t *Tenant) patchUser(e *exchange) reply {
	u := t.dir.byID[e.vars["userId"]]
	if u == nil {
		return noUser()
	}
	if u.source != SourceCustom {
		return managed("the user")
	}
	if email, ok := e.body.texts["email"]; ok {
		if other := t.dir.byEmail[strings.ToLower(email)]; other != nil && other != u {
			return emailTaken()
		}
		if u.admin && !strings.EqualFold(email, u.email) {
			return refusal(http.StatusConflict, "an administrator signs in with this email address")
		}
		t.dir.setEmail(u, email)
	}
	t.write(u, e.body.texts, e)
	return accepted(http.StatusOK, t.viewUser(u))
}

func (t *Tenant) deleteUser(e *exchange) reply {
	if u := t.dir.byID[e.vars["userId"]]; u != nil {
		switch {
		case u.source != SourceCustom:
			return managed("the user")
		case u.admin:
			return refusal(http.StatusConflict, "the user is an administrator")
		}
		for _, g := range u.groups {
			t.touch(e, nil, g)
		}
		t.dir.dropUser(u)
	}
	return accepted(http.StatusOK, deleted{true}) // also where there was none
}

type deleted struct {
	Deleted bool `json:"deleted"`
}

// write sets the fields that a body names.
func (t *Tenant) write(u *user, texts map[string]string, e *exchange) {
	for name, to := range map[string]*string{
		"name": &u.name, "firstName": &u.firstName, "lastName": &u.lastName,
		"email": &u.email, "exchangeLogin": &u.exchangeLogin,
	} {
		if value, ok := texts[name]; ok {
			*to = value
		}
	}
	u.updatedAt = e.at
}

func noUser() reply  { return refusal(http.StatusNotFound, "the user does not exist") }
func noGroup() reply { return refusal(http.StatusNotFound, "the group does not exist") }

func emailTaken() reply { return refusal(http.StatusConflict, "the email address is in use") }

func managed(what string) reply {
	return refusal(http.StatusConflict, "%s is managed by a directory service", what)
}

// every is the objects of ids; false where one is unknown.
func every[T object](ids []string, known map[string]T) ([]T, bool) {
	some := chosen(ids, known)
	return some, len(some) == len(ids)
}

func anyManaged[T object](list []T) bool {
	return len(filterBy(list, func(o T) bool { source, _ := o.origin(); return source != SourceCustom })) > 0
}

func filterBy[T object](list []T, keep func(T) bool) []T {
	var some []T
	for _, o := range list {
		if keep(o) {
			some = append(some, o)
		}
	}
	return some
}
