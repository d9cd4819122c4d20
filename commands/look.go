package commands

import (
	"context"
	"maps"
	"slices"

	"adsync/core/config"
	"adsync/core/directory"
	"adsync/core/identity"
	"adsync/core/plan"
	"adsync/core/policy"
)

// view is what one configuration makes of the directory.
type view struct {
	rules    policy.Rules
	desired  policy.Desired
	coverage policy.Coverage
	arrivals policy.Arrivals
	lag      lag
}

// look is one reading of the directory, and what the rules make of it.
type look struct {
	view     // of the configuration of now
	snapshot identity.Snapshot
	where    map[identity.GUID]identity.Whereabouts
	before   map[string]policy.DomainRules // of the accepted configuration
	// accepted is what the accepted configuration makes of the same reading; nil
	// where it is the one of now, or is not known.
	accepted *view
}

// reading is what was asked of the directory, and its answer.
type reading struct {
	request  directory.Request
	snapshot identity.Snapshot
	where    map[identity.GUID]identity.Whereabouts
	// second is what other controllers show of the domains whose controller has
	// changed; nil where none has, or none answers.
	second *identity.Snapshot
	// untrusted are controllers that were passed over, by host.
	untrusted map[string]error
}

// look reads the directory and decides who and what is wanted. The links are
// those of the ledger: those that the reading does not show are looked up. Where
// accepted is not nil, the directory is read for it too.
func (s *session) look(ctx context.Context, c config.Config, accepted *config.Config, links []identity.Link) (look, error) {
	last, err := s.remembered(ctx)
	if err != nil {
		return look{}, err
	}
	r, err := s.read(ctx, last, links, c, accepted)
	if err != nil {
		return look{}, err
	}
	return s.decide(ctx, r, last, links, c, accepted)
}

// read asks the directory for all that the configurations want to know.
func (s *session) read(ctx context.Context, last *lastRead, links []identity.Link, c config.Config, accepted *config.Config) (reading, error) {
	var r reading
	var err error
	if r.request, err = s.request(ctx, c, accepted); err != nil {
		return r, err
	}
	p, err := s.open()
	if err != nil {
		return r, err
	}
	var known []policy.KnownContainer
	if _, err := p.Get(ctx, keyContainers, &known); err != nil {
		return r, err
	}
	var inner []policy.InnerGroup
	if _, err := p.Get(ctx, keyInner, &inner); err != nil {
		return r, err
	}
	err = s.withDirectory(ctx, c, func(client *directory.Client) error {
		if r.snapshot, err = client.Read(ctx, r.request); err != nil {
			return err
		}
		if err := s.rolledBack(ctx, r.snapshot.Servers, last); err != nil {
			return err
		}
		rules, own, err := s.own(ctx, c, r.snapshot)
		if err != nil {
			return err
		}
		wanted := slices.Concat(unseen(r.snapshot, links), namedBy(accepted, r.request.Known), unlisted(r.snapshot, known),
			policy.UnreadInner(r.snapshot, inner), policy.NewArrivals(own, links, rules).Ask())
		r.where, err = client.Lookup(ctx, wanted, filtered(r.request)...)
		if err == nil {
			r.second, err = s.secondLook(ctx, client, r, last)
		}
		r.untrusted = client.Untrusted()
		return err
	})
	return r, err
}

// decide puts the rules to work on what was read.
func (s *session) decide(ctx context.Context, r reading, last *lastRead, links []identity.Link, c config.Config, accepted *config.Config) (look, error) {
	l := look{snapshot: r.snapshot, where: r.where}
	unconfirmed := r.unconfirmed(last)
	var err error
	if l.view, err = s.view(ctx, c, r.snapshot, r.where, links, unconfirmed); err != nil {
		return look{}, err
	}
	if l.lag, err = s.lag(ctx, c, r, last, l.desired); err != nil {
		return look{}, err
	}
	if accepted != nil {
		v, err := s.view(ctx, *accepted, withoutGone(r, c, *accepted), r.where, links, unconfirmed)
		if err != nil {
			return look{}, err
		}
		if v.lag, err = s.lag(ctx, *accepted, r, last, v.desired); err != nil {
			return look{}, err
		}
		l.accepted = &v
	}
	for _, host := range slices.Sorted(maps.Keys(r.untrusted)) {
		l.desired.Warnings = append(l.desired.Warnings, identity.Warning{Code: "directory.untrusted", Name: host, Text: r.untrusted[host].Error()})
	}
	a, err := s.accepted(ctx)
	if err != nil {
		return look{}, err
	}
	if a != nil {
		l.before = a.Domains
	}
	return l, nil
}

