package wire_test

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"adsync/core/directory/wire"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// theirs reads an entry as go-ldap does: asn1-ber's tree, children by position.
func theirs(message []byte) (*ldap.Entry, bool) {
	p, rest, err := decode(message)
	if err != nil || rest > 0 || len(p.Children) < 2 {
		return nil, false
	}
	op := p.Children[1]
	if op.Tag != ldap.ApplicationSearchResultEntry || len(op.Children) < 2 {
		return nil, false
	}
	e := &ldap.Entry{}
	var ok bool
	if e.DN, ok = op.Children[0].Value.(string); !ok {
		return nil, false
	}
	for _, child := range op.Children[1].Children {
		if len(child.Children) < 2 {
			return nil, false
		}
		name, ok := child.Children[0].Value.(string)
		if !ok {
			return nil, false
		}
		a := &ldap.EntryAttribute{Name: name}
		for _, v := range child.Children[1].Children {
			s, ok := v.Value.(string)
			if !ok {
				return nil, false
			}
			a.Values, a.ByteValues = append(a.Values, s), append(a.ByteValues, v.ByteValue)
		}
		e.Attributes = append(e.Attributes, a)
	}
	return e, true
}

func decode(message []byte) (*ber.Packet, int, error) {
	r := bytes.NewReader(message)
	p, err := ber.ReadPacket(r)
	return p, r.Len(), err
}

// FuzzEntry: whatever this decoder accepts, go-ldap accepts and reads the same.
// It may refuse what go-ldap accepts: indefinite lengths, other tags in the place
// of those of the standard, elements after the last one that it names.
func FuzzEntry(f *testing.F) {
	for i, e := range people()[:4] {
		f.Add(envelope(int64(i), entry(e)))
	}
	f.Add(envelope(3, done(0, "")))
	f.Add([]byte{0x30, 0x84, 0, 0, 0, 12, 2, 1, 1, 0x64, 0x84, 0, 0, 0, 4, 4, 0, 0x30, 0})
	f.Add([]byte{0x30, 0x80, 2, 1, 1, 0x64, 0x80, 4, 0, 0x30, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, message []byte) {
		// The frame of the message is part of what is decoded.
		list, _ := wire.Messages(bytes.NewReader(message))
		if len(list) == 0 {
			return
		}
		got, err := wire.DecodeEntry(list[0])
		if err != nil {
			return
		}
		p, rest, err := decode(message)
		if err != nil {
			t.Fatalf("accepted %x, which asn1-ber refuses: %v", message, err)
		}
		_ = p
		want, ok := theirs(message[:len(message)-rest])
		if !ok {
			t.Fatalf("accepted %x, which go-ldap refuses", message)
		}
		if show(got) != show(want) {
			t.Fatalf("%x is\n%s, go-ldap reads\n%s", message, show(got), show(want))
		}
	})
}

// FuzzReply: the other parsers do not panic, and agree with go-ldap on success.
func FuzzReply(f *testing.F) {
	f.Add(done(0, "").Data.Bytes(), ldap.NewControlPaging(5).Encode().Bytes())
	f.Add(done(53, "no").Data.Bytes(), []byte{0x30, 0x84, 0, 0, 0, 5, 4, 1, 'x', 1, 1})
	f.Fuzz(func(t *testing.T, op, controls []byte) {
		if code, err := wire.ParseResult(op); err == nil || code != 0 {
			message := []byte{0x30, 0x84, 0, 0, 0, 0, 2, 1, 1, 0x65, 0x84, 0, 0, 0, 0}
			message[13], message[14] = byte(len(op)>>8), byte(len(op))
			message[4], message[5] = byte((len(op)+9)>>8), byte(len(op)+9)
			if p, _, broken := decode(append(message, op...)); broken == nil && len(op) < 60_000 {
				if their := ldap.GetLDAPError(p); !ldap.IsErrorWithCode(their, uint16(code)) {
					t.Fatalf("code %d of %x, go-ldap says %v", code, op, their)
				}
			}
		}
		list, err := wire.ParseControls(controls)
		if err == nil {
			wire.Cookie(list)
		}
	})
}

// FuzzFrames: a stream is cut into the same messages however it arrives, and
// what is missing is never passed over.
func FuzzFrames(f *testing.F) {
	var stream []byte
	for i, e := range people()[:4] {
		stream = append(stream, envelope(int64(i), entry(e))...)
	}
	f.Add(stream)
	f.Add(stream[:200])
	f.Add([]byte{0x30, 0x84, 0x07, 0xff, 0xff, 0xff, 1})
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, end := wire.Messages(bytes.NewReader(stream))
		for _, cut := range []io.Reader{iotest.HalfReader(bytes.NewReader(stream)), iotest.DataErrReader(bytes.NewReader(stream))} {
			again, other := wire.Messages(cut)
			if len(again) != len(whole) || (end == io.EOF) != (other == io.EOF) { //nolint:errorlint // as the reader returns it
				t.Fatalf("%d messages and %v, then %d and %v", len(whole), end, len(again), other)
			}
			for i := range whole {
				if !bytes.Equal(whole[i], again[i]) {
					t.Fatalf("message %d differs", i)
				}
			}
		}
		total := 0
		for _, m := range whole {
			total += len(m) + 2
		}
		if total > len(stream) {
			t.Fatalf("%d bytes of messages in %d", total, len(stream))
		}
		if errors.Is(end, io.EOF) && len(stream) > 0 && len(whole) == 0 {
			t.Fatal("bytes without a message end like an empty stream")
		}
	})
}
