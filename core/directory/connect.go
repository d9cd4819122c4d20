package directory

import (
	"context"
	"errors"
	"net"
	"strconv"

	"adsync/core/directory/wire"
	"adsync/core/fault"

	"github.com/go-ldap/ldap/v3"
)

// conn is one connection to a domain controller.
type conn = wire.Conn

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
		_ = k.Close()
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		_ = c.conn.Close()
	}
	c.conn = k
	return nil
}

func (c *controller) address() string {
	port := c.o.Port
	switch {
	case port != 0:
	case c.o.Security == SecurityLDAPS:
		port = 636 // SRV records name the port without TLS
	case c.endpoint.port != 0:
		port = c.endpoint.port
	default:
		port = 389
	}
	return net.JoinHostPort(c.server, strconv.Itoa(port))
}

// open returns a connection whose certificate was checked, where there is one.
func (c *controller) open(ctx context.Context) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, min(c.o.Timeout, dialTimeout))
	defer cancel()
	socket, err := c.dialHost(ctx)
	if err != nil {
		return nil, err
	}
	k := wire.New(socket, c.o.Timeout)
	if c.tls == nil {
		return k, nil
	}
	config := c.tls.Clone()
	config.ServerName = c.endpoint.name
	if c.o.Security == SecurityStartTLS {
		err = k.StartTLS(ctx, config)
		if e, ok := errors.AsType[*ldap.Error](err); ok && e.ResultCode < ldap.ErrorNetwork {
			err = fault.New("directory.starttls", "the domain controller does not start TLS", fault.Cause(err),
				fault.Hint("it needs a certificate for that; use directory.security ldaps where it has LDAPS"))
		}
	} else {
		err = k.Secure(ctx, config)
	}
	if err != nil {
		_ = k.Close()
		return nil, err
	}
	return k, nil
}
