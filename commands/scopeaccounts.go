package commands

import (
	"context"
	"strconv"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
)

type scopeAccountsCmd struct {
	IncludeDisabled *bool `placeholder:"BOOL" help:"Whether disabled accounts are synchronised."`
	IncludeExpired  *bool `placeholder:"BOOL" help:"Whether expired accounts are synchronised."`
	dryRun
}

func (scopeAccountsCmd) Help() string {
	return `Examples:

    adsync scope accounts --include-disabled=true

    adsync scope accounts --include-expired=false --yes`
}

func (c *scopeAccountsCmd) precheck() error {
	if c.IncludeDisabled == nil && c.IncludeExpired == nil {
		return fault.New("usage.scope.accounts", "nothing was said", fault.Hint("name --include-disabled=BOOL or --include-expired=BOOL"))
	}
	return nil
}

// Run sets which accounts count as people.
func (c *scopeAccountsCmd) Run(ctx context.Context, s *session) error {
	return s.rescope(ctx, c.DryRun, func(now config.Config, data []byte, _ *directory.Client) (rescoping, error) {
		r := rescoping{data: data, undo: []string{"scope", "accounts"}}
		for _, x := range []struct {
			wanted    *bool
			is        bool
			key, flag string
		}{
			{c.IncludeDisabled, now.Scope.IncludeDisabled, "scope.includeDisabled", "--include-disabled="},
			{c.IncludeExpired, now.Scope.IncludeExpired, "scope.includeExpired", "--include-expired="},
		} {
			if x.wanted == nil || *x.wanted == x.is {
				continue
			}
			r.undo = append(r.undo, x.flag+strconv.FormatBool(x.is))
			var err error
			if r.data, _, err = config.Set(r.data, x.key, []string{strconv.FormatBool(*x.wanted)}); err != nil {
				return r, err
			}
		}
		return r, nil
	})
}
