package wire_test

import (
	"net"
	"testing"
	"time"

	"adsync/core/directory/wire"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// timeout is that of the connections in tests, which run in a bubble.
const timeout = 10 * time.Second

// peer is the server's end of a connection.
type peer struct {
	net.Conn
	t *testing.T
}

// dial returns a connection and its other end, on which serve runs.
func dial(t *testing.T, serve func(peer)) *wire.Conn {
	t.Helper()
	near, far := net.Pipe()
	c := wire.New(near, timeout)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = far.Close() }()
		serve(peer{Conn: far, t: t})
	}()
	t.Cleanup(func() {
		_ = c.Close()
		<-done
	})
	return c
}

// request reads the next request; nil at the end of the connection.
func (p peer) request() *ber.Packet {
	packet, err := ber.ReadPacket(p)
	if err != nil {
		return nil
	}
	return packet
}

func (p peer) send(b []byte) { _, _ = p.Write(b) }

// answer reads a request and sends the operations as its reply.
func (p peer) answer(ops ...*ber.Packet) *ber.Packet {
	r := p.request()
	if r == nil {
		return nil
	}
	id, _ := r.Children[0].Value.(int64)
	for _, op := range ops {
		p.send(envelope(id, op))
	}
	return r
}

func envelope(id int64, op *ber.Packet, controls ...*ber.Packet) []byte {
	m := ber.NewSequence("")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	m.AppendChild(op)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c)
		}
		m.AppendChild(list)
	}
	return m.Bytes()
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func result(tag ber.Tag, code int, message string, more ...*ber.Packet) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	op.AppendChild(text("DC=matched"))
	op.AppendChild(text(message))
	for _, m := range more {
		op.AppendChild(m)
	}
	return op
}

func done(code int, message string) *ber.Packet {
	return result(ldap.ApplicationSearchResultDone, code, message)
}

func entry(e *ldap.Entry) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(text(e.DN))
	list := ber.NewSequence("")
	for _, a := range e.Attributes {
		one, values := ber.NewSequence(""), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range a.Values {
			values.AppendChild(text(v))
		}
		one.AppendChild(text(a.Name))
		one.AppendChild(values)
		list.AppendChild(one)
	}
	op.AppendChild(list)
	return op
}

func reference(urls ...string) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	for _, u := range urls {
		op.AppendChild(text(u))
	}
	return op
}

// collect is a reply that keeps everything.
type collect struct {
	entries    []*ldap.Entry
	references [][]string
}

func (c *collect) reply() wire.Reply {
	return wire.Reply{
		Entry:     func(e *ldap.Entry) error { c.entries = append(c.entries, e); return nil },
		Reference: func(urls []string) error { c.references = append(c.references, urls); return nil },
	}
}

var everything = wire.Request{Base: "DC=corp", Scope: ldap.ScopeWholeSubtree, Filter: "(objectClass=*)"}
