package central

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"adsync/core/fault"
)

// The proxy modes.
const (
	ProxyNone   = "none"
	ProxySystem = "system"
	ProxyManual = "manual"
)

// Proxy says whether and how calls go through a proxy. User and password are
// for the mode manual and are sent to the proxy only.
type Proxy struct {
	Mode     string
	URL      string
	User     string
	Password func() string
}

// ProxyUse says which proxy is used, without its credentials.
type ProxyUse struct {
	Used bool   `json:"used"`
	URL  string `json:"url"`
}

// route finds the proxy for a request.
type route struct {
	find func(*url.URL) (*url.URL, error)
}

func newRoute(p Proxy, environ func(string) string, redact *redactor) (*route, error) {
	switch p.Mode {
	case ProxyNone, "":
		return &route{find: func(*url.URL) (*url.URL, error) { return nil, nil }}, nil // the form that http.Transport asks for
	case ProxySystem:
		return systemRoute(environ, redact), nil
	case ProxyManual:
		return manualRoute(p, redact)
	default:
		return nil, fault.New("config.proxy.mode", "proxy.mode is "+p.Mode+", not none, system or manual")
	}
}

// systemRoute takes the proxy from the environment, which may hold credentials.
func systemRoute(environ func(string) string, redact *redactor) *route {
	first := func(names ...string) string {
		for _, n := range names {
			if environ == nil {
				break
			}
			if v := environ(n); v != "" {
				return v
			}
		}
		return ""
	}
	config := &httpproxy.Config{
		HTTPProxy:  first("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: first("HTTPS_PROXY", "https_proxy"),
		NoProxy:    first("NO_PROXY", "no_proxy"),
		CGI:        first("REQUEST_METHOD") != "",
	}
	find := config.ProxyFunc()
	return &route{find: func(u *url.URL) (*url.URL, error) {
		p, err := find(u)
		if err != nil {
			return nil, fault.New("proxy.environment", "the proxy in the environment cannot be used for "+u.Host)
		}
		if p != nil && p.User != nil {
			password, _ := p.User.Password()
			hide(redact, p.User.Username(), password)
		}
		return p, nil
	}}
}

func manualRoute(p Proxy, redact *redactor) (*route, error) {
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
	return &route{find: func(*url.URL) (*url.URL, error) {
		with := plain
		if p.User != "" {
			password := ""
			if p.Password != nil {
				password = p.Password()
			}
			hide(redact, p.User, password)
			with.User = url.UserPassword(p.User, password)
		}
		return &with, nil
	}}, nil
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
	p, err := r.find(u)
	if err != nil || p == nil {
		return ProxyUse{}
	}
	return ProxyUse{Used: true, URL: p.Scheme + "://" + p.Host}
}

// proxyError is a proxy's own refusal, as against Central's.
type proxyError struct {
	proxy   string // host and port
	status  int
	schemes []string // of Proxy-Authenticate
	user    bool     // credentials were sent
}

// Error says what the proxy answered.
func (e *proxyError) Error() string {
	return fmt.Sprintf("the proxy %s answered %d %s", e.proxy, e.status, http.StatusText(e.status))
}

// connected looks at the answer to CONNECT.
func connected(_ context.Context, proxy *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode == http.StatusOK {
		return nil
	}
	return refusal(proxy, res)
}

func refusal(proxy *url.URL, res *http.Response) error {
	e := &proxyError{proxy: proxy.Host, status: res.StatusCode, user: proxy.User != nil}
	for _, v := range res.Header.Values("Proxy-Authenticate") {
		e.schemes = append(e.schemes, schemes(v)...)
	}
	return e
}

// schemes are the names in a Proxy-Authenticate value: the words that begin a
// challenge, which are followed by a blank or nothing and not by "=".
func schemes(value string) []string {
	var bare strings.Builder // without what is quoted, which may hold anything
	quoted := false
	for _, r := range strings.ReplaceAll(value, `\"`, "") {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			bare.WriteRune(r)
		}
	}
	var names []string
	for part := range strings.SplitSeq(bare.String(), ",") {
		word, _, _ := strings.Cut(strings.TrimSpace(part), " ")
		if word != "" && !strings.ContainsAny(word, `="`) {
			names = append(names, word)
		}
	}
	return names
}

// explain gives the refusal its code and advice.
func (e *proxyError) explain() error {
	basic := slices.ContainsFunc(e.schemes, func(s string) bool { return strings.EqualFold(s, "Basic") })
	switch {
	case e.status != http.StatusProxyAuthRequired:
		return fault.New("proxy.refused", e.Error()+" to the connection to Sophos Central",
			fault.Hint("allow the hosts id.sophos.com and *.central.sophos.com on the proxy"))
	case len(e.schemes) > 0 && !basic:
		return fault.New("proxy.scheme",
			"the proxy "+e.proxy+" asks for "+strings.Join(e.schemes, ", ")+", and only Basic is supported",
			fault.Hint("let the proxy accept Basic, or let this machine pass it without signing in"))
	case e.user:
		return fault.New("proxy.authRequired", "the proxy "+e.proxy+" refused the user name or the password",
			fault.Hint("store them again with: adsync credential set proxy --user NAME"))
	default:
		return fault.New("proxy.authRequired", "the proxy "+e.proxy+" asks for a user name and a password",
			fault.Hint("set proxy.url and store them with: adsync credential set proxy --user NAME"))
	}
}
