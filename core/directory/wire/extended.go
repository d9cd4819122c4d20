package wire

import (
	"context"
	"crypto/tls"

	"github.com/go-ldap/ldap/v3"
)

const (
	oidStartTLS = "1.3.6.1.4.1.1466.20037"  // RFC 4511 4.14
	oidWhoAmI   = "1.3.6.1.4.1.4203.1.11.3" // RFC 4532
)

// StartTLS asks for TLS and does the handshake. An *ldap.Error with a code of the
// server means that it refused.
func (c *Conn) StartTLS(ctx context.Context, config *tls.Config) error {
	if _, err := c.extended(ctx, oidStartTLS); err != nil {
		return err
	}
	// What came with the reply came without protection.
	if c.frames.r != c.frames.w {
		c.abort()
		return malformed("bytes between the reply to StartTLS and the handshake")
	}
	return c.Secure(ctx, config)
}

// WhoAmI returns the name under which the server knows this connection, "u:"
// before a login name and "dn:" before a DN.
func (c *Conn) WhoAmI(ctx context.Context) (string, error) {
	value, err := c.extended(ctx, oidWhoAmI)
	return string(value), err
}

// extended runs an extended operation that has no value and returns that of its
// reply.
func (c *Conn) extended(ctx context.Context, oid string) (value []byte, err error) {
	err = c.guard(ctx, func() error {
		m, err := c.exchange(tagExtendedRequest, appendText(nil, tagRequestName, oid), tagExtendedResponse)
		if err != nil {
			return err
		}
		_, rest, err := parseResult(m.op, ldap.LDAPResultSuccess)
		if err != nil {
			return err
		}
		if _, after, ok := element(rest, tagResponseName); ok {
			rest = after
		}
		if v, _, ok := element(rest, tagResponse); ok {
			value = append([]byte{}, v...)
		}
		return nil
	})
	return value, err
}
