package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"adsync/core/identity"
)

// userChanges drafts creates and updates of people.
func (d *diff) userChanges() {
	losers := d.duplicates(identity.KindUser)
	unlinked := d.unlinkedUsers()
	for _, id := range slices.Sorted(maps.Keys(d.Desired.Users)) {
		u := d.Desired.Users[id]
		l, linked := d.links[id]
		var f *draft
		switch {
		case linked && d.present(l):
			f = d.updateUser(u, l)
		case linked && d.lagging(l):
			continue
		default:
			f = d.createUser(u, linked, unlinked)
		}
		if other, loses := losers[id]; loses {
			text := fmt.Sprintf("%s has the same address %s", other, u.Fields.Email)
			d.warn(RuleDuplicateMail, id, u.Display, text)
			if f != nil {
				f.hold(RuleDuplicateMail, text)
			}
		}
	}
}

func (d *diff) createUser(u identity.WantedUser, again bool, unlinked matches) *draft {
	f := d.add(draft{
		Change: Change{
			Action: Create, Kind: identity.KindUser, ObjectGUID: u.GUID, Name: u.Display, Domain: u.Domain,
			After: whole(u.Fields), Cause: Coded{CauseNew, "in scope, and not in Sophos Central"},
			Object: &Object{DN: u.DN, SID: u.SID, Account: u.Account, Bases: u.Bases, Critical: u.Critical},
		},
	})
	if again {
		f.Cause = Coded{CauseCentralDeleted, "deleted in Sophos Central by hand, and still in scope"}
	} else if d.Arriving != nil {
		if cause, known := d.Arriving(u.GUID); known {
			f.Cause = cause
		}
	}
	if u.Fields.Email != "" {
		f.takes = mailKey(u.Fields.Email)
	}
	d.holdMatched(f, u, unlinked)
	d.holdRecreated(f, u)
	return f
}

