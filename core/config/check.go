package config

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
	"adsync/core/schedule"
)

// Check reports all values that cannot be, one error for all of them. What only
// others can judge is theirs: filters and DNs the directory's, expressions
// core/attribute's.
func (c Config) Check() error {
	var problems []problem
	add := func(key, text string) {
		if p, ok := c.places[key]; ok {
			text += " (at " + p.String() + ")"
		}
		problems = append(problems, problem{"config.value", text})
	}
	for _, key := range Keys() {
		r, ok := rules[key]
		if !ok {
			continue
		}
		v, err := Get(c, key)
		if err != nil {
			return err
		}
		if want := r(v); want != "" {
			add(key, complaint(key, v, want))
		}
	}
	c.checkProxy(add)
	c.checkDomains(add)
	if len(problems) == 0 {
		if err := c.Spec().Check(); err != nil {
			add("schedule", "schedule: "+err.Error())
		}
	}
	return refuse(problems, fault.Then("adsync config check", "see whether the configuration is in order"))
}

// Spec returns the schedule as core/schedule knows it.
func (c Config) Spec() schedule.Spec {
	return schedule.Spec(c.Schedule)
}

// complaint names key, value and what was expected; a password in an address is
// not repeated.
func complaint(key string, v any, want string) string {
	if s, ok := v.(string); ok && strings.Contains(s, "://") {
		if u, err := url.Parse(s); err != nil || u.User != nil {
			return fmt.Sprintf("%s is not as it should be, expected %s", key, want)
		}
	}
	shown, err := json.Marshal(v)
	if err != nil || len(shown) > 200 {
		return fmt.Sprintf("%s: expected %s", key, want)
	}
	return fmt.Sprintf("%s is %s, expected %s", key, shown, want)
}

func (c Config) checkProxy(add func(key, text string)) {
	switch {
	case c.Proxy.URL != "" && c.Proxy.Mode != ProxyManual:
		add("proxy.url", fmt.Sprintf(
			"proxy.url is set while proxy.mode is %s: set the mode to manual, or unset proxy.url", c.Proxy.Mode))
	case c.Proxy.URL == "" && c.Proxy.Mode == ProxyManual:
		add("proxy.mode", "proxy.mode is manual and proxy.url is empty: set proxy.url, or unset proxy.mode")
	}
}

func (c Config) checkDomains(add func(key, text string)) {
	seen := map[string]bool{}
	for i, d := range c.Scope.Domains {
		at := fmt.Sprintf("scope.domains[%d]", i)
		name := strings.ToLower(d.Name)
		switch {
		case name == "" || strings.ContainsAny(name, " \t/\\=,"):
			add(at, fmt.Sprintf("%s.name is %q, expected the DNS name of a domain", at, d.Name))
		case seen[name]:
			add(at, fmt.Sprintf("%s names %s a second time", at, d.Name))
		}
		seen[name] = true
		checkBases(at+".users", d.Users.Bases, add)
		checkBases(at+".groups", d.Groups.Bases, add)
		checkBases(at+".devices", d.Devices.Bases, add)
	}
}

func checkBases(under string, bases []Base, add func(key, text string)) {
	for i, b := range bases {
		at := fmt.Sprintf("%s.bases[%d]", under, i)
		if strings.TrimSpace(b.DN) == "" {
			add(at, at+".dn is empty, expected a DN")
		}
		if b.ObjectGUID == "" {
			continue
		}
		if _, err := identity.ParseGUID(string(b.ObjectGUID)); err != nil {
			add(at, fmt.Sprintf("%s.objectGuid: %v", at, err))
		}
	}
}
