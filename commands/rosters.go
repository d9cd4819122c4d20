package commands

import (
	"context"
	"maps"
	"slices"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/store"
)

// rosterLife is how long who belongs to a group may be taken from the last reading.
const rosterLife = 24 * time.Hour

// members finds out who belongs to our groups, where Central's lists do not show
// it: from the last reading where nothing on either side has changed since, and
// otherwise from the side of the groups or of the users, whichever takes fewer
// calls. What was taken from the last reading comes back, with the time of that.
func (s *session) members(ctx context.Context, client centralReader, in *plan.Input, ours map[string]identity.Link) (map[string]time.Time, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	remembered, err := p.Rosters(ctx)
	if err != nil {
		return nil, err
	}
	wanted := func(g identity.CentralGroup) bool {
		_, ok := ours[g.ID]
		return ok && !g.MembersKnown
	}
	survey := plan.NewSurvey(in.Users, in.Groups, wanted, believed(in, remembered))
	held := map[string]time.Time{}
	for id, members := range hold(in, remembered, s.env.Now()) {
		if _, shown := survey.Members(id); !shown && ours[id].CentralID != "" {
			survey.Saw(plan.Reading{Kind: identity.KindGroup, ID: id}, members)
			held[id] = remembered[id].ReadAt
		}
	}
	for r, more := survey.Next(); more; r, more = survey.Next() {
		read := client.Members
		if r.Kind == identity.KindUser {
			read = client.Memberships
		}
		ids, err := read(ctx, r.ID)
		if err != nil && (r.Kind != identity.KindUser || !fault.Is(err, "central.notFound")) {
			return nil, err
		}
		survey.Saw(r, ids) // who was removed meanwhile is in no group
	}
	for i, g := range in.Groups {
		if ids, known := survey.Members(g.ID); known {
			in.Groups[i].Members, in.Groups[i].MembersKnown = ids, true
		}
	}
	return held, nil
}

// hold takes members from the last reading: those of each group of which, and of
// whose members, Central says the same as then, and about which nothing that the
// users show speaks otherwise.
func hold(in *plan.Input, remembered map[string]store.Roster, now time.Time) map[string][]string {
	users := make(map[string]identity.CentralUser, len(in.Users))
	for _, u := range in.Users {
		users[u.ID] = u
	}
	seated := map[string]map[string]bool{} // group -> its members
	for _, g := range in.Groups {
		r, known := remembered[g.ID]
		age := now.Sub(r.ReadAt)
		if !known || g.MembersKnown || age < 0 || age >= rosterLife || !agrees(r.Group, g.Users, g.UpdatedAt) || len(r.Members) != r.Group.Total {
			continue
		}
		members := map[string]bool{}
		for _, m := range r.Members {
			u, listed := users[m.ID]
			if listed && agrees(m, u.Groups, u.UpdatedAt) && (!u.Groups.Whole() || slices.Contains(u.Groups.Shown, g.ID)) {
				members[m.ID] = true
			}
		}
		other := slices.ContainsFunc(g.Users.Shown, func(id string) bool { return !members[id] })
		if len(members) == len(r.Members) && !other {
			seated[g.ID] = members
		}
	}
	for _, u := range in.Users {
		for _, id := range u.Groups.Shown {
			if members, taken := seated[id]; taken && !members[u.ID] {
				delete(seated, id)
			}
		}
	}
	lists := map[string][]string{}
	for id, members := range seated {
		lists[id] = slices.Sorted(maps.Keys(members))
	}
	return lists
}

// agrees reports whether an object is in the state of a stamp. Of one without a
// time of change that is not known.
func agrees(s store.Stamp, e identity.Embedded, updatedAt time.Time) bool {
	return e.Counted && e.Total == s.Total && !updatedAt.IsZero() && updatedAt.Equal(s.UpdatedAt)
}

// believed is who is thought to belong to which group: by the last reading, and
// where there is none by the ledger. Nothing is decided by it but what is read.
func believed(in *plan.Input, remembered map[string]store.Roster) map[string][]string {
	guess := map[string][]string{}
	ids := make(map[identity.GUID]string, len(in.Links))
	for _, l := range in.Links {
		ids[l.Key()] = l.CentralID
	}
	for group, users := range in.Ours {
		for user := range users {
			guess[ids[group]] = append(guess[ids[group]], ids[user])
		}
	}
	for id, r := range remembered {
		list := make([]string, len(r.Members))
		for i, m := range r.Members {
			list[i] = m.ID
		}
		guess[id] = list
	}
	return guess
}

// reread reads the members of each group again that a removal stands on and that
// were taken from the last reading, until none does (nothing is taken away from
// anybody on a memory).
func (s *session) reread(ctx context.Context, client centralReader, in *plan.Input, held map[string]time.Time) error {
	places := make(map[string]int, len(in.Groups))
	for i, g := range in.Groups {
		places[g.ID] = i
	}
	for len(held) > 0 {
		again := doubtful(plan.Diff(*in), held)
		if len(again) == 0 {
			return nil
		}
		for _, id := range again {
			ids, err := client.Members(ctx, id)
			if err != nil {
				return err
			}
			slices.Sort(ids)
			in.Groups[places[id]].Members = ids
			delete(held, id)
		}
	}
	return nil
}

// doubtful are the groups of which something is to be taken away, held back or not,
// on the word of the last reading.
func doubtful(r plan.Result, held map[string]time.Time) []string {
	var list []string
	for _, c := range slices.Concat(r.Changes, r.Holds) {
		id := c.GroupCentralID
		if c.Action == plan.Remove {
			id = c.CentralID
		}
		if _, remembered := held[id]; remembered && (c.Action == plan.Remove || c.Action == plan.MembershipRemove) {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// keepRosters remembers who belongs to our groups, of those that do not show it
// themselves.
func (s *session) keepRosters(ctx context.Context, in plan.Input, held map[string]time.Time, now time.Time) error {
	users := make(map[string]identity.CentralUser, len(in.Users))
	for _, u := range in.Users {
		users[u.ID] = u
	}
	ours := map[string]bool{}
	for _, l := range in.Links {
		ours[l.CentralID] = true
	}
	var list []store.Roster
	for _, g := range in.Groups {
		if !ours[g.ID] || !g.MembersKnown || g.Users.Whole() || !g.Users.Counted || len(g.Members) != g.Users.Total {
			continue
		}
		r := store.Roster{Group: store.Stamp{ID: g.ID, Total: g.Users.Total, UpdatedAt: g.UpdatedAt}, ReadAt: now}
		if at, remembered := held[g.ID]; remembered {
			r.ReadAt = at
		}
		for _, id := range g.Members {
			if u, listed := users[id]; listed && u.Groups.Counted {
				r.Members = append(r.Members, store.Stamp{ID: id, Total: u.Groups.Total, UpdatedAt: u.UpdatedAt})
			}
		}
		if len(r.Members) == len(g.Members) {
			list = append(list, r)
		}
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.PutRosters(ctx, list)
}
