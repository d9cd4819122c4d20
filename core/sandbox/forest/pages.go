package forest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// pages are the paged searches that a connection has open.
type pages struct {
	open map[string]*paged
	made uint64
}

// paged is a search of which not all has been sent.
type paged struct {
	request    request
	rest       []*node
	references []string
	sent       int // pages
	number     uint64
}

const maxOpenPages = 10

func (p *pages) number(c controls) int {
	switch s := p.open[c.cookie]; {
	case !c.paged:
		return 0
	case s != nil:
		return s.sent + 1
	}
	return 1
}

// keep remembers s under a new cookie; the oldest has to go when there are too
// many.
func (p *pages) keep(s *paged) string {
	p.made++
	s.number = p.made
	cookie := string(binary.LittleEndian.AppendUint64([]byte("page"), p.made))
	p.open[cookie] = s
	if len(p.open) > maxOpenPages {
		oldest := cookie
		for k, v := range p.open {
			if v.number < p.open[oldest].number {
				oldest = k
			}
		}
		delete(p.open, oldest)
	}
	return cookie
}

var errCookie = errors.New("cookie of no open search")

// take finds the search that a request goes on with, or nil where it begins.
func (p *pages) take(r request) (*paged, error) {
	if r.controls.cookie == "" {
		return nil, nil //nolint:nilnil // nothing to go on with is no error
	}
	s := p.open[r.controls.cookie]
	if s == nil {
		return nil, errCookie
	}
	delete(p.open, r.controls.cookie)
	if !strings.EqualFold(s.request.base, r.base) || s.request.scope != r.scope || s.request.filterText != r.filterText {
		return nil, fmt.Errorf("%w: another base, scope or filter", errCookie)
	}
	return s, nil
}

// page answers one page of a search. What was deleted since the first page is
// left out, what changed is sent as it is now.
func (c *conn) page(ctx context.Context, r request, s selection) answer {
	f := c.server.forest
	open, err := c.pages.take(r)
	if err != nil {
		return answer{done: result{code: unwillingToPerform, text: "00000057: LdapErr: DSID-0C090833, comment: Error processing control, data 0, v4563"}}
	}
	if r.controls.pageSize == 0 {
		if open == nil {
			return answer{done: result{code: operationsError, text: "00000057: LdapErr: DSID-0C090833, comment: Error processing control, data 0, v4563"}}
		}
		return answer{cookie: new(string)} // the client has had enough
	}
	if open == nil {
		out, refusal := f.search(ctx, r, c.who, c.secure)
		if refusal.code != success {
			return answer{done: refusal, cookie: new(string)}
		}
		open = &paged{request: r, rest: out.nodes, references: out.references}
		if r.sizeLimit > 0 && int64(len(open.rest)) > r.sizeLimit {
			open.rest = open.rest[:r.sizeLimit]
		}
	}
	open.sent++
	size := int(min(r.controls.pageSize, int64(f.o.MaxPageSize)))
	var now []*node
	for len(open.rest) > 0 && len(now) < size {
		n := open.rest[0]
		open.rest = open.rest[1:]
		if f.byGUID[n.guid] == n && (!n.deleted || r.controls.showDeleted) {
			now = append(now, n)
		}
	}
	a := answer{cookie: new(string)}
	if len(open.rest) > 0 {
		*a.cookie = c.pages.keep(open)
	} else {
		a.references = open.references
	}
	return a.with(f, now, s)
}
