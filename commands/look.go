package commands

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"adsync/core/attribute"
	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// look is one reading of the directory, and what the rules make of it.
type look struct {
	snapshot identity.Snapshot
	desired  policy.Desired
	coverage policy.Coverage
	where    map[identity.GUID]identity.Whereabouts
	rules    policy.Rules
	before   map[string]policy.DomainRules // of the accepted configuration
	lag      string
}

// lastRead is what is remembered of the last complete read.
type lastRead struct {
	At         time.Time `json:"at"`
	Server     string    `json:"server"`
	Invocation string    `json:"invocation"`
	HighestUSN int64     `json:"highestUsn"`
	People     int       `json:"people"`
	Groups     int       `json:"groups"`
}

const keyLastRead = "lastRead"

// look reads the directory and decides who and what is wanted. The links are
// those of the ledger: those that the reading does not show are looked up.
func (s *session) look(ctx context.Context, c config.Config, links []identity.Link) (look, error) {
	l := look{}
	var err error
	var names []string
	if l.rules, names, err = s.rules(c); err != nil {
		return look{}, err
	}
	request, err := readRequest(c, names)
	if err != nil {
		return look{}, err
	}
	last, err := s.remembered(ctx)
	if err != nil {
		return look{}, err
	}
	err = s.withDirectory(ctx, c, func(client *directory.Client) error {
		if l.snapshot, err = client.Read(ctx, request); err != nil {
			return err
		}
		if err := rolledBack(l.snapshot.Server, last); err != nil {
			return err
		}
		l.rules = l.rules.Follow(l.snapshot)
		l.desired = policy.Desire(l.snapshot, l.rules)
		l.where, err = client.Lookup(ctx, unseen(l.snapshot, links))
		return err
	})
	if err != nil {
		return look{}, err
	}
	l.coverage = policy.Judge(l.snapshot, links, l.where, l.rules)
	l.lag = otherController(l.snapshot.Server, last, len(links))
	accepted, err := s.accepted(ctx)
	if err != nil {
		return look{}, err
	}
	if accepted != nil {
		l.before = accepted.Domains
	}
	return l, nil
}

// leaving gives the cause of a link that is not wanted any more.
func (l look) leaving(link identity.Link) plan.Coded {
	reason := policy.Leaving(link, l.desired, l.where[link.GUID], l.rules, l.before)
	return plan.Coded{Code: reason.Code, Text: reason.Text}
}

// remembered returns the last complete read, nil before the first.
func (s *session) remembered(ctx context.Context) (*lastRead, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	var last lastRead
	ok, err := p.Get(ctx, keyLastRead, &last)
	if err != nil || !ok {
		return nil, err
	}
	return &last, nil
}

// rolledBack refuses a controller whose database is older than it was: what it
// does not show may have been made since (MS-ADTS 3.1.1.1.9, USN rollback).
func rolledBack(now identity.Server, last *lastRead) error {
	if last == nil || now.InvocationID == "" || now.InvocationID != last.Invocation || now.HighestUSN >= last.HighestUSN {
		return nil
	}
	return fault.New("directory.rollback",
		fmt.Sprintf("%s shows USN %d, at the last read it was %d: its database was set back", now.Name, now.HighestUSN, last.HighestUSN),
		fault.Hint("do not go on with this controller; restore it as Microsoft describes for USN rollback, or set directory.servers to another"))
}

// otherController says why absences wait when another controller answers than at
// the last complete read: replication may lag between the two.
func otherController(now identity.Server, last *lastRead, links int) string {
	if last == nil || links == 0 {
		return ""
	}
	same := now.InvocationID == last.Invocation
	if now.InvocationID == "" || last.Invocation == "" {
		same = strings.EqualFold(now.Name, last.Server)
	}
	if same {
		return ""
	}
	return fmt.Sprintf("%s answers now, %s answered at the last complete read; what is missing has to be missing at the next read too", now.Name, last.Server)
}

