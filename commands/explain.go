package commands

import (
	"context"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
	"adsync/output"
)

type explainCmd struct {
	Who string `arg:"" help:"Mail address, account, DOMAIN\\account, principal name, DN, SID, objectGUID, display name, computer or Central id."`
}

func (explainCmd) Help() string {
	return `Looks in scope, out of scope and among the deleted objects, and shows the rules one by one with the values that they saw. It needs no credential for Sophos Central: what Central holds is told from the ledger. Where the directory cannot be reached it says what is known without it, and ends with 20. It ends with 80 where nobody answers to WHO, or several: then all of them are listed. Examples:

    adsync explain anna.silva@corp.example --output table

    adsync explain 'CORP\anna.silva'

    adsync explain 'CN=Sales,OU=Groups,DC=corp,DC=example'`
}

// Run explains why somebody is in, out, changed or held.
func (c *explainCmd) Run(ctx context.Context, s *session) error {
	cfg, err := s.configuration()
	if err != nil {
		return err
	}
	p, err := s.open()
	if err != nil {
		return err
	}
	links, err := p.Links(ctx)
	if err != nil {
		return err
	}
	e := &explanation{
		Format: 1, Who: c.Who, Pending: []pendingChange{}, Warnings: []plan.Warning{}, Rules: []policy.Verdict{}, Others: []otherMatch{}, EndpointGroups: []explainedLink{}, NotAsked: []string{}, NotRead: []string{}, Next: []fault.Next{},
	}
	known := linksNamed(links, c.Who)
	found, finding, err := s.locate(ctx, cfg, c.Who, known)
	code := exitOK
	switch {
	case err == nil:
		e.NotAsked, e.NotRead = append(e.NotAsked, finding.NotAsked...), append(e.NotRead, finding.NotRead...)
		err = s.explainFound(ctx, cfg, e, found, finding)
	case exitCode(err) != codeExit("directory") && exitCode(err) != codeExit("directory.bind"), len(known) != 1:
		return err
	default:
		e.Unreachable, code, err = err.Error(), exitCode(err), nil
		l := known[0]
		e.Object = &explainedObject{ObjectGUID: l.GUID, SID: l.SID, DN: l.DN, Domain: l.Domain, Account: l.Account, Name: l.Name, Mail: l.Mail}
	}
	if err != nil {
		return err
	}
	if err := s.explainCentral(ctx, e, links); err != nil {
		return err
	}
	e.Verdict = verdict(*e)
	return s.end(ctx, output.Document{Type: "explanation", Value: e, Lists: []output.List{
		{Field: "rules", Type: "rule", Columns: []string{"rule", "passed", "value", "text"}},
		{Field: "pending", Type: "pending", Columns: []string{"action", "group", "cause.text", "rule.text", "from", "id"}},
		{Field: "warnings", Type: "warning", Columns: []string{"code", "text"}},
		{Field: "endpointGroups", Type: "endpointGroup", Columns: []string{"name", "id", "origin", "since"}},
		{Field: "others", Type: "other"},
		{Field: "next", Type: "next"},
	}}, code)
}

// linksNamed are the objects of the ledger that have a name or had it when they
// were last read.
func linksNamed(links []identity.Link, who string) []identity.Link {
	_, account, qualified := strings.Cut(who, `\`)
	var list []identity.Link
	for _, l := range links {
		if slices.ContainsFunc(list, func(other identity.Link) bool { return other.GUID == l.GUID }) {
			continue // the groups of devices of a group of people
		}
		if slices.ContainsFunc([]string{string(l.GUID), l.SID, l.DN, l.Account, l.Name, l.Mail, l.CentralID}, func(v string) bool {
			return v != "" && strings.EqualFold(v, who)
		}) || qualified && strings.EqualFold(l.Account, account) {
			list = append(list, l)
		}
	}
	return list
}

// explainCentral adds what the ledger and the newest plan know.
func (s *session) explainCentral(ctx context.Context, e *explanation, links []identity.Link) error {
	last, err := s.remembered(ctx)
	if err != nil {
		return err
	}
	if last != nil {
		at := utc(last.At)
		e.AsOf = &at
	}
	id := e.Object.ObjectGUID
	for _, l := range links {
		if l.GUID != id {
			continue
		}
		e.InCentral = true
		known := explainedLink{ID: l.CentralID, Origin: string(l.Origin), Since: utc(l.Since), Name: l.Name}
		if l.Kind == identity.KindDeviceGroup {
			e.EndpointGroups = append(e.EndpointGroups, known)
		} else {
			e.Central = &known
		}
	}
	saved, err := s.loadPlan(latest)
	if fault.Is(err, "usage.plan") {
		return nil
	}
	if err != nil {
		return err
	}
	for _, c := range slices.Concat(saved.Doc.Changes, saved.Doc.Holds) {
		if c.ObjectGUID != id && (c.Group == nil || c.Group.ObjectGUID != id) {
			continue
		}
		p := pendingChange{Plan: saved.ID, CreatedAt: saved.Doc.CreatedAt, ID: c.ID, Action: c.Action, Cause: c.Cause, From: c.From, Rule: c.Rule}
		if c.Group != nil {
			p.Group = c.Group.Name
		}
		e.Pending = append(e.Pending, p)
	}
	for _, w := range saved.Doc.Warnings {
		if id != "" && w.ObjectGUID == id {
			e.Warnings = append(e.Warnings, w)
		}
	}
	if len(e.Pending) > 0 {
		e.Next = append(e.Next, s.next("look at the plan", "plan", "show", saved.ID))
	}
	return nil
}
