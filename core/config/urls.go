package config

import (
	"net/netip"
	"net/url"
	"strings"
)

// sophosURL holds an address of Sophos Central to what a secret may be sent to:
// https under sophos.com, or a loopback address.
func sophosURL(v any) string {
	s, _ := v.(string)
	u, err := url.Parse(s)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "an https address under sophos.com, without user, query and fragment"
	}
	host := strings.ToLower(u.Hostname())
	switch {
	case loopback(host) && (u.Scheme == "https" || u.Scheme == "http"):
		return ""
	case u.Scheme == "https" && (host == "sophos.com" || strings.HasSuffix(host, ".sophos.com")):
		return ""
	}
	return "an https address under sophos.com (http on a loopback address only)"
}

// proxyURL holds a proxy's address to scheme, host and port: who logs on there
// is kept in the credential store.
func proxyURL(v any) string {
	s, _ := v.(string)
	if s == "" {
		return ""
	}
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https"):
		return "an address like http://proxy.example:3128"
	case u.User != nil:
		return "an address without user and password (adsync credential set proxy keeps them)"
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "an address of scheme, host and port only"
	}
	return ""
}

// server holds a domain controller's name to a name: no scheme, no port.
func server(v any) string {
	s, _ := v.(string)
	if _, err := netip.ParseAddr(s); err == nil {
		return ""
	}
	if s == "" || strings.ContainsAny(s, " \t/\\:@?#,;") {
		return "the name of a domain controller (the port is directory.port)"
	}
	return ""
}

func loopbackURL(s string) bool {
	u, err := url.Parse(s)
	return err == nil && loopback(strings.ToLower(u.Hostname()))
}

func loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.Unmap().IsLoopback()
}
