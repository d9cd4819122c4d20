package wire

import (
	"errors"
	"io"
	"slices"

	"github.com/go-ldap/ldap/v3"
)

// message is one LDAPMessage; its parts are valid until the next one is read.
type message struct {
	id       int
	tag      byte   // of the operation
	op       []byte // its content
	controls []byte // content of the controls, nil without any
}

// parseMessage takes the content of an LDAPMessage apart (RFC 4511 4.1.1).
func parseMessage(content []byte) (message, error) {
	id, rest, ok := element(content, tagInteger)
	if !ok || len(rest) == 0 {
		return message{}, malformed("no message id")
	}
	var m message
	if m.id, ok = number(id); !ok || m.id < 0 {
		return message{}, malformed("no message id")
	}
	m.tag = rest[0]
	if m.op, rest, ok = element(rest, m.tag); !ok {
		return message{}, malformed("an operation that is cut off")
	}
	if len(rest) > 0 {
		if m.controls, rest, ok = element(rest, tagControls); !ok || len(rest) > 0 {
			return message{}, malformed("something after the operation that is no list of controls")
		}
	}
	return m, nil
}

// parseResult reads an LDAPResult (RFC 4511 4.1.9). rest is what follows its
// three components: referrals, and what an extended or bind response adds. The
// error is that of the server, where it gave another code than the two.
func parseResult(op []byte, fine ...int) (code int, rest []byte, err error) {
	digits, rest, ok := element(op, tagEnumerated)
	if ok {
		code, ok = number(digits)
	}
	if !ok || code < 0 || code >= ldap.ErrorNetwork {
		return 0, nil, malformed("no result code")
	}
	matched, rest, ok := element(rest, tagOctetString)
	if !ok {
		return 0, nil, malformed("a result without matchedDN")
	}
	text, rest, ok := element(rest, tagOctetString)
	if !ok {
		return 0, nil, malformed("a result without diagnostic")
	}
	if slices.Contains(fine, code) {
		return code, rest, nil
	}
	return code, rest, &ldap.Error{
		ResultCode: uint16(code),
		MatchedDN:  string(matched), Err: errors.New(string(text)),
	}
}

// Control is a control of a request or of a reply.
type Control struct {
	OID      string
	Critical bool
	Value    []byte // nil where it has none
}

func appendControls(b []byte, list []Control) []byte {
	if len(list) == 0 {
		return b
	}
	var all []byte
	for _, c := range list {
		one := appendText(nil, tagOctetString, c.OID)
		if c.Critical {
			one = appendTrue(one)
		}
		if c.Value != nil {
			one = appendElement(one, tagOctetString, c.Value)
		}
		all = appendElement(all, tagSequence, one)
	}
	return appendElement(b, tagControls, all)
}

func parseControls(list []byte) ([]Control, error) {
	var controls []Control
	for len(list) > 0 {
		var one, part []byte
		var ok bool
		if one, list, ok = element(list, tagSequence); !ok {
			return nil, malformed("a control that is none")
		}
		var c Control
		if part, one, ok = element(one, tagOctetString); !ok {
			return nil, malformed("a control without a name")
		}
		c.OID = string(part)
		if part, rest, is := element(one, tagBoolean); is {
			if len(part) != 1 {
				return nil, malformed("a control with a bad criticality")
			}
			c.Critical, one = part[0] != 0, rest
		}
		if part, rest, is := element(one, tagOctetString); is {
			c.Value, one = append([]byte{}, part...), rest
		}
		if len(one) > 0 {
			return nil, malformed("a control with more than a value")
		}
		controls = append(controls, c)
	}
	return controls, nil
}

// Paging asks for a page of a search (RFC 2696).
func Paging(size int, cookie []byte) Control {
	value := appendElement(appendInt(nil, tagInteger, size), tagOctetString, cookie)
	return Control{OID: ldap.ControlTypePaging, Value: appendElement(nil, tagSequence, value)}
}

// Cookie finds the cookie for the next page among the controls of a reply: empty
// after the last page. ok is false where no readable paging control came.
func Cookie(controls []Control) (cookie []byte, ok bool) {
	for _, c := range controls {
		if c.OID != ldap.ControlTypePaging {
			continue
		}
		value, rest, ok := element(c.Value, tagSequence)
		if !ok || len(rest) > 0 {
			return nil, false
		}
		if _, value, ok = element(value, tagInteger); !ok {
			return nil, false
		}
		cookie, rest, ok = element(value, tagOctetString)
		return cookie, ok && len(rest) == 0
	}
	return nil, false
}

// network is the error of a connection that ended or failed.
func network(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the server closed the connection before its reply was complete")
	}
	return ldap.NewError(ldap.ErrorNetwork, err)
}
