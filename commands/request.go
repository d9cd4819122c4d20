package commands

import (
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
)

// readRequest is what the directory is asked for.
func readRequest(c config.Config, attributes []string) (directory.Request, error) {
	r := directory.Request{Attributes: attributes}
	for _, d := range c.Scope.Domains {
		if !d.Include {
			continue
		}
		users := search(d.Users.Bases, d.Users.Filter)
		users.NestedMemberOf = d.Users.NestedMemberOf
		r.Scopes = append(r.Scopes, directory.Scope{
			Domain: strings.ToLower(d.Name), Users: []directory.Search{users},
			Groups: []directory.Search{search(d.Groups.Bases, d.Groups.Filter)},
		})
		if c.Scope.Devices.Sync {
			r.Scopes[len(r.Scopes)-1].Devices = []directory.Search{search(d.Devices.Bases, d.Devices.Filter)}
		}
	}
	if len(r.Scopes) == 0 {
		return r, fault.New("config.scope.domains", "no domain is included, so there is nothing to read",
			fault.Hint("name the domains in scope.domains; adsync directory domains lists those of the forest"))
	}
	return r, nil
}

func search(bases []config.Base, filter string) directory.Search {
	s := directory.Search{Filter: filter}
	for _, b := range bases {
		s.Bases = append(s.Bases, directory.Base{DN: b.DN, GUID: b.ObjectGUID})
	}
	return s
}
