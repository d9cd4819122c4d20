package commands

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
)

// kindFlags say of which objects a base or a filter is.
type kindFlags struct {
	Users   bool `xor:"kind" required:"" help:"Of the people."`
	Groups  bool `xor:"kind" required:"" help:"Of the groups."`
	Devices bool `xor:"kind" required:"" help:"Of the computers."`
}

// kind is the key in config.json.
func (k kindFlags) kind() string {
	switch {
	case k.Users:
		return identity.ReadUsers
	case k.Groups:
		return identity.ReadGroups
	}
	return identity.ReadDevices
}

// flag is the kind as it stands on the command line.
func (k kindFlags) flag() string { return "--" + k.kind() }

// listed returns what the configuration says of a domain, false where it does
// not name it.
func listed(c config.Config, name string) (config.Domain, bool) {
	at := slices.IndexFunc(c.Scope.Domains, func(d config.Domain) bool { return strings.EqualFold(d.Name, name) })
	if at < 0 {
		return config.Domain{Name: strings.ToLower(name)}, false
	}
	return c.Scope.Domains[at], true
}

// objects are the bases and the filter of one kind.
func (k kindFlags) objects(d config.Domain) config.Objects {
	switch {
	case k.Users:
		return config.Objects{Bases: d.Users.Bases, Filter: d.Users.Filter}
	case k.Groups:
		return d.Groups
	}
	return d.Devices
}

// includedDomain refuses a domain whose bases and filters would count for nothing.
func (s *session) includedDomain(c config.Config, name string) (config.Domain, error) {
	d, ok := listed(c, name)
	if !ok || !d.Include {
		return d, fault.New("usage.scope.domain", name+" is not included, so nothing of it is read",
			fault.Then(s.command("scope", "domain", "include", name), "include it"))
	}
	return d, nil
}

// sameDN compares two names by the rules for DNs.
func sameDN(a, b string) bool { return directory.UnderBase(a, b) && directory.UnderBase(b, a) }

// kindCount is a number of objects in words.
func kindCount(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
