package forest

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	ber "github.com/go-asn1-ber/asn1-ber"
)

// selection is which attributes of an entry are wanted.
type selection struct {
	all       bool
	wanted    []wanted
	typesOnly bool
	extended  func(*node) string // how DNs are written, nil for plainly
}

type wanted struct {
	attribute *attribute
	ranged    bool
	low, high int // high -1: to the end
}

// selectAttributes reads the list of a request; code unwilling for a range that
// is none.
func (f *Forest) selectAttributes(r request) (selection, result) {
	s := selection{typesOnly: r.typesOnly, all: len(r.attributes) == 0}
	if r.controls.extendedDN {
		s.extended = extendedDN(r.controls.extendedHex)
	}
	for _, name := range r.attributes {
		if name == "*" {
			s.all = true
			continue
		}
		name, options, _ := strings.Cut(name, ";")
		a := f.schema.attribute(name)
		if a == nil {
			continue // "1.1", and names that the schema does not know
		}
		w := wanted{attribute: a, high: -1}
		if strings.HasPrefix(strings.ToLower(options), "range=") {
			low, high, ok := parseRange(options[len("range="):])
			if !ok {
				return s, result{code: unwillingToPerform, text: "00002121: SvcErr: DSID-03140527, problem 5003 (WILL_NOT_PERFORM), data 0"}
			}
			w.ranged, w.low, w.high = true, low, high
		}
		s.wanted = append(s.wanted, w)
	}
	return s, result{}
}

func parseRange(text string) (low, high int, ok bool) {
	from, to, found := strings.Cut(text, "-")
	low, err := strconv.Atoi(from)
	if !found || err != nil || low < 0 {
		return 0, 0, false
	}
	if to == "*" {
		return low, -1, true
	}
	high, err = strconv.Atoi(to)
	return low, high, err == nil && high >= low
}

// entry encodes an object; a refusal is a range that begins after the end.
func (f *Forest) entry(n *node, s selection) (*ber.Packet, result) {
	p := ber.Encode(ber.ClassApplication, ber.TypeConstructed, opSearchEntry, nil, "")
	dn := n.dn()
	if s.extended != nil {
		dn = s.extended(n)
	}
	p.AppendChild(octets(dn))
	list := ber.NewSequence("")
	done := make(map[*attribute]bool)
	for _, w := range s.wanted {
		if done[w.attribute] && !w.ranged {
			continue
		}
		done[w.attribute] = true
		if r := f.appendValues(list, n, w, s); r.code != success {
			return nil, r
		}
	}
	if s.all {
		for _, a := range f.present(n) {
			if done[a] {
				continue
			}
			if r := f.appendValues(list, n, wanted{attribute: a, high: -1}, s); r.code != success {
				return nil, r
			}
		}
	}
	p.AppendChild(list)
	return p, result{}
}

func (f *Forest) appendValues(list *ber.Packet, n *node, w wanted, s selection) result {
	values := f.read(n, w.attribute, s)
	if len(values) == 0 {
		return result{}
	}
	name := w.attribute.name
	if !w.attribute.multi || !w.ranged && len(values) <= f.o.MaxValRange {
		list.AppendChild(partial(name, values, s.typesOnly))
		return result{}
	}
	if w.low >= len(values) {
		return result{code: operationsError, text: "00002121: SvcErr: DSID-03140527, problem 5012 (DIR_ERROR), data 1"}
	}
	if !w.ranged {
		// The attribute itself comes along empty: that is how a client sees
		// that the rest has to be asked for.
		list.AppendChild(partial(name, nil, s.typesOnly))
	}
	end := min(w.low+f.o.MaxValRange, len(values))
	if w.high >= 0 {
		end = min(end, w.high+1)
	}
	upto := strconv.Itoa(end - 1)
	if end == len(values) {
		upto = "*"
	}
	list.AppendChild(partial(fmt.Sprintf("%s;range=%d-%s", name, w.low, upto), values[w.low:end], s.typesOnly))
	return result{}
}

// read is get, with the constructed attributes and DNs in the form asked for.
func (f *Forest) read(n *node, a *attribute, s selection) []string {
	if a.constructed {
		return f.construct(n, a)
	}
	if s.extended == nil || a.syntax != synDN || a.name == "distinguishedName" {
		return f.get(n, a)
	}
	ends := n.refs[a.key()]
	if a.linkID%2 == 1 {
		ends = n.backs[a.key()]
	}
	out := make([]string, 0, len(ends))
	for _, e := range ends {
		out = append(out, s.extended(e))
	}
	return out
}

func extendedDN(asHex bool) func(*node) string {
	return func(n *node) string {
		guid := string(n.guid)
		if asHex {
			guid = hex.EncodeToString(n.guid.Bytes())
		}
		out := "<GUID=" + guid + ">;"
		if sid := n.first("objectsid"); sid != "" {
			if asHex {
				out += "<SID=" + hex.EncodeToString([]byte(sid)) + ">;"
			} else {
				out += "<SID=" + SIDText(sid) + ">;"
			}
		}
		return out + n.dn()
	}
}

func partial(name string, values []string, typesOnly bool) *ber.Packet {
	p := ber.NewSequence("")
	p.AppendChild(octets(name))
	set := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "")
	if !typesOnly {
		for _, v := range values {
			set.AppendChild(octets(v))
		}
	}
	p.AppendChild(set)
	return p
}
