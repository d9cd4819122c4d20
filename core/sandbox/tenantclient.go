package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"adsync/core/fault"
	"adsync/core/sandbox/tenant"
)

// Calls are the calls that the simulated Central has received since it was
// started or ForgetCalls was called.
func (c *Client) Calls(ctx context.Context) ([]tenant.Call, error) {
	a, err := c.call(ctx, http.MethodGet, "/calls", nil)
	return a.Calls, err
}

// Counts is how many calls each route had in that time, by method and route.
func (c *Client) Counts(ctx context.Context) (map[string]int, error) {
	a, err := c.call(ctx, http.MethodGet, "/counts", nil)
	return a.Counts, err
}

// ForgetCalls begins to count anew.
func (c *Client) ForgetCalls(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodDelete, "/calls", nil)
	return err
}

// AddFault makes calls of the simulated Central go wrong, and returns all rules.
func (c *Client) AddFault(ctx context.Context, r tenant.Rule) ([]tenant.Strike, error) {
	a, err := c.call(ctx, http.MethodPost, "/faults", r)
	return a.Faults, err
}

// Faults lists the rules, oldest first.
func (c *Client) Faults(ctx context.Context) ([]tenant.Strike, error) {
	a, err := c.call(ctx, http.MethodGet, "/faults", nil)
	return a.Faults, err
}

// ClearFaults takes rules away by their numbers, all where none is named, and
// returns what is left.
func (c *Client) ClearFaults(ctx context.Context, ids ...int) ([]tenant.Strike, error) {
	q := url.Values{}
	for _, id := range ids {
		q.Add("id", strconv.Itoa(id))
	}
	a, err := c.call(ctx, http.MethodDelete, "/faults?"+q.Encode(), nil)
	return a.Faults, err
}

// Clock is the clock of the simulated Central.
func (c *Client) Clock(ctx context.Context) (Clock, error) {
	return c.clock(c.call(ctx, http.MethodGet, "/clock", nil))
}

// Forward moves the clock of the simulated Central on.
func (c *Client) Forward(ctx context.Context, by time.Duration) (Clock, error) {
	return c.clock(c.call(ctx, http.MethodPost, "/clock", map[string]string{"forward": by.String()}))
}

func (*Client) clock(a answer, err error) (Clock, error) {
	if err != nil || a.Clock == nil {
		return Clock{}, err
	}
	return *a.Clock, nil
}

// Plant fills the simulated Central from a seed file; an error means that it is
// as it was.
func (c *Client) Plant(ctx context.Context, file io.Reader) (tenant.Planted, error) {
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	switch {
	case err != nil:
		return tenant.Planted{}, fault.New("usage.sandbox.seed", "the seed file could not be read", fault.Cause(err))
	case len(data) > most:
		return tenant.Planted{}, fault.New("usage.sandbox.seed", "the seed file is too long", fault.Hint("have objects made up with generate"))
	}
	a, err := c.send(ctx, http.MethodPost, "/seed", bytes.NewReader(data))
	if err != nil || a.Planted == nil {
		return tenant.Planted{}, err
	}
	return *a.Planted, nil
}

// Reset takes away all fault rules and quirks, forgets the calls, and sets the
// clock right. The objects stay.
func (c *Client) Reset(ctx context.Context) error {
	_, err := c.call(ctx, http.MethodPost, "/reset", nil)
	return err
}

func (c *Client) call(ctx context.Context, method, path string, body any) (a answer, err error) {
	data, err := json.Marshal(body)
	if err != nil {
		return a, fault.New("sandbox.control", "an order to the sandbox", fault.Cause(err))
	}
	return c.send(ctx, method, path, bytes.NewReader(data))
}

func (c *Client) send(ctx context.Context, method, path string, body io.Reader) (a answer, err error) {
	r, err := http.NewRequestWithContext(ctx, method, c.info.Control+path, body)
	if err != nil {
		return a, fault.New("sandbox.control", "an order to the sandbox", fault.Cause(err))
	}
	r.Header.Set("Authorization", "Bearer "+c.info.Secrets.ControlToken)
	reply, err := c.http.Do(r)
	if err != nil {
		return a, fault.New("sandbox.control", "the sandbox does not answer", fault.Cause(err))
	}
	defer func() { err = errors.Join(err, reply.Body.Close()) }()
	if err := json.NewDecoder(reply.Body).Decode(&a); err != nil {
		return a, fault.New("sandbox.control", "the sandbox answered "+reply.Status, fault.Cause(err))
	}
	if a.Error != nil {
		return a, a.Error.fault()
	}
	return a, nil
}
