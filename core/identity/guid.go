package identity

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// GUID is an objectGUID as text: 8-4-4-4-12 hexadecimal digits, lower case, the
// form that Get-ADObject prints. It is what an object of the directory is known
// by; names, DNs and addresses change, it does not (MS-ADTS 3.1.1.1.4).
type GUID string

// order maps the bytes of the text form to those of the directory's: the first
// three fields are little endian on the wire (MS-DTYP 2.3.4.2).
var order = [16]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15}

// GUIDFromBytes converts the 16 bytes of an objectGUID value.
func GUIDFromBytes(b []byte) (GUID, error) {
	if len(b) != len(order) {
		return "", fmt.Errorf("objectGUID has %d bytes, expected 16", len(b))
	}
	var t [16]byte
	for i, from := range order {
		t[i] = b[from]
	}
	h := hex.EncodeToString(t[:])
	return GUID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]), nil
}

// ParseGUID reads a GUID in the forms in which administrators have it: as text
// with or without braces and dashes, in any case, as PowerShell and ADSI Edit show
// it; as the bytes of the value, in base64 after "objectGUID::" or in the escapes
// of a filter, as ldapsearch and ldp do.
func ParseGUID(text string) (GUID, error) {
	s := strings.TrimSpace(text)
	if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") || strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		s = s[1 : len(s)-1]
	}
	switch h := strings.ToLower(s); {
	case len(s) == 36:
		return ParseDashed(h)
	case len(s) == 32:
		if _, err := hex.DecodeString(h); err == nil {
			return GUID(h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]), nil
		}
	case len(s) == 48 && strings.Count(s, `\`) == 16:
		if b, err := hex.DecodeString(strings.ReplaceAll(h, `\`, "")); err == nil {
			return GUIDFromBytes(b)
		}
	case len(s) == 24:
		if b, err := base64.StdEncoding.Strict().DecodeString(s); err == nil {
			return GUIDFromBytes(b)
		}
	}
	return "", fmt.Errorf("%q is no GUID", text)
}

// ParseDashed reads the one form that documents, configurations and the
// directory itself write: 8-4-4-4-12 hexadecimal digits, in any case.
func ParseDashed(text string) (GUID, error) {
	s := strings.ToLower(text)
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return "", fmt.Errorf("%q is no GUID", text)
	}
	if b, err := hex.DecodeString(strings.ReplaceAll(s, "-", "")); err != nil || len(b) != 16 {
		return "", fmt.Errorf("%q is no GUID", text)
	}
	return GUID(s), nil
}

// Bytes returns the value as the directory keeps it, nil for a GUID that is not
// well formed.
func (g GUID) Bytes() []byte {
	t, err := hex.DecodeString(strings.ReplaceAll(string(g), "-", ""))
	if err != nil || len(t) != len(order) {
		return nil
	}
	b := make([]byte, len(order))
	for i, to := range order {
		b[to] = t[i]
	}
	return b
}
