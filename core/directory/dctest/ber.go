package dctest

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
)

// The tags of LDAP messages (RFC 4511 4).
const (
	tagInteger    = 0x02
	tagOctets     = 0x04
	tagEnumerated = 0x0a
	tagSequence   = 0x30
	tagSet        = 0x31
	tagControls   = 0xa0

	opBind           = 0x60
	opBindReply      = 0x61
	opUnbind         = 0x42
	opSearch         = 0x63
	opEntry          = 0x64
	opDone           = 0x65
	opReference      = 0x73
	opAbandon        = 0x50
	opExtended       = 0x77
	opExtendedReply  = 0x78
	tagReferral      = 0xa3
	tagResponseName  = 0x8a
	tagResponseValue = 0x8b
)

var errBER = errors.New("not BER")

// tlv is an element and what comes after it.
type tlv struct {
	tag               byte
	value, raw, after []byte
}

// element takes the first element of b.
func element(b []byte) (tlv, error) {
	if len(b) < 2 {
		return tlv{}, errBER
	}
	head, size := 2, int(b[1])
	if size >= 0x80 {
		n := size & 0x7f
		if n == 0 || n > 4 || len(b) < 2+n {
			return tlv{}, errBER
		}
		head, size = 2+n, 0
		for _, c := range b[2 : 2+n] {
			size = size<<8 | int(c)
		}
	}
	if len(b) < head+size {
		return tlv{}, errBER
	}
	return tlv{tag: b[0], value: b[head : head+size], raw: b[:head+size], after: b[head+size:]}, nil
}

// elements takes b apart.
func elements(b []byte) ([]tlv, error) {
	var list []tlv
	for len(b) > 0 {
		e, err := element(b)
		if err != nil {
			return nil, err
		}
		list, b = append(list, e), e.after
	}
	return list, nil
}

// readFrame reads one message with its head.
func readFrame(r *bufio.Reader) ([]byte, error) {
	const most = 16 << 20
	head := make([]byte, 2, 6)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, err
	}
	size := int(head[1])
	if size >= 0x80 {
		n := size & 0x7f
		if n == 0 || n > 4 {
			return nil, errBER
		}
		head = head[:2+n]
		if _, err := io.ReadFull(r, head[2:]); err != nil {
			return nil, err
		}
		size = 0
		for _, c := range head[2:] {
			size = size<<8 | int(c)
		}
	}
	if size > most {
		return nil, errBER
	}
	frame := make([]byte, len(head)+size)
	copy(frame, head)
	_, err := io.ReadFull(r, frame[len(head):])
	return frame, err
}

// wrap encodes an element of the parts.
func wrap(tag byte, parts ...[]byte) []byte {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	b := make([]byte, 0, size+6)
	b = append(b, tag)
	switch {
	case size < 0x80:
		b = append(b, byte(size))
	case size < 0x100:
		b = append(b, 0x81, byte(size))
	case size < 0x10000:
		b = binary.BigEndian.AppendUint16(append(b, 0x82), uint16(size))
	default:
		b = binary.BigEndian.AppendUint32(append(b, 0x84), uint32(size))
	}
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

func octets(s string) []byte { return wrap(tagOctets, []byte(s)) }

// integer encodes a number that is not negative.
func integer(tag byte, n int64) []byte {
	b := binary.BigEndian.AppendUint64([]byte{0}, uint64(n))
	for len(b) > 1 && b[0] == 0 && b[1] < 0x80 {
		b = b[1:]
	}
	return wrap(tag, b)
}

func number(b []byte) int64 {
	var n int64
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return n
}

// message is one LDAP message taken apart.
type message struct {
	id       int64
	op       tlv
	controls []byte // the element, nil where there is none
}

func parseMessage(frame []byte) (message, error) {
	outer, err := element(frame)
	if err != nil {
		return message{}, err
	}
	parts, err := elements(outer.value)
	if err != nil || len(parts) < 2 {
		return message{}, errBER
	}
	m := message{id: number(parts[0].value), op: parts[1]}
	if len(parts) > 2 && parts[2].tag == tagControls {
		m.controls = parts[2].raw
	}
	return m, nil
}

// Message encodes one LDAP message.
func Message(id int64, op []byte, controls ...[]byte) []byte {
	if len(controls) == 0 {
		return wrap(tagSequence, integer(tagInteger, id), op)
	}
	return wrap(tagSequence, integer(tagInteger, id), op, wrap(tagControls, controls...))
}
