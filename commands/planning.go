package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"adsync/core/apply"
	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// planOptions are what preview was asked for.
type planOptions struct {
	Only []string // people and groups, by any name
	Save bool     // remember what was read
	From string   // a saved snapshot to plan from, in place of the directory
}

// look reads the directory, or what was read of it before.
func (o planOptions) look(ctx context.Context, s *session, c config.Config, before *config.Config, links []identity.Link) (look, error) {
	if o.From != "" {
		return s.lookBack(ctx, o.From, c, before, links)
	}
	return s.look(ctx, c, before, links)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// digestOf is the digest of a value's JSON.
func digestOf(v any) (string, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("digest: %w", err)
	}
	return digest(data), nil
}

// plan reads both sides and compares them. Nothing is written to Central.
func (s *session) plan(ctx context.Context, o planOptions) (plan.Document, error) {
	c, err := s.configuration()
	if err != nil {
		return plan.Document{}, err
	}
	if err := supported(c); err != nil {
		return plan.Document{}, err
	}
	p, err := s.open()
	if err != nil {
		return plan.Document{}, err
	}
	links, err := p.Links(ctx)
	if err != nil {
		return plan.Document{}, err
	}
	ours, err := p.Memberships(ctx)
	if err != nil {
		return plan.Document{}, err
	}
	before, err := s.other(ctx, c)
	if err != nil {
		return plan.Document{}, err
	}
	s.shows.say("reading the directory")
	l, err := o.look(ctx, s, c, before, links)
	if err != nil {
		return plan.Document{}, err
	}
	client, _, err := s.centralClient(ctx, c)
	if err != nil {
		return plan.Document{}, err
	}
	in := l.input(l.view)
	in.Links, in.Ours = links, ours
	s.shows.say("reading Sophos Central")
	tenant, held, err := s.readCentral(ctx, client, c, &in)
	if err != nil {
		return plan.Document{}, err
	}
	if in.Owners, err = s.owners(ctx, tenant); err != nil {
		return plan.Document{}, err
	}
	strict := c
	if before != nil {
		strict = c.Stricter(*before)
	}
	in.Limits = strict.Limits
	if in.Protected, err = protection(strict); err != nil {
		return plan.Document{}, err
	}
	if err := s.reread(ctx, client, &in, held); err != nil {
		return plan.Document{}, err
	}
	r, err := s.diff(ctx, o, c, strict, l, &in, tenant)
	if err != nil {
		return plan.Document{}, err
	}
	d, err := s.document(c, l, in, r, tenant)
	if err != nil {
		return plan.Document{}, err
	}
	if len(o.Only) > 0 {
		if err := s.narrow(&d, in, o.Only); err != nil {
			return plan.Document{}, err
		}
	}
	d.Summary = plan.Summarise(d.Changes, d.Holds, d.Warnings, r.Unchanged)
	d.Applyable = o.Save && plan.Liftable(d.Changes, d.Holds)
	if d.Estimate, err = estimate(ctx, d.Changes, in, c.Rate); err != nil {
		return plan.Document{}, err
	}
	if !o.Save {
		return d, nil
	}
	if err := s.keepRosters(ctx, in, held, s.env.Now()); err != nil {
		return plan.Document{}, err
	}
	return d, s.rememberRead(ctx, l, r)
}

// input is what a plan takes from the directory, as one configuration sees it.
func (l look) input(v view) plan.Input {
	return plan.Input{
		Desired: v.desired.State, Unsure: v.desired.Unsure, Lag: v.lag.change,
		Leaving:  func(link identity.Link) plan.Coded { return l.leavingBy(v, link) },
		Arriving: func(id identity.GUID) (plan.Coded, bool) { return l.arriving(v, id) },
		Devices:  v.rules.SyncDevices,
		Absence:  v.coverage.Absence, Membership: v.coverage.Membership(), Choice: v.coverage.Choice(), Missing: v.coverage.Missing,
	}
}

// diff compares both sides under the configuration of now and, where another one
// is accepted, under that too: what both would do comes from the data. A
// complete plan that is the same under both accepts the new configuration, but
// for what widens limits, policy or approval or narrows protection: strict is
// without that.
func (s *session) diff(ctx context.Context, o planOptions, c, strict config.Config, l look, in *plan.Input, tenant identity.Tenant) (plan.Result, error) {
	a, err := s.accepted(ctx)
	if err != nil {
		return plan.Result{}, err
	}
	in.Accepted = a != nil && a.Digest == digest(c.Deciding())
	if in.Accepted || a == nil || l.accepted == nil || a.Tenant != tenant.ID {
		return plan.Diff(*in), nil
	}
	now, before := *in, l.input(*l.accepted)
	now.Accepted, before.Accepted = true, true
	before.Users, before.Groups, before.Gone, before.Owners = in.Users, in.Groups, in.Gone, in.Owners
	before.Devices, before.Endpoints, before.EndpointGroups = before.Devices && in.Devices, in.Endpoints, in.EndpointGroups
	before.Links, before.Ours, before.Limits, before.Protected = in.Links, in.Ours, in.Limits, in.Protected
	r := plan.Diff(now)
	same := plan.Attribute(&r, plan.Diff(before))
	if !same || !o.Save || len(o.Only) > 0 || !l.coverage.Complete() || !l.accepted.coverage.Complete() || devicesUnseen(in.Warnings) {
		return r, nil
	}
	s.log.InfoContext(ctx, "the configuration changes nothing and is accepted")
	in.Accepted = digest(strict.Deciding()) == digest(c.Deciding())
	return r, s.accept(ctx, strict, a.Plan, tenant.ID)
}

