package central

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// maxRefusal is how much of a proxy's refusal is read to keep its connection.
const maxRefusal = 256 << 10

// ways takes https through tunnels, which the proxy's sign-in is done for once,
// and http, which loopback alone uses, to the proxy in absolute form.
type ways struct {
	client  *Client
	tunnels *http.Transport // dials through CONNECT
	plain   *http.Transport // one connection to a host: NTLM signs a connection in
}

// newWays makes the transports of a client. TLS to Sophos Central and to a proxy
// trusts the same authorities.
func newWays(c *Client, trust *tls.Config) *ways {
	w := &ways{client: c}
	d := &dialer{client: c, trust: trust, net: &net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}}
	base := http.Transport{
		TLSClientConfig:       trust,
		TLSHandshakeTimeout:   15 * time.Second,
		ResponseHeaderTimeout: c.o.Timeout,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          10,
		ForceAttemptHTTP2:     true,
	}
	w.tunnels = base.Clone()
	w.tunnels.DialContext = d.dial
	w.plain = base.Clone()
	w.plain.DialContext, w.plain.MaxConnsPerHost = d.net.DialContext, 1
	w.plain.Proxy = func(r *http.Request) (*url.URL, error) {
		v, err := c.proxy.find(r.URL)
		if err != nil || v.proxy == nil {
			return nil, err
		}
		return &url.URL{Scheme: v.proxy.Scheme, Host: v.proxy.Host}, nil
	}
	return w
}

// RoundTrip implements http.RoundTripper.
func (w *ways) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Scheme == "https" {
		return w.tunnels.RoundTrip(r)
	}
	v, err := w.client.proxy.find(r.URL)
	if err != nil || v.proxy == nil {
		return w.plain.RoundTrip(r)
	}
	res, err := w.client.proxy.guard(v.proxy).pass(asking{
		proxy: v.proxy, method: r.Method, target: r.URL.String(), environ: w.client.o.Environ,
		send: func(authorization string) (*http.Response, error) { return w.plainly(r, authorization) },
	})
	return res, err
}

// plainly sends one request to the proxy, and reads a demand for credentials to
// its end, so that the next goes over the same connection.
func (w *ways) plainly(r *http.Request, authorization string) (*http.Response, error) {
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		again.Body = body
	}
	if authorization != "" {
		again.Header.Set("Proxy-Authorization", authorization)
	}
	res, err := w.plain.RoundTrip(again)
	if err == nil && res.StatusCode == http.StatusProxyAuthRequired {
		_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, maxRefusal))
		_ = res.Body.Close()
	}
	return res, err
}

// dialer makes connections to hosts of https URLs.
type dialer struct {
	client *Client
	trust  *tls.Config
	net    *net.Dialer
}

func (d *dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	v, err := d.client.proxy.find(&url.URL{Scheme: "https", Host: hostAt(address)})
	if err != nil {
		return nil, err
	}
	if v.proxy == nil {
		return d.net.DialContext(ctx, network, address)
	}
	return d.tunnel(ctx, v.proxy, address)
}

// hostAt is an address without the port that https has anyway, as URLs and the
// settings of proxies name it.
func hostAt(address string) string {
	if host, port, err := net.SplitHostPort(address); err == nil && port == "443" {
		return host
	}
	return address
}

// tunnel has a proxy connect to an address, signing in where it asks for that.
func (d *dialer) tunnel(ctx context.Context, proxy *url.URL, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, d.client.o.Timeout)
	defer cancel()
	t := &tunnelling{dialer: d, proxy: proxy, address: address}
	res, err := d.client.proxy.guard(proxy).pass(asking{ //nolint:bodyclose // send has read it to its end
		proxy: proxy, method: http.MethodConnect, target: address, environ: d.client.o.Environ,
		send: func(authorization string) (*http.Response, error) { return t.send(ctx, authorization) },
	})
	if err != nil {
		t.close()
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		t.close()
		return nil, refusal(proxy, res)
	}
	return t.opened()
}

// tunnelling is a tunnel while it is asked for.
type tunnelling struct {
	*dialer
	proxy   *url.URL
	address string
	conn    net.Conn // nil where the next request needs a new one
	reader  *bufio.Reader
}

func (t *tunnelling) close() {
	if t.conn != nil {
		_ = t.conn.Close()
		t.conn = nil
	}
}

// opened is the connection, with what the other side may have said already.
func (t *tunnelling) opened() (net.Conn, error) {
	if err := t.conn.SetDeadline(time.Time{}); err != nil {
		t.close()
		return nil, unreached(err)
	}
	if t.reader.Buffered() == 0 {
		return t.conn, nil
	}
	return &begun{t.conn, t.reader}, nil
}

// begun is a connection of which something was read.
type begun struct {
	net.Conn
	reader *bufio.Reader
}

func (b *begun) Read(p []byte) (int, error) { return b.reader.Read(p) }

// send asks for the tunnel once.
func (t *tunnelling) send(ctx context.Context, authorization string) (*http.Response, error) {
	if t.conn == nil {
		conn, err := t.reach(ctx)
		if err != nil {
			return nil, unreached(err)
		}
		t.conn, t.reader = conn, bufio.NewReader(conn)
	}
	conn := t.conn
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	r := &http.Request{
		Method: http.MethodConnect, URL: &url.URL{Opaque: t.address}, Host: t.address,
		Header: http.Header{"User-Agent": {"adsync/" + t.client.o.Version}, "Proxy-Connection": {"Keep-Alive"}},
	}
	if authorization != "" {
		r.Header.Set("Proxy-Authorization", authorization)
	}
	if err := r.Write(conn); err != nil {
		return nil, unreached(errors.Join(ctx.Err(), err))
	}
	res, err := http.ReadResponse(t.reader, r)
	if err != nil {
		return nil, unreached(errors.Join(ctx.Err(), err))
	}
	if res.StatusCode == http.StatusOK {
		if !stop() { // the deadline has just been set
			return nil, unreached(ctx.Err())
		}
		return res, nil
	}
	left, err := io.Copy(io.Discard, io.LimitReader(res.Body, maxRefusal))
	_ = res.Body.Close()
	if err != nil || res.Close || left == maxRefusal {
		t.close()
	}
	return res, nil
}

// reach connects to the proxy itself.
func (t *tunnelling) reach(ctx context.Context) (net.Conn, error) {
	port := t.proxy.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[t.proxy.Scheme]
	}
	conn, err := t.net.DialContext(ctx, "tcp", net.JoinHostPort(t.proxy.Hostname(), port))
	if err != nil || t.proxy.Scheme != "https" {
		return conn, err
	}
	trust := t.trust.Clone()
	trust.ServerName = t.proxy.Hostname()
	over := tls.Client(conn, trust)
	if err := over.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return over, nil
}

// unreached marks a failure to speak with the proxy, as net/http does.
func unreached(err error) error { return &net.OpError{Op: "proxyconnect", Net: "tcp", Err: err} }
