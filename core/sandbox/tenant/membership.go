package tenant

import "net/http"

func (t *Tenant) listUsersOfGroup(e *exchange) reply {
	g := t.dir.groupID[e.vars["groupId"]]
	if g == nil {
		return noGroup()
	}
	return list(t, e, g.users, (*Tenant).viewUser)
}

func (t *Tenant) listGroupsOfUser(e *exchange) reply {
	u := t.dir.byID[e.vars["userId"]]
	if u == nil {
		return noUser()
	}
	return list(t, e, u.groups, (*Tenant).viewGroup)
}

// addUsersToGroup adds all or none. Who is a member already is no error, and is
// not named in the reply.
func (t *Tenant) addUsersToGroup(e *exchange) reply {
	g := t.dir.groupID[e.vars["groupId"]]
	if g == nil {
		return noGroup()
	}
	users, ok := every(e.body.ids, t.dir.byID)
	switch {
	case !ok:
		return refusal(http.StatusNotFound, "a user does not exist")
	case g.source != SourceCustom:
		return managed("the group")
	case anyManaged(users):
		return managed("a user")
	}
	added := []reference{}
	for _, u := range users {
		if join(u, g) {
			added = append(added, reference{u.id, u.name})
			t.touch(e, u, g)
		}
	}
	return accepted(http.StatusCreated, struct {
		AddedUsers []reference `json:"addedUsers"`
	}{added})
}

func (t *Tenant) addGroupsToUser(e *exchange) reply {
	u := t.dir.byID[e.vars["userId"]]
	if u == nil {
		return noUser()
	}
	groups, ok := every(e.body.ids, t.dir.groupID)
	switch {
	case !ok:
		return refusal(http.StatusNotFound, "a group does not exist")
	case u.source != SourceCustom:
		return managed("the user")
	case anyManaged(groups):
		return managed("a group")
	}
	added := []reference{}
	for _, g := range groups {
		if join(u, g) {
			added = append(added, reference{ID: g.id})
			t.touch(e, u, g)
		}
	}
	return accepted(http.StatusCreated, struct {
		AddedToGroups []reference `json:"addedToGroups"`
	}{added})
}

// removeUsersFromGroup removes those that are members and names the others.
func (t *Tenant) removeUsersFromGroup(e *exchange) reply {
	g := t.dir.groupID[e.vars["groupId"]]
	switch {
	case g == nil:
		return noGroup()
	case e.query.ids == nil:
		return refusal(http.StatusBadRequest, "ids: missing")
	case g.source != SourceCustom:
		return managed("the group")
	case anyManaged(chosen(e.query.ids, t.dir.byID)):
		return managed("a user")
	}
	removed, missing := []reference{}, []string{}
	for _, id := range e.query.ids {
		u := t.dir.byID[id]
		if u == nil || !part(u, g) {
			missing = append(missing, id)
			continue
		}
		removed = append(removed, reference{ID: id})
		t.touch(e, u, g)
	}
	type notFound struct {
		Users []string `json:"usersNotFound"`
	}
	return accepted(http.StatusOK, struct {
		Removed []reference `json:"removedUsers"`
		Errors  notFound    `json:"errors"`
	}{removed, notFound{missing}})
}

func (t *Tenant) removeGroupsFromUser(e *exchange) reply {
	u := t.dir.byID[e.vars["userId"]]
	switch {
	case u == nil:
		return noUser()
	case e.query.ids == nil:
		return refusal(http.StatusBadRequest, "ids: missing")
	case u.source != SourceCustom:
		return managed("the user")
	case anyManaged(chosen(e.query.ids, t.dir.groupID)):
		return managed("a group")
	}
	removed, missing := []reference{}, []string{}
	for _, id := range e.query.ids {
		g := t.dir.groupID[id]
		if g == nil || !part(u, g) {
			missing = append(missing, id)
			continue
		}
		removed = append(removed, reference{ID: id})
		t.touch(e, u, g)
	}
	type notFound struct {
		Groups []string `json:"groupsNotFound"`
	}
	return accepted(http.StatusOK, struct {
		Removed []reference `json:"removedFromGroups"`
		Errors  notFound    `json:"errors"`
	}{removed, notFound{missing}})
}

// removeMember ends one membership, from either side.
func (t *Tenant) removeMember(e *exchange) reply {
	u, g := t.dir.byID[e.vars["userId"]], t.dir.groupID[e.vars["groupId"]]
	switch {
	case u == nil:
		return noUser()
	case g == nil:
		return noGroup()
	case u.source != SourceCustom:
		return managed("the user")
	case g.source != SourceCustom:
		return managed("the group")
	case !part(u, g):
		return refusal(http.StatusNotFound, "the user is not in the group")
	}
	t.touch(e, u, g)
	return accepted(http.StatusOK, struct {
		Removed bool `json:"removed"`
	}{true})
}

// touch moves the time stamps of a changed membership, where they move at all.
func (t *Tenant) touch(e *exchange, u *user, g *group) {
	if !t.o.MembersTouch {
		return
	}
	if u != nil {
		u.updatedAt = e.at
	}
	if g != nil {
		g.updatedAt = e.at
	}
}
