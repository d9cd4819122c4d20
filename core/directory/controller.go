package directory

import (
	"context"
	"crypto/tls"
	"sync"

	"adsync/core/fault"
)

// controller is a bound connection to one domain controller, opened again where
// it was lost. It is not safe for concurrent use.
type controller struct {
	o        Options
	tls      *tls.Config // nil with SecurityNone
	endpoint endpoint
	server   string // host name of the controller

	mu     sync.Mutex
	conn   *conn
	closed bool

	// refused is the first error that another attempt would not change: a
	// refused password is sent once, or the account is locked by us.
	refused error

	pageSize  int  // of the pages asked for; made smaller where the server wants it
	pagesOnly bool // a search without pages did not come to its end

	root    root
	reading bool // a snapshot is being made, all of this domain of one controller
}

// dial connects to a server, checks its certificate, binds and reads the rootDSE.
func (c *Client) dial(ctx context.Context, e endpoint) (*controller, error) {
	k := &controller{o: c.o, tls: c.tls, endpoint: e, server: e.host, pageSize: c.o.PageSize}
	err := k.connect(ctx)
	if err != nil {
		return nil, err
	}
	if k.root, err = k.readRoot(ctx); err != nil {
		k.close()
		return nil, err
	}
	return k, nil
}

// close ends the connection. Closing twice is no error.
func (c *controller) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// live returns the connection, a new one where the last was given up.
func (c *controller) live(ctx context.Context) (*conn, error) {
	c.mu.Lock()
	k, closed := c.conn, c.closed
	c.mu.Unlock()
	if closed {
		return nil, fault.New("internal.directory.closed", "the connection to the directory was closed")
	}
	if k != nil && !k.Broken() {
		return k, nil
	}
	if err := c.connect(ctx); err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.conn, nil
}

// drop gives the connection up: after an error its state is not trusted.
func (c *controller) drop(k *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn == k {
		c.conn = nil
	}
	_ = k.Close()
}
