// Package central speaks to Sophos Central, and never guesses. A list is the
// whole list or an error; a write whose effect is not known is reported as
// unclear and never sent again; a refused secret is sent once; and no secret
// stands in an error or a log. Only hosts of the vendor are spoken to (loopback
// where the configuration says so), no redirect is followed.
package central

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

// Options say where Central is, how to get there, and as whom.
type Options struct {
	IdentityURL string // for example https://id.sophos.com
	GlobalURL   string // for example https://api.central.sophos.com
	CAFile      string // further authorities, PEM or DER; "" for the system's alone
	Proxy       Proxy
	// Tenant is the id or the name of the tenant that is meant, where the credential
	// belongs to a partner or an organisation.
	Tenant   string
	ClientID string
	Secret   func() string // called when a token is fetched, not before
	Budget   Budget        // nil: calls are not paced
	Timeout  time.Duration // of one call; 0: 30 s
	Version  string        // of adsync, for the User-Agent
	Log      *slog.Logger  // nil: nothing is logged
	Now      func() time.Time
	Environ  func(string) string // for the proxy mode "system"; nil: no environment
	// Waits is told of each wait that Central asks for, and what it returns is called
	// when the wait is over; nil: nobody looks.
	Waits func() (over func())
	// Sleep waits before another try; nil: a timer. A test that keeps its own time
	// moves it here.
	Sleep func(context.Context, time.Duration) error
}

// Budget paces the calls.
type Budget interface {
	// Take blocks until one call may be made.
	Take(ctx context.Context) error
}

// Client reads from one account of Sophos Central. It may be used from several
// goroutines.
type Client struct {
	o        Options
	log      *slog.Logger
	http     *http.Client
	proxy    *route
	redact   *redactor
	tokens   *tokens
	drift    drift
	calls    atomic.Int64
	entire   atomic.Bool // lists are asked for whole objects
	identity string      // base URLs without a slash at the end
	global   string

	mu      sync.Mutex
	account *Account // whose the credential is; of its Tenant only what is known
	tenant  string   // id as Central spells it, for X-Tenant-ID
}

// New checks the options and makes a client. Nothing is sent.
func New(o Options) (*Client, error) {
	c, err := build(o)
	if err != nil {
		return nil, err
	}
	t, err := c.transport(o.CAFile)
	if err != nil {
		return nil, err
	}
	c.carry(t)
	return c, nil
}

func build(o Options) (*Client, error) {
	if o.Now == nil || o.Secret == nil {
		return nil, fault.New("internal.options", "the client for Sophos Central needs a clock and a secret")
	}
	if o.Timeout == 0 {
		o.Timeout = 30 * time.Second
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Version == "" {
		o.Version = "dev"
	}
	c := &Client{o: o, log: o.Log, redact: &redactor{}}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	var err error
	if c.identity, err = baseURL("central.identityUrl", o.IdentityURL); err != nil {
		return nil, err
	}
	if c.global, err = baseURL("central.globalUrl", o.GlobalURL); err != nil {
		return nil, err
	}
	if c.proxy, err = newRoute(o.Proxy, o.Environ, systemSettings, c.redact); err != nil {
		return nil, err
	}
	c.tokens = &tokens{client: c, turn: make(chan struct{}, 1)}
	return c, nil
}

// Format keeps what the client holds out of every message it is printed into.
func (c *Client) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "client of "+c.global) }

// Calls is the number of HTTP requests sent so far, those for the token and for
// who-am-I included.
func (c *Client) Calls() int { return int(c.calls.Load()) }

// Connect finds out whose the credential is, and where the tenant is kept that it
// belongs to or, of a partner or an organisation, that Options.Tenant names.
func (c *Client) Connect(ctx context.Context) (identity.Tenant, error) {
	a, err := c.WhoAmI(ctx)
	if err != nil {
		return identity.Tenant{}, err
	}
	if a.Kind != KindTenant {
		return c.choose(ctx, a)
	}
	return a.Tenant, nil
}

// Account is whose the credential is, zero before the first call.
func (c *Client) Account() Account {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.account == nil {
		return Account{}
	}
	return *c.account
}

// Tenant is the tenant as far as it is known: its name is that of the lists read
// so far, "" where none of them showed one.
func (c *Client) Tenant() identity.Tenant { return c.Account().Tenant }

// TryDirectory asks for one user: whether the credential's role may read the
// directory is not known before, nor is the tenant's name.
func (c *Client) TryDirectory(ctx context.Context) (identity.Tenant, error) {
	q, p, r, err := fetch[user](ctx, c, list{doing: "trying to read the directory of Sophos Central", route: usersPath, path: usersPath}, 1, 1)
	if err == nil {
		err = sound(c, q, p, r, 1)
	}
	if err != nil {
		return identity.Tenant{}, err
	}
	return c.Tenant(), nil
}

// region is the tenant's host and its id for the header, asked for once.
func (c *Client) region(ctx context.Context) (place, error) {
	if c.Account().Tenant.APIHost == "" {
		if _, err := c.Connect(ctx); err != nil {
			return place{}, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return place{base: c.account.Tenant.APIHost, header: "X-Tenant-ID", id: c.tenant}, nil
}