// judge says what the reads prove, without deciding who is wanted.
func (s *session) judge(ctx context.Context, r reading, links []identity.Link, c config.Config, accepted *config.Config) (look, error) {
	l := look{snapshot: r.snapshot, where: r.where}
	rules, own, err := s.own(ctx, c, r.snapshot)
	if err != nil {
		return look{}, err
	}
	l.coverage = policy.Judge(own, links, r.where, rules)
	if accepted != nil {
		if rules, own, err = s.own(ctx, *accepted, withoutGone(r, c, *accepted)); err != nil {
			return look{}, err
		}
		l.accepted = &view{coverage: policy.Judge(own, links, r.where, rules)}
	}
	return l, nil
}

// view applies one configuration to a snapshot.
func (s *session) view(ctx context.Context, c config.Config, snapshot identity.Snapshot, where map[identity.GUID]identity.Whereabouts, links []identity.Link, unconfirmed map[string]bool) (view, error) {
	rules, own, err := s.own(ctx, c, snapshot)
	if err != nil {
		return view{}, err
	}
	rules.Unconfirmed = unconfirmed
	return view{
		rules: rules, desired: policy.Desire(own, rules), coverage: policy.Judge(own, links, where, rules), arrivals: policy.NewArrivals(own, links, rules),
	}, nil
}

// own returns the rules of a configuration for a snapshot, and of that what they
// are about.
func (s *session) own(ctx context.Context, c config.Config, snapshot identity.Snapshot) (policy.Rules, identity.Snapshot, error) {
	rules, _, err := s.rules(ctx, c)
	if err != nil {
		return policy.Rules{}, identity.Snapshot{}, err
	}
	rules = rules.Follow(snapshot)
	return rules, rules.Own(snapshot), nil
}

// leaving gives the cause of a link that is not wanted any more.
func (l look) leaving(link identity.Link) plan.Coded { return l.leavingBy(l.view, link) }

func (l look) leavingBy(v view, link identity.Link) plan.Coded {
	reason := policy.Leaving(link, v.desired, l.where[link.GUID], v.rules, l.before)
	return plan.Coded{Code: reason.Code, Text: reason.Text}
}

// arriving gives the cause of somebody who is wanted and was not before.
func (l look) arriving(v view, id identity.GUID) (plan.Coded, bool) {
	reason, known := v.arrivals.Cause(id, l.where)
	return plan.Coded{Code: reason.Code, Text: reason.Text}, known
}

// reads are the records of all searches: those of now, then those for the
// accepted configuration alone.
func (l look) reads() []identity.Read {
	list := slices.Clone(l.coverage.Reads)
	if l.accepted == nil {
		return list
	}
	for _, read := range l.accepted.coverage.Reads {
		if !slices.ContainsFunc(list, func(x identity.Read) bool { return sameSearch(x, read) }) {
			list = append(list, read)
		}
	}
	return list
}

func sameSearch(a, b identity.Read) bool {
	return a.Domain == b.Domain && a.Kind == b.Kind && a.Base == b.Base && a.Filter == b.Filter && a.Nested == b.Nested
}

// unseen are the links whose objects the snapshot does not hold.
func unseen(s identity.Snapshot, links []identity.Link) []identity.GUID {
	gone := map[identity.GUID]bool{}
	for _, l := range links {
		gone[l.GUID] = true
	}
	for id := range s.People.GUIDs() {
		delete(gone, id)
	}
	for _, g := range s.Groups {
		delete(gone, g.GUID)
	}
	for _, x := range s.Devices {
		delete(gone, x.GUID)
	}
	var list []identity.GUID
	for _, l := range links {
		if gone[l.GUID] {
			list = append(list, l.GUID)
		}
	}
	return list
}

// unlisted are the containers of the last complete read that a snapshot does not
// hold.
func unlisted(s identity.Snapshot, known []policy.KnownContainer) []identity.GUID {
	listed := map[identity.GUID]bool{}
	for _, c := range s.Containers {
		listed[c.GUID] = true
	}
	var list []identity.GUID
	for _, k := range known {
		if !listed[k.GUID] {
			list = append(list, k.GUID)
		}
	}
	return list
}

// filtered names the attributes by which the filters of a request choose people and
// devices.
func filtered(r directory.Request) []string {
	var list []string
	for _, scope := range r.Scopes {
		for _, search := range slices.Concat(scope.Users, scope.Devices) {
			list = append(list, directory.FilterAttributes(search.Filter)...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
