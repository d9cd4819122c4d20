package dctest

import (
	"slices"
	"time"
)

// Answer is what a request is answered with. It comes to a script as an honest
// controller would give it.
type Answer struct {
	Entries    []Entry
	References []string
	Code       int
	Matched    string
	Text       string
	Referral   []string // URLs that go with code 10
	// Paging is the cookie of the paging control, nil for no control.
	Paging *string
	// Controls go with the message that ends the answer, encoded.
	Controls [][]byte

	// How it is sent.
	Delay time.Duration // before it
	// Late is how many entries are sent after the message that ends the answer.
	Late int
	// ID changes the message id of the part with a number, counted from 0; the
	// message that ends the answer is the last.
	ID func(part int, id int64) int64
	// Hang leaves the ending message out, and the connection open.
	Hang bool
	// Bytes changes what is sent, all messages together.
	Bytes func([]byte) []byte
	// Cut ends the connection after so many bytes of size; nil leaves it.
	Cut func(size int) int
	// Drip sends so many bytes at a time, a millisecond apart; 0 all at once.
	Drip int

	reply []byte // operation of an answer that is no search
}

// Refuse answers with a code and no entry.
func (a *Answer) Refuse(code int, text string) {
	a.Entries, a.References, a.Code, a.Text = nil, nil, code, text
}

// Close ends the connection without a word.
func (a *Answer) Close() { a.Cut = func(int) int { return 0 } }

// encode makes the messages of an answer.
func (a *Answer) encode(r *Request) []byte {
	part := 0
	var out []byte
	add := func(op []byte, controls ...[]byte) {
		id := r.id
		if a.ID != nil {
			id = a.ID(part, id)
		}
		part++
		out = append(out, Message(id, op, controls...)...)
	}
	ending := func() {
		if a.Hang {
			return
		}
		controls := a.Controls
		if a.Paging != nil {
			controls = append(slices.Clip(controls), Paging(*a.Paging))
		}
		add(a.result(r), controls...)
	}
	early := len(a.Entries) - min(a.Late, len(a.Entries))
	for _, e := range a.Entries[:early] {
		add(e.encode())
	}
	for _, url := range a.References {
		add(wrap(opReference, octets(url)))
	}
	ending()
	for _, e := range a.Entries[early:] {
		add(e.encode())
	}
	if a.Bytes != nil {
		out = a.Bytes(out)
	}
	return out
}

// result is the operation that ends an answer (RFC 4511 4.1.9).
func (a *Answer) result(r *Request) []byte {
	if a.reply != nil && a.Code == 0 {
		return a.reply
	}
	tag := byte(opDone)
	switch r.Kind {
	case Bind:
		tag = opBindReply
	case Extended:
		tag = opExtendedReply
	}
	parts := [][]byte{integer(tagEnumerated, int64(a.Code)), octets(a.Matched), octets(a.Text)}
	if len(a.Referral) > 0 {
		urls := make([][]byte, len(a.Referral))
		for i, u := range a.Referral {
			urls[i] = octets(u)
		}
		parts = append(parts, wrap(tagReferral, urls...))
	}
	return wrap(tag, parts...)
}
