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

// request is what the directory is asked for: all that the configuration of now
// wants to know, and the accepted one where it is another.
func (s *session) request(ctx context.Context, c config.Config, accepted *config.Config) (directory.Request, error) {
	var r directory.Request
	if !slices.ContainsFunc(c.Scope.Domains, func(d config.Domain) bool { return d.Include }) {
		return r, fault.New("config.scope.domains", "no domain is included, so there is nothing to read",
			fault.Hint("name the domains in scope.domains; adsync directory domains lists those of the forest"))
	}
	all := []config.Config{c}
	if accepted != nil {
		all = append(all, *accepted)
	}
	for _, each := range all {
		_, names, err := s.rules(ctx, each)
		if err != nil {
			return r, err
		}
		r.Attributes = append(r.Attributes, names...)
		for _, d := range each.Scope.Domains {
			if d.Include {
				addDomain(&r, d, each.Scope.Devices.Sync)
			}
		}
	}
	slices.Sort(r.Attributes)
	r.Attributes = slices.Compact(r.Attributes)
	var err error
	r.Known, err = s.named(ctx)
	return r, err
}

func addDomain(r *directory.Request, d config.Domain, devices bool) {
	name := strings.ToLower(d.Name)
	at := slices.IndexFunc(r.Scopes, func(s directory.Scope) bool { return s.Domain == name })
	if at < 0 {
		at = len(r.Scopes)
		r.Scopes = append(r.Scopes, directory.Scope{Domain: name})
	}
	scope := &r.Scopes[at]
	users := search(d.Users.Bases, d.Users.Filter)
	users.NestedMemberOf = d.Users.NestedMemberOf
	scope.Users = append(scope.Users, users)
	scope.Groups = append(scope.Groups, search(d.Groups.Bases, d.Groups.Filter))
	if devices {
		scope.Devices = append(scope.Devices, search(d.Devices.Bases, d.Devices.Filter))
	}
}

func search(bases []config.Base, filter string) directory.Search {
	s := directory.Search{Filter: filter}
	for _, b := range bases {
		s.Bases = append(s.Bases, directory.Base{DN: b.DN, GUID: b.ObjectGUID})
	}
	return s
}

// asked lists the searches of a request. The base of one that has none is the
// domain itself.
func asked(r directory.Request, domains []identity.Domain) []identity.Asked {
	var list []identity.Asked
	for _, scope := range r.Scopes {
		whole := ""
		if at := slices.IndexFunc(domains, func(d identity.Domain) bool { return d.Name == scope.Domain }); at >= 0 {
			whole = domains[at].DN
		}
		for _, kind := range []struct {
			name     string
			searches []directory.Search
		}{{identity.ReadUsers, scope.Users}, {identity.ReadGroups, scope.Groups}, {identity.ReadDevices, scope.Devices}} {
			for _, search := range kind.searches {
				bases := search.Bases
				if len(bases) == 0 {
					bases = []directory.Base{{DN: whole}}
				}
				for _, b := range bases {
					one := identity.Asked{Domain: scope.Domain, Kind: kind.name, Match: identity.Match{Base: b.DN, Filter: search.Filter, Nested: search.NestedMemberOf}}
					if !slices.Contains(list, one) {
						list = append(list, one)
					}
				}
			}
		}
	}
	return list
}
