package directory

import (
	"strings"
)

// dnAttributes hold distinguished names (syntax 2.5.5.1) and are asked for in
// filters; all in lower case. They stand in for the schema where a filter is
// read without a directory.
var dnAttributes = map[string]bool{
	"memberof": true, "member": true, "manager": true, "directreports": true, "distinguishedname": true,
	"managedby": true, "managedobjects": true, "objectcategory": true, "secretary": true, "assistant": true,
	"owner": true, "seealso": true, "roleoccupant": true, "homemdb": true, "lastknownparent": true,
	"nonsecuritymember": true, "altrecipient": true, "publicdelegates": true, "msexchdelegatelistlink": true,
	"authorig": true, "unauthorig": true, "msds-primarycomputer": true, "msds-parentdistname": true, "uniquemember": true,
}

// commonDN reports whether an attribute is one of dnAttributes.
func commonDN(name string) bool { return dnAttributes[strings.ToLower(name)] }

// value returns the text of a value as a filter has to have it.
func (p *filterParser) value(text string, at int, dn bool) string {
	if p.bare {
		lead := len(text) - len(strings.TrimLeft(text, " \t"))
		text, at = text[lead:], at+lead
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i += p.escape(&b, text[i:], at+i, dn)
		case c == '(' || c == ')': // in a bare condition only
			b.WriteString(map[byte]string{'(': `\28`, ')': `\29`}[c])
		case c == 0:
			b.WriteString(`\00`)
		case dn && (c == ',' || c == ';' || c == '+'):
			trimBlanks(&b)
			b.WriteByte(c)
			for i+1 < len(text) && text[i+1] == ' ' {
				i++
			}
		default:
			b.WriteByte(c)
		}
		if p.err != nil {
			return ""
		}
	}
	if dn {
		s := strings.TrimLeft(b.String(), " ")
		b.Reset()
		b.WriteString(s)
		trimBlanks(&b)
	}
	return b.String()
}

// escape writes what a backslash begins and returns how many bytes after it were
// used. Where a distinguished name has its own escape (RFC 4514 2.4), the
// backslash becomes the filter's \5c.
func (p *filterParser) escape(b *strings.Builder, text string, at int, dn bool) int {
	isHex := len(text) > 2 && hexDigit(text[1]) && hexDigit(text[2])
	switch {
	case isHex && p.bare && dn && !filterEscape(text[1:3]):
		b.WriteString(`\5c` + text[1:3])
		return 2
	case isHex && dn && strings.EqualFold(text[1:3], "5c"):
		// What the escape protects is part of a name: neither separator nor blank.
		n := 3
		switch rest := text[3:]; {
		case len(rest) > 2 && rest[0] == '\\' && strings.EqualFold(rest[1:3], "5c"):
			n += 3
		case rest != "" && strings.IndexByte(" ,;+", rest[0]) >= 0:
			n++
		}
		b.WriteString(text[:n])
		return n - 1
	case isHex:
		b.WriteString(text[:3])
		return 2
	case dn && len(text) > 1 && strings.IndexByte(` "#+,;<=>`, text[1]) >= 0:
		b.WriteString(`\5c` + text[1:2])
		return 1
	case dn && len(text) > 1 && text[1] == '\\':
		b.WriteString(`\5c\5c`)
		return 1
	case p.bare && !dn:
		b.WriteString(`\5c`)
		return 0
	}
	p.fail(at, "a backslash is followed by two hexadecimal digits, or written \\5c")
	return 0
}

// filterEscape reports whether the digits are those of a character that a filter
// has to escape.
func filterEscape(digits string) bool {
	switch strings.ToLower(digits) {
	case "00", "28", "29", "2a", "5c":
		return true
	}
	return false
}

func hexDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

// trimBlanks takes blanks from the end, but leaves one that is escaped.
func trimBlanks(b *strings.Builder) {
	s := b.String()
	t := strings.TrimRight(s, " ")
	if len(t) == len(s) {
		return
	}
	escapes := 0
	for rest := t; len(rest) >= 3 && strings.EqualFold(rest[len(rest)-3:], `\5c`); rest = rest[:len(rest)-3] {
		escapes++
	}
	b.Reset()
	b.WriteString(t)
	if escapes%2 == 1 {
		b.WriteByte(' ')
	}
}
