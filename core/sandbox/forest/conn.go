package forest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// maxMessage is MaxReceiveBuffer of the query policy.
const maxMessage = 10 << 20

var errMessage = errors.New("malformed message")

// conn is one connection. Messages are read by one goroutine, so that an
// abandon arrives while a search is under way, and carried out in order by
// another.
type conn struct {
	server *Server
	number int
	raw    net.Conn
	reader *bufio.Reader
	secure bool
	log    *slog.Logger

	work    chan message
	pending sync.WaitGroup

	mu     sync.Mutex
	cancel map[int64]context.CancelFunc // of the messages under way

	// Of the goroutine that carries out.
	who   *node // nil is anonymous
	pages pages
}

type message struct {
	id       int64
	op       *ber.Packet
	controls *ber.Packet
	ctx      context.Context // the message's own
}

func newConn(s *Server, raw net.Conn, number int, secure bool) *conn {
	return &conn{
		server: s, number: number, raw: raw, secure: secure,
		log:    s.forest.o.Log.With("connection", number),
		work:   make(chan message, 16),
		cancel: make(map[int64]context.CancelFunc),
		pages:  pages{open: make(map[string]*paged)},
	}
}

func (c *conn) run() {
	ctx, stop := context.WithCancel(c.server.ctx)
	defer stop()
	if c.secure {
		if !c.upgrade(ctx) {
			return
		}
	}
	c.reader = bufio.NewReader(c.raw)
	var worker sync.WaitGroup
	worker.Go(func() {
		for m := range c.work {
			c.carryOut(m)
			c.pending.Done()
		}
	})
	err := c.read(ctx)
	stop() // what is under way is of no use to anybody any more
	_ = c.raw.Close()
	close(c.work)
	worker.Wait()
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) {
		c.log.Debug("connection ended", "error", err)
	}
}

func (c *conn) upgrade(ctx context.Context) bool {
	t := tls.Server(c.raw, c.server.forest.tls())
	if err := t.HandshakeContext(ctx); err != nil {
		c.log.DebugContext(ctx, "TLS handshake refused", "error", err)
		return false
	}
	c.raw, c.secure = t, true
	return true
}

// read hands on messages until the connection ends.
func (c *conn) read(ctx context.Context) error {
	for {
		p, err := readMessage(c.reader)
		if err != nil {
			return err
		}
		m, err := parseMessage(p)
		if err != nil {
			return err
		}
		switch uint64(m.op.Tag) {
		case opUnbind:
			return nil
		case opAbandon:
			c.abandon(m.op)
			continue
		}
		if m.op.Tag == opExtendedRequest && extendedName(m.op) == oidStartTLS {
			c.pending.Wait()
			if err := c.startTLS(ctx, m); err != nil {
				return err
			}
			continue
		}
		var cancel context.CancelFunc
		m.ctx, cancel = context.WithCancel(ctx)
		c.mu.Lock()
		c.cancel[m.id] = cancel
		c.mu.Unlock()
		c.pending.Add(1)
		c.work <- m
	}
}

func (c *conn) abandon(op *ber.Packet) {
	id, err := ber.ParseInt64([]byte(text(op)))
	if err != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if cancel := c.cancel[id]; cancel != nil {
		cancel()
	}
}

// carryOut answers one message. A defect here ends the connection and not the
// process.
func (c *conn) carryOut(m message) {
	defer func() {
		c.mu.Lock()
		if cancel := c.cancel[m.id]; cancel != nil {
			cancel()
			delete(c.cancel, m.id)
		}
		c.mu.Unlock()
		if r := recover(); r != nil {
			c.log.Error("answering a message panicked", "panic", r, "stack", string(debug.Stack()))
			_ = c.raw.Close()
		}
	}()
	switch uint64(m.op.Tag) {
	case opBindRequest:
		c.bind(m)
	case opSearchRequest:
		c.search(m)
	case opExtendedRequest:
		c.extended(m)
	case opModifyRequest, opAddRequest, opDeleteRequest, opModifyDNRequest, opCompareRequest:
		c.reply(m, result{code: unwillingToPerform, text: "00002035: LdapErr: DSID-0C090D6C, comment: this directory is changed by its own commands, data 0, v4563"}.packet(m.op.Tag+1))
	default:
		c.reply(m, result{code: protocolError, text: "0000203D: LdapErr: DSID-0C090C9B, comment: Unknown request, data 0, v4563"}.packet(opExtendedResponse))
	}
}

// reply sends one message, unless the request was abandoned.
func (c *conn) reply(m message, op *ber.Packet, controls ...*ber.Packet) {
	if m.ctx != nil && m.ctx.Err() != nil {
		return
	}
	c.send(envelope(m.id, op, controls...))
}

func (c *conn) send(b []byte) {
	if _, err := c.raw.Write(b); err != nil {
		c.log.Debug("sending refused", "error", err)
	}
}

// readMessage takes one message off the wire. The length is looked at before
// anything is made of the content.
func readMessage(r *bufio.Reader) (*ber.Packet, error) {
	head := make([]byte, 2, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	const sequence = 0x30
	if head[0] != sequence {
		return nil, errMessage
	}
	length := int(head[1])
	if length > 0x7f {
		count := length & 0x7f
		if count == 0 || count > 4 {
			return nil, errMessage
		}
		head = head[:2+count]
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return nil, err
		}
		var wide [8]byte
		copy(wide[8-count:], head[2:])
		length = int(binary.BigEndian.Uint64(wide[:])) //nolint:gosec // at most 4 bytes
	}
	if length > maxMessage {
		return nil, errMessage
	}
	all := make([]byte, len(head)+length)
	copy(all, head)
	if _, err := io.ReadFull(r, all[len(head):]); err != nil {
		return nil, err
	}
	return ber.DecodePacketErr(all)
}

func parseMessage(p *ber.Packet) (message, error) {
	if len(p.Children) < 2 || p.Children[1].ClassType != ber.ClassApplication {
		return message{}, errMessage
	}
	id, ok := p.Children[0].Value.(int64)
	if !ok {
		return message{}, errMessage
	}
	m := message{id: id, op: p.Children[1]}
	if len(p.Children) > 2 && p.Children[2].ClassType == ber.ClassContext && p.Children[2].Tag == 0 {
		m.controls = p.Children[2]
	}
	return m, nil
}
