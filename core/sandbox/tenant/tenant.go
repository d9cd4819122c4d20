// Package tenant is a simulated Sophos Central tenant that is stricter than the
// real one: what its clients get away with here, they get away with there. Where
// the public material leaves a question open it takes the reading that refuses
// more or promises less. It keeps everything in memory, takes the time from its
// caller, and remembers every call.
package tenant

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// The account that a tenant has unless it is told otherwise.
const (
	DefaultTenantID   = "0f6c2f9e-6f0b-4c0e-9a55-3d1d6a4e7b21"
	DefaultTenantName = "Sandbox"
	DefaultClientID   = "9a3a3c1c-31d4-4f52-8f63-5f0f3f0f8d10"
	DefaultSecret     = "sandbox-secret"
)

// Limits of the API that callers may rely on.
const (
	MaxPageSize  = 100 // items of a page
	MaxPostIDs   = 100 // ids in the body of one call
	MaxQueryIDs  = 50  // ids in the query of one call
	pageSize     = 50
	embedded     = 10
	tokenLife    = time.Hour
	maxBody      = 1 << 20
	maxCallsKept = 200_000
)

// Options describe a tenant; everything but Now and BaseURL may be left out.
type Options struct {
	// Now is the clock of tokens, rate limits and time stamps.
	Now func() time.Time
	// BaseURL is where the identity and global routes are reached.
	BaseURL func() string
	// RegionURL is where the directory routes are reached. Where it is set, each
	// route is answered on its own host only; nil means that BaseURL has all.
	RegionURL func() string

	Rate Rate
	Log  *slog.Logger

	ClientID, Secret string // the tenant's own credential, of a Super Admin
	TenantID, Name   string
	DataRegion       string    // name of the region, "eu01"
	Clients          []Client  // further credentials
	Tenants          []Account // what partners and organizations see beside this tenant

	TokenLife time.Duration // 0: an hour
	Embedded  int           // members shown inside a listed object, 0: 10
	// RetryAfter says how a 429 names its wait.
	RetryAfter RetryAfter
	// MembersTouch makes a change of membership move updatedAt of the user and
	// the group. Nobody has said that it does.
	MembersTouch bool
	Quirks       Quirks
	// NewID makes the ids of objects, nil: random UUIDs.
	NewID func() string
}

// Tenant is a simulated tenant. It is an http.Handler and safe for concurrent
// use.
type Tenant struct {
	o Options

	mu       sync.Mutex
	clients  map[string]*Client
	tokens   map[string]grant
	paces    map[string]*pace
	rate     Rate
	refuse   bool // every secret is refused
	dir      directory
	devices  devices
	unsorted int // lists asked for without an order, see order.go
	calls    []*Call
	counts   map[string]int
	faults   []*trouble
	rules    int // added so far
	quirks   Quirks

	ahead atomic.Int64 // by how much its clock is ahead of that of its caller
}

// New returns an empty tenant.
func New(o Options) *Tenant {
	o.ClientID = cmp.Or(o.ClientID, DefaultClientID)
	o.Secret = cmp.Or(o.Secret, DefaultSecret)
	o.TenantID = strings.ToLower(cmp.Or(o.TenantID, DefaultTenantID))
	o.Name = cmp.Or(o.Name, DefaultTenantName)
	o.DataRegion = cmp.Or(o.DataRegion, "eu01")
	o.TokenLife = cmp.Or(o.TokenLife, tokenLife)
	o.Embedded = cmp.Or(o.Embedded, embedded)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = uuid.NewString
	}
	if o.RegionURL == nil {
		o.RegionURL = o.BaseURL
	}
	t := &Tenant{
		o:       o,
		clients: map[string]*Client{},
		tokens:  map[string]grant{},
		paces:   map[string]*pace{},
		rate:    o.Rate,
		dir:     newDirectory(),
		counts:  map[string]int{},
		quirks:  o.Quirks,
	}
	t.AddClient(Client{ID: o.ClientID, Secret: o.Secret})
	for _, c := range o.Clients {
		t.AddClient(c)
	}
	return t
}

// ID returns the id of the tenant.
func (t *Tenant) ID() string { return t.o.TenantID }

// ServeHTTP answers one call, or lets it fail as the fault rules say.
func (t *Tenant) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e := t.receive(w, r)
	a := t.carry(e, t.strike(e))
	t.settle(e, a)
	t.o.Log.DebugContext(r.Context(), "central call", "method", r.Method, "path", r.URL.Path, "status", a.status, "requestId", e.requestID)
	if a.cut {
		panic(http.ErrAbortHandler) // net/http closes the connection and says nothing
	}
	e.send(w, a)
}

// carry answers a call as far as the rule that strikes it lets it pass; nil is
// no rule.
func (t *Tenant) carry(e *exchange, f *trouble) reply {
	if f == nil {
		return t.odd(e, t.answer(e))
	}
	r := f.Rule
	if r.late() {
		e.shift = r.Damage.shift()
		a := r.Damage.spoil(t.odd(e, t.answer(e)), r.Delay)
		if r.Damage != DamageSlow {
			hold(e.r.Context(), r.Delay)
		}
		return r.reply(a)
	}
	hold(e.r.Context(), r.Delay)
	if a := r.reply(reply{}); a.status != 0 || a.cut {
		return a
	}
	return t.odd(e, t.answer(e))
}

// hold waits, as long as the caller does.
func hold(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// answer is what the tenant says to a call when nothing goes wrong on the way.
func (t *Tenant) answer(e *exchange) reply {
	switch {
	case e.tooLarge:
		return refusal(http.StatusRequestEntityTooLarge, "the body has more than %d bytes", maxBody)
	case e.route == nil && e.allow != "":
		return refusal(http.StatusMethodNotAllowed, "%s is not allowed here", e.r.Method).with("Allow", e.allow)
	case e.route == nil || !t.serves(e.route.place, e.r.Host):
		return refusal(http.StatusNotFound, "no such route")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.route.place == placeIdentity {
		return t.token(e)
	}
	for _, check := range []func(*exchange) (reply, bool){t.authenticate, t.throttle, t.authorise, t.read} {
		if a, ok := check(e); !ok {
			return a
		}
	}
	return e.route.handle(t, e)
}

// serves reports whether a kind of route is answered on the host called.
func (t *Tenant) serves(p place, host string) bool {
	region, base := hostOf(t.o.RegionURL()), hostOf(t.o.BaseURL())
	if region == base {
		return true
	}
	if p == placeRegion {
		return strings.EqualFold(host, region)
	}
	return strings.EqualFold(host, base)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
