package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"adsync/core/fault"
)

// node is a JSON value with its place in the text: encoding/json tells values
// but neither places nor duplicate keys, and edits need the bytes in between.
type node struct {
	kind       kind
	start, end int
	members    []member // of an object, in the order of the text
	items      []*node  // of a list
}

// member is a key of an object with its value.
type member struct {
	key      string
	keyStart int
	value    *node
}

// kind is what a JSON value is, in the words of an error message.
type kind string

const (
	object  kind = "an object"
	list    kind = "a list"
	textual kind = "text"
	number  kind = "a number"
	boolean kind = "true or false"
	null    kind = "null"
)

// place is where something stands in the file, counted from 1.
type place struct{ line, column int }

// String is the form that editors take: line:column.
func (p place) String() string { return fmt.Sprintf("%d:%d", p.line, p.column) }

func placeOf(text string, offset int) place {
	before := text[:min(offset, len(text))]
	from := strings.LastIndexByte(before, '\n') + 1
	return place{
		line:   strings.Count(before, "\n") + 1,
		column: utf8.RuneCountInString(before[from:]) + 1,
	}
}

// parse reads the text of a whole JSON document.
func parse(text string) (*node, error) {
	var whole json.RawMessage
	if err := json.Unmarshal([]byte(text), &whole); err != nil {
		return nil, syntax(text, err)
	}
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	b := &builder{text: text, dec: dec}
	n, err := b.value()
	if err != nil {
		return nil, syntax(text, err)
	}
	return n, nil
}

func syntax(text string, err error) error {
	at := len(text)
	if e, ok := errors.AsType[*json.SyntaxError](err); ok && e.Offset > 0 && !strings.HasPrefix(e.Error(), "unexpected end") {
		at = int(e.Offset) - 1
	}
	p := placeOf(text, at)
	if at < len(text) {
		switch text[at] {
		case '/', '#':
			return fault.New("config.syntax", fmt.Sprintf("a comment at %s: comments are not allowed", p),
				fault.Hint("take the comment out; JSON has none"))
		case 0:
			return fault.New("config.syntax", fmt.Sprintf("a zero byte at %s", p),
				fault.Hint("save the file as UTF-8, or as UTF-16 with a byte order mark"))
		case ']', '}':
			return fault.New("config.syntax", fmt.Sprintf("no valid JSON at %s: %v", p, err),
				fault.Hint("look for a comma before the closing bracket"))
		}
	}
	return fault.New("config.syntax", fmt.Sprintf("no valid JSON at %s: %v", p, err), fault.Cause(err),
		fault.Hint("look at that place and just before it: a quote, a comma or a bracket is missing or too many"))
}

type builder struct {
	text string
	dec  *json.Decoder
}

// next returns the next token and where it begins.
func (b *builder) next() (json.Token, int, error) {
	at := int(b.dec.InputOffset())
	at += len(b.text[at:]) - len(strings.TrimLeft(b.text[at:], " \t\r\n,:"))
	t, err := b.dec.Token()
	return t, at, err
}

func (b *builder) value() (*node, error) {
	t, at, err := b.next()
	if err != nil {
		return nil, err
	}
	n := &node{start: at}
	switch v := t.(type) {
	case json.Delim:
		n.kind = list
		if v == '{' {
			n.kind = object
		}
		if err := b.inside(n); err != nil {
			return nil, err
		}
	case string:
		n.kind = textual
	case json.Number:
		n.kind = number
	case bool:
		n.kind = boolean
	default:
		n.kind = null
	}
	n.end = int(b.dec.InputOffset())
	return n, nil
}

// inside reads the contents of an object or a list and its closing bracket.
func (b *builder) inside(n *node) error {
	for b.dec.More() {
		if n.kind == list {
			item, err := b.value()
			if err != nil {
				return err
			}
			n.items = append(n.items, item)
			continue
		}
		t, at, err := b.next()
		if err != nil {
			return err
		}
		key, _ := t.(string)
		v, err := b.value()
		if err != nil {
			return err
		}
		n.members = append(n.members, member{key: key, keyStart: at, value: v})
	}
	_, err := b.dec.Token()
	return err
}

// member returns the member with that key, nil if there is none.
func (n *node) member(key string) *member {
	for i := range n.members {
		if n.members[i].key == key {
			return &n.members[i]
		}
	}
	return nil
}
