package plan_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"adsync/core/identity"
	"adsync/core/plan"
)

// world is a directory, a Central that enforces its rules after each single
// write, and the ledger between them.
type world struct {
	seed    uint64 // it was made of, to make it again
	desired identity.State
	users   map[string]identity.CentralUser
	groups  map[string]identity.CentralGroup
	links   map[identity.GUID]identity.Link
	gone    map[string]bool
	next    int
	tight   bool // limits that let nothing through
	garage  *garage
}

func guid(n int) identity.GUID {
	return identity.GUID(fmt.Sprintf("%08x-0000-0000-0000-000000000000", n))
}

func newWorld(r *rand.Rand, n int) *world {
	w := &world{users: map[string]identity.CentralUser{}, groups: map[string]identity.CentralGroup{}, links: map[identity.GUID]identity.Link{}, gone: map[string]bool{}}
	mail := func() string {
		if r.IntN(6) == 0 {
			return ""
		}
		m := fmt.Sprintf("m%d@example.com", r.IntN(n+2))
		if r.IntN(4) == 0 {
			m = strings.ToUpper(m)
		}
		return m
	}
	source := func() identity.Source {
		if r.IntN(8) == 0 {
			return "activeDirectory"
		}
		return identity.SourceCustom
	}
	for i := range n { // Central, with and without links; addresses and names unique
		f := identity.Fields{Name: fmt.Sprintf("U%d", i), ExchangeLogin: fmt.Sprintf(`CORP\u%d`, r.IntN(2*n))}
		if m := mail(); m != "" && !w.mailTaken(m, "") {
			f.Email = m
		}
		if r.IntN(10) == 0 {
			f.Name = fmt.Sprintf(`CORP\u%d`, r.IntN(2*n))
		}
		id := fmt.Sprintf("c%d", i)
		w.users[id] = identity.CentralUser{ID: id, Source: source(), Fields: f}
		if r.IntN(4) > 0 {
			w.links[guid(i)] = identity.Link{GUID: guid(i), Kind: identity.KindUser, CentralID: id, Domain: "corp.example", Name: f.Name, Mail: f.Email, Account: fmt.Sprintf("u%d", i)}
		}
		if r.IntN(12) == 0 && w.links[guid(i)].CentralID != "" {
			delete(w.users, id)
			w.gone[id] = true
		}
	}
	for i := range n/2 + 1 {
		name := fmt.Sprintf("G%d", r.IntN(n+1))
		if w.nameTaken(name, "") {
			continue
		}
		id := fmt.Sprintf("cg%d", i)
		g := identity.CentralGroup{ID: id, Source: source(), Fields: identity.Fields{Name: name}, MembersKnown: true}
		for _, uid := range slices.Sorted(maps.Keys(w.users)) { // each draw has its place: a seed is one world
			u := w.users[uid]
			if r.IntN(3) == 0 && (g.Source == identity.SourceCustom) == (u.Source == identity.SourceCustom) {
				g.Members = append(g.Members, uid)
			}
		}
		slices.Sort(g.Members)
		w.groups[id] = g
		if r.IntN(4) > 0 {
			w.links[guid(1000+i)] = identity.Link{GUID: guid(1000 + i), Kind: identity.KindGroup, CentralID: id, Domain: "corp.example", Name: name}
		}
	}
	w.desire(r, n, mail)
	w.garage = newGarage(r, n)
	return w
}

func (w *world) desire(r *rand.Rand, n int, mail func() string) {
	w.desired = identity.State{Users: map[identity.GUID]identity.WantedUser{}, Groups: map[identity.GUID]identity.WantedGroup{}}
	for i := range n + n/3 + 1 {
		if r.IntN(4) == 0 {
			continue
		}
		w.desired.Users[guid(i)] = identity.WantedUser{
			GUID: guid(i), Domain: "corp.example", Account: fmt.Sprintf("u%d", i), NetBIOS: "CORP", Display: fmt.Sprintf("U%d", i),
			Fields: identity.Fields{Name: fmt.Sprintf("U%d", i+r.IntN(2)), Email: mail(), ExchangeLogin: fmt.Sprintf(`CORP\u%d`, i)},
		}
	}
	for i := range n/2 + 2 {
		g := identity.WantedGroup{GUID: guid(1000 + i), Domain: "corp.example", Display: fmt.Sprintf("G%d", i), Fields: identity.Fields{Name: fmt.Sprintf("G%d", r.IntN(n+2))}}
		for _, id := range slices.Sorted(maps.Keys(w.desired.Users)) {
			if r.IntN(3) == 0 {
				g.Members = append(g.Members, id)
			}
		}
		slices.Sort(g.Members)
		if len(g.Members) > 0 && r.IntN(5) > 0 {
			w.desired.Groups[g.GUID] = g
		}
	}
}

// shuffle makes other wishes of the same people.
func (w *world) shuffle(r *rand.Rand) {
	n := len(w.desired.Users) + 2
	w.desire(r, n, func() string {
		if r.IntN(6) == 0 {
			return ""
		}
		return fmt.Sprintf("m%d@example.com", r.IntN(n+2))
	})
}

func (w *world) input() plan.Input {
	in := plan.Input{
		Desired: w.desired, Gone: w.gone, Accepted: true,
		Leaving: func(identity.Link) plan.Coded { return plan.Coded{Code: plan.CauseFilterUsers} },
		Limits: plan.Limits{
			Removals:           plan.RemovalLimit{Count: 1 << 20, Percent: 100, Ceiling: 1 << 20},
			MembershipRemovals: plan.MembershipLimit{Percent: 100, Minimum: 1 << 20, TotalPercent: 100, TotalCeiling: 1 << 20},
			Updates:            plan.UpdateLimit{Percent: 100, Minimum: 1 << 20, Ceiling: 1 << 20},
		},
	}
	if w.tight {
		in.Limits = plan.Limits{}
	}
	for _, u := range w.users {
		in.Users = append(in.Users, u)
	}
	for _, g := range w.groups {
		in.Groups = append(in.Groups, g)
	}
	for _, l := range w.links {
		in.Links = append(in.Links, l)
	}
	w.garage.into(&in)
	return in
}

