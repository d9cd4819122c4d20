package central

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
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
			ProxyUse{Used: true, URL: "http://proxy:3128"},
		},
		"LowerCase": {
			"Both spellings are usual.",
			map[string]string{"https_proxy": "proxy:3128"},
			"https://id.sophos.com",
			ProxyUse{Used: true, URL: "http://proxy:3128"},
		},
		"NoProxy": {
			"Exceptions hold.",
			map[string]string{"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": ".sophos.com"},
			"https://id.sophos.com",
			ProxyUse{},
		},
		"OnlyHTTP": {"Central is spoken to over https.", map[string]string{"HTTP_PROXY": "http://proxy:3128"}, "https://id.sophos.com", ProxyUse{}},
		"Loopback": {"The sandbox is reached directly.", map[string]string{"HTTPS_PROXY": "http://proxy:3128"}, "https://127.0.0.1:8443", ProxyUse{}},
	} {
		t.Run(name, func(t *testing.T) {
			redact := &redactor{}
			r, err := newRoute(Proxy{Mode: ProxySystem}, func(n string) string { return tc.environ[n] }, redact)
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

func TestSchemes(t *testing.T) {
	for value, want := range map[string][]string{
		`Basic realm="x"`: {"Basic"},
		"NTLM":            {"NTLM"},
		"Negotiate, NTLM": {"Negotiate", "NTLM"},
		`Digest realm="a, b", nonce="n", qop="auth", Basic realm=x`: {"Digest", "Basic"},
		"Negotiate YIIabc=":                      {"Negotiate"},
		`Digest realm="a, NTLM, \"b", nonce="n"`: {"Digest"},
		"":                                       nil,
	} {
		if got := schemes(value); !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", value, got, want)
		}
	}
}
