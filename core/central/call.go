package central

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"adsync/core/fault"
)

// request is one call as its caller means it.
type request struct {
	doing  string // for the errors: "creating the user Ann Lee"
	method string
	route  string // the path for the log, without ids
	path   string
	query  url.Values
	body   any
}

func (q request) write() bool { return q.method != http.MethodGet }

// place is a host, and the one account that a call to it is about: the header
// of a partner does not go together with that of its tenant.
type place struct {
	base       string
	header, id string // "" for who-am-I, which asks for the account
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// call makes a call to the tenant's region and decodes the answer into out.
func (c *Client) call(ctx context.Context, q request, out any) error {
	to, err := c.region(ctx)
	if err != nil {
		return err
	}
	_, err = c.send(ctx, to, q, out)
	return err
}

// send makes a call until it is answered, as often as that is safe: reads after
// every failure that may pass, writes only where it is certain that Central has
// not taken them (429, 401, no connection).
func (c *Client) send(ctx context.Context, to place, q request, out any) (reply, error) {
	var body []byte
	if q.body != nil {
		var err error
		if body, err = json.Marshal(q.body); err != nil {
			return reply{}, fault.New("internal.request", q.doing+": the request cannot be encoded", fault.Cause(err))
		}
	}
	p := c.patience()
	renewed := false
	for {
		token, err := c.tokens.get(ctx)
		if err != nil {
			return reply{}, err
		}
		r, err := c.once(ctx, to, token, q, body)
		if err != nil {
			f := c.lost(ctx, q, err)
			if !f.again {
				return reply{}, f.err
			}
			if more, err := p.again(ctx, nil); err != nil {
				return reply{}, stopped(q.doing, err)
			} else if !more {
				return reply{}, f.err
			}
			continue
		}
		switch {
		case r.status >= 200 && r.status < 300:
			return r, c.decode(q, r, out)
		case r.status == http.StatusTooManyRequests:
			if more, err := p.limited(ctx, r.header); err != nil {
				return reply{}, stopped(q.doing, err)
			} else if !more {
				return reply{}, c.rateLimited(q.doing, r)
			}
		case r.status == http.StatusUnauthorized && !renewed:
			renewed = true
			c.tokens.drop(token)
		case !q.write() && temporary(r.status):
			if more, err := p.again(ctx, r.header); err != nil {
				return reply{}, stopped(q.doing, err)
			} else if !more {
				return reply{}, c.refused(q, r)
			}
		default:
			return reply{}, c.refused(q, r)
		}
	}
}

// once makes one HTTP request and reads the whole answer.
func (c *Client) once(ctx context.Context, to place, token string, q request, body []byte) (reply, error) {
	address := to.base + q.path
	if len(q.query) > 0 {
		address += "?" + q.query.Encode()
	}
	r, err := http.NewRequestWithContext(withRoute(ctx, q.route), q.method, address, bytes.NewReader(body))
	if err != nil {
		return reply{}, &unsentError{fault.New("internal.request", q.doing+": the request cannot be made")}
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/json")
	if to.header != "" {
		r.Header.Set(to.header, to.id)
	}
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if err := c.take(ctx, q.doing); err != nil {
		return reply{}, &unsentError{err}
	}
	res, err := c.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(io.LimitReader(res.Body, maxBody+1))
	if err != nil {
		return reply{}, &cutError{status: res.StatusCode, cause: err}
	}
	got := reply{status: res.StatusCode, header: res.Header, body: data}
	if len(data) > maxBody {
		return reply{}, &unsentError{c.malformed(q, got, fmt.Sprintf("the reply is longer than %d bytes", maxBody))}
	}
	return got, nil
}

// take waits for the rate budget.
func (c *Client) take(ctx context.Context, doing string) error {
	if err := ctx.Err(); err != nil {
		return stopped(doing, ctx.Err())
	}
	if c.o.Budget == nil {
		return nil
	}
	if err := c.o.Budget.Take(ctx); err != nil {
		return stopped(doing, err)
	}
	return nil
}

func (c *Client) decode(q request, r reply, out any) error {
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(r.body, out); err != nil {
		return c.malformed(q, r, "the reply is not the JSON that was expected")
	}
	c.drift.learn(r.body, out)
	return nil
}

func (c *Client) rateLimited(doing string, r reply) error {
	e := c.facts(r.status, r.header, r.body)
	return fault.New("central.rateLimited",
		doing+": Sophos Central still asks to wait after what adsync waits at most, one hour: "+e.Error(),
		fault.Cause(e), fault.Hint("something else may be using the same API credential; nothing was lost, try again later"))
}

// temporary says whether a status may pass by itself.
func temporary(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// stopped is a call that ended before it was sent, by its context or budget.
func stopped(doing string, cause error) error { return fmt.Errorf("%s: %w", doing, cause) }
