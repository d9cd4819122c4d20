package commands

import (
	"context"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
)

type scopeFilterSetCmd struct {
	Domain string `arg:"" help:"DNS name of the domain."`
	Filter string `arg:"" optional:"" help:"LDAP filter, in single quotes."`
	File   string `placeholder:"FILE" help:"Read the filter from a file, where it has double quotes."`
	Nested bool   `help:"The people of groups within a group that memberOf names count too."`
	kindFlags
	dryRun
}

func (scopeFilterSetCmd) Help() string {
	return `The filter is RFC 4515, or one condition without brackets. It is checked against the schema and
the objects it names before it is kept; groups that it names are followed when they are renamed or
moved. memberOf counts the primary group too.

Examples:

    adsync scope filter set corp.example --users 'memberOf=CN=All Staff, OU=Groups, DC=corp, DC=example' --nested

    adsync scope filter set corp.example --groups '(!(cn=test*))'`
}

func (c *scopeFilterSetCmd) precheck() error {
	switch {
	case (c.Filter == "") == (c.File == ""):
		return fault.New("usage.scope.filter", "a filter or --file is needed, one of them",
			fault.Hint("scope filter clear takes a filter away"))
	case c.Nested && !c.Users:
		return fault.New("usage.scope.nested", "--nested goes with --users")
	}
	return nil
}

// Run sets the filter of a kind.
func (c *scopeFilterSetCmd) Run(ctx context.Context, s *session) error {
	text := c.Filter
	if c.File != "" {
		content, err := readText(c.File)
		if err != nil {
			return fault.New("usage.scope.file", "the file cannot be read", fault.Cause(err))
		}
		text = strings.TrimSpace(content)
	}
	return s.rescope(ctx, c.DryRun, func(now config.Config, data []byte, client *directory.Client) (rescoping, error) {
		r := rescoping{data: data}
		d, err := s.includedDomain(now, c.Domain)
		if err != nil {
			return r, err
		}
		r.undo = c.undoOf(c.Domain, c.objects(d).Filter, c.Users && d.Users.NestedMemberOf)
		f, err := client.CheckFilter(ctx, text)
		if err != nil {
			return r, err
		}
		if f.Normal == "" {
			return r, fault.New("usage.scope.filter", "the filter is empty", fault.Hint("scope filter clear takes a filter away"))
		}
		r.named = f.Named
		if f.Normal != text {
			r.notes = append(r.notes, "the filter is kept as "+f.Normal)
		}
		return c.write(r, d, f.Normal, c.Nested)
	})
}

type scopeFilterClearCmd struct {
	Domain string `arg:"" help:"DNS name of the domain."`
	kindFlags
	dryRun
}

func (scopeFilterClearCmd) Help() string {
	return `Example:

    adsync scope filter clear corp.example --users`
}

// Run takes the filter of a kind away.
func (c *scopeFilterClearCmd) Run(ctx context.Context, s *session) error {
	return s.rescope(ctx, c.DryRun, func(now config.Config, data []byte, _ *directory.Client) (rescoping, error) {
		r := rescoping{data: data}
		d, err := s.includedDomain(now, c.Domain)
		if err != nil {
			return r, err
		}
		r.undo = c.undoOf(c.Domain, c.objects(d).Filter, c.Users && d.Users.NestedMemberOf)
		return c.write(r, d, "", false)
	})
}

// undoOf are the words that bring a filter back.
func (k kindFlags) undoOf(domain, filter string, nested bool) []string {
	if filter == "" {
		return []string{"scope", "filter", "clear", domain, k.flag()}
	}
	words := []string{"scope", "filter", "set", domain, k.flag(), filter}
	if nested {
		words = append(words, "--nested")
	}
	return words
}

// write puts a filter into config.json, where it is another.
func (k kindFlags) write(r rescoping, d config.Domain, filter string, nested bool) (rescoping, error) {
	var err error
	if k.objects(d).Filter != filter {
		if r.data, err = config.SetDomain(r.data, d.Name, k.kind()+".filter", filter); err != nil {
			return r, err
		}
	}
	if k.Users && d.Users.NestedMemberOf != nested {
		r.data, err = config.SetDomain(r.data, d.Name, "users.nestedMemberOf", nested)
	}
	return r, err
}
