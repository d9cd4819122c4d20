package wire

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// ErrTimeout is what an operation ends with whose reply, or whose next message,
// did not come in time.
var ErrTimeout = errors.New("no answer in time")

// farewell bounds how long the last words to a server may take.
const farewell = time.Second

// Conn is a connection. It is not safe for concurrent use, but Close may be
// called at any time.
type Conn struct {
	socket  net.Conn // what ends an operation early closes it
	stream  net.Conn // the socket, or TLS on it
	frames  frames
	decoder decoder
	timeout time.Duration
	timer   *time.Timer
	state   tls.ConnectionState
	secure  bool
	last    int // message id
	request []byte

	broken, late, closed atomic.Bool
}

// New speaks over a socket. timeout bounds the wait for each message, not the
// whole of a search.
func New(socket net.Conn, timeout time.Duration) *Conn {
	c := &Conn{socket: socket, stream: socket, timeout: timeout}
	c.frames.source = socket
	c.timer = time.AfterFunc(timeout, func() {
		c.late.Store(true)
		c.abort()
	})
	c.timer.Stop()
	return c
}

// Secure does the TLS handshake. Its error is that of crypto/tls: what is wrong
// with a certificate can be told from it.
func (c *Conn) Secure(ctx context.Context, config *tls.Config) error {
	secure := tls.Client(c.socket, config)
	return c.guard(ctx, func() error {
		c.timer.Reset(c.timeout)
		defer c.timer.Stop()
		if err := secure.HandshakeContext(ctx); err != nil {
			return err
		}
		c.stream, c.state, c.secure = secure, secure.ConnectionState(), true
		c.frames = frames{source: secure}
		return nil
	})
}

// TLS returns the state of the secured connection; ok is false on a plain one.
func (c *Conn) TLS() (state tls.ConnectionState, ok bool) { return c.state, c.secure }

// Broken reports whether the connection is of no more use.
func (c *Conn) Broken() bool { return c.broken.Load() || c.closed.Load() }

// abort ends whatever the connection does. Closing is what the server notices:
// an abandon request would be read only after the search that it is about.
func (c *Conn) abort() {
	c.broken.Store(true)
	_ = c.socket.Close()
}

// Close says goodbye, where the connection still listens, and ends it.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	if !c.broken.Swap(true) {
		// The message id is that of no operation: one may be running.
		bye := time.AfterFunc(farewell, func() { _ = c.socket.Close() })
		_, _ = c.stream.Write([]byte{tagSequence, 7, tagInteger, 3, 0x7f, 0xff, 0xff, tagUnbindRequest, 0})
		bye.Stop()
	}
	return c.socket.Close()
}

// guard runs an operation and ends it when ctx does. An error that is not the
// server's word leaves the connection broken.
func (c *Conn) guard(ctx context.Context, operation func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if c.Broken() {
		return network(net.ErrClosed)
	}
	stop := context.AfterFunc(ctx, c.abort)
	err := operation()
	stop()
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork && !c.broken.Load() {
		return err
	}
	c.abort()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case c.late.Load():
		return ErrTimeout
	}
	return err
}

// send writes a request: the content of its operation, and its controls.
func (c *Conn) send(tag byte, op []byte, controls []Control) error {
	c.last++
	content := appendControls(appendElement(appendInt(nil, tagInteger, c.last), tag, op), controls)
	c.request = appendElement(c.request[:0], tagSequence, content)
	c.timer.Reset(c.timeout)
	defer c.timer.Stop()
	if _, err := c.stream.Write(c.request); err != nil {
		return network(err)
	}
	clear(c.request) // a password may have been in it
	return nil
}

// receive reads the next message of the operation that runs, for which it waits no
// longer than is said.
func (c *Conn) receive(wait time.Duration) (message, error) {
	if !c.frames.buffered() {
		c.timer.Reset(wait)
		defer c.timer.Stop()
	}
	content, err := c.frames.next()
	if err != nil {
		if _, ok := errors.AsType[*ldap.Error](err); ok {
			return message{}, err
		}
		return message{}, network(err)
	}
	m, err := parseMessage(content)
	if err != nil {
		return message{}, err
	}
	switch m.id {
	case c.last:
		return m, nil
	case 0:
		return message{}, notice(m)
	}
	return message{}, malformed(fmt.Sprintf("message %d where %d was asked", m.id, c.last))
}

// notice is the error for an unsolicited notification: the server is about to
// close the connection (RFC 4511 4.4.1), whatever code it gives for it.
func notice(m message) error {
	if m.tag != tagExtendedResponse {
		return malformed("message 0 that is no notification")
	}
	if _, _, err := parseResult(m.op); err != nil {
		return network(fmt.Errorf("the server ends the connection: %w", err))
	}
	return network(errors.New("the server ends the connection"))
}

// exchange sends a request that has one reply.
func (c *Conn) exchange(tag byte, op []byte, want byte) (message, error) {
	if err := c.send(tag, op, nil); err != nil {
		return message{}, err
	}
	m, err := c.receive(c.timeout)
	if err == nil && m.tag != want {
		err = malformed(fmt.Sprintf("operation %#x where %#x was expected", m.tag, want))
	}
	return m, err
}
