package directory

import (
	"context"
	"fmt"
	"slices"

	"adsync/core/fault"
	"adsync/core/identity"

	"github.com/go-ldap/ldap/v3"
)

// What is moved while the pages of a search come may be on two of them, or on
// none. Each write of an object raises its uSNChanged on the controller that is
// read (MS-ADTS 3.1.1.1.9), so what was written since the reading of the domain
// began is asked for when the pages have ended: it is missing from them, or newer
// than in them.

// meanwhile makes of a search the one for what was written since.
func (r *reader) meanwhile(d identity.Domain, q query) (query, error) {
	at := slices.IndexFunc(r.snapshot.Servers, func(s identity.Server) bool { return s.Domain == d.Name })
	if at < 0 || r.snapshot.Servers[at].HighestUSN <= 0 {
		return q, fault.New("directory.read.incomplete.usn",
			r.c.root.server+" does not show its highestCommittedUSN: what was moved while it was read may be missing",
			fault.Hint("name another domain controller in directory.servers"))
	}
	q.what += " that were written meanwhile"
	q.filter = fmt.Sprintf("(&%s(uSNChanged>=%d))", q.filter, r.snapshot.Servers[at].HighestUSN+1)
	return q, nil
}

// latePeople returns the people of a search who were written since.
func (r *reader) latePeople(ctx context.Context, d identity.Domain, q query) ([]identity.Person, error) {
	q, err := r.meanwhile(d, q)
	if err != nil {
		return nil, err
	}
	var late []identity.Person
	var open []openRange
	_, err = r.c.search(ctx, q, func() func(*ldap.Entry) error {
		late, open = nil, nil
		return func(e *ldap.Entry) error {
			p, more, err := r.person(e, d)
			for i := range more {
				more[i].owner = len(late)
			}
			late, open = append(late, p), append(open, more...)
			return err
		}
	})
	if err == nil {
		_, err = r.c.fetchRanges(ctx, open, func(o openRange, values []string) { r.fill(&late[o.owner], o, values) })
	}
	return late, err
}

// renew takes the later copy of somebody who was written meanwhile.
func (r *reader) renew(p identity.Person) {
	r.addPerson(p)
	i := r.peopleAt[p.GUID]
	p.Matched = r.people.At(i).Matched
	r.people.Set(i, p)
}
