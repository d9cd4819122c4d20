package commands

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"adsync/core/config"
	"adsync/core/directory"
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
	return `Looks in scope, out of scope and among the deleted objects, and shows the rules one by one with the values that they saw. It needs no credential for Sophos Central: what Central holds is told from the ledger. Where the directory cannot be reached it says what is known without it, and ends with 20. Examples:

    adsync explain anna.silva@corp.example --output table

    adsync explain 'CORP\anna.silva'

    adsync explain 'CN=Sales,OU=Groups,DC=corp,DC=example'`
}

// explanation is the document of explain. A nil truth is one that is not known.
type explanation struct {
	Format      int              `json:"format"`
	Who         string           `json:"who"`
	Verdict     string           `json:"verdict"`
	InDirectory *bool            `json:"inDirectory"`
	InScope     *bool            `json:"inScope"`
	InCentral   bool             `json:"inCentral"`
	AsOf        *time.Time       `json:"asOf"` // of what is known of Central: the last complete read
	Object      *explainedObject `json:"object"`
	Central     *explainedLink   `json:"central"`
	Pending     []pendingChange  `json:"pending"`
	Rules       []policy.Verdict `json:"rules"`
	Others      []otherMatch     `json:"others"`      // who else answers to the name, less surely
	Unreachable string           `json:"unreachable"` // why the directory was not asked; "" where it was
	NotAsked    []string         `json:"notAsked"`    // domains that could not be asked
	Next        []fault.Next     `json:"next"`
}

type explainedObject struct {
	ObjectGUID identity.GUID `json:"objectGuid"`
	SID        string        `json:"sid"`
	DN         string        `json:"dn"`
	Domain     string        `json:"domain"`
	Class      string        `json:"class"`
	Account    string        `json:"account"`
	Name       string        `json:"name"`
	Mail       string        `json:"mail"`
	Presence   string        `json:"presence"`
}

type explainedLink struct {
	ID     string    `json:"id"`
	Origin string    `json:"origin"`
	Since  time.Time `json:"since"`
	Name   string    `json:"name"`
}

// pendingChange is what the newest plan has for the object.
type pendingChange struct {
	Plan      string      `json:"plan"`
	CreatedAt time.Time   `json:"createdAt"`
	ID        string      `json:"id"`
	Action    plan.Action `json:"action"`
	Group     string      `json:"group"`
	Cause     plan.Coded  `json:"cause"`
	From      plan.Origin `json:"from"`
	Rule      *plan.Coded `json:"rule"` // why it is held; null of a change
}

type otherMatch struct {
	ObjectGUID identity.GUID `json:"objectGuid"`
	DN         string        `json:"dn"`
	Class      string        `json:"class"`
	Account    string        `json:"account"`
	Presence   string        `json:"presence"`
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
		Format: 1, Who: c.Who, Pending: []pendingChange{}, Rules: []policy.Verdict{}, Others: []otherMatch{}, NotAsked: []string{}, Next: []fault.Next{},
	}
	known := linksNamed(links, c.Who)
	found, finding, err := s.locate(ctx, cfg, c.Who, known)
	code := exitOK
	switch {
	case err == nil:
		e.NotAsked = append(e.NotAsked, finding.NotAsked...)
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
		if slices.ContainsFunc([]string{string(l.GUID), l.SID, l.DN, l.Account, l.Name, l.Mail, l.CentralID}, func(v string) bool {
			return v != "" && strings.EqualFold(v, who)
		}) || qualified && strings.EqualFold(l.Account, account) {
			list = append(list, l)
		}
	}
	return list
}

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
			fault.Details(append([]string{"asked, live and deleted objects: " + strings.Join(finding.Asked, ", ")}, finding.NotAsked...)...),
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

// wanted is the request of the configuration, without a domain too.
func (s *session) wanted(ctx context.Context, cfg config.Config) (directory.Request, error) {
	_, names, err := s.rules(ctx, cfg)
	r := directory.Request{Attributes: names}
	for _, d := range cfg.Scope.Domains {
		addDomain(&r, d, cfg.Scope.Devices.Sync)
	}
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
	v, err := s.view(ctx, cfg, snapshot, nil, nil)
	if err != nil {
		return nil, err
	}
	members := []string{}
	for _, id := range v.desired.Belonging(snapshot, group) {
		members = append(members, v.desired.Users[id].Display)
	}
	slices.Sort(members)
	return members, nil
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
		if l.GUID == id {
			e.InCentral = true
			e.Central = &explainedLink{ID: l.CentralID, Origin: string(l.Origin), Since: utc(l.Since), Name: l.Name}
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
	if len(e.Pending) > 0 {
		e.Next = append(e.Next, s.next("look at the plan", "plan", "show", saved.ID))
	}
	return nil
}

// verdict is the whole in one sentence.
func verdict(e explanation) string {
	name := first(e.Object.Name, e.Object.Account, string(e.Object.ObjectGUID))
	var b strings.Builder
	switch {
	case e.Unreachable != "":
		fmt.Fprintf(&b, "%s: the directory cannot be asked", name)
	case *e.InScope:
		fmt.Fprintf(&b, "%s is in scope", name)
	default:
		why := ""
		if at := slices.IndexFunc(e.Rules, func(v policy.Verdict) bool { return !v.Passed }); at >= 0 {
			why = ": " + e.Rules[at].Text
		}
		fmt.Fprintf(&b, "%s is not in scope%s", name, why)
	}
	if e.InCentral {
		b.WriteString("; Sophos Central holds it by the ledger")
	} else {
		b.WriteString("; by the ledger it is not in Sophos Central")
	}
	if len(e.Pending) > 0 {
		p := e.Pending[0]
		if p.Rule != nil {
			fmt.Fprintf(&b, "; in the newest plan %s is held: %s", p.Action, p.Rule.Text)
		} else {
			fmt.Fprintf(&b, "; the newest plan has %s: %s", p.Action, p.Cause.Text)
		}
	}
	return b.String() + "."
}
