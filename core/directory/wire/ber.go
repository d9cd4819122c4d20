package wire

import (
	"errors"

	"github.com/go-ldap/ldap/v3"
)

// Tags of the elements of LDAP messages (RFC 4511, BER of X.690).
const (
	tagBoolean     = 0x01
	tagInteger     = 0x02
	tagOctetString = 0x04
	tagEnumerated  = 0x0a
	tagSequence    = 0x30
	tagSet         = 0x31

	tagBindRequest      = 0x60
	tagBindResponse     = 0x61
	tagUnbindRequest    = 0x42
	tagSearchRequest    = 0x63
	tagSearchEntry      = 0x64
	tagSearchDone       = 0x65
	tagSearchReference  = 0x73
	tagExtendedRequest  = 0x77
	tagExtendedResponse = 0x78

	tagControls     = 0xa0 // of a message
	tagSimple       = 0x80 // authentication
	tagSASL         = 0xa3 // authentication
	tagCredentials  = 0x87 // serverSaslCreds
	tagReferral     = 0xa3 // of a result
	tagRequestName  = 0x80
	tagResponseName = 0x8a
	tagResponse     = 0x8b // responseValue
)

// malformed is the error for bytes that are no reply.
func malformed(what string) error {
	return ldap.NewError(ldap.ErrorUnexpectedResponse, errors.New("malformed reply: "+what))
}

// header reads tag and length at the beginning of b. size is that of the header;
// 0 says that b is too short for it. Lengths are definite (RFC 4511 5.1).
func header(b []byte) (tag byte, length, size int, err error) {
	if len(b) < 2 {
		return 0, 0, 0, nil
	}
	tag, length = b[0], int(b[1])
	if tag&0x1f == 0x1f {
		return 0, 0, 0, malformed("a tag of several bytes")
	}
	if length < 0x80 {
		return tag, length, 2, nil
	}
	n := length & 0x7f
	if n == 0 || n > 4 {
		return 0, 0, 0, malformed("a length that is indefinite or too long")
	}
	if len(b) < 2+n {
		return 0, 0, 0, nil
	}
	value := int64(0)
	for _, c := range b[2 : 2+n] {
		value = value<<8 | int64(c)
	}
	if value > maxMessage {
		return 0, 0, 0, malformed("a message of more than 128 MB")
	}
	return tag, int(value), 2 + n, nil
}

// element takes the element with the given tag off the front of b. Its content
// and the rest are parts of b.
func element(b []byte, want byte) (content, rest []byte, ok bool) {
	// The usual case: a length below 128.
	if len(b) >= 2 && b[0] == want && b[1] < 0x80 {
		end := 2 + int(b[1])
		if end > len(b) {
			return nil, nil, false
		}
		return b[2:end:end], b[end:], true
	}
	tag, length, size, err := header(b)
	if err != nil || size == 0 || tag != want || length > len(b)-size {
		return nil, nil, false
	}
	return b[size : size+length : size+length], b[size+length:], true
}

// number reads a signed integer of up to four bytes.
func number(content []byte) (int, bool) {
	if len(content) == 0 || len(content) > 4 {
		return 0, false
	}
	value := int64(int8(content[0])) //nolint:gosec // the first byte carries the sign
	for _, c := range content[1:] {
		value = value<<8 | int64(c)
	}
	return int(value), true
}

// appendElement writes one element.
func appendElement(b []byte, tag byte, content []byte) []byte {
	return append(appendHeader(b, tag, len(content)), content...)
}

func appendText(b []byte, tag byte, content string) []byte {
	return append(appendHeader(b, tag, len(content)), content...)
}

func appendHeader(b []byte, tag byte, length int) []byte {
	b = append(b, tag)
	if length < 0x80 {
		return append(b, byte(length)) //nolint:gosec // below 128
	}
	return append(b, 0x84, byte(length>>24), byte(length>>16), byte(length>>8), byte(length)) //nolint:gosec // one byte each
}

// appendInt writes a number that is not negative.
func appendInt(b []byte, tag byte, value int) []byte {
	n := 1
	for v := value >> 7; v > 0; v >>= 8 {
		n++
	}
	b = append(b, tag, byte(n))
	for n--; n >= 0; n-- {
		b = append(b, byte(value>>(8*n))) //nolint:gosec // one byte
	}
	return b
}

// appendTrue writes the boolean TRUE, which is 0xff in LDAP (RFC 4511 5.1):
// Samba takes other values for FALSE.
func appendTrue(b []byte) []byte { return append(b, tagBoolean, 1, 0xff) }
