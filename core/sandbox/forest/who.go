package forest

import (
	"fmt"
	"slices"
	"strings"

	"adsync/core/fault"
	"adsync/core/identity"
)

// find returns the one object that somebody means by who: a GUID, a DN, an
// account, an address, or a name.
func (f *Forest) find(who string) (*node, error) {
	if g, err := identity.ParseGUID(who); err == nil {
		if n := f.byGUID[g]; n != nil && !n.deleted {
			return n, nil
		}
		return nil, unknownWho(who)
	}
	if strings.Contains(who, "=") {
		if n, err := f.at(who); err == nil {
			return n, nil
		}
	}
	want := fold(strings.TrimSpace(strings.TrimPrefix(who, NetBIOS+`\`)))
	if want == "" {
		return nil, unknownWho(who)
	}
	for _, named := range []func(*node) bool{
		func(n *node) bool { return fold(n.first("samaccountname")) == want },
		func(n *node) bool { return fold(n.first("userprincipalname")) == want || fold(n.first("mail")) == want },
		func(n *node) bool { return fold(n.first("displayname")) == want || fold(n.name.value) == want },
	} {
		var hits []*node
		for _, n := range f.byGUID {
			if !n.deleted && principal(n) && named(n) {
				hits = append(hits, n)
			}
		}
		switch len(hits) {
		case 0:
		case 1:
			return hits[0], nil
		default:
			return nil, several(who, hits)
		}
	}
	return nil, unknownWho(who)
}

// principal reports whether n is somebody or something with a name of its own,
// as opposed to a part of the tree.
func principal(n *node) bool {
	return n.first("samaccountname") != "" || n.class == "contact"
}

func unknownWho(who string) error {
	return fault.New("usage.sandbox.who", fmt.Sprintf("nobody in the sandbox's directory is %q", who),
		fault.Hint("give an account, an e-mail address, a DN, an objectGUID or a display name"))
}

func several(who string, hits []*node) error {
	var names []string
	for _, n := range hits {
		names = append(names, n.dn())
	}
	slices.Sort(names)
	return fault.New("usage.sandbox.ambiguous", fmt.Sprintf("%q is the name of %d objects", who, len(hits)),
		fault.Hint("give the account or the DN of the one that is meant"), fault.Details(names...))
}

// at returns the object with a DN.
func (f *Forest) at(dn string) (*node, error) {
	parts, err := parseDN(dn)
	if err != nil || len(parts) == 0 {
		return nil, fault.New("usage.sandbox.dn", fmt.Sprintf("%q is no DN", dn), fault.Cause(err))
	}
	n, nearest := f.lookup(parts)
	if n == nil || n.deleted {
		hint := "the directory holds " + BaseDN
		if nearest != nil {
			hint = "the closest that there is: " + nearest.dn()
		}
		return nil, fault.New("usage.sandbox.dn", fmt.Sprintf("there is no %s", dn), fault.Hint(hint))
	}
	return n, nil
}

// unit returns an object that others can stand under.
func (f *Forest) unit(dn string) (*node, error) {
	n, err := f.at(dn)
	if err != nil {
		return nil, err
	}
	switch n.class {
	case "organizationalUnit", "container", "domainDNS", "builtinDomain":
		return n, nil
	}
	return nil, fault.New("usage.sandbox.dn", fmt.Sprintf("%s is no organizational unit", n.dn()))
}

// free refuses a name that another child of parent has.
func (f *Forest) free(parent *node, name rdn, but *node) error {
	if name.value == "" {
		return fault.New("usage.sandbox.name", "the new name is empty")
	}
	if other := parent.children[name.key()]; other != nil && other != but {
		return fault.New("usage.sandbox.exists", fmt.Sprintf("%s is there already", other.dn()),
			fault.Hint("names are compared without case and accents"))
	}
	return nil
}

// freeAccount refuses an account name that somebody has.
func (f *Forest) freeAccount(account string) error {
	for _, n := range f.byGUID {
		if !n.deleted && fold(n.first("samaccountname")) == fold(account) {
			return fault.New("usage.sandbox.exists", fmt.Sprintf("the account %s belongs to %s", account, n.dn()))
		}
	}
	return nil
}
