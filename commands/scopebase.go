package commands

import (
	"context"
	"fmt"
	"slices"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
)

type scopeBaseAddCmd struct {
	Domain string `arg:"" help:"DNS name of the domain."`
	DN     string `arg:"" name:"dn" help:"Distinguished name of the base, in single quotes."`
	kindFlags
	dryRun
}

func (scopeBaseAddCmd) Help() string {
	return `The base is looked up and remembered by its objectGUID, so that it is followed when it is
renamed or moved. The first base of a kind narrows it: until then the whole domain is read.

Example:

    adsync scope base add corp.example --users 'OU=Staff,DC=corp,DC=example'`
}

// Run adds a search base.
func (c *scopeBaseAddCmd) Run(ctx context.Context, s *session) error {
	return s.rescope(ctx, c.DryRun, func(now config.Config, data []byte, client *directory.Client) (rescoping, error) {
		r := rescoping{data: data, undo: []string{"scope", "base", "remove", c.Domain, c.flag(), c.DN}}
		d, err := s.includedDomain(now, c.Domain)
		if err != nil {
			return r, err
		}
		if err := directory.CheckBase(c.DN, d.Name); err != nil {
			return r, err
		}
		found, err := client.CheckBase(ctx, d.Name, c.DN)
		if err != nil {
			return r, err
		}
		have := c.objects(d).Bases
		base := config.Base{DN: found.DN, ObjectGUID: found.GUID}
		r.undo[len(r.undo)-1] = found.DN
		r.named = []identity.Named{found}
		i := slices.IndexFunc(have, func(b config.Base) bool { return b.ObjectGUID == found.GUID || sameDN(b.DN, found.DN) })
		switch {
		case i >= 0 && have[i] == base:
			r.notes = append(r.notes, "it is a base already")
			return r, nil
		case i >= 0:
			r.undo = []string{"scope", "base", "add", c.Domain, c.flag(), found.DN}
			r.notes = append(r.notes, fmt.Sprintf("the base was written as %s and is now remembered as %s", have[i].DN, found.DN))
			have = slices.Clone(have)
			have[i] = base
		default:
			if len(have) == 0 {
				r.notes = append(r.notes, fmt.Sprintf("%s of %s: until now the whole domain, from now on only this", c.kind(), d.Name))
			}
			have = append(slices.Clone(have), base)
		}
		r.data, err = config.SetDomain(data, d.Name, c.kind()+".bases", have)
		return r, err
	})
}

type scopeBaseRemoveCmd struct {
	Domain string `arg:"" help:"DNS name of the domain."`
	DN     string `arg:"" name:"dn" help:"Distinguished name of the base, in single quotes."`
	kindFlags
	dryRun
}

func (scopeBaseRemoveCmd) Help() string {
	return `Without the last base of a kind the whole domain is read.

Example:

    adsync scope base remove corp.example --users 'OU=Staff,DC=corp,DC=example'`
}

// Run takes a search base away.
func (c *scopeBaseRemoveCmd) Run(ctx context.Context, s *session) error {
	return s.rescope(ctx, c.DryRun, func(now config.Config, data []byte, _ *directory.Client) (rescoping, error) {
		r := rescoping{data: data, undo: []string{"scope", "base", "add", c.Domain, c.flag(), c.DN}}
		d, _ := listed(now, c.Domain)
		have := c.objects(d).Bases
		i := slices.IndexFunc(have, func(b config.Base) bool { return sameDN(b.DN, c.DN) })
		if i < 0 {
			return r, fault.New("usage.scope.base", fmt.Sprintf("%s is no base for %s of %s", c.DN, c.kind(), c.Domain),
				fault.Then(s.command("scope", "show"), "see which are"))
		}
		if len(have) == 1 {
			r.notes = append(r.notes, fmt.Sprintf("%s of %s: until now only this, from now on the whole domain", c.kind(), d.Name))
		}
		var err error
		r.data, err = config.SetDomain(data, d.Name, c.kind()+".bases", slices.Delete(slices.Clone(have), i, i+1))
		return r, err
	})
}
