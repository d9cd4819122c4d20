package dctest

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"

	"github.com/go-ldap/ldap/v3"
)

// backend asks the forest and remembers what it said: the same search costs
// nothing the second time.
type backend struct {
	mu     sync.Mutex
	conn   net.Conn
	reader *bufio.Reader
	last   int64
	known  map[string]Answer
}

func dialBackend(ctx context.Context, address, user, password string) (*backend, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	b := &backend{conn: conn, reader: bufio.NewReader(conn), known: map[string]Answer{}}
	bind := wrap(opBind, integer(tagInteger, 3), octets(user), wrap(0x80, []byte(password)))
	a, err := b.exchange(bind, nil)
	if err == nil && a.Code != 0 {
		err = fmt.Errorf("bind to the forest: code %d %s", a.Code, a.Text)
	}
	return b, err
}

// forget makes the next searches ask the forest again.
func (b *backend) forget() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.known)
}

// ask returns the whole answer to a search, whatever it was asked to be cut into.
func (b *backend) ask(r *Request) (Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	key := string(r.op) + string(r.controls)
	if a, ok := b.known[key]; ok {
		return a, nil
	}
	var whole Answer
	for cookie := ""; ; {
		controls := append([]byte(nil), r.controls...)
		controls = append(controls, Control(ldap.ControlTypePaging, paging(1000, cookie))...)
		a, err := b.exchange(r.op, wrap(tagControls, controls))
		if err != nil {
			return whole, err
		}
		whole.Entries = append(whole.Entries, a.Entries...)
		whole.References = append(whole.References, a.References...)
		whole.Code, whole.Matched, whole.Text, whole.Referral = a.Code, a.Matched, a.Text, a.Referral
		if a.Code != 0 || a.Paging == nil || *a.Paging == "" {
			break
		}
		cookie = *a.Paging
	}
	// What tells the time would make two answers of one question differ.
	b.known[key] = whole
	return whole, nil
}

// pass hands an extended request on.
func (b *backend) pass(op []byte) (Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.exchange(op, nil)
}

func (b *backend) exchange(op, controls []byte) (Answer, error) {
	var a Answer
	b.last++
	if _, err := b.conn.Write(wrap(tagSequence, integer(tagInteger, b.last), op, controls)); err != nil {
		return a, err
	}
	for {
		frame, err := readFrame(b.reader)
		if err != nil {
			return a, err
		}
		m, err := parseMessage(frame)
		if err != nil {
			return a, err
		}
		switch m.op.tag {
		case opEntry:
			e, err := parseEntry(m.op)
			if err != nil {
				return a, err
			}
			a.Entries = append(a.Entries, e)
		case opReference:
			urls, err := elements(m.op.value)
			if err != nil || len(urls) == 0 {
				return a, errBER
			}
			a.References = append(a.References, string(urls[0].value))
		default:
			return a, a.end(m)
		}
	}
}

// end reads the message that ends an answer.
func (a *Answer) end(m message) error {
	parts, err := elements(m.op.value)
	if err != nil || len(parts) < 3 {
		return errBER
	}
	a.Code, a.Matched, a.Text = int(number(parts[0].value)), string(parts[1].value), string(parts[2].value)
	for _, p := range parts[3:] {
		if p.tag != tagReferral {
			continue
		}
		urls, err := elements(p.value)
		if err != nil {
			return err
		}
		for _, u := range urls {
			a.Referral = append(a.Referral, string(u.value))
		}
	}
	if m.op.tag == opExtendedReply {
		a.reply = append([]byte(nil), m.op.raw...)
	}
	if m.controls == nil {
		return nil
	}
	var r Request
	if err := r.take(m.controls); err != nil {
		return err
	}
	if r.Paged {
		cookie := strings.Clone(r.Cookie)
		a.Paging = &cookie
	}
	return nil
}
