package forest

import (
	"encoding/hex"
	"strings"

	"adsync/core/identity"
)

// wellKnown are the containers that can be named by a GUID of their own
// wherever they are (MS-ADTS 6.1.1.4), by the name of our landmark.
var wellKnown = map[string]string{
	"a9d1ca15768811d1aded00c04fd8d5cd": "users",
	"aa312825768811d1aded00c04fd8d5cd": "computers",
	"a361b2ffffd211d1aa4b00c04fd7d83a": "domain controllers",
	"18e2ea80684f11d2b9aa00c04f79f805": "deleted objects",
	"ab8153b7768811d1aded00c04fd8d5cd": "lost and found",
	"22b70c67d56e4efb91e9300fca3dc1aa": "foreign principals",
	"1eb93889e40c45df9f0c64d23bbb6237": "managed service accounts",
}

// special resolves the forms of a DN that name an object by something else;
// known is false for an ordinary DN, n nil where there is no such object.
func (f *Forest) special(text string) (n *node, known bool) {
	inner, ok := strings.CutPrefix(text, "<")
	inner, closed := strings.CutSuffix(inner, ">")
	if !ok || !closed {
		return nil, false
	}
	kind, value, _ := strings.Cut(inner, "=")
	switch strings.ToUpper(kind) {
	case "GUID":
		if g, err := identity.ParseDashed(value); err == nil {
			return f.byGUID[g], true
		}
		if b, err := hex.DecodeString(value); err == nil {
			if g, err := identity.GUIDFromBytes(b); err == nil {
				return f.byGUID[g], true
			}
		}
	case "SID":
		if s, err := parseSID(value); err == nil {
			return f.bySID(s), true
		}
		if b, err := hex.DecodeString(value); err == nil && len(b) > 0 {
			return f.bySID(string(b)), true
		}
	case "WKGUID":
		id, dn, _ := strings.Cut(value, ",")
		if parts, err := parseDN(dn); err == nil {
			if head, _ := f.lookup(parts); head == f.root {
				return f.named[wellKnown[strings.ToLower(id)]], true
			}
		}
	}
	return nil, true
}

// base finds where a search begins, or says how the controller refuses it.
func (f *Forest) base(text string, deleted bool) (*node, result) {
	n, special := f.special(text)
	if !special {
		dn, err := parseDN(text)
		if err != nil {
			return nil, result{code: invalidDNSyntax, text: "0000208F: NameErr: DSID-03100225, problem 2006 (BAD_NAME), data 8350, best match of:\n\t'" + text + "'\n"}
		}
		var nearest *node
		if n, nearest = f.lookup(dn); nearest == nil && len(dn) > 0 {
			if uri := f.elsewhere(dn); uri != "" {
				return nil, result{code: referral, text: "0000202B: RefErr: DSID-0310084A, data 0, 1 access points\n\tref 1: '" + uri + "'\n", referrals: []string{uri}}
			}
		}
		if n == nil {
			if r, ok := f.child(dn); ok {
				return nil, r
			}
			return nil, missing(nearest)
		}
	}
	if n == nil {
		return nil, missing(nil)
	}
	if !deleted && (n.deleted || n == f.named["deleted objects"]) {
		return nil, missing(n.parent)
	}
	return n, result{}
}

func missing(nearest *node) result {
	r := result{code: noSuchObject}
	if nearest != nil {
		r.matched = nearest.dn()
	}
	r.text = "0000208D: NameErr: DSID-0310028C, problem 2001 (NO_OBJECT), data 0, best match of:\n\t'" + r.matched + "'\n"
	return r
}

// elsewhere makes the referral for a DN outside the forest: a controller sends
// its client to the DNS name that the DN spells.
func (f *Forest) elsewhere(dn []rdn) string {
	var host []string
	for _, r := range dn {
		if strings.EqualFold(r.attr, "DC") {
			host = append(host, r.value)
		} else {
			host = nil
		}
	}
	if len(host) == 0 {
		return ""
	}
	return "ldap://" + strings.Join(host, ".") + "/" + format(dn)
}

// child makes the referral for a DN in a domain that another controller holds.
func (f *Forest) child(dn []rdn) (result, bool) {
	for _, c := range f.foreign {
		head, err := parseDN(c.dn)
		if err != nil || len(dn) < len(head) {
			continue
		}
		if fold(format(dn[len(dn)-len(head):])) == fold(c.dn) {
			uri := "ldap://" + c.dns + "/" + format(dn)
			return result{code: referral, text: "0000202B: RefErr: DSID-0310084A, data 0, 1 access points\n\tref 1: '" + c.dns + "'\n", referrals: []string{uri}}, true
		}
	}
	return result{}, false
}

func format(dn []rdn) string {
	parts := make([]string, len(dn))
	for i, r := range dn {
		parts[i] = r.String()
	}
	return strings.Join(parts, ",")
}
