package forest

import (
	"context"
	"slices"

	ber "github.com/go-asn1-ber/asn1-ber"
)

var scopeNames = [...]string{scopeBase: "base", scopeOne: "one", scopeSubtree: "sub"}

// search answers a search request: entries, references, and how it ended.
func (c *conn) search(m message) {
	f := c.server.forest
	con, err := readControls(m.controls)
	var r request
	if err == nil {
		r, err = readSearch(m.op, con)
	}
	if err != nil {
		c.reply(m, result{code: protocolError, text: "0000203D: LdapErr: DSID-0C090C9B, comment: Error decoding ldap message, data 0, v4563"}.packet(opSearchDone))
		return
	}
	ctx := m.ctx
	if r.timeLimit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, r.timeLimit)
		defer cancel()
	}
	page := c.pages.number(r.controls)
	fault := f.disturbed(ctx, Operation{
		Connection: c.number, Kind: "search", Name: r.base, Scope: scopeNames[r.scope],
		Page: page, Attributes: slices.Clone(r.attributes),
	})
	if m.ctx.Err() != nil || fault.Hang {
		return
	}
	a := c.answer(ctx, r, fault)
	c.log.Debug("search", "base", r.base, "scope", scopeNames[r.scope], "page", page, "code", a.done.code, "entries", len(a.entries))
	for _, e := range a.entries {
		c.reply(m, e)
	}
	for _, u := range a.references {
		p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, opSearchReference, nil, "")
		p.AppendChild(octets(u))
		c.reply(m, p)
	}
	if fault.Close || fault.Truncate {
		if fault.Truncate {
			whole := envelope(m.id, a.done.packet(opSearchDone))
			c.send(whole[:len(whole)/2])
		}
		_ = c.raw.Close()
		return
	}
	if a.cookie != nil {
		c.reply(m, a.done.packet(opSearchDone), pagingReply(*a.cookie))
		return
	}
	c.reply(m, a.done.packet(opSearchDone))
}

// answer is all that goes back for one search request.
type answer struct {
	entries    []*ber.Packet
	references []string
	done       result
	cookie     *string // of the paging control, nil where none was asked for
}

func (c *conn) answer(ctx context.Context, r request, fault Fault) answer {
	f := c.server.forest
	f.mu.RLock()
	defer f.mu.RUnlock()
	a := c.undisturbed(ctx, r)
	disturbed := fault.Code != 0 || fault.Close || fault.Truncate
	switch {
	case disturbed:
		a.entries = a.entries[:min(fault.Entries, len(a.entries))]
		a.references, a.cookie = nil, nil
		if fault.Code != 0 {
			a.done = result{code: int64(fault.Code), text: fault.Text}
		}
	case fault.Empty:
		a.entries, a.references, a.done = nil, nil, result{}
		if r.controls.paged {
			a.cookie = new(string)
		}
	}
	return a
}

func (c *conn) undisturbed(ctx context.Context, r request) answer {
	f := c.server.forest
	if r.controls.unknown != "" {
		return answer{done: result{code: unavailableCritical, text: "00000057: LdapErr: DSID-0C0907CA, comment: Error processing control, data 0, v4563"}}
	}
	if r.base == "" {
		if r.scope != scopeBase {
			return answer{done: missing(nil)}
		}
		return answer{entries: f.rootDSE(r, c.who, c.secure)}
	}
	if c.who == nil {
		return answer{done: result{code: operationsError, text: "000004DC: LdapErr: DSID-0C090A5C, comment: In order to perform this operation a successful bind must be completed on the connection., data 0, v4563"}}
	}
	selected, refusal := f.selectAttributes(r)
	if refusal.code != success {
		return answer{done: refusal}
	}
	if r.controls.paged {
		return c.page(ctx, r, selected)
	}
	out, refusal := f.search(ctx, r, c.who, c.secure)
	if refusal.code != success {
		return answer{done: refusal}
	}
	a := answer{references: out.references}
	limit := f.o.MaxPageSize
	if r.sizeLimit > 0 && r.sizeLimit < int64(limit) {
		limit = int(r.sizeLimit)
	}
	if len(out.nodes) > limit {
		out.nodes = out.nodes[:limit]
		a.references = nil
		a.done = result{code: sizeLimitExceeded, text: "00002023: SvcErr: DSID-031A120C, problem 5005 (ADMIN_LIMIT_EXCEEDED), data 0"}
	}
	return a.with(f, out.nodes, selected)
}

// with adds the entries; a refusal while they are written ends the answer.
func (a answer) with(f *Forest, nodes []*node, s selection) answer {
	for _, n := range nodes {
		e, refusal := f.entry(n, s)
		if refusal.code != success {
			a.done, a.references = refusal, nil
			return a
		}
		a.entries = append(a.entries, e)
	}
	return a
}
