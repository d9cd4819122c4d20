package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
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
	// Servers are hosts, addresses or domain names, tried in this order until one
	// answers; empty is the domain of this machine. A domain name stands for the
	// controllers that DNS names for it (SRV), a host where there are none.
	Servers  []string
	Port     int           // 0 is 636 with ldaps, otherwise that of the SRV record or 389
	Security string        // SecurityLDAPS unless set
	Bind     string        // BindSimple unless set, or BindIntegrated
	User     string        // any name that a simple bind takes
	Password func() string // called for a bind only
	CAFile   string        // PEM, DER or PKCS#7; "" is the system's store
	Timeout  time.Duration // for each operation; 0 is a minute
	PageSize int           // 0 is 500, or no pages where they prove nothing more
	Log      *slog.Logger
	Now      func() time.Time

	// ReadOnlyControllers allows to read from one. What such a controller may
	// hide makes a read incomplete.
	ReadOnlyControllers bool
	Resolver            Resolver        // nil is the system's
	HostDomains         func() []string // of this machine, the likeliest first; nil asks the system

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
	lost    map[string]lost   // domains that no controller was reached for
	apart   map[string]string // of a second client: whom not to read a domain from
	reached map[endpoint]*controller
	refused map[endpoint]error // logons
	// resolved are the controllers of the domains that DNS was asked about.
	resolved map[string]resolution
	// untrusted are the controllers whose certificates do not prove them, by host.
	untrusted map[string]error
	// listed are the members of groups that the last snapshot does not hold.
	listed map[identity.GUID]bool
}

// Dial connects to the first server that answers, checks its certificate, binds
// and reads the rootDSE. A server that answers decides: its refusal is not
// carried to the next one. One whose certificate does not prove it has not
// answered: nothing was sent to it, and the next one is tried.
func Dial(ctx context.Context, o Options) (*Client, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	c := &Client{
		o: o, domains: map[string]*controller{}, lost: map[string]lost{}, reached: map[endpoint]*controller{},
		refused: map[endpoint]error{}, resolved: map[string]resolution{}, untrusted: map[string]error{},
	}
	if c.tls, err = o.tlsConfig(); err != nil {
		return nil, err
	}
	var unreachable []error
	for e := range c.configured(ctx) {
		if c.first, err = c.reach(ctx, e); err == nil {
			return c, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if !retryable(err) && !fault.Is(err, codeCertificate) && !fault.Is(err, "directory.notSynchronized") && !fault.Is(err, "directory.readOnly") {
			_ = c.Close()
			return nil, err
		}
		o.Log.WarnContext(ctx, "domain controller is passed over", "server", e.host, "error", err)
		unreachable = append(unreachable, err)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(unreachable) == 0 {
		return nil, c.noServers()
	}
	if len(unreachable) == 1 {
		return nil, err
	}
	lines := make([]string, len(unreachable))
	for i, e := range unreachable {
		lines[i] = e.Error()
	}
	for _, e := range unreachable {
		if f, ok := errors.AsType[*fault.Error](e); ok && fault.Is(e, codeCertificate) {
			// It is what can be seen to be wrong, and may be meant to deceive.
			return nil, fault.New(f.Code, f.Message+", and no other domain controller answers",
				fault.Details(append(lines, f.Details...)...), fault.Hint(f.Hint), fault.Cause(errors.Join(unreachable...)))
		}
	}
	return nil, fault.New("directory.unreachable", "none of the domain controllers answers",
		fault.Details(lines...), fault.Hint(hintUnreachable), fault.Cause(errors.Join(unreachable...)))
}

// release ends the reading of a snapshot.
func (c *Client) release() {
	for _, k := range c.reached {
		k.reading = false
	}
}

// Close ends the connections. Closing twice is no error.
func (c *Client) Close() error {
	for _, k := range c.reached {
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
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	o.paged = o.PageSize > 0
	if o.PageSize <= 0 || o.PageSize > maxPageSize {
		o.PageSize = defaultPageSize
	}
	if o.Resolver == nil {
		o.Resolver = net.DefaultResolver
	}
	if o.HostDomains == nil {
		o.HostDomains = machineDomains
	}
	if o.Bind == BindIntegrated {
		if o.Security == SecurityNone {
			return o, fault.New("config.directory.security", "integrated logon needs a protected connection: Kerberos does not sign or seal it here",
				fault.Hint("use LDAPS: config set directory.security ldaps, or starttls"))
		}
		o.User = integratedAccount(o.Now())
		return o, nil
	}
	if strings.TrimSpace(o.User) == "" || o.Password == nil {
		return o, fault.New("directory.bind.missing", "no account for the directory is stored",
			fault.Hint("store one with: credential set directory --user NAME"))
	}
	return o, nil
}
