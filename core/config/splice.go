package config

import (
	"slices"
	"strings"
)

// put gives the dotted key a value (JSON on one line), where it stands or, if
// it does not, behind the last key of its object.
func (d document) put(key string, value []byte) string {
	return d.putIn(d.root, strings.Split(key, "."), value)
}

// putIn is put for the keys below an object.
func (d document) putIn(n *node, parts []string, value []byte) string {
	for i, part := range parts {
		m := n.member(part)
		if m == nil {
			return d.insert(n, part, nest(parts[i+1:], value))
		}
		n = m.value
	}
	return d.text[:n.start] + d.layout(value, d.indentAt(n.start)) + d.text[n.end:]
}

// nest wraps the value in objects for the keys that are not there yet.
func nest(parts []string, value []byte) []byte {
	for _, part := range slices.Backward(parts) {
		value = []byte("{" + string(encode(part)) + ":" + string(value) + "}")
	}
	return value
}

// insert adds a member to an object, laid out as its neighbours are.
func (d document) insert(n *node, key string, value []byte) string {
	name := string(encode(key)) + ": "
	if len(n.members) == 0 {
		outer := d.indentAt(n.start)
		inner := outer + "  "
		return d.text[:n.start] + "{" + d.newline() + inner + name + d.layout(value, inner) +
			d.newline() + outer + "}" + d.text[n.end:]
	}
	first, last := n.members[0], n.members[len(n.members)-1]
	before := d.text[n.start+1 : first.keyStart]
	at := last.value.end
	if line := strings.LastIndexByte(before, '\n'); line >= 0 {
		indent := before[line+1:]
		return d.text[:at] + "," + d.newline() + indent + name + d.layout(value, indent) + d.text[at:]
	}
	return d.text[:at] + ", " + name + oneLine(value) + d.text[at:]
}

// push puts an item behind those of a list.
func (d document) push(n *node, item []byte) string {
	if len(n.items) == 0 {
		return d.text[:n.start] + d.layout([]byte("["+string(item)+"]"), d.indentAt(n.start)) + d.text[n.end:]
	}
	at, indent := n.items[len(n.items)-1].end, d.indentAt(n.items[0].start)
	return d.text[:at] + "," + d.newline() + indent + d.layout(item, indent) + d.text[at:]
}

// drop takes the dotted key out; ok is false where it does not stand.
func (d document) drop(key string) (text string, ok bool) {
	n := d.root
	parts := strings.Split(key, ".")
	for _, part := range parts[:len(parts)-1] {
		m := n.member(part)
		if m == nil {
			return "", false
		}
		n = m.value
	}
	for i, m := range n.members {
		if m.key != parts[len(parts)-1] {
			continue
		}
		switch {
		case len(n.members) == 1:
			return d.text[:n.start] + "{}" + d.text[n.end:], true
		case i == 0:
			return d.text[:m.keyStart] + d.text[n.members[1].keyStart:], true
		}
		return d.text[:n.members[i-1].value.end] + d.text[m.value.end:], true
	}
	return "", false
}

// layout is a value (JSON on one line) as it stands behind its key: objects and
// lists of them indented below, everything else on one line.
func (d document) layout(value []byte, indent string) string {
	n, err := parse(string(value))
	if err != nil {
		return string(value)
	}
	return d.render(string(value), n, indent)
}

func (d document) render(value string, n *node, indent string) string {
	inner := indent + "  "
	var parts []string
	for _, m := range n.members {
		parts = append(parts, string(encode(m.key))+": "+d.render(value, m.value, inner))
	}
	plain := len(n.members) == 0
	for _, item := range n.items {
		parts = append(parts, d.render(value, item, inner))
		plain = plain && item.kind != object && item.kind != list
	}
	opening, closing := value[n.start:n.start+1], value[n.end-1:n.end]
	switch {
	case len(parts) == 0:
		return value[n.start:n.end]
	case plain:
		return opening + strings.Join(parts, ", ") + closing
	}
	next := d.newline() + inner
	return opening + next + strings.Join(parts, ","+next) + d.newline() + indent + closing
}

// oneLine puts blanks behind the commas and colons that stand outside texts.
func oneLine(value []byte) string {
	var b strings.Builder
	quoted, escaped := false, false
	for _, c := range value {
		b.WriteByte(c)
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ',' || c == ':'):
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// indentAt is what the line of an offset begins with.
func (d document) indentAt(offset int) string {
	line := d.text[strings.LastIndexByte(d.text[:offset], '\n')+1 : offset]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))]
}

func (d document) newline() string {
	if strings.Contains(d.text, "\r\n") {
		return "\r\n"
	}
	return "\n"
}
