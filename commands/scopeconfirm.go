package commands

import (
	"context"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/policy"
	"adsync/output"
)

type scopeBaseConfirmCmd struct {
	Domain string `arg:"" help:"DNS name of the domain."`
	DN     string `arg:"" name:"dn" help:"Distinguished name of the base, in single quotes."`
	Reason string `required:"" sep:"none" placeholder:"TEXT" help:"Why the base is empty, or has lost an attribute, on purpose."`
}

func (scopeBaseConfirmCmd) Help() string {
	return `Says that a base is empty, or that an attribute was taken from everybody there, on purpose: its reads
count again. Nothing is approved by it. The base of a domain without bases is the domain itself.

Example:

    adsync scope base confirm corp.example 'OU=Staff,DC=corp,DC=example' --reason 'moved to the new forest'`
}

func (c *scopeBaseConfirmCmd) precheck() error {
	if strings.TrimSpace(c.Reason) == "" {
		return fault.New("usage.scope.reason", "a reason is needed", fault.Hint("add --reason TEXT"))
	}
	return nil
}

// Run remembers that a person knows of what a base shows.
func (c *scopeBaseConfirmCmd) Run(ctx context.Context, s *session) error {
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	d, err := s.includedDomain(cfg, c.Domain)
	if err != nil {
		return err
	}
	known, err := s.named(ctx)
	if err != nil {
		return err
	}
	me, err := s.account()
	if err != nil {
		return err
	}
	one := policy.Confirmed{Domain: strings.ToLower(d.Name), At: utc(s.env.Now()), Reason: c.Reason, By: me.Name}
	err = s.withDirectory(ctx, cfg, func(client *directory.Client) error {
		found, err := client.CheckBase(ctx, d.Name, c.DN)
		one.BaseGUID, one.DN = found.GUID, found.DN
		return err
	})
	if err != nil {
		return err
	}
	if !isBase(d, one, known) {
		return fault.New("usage.scope.base", c.DN+" is no base of "+d.Name, fault.Then(s.command("scope", "show"), "see which are"))
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	all := []policy.Confirmed{}
	if _, err := p.Get(ctx, keyConfirmed, &all); err != nil {
		return err
	}
	if err := p.Set(ctx, keyConfirmed, append(all, one)); err != nil {
		return err
	}
	s.log.InfoContext(ctx, "base confirmed", "domain", one.Domain, "base", one.DN, "reason", one.Reason, "account", one.By)
	return s.print(ctx, output.Document{
		Type: "confirmed",
		Value: struct {
			Format int `json:"format"`
			policy.Confirmed
			Next []fault.Next `json:"next"`
		}{1, one, []fault.Next{s.next("read the directory again", "preview")}},
		Lists: []output.List{{Field: "next", Type: "next"}},
	})
}

// isBase says that what was found is a base of the domain as configured, or the
// domain itself where a kind has no base.
func isBase(d config.Domain, found policy.Confirmed, known map[string]identity.GUID) bool {
	for _, k := range []kindFlags{{Users: true}, {Groups: true}, {Devices: true}} {
		bases := k.objects(d).Bases
		if len(bases) == 0 && sameDN(found.DN, "DC="+strings.ReplaceAll(d.Name, ".", ",DC=")) {
			return true
		}
		for _, b := range bases {
			guid := b.ObjectGUID
			if guid == "" {
				guid = known[b.DN]
			}
			if guid == found.BaseGUID || guid == "" && sameDN(b.DN, found.DN) {
				return true
			}
		}
	}
	return false
}
