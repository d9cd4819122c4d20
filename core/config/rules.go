package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rule says what is wrong with a value, in words that go on after "KEY is
// VALUE, expected "; "" when nothing is.
type rule func(v any) string

// rules are the checks of single values, by dotted key. A key that is not here
// takes any value of its type.
var rules = map[string]rule{
	"format": between(Format, Format),

	"central.identityUrl":    sophosURL,
	"central.globalUrl":      sophosURL,
	"central.credentialFrom": matching(`^([a-z0-9][a-z0-9-]{0,31})?$`, "the name of a profile"),

	"proxy.mode": oneOf(ProxySystem, ProxyNone, ProxyManual),
	"proxy.url":  proxyURL,

	"directory.servers":        each(server),
	"directory.port":           between(1, 65535),
	"directory.security":       oneOf(SecurityLDAPS, SecurityStartTLS, SecurityNone),
	"directory.bind":           oneOf(BindIntegrated, BindSimple),
	"directory.timeoutSeconds": between(1, 3600),

	"exclude.users":   each(pattern),
	"exclude.groups":  each(pattern),
	"exclude.central": each(pattern),
	"protect.users":   each(pattern),
	"protect.groups":  each(pattern),

	"groups.name": oneOf(GroupCN, GroupCNDomain),

	"limits.removals.count":                  atLeast(0),
	"limits.removals.percent":                between(0, 100),
	"limits.removals.ceiling":                atLeast(0),
	"limits.removals.graceDays":              between(0, 3650),
	"limits.membershipRemovals.percent":      between(0, 100),
	"limits.membershipRemovals.minimum":      atLeast(0),
	"limits.membershipRemovals.totalPercent": between(0, 100),
	"limits.membershipRemovals.totalCeiling": atLeast(0),
	"limits.updates.percent":                 between(0, 100),
	"limits.updates.minimum":                 atLeast(0),
	"limits.updates.ceiling":                 atLeast(0),

	// Adoption is a person's always.
	"policy.approve":              each(oneOf("create", "update", "remove", "membershipAdd", "membershipRemove")),
	"policy.perDay.create":        atLeast(0),
	"policy.perDay.membershipAdd": atLeast(0),

	"approval.hours":            between(1, 8760),
	"approval.planDays":         between(1, 365),
	"approval.removalApprovers": between(1, 10),

	"schedule.mode":               oneOf("never", "daily", "every"),
	"schedule.times":              each(matching(`^([01][0-9]|2[0-3]):[0-5][0-9]$`, "a time as HH:MM")),
	"schedule.days":               each(oneOf("mon", "tue", "wed", "thu", "fri", "sat", "sun")),
	"schedule.everyMinutes":       between(0, 31*24*60),
	"schedule.randomDelayMinutes": between(0, 24*60),
	"schedule.limitHours":         between(1, 30*24),

	"alerts.mail.port":      between(1, 65535),
	"alerts.webhook.format": oneOf("generic", "teams"),

	"retention.days":          atLeast(1),
	"retention.emptyPlanDays": atLeast(1),

	"rate.perSecond":       atLeast(1),
	"rate.perMinute":       atLeast(1),
	"rate.perHour":         atLeast(1),
	"rate.perDay":          atLeast(1),
	"rate.readBackSeconds": seconds,
}

func oneOf(words ...string) rule {
	return func(v any) string {
		if s, ok := v.(string); ok && slices.Contains(words, s) {
			return ""
		}
		return strings.Join(words, " or ")
	}
}

func between(low, high int) rule {
	return func(v any) string {
		switch n, ok := v.(int); {
		case ok && low <= n && n <= high:
			return ""
		case low == high:
			return strconv.Itoa(low)
		}
		return fmt.Sprintf("%d to %d", low, high)
	}
}

func atLeast(low int) rule {
	return func(v any) string {
		if n, ok := v.(int); ok && n >= low {
			return ""
		}
		return fmt.Sprintf("%d or more", low)
	}
}

func matching(expression, what string) rule {
	re := regexp.MustCompile(expression)
	return func(v any) string {
		if s, ok := v.(string); ok && re.MatchString(s) {
			return ""
		}
		return what
	}
}

// each holds every entry of a list to a rule.
func each(r rule) rule {
	return func(v any) string {
		list, ok := v.([]string)
		if !ok {
			return "a list"
		}
		for _, s := range list {
			if want := r(s); want != "" {
				return fmt.Sprintf("%s in the place of %q", want, s)
			}
		}
		return ""
	}
}

func seconds(v any) string {
	list, ok := v.([]float64)
	if ok && len(list) > 0 && !slices.ContainsFunc(list, func(f float64) bool { return f < 0 || f > 3600 }) {
		return ""
	}
	return "one or more waits of 0 to 3600 seconds"
}

// pattern is an exact name, a glob, or a regular expression between slashes.
func pattern(v any) string {
	s, ok := v.(string)
	if !ok || strings.TrimSpace(s) == "" {
		return "a name, a glob or /a regular expression/"
	}
	if len(s) > 1 && strings.HasPrefix(s, "/") && strings.HasSuffix(s, "/") {
		if _, err := regexp.Compile(s[1 : len(s)-1]); err != nil {
			return "a regular expression that can be read (" + err.Error() + ")"
		}
	}
	return ""
}
