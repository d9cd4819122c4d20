package commands

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"adsync/core/config"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/store"
)

// again is the directory asked once more before a write: it reads it as preview
// does and says of each change whether a plan of now would hold it too.
type again struct {
	session *session
	config  config.Config
	profile *store.Profile
}

// Ask returns for each change "" where it is still wanted, otherwise why not.
func (a again) Ask(ctx context.Context, changes []plan.Change) (map[string]string, error) {
	a.session.shows.say("asking the directory once more")
	links, err := a.profile.Links(ctx)
	if err != nil {
		return nil, err
	}
	l, err := a.session.look(ctx, a.config, nil, links)
	if err != nil {
		return nil, err
	}
	byKey := map[identity.GUID]identity.Link{}
	for _, link := range links {
		byKey[link.Key()] = link
	}
	answers := map[string]string{}
	for _, c := range changes {
		answers[c.ID] = cmp.Or(l.unwanted(c, byKey), l.lag.change(c))
	}
	return answers, nil
}

// unwanted says why a change is not wanted any more, "" if it is.
func (l look) unwanted(c plan.Change, links map[identity.GUID]identity.Link) string {
	if c.Kind == identity.KindDevice || c.Kind == identity.KindDeviceGroup {
		return l.unwantedDevice(c, links)
	}
	switch c.Action {
	case plan.Create, plan.Update, plan.Adopt:
		return l.otherValues(c)
	case plan.Remove:
		return l.stays(c, links[c.ObjectGUID])
	case plan.MembershipAdd:
		if !l.belongs(c) {
			return fmt.Sprintf("%s does not belong to %s in the directory any more", c.Name, c.Group.Name)
		}
	case plan.MembershipRemove:
		if _, in := l.desired.Groups[c.Group.ObjectGUID]; !in {
			return fmt.Sprintf("the group %s is not in scope any more", c.Group.Name)
		}
		if l.belongs(c) {
			return fmt.Sprintf("%s belongs to %s in the directory again", c.Name, c.Group.Name)
		}
		if why := l.unproven(links[c.ObjectGUID], links[c.Group.ObjectGUID]); why != "" {
			return why
		}
		if why := l.coverage.Membership(); why != "" {
			return why
		}
	}
	return ""
}

func (l look) belongs(c plan.Change) bool {
	g, in := l.desired.Groups[c.Group.ObjectGUID]
	return in && slices.Contains(g.Members, c.ObjectGUID)
}

// stays says why an object is not to be removed any more.
func (l look) stays(c plan.Change, link identity.Link) string {
	_, user := l.desired.Users[c.ObjectGUID]
	_, group := l.desired.Groups[c.ObjectGUID]
	if user || group {
		return fmt.Sprintf("%s is in scope again", c.Name)
	}
	if why := l.unproven(link); why != "" {
		return why
	}
	if now := l.leaving(link); now.Code != c.Cause.Code {
		return fmt.Sprintf("the cause was %s and is now %s: %s", c.Cause.Code, now.Code, now.Text)
	}
	return ""
}

// unproven says why the absence of one of the links proves nothing.
func (l look) unproven(links ...identity.Link) string {
	for _, link := range links {
		if why := l.coverage.Absence(link); why != "" {
			return why
		}
		if why := l.desired.Unsure[link.GUID]; why != "" {
			return why
		}
	}
	return ""
}

// otherValues says how what is wanted differs from the change's values.
func (l look) otherValues(c plan.Change) string {
	u, in := l.desired.Users[c.ObjectGUID]
	wanted := u.Fields
	if c.Kind == identity.KindGroup {
		var g identity.WantedGroup
		g, in = l.desired.Groups[c.ObjectGUID]
		wanted = g.Fields
	}
	if !in {
		return fmt.Sprintf("%s is not in scope any more", c.Name)
	}
	if !c.After.Within(wanted) {
		return fmt.Sprintf("the directory has other values for %s by now", c.Name)
	}
	for _, ref := range c.MemberOf {
		g, in := l.desired.Groups[ref.ObjectGUID]
		if !in || !slices.Contains(g.Members, c.ObjectGUID) {
			return fmt.Sprintf("%s does not belong to %s in the directory any more", c.Name, ref.Name)
		}
	}
	return ""
}
