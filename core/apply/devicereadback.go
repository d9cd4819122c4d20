package apply

import (
	"context"
	"slices"

	"adsync/core/identity"
	"adsync/core/plan"
)

// displaced is a change of which something else has become, and what.
type displaced struct {
	change plan.Change
	why    error
}

// lookPlaces tells which changes stand in Central by now, which are left to be done,
// and which can be neither: their endpoints are gone or sit elsewhere.
func (r *runner) lookPlaces(ctx context.Context, group string, changes []plan.Change) (done, left []plan.Change, other []displaced, err error) {
	look := func(ctx context.Context) (state, object, error) {
		ids := make([]string, len(changes))
		for i, c := range changes {
			ids[i] = c.CentralID
		}
		for batch := range slices.Chunk(ids, plan.MaxRead) {
			if err := r.read(ctx, identity.KindDevice, batch); err != nil {
				return unsure, object{}, err
			}
		}
		done, left, other = nil, nil, nil
		for _, c := range changes {
			switch s, why := sits(c, group, r.objects[identity.KindDevice][c.CentralID].object); s {
			case landed:
				done = append(done, c)
			case different:
				other = append(other, displaced{c, why})
			case absent, unsure:
				left = append(left, c)
			}
		}
		if len(left) > 0 {
			return absent, object{}, nil
		}
		return landed, object{}, nil
	}
	found, _, err := r.readBack(ctx, look)
	if found == unsure {
		return nil, changes, nil, err
	}
	return done, left, other, nil
}

// seatedDevice records that a device sits where it should: which endpoint it is, and that
// its place is ours.
func (r *runner) seatedDevice(ctx context.Context, c plan.Change) error {
	if c.Action == plan.MembershipRemove {
		if err := r.Ledger.Leave(ctx, c.GroupKey(), c.ObjectGUID); err != nil {
			return err
		}
		return r.Ledger.Delete(ctx, c.ObjectGUID)
	}
	other, known, err := r.Ledger.Owner(ctx, c.CentralID)
	if err == nil && known && other != c.ObjectGUID {
		err = r.Ledger.Delete(ctx, other) // the endpoint was another computer's
	}
	if err != nil {
		return err
	}
	l := identity.Link{
		GUID: c.ObjectGUID, Kind: c.Kind, CentralID: c.CentralID, Origin: identity.Matched, Since: r.Now().UTC(), Run: r.run.ID, Domain: c.Domain, Name: c.Name,
	}
	if seen := c.Object; seen != nil {
		l.DN, l.SID, l.Account, l.Bases, l.Critical = seen.DN, seen.SID, seen.Account, seen.Bases, seen.Critical
	}
	if err := r.Ledger.Put(ctx, l); err != nil {
		return err
	}
	if c.Leaves != nil && c.Leaves.ObjectGUID != "" {
		if err := r.Ledger.Leave(ctx, identity.Key(c.Leaves.ObjectGUID, c.Type), c.ObjectGUID); err != nil {
			return err
		}
	}
	return r.Ledger.Join(ctx, c.GroupKey(), c.ObjectGUID)
}

// placeBecame finds out what became of a change that was under way.
func (r *runner) placeBecame(ctx context.Context, c plan.Change) (state, object, error) {
	g, err := r.linked(ctx, c.GroupKey(), c.GroupCentralID)
	if err != nil {
		return untold(err)
	}
	o, err := r.look(ctx, identity.KindDevice, c.CentralID)
	if err != nil {
		return unsure, object{}, err
	}
	s, err := sits(c, g.CentralID, o)
	return s, object{ID: g.CentralID}, err
}
