package forest

import (
	"context"
	"errors"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// The extended operations.
const (
	oidStartTLS = "1.3.6.1.4.1.1466.20037"
	oidWhoAmI   = "1.3.6.1.4.1.4203.1.11.3"
)

func extendedName(op *ber.Packet) string {
	if len(op.Children) == 0 {
		return ""
	}
	return text(op.Children[0])
}

func (c *conn) extended(m message) {
	f := c.server.forest
	if extendedName(m.op) != oidWhoAmI {
		c.reply(m, result{code: protocolError, text: "0000203D: LdapErr: DSID-0C090FA0, comment: Unknown extended request OID, data 0, v4563"}.packet(opExtendedResponse))
		return
	}
	who := ""
	if c.who != nil {
		f.mu.RLock()
		who = "u:" + NetBIOS + `\` + c.who.first("samaccountname")
		f.mu.RUnlock()
	}
	p := result{}.packet(opExtendedResponse)
	p.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 11, who, ""))
	c.reply(m, p)
}

// startTLS answers in the clear and goes on encrypted. It runs while nothing
// else is under way on the connection.
func (c *conn) startTLS(ctx context.Context, m message) error {
	f := c.server.forest
	if c.secure || f.o.Certificate == nil {
		c.reply(m, result{code: operationsError, text: "00000001: LdapErr: DSID-0C090FA3, comment: TLS or SSL already in effect or not available, data 0, v4563"}.packet(opExtendedResponse))
		return nil
	}
	p := result{}.packet(opExtendedResponse)
	p.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 10, oidStartTLS, ""))
	c.reply(m, p)
	if c.reader.Buffered() > 0 {
		return errors.New("data before the TLS handshake")
	}
	if !c.upgrade(ctx) {
		return errors.New("TLS handshake refused")
	}
	c.reader.Reset(c.raw)
	return nil
}
