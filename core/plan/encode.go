package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
)

// Encode returns the canonical bytes of a document: compact JSON in the order of
// the fields, ASCII only (Windows PowerShell reads files without a mark as
// ANSI), ending in one newline. Equal documents give equal bytes.
func Encode(d Document) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("encode plan: %w", err)
	}
	return ascii(buf.Bytes()), nil
}

// Digest returns the id and the SHA-256 of a plan's bytes, in hexadecimal. The
// id is the first half of the digest.
func Digest(data []byte) (id, sha string) {
	sum := sha256.Sum256(data)
	sha = hex.EncodeToString(sum[:])
	return sha[:32], sha
}

// ErrDecode is the error of bytes that are no plan of this format.
var ErrDecode = errors.New("not a plan")

// Decode reads the bytes of a plan. Fields that this program does not know are
// an error: what cannot be shown must not be approved.
func Decode(data []byte) (Document, error) {
	var d Document
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return Document{}, fmt.Errorf("%w: %w", ErrDecode, err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Document{}, fmt.Errorf("%w: something follows the document", ErrDecode)
	}
	if d.Format != 1 {
		return Document{}, fmt.Errorf("%w: format %d, this program knows 1", ErrDecode, d.Format)
	}
	return d, nil
}

// ascii writes every character above U+007E as \uXXXX.
func ascii(b []byte) []byte {
	var out strings.Builder
	out.Grow(len(b))
	for _, r := range string(b) {
		switch {
		case r < 0x7f:
			out.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, hi, lo)
		}
	}
	return []byte(out.String())
}
