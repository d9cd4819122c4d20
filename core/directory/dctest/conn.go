package dctest

import (
	"bufio"
	"context"
	"net"
	"slices"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// conn is one connection to a controller.
type conn struct {
	c      *Controller
	socket net.Conn
	number int
	bound  bool
	open   map[string]position // paged searches by their cookie
}

// position is where a paged search goes on.
type position struct {
	search string
	from   int
}

// run answers one message after the other. They are read by a goroutine of its
// own, so that the end of the connection is seen while an answer hangs.
func (k *conn) run() {
	ctx, cancel := context.WithCancel(k.c.ctx)
	defer cancel()
	frames := make(chan []byte, 64)
	go func() {
		defer cancel()
		defer close(frames)
		r := bufio.NewReader(k.socket)
		for {
			frame, err := readFrame(r)
			if err != nil {
				return
			}
			select {
			case frames <- frame:
			case <-ctx.Done():
				return
			}
		}
	}()
	var hello Answer
	k.c.spoil(&Request{Kind: Connect, Connection: k.number}, &hello)
	if hello.Cut != nil {
		return
	}
	for frame := range frames {
		m, err := parseMessage(frame)
		if err != nil || m.op.tag == opUnbind {
			return
		}
		if m.op.tag == opAbandon {
			continue
		}
		r := &Request{Connection: k.number, id: m.id, op: slices.Clone(m.op.raw)}
		a, err := k.answer(r, m)
		if err != nil {
			return
		}
		k.c.spoil(r, &a)
		if !k.send(ctx, r, &a) {
			return
		}
	}
}

// answer is what an honest controller says.
func (k *conn) answer(r *Request, m message) (Answer, error) {
	switch m.op.tag {
	case opBind:
		r.Kind = Bind
		return k.bind(m.op)
	case opExtended:
		r.Kind = Extended
		return k.c.world.backend.pass(r.op)
	case opSearch:
		r.Kind = Search
		if err := r.read(m.op); err != nil {
			return Answer{}, err
		}
		if err := r.take(m.controls); err != nil {
			return Answer{}, err
		}
		return k.search(r)
	}
	return Answer{}, errBER
}

func (k *conn) bind(op tlv) (Answer, error) {
	parts, err := elements(op.value)
	if err != nil || len(parts) != 3 {
		return Answer{}, errBER
	}
	if parts[2].tag != 0x80 || string(parts[2].value) != Password {
		return Answer{
			Code: ldap.LDAPResultInvalidCredentials,
			Text: "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data 52e, v1db1",
		}, nil
	}
	k.bound = true
	return Answer{}, nil
}

// search cuts the whole answer to what MaxPageSize and the paging control allow.
func (k *conn) search(r *Request) (Answer, error) {
	if r.Base != "" && !k.bound {
		return Answer{Code: ldap.LDAPResultOperationsError, Text: "000004DC: LdapErr: DSID-0C090A5C, a successful bind must be completed"}, nil
	}
	a, err := k.c.world.backend.ask(r)
	if err != nil {
		return a, err
	}
	a.Entries = slices.Clone(a.Entries) // a script may exchange some
	most := k.c.world.o.MaxPageSize
	switch {
	case !r.Paged && len(a.Entries) > most:
		a.Entries, a.References = a.Entries[:most], nil
		a.Code, a.Text = ldap.LDAPResultSizeLimitExceeded, "00002023: SvcErr: DSID-031A120C, problem 5005 (ADMIN_LIMIT_EXCEEDED), data 0"
		return a, nil
	case !r.Paged || a.Code != 0:
		return a, nil
	}
	at := position{search: string(r.op) + string(r.controls)}
	if r.Cookie != "" {
		known, ok := k.open[r.Cookie]
		if !ok || known.search != at.search {
			return Answer{Code: ldap.LDAPResultUnwillingToPerform, Text: "00000057: LdapErr: DSID-0C090833, comment: Error processing control, data 0, v4563"}, nil
		}
		delete(k.open, r.Cookie)
		at = known
	}
	from, to := at.from, min(at.from+min(r.Size, most), len(a.Entries))
	more := to < len(a.Entries)
	a.Entries, a.Paging = a.Entries[from:to], new(string)
	if more {
		a.References = nil
		at.from = to
		*a.Paging = k.c.cookie()
		k.open[*a.Paging] = at
	}
	return a, nil
}

// send reports whether the connection goes on.
func (k *conn) send(ctx context.Context, r *Request, a *Answer) bool {
	if a.Delay > 0 && !wait(ctx, a.Delay) {
		return false
	}
	data := a.encode(r)
	if a.Cut != nil {
		data = data[:min(max(a.Cut(len(data)), 0), len(data))]
	}
	for len(data) > 0 {
		n := len(data)
		if a.Drip > 0 {
			n = min(a.Drip, n)
		}
		if _, err := k.socket.Write(data[:n]); err != nil {
			return false
		}
		data = data[n:]
		if a.Drip > 0 && !wait(ctx, time.Millisecond) {
			return false
		}
	}
	return a.Cut == nil
}

func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
