package central

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"os"
	"sync/atomic"

	"adsync/core/certificate"
	"adsync/core/fault"
)

// maxBody bounds a reply.
const maxBody = 32 << 20

func (c *Client) transport(caFile string) (http.RoundTripper, error) {
	roots, err := authorities(caFile)
	if err != nil {
		return nil, err
	}
	return newWays(c, &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, Time: c.o.Now}), nil
}

// carry makes the HTTP client of a transport. Redirects are answers like any
// other: a secret follows none.
func (c *Client) carry(t http.RoundTripper) {
	c.http = &http.Client{
		Transport:     &wire{client: c, next: t},
		Timeout:       c.o.Timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// authorities are the system's, and those of the file where one is given.
func authorities(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil // nil is the system's own to crypto/tls
	}
	data, err := os.ReadFile(file) //nolint:gosec // the administrator names the file
	if err != nil {
		return nil, fault.New("config.caFile", "central.caFile cannot be read", fault.Cause(err),
			fault.Hint("name the file of the authority's certificate: adsync config set central.caFile FILE"))
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	found, err := certificate.Parse(data)
	if err != nil || len(found) == 0 {
		return nil, fault.New("config.caFile", "central.caFile "+file+" holds no certificate in PEM, DER or PKCS#7",
			fault.Hint("name the file of the authority's certificate: adsync config set central.caFile FILE"))
	}
	for _, c := range found {
		pool.AddCert(c)
	}
	return pool, nil
}

// wire is the lowest layer: what passes here is counted and logged, without
// headers and bodies.
type wire struct {
	client *Client
	next   http.RoundTripper
}

type routeKey struct{}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	c := w.client
	c.calls.Add(1)
	path, ok := r.Context().Value(routeKey{}).(string)
	if !ok {
		path = r.URL.Path
	}
	var sent atomic.Int64
	r = r.Clone(httptrace.WithClientTrace(r.Context(), &httptrace.ClientTrace{
		WroteRequest: func(httptrace.WroteRequestInfo) { sent.Add(1) },
	}))
	r.Header.Set("User-Agent", "adsync/"+c.o.Version)
	began := c.o.Now()
	res, err := w.next.RoundTrip(r)
	// net/http repeats a read on a new connection where the old one had died.
	c.calls.Add(max(sent.Load()-1, 0))
	attributes := []slog.Attr{
		slog.String("method", r.Method),
		slog.String("route", path),
		slog.Int64("ms", c.o.Now().Sub(began).Milliseconds()),
	}
	if err != nil {
		attributes = append(attributes, slog.String("error", c.redact.clean(err.Error())))
		c.log.LogAttrs(r.Context(), slog.LevelDebug, "call to Sophos Central without an answer", attributes...)
		return nil, err
	}
	attributes = append(attributes, slog.Int("status", res.StatusCode),
		slog.String("requestId", c.redact.clean(requestID(res.Header))))
	c.log.LogAttrs(r.Context(), slog.LevelDebug, "call to Sophos Central", attributes...)
	return res, nil
}

func requestID(h http.Header) string {
	for _, name := range []string{"X-Request-Id", "X-Correlation-Id"} {
		if id := h.Get(name); id != "" {
			return id
		}
	}
	return ""
}

func withRoute(ctx context.Context, path string) context.Context {
	return context.WithValue(ctx, routeKey{}, path)
}
