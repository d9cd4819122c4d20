package commands

import (
	"context"
	"fmt"
	"strings"

	"adsync/core/attribute"
	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/policy"
)

// rules turns the configuration into the rules of scope, and names the
// attributes that have to be read for them.
func (s *session) rules(ctx context.Context, c config.Config) (policy.Rules, []string, error) {
	r := policy.Rules{
		Domains: domainRules(c), IncludeDisabled: c.Scope.IncludeDisabled, IncludeExpired: c.Scope.IncludeExpired,
		SyncDevices:       c.Scope.Devices.Sync,
		DomainInGroupName: c.Groups.Name == config.GroupCNDomain, Under: directory.UnderBase, Groups: directory.MembershipClauses, FilterAttributes: directory.FilterAttributes, Now: s.env.Now(),
	}
	var err error
	if r.ExcludeUsers, err = patterns("exclude.users", c.Exclude.Users); err != nil {
		return r, nil, err
	}
	if r.ExcludeGroups, err = patterns("exclude.groups", c.Exclude.Groups); err != nil {
		return r, nil, err
	}
	for _, entry := range c.Scope.Devices.GroupOrder {
		p, err := patterns("scope.devices.groupOrder", []string{entry})
		if err != nil {
			return r, nil, err
		}
		r.GroupOrder = append(r.GroupOrder, p)
	}
	fields, names, err := fieldRules(ctx, c.Attributes)
	if err != nil {
		return r, nil, err
	}
	r.Fields = fields
	p, err := s.open()
	if err != nil {
		return r, nil, err
	}
	if _, err := p.Get(ctx, keyRemembered, &r.Remembered); err != nil {
		return r, nil, err
	}
	if _, err := p.Get(ctx, keyConfirmed, &r.Confirmed); err != nil {
		return r, nil, err
	}
	if _, err := p.Get(ctx, keyContainers, &r.Containers); err != nil {
		return r, nil, err
	}
	if _, err := p.Get(ctx, keyInner, &r.Inner); err != nil {
		return r, nil, err
	}
	if s.known == nil {
		s.known = &policy.Known{}
		if _, err := p.Get(ctx, keyKnown, s.known); err != nil {
			return r, nil, err
		}
	}
	r.Known = s.known
	return r, names, nil
}

// What the profile keeps of reads: the counts of the last complete read of each
// base, the containers with what was in each, the groups that were in others, the
// bases that a person has confirmed, and who came back.
const (
	keyRemembered = "remembered"
	keyConfirmed  = "confirmed"
	keyContainers = "containers"
	keyInner      = "innerGroups"
	keyKnown      = "known"
)

func domainRules(c config.Config) map[string]policy.DomainRules {
	rules := map[string]policy.DomainRules{}
	for _, d := range c.Scope.Domains {
		rules[strings.ToLower(d.Name)] = policy.DomainRules{
			Include: d.Include,
			Users:   policy.SearchRules{Bases: dnsOf(d.Users.Bases), Filter: d.Users.Filter, Nested: d.Users.NestedMemberOf},
			Groups:  policy.SearchRules{Bases: dnsOf(d.Groups.Bases), Filter: d.Groups.Filter},
			Devices: policy.SearchRules{Bases: dnsOf(d.Devices.Bases), Filter: d.Devices.Filter},
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

// fieldRules compiles the attribute expressions into one function, and names the
// attributes that they read.
func fieldRules(ctx context.Context, a config.Attributes) (func(identity.Person, identity.Domain, map[string]bool) (identity.Fields, error), []string, error) {
	rules, err := attribute.Expressions(a).Compile()
	if err != nil {
		return nil, nil, err
	}
	return func(p identity.Person, d identity.Domain, multi map[string]bool) (identity.Fields, error) {
		f, err := rules.Values(ctx, p.Attributes, multi)
		if err == nil && a.ExchangeLogin == "" {
			f.ExchangeLogin = d.NetBIOS + `\` + p.Account
		}
		return f, err
	}, rules.Names(), nil
}

// protection is the protect list, with the objects of Central that are excluded.
func protection(c config.Config) (func(identity.Kind, ...string) bool, error) {
	users, err := patterns("protect.users", c.Protect.Users)
	if err != nil {
		return nil, err
	}
	groups, err := patterns("protect.groups", c.Protect.Groups)
	if err != nil {
		return nil, err
	}
	central, err := patterns("exclude.central", c.Exclude.Central)
	if err != nil {
		return nil, err
	}
	return func(k identity.Kind, values ...string) bool {
		if central.Match(values...) {
			return true
		}
		switch k {
		case identity.KindUser:
			return users.Match(values...)
		case identity.KindGroup, identity.KindDeviceGroup:
			return groups.Match(values...)
		case identity.KindDevice: // no list names devices but that of Central's objects
		}
		return false
	}, nil
}
