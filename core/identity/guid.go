package identity

import (
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

// ParseGUID reads the text form, with or without braces, in any case.
func ParseGUID(text string) (GUID, error) {
	s := strings.ToLower(strings.TrimSpace(text))
	if strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") {
		s = s[1 : len(s)-1]
	}
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
