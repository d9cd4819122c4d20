package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"

	"adsync/core/config"
	"adsync/core/fault"
	"adsync/core/sandbox"
	"adsync/core/secret"
	"adsync/output"
)

// sandboxProfile is the profile that is set up for the sandbox of a home.
const sandboxProfile = "sandbox"

// sandboxDir is where the sandbox keeps its files. No profile can have the name.
func (s *session) sandboxDir() string { return filepath.Join(s.home, ".sandbox") }

// sandboxDocument says where the sandbox is reached.
type sandboxDocument struct {
	sandbox.Info
	Profile string       `json:"profile"`
	Next    []fault.Next `json:"next"`
}

// forSandbox makes the session one of the sandbox's profile, whatever profile
// was named.
func (s *session) forSandbox() { s.name = sandboxProfile }

func (s *session) printSandbox(ctx context.Context, i sandbox.Info) error {
	d := sandboxDocument{Info: i, Profile: sandboxProfile, Next: []fault.Next{}}
	if i.Running {
		d.Next = append(d.Next, s.next("try the API credential of the sandbox", "central", "validate"))
	} else {
		d.Next = append(d.Next, s.next("start it in the background", "sandbox", "start"))
	}
	return s.print(ctx, output.Document{Type: "sandbox", Value: d, Lists: []output.List{{Field: "next", Type: "next"}}})
}

type sandboxServeCmd struct {
	Rate     int  `placeholder:"COUNT" help:"Calls a second that the simulated Sophos Central lets through; without it any number."`
	Detached bool `hidden:"" help:"Leave the profile to who started this."`
}

func (sandboxServeCmd) Help() string {
	return `Runs until Ctrl+C or sandbox stop. Example:

    adsync sandbox serve`
}

// Run runs the sandbox in the foreground. Its document is printed once
// everything answers and the profile is set up.
func (c *sandboxServeCmd) Run(ctx context.Context, s *session) error {
	s.forSandbox()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	o := sandbox.Options{Dir: s.sandboxDir(), Now: s.env.Now, Log: s.log}
	o.Rate.PerSecond = c.Rate
	var failed error
	o.Ready = func(i sandbox.Info) {
		if !c.Detached {
			failed = s.setUpSandbox(ctx, i)
		}
		if failed == nil {
			failed = s.printSandbox(ctx, i)
		}
		if failed != nil {
			stop()
		}
	}
	if err := sandbox.Serve(ctx, o); err != nil {
		return err
	}
	return failed
}

type sandboxStartCmd struct {
	Rate int `placeholder:"COUNT" help:"Calls a second that the simulated Sophos Central lets through; without it any number."`
}

func (sandboxStartCmd) Help() string {
	return `Sets up the profile sandbox, with its credentials, for this account. Examples:

    adsync sandbox start

    adsync central validate --profile sandbox`
}

// Run starts the sandbox in the background.
func (c *sandboxStartCmd) Run(ctx context.Context, s *session) error {
	s.forSandbox()
	program, err := s.env.Program()
	if err != nil {
		return fmt.Errorf("find the program: %w", err)
	}
	args := []string{"sandbox", "serve", "--detached", "--home", s.home, "--output", "json", "--no-input"}
	if c.Rate > 0 {
		args = append(args, fmt.Sprintf("--rate=%d", c.Rate))
	}
	i, err := sandbox.Start(ctx, program, args, s.sandboxDir())
	if err != nil {
		return err
	}
	if err := s.setUpSandbox(ctx, i); err != nil {
		return err
	}
	return s.printSandbox(ctx, i)
}

type sandboxStopCmd struct{}

func (sandboxStopCmd) Help() string {
	return `What was changed is kept. Example:

    adsync sandbox stop`
}

// Run stops the sandbox.
func (sandboxStopCmd) Run(ctx context.Context, s *session) error {
	s.forSandbox()
	i, err := sandbox.Stop(ctx, s.sandboxDir())
	if err != nil {
		return err
	}
	return s.printSandbox(ctx, i)
}

type sandboxStatusCmd struct{}

func (sandboxStatusCmd) Help() string {
	return `Example:

    adsync sandbox status --jq .running`
}

// Run says whether the sandbox runs, and where.
func (sandboxStatusCmd) Run(ctx context.Context, s *session) error {
	s.forSandbox()
	i, err := sandbox.Status(ctx, s.sandboxDir())
	if err != nil {
		return err
	}
	return s.printSandbox(ctx, i)
}

// setUpSandbox makes the profile one of the sandbox: where it is, its secrets,
// and, where nothing stands there yet, its domain and a rate that does not slow
// a trial down. What was set by hand otherwise stays.
func (s *session) setUpSandbox(ctx context.Context, i sandbox.Info) error {
	p, err := s.open()
	if err != nil {
		return err
	}
	data, err := p.ReadConfig()
	if err != nil {
		return err
	}
	before, err := parseConfig(data)
	if err != nil {
		return err
	}
	type setting struct {
		key   string
		value any
	}
	settings := []setting{
		{"central.identityUrl", i.Central.IdentityURL},
		{"central.globalUrl", i.Central.GlobalURL},
		{"central.caFile", i.CAFile},
		{"proxy.mode", config.ProxyNone},
		{"directory.servers", []string{i.Directory.Host}},
		{"directory.port", i.Directory.Port},
		{"directory.bind", config.BindSimple},
		{"directory.caFile", i.CAFile},
	}
	if len(before.Scope.Domains) == 0 {
		settings = append(settings, setting{"scope.domains", []map[string]any{{"name": i.Directory.Domain, "include": true}}})
	}
	if !before.ByHand("rate") {
		settings = append(settings, setting{"rate", map[string]int{"perSecond": 1000, "perMinute": 60_000, "perHour": 1_000_000, "perDay": 10_000_000}})
	}
	for _, set := range settings {
		raw, err := json.Marshal(set.value)
		if err != nil {
			return err
		}
		if data, _, err = config.SetJSON(data, set.key, raw); err != nil {
			return err
		}
	}
	after, err := parseConfig(data)
	if err != nil {
		return err
	}
	if err := p.WriteConfig(data); err != nil {
		return err
	}
	return s.storeSandboxSecrets(ctx, i, after)
}

func (s *session) storeSandboxSecrets(ctx context.Context, i sandbox.Info, c config.Config) error {
	k, err := s.keeper()
	if err != nil {
		return err
	}
	for _, x := range []secret.Secret{
		{Purpose: secret.Central, User: i.Central.ClientID, Value: secret.NewValue(i.Secrets.ClientSecret)},
		{Purpose: secret.Directory, User: i.Directory.User, Value: secret.NewValue(i.Secrets.DirectoryPassword)},
	} {
		if held, err := k.Get(x.Purpose); err != nil || held.User != x.User || held.Value.Reveal() != x.Value.Reveal() {
			if err := k.Set(x, nil); err != nil {
				return err
			}
		}
		if err := s.bind(ctx, x.Purpose, bindingFor(x.Purpose, c)); err != nil {
			return err
		}
	}
	return nil
}
