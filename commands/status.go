package commands

import (
	"context"
	"runtime"
	"time"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/output"
)

type statusCmd struct {
	Check bool `help:"End with 11 where something waits for a person, 14 where the last run failed or is overdue, 40 where no credential is validated."`
}

func (statusCmd) Help() string {
	return `Examples:

    adsync status --output table

    adsync status --check`
}

// statusDocument is the profile at a glance.
type statusDocument struct {
	Format      int              `json:"format"`
	Profile     string           `json:"profile"`
	Tenant      *identity.Tenant `json:"tenant"`
	ValidatedAt *time.Time       `json:"validatedAt"`
	LastRead    *lastRead        `json:"lastRead"`
	LastRun     *runLine         `json:"lastRun"`
	LastGoodRun *runLine         `json:"lastGoodRun"`
	Pending     *pendingPlan     `json:"pending"`
	Holds       int              `json:"holds"`
	Paused      *struct{}        `json:"paused"` // no pause yet: null
	Running     bool             `json:"running"`
	NextRun     *time.Time       `json:"nextRun"`
	Overdue     bool             `json:"overdue"`
	Problems    []problemLine    `json:"problems"`
	Next        []fault.Next     `json:"next"`
}

// pendingPlan is the newest plan that is not carried out.
type pendingPlan struct {
	Plan     string    `json:"plan"`
	Changes  int       `json:"changes"`
	Removals int       `json:"removals"`
	Since    time.Time `json:"since"`
	Approved bool      `json:"approved"` // all that is left of it, by an approval that counts
}

// Run prints how things are. What cannot be found out is a problem of the
// document, not a failure of the step.
func (c *statusCmd) Run(ctx context.Context, s *session) error {
	d := statusDocument{Format: 1, Profile: s.name, Problems: []problemLine{}, Next: []fault.Next{}}
	codes := []int{}
	note := func(code int, p problemLine) {
		d.Problems = append(d.Problems, p)
		codes = append(codes, code)
	}
	data, err := s.configFile()
	if err != nil {
		return err
	}
	cfg, err := config.Parse(data, runtime.GOOS)
	if err != nil {
		b := body(err)
		note(exitConfig, problemLine{Code: b.Code, Text: b.Message})
		if cfg, err = config.Read(data, runtime.GOOS); err != nil {
			cfg = config.Default()
		}
	}
	if err := s.statusValidation(ctx, cfg, &d, note); err != nil {
		return err
	}
	if err := s.statusRuns(&d, note); err != nil {
		return err
	}
	if err := s.statusPlans(ctx, cfg, &d, note); err != nil {
		return err
	}
	if err := s.statusSchedule(ctx, cfg, &d, note); err != nil {
		return err
	}
	if !c.Check {
		codes = nil
	}
	return s.end(ctx, output.Document{Type: "status", Value: d, Lists: []output.List{
		{Field: "problems", Type: "problem"}, {Field: "next", Type: "next"},
	}}, codes...)
}
