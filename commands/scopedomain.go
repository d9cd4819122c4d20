package commands

import (
	"context"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
)

type scopeDomainIncludeCmd struct {
	Name string `arg:"" help:"DNS name of a domain of the forest."`
	dryRun
}

func (scopeDomainIncludeCmd) Help() string {
	return `Reads the domain from now on.

Example:

    adsync scope domain include corp.example`
}

// Run includes a domain.
func (c *scopeDomainIncludeCmd) Run(ctx context.Context, s *session) error {
	return s.rescope(ctx, c.DryRun, func(_ config.Config, data []byte, client *directory.Client) (rescoping, error) {
		all, err := client.Domains(ctx)
		if err != nil {
			return rescoping{}, err
		}
		if !slices.ContainsFunc(all, func(d identity.Domain) bool { return strings.EqualFold(d.Name, c.Name) }) {
			return rescoping{}, unknownDomain(c.Name, all)
		}
		return includeDomain(data, c.Name, true)
	})
}

func unknownDomain(name string, all []identity.Domain) error {
	var names []string
	for _, d := range all {
		names = append(names, d.Name)
	}
	return fault.New("config.scope.domain", name+" is no domain of the forest",
		fault.Hint("the forest has: "+strings.Join(names, ", ")))
}

type scopeDomainExcludeCmd struct {
	Name string `arg:"" help:"DNS name of a domain."`
	dryRun
}

func (scopeDomainExcludeCmd) Help() string {
	return `Does not read the domain any more. Whom adsync made of it leaves Sophos Central.

Example:

    adsync scope domain exclude corp.example --yes`
}

// Run leaves a domain out. One that has left the forest can be left out too.
func (c *scopeDomainExcludeCmd) Run(ctx context.Context, s *session) error {
	return s.rescope(ctx, c.DryRun, func(now config.Config, data []byte, client *directory.Client) (rescoping, error) {
		if _, known := listed(now, c.Name); !known {
			all, err := client.Domains(ctx)
			if err != nil {
				return rescoping{}, err
			}
			if !slices.ContainsFunc(all, func(d identity.Domain) bool { return strings.EqualFold(d.Name, c.Name) }) {
				return rescoping{}, unknownDomain(c.Name, all)
			}
		}
		return includeDomain(data, c.Name, false)
	})
}

func includeDomain(data []byte, name string, include bool) (rescoping, error) {
	back := "exclude"
	if !include {
		back = "include"
	}
	c, err := parseConfig(data)
	if err != nil {
		return rescoping{}, err
	}
	r := rescoping{data: data, undo: []string{"scope", "domain", back, name}}
	if d, ok := listed(c, name); ok && d.Include == include {
		return r, nil
	}
	r.data, err = config.SetDomain(data, name, "include", include)
	return r, err
}
