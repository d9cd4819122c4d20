package commands

import (
	"context"
	"slices"

	"adsync/core/apply"
	"adsync/core/config"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/store"
)

// ledger is the ledger of a profile as a run needs it: what the profile owns is
// its own among all profiles of this home.
type ledger struct {
	profile *store.Profile
	shared  *store.Shared
	tenant  string
	name    string
	byID    map[string]identity.GUID // Central id -> object
}

// ledger returns the ledger for a run in a tenant.
func (s *session) ledger(ctx context.Context, tenant string) (*ledger, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	shared, err := s.openShared()
	if err != nil {
		return nil, err
	}
	links, err := p.Links(ctx)
	if err != nil {
		return nil, err
	}
	l := &ledger{profile: p, shared: shared, tenant: tenant, name: s.name, byID: map[string]identity.GUID{}}
	for _, link := range links {
		l.byID[link.CentralID] = link.Key()
	}
	return l, nil
}

// Link returns what stands for an object of the directory.
func (l *ledger) Link(ctx context.Context, object identity.GUID) (identity.Link, bool, error) {
	return l.profile.Link(ctx, object)
}

// Owner returns what an object of Central stands for.
func (l *ledger) Owner(_ context.Context, centralID string) (identity.GUID, bool, error) {
	object, found := l.byID[centralID]
	return object, found, nil
}

// Put enters a link, and that the profile owns the object of Central.
func (l *ledger) Put(ctx context.Context, link identity.Link) error {
	if err := l.shared.Claim(ctx, l.tenant, l.name, link.CentralID); err != nil {
		return err
	}
	before, known, err := l.profile.Link(ctx, link.Key())
	if err != nil {
		return err
	}
	if err := l.profile.PutLink(ctx, link); err != nil {
		return err
	}
	if known && before.CentralID != link.CentralID {
		delete(l.byID, before.CentralID)
	}
	l.byID[link.CentralID] = link.Key()
	return nil
}

// Delete forgets an object.
func (l *ledger) Delete(ctx context.Context, object identity.GUID) error {
	link, known, err := l.profile.Link(ctx, object)
	if err != nil || !known {
		return err
	}
	if err := l.profile.DeleteLink(ctx, object); err != nil {
		return err
	}
	delete(l.byID, link.CentralID)
	return l.shared.Release(ctx, l.tenant, l.name, link.CentralID)
}

// Join records memberships in Central as ours.
func (l *ledger) Join(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return l.profile.Join(ctx, group, users...)
}

// Leave records that memberships are not ours any more.
func (l *ledger) Leave(ctx context.Context, group identity.GUID, users ...identity.GUID) error {
	return l.profile.Leave(ctx, group, users...)
}

// source returns the directory as a run asks it again.
func (s *session) source(c config.Config) (apply.Source, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	return again{session: s, config: c, profile: p}, nil
}

// standsInTheWay are the rules whose holds keep a plan from accepting the
// configuration: what they hold back may be what the configuration does.
var standsInTheWay = []string{
	plan.RuleIncomplete, plan.RuleBaseMissing, plan.RuleLag, plan.RuleLimitRemovals, plan.RuleLimitMemberships, plan.RuleLimitUpdates,
}

// acceptBy makes the configuration of a plan the accepted one where the run has
// tried every change of a whole plan that a person approved whole (rule 6).
func (s *session) acceptBy(ctx context.Context, p savedPlan, r apply.Run) error {
	if !p.Doc.Whole || devicesUnseen(p.Doc.Warnings) || r.Outcome != apply.Complete && r.Outcome != apply.Partial || r.Summary.Skipped > 0 {
		return nil
	}
	// What counts is what was approved when the run began: it may go on for days.
	st, err := s.standingAt(ctx, p, r.StartedAt)
	if err != nil {
		return err
	}
	if !st.approved() || !st.Granted.Whole || !st.Granted.Person {
		return nil
	}
	if !s.allTried(st) {
		return nil
	}
	for _, h := range p.Doc.Holds {
		lifted := slices.Contains(st.Granted.Lifted, h.ID)
		if h.Rule != nil && !lifted && slices.Contains(standsInTheWay, h.Rule.Code) {
			return nil
		}
	}
	c, err := s.configuration()
	if err != nil {
		return err
	}
	if p.Doc.Inputs.Config != digest(c.Deciding()) {
		return nil // changed while the run was going on
	}
	return s.accept(ctx, c, p.ID, p.Doc.Tenant.ID)
}

// allTried reports whether every approved change of a plan has an outcome of a
// run, over all its runs.
func (s *session) allTried(st standing) bool {
	tried := map[string]bool{}
	for _, r := range st.Runs {
		for _, result := range r.Doc.Results {
			tried[result.Change] = tried[result.Change] || result.Outcome != apply.Skipped
		}
	}
	for id := range st.Granted.Changes {
		if !tried[id] {
			return false
		}
	}
	return true
}
