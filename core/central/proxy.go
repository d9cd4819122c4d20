package central

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"adsync/core/fault"
)

// The proxy modes.
const (
	ProxyNone   = "none"
	ProxySystem = "system"
	ProxyManual = "manual"
)

// Where the proxy that is used was named.
const (
	FromEnvironment = "environment"
	FromWinHTTP     = "winhttp"
	FromUser        = "user" // the account's own settings
	FromPAC         = "pac"  // the script that those name, or one found by WPAD
	FromManual      = "manual"
)

// Proxy says whether and how calls go through a proxy. User and password are
// for the mode manual and are sent to the proxy only.
type Proxy struct {
	Mode     string
	URL      string
	User     string
	Password func() string
}

// ProxyUse says which proxy is used, without its credentials, and who named it.
// From may be set while none is used: an exception was named there.
type ProxyUse struct {
	Used bool   `json:"used"`
	URL  string `json:"url"`
	From string `json:"from"`
}

// route finds the proxy for a request, and remembers how each proxy was passed.
type route struct {
	find func(*url.URL) (via, error)

	mu     sync.Mutex
	guards map[string]*guard // by host and port of the proxy
}

// via is the way to a host: through a proxy, whose user info holds what is known
// of an account for it, or with a nil proxy directly.
type via struct {
	proxy *url.URL
	from  string
}

func newRoute(p Proxy, environ func(string) string, settings func() []setting, redact *redactor) (*route, error) {
	r := &route{guards: map[string]*guard{}}
	switch p.Mode {
	case ProxyNone, "":
		r.find = func(*url.URL) (via, error) { return via{}, nil }
	case ProxySystem:
		r.find = systemProxy(environ, settings, redact)
	case ProxyManual:
		find, err := manualProxy(p, redact)
		if err != nil {
			return nil, err
		}
		r.find = find
	default:
		return nil, fault.New("config.proxy.mode", "proxy.mode is "+p.Mode+", not none, system or manual")
	}
	return r, nil
}

func manualProxy(p Proxy, redact *redactor) (func(*url.URL) (via, error), error) {
	u, err := url.Parse(strings.TrimSpace(p.URL))
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fault.New("config.proxy.url", "proxy.url is no http or https URL",
			fault.Hint("it looks like http://proxy.example:3128"))
	}
	if u.User != nil {
		return nil, fault.New("config.proxy.url", "proxy.url holds a user name or password",
			fault.Hint("store them with: adsync credential set proxy --user NAME"))
	}
	plain := url.URL{Scheme: u.Scheme, Host: u.Host}
	return func(*url.URL) (via, error) {
		with := plain
		if p.User != "" {
			password := ""
			if p.Password != nil {
				password = p.Password()
			}
			hide(redact, p.User, password)
			with.User = url.UserPassword(p.User, password)
		}
		return via{proxy: &with, from: FromManual}, nil
	}, nil
}

func hide(redact *redactor, user, password string) {
	redact.add(password, base64.StdEncoding.EncodeToString([]byte(user+":"+password)))
}

// use says which proxy a call to base takes.
func (r *route) use(base string) ProxyUse {
	u, err := url.Parse(base)
	if err != nil {
		return ProxyUse{}
	}
	v, err := r.find(u)
	switch {
	case err != nil:
		return ProxyUse{}
	case v.proxy == nil:
		return ProxyUse{From: v.from}
	}
	return ProxyUse{Used: true, URL: v.proxy.Scheme + "://" + v.proxy.Host, From: v.from}
}

// guard returns what is remembered of a proxy.
func (r *route) guard(proxy *url.URL) *guard {
	r.mu.Lock()
	defer r.mu.Unlock()
	g := r.guards[proxy.Host]
	if g == nil {
		g = &guard{}
		r.guards[proxy.Host] = g
	}
	return g
}

// HostProxy is the way to one of the hosts of Sophos Central.
type HostProxy struct {
	Host string `json:"host"`
	ProxyUse
}

// Proxies says of each host that the client speaks to, as far as they are known,
// which proxy is used. Nothing is sent.
func (c *Client) Proxies() []HostProxy {
	var all []HostProxy
	seen := map[string]bool{}
	for _, base := range []string{c.identity, c.global, c.Account().Tenant.APIHost} {
		if u, err := url.Parse(base); err == nil && u.Host != "" && !seen[u.Host] {
			seen[u.Host] = true
			all = append(all, HostProxy{u.Host, c.proxy.use(base)})
		}
	}
	return all
}

// proxyError is a proxy's own refusal, as against Central's.
type proxyError struct {
	proxy   string // host and port
	status  int
	schemes []string // of Proxy-Authenticate
	user    bool     // credentials are known
	tried   string   // the scheme by which signing in was tried, "" for none
	why     string   // nothing was tried: what stood in the way
	detail  string   // the proxy's own word for it, "" for none
}

// Error says what the proxy answered.
func (e *proxyError) Error() string {
	text := fmt.Sprintf("the proxy %s answered %d %s", e.proxy, e.status, http.StatusText(e.status))
	if e.detail != "" {
		text += " (" + e.detail + ")"
	}
	return text
}

func refusal(proxy *url.URL, res *http.Response) *proxyError {
	e := &proxyError{proxy: proxy.Host, status: res.StatusCode, user: proxy.User != nil}
	e.detail, _, _ = strings.Cut(res.Header.Get("X-Squid-Error"), " ")
	for _, c := range challenges(res.Header) {
		e.schemes = append(e.schemes, c.scheme)
	}
	return e
}

// explain gives the refusal its code and advice.
func (e *proxyError) explain() error {
	const store = "store them again with: adsync credential set proxy --user NAME"
	offers := strings.Join(e.schemes, ", ")
	switch {
	case e.detail == "ERR_DNS_FAIL":
		return fault.New("proxy.upstream.name", e.Error()+" to the connection to Sophos Central",
			fault.Hint("the proxy cannot resolve the name of the host: check its own name resolution"))
	case e.status >= http.StatusInternalServerError:
		return fault.New("proxy.upstream", e.Error()+" to the connection to Sophos Central",
			fault.Hint("the proxy could not resolve or reach the host: check its own name resolution and firewall"))
	case e.status != http.StatusProxyAuthRequired:
		return fault.New("proxy.refused", e.Error()+" to the connection to Sophos Central",
			fault.Hint("allow the hosts id.sophos.com and *.central.sophos.com on the proxy"))
	case e.tried != "" && e.user:
		return fault.New("proxy.authRequired", "the proxy "+e.proxy+" refused the user name or the password ("+e.tried+")",
			fault.Hint(store))
	case e.tried != "":
		return fault.New("proxy.authRequired", "the proxy "+e.proxy+" refused the account that adsync runs as ("+e.tried+")",
			fault.Hint("let the proxy accept this account, or set proxy.url and store another: adsync credential set proxy --user NAME"))
	case e.why != "":
		return fault.New("proxy.authRequired", "the proxy "+e.proxy+" asks for "+offers+": "+e.why,
			fault.Hint("check the user name, the password and the clock; "+store))
	case e.user:
		return fault.New("proxy.scheme", "the proxy "+e.proxy+" asks for "+offers+", and nothing of that is supported",
			fault.Hint("let the proxy accept NTLM, Digest or Basic, or let this machine pass it without signing in"))
	default:
		return fault.New("proxy.authRequired", "the proxy "+e.proxy+" asks for a user name and a password ("+offers+")",
			fault.Hint("set proxy.url and store them with: adsync credential set proxy --user NAME"))
	}
}
