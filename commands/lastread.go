package commands

import (
	"context"
	"slices"
	"strings"
	"time"

	"adsync/core/identity"
)

// lastRead is what is remembered of the last complete read.
type lastRead struct {
	At      time.Time         `json:"at"`
	Servers []identity.Server `json:"servers"` // that were read, one for each domain
	People  int               `json:"people"`
	Groups  int               `json:"groups"`
	// Successors answered for a domain since, and what they lack waits.
	Successors []successor `json:"successors,omitempty"`
}

// successor is a controller that answered in the place of the one that the last
// complete read was of.
type successor struct {
	Server identity.Server `json:"server"`
	Since  time.Time       `json:"since"` // when it answered first
}

// succeedsAfter is how long what a successor lacks waits for another controller to
// confirm it. Between sites Active Directory replicates every three hours unless
// it was set otherwise, and by night alone at the longest. Whoever a controller
// does not know after a day is not on its way to it: the one of before is gone
// for good, or cut off, and with it what it alone had. From then on the successor
// is simply the controller, and what it does not know is found nowhere: a
// person's to remove, and more than a few make the read incomplete.
const succeedsAfter = 24 * time.Hour

const keyLastRead = "lastRead"

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

// replaced returns the controllers of the last complete read in whose place
// another answers at a time, those left out whose successor has answered for
// long enough.
func (l *lastRead) replaced(servers []identity.Server, at time.Time) []identity.Server {
	var list []identity.Server
	for _, now := range servers {
		if was, known := l.of(now.Domain); known && !sameController(now, was) && !l.succeeded(now, at) {
			list = append(list, was)
		}
	}
	return list
}

func (l *lastRead) succeeded(now identity.Server, at time.Time) bool {
	return slices.ContainsFunc(l.Successors, func(s successor) bool {
		return s.of(now) && !at.Before(s.Since.Add(succeedsAfter))
	})
}

func (s successor) of(now identity.Server) bool {
	return s.Server.Domain == now.Domain && sameController(s.Server, now)
}

// waiting returns what is remembered while something waits for a controller of
// before: the last complete read, and who answered in its place.
func (l *lastRead) waiting(servers []identity.Server, at time.Time) lastRead {
	now := *l
	now.Successors = slices.Clone(l.Successors)
	for _, was := range l.replaced(servers, at) {
		s, _ := (&lastRead{Servers: servers}).of(was.Domain)
		if !slices.ContainsFunc(now.Successors, func(x successor) bool { return x.of(s) }) {
			now.Successors = append(now.Successors, successor{s, at})
		}
	}
	return now
}

// with returns the servers of a read, and those of before for the domains that it
// does not hold: a domain left out for once is not forgotten.
func (l *lastRead) with(servers []identity.Server) []identity.Server {
	list := slices.Clone(servers)
	if l == nil {
		return list
	}
	now := &lastRead{Servers: servers}
	for _, was := range l.Servers {
		if _, read := now.of(was.Domain); !read {
			list = append(list, was)
		}
	}
	return list
}

// remembered returns the last complete read, nil before the first.
func (s *session) remembered(ctx context.Context) (*lastRead, error) {
	p, err := s.open()
	if err != nil {
		return nil, err
	}
	var last struct {
		lastRead
		singleServer
	}
	ok, err := p.Get(ctx, keyLastRead, &last)
	if err != nil || !ok {
		return nil, err
	}
	if len(last.Servers) == 0 {
		last.Servers = last.servers()
	}
	return &last.lastRead, nil
}

// singleServer is how versions that read one domain remembered its controller.
type singleServer struct {
	Server     string `json:"server"`
	Invocation string `json:"invocation"`
	HighestUSN int64  `json:"highestUsn"`
}

// servers takes the domain from the controller's DNS name.
func (s singleServer) servers() []identity.Server {
	_, domain, qualified := strings.Cut(strings.ToLower(s.Server), ".")
	if !qualified {
		return nil
	}
	return []identity.Server{{Domain: domain, Name: s.Server, InvocationID: s.Invocation, HighestUSN: s.HighestUSN}}
}
