package commands

import (
	"regexp"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
)

// nested makes the clauses on memberOf of a filter count nested groups
// (LDAP_MATCHING_RULE_IN_CHAIN, MS-ADTS 3.1.1.3.4.4.3).
func nested(filter string) string {
	return memberOfClause.ReplaceAllString(filter, "(memberOf:1.2.840.113556.1.4.1941:=")
}

var memberOfClause = regexp.MustCompile(`(?i)\(memberOf=`)

// readRequest is what the directory is asked for.
func readRequest(c config.Config, attributes []string) (directory.Request, error) {
	r := directory.Request{Attributes: attributes}
	for _, d := range c.Scope.Domains {
		if !d.Include {
			continue
		}
		users, err := search(d.Users.Bases, d.Users.Filter)
		if err != nil {
			return r, err
		}
		if d.Users.NestedMemberOf {
			users.Filter = nested(users.Filter)
		}
		groups, err := search(d.Groups.Bases, d.Groups.Filter)
		if err != nil {
			return r, err
		}
		r.Scopes = append(r.Scopes, directory.Scope{Domain: strings.ToLower(d.Name), Users: users, Groups: groups})
	}
	if len(r.Scopes) == 0 {
		return r, fault.New("config.scope.domains", "no domain is included, so there is nothing to read",
			fault.Hint("name the domains in scope.domains; adsync directory domains lists those of the forest"))
	}
	return r, nil
}

func search(bases []config.Base, filter string) (directory.Search, error) {
	s := directory.Search{}
	for _, b := range bases {
		s.Bases = append(s.Bases, directory.Base{DN: b.DN, GUID: b.ObjectGUID})
	}
	if filter == "" {
		return s, nil
	}
	var err error
	s.Filter, err = directory.NormaliseFilter(filter)
	return s, err
}
