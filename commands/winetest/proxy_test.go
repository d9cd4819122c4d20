package winetest

import (
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"adsync/core/sandbox/authority"
	"adsync/core/sandbox/tenant"
)

// vendor are the hosts of Sophos Central, which the proxies lead to a simulated
// tenant. It has sign-in and who-am-I on one host.
var vendor = []string{"id.sophos.com", "api-eu01.central.sophos.com", "api.central.sophos.com"}

// joiner is a proxy for CONNECT that leads every host to one address.
type joiner struct {
	to    string
	mu    sync.Mutex
	asked map[string]bool
}

func (j *joiner) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, _ := strings.Cut(r.Host, ":")
	hijacker, is := w.(http.Hijacker)
	if r.Method != http.MethodConnect || !slices.Contains(vendor, host) || !is {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	far, err := (&net.Dialer{}).DialContext(r.Context(), "tcp", j.to)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	near, _, err := hijacker.Hijack()
	if err != nil {
		_ = far.Close()
		return
	}
	j.mu.Lock()
	j.asked[host] = true
	j.mu.Unlock()
	_, _ = io.WriteString(near, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(far, near)
		_ = far.Close()
	}()
	_, _ = io.Copy(near, far)
	_ = near.Close()
}

// blob is how Windows keeps the settings of a connection: a mark, a counter, what
// is on, and texts with their lengths; written as .reg files have it.
func blob(mark, on uint32, texts ...string) string {
	var b []byte
	for _, n := range []uint32{mark, 0, on} {
		b = binary.LittleEndian.AppendUint32(b, n)
	}
	for _, text := range texts {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
		b = append(b, text...)
	}
	text := make([]string, len(b))
	for i := range b {
		text[i] = hex.EncodeToString(b[i : i+1])
	}
	return strings.Join(text, ",")
}

// The marks of the machine's settings and of an account's, and what is on.
const (
	machineMark = 0x18
	accountMark = 0x46
	onDirect    = 1
	onProxy     = 2
)

// way is what the program says of a host.
type way struct {
	Host string `json:"host"`
	Used bool   `json:"used"`
	URL  string `json:"url"`
	From string `json:"from"`
}

// TestProxySettings sets proxies where Windows keeps them and has the program for
// Windows pass them: the simulated tenant has the vendor's own hosts, so that it
// is reached through a proxy only.
func TestProxySettings(t *testing.T) {
	now := time.Now()
	ca, err := authority.New(now)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := ca.Issue(now.Add(-time.Hour), now.Add(24*time.Hour), vendor...)
	if err != nil {
		t.Fatal(err)
	}
	const secret = "geheim-at-the-proxy"
	central := tenant.New(tenant.Options{
		Now: time.Now, ClientID: "wine", Secret: secret,
		BaseURL: func() string { return "https://" + vendor[2] }, RegionURL: func() string { return "https://" + vendor[1] },
	})
	server := httptest.NewUnstartedServer(central)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*certificate}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)

	proxies := map[string]*joiner{}
	at := map[string]string{}
	for _, name := range []string{"environment", "winhttp", "user", "registry", "pac"} {
		proxies[name] = &joiner{to: server.Listener.Addr().String(), asked: map[string]bool{}}
		s := httptest.NewServer(proxies[name])
		t.Cleanup(s.Close)
		at[name] = strings.TrimPrefix(s.URL, "http://")
	}
	scripts := http.NewServeMux()
	for name, rule := range map[string]string{
		"some.pac": `dnsDomainIs(host, "id.sophos.com") ? "PROXY ` + at["pac"] + `; DIRECT" : "DIRECT"`,
		"all.pac":  `"PROXY ` + at["pac"] + `"`,
	} {
		scripts.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-ns-proxy-autoconfig")
			_, _ = fmt.Fprintf(w, "function FindProxyForURL(url, host) { return %s; }\n", rule)
		})
	}
	pac := httptest.NewServer(scripts)
	t.Cleanup(pac.Close)
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}

	out := run(t, "proxy.sh",
		"PROXY_ENVIRONMENT=http://"+at["environment"], "PROXY_USER="+at["registry"], "PAC_URL="+pac.URL, "CA_FILE="+file, "SECRET="+secret,
		"MACHINE_BLOB="+blob(machineMark, onDirect|onProxy, at["winhttp"], "<local>"),
		"USER_BLOB="+blob(accountMark, onDirect|onProxy, at["user"], "", ""),
	)
	if strings.Contains(out, secret) {
		t.Error("the secret was printed")
	}
	said := map[string]string{}
	for line := range strings.Lines(out) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		said[name] = text
	}
	direct := func(host, from string) way { return way{Host: host, From: from} }
	through := func(host, name, from string) way {
		return way{Host: host, Used: true, URL: "http://" + at[name], From: from}
	}
	for name, want := range map[string][]way{
		"nothing":   {direct(vendor[0], ""), direct(vendor[2], "")},
		"exception": {through(vendor[0], "registry", "user"), direct(vendor[2], "user")},
		"off":       {direct(vendor[0], ""), direct(vendor[2], "")},
		"script":    {through(vendor[0], "pac", "pac"), direct(vendor[2], "pac")},
		"broken":    {through(vendor[0], "registry", "user"), direct(vendor[2], "user")},
	} {
		var got []way
		if err := json.Unmarshal([]byte(said[name]), &got); err != nil {
			t.Errorf("%s: %v in %q", name, err, said[name])
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for name, want := range map[string]way{
		"registry":    through("", "registry", "user"),
		"account":     through("", "user", "user"),
		"pac":         through("", "pac", "pac"),
		"machine":     through("", "winhttp", "winhttp"),
		"environment": through("", "environment", "environment"),
	} {
		var got way
		if err := json.Unmarshal([]byte(said[name]), &got); err != nil {
			t.Errorf("%s: %v in %q", name, err, said[name])
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for name, p := range proxies {
		if d := cmp.Diff(vendor[1:], slices.Sorted(maps.Keys(p.asked))); d != "" {
			t.Errorf("the proxy of %s was asked for (-want +got):\n%s", name, d)
		}
	}
}
