package commands

import (
	"context"
	"time"

	"adsync/core/config"
	"adsync/core/policy"
)

// accepted is the configuration that a person has approved and a run applied.
type accepted struct {
	Digest  string                        `json:"digest"` // of the deciding configuration
	Domains map[string]policy.DomainRules `json:"domains"`
	Plan    string                        `json:"plan"`
	At      time.Time                     `json:"at"`
}

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

const keyAccepted = "accepted"

// accept makes the configuration the accepted one, by way of a plan.
func (s *session) accept(ctx context.Context, c config.Config, planID string) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	return p.Set(ctx, keyAccepted, accepted{Digest: digest(c.Deciding()), Domains: domainRules(c), Plan: planID, At: s.env.Now().UTC()})
}