func (w *world) mailTaken(mail, but string) bool {
	for id, u := range w.users {
		if id != but && u.Fields.Email != "" && strings.EqualFold(u.Fields.Email, mail) {
			return true
		}
	}
	return false
}

func (w *world) nameTaken(name, but string) bool {
	for id, g := range w.groups {
		if id != but && strings.EqualFold(g.Fields.Name, name) {
			return true
		}
	}
	return false
}

func (w *world) inGroup(group identity.GUID, user string) error {
	g, ok := w.groups[w.links[group].CentralID]
	switch u, there := w.users[user]; {
	case !ok:
		return fmt.Errorf("404 group %s", group)
	case !there:
		return fmt.Errorf("404 user %s", user)
	case g.Source != identity.SourceCustom || u.Source != identity.SourceCustom:
		return fmt.Errorf("409 managed")
	}
	if !slices.Contains(g.Members, user) {
		g.Members = append(slices.Clone(g.Members), user)
		w.groups[g.ID] = g
	}
	return nil
}

// carryOut does one change as Central would, or says why it refuses.
func (w *world) carryOut(c plan.Change) error {
	if c.Rule != nil {
		return fmt.Errorf("a hold stands among the changes")
	}
	if c.Kind == identity.KindDevice || c.Kind == identity.KindDeviceGroup {
		return w.garage.carryOut(w, c)
	}
	switch c.Action {
	case plan.Create:
		return w.create(c)
	case plan.Update:
		return w.update(c)
	case plan.Remove:
		return w.remove(c)
	case plan.MembershipAdd:
		return w.inGroup(c.Group.ObjectGUID, w.links[c.ObjectGUID].CentralID)
	case plan.MembershipRemove:
		g := w.groups[c.GroupCentralID]
		if g.Source != identity.SourceCustom || w.users[c.CentralID].Source != identity.SourceCustom {
			return fmt.Errorf("409 managed")
		}
		g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(id string) bool { return id == c.CentralID })
		w.groups[g.ID] = g
		return nil
	case plan.Adopt:
	}
	return fmt.Errorf("no such action")
}

func (w *world) create(c plan.Change) error {
	f := c.After.Fields()
	w.next++
	id := fmt.Sprintf("new%d", w.next)
	if c.Kind == identity.KindGroup {
		if w.nameTaken(f.Name, "") {
			return fmt.Errorf("409 name %s", f.Name)
		}
		w.groups[id] = identity.CentralGroup{ID: id, Source: identity.SourceCustom, Fields: f, MembersKnown: true}
	} else {
		if f.Email != "" && w.mailTaken(f.Email, "") {
			return fmt.Errorf("409 mail %s", f.Email)
		}
		w.users[id] = identity.CentralUser{ID: id, Source: identity.SourceCustom, Fields: f}
		for _, g := range c.MemberOf {
			if err := w.inGroup(g.ObjectGUID, id); err != nil {
				return err
			}
		}
	}
	w.links[c.ObjectGUID] = identity.Link{GUID: c.ObjectGUID, Kind: c.Kind, CentralID: id, Domain: c.Domain, Name: c.Name, Account: `u`, Mail: f.Email}
	return nil
}

func (w *world) update(c plan.Change) error {
	after := c.After.Fields()
	if c.Kind == identity.KindGroup {
		g := w.groups[c.CentralID]
		if g.Source != identity.SourceCustom {
			return fmt.Errorf("409 managed")
		}
		if after.Name != "" && w.nameTaken(after.Name, c.CentralID) {
			return fmt.Errorf("409 name %s", after.Name)
		}
		if after.Name != "" {
			g.Fields.Name = after.Name
		}
		w.groups[c.CentralID] = g
		return nil
	}
	u := w.users[c.CentralID]
	if u.Source != identity.SourceCustom {
		return fmt.Errorf("409 managed")
	}
	if after.Email != "" && w.mailTaken(after.Email, c.CentralID) {
		return fmt.Errorf("409 mail %s", after.Email)
	}
	for _, x := range []struct{ to, from *string }{{&u.Fields.Name, &after.Name}, {&u.Fields.Email, &after.Email}, {&u.Fields.ExchangeLogin, &after.ExchangeLogin}} {
		if *x.from != "" {
			*x.to = *x.from
		}
	}
	w.users[c.CentralID] = u
	return nil
}

func (w *world) remove(c plan.Change) error {
	if c.Kind == identity.KindUser {
		if w.users[c.CentralID].Source != identity.SourceCustom {
			return fmt.Errorf("409 managed")
		}
		delete(w.users, c.CentralID)
		for id, g := range w.groups {
			g.Members = slices.DeleteFunc(slices.Clone(g.Members), func(m string) bool { return m == c.CentralID })
			w.groups[id] = g
		}
	} else {
		g := w.groups[c.CentralID]
		if g.Source != identity.SourceCustom {
			return fmt.Errorf("409 managed")
		}
		for _, m := range g.Members {
			if !slices.Contains(c.Members, m) {
				return fmt.Errorf("409 group %s holds %s", g.Fields.Name, m)
			}
		}
		delete(w.groups, c.CentralID)
	}
	delete(w.links, c.ObjectGUID)
	return nil
}
