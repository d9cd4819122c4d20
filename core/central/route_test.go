package central

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"adsync/core/fault"
)

func TestSystemProxy(t *testing.T) {
	for name, tc := range map[string]struct {
		why     string
		environ map[string]string
		base    string
		want    ProxyUse
	}{
		"None": {"Nothing is set.", nil, "https://id.sophos.com", ProxyUse{}},
		"HTTPS": {
			"The credentials are used and not shown.",
			map[string]string{"HTTPS_PROXY": "http://me:hunter2@proxy:3128"},
			"https://id.sophos.com",
			ProxyUse{Used: true, URL: "http://proxy:3128", From: FromEnvironment},
		},
		"LowerCase": {
			"Both spellings are usual.",
			map[string]string{"https_proxy": "proxy:3128"},
			"https://id.sophos.com",
			ProxyUse{Used: true, URL: "http://proxy:3128", From: FromEnvironment},
		},
		"NoProxy": {
			"Exceptions hold.",
			map[string]string{"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": ".sophos.com"},
			"https://id.sophos.com",
			ProxyUse{From: FromEnvironment},
		},
		"OnlyHTTP": {"Central is spoken to over https.", map[string]string{"HTTP_PROXY": "http://proxy:3128"}, "https://id.sophos.com", ProxyUse{}},
		"Loopback": {"The sandbox is reached directly.", map[string]string{"HTTPS_PROXY": "http://proxy:3128"}, "https://127.0.0.1:8443", ProxyUse{From: FromEnvironment}},
	} {
		t.Run(name, func(t *testing.T) {
			redact := &redactor{}
			r, err := newRoute(Proxy{Mode: ProxySystem}, func(n string) string { return tc.environ[n] }, nil, redact)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, r.use(tc.base)); d != "" {
				t.Errorf("%s (-want +got):\n%s", tc.why, d)
			}
			if got := redact.clean("user hunter2"); tc.environ["HTTPS_PROXY"] == "http://me:hunter2@proxy:3128" && got != "user [secret]" {
				t.Errorf("the password is not known as a secret: %s", got)
			}
		})
	}
}

func TestChallenges(t *testing.T) {
	for value, want := range map[string][]challenge{
		`Basic realm="x"`: {{"Basic", `realm="x"`}},
		"NTLM":            {{"NTLM", ""}},
		"Negotiate, NTLM": {{"Negotiate", ""}, {"NTLM", ""}},
		`Digest realm="a, b", nonce="n", qop="auth", Basic realm=x`: {{"Digest", `realm="a, b", nonce="n", qop="auth"`}, {"Basic", "realm=x"}},
		"Negotiate YIIabc=":                      {{"Negotiate", "YIIabc="}},
		`Digest realm="a, NTLM, \"b", nonce="n"`: {{"Digest", `realm="a, NTLM, \"b", nonce="n"`}},
		`, realm="x"`:                            nil,
		"":                                       nil,
	} {
		got := challenges(http.Header{"Proxy-Authenticate": {value}})
		if d := cmp.Diff(want, got, cmp.AllowUnexported(challenge{})); d != "" {
			t.Errorf("%s (-want +got):\n%s", value, d)
		}
	}
}

func TestSystemSettings(t *testing.T) {
	asked := 0
	script := func(address string) (string, bool) {
		asked++
		return map[string]string{"https://pac.example/": "pac:8080"}[address], strings.HasSuffix(address, ".example/")
	}
	settings := func() []setting {
		return []setting{
			{from: FromWinHTTP, proxy: parsed("http=plain:80;https=machine:3128"), bypass: "*.inside.example;<local>, 10.*  id.sophos.com:8443"},
			{from: FromUser, proxy: parsed("user:8080"), bypass: "never.test", script: script},
		}
	}
	user := func() []setting { return settings()[1:] }
	for name, tc := range map[string]struct {
		why      string
		environ  map[string]string
		settings func() []setting
		base     string
		want     ProxyUse
	}{
		"Machine":     {"WinHTTP comes before the account.", nil, settings, "https://id.sophos.com", ProxyUse{true, "http://machine:3128", FromWinHTTP}},
		"Plain":       {"Each scheme has its own.", nil, settings, "http://id.sophos.com", ProxyUse{true, "http://plain:80", FromWinHTTP}},
		"Bypass":      {"An exception is an answer too.", nil, settings, "https://a.inside.example", ProxyUse{From: FromWinHTTP}},
		"Local":       {"A name without a dot is local.", nil, settings, "https://server", ProxyUse{From: FromWinHTTP}},
		"Address":     {"Addresses are matched by pattern.", nil, settings, "https://10.1.2.3:444", ProxyUse{From: FromWinHTTP}},
		"Port":        {"With a port it is that port.", nil, settings, "https://id.sophos.com:8443", ProxyUse{From: FromWinHTTP}},
		"Environment": {"The environment comes first.", map[string]string{"HTTPS_PROXY": "env:1"}, settings, "https://id.sophos.com", ProxyUse{true, "http://env:1", FromEnvironment}},
		"NoProxy":     {"NO_PROXY ends the search.", map[string]string{"HTTPS_PROXY": "env:1", "NO_PROXY": "sophos.com"}, settings, "https://id.sophos.com", ProxyUse{From: FromEnvironment}},
		"User":        {"Where the machine has none.", nil, user, "https://id.sophos.com", ProxyUse{true, "http://user:8080", FromUser}},
		"UserBypass":  {"Its exceptions.", nil, user, "https://never.test", ProxyUse{From: FromUser}},
		"PAC":         {"The script comes before the account's fixed proxy.", nil, user, "https://pac.example", ProxyUse{true, "http://pac:8080", FromPAC}},
		"PACDirect":   {"A script that says DIRECT is an answer.", nil, user, "https://direct.example", ProxyUse{From: FromPAC}},
		"Loopback":    {"Nothing asks a proxy for this machine.", nil, settings, "https://127.0.0.1:1", ProxyUse{}},
		"Nothing":     {"No settings, no proxy.", nil, func() []setting { return nil }, "https://id.sophos.com", ProxyUse{}},
	} {
		t.Run(name, func(t *testing.T) {
			asked = 0
			r, err := newRoute(Proxy{Mode: ProxySystem}, func(n string) string { return tc.environ[n] }, tc.settings, &redactor{})
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if d := cmp.Diff(tc.want, r.use(tc.base)); d != "" {
					t.Errorf("%s (-want +got):\n%s", tc.why, d)
				}
			}
			if asked > 1 {
				t.Errorf("the script was run %d times for one host", asked)
			}
		})
	}
	r, err := newRoute(Proxy{Mode: ProxySystem}, nil, func() []setting { return []setting{{from: FromUser, proxy: parsed("socks5://x:1")}} }, &redactor{})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse("https://id.sophos.com")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.find(u); fault.Code(err) != "proxy.settings" {
		t.Errorf("a proxy that is none: %v", err)
	}
}
