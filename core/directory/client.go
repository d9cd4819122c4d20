package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"strings"
	"time"

	"adsync/core/fault"
	"adsync/core/identity"
)

// The ways to protect a connection.
const (
	SecurityLDAPS    = "ldaps"
	SecurityStartTLS = "starttls"
	SecurityNone     = "none"
)

// Options say where the directory is and how to log on to it.
type Options struct {
	Servers  []string      // tried in this order until one answers
	Port     int           // 0 is 636 with ldaps, 389 otherwise
	Security string        // SecurityLDAPS unless set
	Bind     string        // "simple" or "integrated"
	User     string        // UPN, DOMAIN\account or DN
	Password func() string // called for a bind only
	CAFile   string        // PEM, DER or PKCS#7; "" is the system's store
	Timeout  time.Duration // for each operation; 0 is a minute
	PageSize int           // 0 is 500, or no pages where they prove nothing more
	Log      *slog.Logger
	Now      func() time.Time

	paged bool // a page size was asked for
}

const (
	defaultTimeout  = time.Minute
	defaultPageSize = 500
	maxPageSize     = 100_000
	// dialTimeout bounds a connection attempt where Timeout is longer: a host
	// that does not answer a SYN in this time will not answer it later.
	dialTimeout = 15 * time.Second
)

// Client is the face of a forest: it holds one controller for each domain that
// was asked about. It is not safe for concurrent use.
type Client struct {
	o     Options
	tls   *tls.Config // nil with SecurityNone
	first *controller // answered first, and answers what concerns the whole forest
	// domains are the controllers by the DNS names of the domains they are read for.
	domains map[string]*controller
}

// Dial connects to the first server that answers, checks its certificate, binds
// and reads the rootDSE. A server that answers decides: its refusal is not
// carried to the next one.
func Dial(ctx context.Context, o Options) (*Client, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	c := &Client{o: o, domains: map[string]*controller{}}
	if c.tls, err = o.tlsConfig(); err != nil {
		return nil, err
	}
	var unreachable []error
	for _, server := range o.Servers {
		if c.first, err = c.dial(ctx, server); err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !retryable(err) {
			return nil, err
		}
		o.Log.WarnContext(ctx, "domain controller does not answer", "server", server, "error", err)
		unreachable = append(unreachable, err)
	}
	if len(unreachable) == 1 {
		return nil, err
	}
	lines := make([]string, len(unreachable))
	for i, e := range unreachable {
		lines[i] = e.Error()
	}
	return nil, fault.New("directory.unreachable", "none of the domain controllers answers",
		fault.Details(lines...), fault.Hint(hintUnreachable), fault.Cause(errors.Join(unreachable...)))
}

// of returns the controller that a domain is read from.
func (c *Client) of(_ context.Context, d identity.Domain) (*controller, error) {
	if k, ok := c.domains[d.Name]; ok {
		return k, nil
	}
	if !c.first.root.holds(d.DN) {
		return nil, fault.New("directory.domain.unreachable", c.first.root.server+" does not hold the domain "+d.Name)
	}
	c.domains[d.Name] = c.first
	return c.first, nil
}

// release ends the reading of a snapshot.
func (c *Client) release() {
	c.first.reading = false
	for _, k := range c.domains {
		k.reading = false
	}
}

// Close ends the connections. Closing twice is no error.
func (c *Client) Close() error {
	c.first.close()
	for _, k := range c.domains {
		k.close()
	}
	return nil
}

// checked fills the defaults and refuses what cannot work.
func (o Options) checked() (Options, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Security == "" {
		o.Security = SecurityLDAPS
	}
	switch o.Security {
	case SecurityLDAPS, SecurityStartTLS, SecurityNone:
	default:
		return o, fault.New("config.value", "directory.security "+o.Security+" is not known",
			fault.Hint("use ldaps, starttls or none"))
	}
	if o.Port == 0 {
		o.Port = 389
		if o.Security == SecurityLDAPS {
			o.Port = 636
		}
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	o.paged = o.PageSize > 0
	if o.PageSize <= 0 || o.PageSize > maxPageSize {
		o.PageSize = defaultPageSize
	}
	if len(o.Servers) == 0 {
		return o, fault.New("config.directory.servers", "no domain controller is configured",
			fault.Hint("name one or more with: config set directory.servers HOST..."))
	}
	if o.Bind == "integrated" {
		return o, fault.New("directory.bind.unsupported", "integrated logon to the directory is not available in this version",
			fault.Hint("use a simple bind over LDAPS: config set directory.bind simple, then credential set directory --user NAME"))
	}
	if strings.TrimSpace(o.User) == "" || o.Password == nil {
		return o, fault.New("directory.bind.missing", "no account for the directory is stored",
			fault.Hint("store one with: credential set directory --user NAME"))
	}
	return o, nil
}
