package wire

import (
	"io"

	"github.com/go-ldap/ldap/v3"
)

// Request is the encoded operation of a search.
func (r Request) Encoded() ([]byte, error) { return r.encode() }

// DecodeEntry decodes the content of an LDAPMessage that holds an entry.
func DecodeEntry(message []byte) (*ldap.Entry, error) {
	m, err := parseMessage(message)
	if err != nil {
		return nil, err
	}
	if m.tag != tagSearchEntry {
		return nil, malformed("no entry")
	}
	var d decoder
	return d.entry(m.op)
}

// Messages cuts a stream into its messages.
func Messages(r io.Reader) ([][]byte, error) {
	f := frames{source: r}
	var all [][]byte
	for {
		m, err := f.next()
		if err != nil {
			return all, err
		}
		all = append(all, append([]byte{}, m...))
	}
}

// ParseControls and ParseResult are the parsers of replies.
var ParseControls = parseControls

func ParseResult(op []byte) (code int, err error) {
	code, _, err = parseResult(op)
	return code, err
}
