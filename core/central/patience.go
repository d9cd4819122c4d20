package central

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How long and how often a call is tried.
const (
	maxTries       = 4
	firstBackoff   = 500 * time.Millisecond
	retryDeadline  = 2 * time.Minute // for all tries of one call, waits for the rate limit aside
	maxLimitWait   = time.Hour       // for all waits for the rate limit of one call
	firstLimitWait = 5 * time.Second // where Central does not say how long; doubled, with jitter
	maxLimitGuess  = 5 * time.Minute
	minLimitWait   = time.Second
)

// patience counts the tries and waits of one call.
type patience struct {
	client  *Client
	began   time.Time
	tries   int
	limits  int
	waited  time.Duration // for the rate limit
	backoff time.Duration
}

func (c *Client) patience() *patience {
	return &patience{client: c, began: c.o.Now(), backoff: firstBackoff}
}

// again waits before the next try after a failure that may pass. It is false
// when there have been enough.
func (p *patience) again(ctx context.Context, header http.Header) (bool, error) {
	p.tries++
	if p.tries >= maxTries {
		return false, nil
	}
	wait := jitter(p.backoff)
	p.backoff *= 2
	if asked, ok := p.asked(header); ok {
		wait = max(wait, asked)
	}
	if p.client.o.Now().Add(wait).Sub(p.began)-p.waited > retryDeadline {
		return false, nil
	}
	return true, p.client.o.Sleep(ctx, wait)
}

// limited waits as long as a 429 asks for. It is false when that would be more
// than an hour in all.
func (p *patience) limited(ctx context.Context, header http.Header) (bool, error) {
	wait, ok := p.asked(header)
	if !ok {
		wait = jitter(min(firstLimitWait<<min(p.limits, 10), maxLimitGuess))
	}
	wait = max(wait, minLimitWait)
	p.limits++
	if p.waited+wait > maxLimitWait {
		return false, nil
	}
	p.waited += wait
	p.client.log.InfoContext(ctx, "Sophos Central asks to wait",
		"seconds", int(wait.Round(time.Second).Seconds()), "waitedSeconds", int(p.waited.Seconds()))
	if p.client.o.Waits != nil {
		defer p.client.o.Waits()()
	}
	return true, p.client.o.Sleep(ctx, wait)
}

// asked reads Retry-After: seconds, or a date, which is taken against the
// server's own clock where the reply has it.
func (p *patience) asked(header http.Header) (time.Duration, bool) {
	text := strings.TrimSpace(header.Get("Retry-After"))
	if text == "" {
		return 0, false
	}
	switch seconds, err := strconv.ParseUint(text, 10, 31); {
	case err == nil:
		return time.Duration(seconds) * time.Second, true
	case errors.Is(err, strconv.ErrRange):
		return math.MaxInt32 * time.Second, true // longer than anybody waits
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0, false
	}
	now, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		now = p.client.o.Now()
	}
	return max(until.Sub(now), 0), true
}

// jitter is between half of d and d.
func jitter(d time.Duration) time.Duration {
	return d/2 + rand.N(d/2+1) //nolint:gosec // spreads retries, keeps no secret
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
