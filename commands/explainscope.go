package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/policy"
)

// locate finds the one object that is meant.
func (s *session) locate(ctx context.Context, cfg config.Config, who string, known []identity.Link) (identity.Found, identity.Finding, error) {
	request, err := s.wanted(ctx, cfg)
	if err != nil {
		return identity.Found{}, identity.Finding{}, err
	}
	var finding identity.Finding
	err = s.withDirectory(ctx, cfg, func(client *directory.Client) error {
		if finding, err = client.Find(ctx, who, request); err != nil || len(finding.Found) > 0 || len(known) != 1 {
			return err
		}
		// A name that the object had, or an id of Central.
		finding, err = client.Find(ctx, string(known[0].GUID), request)
		return err
	})
	if err != nil {
		return identity.Found{}, finding, err
	}
	if len(finding.Found) == 0 {
		if len(known) == 1 {
			presence := identity.Nowhere
			if len(finding.NotAsked) > 0 {
				presence = ""
			}
			l := known[0]
			return identity.Found{Whereabouts: identity.Whereabouts{GUID: l.GUID, Domain: l.Domain, Presence: presence, Name: l.Name, Account: l.Account}, SID: l.SID, Mail: l.Mail}, finding, nil
		}
		return identity.Found{}, finding, fault.New("usage.who.unknown", fmt.Sprintf("nobody in the directory or the ledger answers to %q", who),
			fault.Details(searched(finding)...),
			fault.Hint("name a mail address, account, distinguished name, SID, objectGUID or display name"))
	}
	first := finding.Found[0]
	same := func(f identity.Found) bool {
		return f.Rank == first.Rank && (f.Presence == identity.Live) == (first.Presence == identity.Live)
	}
	if len(finding.Found) == 1 || !same(finding.Found[1]) {
		return first, finding, nil
	}
	options := []fault.Option{fault.Hint("name the one that is meant by its objectGUID, account or DN")}
	for _, f := range finding.Found {
		if same(f) {
			options = append(options, fault.Details(fmt.Sprintf("%s %s %s %s", f.Class, f.Account, f.DN, f.GUID)),
				fault.Then(s.command("explain", string(f.GUID)), "explain "+f.DN))
		}
	}
	return first, finding, fault.New("usage.who.several", fmt.Sprintf("several objects answer to %q", who), options...)
}

// searched says what an answer of nobody rests on.
func searched(f identity.Finding) []string {
	list := []string{"asked: " + strings.Join(f.Asked, ", ")}
	for _, domain := range f.NoDeleted {
		list = append(list, domain+": the account may not read the deleted objects, so none of them was seen")
	}
	for _, domain := range f.NotAsked {
		list = append(list, "not asked: "+domain)
	}
	return append(list, f.NotRead...)
}

// wanted is the request of the configuration, without a domain too.
func (s *session) wanted(ctx context.Context, cfg config.Config) (directory.Request, error) {
	_, names, err := s.rules(ctx, cfg)
	r := directory.Request{Attributes: names}
	for _, d := range cfg.Scope.Domains {
		addDomain(&r, d, cfg.Scope.Devices.Sync)
	}
	if err != nil {
		return r, err
	}
	r.Known, err = s.named(ctx)
	return r, err
}

// explainFound puts the rules to work on what was found.
func (s *session) explainFound(ctx context.Context, cfg config.Config, e *explanation, f identity.Found, finding identity.Finding) error {
	rules, _, err := s.rules(ctx, cfg)
	if err != nil {
		return err
	}
	rules.Standing = f.Standing
	var domain identity.Domain
	for _, d := range finding.Domains {
		if d.Name == f.Domain {
			domain = d
		}
	}
	var members []string
	if f.Class == identity.ClassGroup && f.Presence == identity.Live && rules.Domains[f.Domain].Include {
		if members, err = s.membersOf(ctx, cfg, f.GUID); err != nil {
			return err
		}
	}
	var in bool
	e.Rules, in = rules.Explain(f, domain, finding.MultiValued, members)
	e.InScope = &in
	live := f.Presence == identity.Live
	if f.Presence != "" {
		e.InDirectory = &live
	}
	e.Object = &explainedObject{
		ObjectGUID: f.GUID, SID: f.SID, DN: f.DN, Domain: f.Domain, Class: f.Class, Account: f.Account, Name: f.Name, Mail: f.Mail, Presence: string(f.Presence),
	}
	for _, other := range finding.Found {
		if other.GUID != f.GUID {
			e.Others = append(e.Others, otherMatch{other.GUID, other.DN, other.Class, other.Account, string(other.Presence)})
		}
	}
	return s.explainProtected(cfg, e, f)
}

// explainProtected says whether the object would be kept from removal.
func (s *session) explainProtected(cfg config.Config, e *explanation, f identity.Found) error {
	protected, err := protection(cfg)
	if err != nil {
		return err
	}
	kind := identity.KindUser
	if f.Class == identity.ClassGroup {
		kind = identity.KindGroup
	}
	v := policy.Verdict{Rule: "protected", Passed: true, Text: "no protect list names it"}
	switch {
	case protected(kind, f.Account, f.Mail, f.Name, f.CN, f.DN):
		v.Value, v.Text = "true", "a protect list names it: it is never removed"
	case f.Critical:
		v.Value, v.Text = "critical", "the directory calls it critical: it is never removed without a person"
	}
	e.Rules = append(e.Rules, v)
	return nil
}

// membersOf reads the directory for who in scope belongs to a group: that is
// seen over all groups only.
func (s *session) membersOf(ctx context.Context, cfg config.Config, group identity.GUID) ([]string, error) {
	request, err := s.request(ctx, cfg, nil)
	if err != nil {
		return nil, err
	}
	s.shows.say("reading the directory")
	var snapshot identity.Snapshot
	err = s.withDirectory(ctx, cfg, func(client *directory.Client) error {
		snapshot, err = client.Read(ctx, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	v, err := s.view(ctx, cfg, snapshot, nil, nil, nil)
	if err != nil {
		return nil, err
	}
	members := []string{}
	for _, id := range v.desired.Belonging(snapshot, group) {
		members = append(members, v.desired.Users[id].Display)
	}
	for _, x := range v.desired.Devices {
		if slices.Contains(x.Groups, group) {
			members = append(members, x.Display)
		}
	}
	slices.Sort(members)
	return members, nil
}
