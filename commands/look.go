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
	At      time.Time         `json:"at"`
	Servers []identity.Server `json:"servers"` // that were read, one for each domain
	People  int               `json:"people"`
	Groups  int               `json:"groups"`
}

// of returns the controller that a domain was read from.
func (l *lastRead) of(domain string) (identity.Server, bool) {
	if l == nil {
		return identity.Server{}, false
	}
	i := slices.IndexFunc(l.Servers, func(s identity.Server) bool { return s.Domain == domain })
	if i < 0 {
		return identity.Server{}, false
	}
	return l.Servers[i], true
}

const keyLastRead = "lastRead"

// look reads the directory and decides who and what is wanted. The links are
// those of the ledger: those that the reading does not show are looked up.
func (s *session) look(ctx context.Context, c config.Config, links []identity.Link) (look, error) {
	l := look{}
	var err error
	var names []string
	if l.rules, names, err = s.rules(ctx, c); err != nil {
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
		if err := rolledBack(l.snapshot.Servers, last); err != nil {
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
	l.lag = otherController(l.snapshot.Servers, last, len(links))
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
func rolledBack(servers []identity.Server, last *lastRead) error {
	for _, now := range servers {
		was, known := last.of(now.Domain)
		if !known || now.InvocationID == "" || now.InvocationID != was.InvocationID || now.HighestUSN >= was.HighestUSN {
			continue
		}
		return fault.New("directory.rollback",
			fmt.Sprintf("%s shows USN %d, at the last read it was %d: its database was set back", now.Name, now.HighestUSN, was.HighestUSN),
			fault.Hint("do not go on with this controller; restore it as Microsoft describes for USN rollback, or set directory.servers to another"))
	}
	return nil
}

// otherController says why absences wait when another controller answers than at
// the last complete read: replication may lag between the two.
func otherController(servers []identity.Server, last *lastRead, links int) string {
	for _, now := range servers {
		if was, known := last.of(now.Domain); known && links > 0 && !sameController(now, was) {
			return fmt.Sprintf("%s answers now, %s answered at the last complete read; what is missing has to be missing at the next read too", now.Name, was.Name)
		}
	}
	return ""
}

// sameController compares by the database, by name where the account may not
// read its identity.
func sameController(a, b identity.Server) bool {
	if a.InvocationID == "" || b.InvocationID == "" {
		return strings.EqualFold(a.Name, b.Name)
	}
	return a.InvocationID == b.InvocationID
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
