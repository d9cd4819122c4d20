package tenant

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// Rate is how many calls one credential may make. Zero is no limit. The windows
// slide: no span of that length holds more calls.
type Rate struct {
	PerSecond, PerMinute, PerHour, PerDay int
}

// RetryAfter is a way to tell a client when to come back.
type RetryAfter int

// The ways. Nobody has said whether the directory routes name a time at all.
const (
	RetrySeconds RetryAfter = iota
	RetryDate
	RetryUnnamed
)

// SetRate changes the limits; calls made so far count.
func (t *Tenant) SetRate(r Rate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.rate = r
}

// pace remembers when a credential called, oldest first.
type pace struct{ times []time.Time }

// take notes a call, or returns how long it has to wait; a call that has to wait
// does not count.
func (p *pace) take(now time.Time, r Rate) time.Duration {
	var wait time.Duration
	for _, w := range []struct {
		limit  int
		window time.Duration
	}{
		{r.PerSecond, time.Second},
		{r.PerMinute, time.Minute},
		{r.PerHour, time.Hour},
		{r.PerDay, 24 * time.Hour},
	} {
		if w.limit > 0 && len(p.times) >= w.limit {
			wait = max(wait, p.times[len(p.times)-w.limit].Add(w.window).Sub(now))
		}
	}
	if wait > 0 {
		return wait
	}
	p.times = append(p.times, now)
	if keep := max(r.PerSecond, r.PerMinute, r.PerHour, r.PerDay); len(p.times) > 2*keep+1000 {
		p.times = slices.Clone(p.times[len(p.times)-keep:])
	}
	return 0
}

// take counts a call of a client; ok is false where it comes too early.
func (t *Tenant) take(clientID string, now time.Time) (reply, bool) {
	p := t.paces[clientID]
	if p == nil {
		p = &pace{}
		t.paces[clientID] = p
	}
	wait := p.take(now, t.rate)
	if wait == 0 {
		return reply{}, true
	}
	a := refusal(http.StatusTooManyRequests, "too many calls")
	switch t.o.RetryAfter {
	case RetrySeconds:
		seconds := int64((wait + time.Second - 1) / time.Second)
		a = a.with("Retry-After", strconv.FormatInt(seconds, 10))
	case RetryDate:
		a = a.with("Retry-After", now.Add(wait+time.Second-1).UTC().Format(http.TimeFormat))
	case RetryUnnamed:
	}
	return a, false
}

func (t *Tenant) throttle(e *exchange) (reply, bool) { return t.take(e.client.ID, e.at) }

// SetRetryAfter changes how a 429 names its wait.
func (t *Tenant) SetRetryAfter(way RetryAfter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.o.RetryAfter = way
}
