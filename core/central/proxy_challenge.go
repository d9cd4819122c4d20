package central

import (
	"net/http"
	"strings"
)

// challenge is one way of signing in that a proxy offers.
type challenge struct {
	scheme string // as the proxy spells it
	rest   string // token or parameters
}

// challenges reads Proxy-Authenticate. Several may stand in one header, divided
// by the commas that divide their parameters too: a challenge begins with a word
// that no "=" follows.
func challenges(h http.Header) []challenge {
	var all []challenge
	for _, value := range h.Values("Proxy-Authenticate") {
		for _, part := range atCommas(value) {
			word, rest, _ := strings.Cut(part, " ")
			switch {
			case word == "":
			case !strings.ContainsAny(word, `="`):
				all = append(all, challenge{word, strings.TrimSpace(rest)})
			case len(all) > 0:
				all[len(all)-1].rest += ", " + part
			}
		}
	}
	return all
}

// atCommas splits a value at commas that are not quoted.
func atCommas(value string) []string {
	var parts []string
	quoted, escaped, begin := false, false, 0
	for i, r := range value {
		switch {
		case escaped:
			escaped = false
		case quoted && r == '\\':
			escaped = true
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			parts = append(parts, strings.TrimSpace(value[begin:i]))
			begin = i + 1
		}
	}
	return append(parts, strings.TrimSpace(value[begin:]))
}

func offered(all []challenge, scheme string) (challenge, bool) {
	for _, c := range all {
		if strings.EqualFold(c.scheme, scheme) {
			return c, true
		}
	}
	return challenge{}, false
}
