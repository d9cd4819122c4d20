package secret

import (
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"adsync/core/fault"
	"adsync/core/text"
)

// WarnQuestionMark is the warning that a secret holds a question mark: what is
// piped in Windows PowerShell 5.1 has one in the place of every character that
// is not ASCII.
const WarnQuestionMark = "secret.questionMark"

// FromInput reads a secret from the bytes of stdin or of a file: a byte order
// mark and one trailing newline are no part of it, everything else is.
func FromInput(input []byte) (v Value, warnings []string, err error) {
	s, err := Text(input)
	if err != nil {
		return Value{}, nil, err
	}
	if strings.Contains(s, "?") {
		warnings = append(warnings, WarnQuestionMark)
	}
	return NewValue(s), warnings, nil
}

// Text reads text from stdin or from a file by the same rule.
func Text(input []byte) (string, error) {
	s, _, err := text.Decode(input)
	if err != nil {
		// The cause says nothing of the bytes, and neither does this.
		return "", fault.New("usage.credential.text", "the secret is "+err.Error(), fault.Cause(err))
	}
	if cut, ok := strings.CutSuffix(s, "\n"); ok {
		s = strings.TrimSuffix(cut, "\r")
	}
	return s, nil
}

// encode is a secret as Credential Manager keeps it: UTF-16LE without a mark and
// without a terminator, as cmdkey and the control panel write it. The few texts
// that Decode would then take for UTF-8 ("\u4141" is the bytes of "AA") are kept
// as UTF-8, so that what was stored is always what comes back.
func encode(s string) []byte {
	b := text.ToUTF16(s, binary.LittleEndian)
	if back, err := Decode(b); err != nil || back != s {
		return []byte(s)
	}
	return b
}

// Decode reads what a credential holds. Other programs write UTF-8; which of
// the two it is shows in the zero bytes, which no secret holds and UTF-16 of
// most scripts does.
func Decode(b []byte) (string, error) {
	wide, err := text.FromUTF16(b, binary.LittleEndian)
	wide = strings.TrimSuffix(wide, "\x00")
	narrow := strings.TrimSuffix(string(b), "\x00")
	switch {
	case err == nil && strings.Contains(narrow, "\x00"):
		return wide, nil
	case utf8.ValidString(narrow):
		return narrow, nil
	case err == nil:
		return wide, nil
	}
	return "", fault.New("credential.unreadable", "the stored secret is neither UTF-16 nor UTF-8",
		fault.Hint("store it again with adsync credential set"))
}