// supported refuses settings that this version does not carry out: to ignore
// them would do something else than what they ask for.
func supported(c config.Config) error {
	for _, x := range []struct {
		set bool
		key string
	}{
		{c.Limits.Removals.GraceDays > 0, "limits.removals.graceDays"},
		{c.Approval.RemovalApprovers > 1, "approval.removalApprovers"},
		{c.Central.CredentialFrom != "", "central.credentialFrom"},
	} {
		if x.set {
			return fault.New("config.unsupported", fmt.Sprintf("%s is set, and this version of adsync does not carry it out", x.key),
				fault.Hint("take it out with adsync config unset "+x.key))
		}
	}
	return nil
}

// document puts together what a plan says.
func (s *session) document(c config.Config, l look, in plan.Input, r plan.Result, tenant identity.Tenant) (plan.Document, error) {
	by, err := s.actor()
	if err != nil {
		return plan.Document{}, err
	}
	d := plan.Document{
		Format: 1, CreatedAt: s.env.Now().UTC().Truncate(time.Second), By: by, Profile: s.name, Tenant: tenant,
		Complete: l.coverage.Complete(), Whole: true, ConfigAccepted: in.Accepted,
		Changes: r.Changes, Holds: r.Holds, Warnings: append(r.Warnings, l.desired.Warnings...),
		Reads: l.reads(), Limits: r.Limits, Out: l.desired.Count(),
	}
	for _, x := range d.Reads {
		if !x.Complete {
			d.Warnings = append(d.Warnings, plan.Warning{Code: "read.incomplete", Name: x.Base, Text: fmt.Sprintf("%s: %s", x.Kind, x.Reason)})
		}
	}
	d.Warnings = append(d.Warnings, policy.Moved(d.Reads)...)
	d.Inputs.Config = digest(c.Deciding())
	if d.Inputs.Snapshot, err = digestOf(l.snapshot); err != nil {
		return d, err
	}
	if d.Inputs.Central, err = digestOf(held(in)); err != nil {
		return d, err
	}
	d.Inputs.Ledger, err = digestOf([]any{in.Links, in.Ours})
	return d, err
}

// held is what Central holds, as far as it was asked for.
func held(in plan.Input) []any {
	if in.Devices {
		return []any{in.Users, in.Groups, in.Endpoints, in.EndpointGroups}
	}
	return []any{in.Users, in.Groups}
}

// estimate says what carrying out the changes costs within the rate budget. Holds
// are not counted: whoever lifts one of a limit decides about that alone.
func estimate(ctx context.Context, changes []plan.Change, in plan.Input, rate config.Rate) (plan.Estimate, error) {
	calls, err := apply.Rehearse(ctx, changes, apply.Picture{Users: in.Users, Groups: in.Groups, Links: in.Links})
	return plan.Estimate{
		Calls: calls, LowerBoundCalls: plan.LowerBound(changes),
		Seconds: plan.Seconds(calls, rate.PerSecond, rate.PerMinute, rate.PerHour, rate.PerDay),
	}, err
}

// rememberRead keeps what a complete read showed of the objects of the ledger and
// of their memberships.
func (s *session) rememberRead(ctx context.Context, l look, r plan.Result) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	at := l.snapshot.TakenAt.UTC()
	if err := s.rememberControllers(ctx, l.snapshot.Servers, at); err != nil {
		return err
	}
	last, err := s.remembered(ctx)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(r.Holds, func(c plan.Change) bool { return c.Rule.Code == plan.RuleLag }) {
		// What a controller shows that may lag is not remembered.
		return p.Set(ctx, keyLastRead, last.waiting(l.snapshot.Servers, at))
	}
	// Each read counts for itself: one that is complete is remembered though
	// another is not.
	if err := p.Set(ctx, keyRemembered, policy.Remember(l.rules.Remembered, l.coverage.Reads, at)); err != nil {
		return err
	}
	if err := p.Set(ctx, keyContainers, l.coverage.Containers(l.snapshot, l.reads())); err != nil {
		return err
	}
	if !l.coverage.Complete() {
		return nil
	}
	if err := p.Set(ctx, keyInner, policy.InnerGroups(l.snapshot)); err != nil {
		return err
	}
	if err := s.rememberNamed(ctx, l.reads()); err != nil {
		return err
	}
	if err := p.Set(ctx, keyKnown, policy.Know(l.rules.Own(l.snapshot), l.rules)); err != nil {
		return err
	}
	for i := range r.Seen {
		if r.Seen[i].Since.IsZero() { // an endpoint that sits where it belongs, found now
			r.Seen[i].Since = l.snapshot.TakenAt.UTC()
		}
	}
	if err := p.PutLink(ctx, r.Seen...); err != nil {
		return err
	}
	for _, id := range r.Forget {
		if err := p.DeleteLink(ctx, id); err != nil {
			return err
		}
	}
	for group, users := range r.Joined {
		if err := p.Join(ctx, group, users...); err != nil {
			return err
		}
	}
	for group, users := range r.Parted {
		if err := p.Leave(ctx, group, users...); err != nil {
			return err
		}
	}
	return p.Set(ctx, keyLastRead, lastRead{
		At: at, Servers: last.with(l.snapshot.Servers), People: l.snapshot.People.Len(), Groups: len(l.snapshot.Groups),
	})
}
