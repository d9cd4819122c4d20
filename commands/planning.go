package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// centralReader is what planning may do with Sophos Central: it has no writes.
type centralReader interface {
	Connect(ctx context.Context) (identity.Tenant, error)
	TryDirectory(ctx context.Context) (identity.Tenant, error)
	Tenant() identity.Tenant
	Users(ctx context.Context) ([]identity.CentralUser, error)
	Groups(ctx context.Context) ([]identity.CentralGroup, error)
	Members(ctx context.Context, groupID string) ([]string, error)
	UsersByID(ctx context.Context, ids []string) (map[string]identity.CentralUser, error)
	GroupsByID(ctx context.Context, ids []string) (map[string]identity.CentralGroup, error)
}

// planOptions are what preview was asked for.
type planOptions struct {
	Only []string // people and groups, by any name
	Save bool     // remember what was read
}

// accepted is the configuration that a person has approved and a run applied.
type accepted struct {
	Digest  string                        `json:"digest"` // of the deciding configuration
	Domains map[string]policy.DomainRules `json:"domains"`
	Plan    string                        `json:"plan"`
	At      time.Time                     `json:"at"`
}

const keyAccepted = "accepted"

// accepted returns the accepted configuration, nil before the first.
func (s *session) accepted(ctx context.Context) (*accepted, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	var a accepted
	ok, err := p.Get(ctx, keyAccepted, &a)
	if err != nil || !ok {
		return nil, err
	}
	return &a, nil
}

// accept makes the configuration the accepted one, by way of a plan.
func (s *session) accept(ctx context.Context, c config.Config, planID string) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Set(ctx, keyAccepted, accepted{Digest: digest(c.Deciding()), Domains: domainRules(c), Plan: planID, At: s.env.Now().UTC()})
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
	l, err := s.look(ctx, c, links)
	if err != nil {
		return plan.Document{}, err
	}
	client, _, err := s.centralClient(ctx, c)
	if err != nil {
		return plan.Document{}, err
	}
	in := plan.Input{
		Desired: l.desired.State, Links: links, Ours: ours, Leaving: l.leaving, Absence: l.coverage.Absence, Membership: l.coverage.Membership(),
		Lag: l.lag, Unsure: l.desired.Unsure, Limits: c.Limits,
	}
	tenant, err := s.readCentral(ctx, client, c, &in)
	if err != nil {
		return plan.Document{}, err
	}
	if in.Owners, err = s.owners(ctx, tenant); err != nil {
		return plan.Document{}, err
	}
	if in.Protected, err = protection(c); err != nil {
		return plan.Document{}, err
	}
	a, err := s.accepted(ctx)
	if err != nil {
		return plan.Document{}, err
	}
	in.Accepted = a != nil && a.Digest == digest(c.Deciding())

	r := plan.Diff(in)
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
	d.Estimate = estimate(d.Changes, in, c.Rate)
	if o.Save {
		return d, s.rememberRead(ctx, l, r)
	}
	return d, nil
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
		{c.Scope.Devices.Sync, "scope.devices.sync"},
		{c.Directory.ReadOnlyControllers, "directory.readOnlyControllers"},
		{c.Central.CredentialFrom != "", "central.credentialFrom"},
	} {
		if x.set {
			return fault.New("config.unsupported", fmt.Sprintf("%s is set, and this version of adsync does not carry it out", x.key),
				fault.Hint("take it out with adsync config unset "+x.key))
		}
	}
	return nil
}

// readCentral fills in what Central holds.
func (s *session) readCentral(ctx context.Context, client centralReader, c config.Config, in *plan.Input) (identity.Tenant, error) {
	tenant, err := connect(ctx, client, c)
	if err != nil {
		return tenant, err
	}
	if err := s.sameTenant(ctx, tenant, len(in.Links) > 0); err != nil {
		return tenant, err
	}
	if in.Users, err = client.Users(ctx); err != nil {
		return tenant, err
	}
	if in.Groups, err = client.Groups(ctx); err != nil {
		return tenant, err
	}
	tenant = client.Tenant() // the lists have told its name
	ours := map[string]identity.Link{}
	for _, l := range in.Links {
		ours[l.CentralID] = l
	}
	for i, g := range in.Groups {
		if _, ok := ours[g.ID]; !ok || g.MembersKnown {
			continue
		}
		if in.Groups[i].Members, err = client.Members(ctx, g.ID); err != nil {
			return tenant, err
		}
		in.Groups[i].MembersKnown = true
	}
	in.Gone, err = gone(ctx, client, in, ours)
	return tenant, err
}

// gone asks by their ids for the linked objects that the lists do not hold.
func gone(ctx context.Context, client centralReader, in *plan.Input, ours map[string]identity.Link) (map[string]bool, error) {
	listed := map[string]bool{}
	for _, u := range in.Users {
		listed[u.ID] = true
	}
	for _, g := range in.Groups {
		listed[g.ID] = true
	}
	var users, groups []string
	for id, l := range ours {
		switch {
		case listed[id]:
		case l.Kind == identity.KindUser:
			users = append(users, id)
		default:
			groups = append(groups, id)
		}
	}
	slices.Sort(users)
	slices.Sort(groups)
	result := map[string]bool{}
	if len(users) > 0 {
		found, err := client.UsersByID(ctx, users)
		if err != nil {
			return nil, err
		}
		for _, id := range users {
			if _, ok := found[id]; !ok {
				result[id] = true
			}
		}
	}
	if len(groups) > 0 {
		found, err := client.GroupsByID(ctx, groups)
		if err != nil {
			return nil, err
		}
		for _, id := range groups {
			if _, ok := found[id]; !ok {
				result[id] = true
			}
		}
	}
	return result, nil
}

const keyTenant = "tenant"

