package central

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"adsync/core/fault"
)

func TestBaseURL(t *testing.T) {
	for text, want := range map[string]string{
		"https://id.sophos.com":              "https://id.sophos.com",
		"https://API.central.sophos.com/":    "https://API.central.sophos.com",
		"http://127.0.0.1:8080/":             "http://127.0.0.1:8080",
		"https://[::1]:8443":                 "https://[::1]:8443",
		"http://localhost:1":                 "http://localhost:1",
		"http://id.sophos.com":               "config.url.scheme",
		"ftp://127.0.0.1":                    "config.url.scheme",
		"https://id.sophos.com.evil.example": "config.url.host",
		"https://evilsophos.com":             "config.url.host",
		"https://127.0.0.1.evil.example":     "config.url.host",
		"https://10.0.0.1":                   "config.url.host",
		"https://id.sophos.com.":             "config.url.host", // the dot that ends a name
		"https://.sophos.com":                "config.url.host",
		"https://id..sophos.com":             "config.url.host",
		"https://id.s\u043ephos.com":         "config.url.host", // a letter that looks like o
		"https://id.sophos.com\u3002":        "config.url.host", // a dot of another script
		"https://xn--id-sophos.com":          "config.url.host",
		"https://127.1":                      "config.url.host", // what resolvers take for loopback
		"https://0x7f000001":                 "config.url.host",
		"https://localhost.":                 "config.url.host",
		"https://id.sophos.com%2eevil.de":    "config.url.syntax",
		"https://id.sophos.com@evil.example": "config.url.userinfo",
		"https://evil.example#.sophos.com":   "config.url.host",
		"https://evil.example\\.sophos.com":  "config.url.syntax",
		"https://me:hunter2@id.sophos.com":   "config.url.userinfo",
		"https://id.sophos.com/?x=hunter2":   "config.url.syntax",
		"id.sophos.com":                      "config.url.syntax",
		"":                                   "config.url.syntax",
		"https://hunter2 .sophos.com":        "config.url.syntax",
	} {
		got, err := baseURL("central.identityUrl", text)
		if err != nil {
			got = fault.Code(err)
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: the error repeats it: %v", text, err)
			}
		}
		if got != want {
			t.Errorf("%s: got %s %v, want %s", text, got, err, want)
		}
	}
}

func TestAPIHost(t *testing.T) {
	const vendor, sandbox = "https://api.central.sophos.com", "https://127.0.0.1:8443"
	for _, tc := range []struct{ text, global, want string }{
		{"https://api-eu01.central.sophos.com", vendor, region},
		{"http://api-eu01.central.sophos.com/", vendor, region},
		{"https://api-eu01.central.sophos.com:443", vendor, region},
		{"https://API-EU01.Central.Sophos.Com", sandbox, region},
		{"http://127.0.0.1:9000/", sandbox, "http://127.0.0.1:9000"},
		{"http://127.0.0.1:9000", vendor, "central.host"},
		{"https://central.sophos.com.evil.example", vendor, "central.host"},
		{"https://evilcentral.sophos.com", vendor, "central.host"},
		{"https://api.evilsophos.com", vendor, "central.host"},
		{"https://central.sophos.com", vendor, "central.host"}, // no host of the API
		{"https://.central.sophos.com", vendor, "central.host"},
		{"https://a..central.sophos.com", vendor, "central.host"},
		{"https://api-eu01.central.sophos.com.", vendor, "central.host"},
		{"https://api-eu01.central.s\u043ephos.com", vendor, "central.host"},
		{"https://api-eu01.central.sophos\u3002com", vendor, "central.host"},
		{"https://api_eu01\u200b.central.sophos.com", vendor, "central.host"},
		{"https://api-eu01.central.sophos.com:8443", vendor, "central.host"},
		{"http://api-eu01.central.sophos.com:80", vendor, "central.host"},
		{"https://api-eu01.central.sophos.com@evil.example", vendor, "central.malformed"},
		{"https://evil.example/.central.sophos.com", vendor, "central.malformed"},
		{"https://evil.example?.central.sophos.com", vendor, "central.malformed"},
		{"https://evil.example#.central.sophos.com", vendor, "central.host"},
		{"https://evil.example\\.central.sophos.com", vendor, "central.malformed"},
		{"https://evil.example%00.central.sophos.com", vendor, "central.malformed"},
		{"javascript:alert(1)//x.central.sophos.com", vendor, "central.malformed"},
		{"https://localhost:1", vendor, "central.host"},
		{"https://[::1]:1", vendor, "central.host"},
		{"https://evil.example", sandbox, "central.host"},
		{"http://10.0.0.1:9000", sandbox, "central.host"},
		{"https://evilcentral.sophos.com", vendor, "central.host"},
		{"https://id.sophos.com", vendor, "central.host"},
		{"https://api-eu01.central.sophos.com:8443", vendor, "central.host"},
		{"https://evil.example", sandbox, "central.host"},
		{"ftp://127.0.0.1", sandbox, "central.host"},
		{"https://a:b@api-eu01.central.sophos.com", vendor, "central.malformed"},
		{"https://api-eu01.central.sophos.com/elsewhere", vendor, "central.malformed"},
		{"api-eu01.central.sophos.com", vendor, "central.malformed"},
	} {
		got, err := apiHost(tc.text, tc.global)
		if err != nil {
			got = fault.Code(err)
		}
		if got != tc.want {
			t.Errorf("%s: got %s %v, want %s", tc.text, got, err, tc.want)
		}
	}
	if got := regionName("https://127.0.0.1:9000"); got != "" {
		t.Errorf("the region of a loopback host is %q", got)
	}
}

