package commands

import (
	"context"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
)

// patternArgs are the entries of a list of patterns.
type patternArgs struct {
	Patterns []string `arg:"" sep:"none" name:"pattern" help:"A name, a glob or /regular expression/, on account, mail, name or DN."`
	dryRun
}

type excludeKinds struct {
	Users   bool `xor:"kind" required:"" help:"People of the directory."`
	Groups  bool `xor:"kind" required:"" help:"Groups of the directory."`
	Central bool `xor:"kind" required:"" help:"Objects of Sophos Central, which are left alone."`
}

func (k excludeKinds) kind() string {
	switch {
	case k.Users:
		return "users"
	case k.Groups:
		return "groups"
	}
	return "central"
}

type scopeExcludeAddCmd struct {
	patternArgs
	excludeKinds
}

func (scopeExcludeAddCmd) Help() string {
	return `A person or group that adsync made and that is excluded leaves Sophos Central; scope protect keeps
it there.

Example:

    adsync scope exclude add --users 'svc-*' 'test?'`
}

// Run excludes.
func (c *scopeExcludeAddCmd) Run(ctx context.Context, s *session) error {
	return s.repattern(ctx, c.patternArgs, "exclude", c.kind(), true)
}

type scopeExcludeRemoveCmd struct {
	patternArgs
	excludeKinds
}

func (scopeExcludeRemoveCmd) Help() string {
	return `Example:

    adsync scope exclude remove --users 'svc-*'`
}

// Run takes an exclusion back.
func (c *scopeExcludeRemoveCmd) Run(ctx context.Context, s *session) error {
	return s.repattern(ctx, c.patternArgs, "exclude", c.kind(), false)
}

type protectKinds struct {
	Users  bool `xor:"kind" required:"" help:"People."`
	Groups bool `xor:"kind" required:"" help:"Groups."`
}

func (k protectKinds) kind() string {
	if k.Users {
		return "users"
	}
	return "groups"
}

type scopeProtectAddCmd struct {
	patternArgs
	protectKinds
}

func (scopeProtectAddCmd) Help() string {
	return `Who is protected is never removed from Sophos Central, whatever becomes of it in the directory.

Example:

    adsync scope protect add --users 'ceo@corp.example'`
}

// Run protects.
func (c *scopeProtectAddCmd) Run(ctx context.Context, s *session) error {
	return s.repattern(ctx, c.patternArgs, "protect", c.kind(), true)
}

type scopeProtectRemoveCmd struct {
	patternArgs
	protectKinds
}

func (scopeProtectRemoveCmd) Help() string {
	return `Example:

    adsync scope protect remove --users 'ceo@corp.example'`
}

// Run takes protection away.
func (c *scopeProtectRemoveCmd) Run(ctx context.Context, s *session) error {
	return s.repattern(ctx, c.patternArgs, "protect", c.kind(), false)
}

// repattern adds to a list of patterns, or takes from it.
func (s *session) repattern(ctx context.Context, a patternArgs, list, kind string, add bool) error {
	return s.rescope(ctx, a.DryRun, func(now config.Config, data []byte, _ *directory.Client) (rescoping, error) {
		r := rescoping{data: data}
		key := list + "." + kind
		value, err := config.Get(now, key)
		if err != nil {
			return r, err
		}
		have, _ := value.([]string)
		back, edit := "remove", config.Add
		entries := slices.DeleteFunc(slices.Clone(a.Patterns), func(p string) bool { return slices.Contains(have, p) })
		if !add {
			back, edit, entries = "add", config.Remove, a.Patterns
		}
		r.undo = append([]string{"scope", list, back, "--" + kind}, entries...)
		if list == "exclude" && kind != "central" && add {
			r.onlyNow = []string{strings.Join(append([]string{"scope", "protect", "add", "--" + kind}, a.Patterns...), "\x00")}
		}
		if len(entries) == 0 {
			r.notes = append(r.notes, "it is in the list already")
			return r, nil
		}
		r.data, r.notes, err = edit(data, key, entries)
		return r, err
	})
}
