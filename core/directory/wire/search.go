package wire

import (
	"context"
	"fmt"
	"time"

	"github.com/go-ldap/ldap/v3"
)

// Request is a search. It asks for no limit of its own; a limit of the server
// shows as its result code.
type Request struct {
	Base       string
	Scope      int // ldap.ScopeBaseObject and so on
	Filter     string
	Attributes []string // none: all
	Controls   []Control
	// Patience is how long the first message may take, where that is longer than
	// the others may: a server that collects the whole reply before it sends any of
	// it is silent for as long.
	Patience time.Duration
}

// Reply takes what a search brings, in the order of the server.
type Reply struct {
	// Entry may keep what it gets. An error ends the search, and the connection.
	Entry func(*ldap.Entry) error
	// Reference gets the URLs of one search reference, any of which will do.
	Reference func(urls []string) error
}

// Search runs a search to the message that closes it and returns the controls of
// that. An error may come after some of the entries.
func (c *Conn) Search(ctx context.Context, r Request, reply Reply) (controls []Control, err error) {
	op, err := r.encode()
	if err != nil {
		return nil, err
	}
	err = c.guard(ctx, func() error {
		if err := c.send(tagSearchRequest, op, r.Controls); err != nil {
			return err
		}
		for wait := max(c.timeout, r.Patience); ; wait = c.timeout {
			m, err := c.receive(wait)
			if err != nil {
				return err
			}
			switch m.tag {
			case tagSearchEntry:
				e, err := c.decoder.entry(m.op)
				if err != nil {
					return err
				}
				if err := reply.Entry(e); err != nil {
					c.abort()
					return err
				}
			case tagSearchReference:
				urls, err := parseURLs(m.op)
				if err != nil {
					return err
				}
				if err := reply.Reference(urls); err != nil {
					c.abort()
					return err
				}
			case tagSearchDone:
				if _, _, err := parseResult(m.op, ldap.LDAPResultSuccess); err != nil {
					return err
				}
				controls, err = parseControls(m.controls)
				return err
			default:
				return malformed(fmt.Sprintf("operation %#x in a search", m.tag))
			}
		}
	})
	return controls, err
}

// encode writes the content of a SearchRequest (RFC 4511 4.5.1).
func (r Request) encode() ([]byte, error) {
	filter, err := ldap.CompileFilter(r.Filter)
	if err != nil {
		return nil, err
	}
	op := appendText(nil, tagOctetString, r.Base)
	op = appendInt(op, tagEnumerated, r.Scope)
	op = appendInt(op, tagEnumerated, ldap.NeverDerefAliases)
	op = appendInt(op, tagInteger, 0)   // size limit
	op = appendInt(op, tagInteger, 0)   // time limit
	op = append(op, tagBoolean, 1, 0x0) // types and values
	op = append(op, ldapTrue(filter.Bytes())...)
	var attributes []byte
	for _, a := range r.Attributes {
		attributes = appendText(attributes, tagOctetString, a)
	}
	return appendElement(op, tagSequence, attributes), nil
}

// ldapTrue gives the booleans of an encoded filter the value that LDAP has for
// TRUE; go-ldap writes 0x01. Only the flag for the attributes of the DN in an
// extensible match is one.
func ldapTrue(filter []byte) []byte {
	const and, or, not, extensible, dnAttributes = 0xa0, 0xa1, 0xa2, 0xa9, 0x84
	for rest := filter; len(rest) > 0; {
		tag := rest[0]
		content, after, ok := element(rest, tag)
		if !ok {
			break
		}
		switch tag {
		case and, or, not, extensible:
			ldapTrue(content)
		case dnAttributes:
			if len(content) == 1 && content[0] != 0 {
				content[0] = 0xff
			}
		}
		rest = after
	}
	return filter
}

// parseURLs reads a SearchResultReference: at least one URL.
func parseURLs(op []byte) ([]string, error) {
	var urls []string
	for len(op) > 0 {
		var url []byte
		var ok bool
		if url, op, ok = element(op, tagOctetString); !ok {
			return nil, malformed("a search reference that is no list of URLs")
		}
		urls = append(urls, string(url))
	}
	if len(urls) == 0 {
		return nil, malformed("a search reference without a URL")
	}
	return urls, nil
}
