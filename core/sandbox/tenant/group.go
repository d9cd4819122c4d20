package tenant

import (
	"net/http"
	"strings"
)

func (t *Tenant) listGroups(e *exchange) reply {
	all := t.dir.groups
	switch q := e.query; {
	case q.ids != nil:
		all = chosen(q.ids, t.dir.groupID)
		if q.user != "" {
			all = filterBy(all, func(g *group) bool { _, in := position(g.users, q.user); return in })
		}
	case q.user != "":
		all = nil // an unknown user is in no group
		if u := t.dir.byID[q.user]; u != nil {
			all = u.groups
		}
	}
	return list(t, e, all, (*Tenant).viewGroup)
}

func (t *Tenant) oneGroup(e *exchange) reply {
	g := t.dir.groupID[e.vars["groupId"]]
	if g == nil {
		return noGroup()
	}
	return accepted(http.StatusOK, t.viewGroup(g))
}

func (t *Tenant) createGroup(e *exchange) reply {
	users, ok := every(e.body.ids, t.dir.byID)
	if !ok {
		return refusal(http.StatusNotFound, "a user does not exist")
	}
	if anyManaged(users) {
		return managed("a user")
	}
	name := e.body.texts["name"]
	if t.taken(name) {
		return nameTaken()
	}
	g := &group{
		id: t.o.NewID(), name: name, description: e.body.texts["description"],
		source: SourceCustom, createdAt: e.at, updatedAt: e.at,
	}
	t.dir.addGroup(g)
	for _, u := range users {
		join(u, g)
		t.touch(e, u, nil)
	}
	return accepted(http.StatusCreated, t.viewGroup(g))
}

func (t *Tenant) patchGroup(e *exchange) reply {
	g := t.dir.groupID[e.vars["groupId"]]
	if g == nil {
		return noGroup()
	}
	if g.source != SourceCustom {
		return managed("the group")
	}
	if name, ok := e.body.texts["name"]; ok {
		if !strings.EqualFold(name, g.name) && t.taken(name) {
			return nameTaken()
		}
		t.dir.rename(g, name)
	}
	if description, ok := e.body.texts["description"]; ok {
		g.description = description
	}
	g.updatedAt = e.at
	return accepted(http.StatusOK, t.viewGroup(g))
}

func (t *Tenant) deleteGroup(e *exchange) reply {
	g := t.dir.groupID[e.vars["groupId"]]
	switch {
	case g == nil:
		return noGroup()
	case g.source != SourceCustom:
		return managed("the group")
	case len(g.users) > 0:
		return refusal(http.StatusConflict, "the group is not empty")
	}
	t.dir.dropGroup(g)
	return accepted(http.StatusOK, deleted{true})
}

func nameTaken() reply { return refusal(http.StatusConflict, "the name is in use") }
