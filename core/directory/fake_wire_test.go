package directory_test

import (
	"net"
	"strconv"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// pages sends the page that the cookie asks for.
func (s *search) pages(entries []*ldap.Entry) {
	from, _ := strconv.Atoi(s.cookie)
	to := min(from+s.size, len(entries))
	for _, e := range entries[from:to] {
		s.entry(e)
	}
	next := ""
	if to < len(entries) {
		next = strconv.Itoa(to)
	}
	s.done(0, "", &next)
}

func (s *search) all(entries ...*ldap.Entry) {
	for _, e := range entries {
		s.entry(e)
	}
	if s.paged {
		s.done(0, "", new(string))
		return
	}
	s.done(0, "", nil)
}

func (s *search) entry(e *ldap.Entry) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultEntry, nil, "")
	op.AppendChild(text(e.DN))
	list := ber.NewSequence("")
	for _, a := range e.Attributes {
		one, values := ber.NewSequence(""), ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
		for _, v := range a.Values {
			values.AppendChild(text(v))
		}
		one.AppendChild(text(a.Name))
		one.AppendChild(values)
		list.AppendChild(one)
	}
	op.AppendChild(list)
	write(s.conn, s.id, op)
}

func (s *search) reference(url string) {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationSearchResultReference, nil, "")
	op.AppendChild(text(url))
	write(s.conn, s.id, op)
}

// done ends a search; with a cookie the paging control goes with it.
func (s *search) done(code int, message string, cookie *string) {
	var controls []*ber.Packet
	if cookie != nil {
		paging := ldap.NewControlPaging(0)
		paging.SetCookie([]byte(*cookie))
		controls = append(controls, paging.Encode())
	}
	write(s.conn, s.id, result(ldap.ApplicationSearchResultDone, code, message), controls...)
}

func text(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}

func result(tag ber.Tag, code int, message string) *ber.Packet {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, int64(code), ""))
	op.AppendChild(text(""))
	op.AppendChild(text(message))
	return op
}

func write(conn net.Conn, id int64, op *ber.Packet, controls ...*ber.Packet) {
	p := ber.NewSequence("")
	p.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, ""))
	p.AppendChild(op)
	if len(controls) > 0 {
		list := ber.Encode(ber.ClassContext, ber.TypeConstructed, 0, nil, "")
		for _, c := range controls {
			list.AppendChild(c)
		}
		p.AppendChild(list)
	}
	_, _ = conn.Write(p.Bytes())
}
