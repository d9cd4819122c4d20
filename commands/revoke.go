package commands

import (
	"context"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/plan"
	"adsync/output"
)

type revokeCmd struct {
	ID string `arg:"" help:"Id of an approval, or of a plan: then all its approvals."`
}

func (revokeCmd) Help() string {
	return `Example:

    adsync revoke 3f9a1c02`
}

// revokeDocument is what was taken back.
type revokeDocument struct {
	Format  int          `json:"format"`
	Plan    string       `json:"plan"`
	Revoked []string     `json:"revoked"` // ids of approvals
	By      plan.Actor   `json:"by"`
	At      time.Time    `json:"at"`
	Next    []fault.Next `json:"next"`
}

// Run takes approvals back. It stops things and so needs no gate; what a run has
// begun is not stopped by it.
func (c *revokeCmd) Run(ctx context.Context, s *session) error {
	planID, ids, err := s.approvalsNamed(c.ID)
	if err != nil {
		return err
	}
	by, err := s.actor()
	if err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	now := utc(s.env.Now())
	if err := p.Revoke(ctx, ids, by.Account, now); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "approvals revoked", "plan", planID, "approvals", ids, "account", by.Account)
	d := revokeDocument{Format: 1, Plan: planID, Revoked: ids, By: by, At: now, Next: []fault.Next{s.next("what still waits", "status")}}
	return s.print(ctx, output.Document{Type: "revocation", Value: d, Lists: []output.List{{Field: "next", Type: "next"}}})
}

// approvalsNamed returns the approvals that an id stands for: its own, or all of
// a plan.
func (s *session) approvalsNamed(id string) (planID string, ids []string, err error) {
	if id == latest {
		return "", nil, fault.New("usage.plan.name", "latest names no plan where something is revoked", fault.Hint("name the plan by its id"))
	}
	p, err := s.open()
	if err != nil {
		return "", nil, err
	}
	plans, err := p.Plans()
	if err != nil {
		return "", nil, err
	}
	for _, f := range plans {
		files, err := p.Approvals(f.ID)
		if err != nil {
			return "", nil, err
		}
		for _, a := range files {
			if len(id) >= 8 && strings.HasPrefix(a.ID, strings.ToLower(id)) {
				return f.ID, []string{a.ID}, nil
			}
		}
	}
	full, _, err := p.Plan(id)
	if err != nil && !fault.Is(err, "approval.changed") {
		return "", nil, err
	}
	files, err := p.Approvals(full)
	if err != nil {
		return "", nil, err
	}
	for _, a := range files {
		ids = append(ids, a.ID)
	}
	if len(ids) == 0 {
		return "", nil, fault.New("usage.approval.unknown", "plan "+full+" has no approval")
	}
	return full, ids, nil
}
