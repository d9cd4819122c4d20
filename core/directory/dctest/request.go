package dctest

import (
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// The kinds of requests.
const (
	Connect  = "connect" // a connection was accepted: only its end can be scripted
	Bind     = "bind"
	Search   = "search"
	Extended = "extended"
)

// Request is what a client asked for.
type Request struct {
	Number     int // of all requests of the controller, counted from 1
	Connection int // counted from 1
	Kind       string

	// Of a search.
	Base       string
	Scope      int
	Filter     string
	Attributes []string
	Paged      bool
	Size       int    // of a page
	Cookie     string // "" for the first page

	id       int64
	op       []byte
	controls []byte // those of the request but paging
}

// Users says that accounts of people are searched.
func (r *Request) Users() bool { return r.People() && !r.Meanwhile() }

// Groups says that groups are searched.
func (r *Request) Groups() bool { return r.AnyGroups() && !r.Meanwhile() }

// Meanwhile says that the search asks for what was written since another one.
func (r *Request) Meanwhile() bool {
	return r.Kind == Search && strings.Contains(r.Filter, "uSNChanged>=")
}

// SameKind says that people or groups are searched, as by another request.
func (r *Request) SameKind(other *Request) bool {
	return r.People() && other.People() || r.AnyGroups() && other.AnyGroups()
}

// People says that accounts of people are searched, all or those written meanwhile.
func (r *Request) People() bool {
	return r.Kind == Search && strings.Contains(r.Filter, "sAMAccountType=") && r.Scope != ldap.ScopeBaseObject
}

// AnyGroups says the same of groups.
func (r *Request) AnyGroups() bool {
	return r.Kind == Search && strings.Contains(r.Filter, "objectCategory=group")
}

// Lookup says that objects are asked for by objectGUID.
func (r *Request) Lookup() bool {
	return r.Kind == Search && strings.Contains(strings.ToLower(r.Filter), "objectguid=")
}

// Range says that a range of values is asked for.
func (r *Request) Range() bool {
	for _, a := range r.Attributes {
		if strings.Contains(strings.ToLower(a), ";range=") {
			return true
		}
	}
	return false
}

// Object says that a single object is read.
func (r *Request) Object() bool {
	return r.Kind == Search && r.Scope == ldap.ScopeBaseObject && r.Base != ""
}

// Root says that the rootDSE is read.
func (r *Request) Root() bool { return r.Kind == Search && r.Base == "" }

func (r *Request) read(op tlv) error {
	parts, err := elements(op.value)
	if err != nil || len(parts) != 8 {
		return errBER
	}
	r.Base, r.Scope = string(parts[0].value), int(number(parts[1].value))
	filter, err := ber.DecodePacketErr(parts[6].raw)
	if err != nil {
		return err
	}
	if r.Filter, err = ldap.DecompileFilter(filter); err != nil {
		return err
	}
	names, err := elements(parts[7].value)
	for _, n := range names {
		r.Attributes = append(r.Attributes, string(n.value))
	}
	return err
}

// take splits the paging control from the others.
func (r *Request) take(controls []byte) error {
	if controls == nil {
		return nil
	}
	outer, err := element(controls)
	if err != nil {
		return err
	}
	list, err := elements(outer.value)
	if err != nil {
		return err
	}
	for _, c := range list {
		parts, err := elements(c.value)
		if err != nil || len(parts) == 0 {
			return errBER
		}
		if string(parts[0].value) != ldap.ControlTypePaging {
			r.controls = append(r.controls, c.raw...)
			continue
		}
		inner, err := element(parts[len(parts)-1].value)
		if err != nil {
			return err
		}
		pair, err := elements(inner.value)
		if err != nil || len(pair) != 2 {
			return errBER
		}
		r.Paged, r.Size, r.Cookie = true, int(number(pair[0].value)), string(pair[1].value)
	}
	return nil
}

// Paging encodes the paging control of an answer.
func Paging(cookie string) []byte { return Control(ldap.ControlTypePaging, paging(0, cookie)) }

// Control encodes a control.
func Control(oid string, value []byte) []byte {
	return wrap(tagSequence, octets(oid), wrap(tagOctets, value))
}

func paging(size int64, cookie string) []byte {
	return wrap(tagSequence, integer(tagInteger, size), octets(cookie))
}

// ID is the message id of the request.
func (r *Request) ID() int64 { return r.id }