func TestWhoAmI(t *testing.T) {
	for name, tc := range map[string]struct{ reply, code, kind string }{
		"New kind":     {`{"id":"X","idType":"galaxy","apiHosts":{}}`, "central.malformed", ""},
		"No region":    {`{"id":"T","idType":"tenant","apiHosts":{"global":"https://api.central.sophos.com"}}`, "central.malformed", ""},
		"No id":        {`{"idType":"tenant","apiHosts":{"dataRegion":"https://api-eu01.central.sophos.com"}}`, "central.malformed", ""},
		"No partner":   {`{"idType":"partner","apiHosts":{}}`, "central.malformed", ""},
		"Foreign host": {`{"id":"T","idType":"tenant","apiHosts":{"dataRegion":"https://evil.example"}}`, "central.host", ""},
	} {
		t.Run(name, func(t *testing.T) {
			who := step{want: "GET /whoami/v1", reply: tc.reply}
			s := play(t, granted, who, who)
			a, err := s.WhoAmI(t.Context())
			if a.Kind != tc.kind || (err == nil) != (tc.kind != "") {
				t.Errorf("got %+v %v", a, err)
			}
			if _, err := s.Connect(t.Context()); fault.Code(err) != tc.code {
				t.Errorf("got %v, want %s", err, tc.code)
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for name, tc := range map[string]struct {
		change func(*Options)
		code   string
	}{
		"Good":              {func(*Options) {}, ""},
		"Clock":             {func(o *Options) { o.Now = nil }, "internal.options"},
		"Secret":            {func(o *Options) { o.Secret = nil }, "internal.options"},
		"Identity":          {func(o *Options) { o.IdentityURL = "https://evil.example" }, "config.url.host"},
		"Global":            {func(o *Options) { o.GlobalURL = "http://api.central.sophos.com" }, "config.url.scheme"},
		"CA missing":        {func(o *Options) { o.CAFile = filepath.Join(dir, "none") }, "config.caFile"},
		"CA empty":          {func(o *Options) { o.CAFile = file("empty", "") }, "config.caFile"},
		"CA key":            {func(o *Options) { o.CAFile = file("key", "-----BEGIN X-----\nAA==\n-----END X-----\n") }, "config.caFile"},
		"Proxy mode":        {func(o *Options) { o.Proxy.Mode = "auto" }, "config.proxy.mode"},
		"Proxy URL":         {func(o *Options) { o.Proxy = Proxy{Mode: ProxyManual, URL: "proxy.example:3128"} }, "config.proxy.url"},
		"Proxy credentials": {func(o *Options) { o.Proxy = Proxy{Mode: ProxyManual, URL: "http://a:hunter2@proxy:3128"} }, "config.proxy.url"},
	} {
		o := Options{
			IdentityURL: "https://id.sophos.com", GlobalURL: "https://api.central.sophos.com",
			Now: time.Now, Secret: func() string { return testSecret },
		}
		tc.change(&o)
		_, err := New(o)
		if fault.Code(err) != tc.code || strings.Contains(fmt.Sprint(err), "hunter2") {
			t.Errorf("%s: got %v, want %q", name, err, tc.code)
		}
	}
}

func TestNoCredentialNoCall(t *testing.T) {
	s := play(t)
	s.o.ClientID = ""
	if _, err := s.Connect(t.Context()); fault.Code(err) != "central.credential.refused" {
		t.Errorf("got %v", err)
	}
}

// A Client in a log or a message must not give away what it holds.
func TestPrintingAClient(t *testing.T) {
	s := play(t, granted, tenant)
	if _, err := s.Connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
		silent(t, form, fmt.Sprintf(form, s.Client))
	}
}
