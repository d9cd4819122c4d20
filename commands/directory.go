package commands

import (
	"context"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/output"
)

type directoryValidateCmd struct{}

func (directoryValidateCmd) Help() string {
	return `Example:

    adsync directory validate --output table`
}

// directoryDocument is the report of the directory as a document.
type directoryDocument struct {
	Format int  `json:"format"`
	Valid  bool `json:"valid"`
	directory.Report
	Next []fault.Next `json:"next"`
}

// Run connects, binds and asks what the account may read.
func (directoryValidateCmd) Run(ctx context.Context, s *session) error {
	c, err := s.configuration()
	if err != nil {
		return err
	}
	d := directoryDocument{Format: 1, Valid: true, Next: []fault.Next{}}
	if d.Report, err = s.validateDirectory(ctx, c); err != nil {
		return err
	}
	if !includesDomain(c) {
		d.Next = append(d.Next, s.next("no domain is included yet; this lists them", "directory", "domains"))
	}
	return s.print(ctx, output.Document{
		Type: "directory", Value: d,
		Lists: []output.List{
			{Field: "domains", Type: "domain"},
			{Field: "grants", Type: "grant"},
			{Field: "excess", Type: "excess"},
			{Field: "next", Type: "next"},
		},
	})
}

// validateDirectory connects, binds and asks what the account may read, which has
// to be all of it.
func (s *session) validateDirectory(ctx context.Context, c config.Config) (directory.Report, error) {
	var r directory.Report
	err := s.withDirectory(ctx, c, func(client *directory.Client) (err error) {
		r, err = client.Validate(ctx, bases(c)...)
		return err
	})
	if err == nil && !r.Rights.Readable {
		err = fault.New("directory.rights", "the account "+r.BoundAs+" may not read all of the directory, so no read would be complete",
			fault.Hint("give it the right to read the objects and all their properties"), fault.Details(append(r.Warnings, grantLines(r.Grants)...)...))
	}
	return r, err
}

// bases are all that the configuration names.
func bases(c config.Config) []directory.Base {
	var list []directory.Base
	for _, d := range c.Scope.Domains {
		if !d.Include {
			continue
		}
		for _, each := range [][]config.Base{d.Users.Bases, d.Groups.Bases, d.Devices.Bases} {
			for _, b := range each {
				if one := (directory.Base{DN: b.DN, GUID: b.ObjectGUID}); !slices.Contains(list, one) {
					list = append(list, one)
				}
			}
		}
	}
	return list
}

// grantLines are the commands by which an administrator gives what is missing.
func grantLines(grants []directory.Grant) []string {
	var list []string
	for _, g := range grants {
		list = append(list, g.Missing+": "+g.Command)
	}
	return list
}

type directoryDomainsCmd struct{}

func (directoryDomainsCmd) Help() string {
	return `Example:

    adsync directory domains --output table`
}

// domainLine is a domain of the forest and what the scope says of it.
type domainLine struct {
	Name     string `json:"name"`
	NetBIOS  string `json:"netbios"`
	DN       string `json:"dn"`
	SID      string `json:"sid"`
	Included bool   `json:"included"`
	Listed   bool   `json:"listed"` // scope.domains names it
}

// Run lists the domains of the forest.
func (directoryDomainsCmd) Run(ctx context.Context, s *session) error {
	c, err := s.configuration()
	if err != nil {
		return err
	}
	var found []identity.Domain
	err = s.withDirectory(ctx, c, func(client *directory.Client) error {
		found, err = client.Domains(ctx)
		return err
	})
	if err != nil {
		return err
	}
	lines := []domainLine{}
	for _, d := range found {
		line := domainLine{Name: d.Name, NetBIOS: d.NetBIOS, DN: d.DN, SID: d.SID}
		for _, listed := range c.Scope.Domains {
			if strings.EqualFold(listed.Name, d.Name) {
				line.Listed, line.Included = true, listed.Include
			}
		}
		lines = append(lines, line)
	}
	return s.print(ctx, output.Document{
		Type: "domains",
		Value: struct {
			Format  int          `json:"format"`
			Domains []domainLine `json:"domains"`
		}{1, lines},
		Lists: []output.List{{Field: "domains", Type: "domain", Columns: []string{"name", "netbios", "dn", "included", "listed"}}},
	})
}

type scopeShowCmd struct{}

func (scopeShowCmd) Help() string {
	return `Example:

    adsync scope show`
}

// scopeDocument is every rule that says who and what is synchronised.
type scopeDocument struct {
	Format          int                 `json:"format"`
	Domains         []config.Domain     `json:"domains"`
	IncludeDisabled bool                `json:"includeDisabled"`
	IncludeExpired  bool                `json:"includeExpired"`
	Devices         config.DeviceGroups `json:"devices"`
	Exclude         config.Exclude      `json:"exclude"`
	Protect         config.Protect      `json:"protect"`
	Groups          config.Groups       `json:"groups"`
	Attributes      config.Attributes   `json:"attributes"`
	Named           []namedLine         `json:"named"` // what bases and filters name, as it is followed
}

// Run prints the rules of scope.
func (scopeShowCmd) Run(ctx context.Context, s *session) error {
	c, err := s.configuration()
	if err != nil {
		return err
	}
	known, err := s.named(ctx)
	if err != nil {
		return err
	}
	return s.print(ctx, output.Document{
		Type: "scope",
		Value: scopeDocument{
			Format: 1, Domains: c.Scope.Domains, IncludeDisabled: c.Scope.IncludeDisabled,
			IncludeExpired: c.Scope.IncludeExpired, Devices: c.Scope.Devices,
			Exclude: c.Exclude, Protect: c.Protect, Groups: c.Groups, Attributes: c.Attributes, Named: namedLines(c, known),
		},
		Lists: []output.List{{Field: "domains", Type: "domain"}, {Field: "named", Type: "named"}},
	})
}