// sameTenant refuses to go on with another tenant than the ledger's: there, all
// that it names would look as if somebody had deleted it.
func (s *session) sameTenant(ctx context.Context, t identity.Tenant, holds bool) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	var known string
	if _, err := p.Get(ctx, keyTenant, &known); err != nil {
		return err
	}
	if strings.EqualFold(known, t.ID) {
		return nil
	}
	if holds && known != "" {
		return fault.New("config.central.otherTenant",
			fmt.Sprintf("the credential belongs to the tenant %s, the ledger of this profile to %s", t.ID, known),
			fault.Hint("use a profile of its own for each tenant (--profile NAME)"))
	}
	return p.Set(ctx, keyTenant, t.ID)
}

// owners are the Central ids that other profiles of this machine own.
func (s *session) owners(ctx context.Context, t identity.Tenant) (map[string]string, error) {
	shared, err := s.openShared()
	if err != nil {
		return nil, err
	}
	all, err := shared.Owners(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	for id, profile := range all {
		if profile == s.name {
			delete(all, id)
		}
	}
	return all, nil
}

// protection is the protect list, with the objects of Central that are excluded.
func protection(c config.Config) (func(identity.Kind, ...string) bool, error) {
	users, err := patterns("protect.users", c.Protect.Users)
	if err != nil {
		return nil, err
	}
	groups, err := patterns("protect.groups", c.Protect.Groups)
	if err != nil {
		return nil, err
	}
	central, err := patterns("exclude.central", c.Exclude.Central)
	if err != nil {
		return nil, err
	}
	return func(k identity.Kind, values ...string) bool {
		if central.Match(values...) {
			return true
		}
		if k == identity.KindUser {
			return users.Match(values...)
		}
		return groups.Match(values...)
	}, nil
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
		Reads: l.coverage.Reads, Limits: r.Limits, Out: l.desired.Count(),
	}
	for _, x := range d.Reads {
		if !x.Complete {
			d.Warnings = append(d.Warnings, plan.Warning{Code: "read.incomplete", Name: x.Base, Text: fmt.Sprintf("%s: %s", x.Kind, x.Reason)})
		}
	}
	d.Inputs.Config = digest(c.Deciding())
	if d.Inputs.Snapshot, err = digestOf(l.snapshot); err != nil {
		return d, err
	}
	if d.Inputs.Central, err = digestOf([]any{in.Users, in.Groups}); err != nil {
		return d, err
	}
	d.Inputs.Ledger, err = digestOf([]any{in.Links, in.Ours})
	return d, err
}

// narrow keeps what concerns some people and groups.
func (s *session) narrow(d *plan.Document, in plan.Input, only []string) error {
	wanted := map[identity.GUID]bool{}
	for _, who := range only {
		found := named(in, who)
		if len(found) == 0 {
			return fault.New("usage.who.unknown", fmt.Sprintf("%q is nobody that the directory or the ledger shows", who),
				fault.Hint("name a mail address, account, distinguished name, SID, objectGUID or display name"))
		}
		for _, id := range found {
			wanted[id] = true
		}
	}
	keep := func(c plan.Change) bool {
		return wanted[c.ObjectGUID] || (c.Group != nil && wanted[c.Group.ObjectGUID])
	}
	d.Whole = false
	d.Changes, d.Holds = plan.Only(d.Changes, keep), plan.Only(d.Holds, keep)
	d.Warnings = slices.DeleteFunc(d.Warnings, func(w plan.Warning) bool { return w.ObjectGUID != "" && !wanted[w.ObjectGUID] })
	return nil
}

// named finds who is meant, among the wanted and in the ledger.
func named(in plan.Input, who string) []identity.GUID {
	var list []identity.GUID
	is := func(values ...string) bool {
		return slices.ContainsFunc(values, func(v string) bool { return v != "" && strings.EqualFold(v, who) })
	}
	for id, u := range in.Desired.Users {
		if is(string(id), u.SID, u.DN, u.Account, u.NetBIOS+`\`+u.Account, u.Display, u.Fields.Name, u.Fields.Email) {
			list = append(list, id)
		}
	}
	for id, g := range in.Desired.Groups {
		if is(string(id), g.SID, g.DN, g.Account, g.Display, g.Fields.Name) {
			list = append(list, id)
		}
	}
	for _, l := range in.Links {
		if is(string(l.GUID), l.SID, l.DN, l.Account, l.Name, l.Mail, l.CentralID) {
			list = append(list, l.GUID)
		}
	}
	return list
}

// estimate says what carrying out the changes costs within the rate budget.
func estimate(changes []plan.Change, in plan.Input, rate config.Rate) plan.Estimate {
	sizes := map[string]int{}
	for _, g := range in.Groups {
		sizes[g.ID] = g.Total
		if g.MembersKnown {
			sizes[g.ID] = len(g.Members)
		}
	}
	calls := plan.CountCalls(changes, sizes)
	return plan.Estimate{
		Calls: calls, LowerBoundCalls: plan.LowerBound(changes),
		Seconds: plan.Seconds(calls, rate.PerSecond, rate.PerMinute, rate.PerHour, rate.PerDay),
	}
}

// rememberRead keeps what a complete read showed of the objects of the ledger and
// of their memberships.
func (s *session) rememberRead(ctx context.Context, l look, r plan.Result) error {
	if !l.coverage.Complete() {
		return nil
	}
	p, err := s.open()
	if err != nil {
		return err
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
		At: l.snapshot.TakenAt.UTC(), Server: l.snapshot.Server.Name, Invocation: l.snapshot.Server.InvocationID,
		HighestUSN: l.snapshot.Server.HighestUSN, People: len(l.snapshot.People), Groups: len(l.snapshot.Groups),
	})
}