// holdMatched holds a create when Central has somebody who looks like the same
// person and is not ours: by mail, then by account, then by a name that is the
// account (as agents make them).
func (d *diff) holdMatched(f *draft, u identity.WantedUser, unlinked matches) {
	account := strings.ToLower(u.NetBIOS + `\` + u.Account)
	for _, m := range []struct{ code, by, key string }{
		{CauseMatchedMail, "the same mail address", mailOrNone(u.Fields.Email)},
		{CauseMatchedAccount, "the same account", "x:" + strings.ToLower(u.Fields.ExchangeLogin)},
		{CauseMatchedAccount, "the account as its name", "u:" + account},
	} {
		ids := unlinked[m.key]
		if len(ids) == 0 || m.key == "x:" {
			continue
		}
		other := d.users[ids[0]]
		f.CentralID = ids[0]
		f.Cause = Coded{m.code, fmt.Sprintf("%q in Sophos Central has %s", other.Fields.Name, m.by)}
		switch {
		case d.Owners[ids[0]] != "":
			f.hold(RuleOwnedElsewhere, fmt.Sprintf("%q (%s) in Sophos Central belongs to the profile %s", other.Fields.Name, ids[0], d.Owners[ids[0]]))
		case other.Source != identity.SourceCustom:
			f.hold(RuleManaged, managedText(other.Source))
		default:
			f.hold(RuleMatched, fmt.Sprintf("%q (%s) in Sophos Central has %s and was not made by adsync", other.Fields.Name, strings.Join(ids, ", "), m.by))
		}
		return
	}
}

// holdRecreated holds the create of an account that was deleted and made again,
// and the removal of the old one: the two belong together, and removing one to
// make the other would take the mailbox with it.
func (d *diff) holdRecreated(f *draft, u identity.WantedUser) {
	old := d.lost[mailOrNone(u.Fields.Email)]
	if old == nil || u.Fields.Email == "" {
		old = d.lost[accountKey(u.Domain, u.Account)]
	}
	if old != nil {
		d.pair(f, old, u.CreatedAt)
	}
}

// pair holds a create and the removal of what looks like its former self. An
// object that is older than the link of the other is somebody else.
func (d *diff) pair(f, old *draft, madeAt time.Time) {
	if !madeAt.IsZero() && madeAt.Before(d.links[old.ObjectGUID].Since) {
		return
	}
	text := fmt.Sprintf("%s was deleted and made again in the directory (objectGUID %s, then %s): neither removed nor made before a person says that they are one", f.Name, old.ObjectGUID, f.ObjectGUID)
	f.Cause, f.CentralID = Coded{CauseRecreated, text}, old.CentralID
	old.Cause = Coded{CauseRecreated, text}
	f.hold(RuleMatched, text)
	old.hold(RuleMatched, text)
}

func accountKey(domain, account string) string {
	return "a:" + strings.ToLower(domain+"\n"+account)
}

func (d *diff) updateUser(u identity.WantedUser, l identity.Link) *draft {
	have := d.users[l.CentralID]
	c := compare(u.Fields, have.Fields, l)
	d.notes(c, l.GUID, u.Display)
	if c.after == nil {
		d.same.add(identity.KindUser, 1)
		return nil
	}
	f := d.add(draft{
		Change: Change{
			Action: Update, Kind: identity.KindUser, ObjectGUID: u.GUID, Name: u.Display, Domain: u.Domain, CentralID: l.CentralID,
			Before: c.before, After: c.after, Cause: c.cause(), Limit: LimitUpdates,
		},
	})
	if c.after.Email != nil {
		f.takes = mailKey(*c.after.Email)
		if *c.before.Email != "" {
			f.frees = mailKey(*c.before.Email)
		}
		if f.takes == f.frees { // the spelling alone
			f.takes, f.frees = "", ""
		}
	}
	d.guardUpdate(f, l, have.Source)
	return f
}

// guardUpdate holds an update that Central or another profile would not want.
func (d *diff) guardUpdate(f *draft, l identity.Link, source identity.Source) {
	switch {
	case d.Owners[l.CentralID] != "":
		f.hold(RuleOwnedElsewhere, fmt.Sprintf("the profile %s owns it too", d.Owners[l.CentralID]))
	case source != identity.SourceCustom:
		f.hold(RuleManaged, managedText(source))
	}
}

// notes warns of what a comparison left as it is.
func (d *diff) notes(c delta, id identity.GUID, name string) {
	if c.cleared {
		d.warn("value.cleared", id, name, "a value is empty in the directory; Central keeps what it has")
	}
	if c.normalised {
		d.warn("value.normalised", id, name, "Central keeps a value in its own spelling; that is no difference")
	}
}

func (c delta) cause() Coded {
	switch {
	case c.foreign:
		return Coded{CauseCentralChanged, "changed in Sophos Central by hand; the directory's value is put back"}
	case c.name:
		return Coded{CauseRenamed, "the name changed in the directory"}
	}
	return Coded{CauseChanged, "values changed in the directory"}
}

// matches finds objects of Central that are not ours by folded values.
type matches map[string][]string

func mailOrNone(mail string) string {
	if mail == "" {
		return "x:" // the key that matches nothing
	}
	return mailKey(mail)
}

func (d *diff) unlinkedUsers() matches {
	m := matches{}
	for _, id := range slices.Sorted(maps.Keys(d.users)) {
		if _, ours := d.byID[id]; ours {
			continue
		}
		f := d.users[id].Fields
		if f.Email != "" {
			m[mailKey(f.Email)] = append(m[mailKey(f.Email)], id)
		}
		if f.ExchangeLogin != "" {
			k := "x:" + strings.ToLower(f.ExchangeLogin)
			m[k] = append(m[k], id)
		}
		if f.Name != "" {
			k := "u:" + strings.ToLower(f.Name)
			m[k] = append(m[k], id)
		}
	}
	return m
}

// duplicates finds the objects that want a value which another of the directory
// goes on with: the linked one that has it in Central, otherwise the only one
// that is linked. Where there is no such one, all of them are listed. The result
// names the other object.
func (d *diff) duplicates(kind identity.Kind) map[identity.GUID]string {
	type claim struct {
		id      identity.GUID
		name    string
		linked  bool
		holding bool
	}
	claims := map[string][]claim{}
	enter := func(id identity.GUID, name, key string) {
		l, linked := d.links[id]
		linked = linked && d.present(l)
		claims[key] = append(claims[key], claim{id, name, linked, linked && d.holders[key] == l.CentralID})
	}
	if kind == identity.KindUser {
		for _, id := range slices.Sorted(maps.Keys(d.Desired.Users)) {
			if u := d.Desired.Users[id]; u.Fields.Email != "" {
				enter(id, u.Display, mailKey(u.Fields.Email))
			}
		}
	} else {
		for _, id := range slices.Sorted(maps.Keys(d.Desired.Groups)) {
			g := d.Desired.Groups[id]
			enter(id, g.DN, nameKey(g.Fields.Name))
		}
	}
	losers := map[identity.GUID]string{}
	for _, list := range claims {
		if len(list) < 2 {
			continue
		}
		winner := slices.IndexFunc(list, func(c claim) bool { return c.holding })
		if winner < 0 {
			linked := 0
			for i, c := range list {
				if c.linked {
					winner, linked = i, linked+1
				}
			}
			if linked != 1 {
				winner = -1
			}
		}
		for i, c := range list {
			if i == winner {
				continue
			}
			other := max(winner, 0)
			if other == i {
				other = 1
			}
			losers[c.id] = list[other].name
		}
	}
	return losers
}
