package central

import (
	"net"
	"net/url"
	"path"
	"strings"
	"sync"

	"golang.org/x/net/http/httpproxy"

	"adsync/core/fault"
)

// setting is a proxy as the system keeps it for somebody.
type setting struct {
	from   string
	proxy  map[string]string // by the scheme that is called, "" for all
	bypass string            // host patterns, separated by ; or , or blanks; <local> is a name without a dot
	script pacScript         // nil: there is none
}

// pacScript is one of PAC, or one that WPAD finds: host and port of the proxy for an
// address, "" for the direct way. Where it could not be asked it says nothing.
type pacScript func(address string) (proxy string, says bool)

// systemProxy asks the environment first and then the system's settings in their
// order. The first that speaks of a host decides, where it makes an exception of
// it too.
func systemProxy(environ func(string) string, settings func() []setting, redact *redactor) func(*url.URL) (via, error) {
	env := environment(environ)
	ask := env.ProxyFunc()
	var once sync.Once
	var known []setting
	return func(u *url.URL) (via, error) {
		if named := env.HTTPSProxy; u.Scheme == "https" && named != "" || u.Scheme == "http" && env.HTTPProxy != "" {
			p, err := ask(u)
			if err != nil {
				return via{}, fault.New("proxy.environment", "the proxy in the environment cannot be used for "+u.Host)
			}
			if p != nil && p.User != nil {
				password, _ := p.User.Password()
				hide(redact, p.User.Username(), password)
			}
			return via{proxy: p, from: FromEnvironment}, nil
		}
		if settings == nil || loopback(u.Hostname()) {
			return via{}, nil
		}
		once.Do(func() {
			known = settings()
			for i := range known {
				known[i].script = remembered(known[i].script)
			}
		})
		for _, s := range known {
			if v, ok, err := s.find(u); ok || err != nil {
				return v, err
			}
		}
		return via{}, nil
	}
}

func environment(environ func(string) string) *httpproxy.Config {
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
	return &httpproxy.Config{
		HTTPProxy:  first("HTTP_PROXY", "http_proxy"),
		HTTPSProxy: first("HTTPS_PROXY", "https_proxy"),
		NoProxy:    first("NO_PROXY", "no_proxy"),
		CGI:        first("REQUEST_METHOD") != "",
	}
}

// remembered asks a script once for each host: a search by WPAD takes seconds.
func remembered(ask pacScript) pacScript {
	if ask == nil {
		return nil
	}
	type answer struct {
		proxy string
		says  bool
	}
	var mu sync.Mutex
	known := map[string]answer{}
	return func(address string) (string, bool) {
		mu.Lock()
		defer mu.Unlock()
		a, ok := known[address]
		if !ok {
			a.proxy, a.says = ask(address)
			known[address] = a
		}
		return a.proxy, a.says
	}
}

// find is what the setting says of a host, and whether it says anything.
func (s setting) find(u *url.URL) (via, bool, error) {
	if s.script != nil {
		switch named, says := s.script(u.Scheme + "://" + u.Host + "/"); {
		case named != "":
			return proxyAt(named, FromPAC)
		case says:
			return via{from: FromPAC}, true, nil
		}
	}
	named, ok := s.proxy[u.Scheme]
	if !ok {
		named = s.proxy[""]
	}
	switch {
	case named == "":
		return via{}, false, nil
	case s.bypasses(u):
		return via{from: s.from}, true, nil
	}
	return proxyAt(named, s.from)
}

// proxyAt reads what Windows calls a proxy: host and port, with or without a
// scheme.
func proxyAt(text, from string) (via, bool, error) {
	text = strings.TrimSpace(text)
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return via{}, false, fault.New("proxy.settings", "the proxy in the settings of the system ("+from+") is no http or https address",
			fault.Hint("set proxy.url, or set proxy.mode to none"))
	}
	return via{proxy: &url.URL{Scheme: u.Scheme, Host: u.Host}, from: from}, true, nil
}

func (s setting) bypasses(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	for _, pattern := range strings.FieldsFunc(strings.ToLower(s.bypass), func(r rune) bool { return strings.ContainsRune(";, \t", r) }) {
		if pattern == "<local>" {
			if net.ParseIP(host) == nil && !strings.Contains(host, ".") {
				return true
			}
			continue
		}
		if _, rest, ok := strings.Cut(pattern, "://"); ok {
			pattern = rest
		}
		if h, port, err := net.SplitHostPort(pattern); err == nil {
			if port != portOf(u) {
				continue
			}
			pattern = h
		}
		if matches, err := path.Match(strings.ReplaceAll(strings.Trim(pattern, "[]"), "[", `\[`), host); err == nil && matches {
			return true
		}
	}
	return false
}

func portOf(u *url.URL) string {
	if p := u.Port(); p != "" {
		return p
	}
	if u.Scheme == "http" {
		return "80"
	}
	return "443"
}

// parsed reads the text in which Windows keeps proxies: one for all, or some of
// the form scheme=host:port, separated by semicolons or blanks.
func parsed(text string) map[string]string {
	found := map[string]string{}
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune("; \t", r) }) {
		scheme, proxy, ok := strings.Cut(part, "=")
		if !ok {
			scheme, proxy = "", part
		}
		found[strings.ToLower(scheme)] = proxy
	}
	return found
}
