package commands

import (
	"context"
	"time"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/incumbent"
	"adsync/core/schedule"
	"adsync/core/secret"
)

// budgetLine is what is used of the rate budget of the credential.
type budgetLine struct {
	Span   string `json:"span"`
	Most   int    `json:"most"`
	Made   int    `json:"made"`
	Left   int    `json:"left"`
	WaitMs int64  `json:"waitMs"` // until there is room for another call
}

// spanNames are the words for the spans of the budget.
var spanNames = map[time.Duration]string{
	time.Second: "second", time.Minute: "minute", time.Hour: "hour", 24 * time.Hour: "day",
}

// task names the account of the scheduled task: what one account has and may
// says nothing of another.
func (p *probing) task() {
	spec := scheduleSpec(p.config)
	if spec.Mode == schedule.Never {
		return
	}
	account := first(spec.Account, "SYSTEM")
	p.doc.Task = &probedTask{Account: account, Same: spec.RunsAs(p.doc.By.Account, p.doc.By.SID)}
	if !p.doc.Task.Same {
		p.remark("probe.otherAccount", "this was tried as "+p.doc.By.Account+" and proves nothing for the scheduled task, which runs as "+account)
	}
}

// utility looks for the original utility: two that synchronise the same people
// undo each other's work.
func (p *probing) utility() {
	if service, runs := incumbent.Running(); runs {
		p.remark("utility.running", "the service "+service+" runs on this computer: stop it before adsync synchronises the same people")
	}
}

// gate is what a run is refused for before it begins.
func (p *probing) gate(ctx context.Context) error {
	if _, err := p.try("validation", func() (string, error) {
		v, err := p.validFor(ctx, p.config)
		if err != nil {
			return "", err
		}
		return "validated at " + v.At.Format(time.RFC3339), nil
	}); err != nil {
		return err
	}
	_, err := p.try("scope", func() (string, error) {
		if !includesDomain(p.config) {
			return "", fault.New("config.scope.domains", "no domain is included",
				fault.Then(p.command("directory", "domains"), "list the domains of the forest"))
		}
		return "", nil
	})
	return err
}

// central goes the way to Sophos Central step by step, each at a host of its own.
func (p *probing) central(ctx context.Context) error {
	const credential, signIn, whoAmI, read = "central.credential", "central.signIn", "central.whoAmI", "central.read"
	var client *central.Client
	well, err := p.try(credential, func() (string, error) {
		made, held, err := p.centralClient(ctx, p.config)
		client = made
		return held.User, err
	})
	if err != nil {
		return err
	}
	if !well {
		p.skipped(signIn, whoAmI, read)
		p.doc.Hosts = p.hosts()
		return nil
	}
	defer func() { p.doc.Hosts = client.Proxies() }()
	if well, err = p.try(signIn, func() (string, error) { return p.config.Central.IdentityURL, client.SignIn(ctx) }); err != nil || !well {
		p.skipped(whoAmI, read)
		return err
	}
	well, err = p.try(whoAmI, func() (string, error) {
		_, err := client.Connect(ctx)
		p.doc.CredentialKind = client.Account().Kind
		return p.config.Central.GlobalURL, err
	})
	if err != nil || !well {
		p.skipped(read)
		return err
	}
	_, err = p.try(read, func() (string, error) {
		tenant, err := client.TryDirectory(ctx)
		if err != nil {
			return "", err
		}
		p.doc.Tenant = &tenant
		return tenant.APIHost, tenantFits(p.config, tenant.ID, tenant.Name)
	})
	if err == nil && p.config.Scope.Devices.Sync {
		err = p.devices(ctx, client)
	}
	return err
}

// devices looks whether Central shows groups of endpoints. Where it does not a run
// leaves devices out and goes on, so that is a remark.
func (p *probing) devices(ctx context.Context, client *central.Client) error {
	_, err := p.try("central.devices", func() (string, error) {
		_, err := client.EndpointGroups(ctx)
		if fault.Is(err, "central.forbidden") || fault.Is(err, "central.notFound") {
			p.remark("device.unavailable", "devices are left out, because Central does not show them: "+err.Error())
			return "not shown", nil
		}
		return "", err
	})
	return err
}

// hosts are the hosts of the configuration with the way to each, which needs no
// credential.
func (p *probing) hosts() []central.HostProxy {
	client, err := central.New(central.Options{
		IdentityURL: p.config.Central.IdentityURL, GlobalURL: p.config.Central.GlobalURL,
		Proxy: central.Proxy{Mode: p.config.Proxy.Mode, URL: p.config.Proxy.URL}, Environ: p.env.Getenv,
		Now: p.env.Now, Secret: func() string { return "" },
	})
	if err != nil {
		return []central.HostProxy{} // the check of the credential has told it
	}
	return client.Proxies()
}

// directory connects, binds, and asks what the account may read.
func (p *probing) directory(ctx context.Context) error {
	_, err := p.try("directory", func() (string, error) {
		report, err := p.validateDirectory(ctx, p.config)
		if err != nil {
			return "", err
		}
		for _, w := range report.Warnings {
			p.remark("directory.warning", w)
		}
		return report.Server + " as " + report.BoundAs, nil
	})
	return err
}

// budget tells how many calls are left, whichever process made those before.
func (p *probing) budget(ctx context.Context) error {
	held, err := p.entry(secret.Central)
	if err != nil || held == nil {
		return nil //nolint:nilerr // the check of the credential has told it
	}
	b, err := p.rateBudget(p.config, held.User)
	if err != nil {
		return err
	}
	usage, err := b.Usage(ctx)
	for _, u := range usage {
		p.doc.Budget = append(p.doc.Budget, budgetLine{
			Span: spanNames[u.Span], Most: u.Most, Made: u.Made, Left: max(u.Most-u.Made, 0), WaitMs: u.Wait.Milliseconds(),
		})
	}
	return err
}
