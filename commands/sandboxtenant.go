package commands

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/sandbox"
	"adsync/core/sandbox/tenant"
	"adsync/output"
)

type sandboxSeedCmd struct {
	File string `arg:"" help:"JSON file with users, groups and quirks, or how many to make up."`
}

func (sandboxSeedCmd) Help() string {
	return `Adds objects to the simulated Sophos Central past its API, all of them or none. The file is an object with any of

    replace     true: what Sophos Central holds goes first
    users       name, and of firstName, lastName, email, exchangeLogin, domain, source, admin what there is
    groups      name, description, source, members (each an id, mail address, login or name)
    generate    users, groups, groupsEach, seed; of a hundred users: agents, activeDirectory, entra
    quirks      upperIds, extraFields, plainHosts, sparse, emptyErrors, lagSeconds, maxPage

Example:

    adsync sandbox seed tenant.json`
}

// Run fills the simulated Central.
func (c *sandboxSeedCmd) Run(ctx context.Context, s *session) error {
	f, err := os.Open(c.File)
	if err != nil {
		return fault.New("usage.sandbox.seed", "the seed file cannot be read", fault.Cause(err), fault.Hint("name a JSON file"))
	}
	defer func() { _ = f.Close() }()
	client, err := s.toSandbox(ctx)
	if err != nil {
		return err
	}
	planted, err := client.Plant(ctx, f)
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{
		Type: "seed",
		Value: struct {
			Format int `json:"format"`
			tenant.Planted
			Next []fault.Next `json:"next"`
		}{1, planted, []fault.Next{s.next("see what it means for the next plan", "preview")}},
		Lists: []output.List{{Field: "next", Type: "next"}},
	})
}

type sandboxCallsCmd struct {
	Each  bool `xor:"calls" help:"List every call, not how many each route had."`
	Clear bool `xor:"calls" help:"Begin to count anew."`
}

func (sandboxCallsCmd) Help() string {
	return `The calls that the simulated Sophos Central received since the sandbox was started or they were cleared. Examples:

    adsync sandbox calls

    adsync sandbox calls --each --output csv

    adsync sandbox calls --clear`
}

// Run shows the calls, by route or one by one.
func (c *sandboxCallsCmd) Run(ctx context.Context, s *session) error {
	client, err := s.toSandbox(ctx)
	if err != nil {
		return err
	}
	if c.Each {
		return s.printCalls(ctx, client)
	}
	if c.Clear {
		if err := client.ForgetCalls(ctx); err != nil {
			return err
		}
	}
	counts, err := client.Counts(ctx)
	if err != nil {
		return err
	}
	type line struct {
		Method string `json:"method"`
		Route  string `json:"route"` // "" where the path is none of the API's
		Calls  int    `json:"calls"`
	}
	total, routes := 0, []line{}
	for name, n := range counts {
		method, route, _ := strings.Cut(name, " ")
		routes, total = append(routes, line{method, route, n}), total+n
	}
	slices.SortFunc(routes, func(a, b line) int { return cmp.Or(cmp.Compare(a.Route, b.Route), cmp.Compare(a.Method, b.Method)) })
	return s.print(ctx, output.Document{
		Type: "calls",
		Value: struct {
			Format int    `json:"format"`
			Total  int    `json:"total"`
			Routes []line `json:"routes"`
		}{1, total, routes},
		Lists: []output.List{{Field: "routes", Type: "route"}},
	})
}

func (s *session) printCalls(ctx context.Context, client *sandbox.Client) error {
	calls, err := client.Calls(ctx)
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{
		Type: "calls",
		Value: struct {
			Format int           `json:"format"`
			Total  int           `json:"total"`
			Calls  []tenant.Call `json:"calls"`
		}{1, len(calls), append([]tenant.Call{}, calls...)},
		Lists: []output.List{{Field: "calls", Type: "call", Columns: []string{"at", "method", "path", "ids", "status", "faulted", "requestId"}}},
	})
}

type sandboxClockCmd struct {
	Forward duration `placeholder:"TIME" help:"Move it on by a time like 90m or 2d."`
}

func (sandboxClockCmd) Help() string {
	return `The clock of the simulated Sophos Central, by which its tokens end, its rate limits count and its objects are dated; not that of this computer or of the sandbox's directory. Examples:

    adsync sandbox clock

    adsync sandbox clock --forward 2h`
}

// Run shows the clock, or moves it.
func (c *sandboxClockCmd) Run(ctx context.Context, s *session) error {
	client, err := s.toSandbox(ctx)
	if err != nil {
		return err
	}
	var now sandbox.Clock
	if c.Forward > 0 {
		now, err = client.Forward(ctx, time.Duration(c.Forward))
	} else {
		now, err = client.Clock(ctx)
	}
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{
		Type: "clock",
		Value: struct {
			Format int `json:"format"`
			sandbox.Clock
		}{1, now},
	})
}

type sandboxResetCmd struct{}

func (sandboxResetCmd) Help() string {
	return `Takes away fault rules and quirks, forgets the calls and sets the clock right. Users and groups stay. Example:

    adsync sandbox reset`
}

// Run makes the simulated Central behave again.
func (sandboxResetCmd) Run(ctx context.Context, s *session) error {
	client, err := s.toSandbox(ctx)
	if err != nil {
		return err
	}
	if err := client.Reset(ctx); err != nil {
		return fmt.Errorf("reset: %w", err)
	}
	return sandboxStatusCmd{}.Run(ctx, s)
}