// unseen are the links whose objects the snapshot does not hold.
func unseen(s identity.Snapshot, links []identity.Link) []identity.GUID {
	seen := map[identity.GUID]bool{}
	for _, p := range s.People {
		seen[p.GUID] = true
	}
	for _, g := range s.Groups {
		seen[g.GUID] = true
	}
	var list []identity.GUID
	for _, l := range links {
		if !seen[l.GUID] {
			list = append(list, l.GUID)
		}
	}
	return list
}

// rules turns the configuration into the rules of scope, and names the
// attributes that have to be read for them.
func (s *session) rules(c config.Config) (policy.Rules, []string, error) {
	r := policy.Rules{
		Domains: domainRules(c), IncludeDisabled: c.Scope.IncludeDisabled, IncludeExpired: c.Scope.IncludeExpired,
		DomainInGroupName: c.Groups.Name == config.GroupCNDomain, Under: directory.UnderBase, Now: s.env.Now(),
	}
	var err error
	if r.ExcludeUsers, err = patterns("exclude.users", c.Exclude.Users); err != nil {
		return r, nil, err
	}
	if r.ExcludeGroups, err = patterns("exclude.groups", c.Exclude.Groups); err != nil {
		return r, nil, err
	}
	fields, names, err := fieldRules(c.Attributes)
	if err != nil {
		return r, nil, err
	}
	r.Fields = fields
	return r, names, nil
}

func domainRules(c config.Config) map[string]policy.DomainRules {
	rules := map[string]policy.DomainRules{}
	for _, d := range c.Scope.Domains {
		rules[strings.ToLower(d.Name)] = policy.DomainRules{
			Include: d.Include,
			Users:   policy.SearchRules{Bases: dnsOf(d.Users.Bases), Filter: d.Users.Filter},
			Groups:  policy.SearchRules{Bases: dnsOf(d.Groups.Bases), Filter: d.Groups.Filter},
		}
	}
	return rules
}

func dnsOf(bases []config.Base) []string {
	list := []string{}
	for _, b := range bases {
		list = append(list, b.DN)
	}
	return list
}

func patterns(key string, list []string) (policy.Patterns, error) {
	p, err := policy.ParsePatterns(list)
	if err != nil {
		return p, fault.New("config.value", fmt.Sprintf("%s: %v", key, err), fault.Cause(err))
	}
	return p, nil
}

// fieldRules compiles the attribute expressions into one function.
func fieldRules(a config.Attributes) (func(identity.Person, identity.Domain, map[string]bool) (identity.Fields, error), []string, error) {
	type target struct {
		rule *attribute.Rule
		to   func(*identity.Fields) *string
	}
	var targets []target
	var names []string
	for _, x := range []struct {
		name, expr string
		to         func(*identity.Fields) *string
	}{
		{"attributes.name", a.Name, func(f *identity.Fields) *string { return &f.Name }},
		{"attributes.firstName", a.FirstName, func(f *identity.Fields) *string { return &f.FirstName }},
		{"attributes.lastName", a.LastName, func(f *identity.Fields) *string { return &f.LastName }},
		{"attributes.email", a.Email, func(f *identity.Fields) *string { return &f.Email }},
		{"attributes.exchangeLogin", a.ExchangeLogin, func(f *identity.Fields) *string { return &f.ExchangeLogin }},
	} {
		if x.expr == "" {
			continue
		}
		rule, err := attribute.Compile(x.name, x.expr)
		if err != nil {
			return nil, nil, err
		}
		targets, names = append(targets, target{rule, x.to}), append(names, rule.Names()...)
	}
	return func(p identity.Person, d identity.Domain, multi map[string]bool) (identity.Fields, error) {
		var f identity.Fields
		for _, t := range targets {
			v, err := t.rule.Value(context.Background(), p.Attributes, multi)
			if err != nil {
				return f, err
			}
			*t.to(&f) = v
		}
		if a.ExchangeLogin == "" {
			f.ExchangeLogin = d.NetBIOS + `\` + p.Account
		}
		return f, nil
	}, names, nil
}

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
