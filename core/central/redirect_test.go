package central_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"adsync/core/central"
	"adsync/core/fault"
	"adsync/core/identity"
)

// TestNoRedirectIsFollowed: whoever answers with one gets neither the secret nor
// the token sent to another host, whatever the status says of the method.
func TestNoRedirectIsFollowed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var lured []string
	trap := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		lured = append(lured, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
	}))
	t.Cleanup(trap.Close)
	const users = "/common/v1/directory/users"
	for _, status := range []int{301, 302, 303, 307, 308} {
		for stage, code := range map[string]string{
			"/api/v2/oauth2/token": "central.token",
			"/whoami/v1":           "central.malformed",
			"GET " + users:         "central.malformed",
			"POST " + users:        "central.unclear",
		} {
			t.Run(http.StatusText(status)+" "+stage, func(t *testing.T) {
				t.Parallel()
				var server *httptest.Server
				server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Type", "application/json")
					switch {
					case r.URL.Path == stage || r.Method+" "+r.URL.Path == stage:
						w.Header().Set("Location", strings.Replace(trap.URL, "127.0.0.1", "localhost", 1)+r.URL.Path)
						w.WriteHeader(status)
					case r.URL.Path == "/api/v2/oauth2/token":
						_, _ = w.Write([]byte(`{"access_token":"the-token","errorCode":"success","expires_in":3600}`))
					case r.URL.Path == "/whoami/v1":
						_, _ = w.Write([]byte(`{"id":"t","idType":"tenant","apiHosts":{"dataRegion":"` + server.URL + `"}}`))
					default:
						t.Errorf("asked for %s %s", r.Method, r.URL.Path)
					}
				}))
				t.Cleanup(server.Close)
				c, err := central.New(central.Options{
					IdentityURL: server.URL, GlobalURL: server.URL, ClientID: "client", Secret: func() string { return "the-secret" }, Now: time.Now,
				})
				if err != nil {
					t.Fatal(err)
				}
				if strings.HasPrefix(stage, "POST") {
					_, err = c.Writer().CreateUser(t.Context(), identity.Fields{Name: "Ann"}, nil)
				} else {
					_, err = c.Users(t.Context())
				}
				if fault.Code(err) != code {
					t.Errorf("got %s %v, want %s", fault.Code(err), err, code)
				}
			})
		}
	}
	t.Cleanup(func() { // after the parallel ones
		if len(lured) > 0 {
			t.Errorf("a redirect was followed: %v", lured)
		}
	})
}
