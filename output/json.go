package output

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// compactFrom is the size from which a document that no person looks at is
// written without indentation: ConvertFrom-Json of Windows PowerShell 5.1
// refuses a little over two million characters.
const compactFrom = 1_500_000

// encode returns v as compact JSON in ASCII.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return ascii(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}

// ascii escapes what is not ASCII. In JSON that can only stand within texts, so
// the whole document can be gone through byte by byte.
func ascii(data []byte) []byte {
	i := 0
	for i < len(data) && data[i] < 0x7f {
		i++
	}
	if i == len(data) {
		return data
	}
	out := append(make([]byte, 0, len(data)+len(data)/8), data[:i]...)
	for rest := data[i:]; len(rest) > 0; {
		if rest[0] < 0x7f {
			out = append(out, rest[0])
			rest = rest[1:]
			continue
		}
		r, size := utf8.DecodeRune(rest)
		rest = rest[size:]
		out = appendEscape(out, r)
	}
	return out
}

// appendEscape appends r as \uXXXX, as a surrogate pair where it needs one.
func appendEscape(out []byte, r rune) []byte {
	if r1, r2 := utf16.EncodeRune(r); r1 != utf8.RuneError {
		return fmt.Appendf(out, `\u%04x\u%04x`, r1, r2)
	}
	return fmt.Appendf(out, `\u%04x`, r)
}

// writeJSON writes one document, indented unless it is big and nobody looks.
func writeJSON(b *bytes.Buffer, data []byte, terminal bool) error {
	start := b.Len()
	if err := json.Indent(b, data, "", "  "); err != nil {
		return err
	}
	if !terminal && b.Len()-start > compactFrom {
		b.Truncate(start)
		b.Write(data)
	}
	b.WriteByte('\n')
	return nil
}
