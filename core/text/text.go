// Package text reads what programs on Windows write: UTF-8 with and without a
// byte order mark, and UTF-16 with one. What is not whole text is an error,
// never a replacement character. It is pure.
package text

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Form is how a text is kept in bytes.
type Form uint8

// The forms. The zero value is plain UTF-8.
const (
	UTF8 Form = iota
	UTF8BOM
	UTF16LE // with byte order mark
	UTF16BE // with byte order mark
)

// ErrEncoding says that bytes are no text in the form that they claim.
var ErrEncoding = errors.New("neither UTF-8 nor UTF-16 with a byte order mark")

const (
	bomUTF8 = "\xef\xbb\xbf"
	bomLE   = "\xff\xfe"
	bomBE   = "\xfe\xff"
)

// Decode returns the text without its byte order mark, and the form it had.
func Decode(b []byte) (string, Form, error) {
	s := string(b)
	form := UTF8
	var err error
	switch {
	case strings.HasPrefix(s, bomUTF8):
		s, form = s[len(bomUTF8):], UTF8BOM
	case strings.HasPrefix(s, bomLE):
		form = UTF16LE
		s, err = FromUTF16(b[len(bomLE):], binary.LittleEndian)
	case strings.HasPrefix(s, bomBE):
		form = UTF16BE
		s, err = FromUTF16(b[len(bomBE):], binary.BigEndian)
	}
	if err != nil || !utf8.ValidString(s) {
		return "", form, ErrEncoding
	}
	return s, form, nil
}

// Encode is the reverse of Decode.
func (f Form) Encode(s string) []byte {
	switch f {
	case UTF8BOM:
		return []byte(bomUTF8 + s)
	case UTF16LE:
		return append([]byte(bomLE), ToUTF16(s, binary.LittleEndian)...)
	case UTF16BE:
		return append([]byte(bomBE), ToUTF16(s, binary.BigEndian)...)
	case UTF8:
	}
	return []byte(s)
}

// FromUTF16 reads UTF-16 without a byte order mark. Half a unit and half a
// surrogate pair are errors.
func FromUTF16(b []byte, order binary.ByteOrder) (string, error) {
	if len(b)%2 != 0 {
		return "", ErrEncoding
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	runes := utf16.Decode(units)
	for i, at := 0, 0; i < len(runes); i++ {
		// Decode replaces a lone surrogate: one unit, and not the replacement
		// character itself.
		if runes[i] == utf8.RuneError && units[at] != utf8.RuneError {
			return "", ErrEncoding
		}
		at += utf16.RuneLen(runes[i])
	}
	return string(runes), nil
}

// ToUTF16 writes UTF-16 without a byte order mark.
func ToUTF16(s string, order binary.ByteOrder) []byte {
	units := utf16.Encode([]rune(s))
	b := make([]byte, 2*len(units))
	for i, u := range units {
		order.PutUint16(b[2*i:], u)
	}
	return b
}
