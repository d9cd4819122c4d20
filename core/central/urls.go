package central

import (
	"net"
	"net/url"
	"strings"

	"adsync/core/fault"
)

// baseURL checks a configured URL: https under sophos.com, or loopback. The
// text of the URL stands in no error, it might hold a password.
func baseURL(key, text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Opaque != "" {
		return "", fault.New("config.url.syntax", key+" is no URL",
			fault.Hint("it looks like https://api.central.sophos.com"))
	}
	if u.User != nil {
		return "", fault.New("config.url.userinfo", key+" holds a user name or password",
			fault.Hint("credentials are stored with: adsync credential set"))
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case loopback(host):
		if u.Scheme != "https" && u.Scheme != "http" {
			return "", fault.New("config.url.scheme", key+" has the scheme "+u.Scheme+", not https")
		}
	case !under(host, "sophos.com") || !plainName(host):
		return "", fault.New("config.url.host", key+" names the host "+host+", which is not under sophos.com",
			fault.Hint("the secret is sent to hosts of Sophos and to loopback only"))
	case u.Scheme != "https":
		return "", fault.New("config.url.scheme", key+" has the scheme "+u.Scheme+", not https",
			fault.Hint("plain http is for loopback addresses"))
	}
	if u.RawQuery != "" || u.Fragment != "" {
		return "", fault.New("config.url.syntax", key+" holds more than a host and a path")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// apiHost normalises a host that who-am-I names: https whatever it says, no
// slash at the end, and under central.sophos.com only. Where the configured
// global URL is loopback, a loopback host is taken as it is.
func apiHost(text, global string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || strings.Trim(u.Path, "/") != "" {
		return "", fault.New("central.malformed", "Sophos Central named a host that is no plain URL")
	}
	host := strings.ToLower(u.Hostname())
	if g, err := url.Parse(global); err == nil && loopback(g.Hostname()) && loopback(host) &&
		(u.Scheme == "http" || u.Scheme == "https") {
		return u.Scheme + "://" + u.Host, nil
	}
	if !strings.HasSuffix(host, ".central.sophos.com") || !plainName(host) || (u.Port() != "" && u.Port() != "443") {
		return "", fault.New("central.host", "Sophos Central named the host "+u.Host+", which is not under central.sophos.com",
			fault.Hint("nothing is sent there; check central.globalUrl and whether something answers in place of Sophos"))
	}
	return "https://" + host, nil
}

// regionName is the region in a host's name: eu01 of api-eu01.central.sophos.com.
func regionName(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	first, rest, _ := strings.Cut(u.Hostname(), ".")
	name, ok := strings.CutPrefix(first, "api-")
	if !ok || rest != "central.sophos.com" {
		return ""
	}
	return name
}

func under(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}

// plainName reports whether a name has nothing but letters, digits and hyphens
// between its dots. Resolvers and browsers make others of what looks like it.
func plainName(host string) bool {
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return true
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
