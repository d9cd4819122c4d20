package directory

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"adsync/core/fault"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// conn is one bound connection. go-ldap takes no context, so whatever ends an
// operation early does it by closing the socket below.
type conn struct {
	ldap     *ldap.Conn
	socket   net.Conn
	peer     tls.ConnectionState
	aborted  atomic.Bool
	timedOut atomic.Bool
}

func (k *conn) abort() {
	k.aborted.Store(true)
	_ = k.socket.Close()
}

func (k *conn) close() {
	// Without this, go-ldap would wait for the peer to take its farewell.
	k.abort()
	_ = k.ldap.Close()
}

func (k *conn) broken() bool { return k.aborted.Load() || k.ldap.IsClosing() }

// errTimeout is what an operation ends with that took longer than the timeout.
var errTimeout = errors.New("no answer in time")

// guard runs an operation and ends it when ctx does or when nothing was heard
// for the timeout; alive has to be called at each sign of life.
func (k *conn) guard(ctx context.Context, timeout time.Duration, operation func(alive func()) error) error {
	stop := context.AfterFunc(ctx, k.abort)
	defer stop()
	timer := time.AfterFunc(timeout, func() {
		k.timedOut.Store(true)
		k.abort()
	})
	defer timer.Stop()
	err := operation(func() { timer.Reset(timeout) })
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case k.timedOut.Load():
		return errTimeout
	}
	return err
}

// connect opens, secures and binds a new connection to c.server.
func (c *controller) connect(ctx context.Context) error {
	if c.refused != nil {
		return c.refused
	}
	k, err := c.open(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return c.connectError(err)
	}
	if err = c.bind(ctx, k); err == nil {
		err = c.sameController(ctx, k)
	}
	if err != nil {
		k.close()
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		c.conn.close()
	}
	c.conn = k
	return nil
}

func (c *controller) address() string {
	return net.JoinHostPort(c.server, strconv.Itoa(c.o.Port))
}

// open returns a connection whose certificate was checked, where there is one.
func (c *controller) open(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, min(c.o.Timeout, dialTimeout))
	defer cancel()
	var d net.Dialer
	socket, err := d.DialContext(ctx, "tcp", c.address())
	if err != nil {
		return nil, err
	}
	k := &conn{socket: socket}
	if c.tls == nil {
		k.ldap = ldap.NewConn(socket, false)
		k.ldap.Start()
		return k, nil
	}
	if c.o.Security == SecurityStartTLS {
		if err := startTLS(ctx, socket); err != nil {
			_ = socket.Close()
			return nil, err
		}
	}
	config := c.tls.Clone()
	config.ServerName = c.server
	secure := tls.Client(socket, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = socket.Close()
		return nil, err
	}
	k.peer = secure.ConnectionState()
	k.ldap = ldap.NewConn(secure, true)
	k.ldap.Start()
	return k, nil
}

// startTLS asks for TLS on a fresh socket (RFC 4511 4.14). go-ldap's own method
// keeps only the text of a failed handshake, and what was wrong with the
// certificate has to be told apart.
func startTLS(ctx context.Context, socket net.Conn) error {
	stop := context.AfterFunc(ctx, func() { _ = socket.Close() })
	defer stop()
	message := ber.NewSequence("LDAP Request")
	message.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, "MessageID"))
	request := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "Start TLS")
	request.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, "1.3.6.1.4.1.1466.20037", "Name"))
	message.AppendChild(request)
	if _, err := socket.Write(message.Bytes()); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	reply, err := ber.ReadPacket(socket)
	if err != nil {
		return errors.Join(ctx.Err(), err)
	}
	if err := ldap.GetLDAPError(reply); err != nil {
		return fault.New("directory.starttls", "the domain controller does not start TLS", fault.Cause(err),
			fault.Hint("it needs a certificate for that; use directory.security ldaps where it has LDAPS"))
	}
	return nil
}
