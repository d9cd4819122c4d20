package commands

import (
	"context"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"

	"adsync/core/apply"
	"adsync/core/approval"
	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/schedule"
)

// byPolicy signs what the policy allows with the account's policy key. What it
// leaves for a person is the exit code 11.
func (c *approveCmd) byPolicy(ctx context.Context, s *session, p savedPlan, cfg config.Config) error {
	key, err := s.policyKey()
	if err != nil {
		return err
	}
	used, err := s.usedByPolicy()
	if err != nil {
		return err
	}
	adopted, err := s.adopted(ctx)
	if err != nil {
		return err
	}
	st, err := s.standing(ctx, p)
	if err != nil {
		return err
	}
	perDay := map[string]int{string(plan.Create): cfg.Policy.PerDay.Create, string(plan.MembershipAdd): cfg.Policy.PerDay.MembershipAdd}
	met := append(st.met(), st.grantedIDs()...)
	ids, _ := approval.ByPolicy(p.Doc, cfg.Policy.Approve, perDay, used, adopted, met...)
	ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(met, id) })
	d, err := c.document(s, p, cfg)
	if err != nil {
		return err
	}
	d.Classes, d.Changes, d.Allow = approval.Classes(p.Doc, ids), ids, []approval.Allow{}
	waits := left(p, append(slices.Clone(ids), met...))
	return c.finish(ctx, s, p, cfg, approvalDocument{Document: d, Waiting: []waitingChange{}, Left: waits}, key)
}

// met returns the changes of the plan that were carried out.
func (st standing) met() []string {
	ids := []string{}
	for id, outcome := range st.Ended {
		if outcome != apply.Stale {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// grantedIDs returns the changes that are approved already.
func (st standing) grantedIDs() []string {
	ids := []string{}
	for id := range st.Granted.Changes {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// usedByPolicy counts what policies have approved within 24 hours.
func (s *session) usedByPolicy() (map[string]int, error) {
	profile, err := s.open()
	if err != nil {
		return nil, err
	}
	files, err := profile.Plans()
	if err != nil {
		return nil, err
	}
	since := s.env.Now().Add(-24 * time.Hour)
	used := map[string]int{}
	for _, f := range files {
		approvals, err := profile.Approvals(f.ID)
		if err != nil {
			return nil, err
		}
		ids := map[string]bool{}
		for _, a := range approvals {
			d, err := approval.Decode(a.Data)
			if err != nil || !d.Policy || !d.At.After(since) {
				continue
			}
			for _, id := range d.Changes {
				ids[id] = true
			}
		}
		if len(ids) == 0 {
			continue
		}
		saved, err := s.loadPlan(f.ID)
		if err != nil {
			return nil, err
		}
		for _, change := range saved.Doc.Changes {
			if !ids[change.ID] {
				continue
			}
			used[string(change.Action)]++
			if change.Action == plan.Create {
				used[string(plan.MembershipAdd)] += len(change.MemberOf)
			}
		}
	}
	return used, nil
}

// adopted says which of our objects were there before us.
func (s *session) adopted(ctx context.Context) (func(identity.GUID) bool, error) {
	profile, err := s.open()
	if err != nil {
		return nil, err
	}
	links, err := profile.Links(ctx)
	if err != nil {
		return nil, err
	}
	made := map[identity.GUID]bool{}
	for _, l := range links {
		made[l.Key()] = l.Origin == identity.Created
	}
	return func(id identity.GUID) bool { return !made[id] }, nil
}

// finish signs an approval that covers something, keeps it, and prints it.
func (c *approveCmd) finish(ctx context.Context, s *session, p savedPlan, cfg config.Config, d approvalDocument, key ed25519.PrivateKey) error {
	if !c.Policy || len(d.Changes) > 0 {
		signed, err := s.keepApproval(ctx, d.Document, key)
		if err != nil {
			return err
		}
		d.Document = signed
	}
	d.Approval = d.Document.ID
	d.Covered = len(d.Changes)
	if d.Allow == nil {
		d.Allow = []approval.Allow{}
	}
	if err := s.complete(&d, p, cfg); err != nil {
		return err
	}
	code := exitOK
	if c.Policy && d.Left > 0 {
		code = exitHeld
	}
	return s.end(ctx, approvalOutput(d), code)
}

// keepApproval signs an approval and keeps it. Two with the same content and
// time are one: approving again within the second in which the first was revoked
// would stay revoked, so that one takes a later second.
func (s *session) keepApproval(ctx context.Context, d approval.Document, key ed25519.PrivateKey) (approval.Document, error) {
	profile, err := s.open()
	if err != nil {
		return d, err
	}
	revoked, err := profile.Revoked(ctx)
	if err != nil {
		return d, err
	}
	signed, err := approval.Sign(d, key)
	for err == nil {
		if _, gone := revoked[signed.ID]; !gone {
			break
		}
		d.At = d.At.Add(time.Second)
		signed, err = approval.Sign(d, key)
	}
	if err != nil {
		return d, err
	}
	data, err := approval.Encode(signed)
	if err != nil {
		return d, err
	}
	return signed, profile.SaveApproval(signed.Plan, signed.ID, data)
}

// complete adds what a reader of an approval wants to know beside it.
func (s *session) complete(d *approvalDocument, p savedPlan, cfg config.Config) error {
	d.Warnings, d.Next = []approvalWarning{}, []fault.Next{}
	if d.Covered > 0 || !d.Policy {
		d.Next = append(d.Next, s.next("carry out what is approved", "apply", p.ID))
	}
	spec := scheduleSpec(cfg)
	if next, ok := spec.Next(s.env.Now()); ok && spec.Mode != schedule.Never && !d.Policy && next.After(d.Until) {
		d.Warnings = append(d.Warnings, approvalWarning{
			Code: "approval.endsBeforeRun",
			Text: fmt.Sprintf("the approval ends before the next scheduled run at %s; use --for to make it longer, or apply now", next.UTC().Format(time.RFC3339)),
		})
	}
	profile, err := s.open()
	if err != nil {
		return err
	}
	files, err := profile.Plans()
	if err != nil || len(files) == 0 || files[0].ID == p.ID {
		return err
	}
	newest, err := s.loadPlan(files[0].ID)
	if err != nil || newest.Doc.CreatedAt.Before(p.Doc.CreatedAt) {
		return err
	}
	d.Newer = compare(p.Doc, newest)
	return nil
}

// newerPlan says how the newest plan differs from the one that is approved.
type newerPlan struct {
	ID    string `json:"id"`
	Same  int    `json:"same"`  // changes that both have
	Gone  int    `json:"gone"`  // changes that the newest does not have any more
	Added int    `json:"added"` // changes that only the newest has
}

func compare(old plan.Document, newest savedPlan) *newerPlan {
	n := newerPlan{ID: newest.ID}
	before := map[string]bool{}
	for _, c := range old.Changes {
		before[c.ID] = true
	}
	for _, c := range newest.Doc.Changes {
		if before[c.ID] {
			n.Same++
		} else {
			n.Added++
		}
	}
	n.Gone = len(old.Changes) - n.Same
	return &n
}
